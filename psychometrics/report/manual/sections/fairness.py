"""Fairness: how groups differ, and whether cuts select them at different rates."""

from __future__ import annotations

import math
from functools import partial

from psychometrics.evidence.fairness.differences import GroupDifferences, group_differences
from psychometrics.evidence.fairness.impact import AdverseImpact, adverse_impact
from psychometrics.evidence.fairness.impact_rows import FOUR_FIFTHS, FOUR_FIFTHS_SOURCE, RateRow
from psychometrics.report import figures
from psychometrics.report.manual.content import Judgement, Section
from psychometrics.report.manual.draft import Draft
from psychometrics.report.manual.judging import of_flag
from psychometrics.report.manual.material import Absent, Material, attempt
from psychometrics.report.manual.pictures import add_pictures
from psychometrics.report.manual.words import exact, interval, number, percent, sentence, whole
from psychometrics.result import counted
from psychometrics.scoring import Scores

WHAT = {"differences": "Differences of groups", "impact": "Selection rates of groups"}
DRAWN = 6
NO_SELECTION = (
    "Selection rates of groups and the four-fifths rule are not here, since the intended use in the definition does not name "
    "selection (hiring, admission, placement, promotion); naming it there, or selection=True (on the command line --selection), "
    "puts them here."
)
NOT_SELECTING = (
    "Selection rates of groups and the four-fifths rule are not here, since this manual was asked for without selection "
    "(selection=False)."
)


def fairness(material: Material) -> Section:
    """Write how groups differ."""
    draft = Draft(
        "fairness",
        "Fairness",
        rests_on="data",
        simulated=material.simulated,
        statements=material.statements,
    )
    if not material.groups or isinstance(material.scores, Absent):
        why = material.scores.why if isinstance(material.scores, Absent) else "no groups named"
        draft.find("This manual does not say whether the instrument works alike for different people.")
        draft.lack("differences", WHAT["differences"], why)
        if _asks_impact(draft, material):
            draft.lack("impact", WHAT["impact"], why)
    else:
        _differences(draft, material, material.scores)
        _impact(draft, material, material.scores)
    draft.ask_authors("items", "Differential item functioning")
    return draft.done()


def _differences(draft: Draft, material: Material, scores: Scores) -> None:
    found = attempt(
        group_differences,
        scores,
        list(material.groups),
        smallest=max(material.least, 2),
        confidence=material.confidence,
    )
    known = [] if isinstance(found, Absent) else [row for row in found.rows if not math.isnan(row.difference)]
    if isinstance(found, Absent) or not known:
        why = (
            found.why
            if isinstance(found, Absent)
            else "; ".join(dict.fromkeys(row.reason for row in found.rows if row.reason))
        )
        draft.find("No two groups could be compared.")
        draft.lack(
            "differences", WHAT["differences"], why or f"no group holds {counted(material.least, 'person')}"
        )
        return
    most = max(known, key=lambda row: abs(row.difference))
    draft.find(
        f"The largest difference is g = {number(most.difference)} ({material.level} interval {interval(most.ci_lower, most.ci_upper)}): "
        f"{most.category} against {most.reference} ({most.group}) on {material.name(most.scale_id)}."
    )
    draft.listing(sentence(material.titled(note)) for note in found.notes)
    _difference_table(draft, material, found)
    add_pictures(
        draft,
        (
            partial(
                figures.group_differences,
                found,
                name,
                title=material.name(name),
                simulated=material.simulated,
            )
            for name in material.main[:DRAWN]
        ),
    )
    draft.answer("differences")


def _difference_table(draft: Draft, material: Material, found: GroupDifferences) -> None:
    heads = (
        "scale",
        "column",
        "group",
        "n",
        "no score",
        "mean",
        "SD",
        "g",
        f"{material.level} interval",
        "variance ratio",
        "its interval",
        "against",
        "remarks",
    )
    draft.table(
        "Groups",
        heads,
        [
            (
                material.name(row.scale_id),
                row.group,
                row.category,
                whole(row.n),
                whole(row.n_missing),
                number(row.mean),
                number(row.sd),
                number(row.difference),
                interval(row.ci_lower, row.ci_upper),
                number(row.variance_ratio),
                interval(row.variance_ratio_lower, row.variance_ratio_upper),
                row.reference if row.reference != row.category else "",
                "; ".join(filter(None, [row.note, row.reason])),
            )
            for row in found.rows
        ],
        numbers=heads[3:-2],
        below="g: Hedges' standardised difference, above 0 where the group scores higher. Variance ratio: variance of the group over that "
        "of the reference."
        + (
            f" Groups of fewer than {material.least} persons show their number only."
            if material.least > 1
            else ""
        ),
    )


def _asks_impact(draft: Draft, material: Material) -> bool:
    """Say whether selection rates are asked of this instrument; where cuts select nobody, why they are not here."""
    if not any(cut.metric == "raw" for cut in material.instrument.definition.cuts):
        draft.skip("impact")
        return False
    if material.selects:
        return True
    draft.skip("impact")
    draft.note(NO_SELECTION if material.selection is None else NOT_SELECTING)
    return False


def _impact(draft: Draft, material: Material, scores: Scores) -> None:
    if not _asks_impact(draft, material):
        return
    draft.head("Selection rates at the cuts")
    found = attempt(
        adverse_impact,
        scores,
        list(material.groups),
        smallest=material.least,
        confidence=material.confidence,
    )
    if isinstance(found, Absent):
        draft.lack("impact", WHAT["impact"], found.why)
        return
    rows = found.selection.rows
    known = [row for row in rows if not math.isnan(row.impact_ratio)]
    if not known:
        reasons = dict.fromkeys(row.reason for row in rows if row.reason)
        draft.lack("impact", WHAT["impact"], "; ".join(reasons) or "no group could be compared")
        return
    _impact_tables(draft, material, found)
    draft.judge("The four-fifths rule", [_judged(row) for row in known if row.category != row.reference])
    draft.answer("impact")


def _impact_tables(draft: Draft, material: Material, found: AdverseImpact) -> None:
    heads = (
        "scale",
        "cut",
        "at",
        "column",
        "group",
        "n",
        "selected",
        "rate",
        "impact ratio",
        f"{material.level} interval",
        "p",
        "remarks",
    )
    for title, rates in (
        ("Selection rates", found.selection),
        ("Scoring rates: share above the median", found.scoring),
    ):
        draft.table(
            title,
            heads,
            [
                (
                    material.name(row.scale_id),
                    row.cut,
                    exact(round(row.at, 2)),
                    row.group,
                    row.category,
                    whole(row.n),
                    "" if row.n_selected < 0 else whole(row.n_selected),
                    percent(row.rate, 1),
                    number(row.impact_ratio),
                    interval(row.ratio_lower, row.ratio_upper),
                    number(row.p_value, 3),
                    "; ".join(filter(None, [row.note, row.reason])),
                )
                for row in rates.rows
            ],
            numbers=("at", "n", "selected", "rate", "impact ratio", f"{material.level} interval", "p"),
            below="Impact ratio: rate over that of the group with the highest rate, Koopman's interval. p: Fisher's exact test.",
        )
    for note in found.notes:
        draft.note(sentence(material.titled(note)))


def _judged(row: RateRow) -> Judgement:
    low = row.impact_ratio < FOUR_FIFTHS
    flip = " one different person would turn it" if row.flips else ""
    return of_flag(
        f"{row.cut}: {row.category} ({row.group})",
        f"impact ratio {number(row.impact_ratio)}",
        f"below four fifths{';' + flip if flip else ''}" if low else "not below four fifths",
        system="four-fifths rule",
        threshold=f"below {FOUR_FIFTHS:g} of the highest rate is generally regarded as evidence of adverse impact",
        source=FOUR_FIFTHS_SOURCE,
    )
