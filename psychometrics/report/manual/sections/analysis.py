"""Item analysis: how every item works, and whether the data contradict the key."""

from __future__ import annotations

from collections import Counter
from functools import partial

import numpy as np
import numpy.typing as npt

from psychometrics.evidence.items.analysis import InstrumentItems
from psychometrics.evidence.items.flags import RULES
from psychometrics.evidence.items.keys import check_keys
from psychometrics.evidence.items.options import OPTION_RULES, OptionUse
from psychometrics.evidence.items.statistics import ItemAnalysis
from psychometrics.report.figures import item_means, item_rest
from psychometrics.report.manual.content import Judgement, Section
from psychometrics.report.manual.draft import Draft
from psychometrics.report.manual.judging import of_flag
from psychometrics.report.manual.material import Absent, Material, attempt
from psychometrics.report.manual.pictures import add_pictures
from psychometrics.report.manual.small_cells import HIDDEN, hidden_note, small_cells
from psychometrics.report.manual.words import interval, named, number, percent, sentence, shortened, whole
from psychometrics.result import counted

LONGEST = 60
"""Texts of items are cut here; they are printed whole in the section on items."""
WHAT = {"items": "Item analysis", "keys": "Check of the key"}
HEADS = (
    "item",
    "text",
    "n",
    "missing",
    "mean",
    "SD",
    "floor",
    "ceiling",
    "item-rest r",
    "interval",
    "alpha without",
    "omega without",
    "flags",
)


def analysis(material: Material) -> Section:
    """Write how the items work."""
    draft = Draft(
        "analysis",
        "Item analysis",
        rests_on="data",
        simulated=material.simulated,
        statements=material.statements,
    )
    if not material.item_scales:
        draft.find(
            "No scale stands on items that persons answer; the rubric levels are in the section on raters."
        )
        draft.skip("items", "keys")
        return draft.done()
    found = material.items
    if isinstance(found, Absent):
        draft.find("How the items work is not known from the data of this manual.")
        draft.lack("items", WHAT["items"], found.why)
        draft.lack("keys", WHAT["keys"], found.why)
        return draft.done()
    _find(draft, found)
    for scale_id, one in found.scales.items():
        _table(draft, material, found, scale_id, one)
        if not material.inside_another(material.instrument.scale(scale_id)):
            _pictures(draft, material, found, scale_id)
    draft.judge("Items worth a second look", _flagged(material, found))
    _options(draft, material, found)
    _gaps(draft, found)
    _keys(draft, material)
    return draft.done()


def _find(draft: Draft, found: InstrumentItems) -> None:
    flagged = [
        item
        for one in found.scales.values()
        for item, flag in zip(one.item_id, one.flags, strict=True)
        if flag
    ]
    seen = list(dict.fromkeys(flagged))
    total = len({item for one in found.scales.values() for item in one.item_id})
    if seen:
        draft.find(
            f"{len(seen)} of {counted(total, 'item')} raised a flag: {named(seen)}. Flags say where to look, not what to delete."
        )
    else:
        draft.find(f"None of {counted(total, 'item')} raised a flag.")


def _hidden_ends(
    material: Material, found: InstrumentItems, scale_id: str, one: ItemAnalysis
) -> set[tuple[str, float]]:
    """Return item and points of the hidden options, so that no floor or ceiling gives one away."""
    use, own = found.options, set(one.item_id)
    gone = np.flatnonzero(_hidden(material, use)).tolist()
    return {
        (use.item_id[i], float(use.points[i]))
        for i in gone
        if use.scale_id[i] == scale_id and use.item_id[i] in own
    }


def _table(
    draft: Draft, material: Material, found: InstrumentItems, scale_id: str, one: ItemAnalysis
) -> None:
    texts = {item.id: item.text for item in material.instrument.items}
    ends = _hidden_ends(material, found, scale_id, one)
    rows = [
        (
            item,
            shortened(texts[item], LONGEST),
            whole(one.n[i]),
            whole(one.n_missing[i]),
            number(one.mean[i]),
            number(one.sd[i]),
            HIDDEN if (item, one.minimum[i]) in ends else percent(float(one.floor_share[i])),
            HIDDEN if (item, one.maximum[i]) in ends else percent(float(one.ceiling_share[i])),
            number(one.item_rest_correlation[i]),
            interval(one.ci_lower[i], one.ci_upper[i]),
            number(one.alpha_if_dropped[i], 3),
            number(one.omega_if_dropped[i], 3),
            one.flags[i],
        )
        for i, item in enumerate(one.item_id)
    ]
    draft.table(
        f"Items of {material.name(scale_id)}",
        HEADS,
        rows,
        numbers=HEADS[2:-1],
        below="In points, reversed items turned. Floor, ceiling: share of answers at the least, the most points. Item-rest r: "
        f"with the sum of the other items, {material.level} interval."
        + (f" {sentence(hidden_note(material.least))}" if ends else ""),
    )


def _pictures(draft: Draft, material: Material, found: InstrumentItems, scale_id: str) -> None:
    add_pictures(
        draft,
        (
            partial(
                draw,
                found,
                scale_id,
                title=material.name(scale_id),
                names=material.item_names,
                simulated=material.simulated,
            )
            for draw in (item_means, item_rest)
        ),
    )


def _flagged(material: Material, found: InstrumentItems) -> list[Judgement]:
    rows = []
    for scale_id, one in found.scales.items():
        for i, flags in enumerate(one.flags):
            for flag in filter(None, flags.split("; ")):
                rule, source = RULES[flag]
                rows.append(
                    of_flag(
                        f"{one.item_id[i]} in {material.name(scale_id)}",
                        f"item-rest r {number(one.item_rest_correlation[i])}, mean {number(one.mean[i])}",
                        flag,
                        system="flag",
                        threshold=f"{flag}: {rule}",
                        source=source,
                    )
                )
    return rows


def _hidden(material: Material, use: OptionUse) -> npt.NDArray[np.bool_]:
    """Return the options of too few persons: a label that only one person chose tells what that person said."""
    return small_cells(list(zip(use.scale_id, use.item_id, strict=True)), use.n, material.least)


def _options(draft: Draft, material: Material, found: InstrumentItems) -> None:
    use = found.options
    hidden = _hidden(material, use)
    rules = "; ".join(f"{flag}: {rule} ({source})" for flag, (rule, source) in OPTION_RULES.items()) + "."
    draft.table(
        "Use of every option",
        ("item", "option", "label", "points", "persons", "share", "mean of the rest", "flag"),
        dict.fromkeys(
            (
                use.item_id[i],
                use.option[i],
                use.label[i],
                f"{use.points[i]:g}",
                *((HIDDEN,) * 3 if hidden[i] else _use(use, i)),
                "" if hidden[i] else use.flags[i],
            )
            for i in range(len(use.option))
        ),
        numbers=("points", "persons", "share", "mean of the rest"),
        below=f"{sentence(hidden_note(material.least))} {rules}" if hidden.any() else rules,
    )


def _use(use: OptionUse, i: int) -> tuple[str, str, str]:
    return whole(use.n[i]), percent(float(use.share[i])), number(use.mean_rest[i])


def _gaps(draft: Draft, found: InstrumentItems) -> None:
    reasons: Counter[str] = Counter()
    for one in found.scales.values():
        for reason in one.reason:
            reasons.update(filter(None, reason.split("; ")))
    for reason, n in sorted(reasons.items()):
        draft.gap(
            f"A figure of {counted(n, 'item')}", reason, "answers of more persons, or more items in the scale"
        )
    if any(one.n.any() for one in found.scales.values()):
        draft.answer("items")
    else:
        draft.lack("items", WHAT["items"], "nobody answered an item")


def _keys(draft: Draft, material: Material) -> None:
    if material.responses is None:
        return
    draft.head("Do the data contradict the key?")
    checked = attempt(check_keys, material.instrument, material.responses)
    if isinstance(checked, Absent):
        draft.lack("keys", WHAT["keys"], checked.why)
        return
    if material.responses.n_rows < 50:
        draft.lack(
            "keys",
            WHAT["keys"],
            f"the rules work from 50 answers on; there are {counted(material.responses.n_rows, 'person')}",
        )
        return
    draft.say(
        f"{counted(len(checked.findings), 'sign')} that data and definition do not fit together; signs, not proofs."
        if checked.findings
        else "No sign that data and definition do not fit together, as far as the rules of the key check see."
    )
    draft.table(
        "Findings of the key check",
        ("rule", "scale", "item", "finding", "numbers"),
        [
            (one.rule, material.name(one.scale_id), one.item_id, one.finding, one.detail)
            for one in checked.findings
        ],
    )
    draft.answer("keys")
