"""Limits of the percentile rank of a true score when both the score and the norms are uncertain."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import inf

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

Floats = npt.NDArray[np.float64]
EndsAt = Callable[[Floats, Floats, int], tuple[Floats, Floats]]
"""Low and high true scores, position of the deviate -> lower end at the low, upper end at the high ones, of the
interval that the sampling of the norms leaves there."""

STEPS = 8
"""Pieces between two scores of an error table, where its square is averaged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arc:
    """Pairs of deviates (a, b) with a^2 + b^2 = z^2; a is for the true score, b for the norms.

    The first pair has a = 0, the last b = 0: each source alone.
    """

    a: Floats
    b: Floats


def arc(confidence: float, n: int = 33) -> Arc:
    """Return n pairs of deviates on the quarter circle of radius z, z the normal deviate of the confidence.

    Between two neighbours the true extreme is missed by less than 1 - cos(pi / (4 (n - 1))) of the distance: 0.03%.
    """
    z = float(ndtri(0.5 + confidence / 2))
    angle = np.linspace(0, np.pi / 2, n)
    a, b = z * np.sin(angle), z * np.cos(angle)
    a[0], b[-1] = 0.0, 0.0
    return Arc(a=a, b=b)


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorCurve:
    """Standard error at each true score t, sqrt(e(t)^2 + extra^2).

    e is straight between ``scores`` (rising) and level beyond the first and last; ``extra`` is the same everywhere.
    """

    scores: Floats
    errors: Floats
    extra: float = 0.0

    def at(self, t: Floats) -> Floats:
        """Return the error at true scores."""
        return np.asarray(np.hypot(np.interp(t, self.scores, self.errors), self.extra), np.float64)

    def grid(self) -> Floats:
        """Return the scores, with points between them."""
        n = len(self.scores)
        return np.asarray(np.interp(np.arange((n - 1) * STEPS + 1) / STEPS, np.arange(n), self.scores))


def constant(error: float) -> ErrorCurve:
    """Return the curve of one error for all scores."""
    return ErrorCurve(scores=np.zeros(1), errors=np.array([error]))


def true_score_limits(
    raw: Floats, curve: ErrorCurve, deviates: Floats, ends: tuple[float, float] = (-inf, inf)
) -> tuple[Floats, Floats]:
    """Return the least and the greatest true score t with |x - t| <= a s(t), for every deviate a and score x.

    The error is taken at the true score that is tried, not at the score that was observed: a score interval in the
    sense of Wilson (1927), which for binomial errors is Wilson's interval. With one error for all scores it is
    x -/+ a s. A set with gaps is reported from its first to its last point.

    Parameters
    ----------
    raw : ndarray of float64, shape (n_scores,)
        Observed scores.
    curve : ErrorCurve
    deviates : ndarray of float64, shape (n_deviates,)
        0 or more.
    ends : (float, float)
        Lowest and highest score of the scale: no true score lies beyond them.

    Returns
    -------
    lower, upper : ndarray of float64, shape (n_deviates, n_scores)
        Monotone in the score, and in the deviate.
    """
    turned = ErrorCurve(scores=-curve.scores[::-1], errors=curve.errors[::-1], extra=curve.extra)
    lower = np.array([_first_crossing(raw, curve, a) for a in deviates])
    upper = -np.array([_first_crossing(-raw, turned, a) for a in deviates])
    return np.clip(np.minimum(lower, raw), *ends), np.clip(np.maximum(upper, raw), *ends)


def _first_crossing(x: Floats, curve: ErrorCurve, a: float) -> Floats:
    """Return the least t at which t + a s(t) reaches x.

    Between two scores of the table it is convex, so that it crosses x once at most, where (x - t)^2 = a^2 s(t)^2.
    """
    t, e, r = curve.scores, curve.errors, curve.extra
    s = np.hypot(e, r)
    at = np.searchsorted(np.maximum.accumulate(t + a * s), x, side="left")
    outside: Floats = np.where(at == 0, x - a * s[0], x - a * s[-1])
    if len(t) == 1:
        return outside
    left = np.clip(at, 1, len(t) - 1) - 1
    width = np.diff(t)[left]
    slope = np.diff(e)[left] / width
    d, e0 = x - t[left], e[left]
    A, B, C = 1 - (a * slope) ** 2, d + a**2 * e0 * slope, d**2 - a**2 * (e0**2 + r**2)
    denominator = B + np.sqrt(np.maximum(B**2 - A * C, 0.0))
    with np.errstate(over="ignore"):  # next to no denominator: the step is cut to the width below
        step = np.divide(C, denominator, out=np.zeros_like(x), where=denominator > 0)
    inside = t[left] + np.clip(step, 0.0, width)
    return np.asarray(np.where((at == 0) | (at == len(t)), outside, inside), np.float64)


def regressed_limits(
    raw: Floats,
    mean: Floats | float,
    reliability: Floats | float,
    error: float,
    deviates: Floats,
    ends: tuple[float, float],
) -> tuple[Floats, Floats]:
    """Return m + r (x - m) -/+ a s sqrt(r): limits around the true score estimated by regression (Kelley 1947).

    s is the standard error of measurement and s sqrt(r) the standard error of estimation; mean and reliability may
    differ from score to score. Shapes as in :func:`true_score_limits`.
    """
    centre = mean + reliability * (raw - mean)
    margin = deviates[:, None] * (error * np.sqrt(reliability))
    return np.clip(centre - margin, *ends), np.clip(centre + margin, *ends)


def combined_limits(lower: Floats, upper: Floats, ends_at: EndsAt) -> tuple[Floats, Floats]:
    """Return the least and the greatest percentile rank over all pairs of deviates of an :func:`arc`.

    lower = min over a^2 + b^2 = z^2 of L_b(t_a)

    t_a is the true score at deviate a, L_b(t) the lower end, at deviate b, of the interval of the population's
    percentile rank of t. These are the extremes of the rank over everything whose joint deviance, a^2 for the true
    score plus b^2 for the norms, is at most z^2: the profile interval of two independent sources. Where all is normal
    and straight it is the root of the sum of squares; no metric has to be chosen for that, and nothing passes the
    ends. It holds each source's own interval, and widening a source never narrows it.

    Parameters
    ----------
    lower, upper : ndarray of float64, shape (n_deviates, n_scores)
        Limits of the true score at each a.
    ends_at : callable
        Ends of the norm-sampling interval at the b of the same position.

    References
    ----------
    Venzon and Moolgavkar (1988), doi:10.2307/2347496, for profile intervals; Zou and Donner (2008),
    doi:10.1002/sim.3095, for intervals put together from the limits of their parts.
    """
    least, most = ends_at(lower[0], upper[0], 0)
    for j in range(1, len(lower)):
        low, high = ends_at(lower[j], upper[j], j)
        least, most = np.minimum(least, low), np.maximum(most, high)
    return least, most
