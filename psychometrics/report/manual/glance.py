"""The first page: what a reviewer wants to know before reading on."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from psychometrics.evidence.overview.table import ReliabilityRow
from psychometrics.report.manual.closing import place_of
from psychometrics.report.manual.content import Checked, Glance, Section, Table
from psychometrics.report.manual.draft import set_table
from psychometrics.report.manual.material import Absent, Material
from psychometrics.report.manual.numbering import tidy
from psychometrics.report.manual.small_cells import is_small
from psychometrics.report.manual.words import brief, exact, first_sentence, interval, joined, number, whole
from psychometrics.result import counted


def glance(material: Material, sections: Sequence[Section], review: Sequence[Checked]) -> Glance:
    """Return the first page."""
    return tidy(
        Glance(
            facts=_facts(material, review),
            scales=_scales(material),
            gaps=_gaps(sections, review),
        )
    )


def _facts(material: Material, review: Sequence[Checked]) -> tuple[tuple[str, str], ...]:
    told = material.instrument.definition
    asked = [one for one in review if one.answered != "not applicable"]
    open_ = sum(one.answered == "no" for one in asked)
    rows = (
        ("Measures", first_sentence(told.construct_text)),
        ("For", told.population),
        ("Is made of", _made_of(material)),
        ("Takes", _minutes(material)),
        ("People behind the figures", _people(material)),
        ("Norms", _norms(material)),
        ("Missing", f"{open_} of {len(asked)} questions of a reviewer are without an answer"),
    )
    return tuple((name, text) for name, text in rows if text)


def _made_of(material: Material) -> str:
    instrument = material.instrument
    tasks = len({one.item_id for one in instrument.criteria})
    parts = [
        counted(len(instrument.items), "item") if instrument.items else "",
        f"{counted(tasks, 'task')} rated on {counted(len(instrument.criteria), 'criterion', 'criteria')}"
        if tasks
        else "",
        counted(len(instrument.scales), "scale"),
    ]
    return joined(filter(None, parts))


def _minutes(material: Material) -> str:
    minutes = material.instrument.definition.minutes
    return "" if minutes is None else f"{exact(float(minutes[0]))} to {exact(float(minutes[1]))} minutes"


def _people(material: Material) -> str:
    made = "SIMULATED: " if material.simulated else ""
    parts = []
    if material.responses is not None:
        parts.append(f"{counted(material.responses.n_rows, 'person')} answered")
    if material.ratings is not None:
        parts.append(
            f"{counted(material.ratings.persons.num_rows, 'person')} rated by {counted(len(material.ratings.rater_ids), 'rater')}"
        )
    if not isinstance(material.stability, Absent):
        pairs = max((one.n_pairs for one in material.stability.scales.values()), default=0)
        parts.append(f"{counted(pairs, 'person')} on two occasions")
    return made + "; ".join(parts) if parts else "none: no data were given"


def _norms(material: Material) -> str:
    if isinstance(material.norms, Absent):
        return f"none: {material.norms.why}"
    head = material.norms.head
    made = "SIMULATED: " if head.simulated else ""
    n = "n not stated" if head.population.n is None else f"n = {head.population.n:,}"
    dates = [
        f"collected: {head.population.collected}" if head.population.collected else "",
        f"released {head.released}" if head.released else "",
    ]
    return f"{made}{head.instrument}/{head.edition}; {'; '.join(filter(None, [n, *dates]))}"


def _scales(material: Material) -> Table:
    first = {} if isinstance(material.reliability, Absent) else material.reliability.read_first()
    heads = (
        "scale",
        "range",
        "n",
        "mean",
        "SD",
        "reliability",
        "interval",
        "which",
        "SEM",
        "retest ICC(A,1)",
        "its interval",
    )
    return set_table(
        "The scales",
        heads,
        [_line(material, scale_id, first.get(scale_id)) for scale_id in material.titles],
        numbers=[name for name in heads if name not in ("scale", "which")],
        below=f"{material.level} intervals. Reliability: the coefficient to read first; which one, and what it counts as error, is said "
        "in the section on reliability. SEM: standard error of measurement, in points. A blank is not known; why is said in the "
        "section."
        if first
        else "No figure is known without data.",
    )


def _line(material: Material, scale_id: str, first: ReliabilityRow | None) -> tuple[str, ...]:
    scale = material.instrument.scale(scale_id)
    ends = "" if math.isnan(scale.minimum) else f"{exact(scale.minimum)} to {exact(scale.maximum)}"
    return (
        material.name(scale_id),
        ends,
        *_spread(material, scale_id),
        "" if first is None else number(first.estimate),
        "" if first is None else interval(first.ci_lower, first.ci_upper),
        "" if first is None or math.isnan(first.estimate) else brief(first.statistic),
        number(material.errors.get(scale_id, math.nan), 2),
        *_retest(material, scale_id),
    )


def _spread(material: Material, scale_id: str) -> tuple[str, str, str]:
    if isinstance(material.scores, Absent):
        return "", "", ""
    values, digits = material.scores.of(scale_id), material.digits(scale_id)
    there = values[~np.isnan(values)]
    if is_small(len(there), material.least):
        return whole(len(there)), "", ""
    mean = float(there.mean()) if len(there) else math.nan
    spread = float(np.std(there, ddof=1)) if len(there) > 1 else math.nan
    return whole(len(there)), number(mean, digits), number(spread, digits)


def _retest(material: Material, scale_id: str) -> tuple[str, str]:
    if isinstance(material.stability, Absent) or scale_id not in material.stability.scales:
        return "", ""
    one = material.stability.scales[scale_id].icc_a1
    return number(one.estimate), interval(one.ci_lower, one.ci_upper)


def _gaps(sections: Sequence[Section], review: Sequence[Checked]) -> Table:
    rows = []
    for section in sections:
        own = [one.answered for one in review if one.section == section.id]
        asked = [one for one in own if one != "not applicable"]
        if asked:
            rows.append(
                (
                    place_of(section),
                    str(len(asked)),
                    str(asked.count("yes")),
                    str(asked.count("authors")),
                    str(asked.count("no")),
                )
            )
    heads = ("section", "questions that apply", "answered", "stated by the authors", "missing")
    return set_table(
        "What a reviewer asks, and what is here", heads, rows, numbers=heads[1:], keep=heads, folded=False
    )
