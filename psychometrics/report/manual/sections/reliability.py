"""Reliability: every coefficient with its interval, and the error along the score."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from psychometrics.evidence.consistency.alpha import coefficient_alpha
from psychometrics.evidence.error.conditional import conditional_standard_errors
from psychometrics.evidence.error.result import ConditionalErrors
from psychometrics.evidence.overview.table import InstrumentReliability, ReliabilityRow
from psychometrics.report.figures import Figure, conditional_error, reliability_forest
from psychometrics.report.manual.content import Section
from psychometrics.report.manual.draft import Draft
from psychometrics.report.manual.groups import Part, parts_of
from psychometrics.report.manual.judging import of_coefficient
from psychometrics.report.manual.material import Absent, Material, attempt
from psychometrics.report.manual.pictures import add_pictures
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
from psychometrics.responses import Responses

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
    _conditional(draft, material)
    _groups(draft, material)
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
        "The coefficient to read first", HEAD[1:], [_line(material, row)[1:] for row in rows], numbers=NUMBERS
    )
    draft.facts({sentence(brief(row.statistic)).removesuffix("."): row.meaning for row in rows}.items())
    _notes(draft, material, rows)
    known = [row for row in first.values() if not np.isnan(row.estimate)]
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
        draft.note(f"{named([material.name(row.scale_id) for text, row in notes if text == note])}: {note}.")


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
        row.missing,
        row.method,
    )


def _everything(draft: Draft, material: Material, found: InstrumentReliability) -> None:
    rows = found.rows
    draft.table(
        "Every coefficient",
        HEAD,
        [_line(material, row) for row in rows],
        numbers=NUMBERS,
        below=f"Intervals are {100 * found.confidence:g}% intervals (of RMSEA 90%). SEM in points of the score. "
        "Parts: items, raters or occasions.",
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
        ("scale", "SEM", "95% of scores lie within", "scale runs"),
        rows,
        numbers=("SEM", "95% of scores lie within"),
        below="SEM = SD sqrt(1 - reliability), in points of the score: how far scores of the same person would scatter. "
        "±1.96 SEM holds if errors are normal and equal along the scale.",
    )
    draft.answer("error")


def _range(material: Material, name: str) -> str:
    scale = material.instrument.scale(name)
    return "" if np.isnan(scale.minimum) else f"{exact(scale.minimum)} to {exact(scale.maximum)}"


def _conditional(draft: Draft, material: Material) -> None:
    answers = material.responses
    draft.head("Error along the score")
    if answers is None or not material.item_scales:
        why = "no responses given" if material.item_scales else "no scale stands on items that persons answer"
        draft.lack("conditional", _WHAT["conditional"], why)
        return
    found: dict[str, ConditionalErrors] = {}
    gaps: dict[str, list[str]] = {}
    for scale in material.item_scales:
        if scale.criteria:
            continue
        got = attempt(conditional_standard_errors, answers, scale=scale.id, confidence=material.confidence)
        why = got.why if isinstance(got, Absent) else _unknown(got)
        if isinstance(got, Absent) or why:
            gaps.setdefault(why, []).append(material.name(scale.id))
        else:
            found[scale.id] = got
    for why, names in gaps.items():
        draft.gap(
            f"Error along the score of {named(names)}",
            why,
            "responses without blanks of some hundred persons",
        )
    if not found:
        draft.lack("conditional", _WHAT["conditional"], "; ".join(gaps) or "no scale of items alone")
        return
    _curves(draft, material, found)
    draft.answer("conditional")


def _unknown(got: ConditionalErrors) -> str:
    """Return why there is no error at any score; empty where there is one."""
    if not got.default_method:
        return "no method goes with these items"
    curve = got.curve(got.default_method)
    if not np.isnan(curve.standard_errors).all():
        return ""
    return curve.reason or "nobody has an answer to every item"


def _curves(draft: Draft, material: Material, found: dict[str, ConditionalErrors]) -> None:
    rows = []
    for name, got in found.items():
        table = got.for_scores()[name]
        scores = np.array(sorted(table))
        errors = np.array([table[score] for score in scores])
        picks = np.unique(np.round(np.linspace(0, len(scores) - 1, 5)).astype(int))
        rows.append(
            (
                material.name(name),
                got.default_method.replace("_", " "),
                number(float(errors.min())),
                number(float(errors.max())),
                "; ".join(f"{exact(round(scores[i], 1))}: {number(errors[i])}" for i in picks),
                whole(got.n_persons),
                whole(got.n_left_out),
            )
        )
    draft.table(
        "Standard error at low, middle and high scores",
        ("scale", "method", "least", "most", "at score: error", "n", "left out"),
        rows,
        numbers=("least", "most", "n", "left out"),
        below="anova: within-person variance over all items among those with the score. Neighbouring scores are put "
        "together until they hold 20 persons. Left out: persons with an answer missing.",
    )
    add_pictures(
        draft,
        (
            partial(conditional_error, got, title=material.name(name), simulated=material.simulated)
            for name, got in found.items()
        ),
    )


def _groups(draft: Draft, material: Material) -> None:
    if not material.groups:
        draft.lack("groups", _WHAT["groups"], "no groups named")
        return
    if material.responses is None or not material.item_scales:
        draft.lack(
            "groups",
            _WHAT["groups"],
            "no responses to scales of items",
            "responses with the groups as columns",
        )
        return
    draft.head("Reliability in groups")
    rows = [
        line
        for column in material.groups
        for part in parts_of(material.responses.persons, column, material.smallest)
        for line in _alphas(material, material.responses, part)
    ]
    draft.table(
        "Coefficient alpha in each group",
        ("column", "group", "scale", "alpha", "interval", "n", "why none"),
        rows,
        numbers=("alpha", "interval", "n"),
        below=f"Groups of fewer than {material.smallest} persons are not shown.",
    )
    if rows:
        draft.answer("groups")
    else:
        draft.lack("groups", _WHAT["groups"], f"no group holds {material.smallest} persons")


def _alphas(material: Material, answers: Responses, part: Part) -> Iterable[Sequence[str]]:
    own = answers.select(part.rows)
    for scale in material.item_scales:
        got = attempt(partial(coefficient_alpha, own, scale=scale.id, confidence=material.confidence))
        head = (part.column, part.label, material.name(scale.id))
        if isinstance(got, Absent):
            yield (*head, "", "", whole(own.n_rows), got.why)
        else:
            yield (
                *head,
                number(got.estimate, 3),
                interval(got.ci_lower, got.ci_upper, 3),
                whole(got.n_persons),
                got.reason,
            )
