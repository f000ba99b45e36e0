"""Coefficient alpha, its standard error without a distribution, and its intervals."""

from __future__ import annotations

from math import isfinite, nan, sqrt

import numpy as np
import numpy.typing as npt
from scipy.special import fdtri, ndtri

from psychometrics.kernels.bounds import ROUND_OFF, Bounds, jackknife_bounds, log_bounds
from psychometrics.kernels.consistency.complete_alpha import why_no_alpha as why_not_complete
from psychometrics.kernels.consistency.gradients import correlations, through_correlations
from psychometrics.kernels.consistency.lambdas import lambda3
from psychometrics.kernels.covariance import Moments, quadratic_forms, quadratic_forms_with_own

Floats = npt.NDArray[np.float64]


def alpha_from_covariance(covariance: Floats) -> float:
    """Return alpha = k/(k-1) (1 - tr C / 1'C1) of a (k, k) covariance matrix; nan where it does not exist.

    At most 1, may be negative. It is the reliability of the sum only for tau-equivalent items with
    uncorrelated errors.
    Covariances taken pairwise may contradict each other and give more than 1; :func:`why_no_alpha` says so.

    References
    ----------
    Cronbach (1951), doi:10.1007/BF02310555. Checked against psych 2.5.3, pingouin and ``numpy.var``.
    """
    k = len(covariance)
    total = float(covariance.sum())
    trace = float(np.trace(covariance))
    if k < 2 or not isfinite(total) or total <= ROUND_OFF * trace or trace <= 0:
        return nan
    return k / (k - 1) * (1 - trace / total)


def why_no_alpha(moments: Moments) -> str:
    """Say why alpha cannot be computed from these moments; empty when it can."""
    covariance = moments.covariance
    k, total, trace = len(covariance), float(covariance.sum()), float(np.trace(covariance))
    if k > 1 and moments.n_persons > 1 and np.any(moments.n_pairs < 2):
        return "two items, or one, are answered together by fewer than 2 persons"
    reason = why_not_complete(moments.n_persons, k, trace=trace, total=total)
    if not reason and alpha_from_covariance(covariance) > 1 + ROUND_OFF:
        return "alpha would pass 1: pairs of items from different persons contradict each other"
    return reason


def alpha_standard_error(x: Floats, moments: Moments) -> float:
    """Return the asymptotically distribution-free (ADF) standard error of alpha.

    The influence of person p is y'(W o N)y - m'(W o N o C)m, y centred and 0 where missing, m the mask,
    N_ij = n / n_ij, and W = d alpha / dC = k/(k-1) (11' tr C / S^2 - I / S), S = 1'C1; the error is the SD of
    the influences over sqrt(n). With complete data the second term is constant.

    References
    ----------
    Yuan, Guarnaccia and Hayslip (2003), doi:10.1177/0013164402239314; Maydeu-Olivares, Coffman and Hartmann
    (2007), doi:10.1037/1082-989X.12.2.157. Checked against derivatives taken numerically, and against the
    standard deviation of alpha over simulated samples, complete and with values missing.
    """
    covariance, n_pairs, n = moments.covariance, moments.n_pairs, moments.n_persons
    k, total, trace = len(covariance), float(covariance.sum()), float(np.trace(covariance))
    if why_no_alpha(moments):
        return nan
    weights = k / (k - 1) * (np.full((k, k), trace / total**2) - np.eye(k) / total) * (n / n_pairs)
    influence = quadratic_forms(x, moments, weights, weights * covariance)
    return sqrt(float(influence.var(ddof=1)) / n)


def without_bounds(alpha: float, without: Floats, confidence: float) -> Bounds:
    """Return the adf interval: 1 - exp(L +- t s), L = log(1 - alpha), s the jackknife form of its ADF error.

    ``without`` is alpha with each person left out (:func:`alpha_without`); the reason says why there is no interval.
    Leaving out person p changes C_ij by -(y_i y_j n_ij/(n_ij-1) - C_ij)/(n_ij-2) where p has both items;
    exact when nothing is missing. t has 2n/(g+2) degrees of freedom, g the excess kurtosis of the n values,
    at least 2, at most n - 1. Equal at first order to the ADF interval on the log scale, which with the
    influence-function error and a t(n-1) quantile covers less than it promises when items are skewed.

    Notes
    -----
    Coverage of 95% intervals, percent of 4000 simulated samples: 8 five-category items, one factor, loadings
    .5 to .8, at n = 50, 100, 300.

    ===========================  ================  ================  ================
    share in lowest category     this interval     plain ADF, t      Feldt
    ===========================  ================  ================  ================
    7% (symmetric)               96.4 95.0 95.3    93.9 94.2 95.8    95.8 95.3 96.2
    69% (right-skewed)           93.0 94.7 95.4    88.0 91.3 93.3    87.1 86.5 86.2
    84% (extreme)                88.8 92.2 94.3    80.4 85.9 90.8    73.9 73.2 72.9
    ===========================  ================  ================  ================

    With 15% of the values missing at random, 2000 samples: 96.4 and 95.4 (symmetric), 93.8 and 95.4
    (right-skewed) at n = 100 and 300.

    References
    ----------
    As :func:`alpha_standard_error`; Satterthwaite (1946), doi:10.2307/3002019, for the degrees of freedom.
    Checked against leaving each person out in turn.
    """
    if 1 - alpha < ROUND_OFF:
        return Bounds(reason="the items are copies of each other: no error variance")
    if not np.all(np.isfinite(without)):
        return Bounds(reason="without one of the persons alpha would not exist: too few for the interval")
    return jackknife_bounds(alpha, without, confidence)


def alpha_without(x: Floats, moments: Moments) -> Floats:
    """Return alpha with each person left out in turn, pairwise or listwise; nan where it would not exist.

    Exact when nothing is missing; with values missing the means of the pairs are not taken anew.
    """
    covariance, n_pairs = moments.covariance, moments.n_pairs
    change, level = n_pairs / ((n_pairs - 1) * (n_pairs - 2)), covariance / (n_pairs - 2)
    forms, own = quadratic_forms_with_own(x, moments, change, level)
    total, trace = float(covariance.sum()) - forms, float(np.trace(covariance)) - own
    k = len(covariance)
    there = (trace > 0) & (total > 0)
    without: Floats = k / (k - 1) * (1 - np.where(there, trace, nan) / np.where(there, total, nan))
    return without


def standardized_alpha(covariance: Floats) -> float:
    """Return k r / (1 + (k - 1) r), r the average correlation of two items: alpha of the standardised items."""
    return alpha_from_covariance(correlations(covariance))


def standardized_gradient(covariance: Floats) -> Floats:
    """Return d standardised alpha / dC."""
    return through_correlations(lambda3(correlations(covariance)).gradient, covariance)


def duhachek_interval(covariance: Floats, n_persons: int, confidence: float) -> Bounds:
    """Return alpha -/+ z sqrt(Q / n), at most 1; Q as in :func:`duhachek_variance`.

    For normal items of whatever covariances; too short when the items have heavy tails.

    References
    ----------
    Duhachek and Iacobucci (2004), doi:10.1037/0021-9010.89.5.792. Checked against psych 2.5.3 (``ase``).
    """
    if n_persons < 3:
        return Bounds(reason="the duhachek interval needs at least 3 persons")
    alpha = alpha_from_covariance(covariance)
    half = float(ndtri((1 + confidence) / 2)) * sqrt(max(duhachek_variance(covariance), 0.0) / n_persons)
    return Bounds(lower=alpha - half, upper=min(alpha + half, 1.0))


def duhachek_variance(covariance: Floats) -> float:
    """Return Q = 2k^2 / ((k-1)^2 S^3) (S (tr C^2 + (tr C)^2) - 2 tr C 1'C^2 1), S = 1'C1: n times the variance of alpha.

    References
    ----------
    Van Zyl, Neudecker and Nel (2000), doi:10.1007/BF02296146.
    """
    k, total, trace = len(covariance), float(covariance.sum()), float(np.trace(covariance))
    squared = float((covariance**2).sum())
    bent = float(np.square(covariance.sum(axis=0)).sum())
    return 2 * k**2 / ((k - 1) ** 2 * total**3) * (total * (squared + trace**2) - 2 * trace * bent)


def bonett_interval(alpha: float, n_persons: int, n_items: int, confidence: float) -> Bounds:
    """Return 1 - exp(log(1 - alpha) +- z sqrt(2k / ((k-1)(n-2)))).

    For normal, parallel-like items; too short when the items have heavy tails.

    References
    ----------
    Bonett (2002), doi:10.3102/10769986027004335. Checked against the formula written out.
    """
    if n_persons < 3:
        return Bounds(reason="the bonett interval needs at least 3 persons")
    if 1 - alpha < ROUND_OFF:
        return Bounds(lower=1.0, upper=1.0)
    spread = sqrt(2 * n_items / ((n_items - 1) * (n_persons - 2)))
    return log_bounds(alpha, float(ndtri((1 + confidence) / 2)) * spread)


def feldt_interval(alpha: float, n_persons: int, n_items: int, confidence: float) -> Bounds:
    """Return 1 - (1 - alpha) F at both tails, F with n - 1 and (n - 1)(k - 1) degrees of freedom.

    Exact for normal scores of a two-way model with equal variances; not for skewed items (see
    :func:`without_bounds`).

    References
    ----------
    Feldt (1965), doi:10.1007/BF02289499. Checked against psych 2.5.3 (``alpha.ci``) and pingouin.
    """
    df = n_persons - 1, (n_persons - 1) * (n_items - 1)
    tails = (1 + confidence) / 2, (1 - confidence) / 2
    lower, upper = (1 - (1 - alpha) * float(fdtri(*df, tail)) for tail in tails)
    return Bounds(lower=lower, upper=upper)
