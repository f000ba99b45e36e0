"""Which interval of coefficient alpha goes with what is known: every person, pairs of items, or counts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from psychometrics.evidence.consistency.intervals import group_bounds
from psychometrics.evidence.matrix import Floats
from psychometrics.evidence.sample import Sample
from psychometrics.kernels.bounds import Bounds, bca_bounds, percentile_bounds
from psychometrics.kernels.consistency import alpha as kernel
from psychometrics.kernels.consistency.complete_alpha import CompleteSums, alpha_without_each
from psychometrics.kernels.consistency.gradients import correlations, without_each
from psychometrics.kernels.consistency.resampling import (
    complete_alphas,
    raw_alphas,
    resampled_covariances,
    standardized_alphas,
)
from psychometrics.kernels.covariance import Moments

Interval = Literal["adf", "feldt", "bonett", "duhachek", "bootstrap", "bca", "grouped_jackknife"]
INTERVALS: tuple[Interval, ...] = get_args(Interval)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The interval that was asked for, and how much work may go into it."""

    interval: Interval
    confidence: float
    groups: int
    resamples: int
    seed: int

    def method(self) -> str:
        """Say what was done, with the samples and the seed of a bootstrap."""
        if self.interval in {"bootstrap", "bca"}:
            return f"{self.interval} ({self.resamples} samples, seed {self.seed})"
        return self.interval


def complete_bounds(
    x: Floats | None, sums: CompleteSums, estimate: float, choice: Choice
) -> tuple[Bounds, str] | None:
    """Return the interval from persons without gaps; None for those that need covariances, or points not given."""
    n, k = len(sums.totals), sums.n_items
    if choice.interval in {"feldt", "bonett"}:
        return _of_sizes(estimate, n, k, choice), choice.method()
    if choice.interval not in {"adf", "bootstrap", "bca"}:
        return None
    if n < 3:
        return Bounds(reason=f"the {choice.interval} interval needs at least 3 persons"), choice.method()
    if choice.interval == "adf":
        return kernel.without_bounds(estimate, alpha_without_each(sums), choice.confidence), choice.method()
    if x is None:
        return None
    replicates = complete_alphas(x, sums, choice.resamples, choice.seed)
    return _resampled(estimate, replicates, alpha_without_each(sums), choice), choice.method()


def moments_bounds(
    sample: Sample, estimate: float, choice: Choice, *, standardized: bool
) -> tuple[Bounds, str]:
    """Return the interval from covariances, and from the persons behind them where they are known."""
    moments, points = sample.moments, sample.points
    alpha = kernel.standardized_alpha if standardized else kernel.alpha_from_covariance
    if choice.interval == "duhachek":
        covariance = correlations(moments.covariance) if standardized else moments.covariance
        bounds = kernel.duhachek_interval(covariance, sample.n_persons, choice.confidence)
        return bounds, choice.method()
    if choice.interval in {"feldt", "bonett"}:
        return _of_sizes(estimate, sample.n_persons, sample.n_items, choice), choice.method()
    if choice.interval == "grouped_jackknife" or points is None or moments.missing == "em":
        return group_bounds(
            sample, alpha, estimate, choice.confidence, groups=choice.groups, seed=choice.seed
        )
    if sample.n_persons < 3 or np.any(moments.n_pairs < 3):
        reason = f"the {choice.interval} interval needs at least 3 persons for each pair of items"
        return Bounds(reason=reason), choice.method()
    without = _without(points, moments, estimate, standardized=standardized)
    if choice.interval == "adf":
        return kernel.without_bounds(estimate, without, choice.confidence), choice.method()
    replicates = _replicates(points, moments, choice, standardized=standardized)
    return _resampled(estimate, replicates, without, choice), choice.method()


def _without(points: Floats, moments: Moments, estimate: float, *, standardized: bool) -> Floats:
    if not standardized:
        return kernel.alpha_without(points, moments)
    gradient = kernel.standardized_gradient(moments.covariance)
    return without_each(points, moments, estimate, gradient, kernel.standardized_alpha)


def _replicates(points: Floats, moments: Moments, choice: Choice, *, standardized: bool) -> Floats:
    observed = ~np.isnan(points)
    used = points[observed.all(axis=1) if moments.missing == "listwise" else observed.any(axis=1)]
    samples: Iterable[Floats] = resampled_covariances(used, choice.resamples, choice.seed)
    return np.concatenate([(standardized_alphas if standardized else raw_alphas)(some) for some in samples])


def _of_sizes(estimate: float, n_persons: int, n_items: int, choice: Choice) -> Bounds:
    bounds = kernel.feldt_interval if choice.interval == "feldt" else kernel.bonett_interval
    return bounds(estimate, n_persons, n_items, choice.confidence)


def _resampled(estimate: float, replicates: Floats, without: Floats, choice: Choice) -> Bounds:
    if choice.interval == "bootstrap":
        return percentile_bounds(replicates, choice.confidence)
    if not np.all(np.isfinite(without)):
        return Bounds(reason="without one of the persons alpha would not exist: too few for the bca interval")
    return bca_bounds(estimate, replicates, without, choice.confidence)
