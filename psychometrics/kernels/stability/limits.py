"""Limits of agreement of two occasions, and whether the change depends on the level."""

from __future__ import annotations

from functools import lru_cache
from math import sqrt

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq
from scipy.special import chdtrc, chndtrix, nctdtrit, ndtri, stdtrit

from psychometrics.kernels.bounds import Estimate
from psychometrics.kernels.stability.association import nothing
from psychometrics.kernels.stability.pairs import PairMoments

Floats = npt.NDArray[np.float64]

SHARE = 0.95
Z = float(ndtri((1 + SHARE) / 2))
NODES = 201


def exact_limits(m: PairMoments, confidence: float) -> tuple[Estimate, Estimate]:
    """Return mean(d) -/+ 1.96 s_d, each with its exact interval for normal changes.

    The upper limit has the ends mean(d) + t'(p; n-1, 1.96 sqrt(n)) s_d / sqrt(n), t' a quantile of the noncentral t,
    p = (1 -/+ confidence)/2; the lower limit is its mirror image.

    References
    ----------
    Carkeet (2015), doi:10.1097/OPX.0000000000000513 (limits taken one by one).
    """
    root, tail = sqrt(m.n), (1 - confidence) / 2
    near, far = (float(nctdtrit(m.n - 1, Z * root, p)) / root for p in (tail, 1 - tail))
    return _limits(m, near, far)


def exact_limits_as_pair(m: PairMoments, confidence: float) -> tuple[Estimate, Estimate]:
    """Return the limits with the exact interval of both together: two-sided tolerance factors for 95% of persons.

    The outer pair of ends holds at least 95% of persons with probability (1 + confidence)/2, the inner pair with
    probability (1 - confidence)/2.

    References
    ----------
    Carkeet (2015), doi:10.1097/OPX.0000000000000513 (limits taken as a pair).
    """
    near, far = (tolerance_factor(m.n, p) for p in ((1 - confidence) / 2, (1 + confidence) / 2))
    return _limits(m, near, far)


def approximate_limits(m: PairMoments, confidence: float) -> tuple[Estimate, Estimate]:
    """Return the limits with -/+ t(n-1) s_d sqrt(1/n + 1.96^2 / (2 (n-1))): good for large samples only.

    References
    ----------
    Bland and Altman (1999), doi:10.1177/096228029900800204.
    """
    half = float(stdtrit(m.n - 1, (1 + confidence) / 2)) * sqrt(1 / m.n + Z * Z / (2 * (m.n - 1)))
    return _limits(m, Z - half, Z + half)


def proportional_bias(m: PairMoments, confidence: float) -> Estimate:
    """Return the slope of d on the mean of both scores, with a t interval on n - 2 degrees of freedom.

    b = (s2^2 - s1^2) / (2 var(mean)): not 0 means that the second occasion spreads the persons more (or less) than
    the first. It is a comparison of two variances, and no sign that high scorers truly changed more.

    References
    ----------
    Bland and Altman (1999), doi:10.1177/096228029900800204.
    """
    if m.variance_mean == 0:
        return nothing("the means of the persons do not vary")
    covariance = (m.variance_second - m.variance_first) / 2
    slope = covariance / m.variance_mean
    if m.n < 3:
        return nothing("the interval needs at least 3 pairs", slope)
    residual = max(m.variance_change - slope * covariance, 0.0) * (m.n - 1) / (m.n - 2)
    half = float(stdtrit(m.n - 2, (1 + confidence) / 2)) * sqrt(residual / (m.variance_mean * (m.n - 1)))
    return Estimate(estimate=slope, ci_lower=slope - half, ci_upper=slope + half)


@lru_cache(maxsize=256)
def tolerance_factor(n: int, probability: float) -> float:
    """Return k so that mean -/+ k s holds at least 95% of a normal population, with the probability given.

    The root in k of E[P(chi2(n-1) > (n-1) r(Z)^2 / k^2)] = probability over Z ~ N(0, 1/n), r(z) the half width of
    the interval around z that holds 95% of N(0, 1).

    References
    ----------
    Odeh and Owen (1980), Tables for normal tolerance limits; Carkeet (2015), doi:10.1097/OPX.0000000000000513.
    """
    nodes, weights = np.polynomial.legendre.leggauss(NODES)
    z = 8 * (nodes + 1) / 2  # half the axis: the integrand is even
    density = weights * 8 / 2 * 2 * np.exp(-z * z / 2) / sqrt(2 * np.pi)
    square: Floats = chndtrix(SHARE, 1.0, z * z / n)

    def short(k: float) -> float:
        return float(density @ chdtrc(n - 1, (n - 1) * square / (k * k))) - probability

    return float(brentq(short, 1e-3 * Z, 1e4 * Z, xtol=1e-13, rtol=1e-13))


def _limits(m: PairMoments, near: float, far: float) -> tuple[Estimate, Estimate]:
    s, mean = sqrt(m.variance_change), m.mean_change
    return (
        Estimate(estimate=mean - Z * s, ci_lower=mean - far * s, ci_upper=mean - near * s),
        Estimate(estimate=mean + Z * s, ci_lower=mean + near * s, ci_upper=mean + far * s),
    )
