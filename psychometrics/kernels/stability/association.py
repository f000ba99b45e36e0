"""How closely two occasions go together: r, rank correlation, concordance."""

from __future__ import annotations

from math import atanh, nan, sqrt, tanh

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

from psychometrics.kernels.bounds import Estimate
from psychometrics.kernels.stability.pairs import Counts, PairMoments, Pairs, moments_of

Floats = npt.NDArray[np.float64]

ROUND_OFF = 1e-12
CONSTANT = "one of the occasions does not vary"


def nothing(reason: str, estimate: float = nan) -> Estimate:
    """Return an estimate without its interval, or without both."""
    return Estimate(estimate=estimate, ci_lower=nan, ci_upper=nan, reason=reason)


def pearson(m: PairMoments, confidence: float) -> Estimate:
    """Return r with tanh(atanh r +- z / sqrt(n - 3)).

    References
    ----------
    Fisher (1921), Metron 1, 3-32. Checked against R's ``cor.test`` and pingouin.
    """
    if not (m.variance_first and m.variance_second):
        return nothing(CONSTANT)
    return _fisher(m.correlation, m.n, 1.0, confidence)


def spearman(pairs: Pairs, confidence: float) -> Estimate:
    """Return the correlation of the mid-ranks with tanh(atanh r +- z sqrt((1 + r^2/2) / (n - 3))).

    References
    ----------
    Bonett and Wright (2000), doi:10.1007/BF02294183. Checked against R's ``cor`` and the formula written out.
    """
    ranks = Pairs(
        first=mid_ranks(pairs.first, pairs.count),
        second=mid_ranks(pairs.second, pairs.count),
        count=pairs.count,
    )
    m = moments_of(ranks)
    if not (m.variance_first and m.variance_second):
        return nothing(CONSTANT)
    return _fisher(m.correlation, m.n, 1 + m.correlation**2 / 2, confidence)


def mid_ranks(values: Floats, count: Counts) -> Floats:
    """Return the ranks 1..n of weighted values, tied ones at the middle of their ranks; shape as ``values``."""
    _, place = np.unique(values, return_inverse=True)
    of_value = np.bincount(place, weights=count.astype(np.float64))
    ranks: Floats = (np.cumsum(of_value) - (of_value - 1) / 2)[place]
    return ranks


def concordance(m: PairMoments, confidence: float) -> Estimate:
    """Return rho_c = 2 s12 / (s1^2 + s2^2 + (m1 - m2)^2), variances divided by n, with a z-transform interval.

    With C_b = 2 / (v + 1/v + u^2), v = s1/s2, u^2 = (m1 - m2)^2 / (s1 s2), r the correlation and rho_c = r C_b:
    se^2 = [(1 - r^2) C_b^2 (1 - rho_c^2) + 2 rho_c^2 (1 - rho_c) C_b u^2 - rho_c^2 C_b^2 u^4 / 2] / (n - 2);
    the interval is tanh(atanh rho_c +- z se / (1 - rho_c^2)).

    Notes
    -----
    The standard error is the one of the correction of 2000; that of 1989 has a wrong term and other packages of
    old still give it.

    References
    ----------
    Lin (1989), doi:10.2307/2532051; correction: Lin (2000), Biometrics 56, 324-325.
    """
    shrink = (m.n - 1) / m.n
    below = (m.variance_first + m.variance_second) * shrink + m.mean_change**2
    if below == 0:
        return nothing("the scores do not vary")
    if not (m.variance_first and m.variance_second):
        return nothing(f"no interval: {CONSTANT}", 0.0)
    estimate = 2 * m.covariance * shrink / below
    if m.n < 3:
        return nothing("the interval needs at least 3 pairs", estimate)
    if 1 - abs(estimate) < ROUND_OFF:
        return Estimate(estimate=estimate, ci_lower=estimate, ci_upper=estimate)
    return _lin_interval(m, estimate, shrink, confidence)


def _lin_interval(m: PairMoments, estimate: float, shrink: float, confidence: float) -> Estimate:
    v = sqrt(m.variance_first / m.variance_second)
    u2 = m.mean_change**2 / (sqrt(m.variance_first * m.variance_second) * shrink)
    accuracy, r = 2 / (v + 1 / v + u2), m.correlation
    square = (
        (1 - r * r) * accuracy**2 * (1 - estimate**2)
        + 2 * estimate**2 * (1 - estimate) * accuracy * u2
        - estimate**2 * accuracy**2 * u2 * u2 / 2
    ) / (m.n - 2)
    if square < 0:
        return nothing("the large-sample variance is negative here", estimate)
    half = float(ndtri((1 + confidence) / 2)) * sqrt(square) / (1 - estimate**2)
    middle = atanh(estimate)
    return Estimate(estimate=estimate, ci_lower=tanh(middle - half), ci_upper=tanh(middle + half))


def _fisher(r: float, n: int, factor: float, confidence: float) -> Estimate:
    if n < 4:
        return nothing("the Fisher z interval needs at least 4 pairs", r)
    if 1 - abs(r) < ROUND_OFF:
        return Estimate(estimate=r, ci_lower=r, ci_upper=r)
    half = float(ndtri((1 + confidence) / 2)) * sqrt(factor / (n - 3))
    return Estimate(estimate=r, ci_lower=tanh(atanh(r) - half), ci_upper=tanh(atanh(r) + half))
