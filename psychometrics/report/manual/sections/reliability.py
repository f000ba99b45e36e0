"""Reliability: every coefficient with its interval, and the error along the score."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from psychometrics.evidence.overview.table import InstrumentReliability, ReliabilityRow
from psychometrics.report.figures import Figure, reliability_forest
from psychometrics.report.manual.content import Section
from psychometrics.report.manual.draft import Draft
from psychometrics.report.manual.judging import of_coefficient
from psychometrics.report.manual.material import Absent, Material
from psychometrics.report.manual.pictures import add_pictures
from psychometrics.report.manual.sections.error_curves import error_along_score
from psychometrics.report.manual.sections.group_reliability import reliability_in_groups
from psychometrics.report.manual.words import (
    brief,
    exact,
    interval,
    joined,
    named,
    number,
    sentence,
    statistic,
    whole,
)

ABOUT = {"consistency": "items", "composite": "whole score", "raters": "raters", "retest": "retest"}
MISFIT = "one factor does not fit"
FIT_FIGURES = re.compile(r" \(CFI [^()]*\)")
POINTS = {"mean_change", "sem", "smallest_detectable_change"}
HEAD = (
    "read first",
    "of",
    "about",
    "statistic",
    "estimate",
    "interval",
    "SEM",
    "n",
    "parts",
    "missing",
    "interval by",
)
METHODS = {"adf": "large samples, any distribution", "none": ""}
"""Ways to an interval whose names say little."""
MISSING = (
    "n: persons the figure rests on. Missing: pairwise, every two items over the persons who answered both; listwise, persons with "
    "every answer; available, all ratings there are; pairs, persons on both occasions."
)
CALLS = re.compile(r"\b(\w+)\(\)")
NUMBERS = ("estimate", "interval", "SEM", "n", "parts")


def reliability(material: Material) -> Section:
    """Write how reliable scores are."""
    draft = Draft(
        "reliability",
        "Reliability and error of measurement",
        rests_on="data",
        simulated=material.simulated,
        statements=material.statements,
    )
    found = material.reliability
    if isinstance(found, Absent):
        draft.find("Nothing is known of the reliability of these scores from the data of this manual.")
        for question, what in _WHAT.items():
            draft.lack(question, what, found.why, _needs(material))
        return draft.done()
    first = {name: row for name, row in found.read_first().items() if name in material.titles}
    _find(draft, material, first)
    _first(draft, material, found, first)
    _everything(draft, material, found)
    _errors(draft, material)
    error_along_score(draft, material)
    reliability_in_groups(draft, material)
    return draft.done()


_WHAT = {
    "coefficients": "Reliability coefficients",
    "error": "Standard error of measurement",
    "conditional": "Error along the score",
    "groups": "Reliability in groups",
}


def _needs(material: Material) -> str:
    return f"{material.needs_data}, of 100 persons or more"


def _find(draft: Draft, material: Material, first: dict[str, ReliabilityRow]) -> None:
    known = [row for row in first.values() if not np.isnan(row.estimate)]
    if not known:
        draft.find("No scale has a reliability coefficient that could be computed.")
        return
    low = min(known, key=lambda row: row.estimate)
    high = max(known, key=lambda row: row.estimate)
    if low is high:
        draft.find(f"{material.name(low.scale_id)} has a reliability of {_said(material, low)}.")
    else:
        draft.find(
            f"The coefficient to read first lies between {_said(material, low)} for {material.name(low.scale_id)} "
            f"and {_said(material, high)} for {material.name(high.scale_id)}."
        )


def _said(material: Material, row: ReliabilityRow) -> str:
    ends = interval(row.ci_lower, row.ci_upper)
    return f"{number(row.estimate)} ({material.level} interval {ends})" if ends else number(row.estimate)


def _first(
    draft: Draft, material: Material, found: InstrumentReliability, first: dict[str, ReliabilityRow]
) -> None:
    rows = [row for row in found.rows if row.read_first]
    draft.table(
        "The coefficient to read first",
        HEAD[1:],
        [_line(material, row)[1:] for row in rows],
        numbers=NUMBERS,
        below=f"{100 * found.confidence:g}% intervals. {MISSING}",
    )
    draft.facts({sentence(brief(row.statistic)).removesuffix("."): row.meaning for row in rows}.items())
    _notes(draft, material, rows)
    known = [first[name] for name in material.titles if name in first and not np.isnan(first[name].estimate)]
    drawn = [row for row in known if row.estimate >= 0]
    if len(drawn) > 1:
        add_pictures(draft, [partial(_forest, material, found, drawn)])
    if drawn != known:
        below = named([material.name(row.scale_id) for row in known if row not in drawn])
        draft.note(f"{below}: a coefficient below 0 says that the items do not go together; it is not drawn.")
    judged = [one for row in rows for one in of_coefficient(row, material.name(row.scale_id), _doubt(row))]
    draft.judge("What review systems say of it", judged)
    gone = [row for row in first.values() if np.isnan(row.estimate)]
    lacking = [name for name in material.titles if name not in first]
    if gone or lacking:
        why = [f"{material.name(row.scale_id)}: {row.reason}" for row in gone]
        why += [
            f"{material.name(name)}: no coefficient for a scale of this kind from these data"
            for name in lacking
        ]
        what = "Reliability of " + named(
            [*(material.name(row.scale_id) for row in gone), *map(material.name, lacking)]
        )
        draft.lack("coefficients", what, "; ".join(why), _needs(material))
    else:
        draft.answer("coefficients")


def _notes(draft: Draft, material: Material, rows: Sequence[ReliabilityRow]) -> None:
    """Say what coefficients rest on, once for all that rest on the same; figures of fit stand with the structure."""
    notes = [
        (FIT_FIGURES.sub(" (figures in the section on structure)", row.note), row) for row in rows if row.note
    ]
    for note in dict.fromkeys(text for text, _ in notes):
        said = CALLS.sub(lambda found: found[1].replace("_", " "), note)
        draft.note(f"{named([material.name(row.scale_id) for text, row in notes if text == note])}: {said}.")


def _doubt(row: ReliabilityRow) -> str:
    return "; but one factor clearly misfits" if row.note.startswith(MISFIT) else ""


def _forest(material: Material, found: InstrumentReliability, rows: list[ReliabilityRow]) -> Figure:
    return reliability_forest(
        replace(found, rows=tuple(rows)),
        names=[material.name(row.scale_id) for row in rows],
        simulated=material.simulated,
    )


def _line(material: Material, row: ReliabilityRow) -> tuple[str, ...]:
    digits = 2 if row.statistic in POINTS else 3
    return (
        "yes" if row.read_first else "",
        material.name(row.scale_id),
        ABOUT[row.evidence],
        brief(row.statistic),
        number(row.estimate, digits),
        interval(row.ci_lower, row.ci_upper, digits),
        number(row.standard_error_of_measurement),
        whole(row.n_persons),
        whole(row.n_parts),
        "" if row.missing == "none" else row.missing,
        METHODS.get(row.method, row.method.replace("_", " ")),
    )


def _everything(draft: Draft, material: Material, found: InstrumentReliability) -> None:
    rows = found.rows
    draft.table(
        "Every coefficient",
        HEAD,
        [_line(material, row) for row in rows],
        numbers=NUMBERS,
        below=f"Intervals are {100 * found.confidence:g}% intervals (of RMSEA 90%). SEM in points of the score. "
        f"Parts: items, raters or occasions. {MISSING}",
    )
    draft.table(
        "What each number is",
        ("statistic", "meaning"),
        {statistic(row.statistic): row.meaning for row in rows}.items(),
    )
    _reasons(draft, material, rows)


def _reasons(draft: Draft, material: Material, rows: Sequence[ReliabilityRow]) -> None:
    """Say why numbers are not there: of a coefficient that is missing as a gap, of an interval alone as a note."""
    for name, reason in dict.fromkeys((row.statistic, row.reason) for row in rows if row.reason):
        own = [row for row in rows if (row.statistic, row.reason) == (name, reason)]
        gone = [material.name(row.scale_id) for row in own if np.isnan(row.estimate)]
        if gone:
            draft.gap(
                f"{sentence(statistic(name)).removesuffix('.')} of {named(gone)}", reason, _needs(material)
            )
    notes = dict.fromkeys(
        (statistic(row.statistic), row.reason) for row in rows if row.reason and not np.isnan(row.estimate)
    )
    for reason in dict.fromkeys(reason for _, reason in notes):
        draft.note(f"{joined(name for name, why in notes if why == reason)}: {reason}.")


def _errors(draft: Draft, material: Material) -> None:
    if not material.errors:
        draft.lack("error", _WHAT["error"], "no scale has a reliability and a spread to compute it from")
        return
    z = 1.96
    rows = [
        (
            material.name(name),
            number(error),
            f"±{number(z * error, material.digits(name))}",
            _range(material, name),
        )
        for name, error in material.errors.items()
    ]
    draft.table(
        "Standard error of measurement",
        ("scale", "SEM", "±1.96 SEM", "scale runs"),
        rows,
        numbers=("SEM", "±1.96 SEM"),
        below="SEM = SD sqrt(1 - reliability), in points of the score: how far scores of the same person would scatter. 95% of them "
        "would lie within 1.96 SEM of the true score, if errors are normal and equal along the scale.",
    )
    draft.answer("error")


def _range(material: Material, name: str) -> str:
    scale = material.instrument.scale(name)
    return "" if np.isnan(scale.minimum) else f"{exact(scale.minimum)} to {exact(scale.maximum)}"
