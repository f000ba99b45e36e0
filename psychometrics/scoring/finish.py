"""From sums to a score: the missing rule, the aggregate, the multiplier, the rounding. All exact until the last division."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from psychometrics.instrument import Component, Scale
from psychometrics.kernels.ratios import round_ratio, weighted_sum
from psychometrics.kernels.sums import GroupSums
from psychometrics.scoring.plan import ScalePlan

Integers = npt.NDArray[np.int64]


class NoScore(IntEnum):
    """Why there is no score; 0 where there is one."""

    SCORED = 0
    NOTHING_ANSWERED = 1
    TOO_FEW_ANSWERED = 2
    NOT_APPLICABLE = 3
    NOT_RATED = 4
    TOO_FEW_RATED = 5
    COMPONENT_MISSING = 6


REASONS: Mapping[int, str | None] = {
    NoScore.SCORED: None,
    NoScore.NOTHING_ANSWERED: "nothing answered",
    NoScore.TOO_FEW_ANSWERED: "fewer valid answers than the scale needs",
    NoScore.NOT_APPLICABLE: "no item of the scale was asked",
    NoScore.NOT_RATED: "nothing rated",
    NoScore.TOO_FEW_RATED: "fewer rated criteria than the scale needs",
    NoScore.COMPONENT_MISSING: "a component scale has no score",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """What a scale adds up to before its rules: ``numerator/denominator`` in points, the rest in plan units."""

    numerator: Integers
    denominator: Integers
    weight: Integers
    lowest: Integers
    highest: Integers
    n_valid: Integers
    n_not_applicable: Integers
    weight_not_applicable: Integers


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """Scores of one scale as exact fractions; ``reason`` is 0 where there is one."""

    numerator: Integers
    denominator: Integers
    n_valid: Integers
    reason: npt.NDArray[np.int8]

    def values(self) -> npt.NDArray[np.float64]:
        """Return the nearest float of each fraction; nan where there is a reason."""
        values = self.numerator / self.denominator
        values[self.reason != 0] = np.nan
        return np.asarray(values, np.float64)


def item_sums(sums: GroupSums, plan: ScalePlan) -> Sums:
    """Return the sums of a scale that stands on items alone."""
    return Sums(
        numerator=sums.total,
        denominator=np.full(1, plan.point_units, np.int64),
        weight=sums.weight,
        lowest=sums.lowest,
        highest=sums.highest,
        n_valid=sums.n_valid,
        n_not_applicable=sums.n_not_applicable,
        weight_not_applicable=sums.weight_not_applicable,
    )


def finish_scale(scale: Scale, plan: ScalePlan, sums: Sums) -> Finished:
    """Apply the rules of a scale over items and criteria."""
    n_asked = scale.n_elements - sums.n_not_applicable
    needed = n_asked if scale.missing == "refuse" else np.minimum(scale.minimum_valid, n_asked)
    enough = (sums.n_valid >= needed) & (sums.n_valid > 0)
    numerator, denominator = _aggregate(scale, plan, sums, enough)
    numerator, denominator = _finish(scale, numerator, denominator)
    reason = np.zeros(len(enough), np.int8)
    if not enough.all():
        reason = _why_not(scale, n_asked, sums.n_valid, enough)
    return Finished(numerator=numerator, denominator=denominator, n_valid=sums.n_valid, reason=reason)


def _why_not(
    scale: Scale, n_asked: Integers, n_valid: Integers, enough: npt.NDArray[np.bool_]
) -> npt.NDArray[np.int8]:
    rated = not scale.items
    nothing, few = (
        (NoScore.NOT_RATED, NoScore.TOO_FEW_RATED)
        if rated
        else (NoScore.NOTHING_ANSWERED, NoScore.TOO_FEW_ANSWERED)
    )
    why = np.where(n_asked == 0, NoScore.NOT_APPLICABLE, np.where(n_valid == 0, nothing, few))
    return np.where(enough, 0, why).astype(np.int8)


def _aggregate(
    scale: Scale, plan: ScalePlan, sums: Sums, enough: npt.NDArray[np.bool_]
) -> tuple[Integers, Integers]:
    if scale.aggregate == "percent":
        span = np.where(enough, sums.highest - sums.lowest, 1)
        above = sums.numerator * plan.point_units - sums.lowest * sums.denominator
        return 100 * above, span * sums.denominator
    if scale.aggregate == "mean":
        return sums.numerator * plan.weight_units, np.where(enough, sums.weight, 1) * sums.denominator
    if scale.missing == "prorate":
        asked = plan.total_weight - sums.weight_not_applicable
        return sums.numerator * asked, np.where(enough, sums.weight, 1) * sums.denominator
    return sums.numerator, sums.denominator


def _finish(scale: Scale, numerator: Integers, denominator: Integers) -> tuple[Integers, Integers]:
    if scale.multiplier != 1:
        numerator = numerator * scale.multiplier.numerator
        denominator = denominator * scale.multiplier.denominator
    if scale.rounding is not None:
        return round_ratio(numerator, denominator, scale.rounding.digits, scale.rounding.rule)
    return numerator, denominator


def finish_composite(scale: Scale, parts: list[Finished]) -> Finished:
    """Apply the rules of a composite to the finished scores of its components.

    sum:  multiplier * sum_k w_k x_k        mean:  multiplier * sum_k w_k x_k / sum_k w_k
    A component with mean and sd enters as (x - mean) / sd.
    """
    valid = np.array([part.reason == 0 for part in parts])
    n_valid = valid.sum(axis=0)
    needed = len(parts) if scale.missing == "refuse" else scale.minimum_valid
    enough = n_valid >= needed
    terms = [_term(part, component) for part, component in zip(parts, scale.components, strict=True)]
    numerators = np.where(valid, np.array([a for a, _ in terms]), 0)
    denominators = np.where(valid, np.array([b for _, b in terms]), 1)
    weights = [component.weight for component in scale.components]
    numerator, denominator = weighted_sum(numerators, denominators, weights)
    if scale.aggregate == "mean":
        ones = valid.astype(np.int64)
        over, under = weighted_sum(ones, np.ones_like(ones), weights)
        over, under = np.where(enough, over, 1), np.where(enough, under, 1)
        sign = np.sign(over)
        numerator, denominator = numerator * under * sign, denominator * over * sign
    numerator, denominator = _finish(scale, numerator, denominator)
    reason = np.where(enough, 0, NoScore.COMPONENT_MISSING).astype(np.int8)
    return Finished(numerator=numerator, denominator=denominator, n_valid=n_valid, reason=reason)


def _term(part: Finished, component: Component) -> tuple[Integers, Integers]:
    numerator, denominator = np.broadcast_arrays(part.numerator, part.denominator)
    if component.mean is None or component.sd is None:
        return numerator, denominator
    shift, stretch = component.mean, 1 / Fraction(component.sd)
    moved = numerator * shift.denominator - denominator * shift.numerator
    return moved * stretch.numerator, denominator * shift.denominator * stretch.denominator
