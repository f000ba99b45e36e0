"""Results of a badge: a score, its status, levels of rubric criteria; each with the description it is an instance of."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import Any

import numpy as np

from psychometrics.errors import ReportError
from psychometrics.instrument import Instrument
from psychometrics.report.person.content import CutView, PersonReport, ScaleView
from psychometrics.report.person.statement_iri import figure, named_uuid, one_line
from psychometrics.responses import Ratings
from psychometrics.scoring.rubric import criterion_values


@dataclass(frozen=True, slots=True, kw_only=True)
class CriterionLevels:
    """A rubric criterion, its levels from low to high, and what was achieved.

    Attributes
    ----------
    criterion_id, title : str
    labels, descriptors : tuple of str
    points : tuple of float
        Of the levels.
    achieved : float
        Points achieved; between two levels where raters differ.
    required : str
        Label of the level that is required; empty for none.
    """

    criterion_id: str
    title: str
    labels: tuple[str, ...]
    descriptors: tuple[str, ...]
    points: tuple[float, ...]
    achieved: float
    required: str = ""

    def __post_init__(self) -> None:
        sizes = {len(self.labels), len(self.descriptors), len(self.points)}
        if len(sizes) != 1 or not self.labels:
            raise ReportError(f"{self.criterion_id}: labels, descriptors and points are not one per level")
        if self.required and self.required not in self.labels:
            raise ReportError(f'{self.criterion_id} has no level "{self.required}"')
        if not isfinite(self.achieved):
            raise ReportError(
                f"{self.criterion_id}: nothing was achieved", hint="Leave criteria without ratings out."
            )

    @property
    def level(self) -> int:
        """Place of the achieved level; -1 where the points lie between two levels."""
        return self.points.index(self.achieved) if self.achieved in self.points else -1


def criterion_levels_of(
    instrument: Instrument,
    ratings: Ratings,
    person_id: str,
    *,
    occasion: str | None = None,
    scale: str | None = None,
) -> tuple[CriterionLevels, ...]:
    """Return the rubric criteria of a person with the mean or median of the raters, as the instrument combines them.

    Criteria without ratings, or with fewer raters than the instrument asks for, are left out.

    Parameters
    ----------
    instrument : Instrument
    ratings : Ratings
    person_id : str
    occasion : str, optional
        Which occasion, when there are several.
    scale : str, optional
        Only the criteria of this scale.
    """
    one = _of_person(ratings, person_id, occasion)
    wanted = instrument.criteria_under(instrument.scale(scale)) if scale else instrument.criterion_ids
    values = criterion_values(one, np.zeros(1, np.intp), 1)
    return tuple(
        CriterionLevels(
            criterion_id=criterion.id,
            title=criterion.title or criterion.criterion_id,
            labels=criterion.labels,
            descriptors=criterion.descriptors,
            points=tuple(map(float, criterion.points)),
            achieved=float(values.numerator[i, 0] / values.denominator[i, 0]),
        )
        for i, criterion in enumerate(instrument.criteria)
        if criterion.id in wanted and values.valid[i, 0]
    )


def _of_person(ratings: Ratings, person_id: str, occasion: str | None) -> Ratings:
    there = np.array([one == person_id for one in ratings.persons.column("person_id").to_pylist()], np.bool_)
    if occasion is not None and "occasion" in ratings.persons.column_names:
        there &= np.array(
            [one == occasion for one in ratings.persons.column("occasion").to_pylist()], np.bool_
        )
    if there.sum() != 1:
        hint = "Name the occasion." if there.sum() else "Check person_id and occasion."
        raise ReportError(f'{int(there.sum())} rows of ratings belong to person "{person_id}"', hint=hint)
    return ratings.select(there)


def score_description(report: PersonReport, view: CutView, scale: ScaleView | None) -> dict[str, Any]:
    """Return what the score of a cut can be: its range, and the value that is required."""
    raw = view.metric == "raw"
    title = view.scale_id if scale is None else scale.title
    described = {
        "id": _id(report, "score", view.cut_id),
        "type": ["ResultDescription"],
        "name": one_line(title if raw else f"{title} ({view.metric.replace('_', ' ')})"),
        "resultType": "RawScore" if raw else "ScaledScore",
        "requiredValue": figure(view.at),
    }
    if raw and scale is not None and isfinite(scale.minimum) and isfinite(scale.maximum):
        described |= {"valueMin": figure(scale.minimum), "valueMax": figure(scale.maximum)}
    return described


def score_result(report: PersonReport, view: CutView) -> dict[str, Any]:
    """Return the score of this person on the metric of the cut."""
    return {
        "type": ["Result"],
        "resultDescription": _id(report, "score", view.cut_id),
        "value": figure(view.score),
    }


def status_description(report: PersonReport, view: CutView) -> dict[str, Any]:
    """Return that there is a status: completed where the cut is met."""
    name = one_line(f"{view.label}: met or not")
    kind = {"type": ["ResultDescription"], "name": name, "resultType": "Status"}
    return {"id": _id(report, "status", view.cut_id), **kind}


def status_result(report: PersonReport, view: CutView) -> dict[str, Any]:
    """Return whether the cut is met."""
    status = "Completed" if view.met else "Failed"
    return {"type": ["Result"], "resultDescription": _id(report, "status", view.cut_id), "status": status}


def criterion_description(report: PersonReport, one: CriterionLevels) -> dict[str, Any]:
    """Return the levels of a criterion, from low to high."""
    described: dict[str, Any] = {
        "id": _id(report, "criterion", one.criterion_id),
        "type": ["ResultDescription"],
        "name": one_line(one.title),
        "resultType": "RubricCriterionLevel",
        "rubricCriterionLevel": [_level(report, one, place) for place in range(len(one.labels))],
    }
    if one.required:
        described["requiredLevel"] = _level_id(report, one, one.labels.index(one.required))
    return described


def criterion_result(report: PersonReport, one: CriterionLevels) -> dict[str, Any]:
    """Return the level achieved; where raters differ and no level is theirs together, the points between."""
    result = {"type": ["Result"], "resultDescription": _id(report, "criterion", one.criterion_id)}
    if one.level >= 0:
        return {**result, "achievedLevel": _level_id(report, one, one.level)}
    return {**result, "value": figure(one.achieved)}


def _level(report: PersonReport, one: CriterionLevels, place: int) -> dict[str, Any]:
    level = {
        "id": _level_id(report, one, place),
        "type": ["RubricCriterionLevel"],
        "name": one_line(one.labels[place]),
        "points": figure(one.points[place]),
    }
    return level | ({"description": one_line(one.descriptors[place])} if one.descriptors[place] else {})


def _id(report: PersonReport, *parts: str) -> str:
    """Return an id that belongs to the instrument, not to the person: all badges of one cut share it."""
    return f"urn:uuid:{named_uuid(report.source.instrument, report.source.fingerprint, *parts)}"


def _level_id(report: PersonReport, one: CriterionLevels, place: int) -> str:
    return _id(report, "level", one.criterion_id, str(place))
