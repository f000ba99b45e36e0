"""Rubric ratings: combined over raters, lined up with persons, summed over criteria."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import lcm

import numpy as np
import numpy.typing as npt

from psychometrics.kernels.ratings import combine_ratings
from psychometrics.kernels.ratios import weighted_sum
from psychometrics.kernels.sums import GroupSums
from psychometrics.responses import Ratings
from psychometrics.scoring.finish import Sums
from psychometrics.scoring.plan import CriterionPlan, ScalePlan

Integers = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class CriterionValues:
    """Every criterion of every person; arrays of shape (n_criteria, n_persons).

    ``numerator / denominator`` is the value in points; ``valid`` where enough raters rated.
    """

    numerator: Integers
    denominator: Integers
    n_raters: Integers
    valid: npt.NDArray[np.bool_]
    adjudicate: npt.NDArray[np.bool_]


def criterion_values(ratings: Ratings, place: npt.NDArray[np.intp], n_persons: int) -> CriterionValues:
    """Combine the ratings of each criterion; ``place`` gives the row of each person of the ratings."""
    parts = []
    for position, criterion in enumerate(ratings.instrument.criteria):
        mine = ratings.criterion_index == position
        units = lcm(*(value.denominator for value in criterion.points))
        table = np.array([int(value * units) for value in criterion.points], np.int64)
        person = place[ratings.person_index[mine]]
        combined = combine_ratings(person, table[ratings.levels[mine]], n_persons, criterion.raters.combine)
        gap = criterion.raters.adjudicate_gap
        adjudicate = np.zeros(n_persons, np.bool_) if gap is None else combined.gap >= float(gap * units)
        valid = combined.n_raters >= criterion.raters.minimum
        parts.append((combined.numerator, combined.denominator * units, combined.n_raters, valid, adjudicate))
    stacked = [np.array(column) for column in zip(*parts, strict=True)]
    return CriterionValues(
        numerator=stacked[0],
        denominator=stacked[1],
        n_raters=stacked[2],
        valid=stacked[3],
        adjudicate=stacked[4],
    )


def add_criteria(items: GroupSums, plan: ScalePlan, values: CriterionValues, part: slice) -> Sums:
    """Add the criteria of a scale to the sums over its items (which may be none)."""
    rows = [one.row for one in plan.criteria]
    valid = values.valid[rows, part]
    numerators = np.where(valid, values.numerator[rows, part], 0)
    denominators = np.where(valid, values.denominator[rows, part], 1)
    units = np.full((1, valid.shape[1]), plan.point_units, np.int64)
    numerator, denominator = weighted_sum(
        np.vstack([numerators, items.total[None]]),
        np.vstack([denominators, units]),
        [*(one.weight for one in plan.criteria), Fraction(1)],
    )
    weight, lowest, highest = (
        _over(valid, plan.criteria, name) for name in ("weight_units", "lowest", "highest")
    )
    return Sums(
        numerator=numerator,
        denominator=denominator,
        weight=items.weight + weight,
        lowest=items.lowest + lowest,
        highest=items.highest + highest,
        n_valid=items.n_valid + valid.sum(axis=0),
        n_not_applicable=items.n_not_applicable,
        weight_not_applicable=items.weight_not_applicable,
    )


def _over(valid: npt.NDArray[np.bool_], criteria: tuple[CriterionPlan, ...], name: str) -> Integers:
    return np.array([getattr(one, name) for one in criteria], np.int64) @ valid.astype(np.int64)
