"""Scores by looking up: where a sum and a number of answers decide a score, every such pair is finished only once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from psychometrics.instrument import Scale
from psychometrics.kernels.sums import GroupSums, small_sums, sum_bounds
from psychometrics.scoring.finish import finish_scale, item_sums
from psychometrics.scoring.plan import ScalePlan

MOST_CELLS = 2**15


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ScoreCells:
    """Every score a scale can give, and which of them each person has.

    Attributes
    ----------
    values : ndarray of float64, shape (n_cells,)
        nan where there is no score; the same score may stand in several cells.
    place : ndarray of int16, shape (n_rows,)
        Cell of each person.
    """

    values: npt.NDArray[np.float64]
    place: npt.NDArray[np.int16]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LookUp:
    """A scale whose scores follow from the sum of points and the number of answers alone."""

    plan: ScalePlan
    low: int
    width: int
    values: npt.NDArray[np.float64]
    reason: npt.NDArray[np.int8]

    def place(self, codes: npt.NDArray[np.int8], place: npt.NDArray[np.int16]) -> npt.NDArray[np.int8]:
        """Write the cell of each person; return how many answers each gave."""
        total, n_valid = small_sums(codes, self.plan.groups)
        total -= np.int16(self.low)
        np.multiply(total, np.int16(self.width), out=place)
        place += n_valid
        return n_valid


def look_up(scale: Scale, plan: ScalePlan) -> LookUp | None:
    """Return the table of a scale; None where more than two numbers decide, or there are too many of them."""
    groups = plan.groups
    one_rule = len({(group.weight, group.lowest, group.highest) for group in groups}) == 1
    straight = all(group.table is None for group in groups)
    n_items = sum(len(group.rows) for group in groups)
    if plan.criteria or not (one_rule and straight) or n_items > np.iinfo(np.int8).max:
        return None
    low, high = sum_bounds(groups)
    width = n_items + 1
    if (high - low + 1) * width > MOST_CELLS or low < -MOST_CELLS or high >= MOST_CELLS:
        return None
    total = np.repeat(np.arange(low, high + 1), width)
    n_valid = np.tile(np.arange(width), high - low + 1)
    nobody = np.zeros(1, np.int64)
    sums = GroupSums(
        total=total,
        weight=groups[0].weight * n_valid,
        lowest=groups[0].lowest * n_valid,
        highest=groups[0].highest * n_valid,
        n_valid=n_valid,
        n_not_applicable=nobody,
        weight_not_applicable=nobody,
    )
    found = finish_scale(scale, plan, item_sums(sums, plan))
    return LookUp(plan=plan, low=low, width=width, values=found.values(), reason=found.reason)
