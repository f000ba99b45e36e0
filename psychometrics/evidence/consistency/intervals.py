"""The interval of a smooth coefficient of the covariances, from persons or from groups of them."""

from __future__ import annotations

from collections.abc import Callable
from math import nan

import numpy as np

from psychometrics.evidence.consistency.groups import without_each_group
from psychometrics.evidence.consistency.result import Reliability, reliability_of
from psychometrics.evidence.matrix import Floats
from psychometrics.evidence.sample import Sample
from psychometrics.kernels.bounds import Bounds, grouped_jackknife_bounds, jackknife_bounds
from psychometrics.kernels.consistency.gradients import correlations, through_correlations, without_each
from psychometrics.kernels.consistency.lambdas import Coefficient, nothing, why_no_total
from psychometrics.kernels.covariance import Moments

Statistic = Callable[[Floats], Coefficient]

GROUPS = 20
SEED = 0


def group_method(sample: Sample, groups: int, n_found: int) -> str:
    """Say which groups of persons were left out."""
    if sample.points is None:
        return f"grouped_jackknife ({n_found} blocks of the tally; counts hold no person)"
    why = "; em gives no influence of a person" if sample.moments.missing == "em" else ""
    return f"grouped_jackknife ({min(groups, len(sample.points))} groups{why})"


def group_bounds(
    sample: Sample,
    statistic: Callable[[Floats], float],
    estimate: float,
    confidence: float,
    *,
    groups: int = GROUPS,
    seed: int = SEED,
) -> tuple[Bounds, str]:
    """Return the interval from leaving groups of persons out, and what it is called."""
    left = without_each_group(sample, groups, seed)
    method = group_method(sample, groups, len(left))
    if len(left) < 2 and sample.points is None:
        what = "a tally in one block holds no interval: tally in blocks, give several tallies, or give the persons"
        return Bounds(reason=what), method
    if any(moments.reason or moments.n_persons < 2 for moments in left):
        return Bounds(reason="without one of the groups there are no covariances: too few persons"), method
    without = np.array([statistic(moments.covariance) for moments in left])
    if not np.all(np.isfinite(without)):
        return Bounds(reason="without one of the groups the coefficient would not exist"), method
    return grouped_jackknife_bounds(estimate, without, confidence), method


def statistic_row(
    name: str,
    sample: Sample,
    statistic: Statistic,
    *,
    confidence: float,
    no_interval: str = "",
    method: str = "jackknife",
    standardized: bool = False,
) -> Reliability:
    """Return a coefficient of a sample as a row, with its jackknife interval, or with why it has none.

    ``statistic`` is of the covariances, or of the correlations when ``standardized``.
    """
    if standardized:
        statistic = _of_correlations(statistic)
    moments = sample.moments
    bounds, found = Bounds(reason=why_no_covariance(moments)), None
    if not bounds.reason:
        statistic = _where_there_is_a_total(statistic)
        found = statistic(moments.covariance)
        bounds = Bounds(reason=found.reason or no_interval)
        if not bounds.reason:
            bounds, method = _interval(sample, statistic, found, confidence)
    return reliability_of(
        name,
        nan if found is None else found.estimate,
        bounds,
        total_variance=float(
            correlations(moments.covariance).sum() if standardized else moments.covariance.sum()
        ),
        confidence=confidence,
        method=method,
        missing=moments.missing,
        n_persons=sample.n_persons,
        n_items=sample.n_items,
        source=sample.source,
    )


def _where_there_is_a_total(statistic: Statistic) -> Statistic:
    """Return the statistic that says why where the total does not vary: of the sample, or with a person left out."""

    def of(covariance: Floats) -> Coefficient:
        reason = why_no_total(covariance)
        return nothing(len(covariance), reason) if reason else statistic(covariance)

    return of


def _of_correlations(statistic: Statistic) -> Statistic:
    """Return the statistic of the standardised items as one of the covariances."""

    def of(covariance: Floats) -> Coefficient:
        r = correlations(covariance)
        if np.isnan(r).any():
            return nothing(len(covariance), "an item does not vary: it has no correlations")
        reason = why_no_total(r)
        if reason:
            return nothing(len(covariance), reason)
        found = statistic(r)
        return Coefficient(
            estimate=found.estimate,
            gradient=through_correlations(found.gradient, covariance),
            reason=found.reason,
        )

    return of


def why_no_covariance(moments: Moments) -> str:
    """Say why there are no covariances to work on; empty when there are."""
    if moments.reason:
        return moments.reason
    if moments.n_persons < 2:
        return "fewer than 2 persons"
    if np.any(moments.n_pairs < 2):
        return "two items, or one, are answered together by fewer than 2 persons"
    return ""


def _interval(
    sample: Sample, statistic: Statistic, found: Coefficient, confidence: float
) -> tuple[Bounds, str]:
    if sample.points is None or sample.moments.missing == "em":
        return group_bounds(sample, lambda c: statistic(c).estimate, found.estimate, confidence)
    if sample.n_persons < 3 or np.any(sample.moments.n_pairs < 3):
        return Bounds(reason="the interval needs at least 3 persons for each pair of items"), "jackknife"
    without = without_each(
        sample.points, sample.moments, found.estimate, found.gradient, lambda c: statistic(c).estimate
    )
    return jackknife_bounds(found.estimate, without, confidence), "jackknife"
