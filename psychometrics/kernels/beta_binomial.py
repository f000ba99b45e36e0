"""Beta-binomial distributions of test scores: Lord's strong true-score model with two or four parameters."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite, sqrt

import numpy as np
import numpy.typing as npt
from scipy.special import gammaln, roots_jacobi

Floats = npt.NDArray[np.float64]

STEP = 1e-5


@dataclass(frozen=True, slots=True, kw_only=True)
class TrueScores:
    """A beta distribution of proportion-correct true scores on lower..upper; ``reason`` says why there is none."""

    a: float
    b: float
    lower: float = 0.0
    upper: float = 1.0
    reason: str = ""


def none(reason: str) -> TrueScores:
    """Return no distribution."""
    return TrueScores(a=float("nan"), b=float("nan"), reason=reason)


def factorial_moments(n_items: int, shares: Floats, orders: int) -> Floats:
    """Return E[t^r] = E[x (x-1) ... (x-r+1)] / {n (n-1) ... (n-r+1)}, r = 1..orders, of scores 0..n."""
    x = np.arange(n_items + 1, dtype=np.float64)
    falling = np.ones_like(x)
    out = []
    for r in range(orders):
        falling = falling * (x - r) / (n_items - r)
        out.append(float(shares @ falling))
    return np.array(out)


def true_scores(moments: Floats) -> TrueScores:
    """Fit a beta distribution to two moments of true scores, or one on lower..upper to four.

    Two: a + b = m (1 - m) / v - 1, a = m (a + b).
    Four: with skewness s and kurtosis k, g = a + b = 6 (k - s^2 - 1) / (6 + 3 s^2 - 2 k);
    a, b = g/2 {1 -/+ (g + 2) |s| / sqrt((g + 2)^2 s^2 + 16 (g + 1))}, a the smaller for s > 0;
    upper - lower = sqrt(v) g sqrt((g + 1) / (a b)).

    Parameters
    ----------
    moments : ndarray of float64, shape (2,) or (4,)
        Raw moments of the true proportion, from :func:`factorial_moments`.

    References
    ----------
    Lord (1965), doi:10.1007/BF02289490. Hanson (1991), ACT Research Report 91-5.
    """
    m = float(moments[0])
    v = float(moments[1]) - m**2
    if not 0 < m < 1 or v <= 0:
        return none("scores vary no more than binomial error would make them: no beta-binomial fits")
    if len(moments) == 2:
        total = m * (1 - m) / v - 1
        if total <= 0:
            return none("scores vary more than any beta-binomial allows")
        return TrueScores(a=m * total, b=(1 - m) * total)
    return _four(moments, m, v)


def _four(moments: Floats, m: float, v: float) -> TrueScores:
    m2, m3, m4 = moments[1:].tolist()
    s = (m3 - 3 * m * m2 + 2 * m**3) / v**1.5
    k = (m4 - 4 * m * m3 + 6 * m**2 * m2 - 3 * m**4) / v**2
    bottom = 6 + 3 * s**2 - 2 * k
    g = 6 * (k - s**2 - 1) / bottom if bottom != 0 else float("nan")
    if not (isfinite(g) and g > 0):
        return none("the first four moments are those of no beta distribution: use two parameters")
    tilt = (g + 2) * abs(s) / sqrt((g + 2) ** 2 * s**2 + 16 * (g + 1))
    small, large = g / 2 * (1 - tilt), g / 2 * (1 + tilt)
    a, b = (small, large) if s > 0 else (large, small)
    width = sqrt(v * (g + 1) / (a * b)) * g
    lower = m - width * a / g
    upper = lower + width
    if lower < 0 or upper > 1:
        return none("the true scores would reach below 0 or above the maximum: use two parameters")
    return TrueScores(a=a, b=b, lower=lower, upper=upper)


def distribution(n_items: int, true: TrueScores) -> Floats:
    """Return the probabilities of the scores 0..n.

    p_x = integral of C(n, x) t^x (1 - t)^(n - x) over the beta distribution, exact by Gauss-Jacobi quadrature with
    n/2 + 1 nodes.
    """
    nodes, weights = roots_jacobi(n_items // 2 + 1, true.b - 1, true.a - 1)
    t = true.lower + (true.upper - true.lower) * (nodes + 1) / 2
    weights = weights / weights.sum()
    x = np.arange(n_items + 1)[:, None]
    ways = gammaln(n_items + 1) - gammaln(x + 1) - gammaln(n_items - x + 1)
    p: Floats = np.exp(ways + x * np.log(t) + (n_items - x) * np.log1p(-t)) @ weights
    return p


def fit_beta_binomial(shares: Floats, parameters: int = 2) -> tuple[Floats, Floats, str]:
    """Fit by moments: probabilities, how they move with the shares, and why there is no fit.

    Parameters
    ----------
    shares : ndarray of float64, shape (n + 1,)
        Share of people with each score 0..n.
    parameters : {2, 4}

    Returns
    -------
    probabilities : ndarray of float64, shape (n + 1,)
    jacobian : ndarray of float64, shape (n + 1, n + 1)
        d probability / d share, through the moments; central differences with respect to these.
    reason : str
    """
    n = len(shares) - 1
    if n < parameters:
        return np.full(n + 1, np.nan), np.full((n + 1, n + 1), np.nan), f"fewer than {parameters} items"
    moments = factorial_moments(n, shares, parameters)
    true = true_scores(moments)
    p = distribution(n, true) if not true.reason else np.full(n + 1, np.nan)
    if true.reason or not np.isfinite(p).all():
        why = true.reason or "the beta distribution is too narrow to be computed"
        return np.full(n + 1, np.nan), np.full((n + 1, n + 1), np.nan), why
    slopes = [_slope(n, moments, r) for r in range(parameters)]
    unit = np.array([factorial_moments(n, row, parameters) for row in np.eye(n + 1)])
    return p, np.array(slopes).T @ unit.T, ""


def _slope(n: int, moments: Floats, r: int) -> Floats:
    """Differentiate the probabilities with respect to one moment; one-sided where the other side has no fit."""
    size = STEP * moments[r] * (moments[1] - moments[0] ** 2)
    away = np.zeros_like(moments)
    away[r] = size
    ends = [(sign, true_scores(moments + sign * away)) for sign in (-1, 1)]
    here = [(sign * size, distribution(n, true)) for sign, true in ends if not true.reason]
    if len(here) < 2:
        here.append((0.0, distribution(n, true_scores(moments))))
    (x0, p0), (x1, p1) = here[0], here[-1]
    return np.asarray((p1 - p0) / (x1 - x0)) if x1 != x0 else np.full(n + 1, np.nan)
