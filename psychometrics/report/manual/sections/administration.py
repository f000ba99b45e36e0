"""Administration: how long, in which language, when again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction

from psychometrics.instrument.instrument import Branch
from psychometrics.report.manual.content import Section
from psychometrics.report.manual.draft import Draft
from psychometrics.report.manual.material import Material
from psychometrics.report.manual.words import exact, joined


def administration(material: Material) -> Section:
    """Write how the instrument is given."""
    told, instrument = material.instrument.definition, material.instrument
    draft = Draft("administration", "Administration", statements=material.statements)
    time = _range(told.minutes, "minutes")
    draft.find(f"It takes {time}." if time else "How long it takes is not stated.")
    again = _range(told.retest_days, "days")
    draft.find(
        f"It may be taken again after {again}." if again else "When it may be taken again is not stated."
    )
    draft.facts(
        [
            ("Language of the texts", told.language),
            ("Time", time),
            ("Window of a retest", again),
            ("Codes in the data that mean no answer", _codes(told.missing_codes)),
        ]
    )
    if instrument.branches:
        draft.head("Items that are not asked of everybody")
        draft.listing(_branch(material, branch) for branch in instrument.branches)
    tasks = [item for item in told.items if item.kind == "rubric" and item.minutes]
    draft.table(
        "Time per task",
        ("task", "time"),
        [(task.id, _range(task.minutes, "minutes")) for task in tasks if task.kind == "rubric"],
    )
    if time:
        draft.answer("time")
        _add_up(draft, told.minutes, [task.minutes for task in tasks if task.kind == "rubric"])
    else:
        draft.lack("time", "Time", "the definition does not say it")
    if again:
        draft.answer("again")
    else:
        draft.lack("again", "Time before it may be taken again", "the definition names no window")
    draft.ask_authors("conditions", "Conditions of the administration")
    draft.ask_authors("security", "Protection of the content")
    draft.ask_authors("access", "Accommodations")
    return draft.done()


def _range(ends: Sequence[Decimal] | None, unit: str) -> str:
    if not ends:
        return ""
    low, high = (exact(float(end)) for end in ends)
    if low == high:
        return f"1 {unit.removesuffix('s')}" if low == "1" else f"{low} {unit}"
    return f"{low} to {high} {unit}"


def _add_up(draft: Draft, whole: Sequence[Decimal] | None, tasks: Sequence[Sequence[Decimal] | None]) -> None:
    """Say how long the tasks take together, and where that does not go with the time of the whole."""
    known = [task for task in tasks if task]
    if not whole or not known:
        return
    low, high = (sum((task[end] for task in known), Decimal(0)) for end in (0, 1))
    said = f"The times of the tasks add up to {_range((low, high), 'minutes')}."
    over = [
        f"the {word} time of the tasks alone, {_range((own, own), 'minutes')}, is above the {word} time of the whole, "
        f"{_range((stated, stated), 'minutes')}"
        for word, own, stated in (("shortest", low, whole[0]), ("longest", high, whole[1]))
        if own > stated
    ]
    if over:
        said += f" The definition contradicts itself: {joined(over)}."
    draft.note(said)


def _codes(codes: Mapping[str, str]) -> str:
    return "; ".join(f"{code}: {reason.replace('_', ' ')}" for code, reason in codes.items())


def _points(points: Fraction) -> str:
    return f"{exact(points)} {'point' if points == 1 else 'points'}"


def _branch(material: Material, branch: Branch) -> str:
    items = joined(branch.items)
    if branch.item is not None:
        asked = f"{branch.item} is answered with {joined(map(str, branch.options), 'or')}"
    else:
        asked = f"the points of {joined(branch.points_of)} sum to {exact(branch.at_least)} or more"
    first = branch.items[0]
    known = first in material.instrument.item_ids
    points = material.instrument.item(first).points_when_not_asked if known else None
    rest = (
        "if not asked, they leave the scale"
        if points is None
        else f"if not asked, each counts {_points(points)}"
    )
    return f"{items}: asked if {asked}; {rest}."
