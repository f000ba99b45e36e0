"""Two rates of selection: their ratio with its interval, an exact test, and what one different person would change."""

from __future__ import annotations

from math import exp, inf, isfinite, log, nan, sqrt

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtri

from psychometrics.kernels.bounds import Bounds

FARTHEST = 60.0
"""Logarithm of the most extreme ratio that is looked at."""


def ratio_bounds(x: int, n: int, x_reference: int, n_reference: int, confidence: float) -> Bounds:
    """Return Koopman's score interval of p / p_0, p = x / n, p_0 the same of the reference group.

    The ratios R that are not rejected by (x - n p~)^2 / (n p~ (1 - p~)) (1 + n (R - p~) / (n_0 (1 - p~))) <= z^2, with
    p~ = R p_0~ the maximum likelihood estimate where p = R p_0. The lower end is 0 when nobody of the group is selected,
    the upper end infinite when nobody of the reference group is.

    References
    ----------
    Koopman (1984), doi:10.2307/2531405. Checked against the score interval of statsmodels.
    """
    if not (n and n_reference):
        return Bounds(reason="a group without persons has no rate")
    if not x and not x_reference:
        return Bounds(reason="nobody is selected in either group: no ratio")
    z = float(ndtri((1 + confidence) / 2))
    at = log(x / n / (x_reference / n_reference)) if x and x_reference else None
    lower = 0.0 if not x else _end(x, n, x_reference, n_reference, -z, at)
    upper = inf if not x_reference else _end(x, n, x_reference, n_reference, z, at)
    return Bounds(lower=lower, upper=upper)


def _end(x: int, n: int, x0: int, n0: int, z: float, at: float | None) -> float:
    """Return the ratio at which the signed score statistic is -z: an upper end for z > 0."""

    def beyond(log_ratio: float) -> float:
        return _score(x, n, x0, n0, exp(log_ratio)) + z

    far = FARTHEST if z > 0 else -FARTHEST
    near = -far if at is None else at
    return exp(float(brentq(beyond, near, far, xtol=1e-13, rtol=8.9e-16)))


def _score(x: int, n: int, x0: int, n0: int, ratio: float) -> float:
    """Return the signed root of the score statistic: positive where the observed ratio is above ``ratio``."""
    p0 = _restricted(x, n, x0, n0, ratio)
    p = ratio * p0
    variance = p * (1 - p) / n + ratio * ratio * p0 * (1 - p0) / n0
    difference = x / n - ratio * x0 / n0
    if variance <= 0:
        return 0.0 if difference == 0 else difference * inf
    return difference / sqrt(variance)


def _restricted(x: int, n: int, x0: int, n0: int, ratio: float) -> float:
    """Return the maximum likelihood estimate of the reference rate where the other is ``ratio`` times it."""
    a = (n + n0) * ratio
    b = n * ratio + x + n0 + x0 * ratio
    c = float(x + x0)
    root = sqrt(max(b * b - 4 * a * c, 0.0))
    return min(2 * c / (b + root), 1.0, 1 / ratio)  # the smaller root, in the form that does not cancel


def fisher_p_value(x: int, n: int, x_reference: int, n_reference: int) -> float:
    """Return the two-sided p value of Fisher's exact test; nan where a group is empty.

    References
    ----------
    Fisher (1935), doi:10.2307/2342435. Computed by SciPy.
    """
    if not (n and n_reference):
        return nan
    from scipy.stats import fisher_exact

    table = np.array([[x, n - x], [x_reference, n_reference - x_reference]])
    p = float(fisher_exact(table)[1])
    return p if isfinite(p) else nan


def one_different_person(x: int, n: int, x_reference: int, n_reference: int) -> tuple[float, float]:
    """Return both rates if one more of the group and one less of the reference group had been selected."""
    return min(x + 1, n) / n, max(x_reference - 1, 0) / n_reference
