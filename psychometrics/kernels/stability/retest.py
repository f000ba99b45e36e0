"""Two occasions of the same persons: agreement, association, change and error."""

from __future__ import annotations

from math import atanh, sqrt, tanh

import numpy as np
import numpy.typing as npt
from scipy.special import chdtri, ndtri, stdtrit

from psychometrics.kernels.bounds import Estimate
from psychometrics.kernels.components.intraclass import intraclass, mean_squares

Floats = npt.NDArray[np.float64]

NAN = float("nan")
ROUND_OFF = 1e-12
SDC_FACTOR = float(ndtri(0.975)) * sqrt(2)
METHODS = {
    "icc_a1": "two-way ANOVA, F interval",
    "icc_c1": "two-way ANOVA, F interval",
    "pearson_r": "Fisher z interval",
    "mean_change": "paired t interval",
    "d_z": "large-sample t interval",
    "sem": "square root of the residual mean square, chi-square interval",
    "smallest_detectable_change": "1.96 sqrt(2) sem, chi-square interval",
}
"""The statistics of :func:`retest`, in order, and how each got its interval."""


def retest(first: Floats, second: Floats, confidence: float) -> dict[str, Estimate]:
    """Return everything about the stability of scores from n pairs without nan, keyed as :data:`METHODS`.

    With d = second - first:

    - ``icc_a1``, ``icc_c1``: intraclass correlation of one occasion, agreement and consistency;
    - ``pearson_r``: product-moment correlation, interval tanh(atanh r +- z / sqrt(n - 3));
    - ``mean_change``: mean of d, +- t(n-1) s_d / sqrt(n), in points;
    - ``d_z``: mean of d / s_d, +- t(n-1) sqrt(1/n + d_z^2 / (2(n-1)));
    - ``sem``: sqrt(MS_E) = s_d / sqrt(2), the error of one score, a systematic change left out; in points;
    - ``smallest_detectable_change``: 1.96 sqrt(2) sem, the change beyond error of one person; always at 95%.

    References
    ----------
    McGraw and Wong (1996), doi:10.1037/1082-989X.1.1.30; Weir (2005), doi:10.1519/15184.1 (SEM, smallest
    detectable change). Checked against psych 2.5.3, psy 1.2, R's t.test and ``scipy.stats``.
    """
    n = len(first)
    if n < 2:
        return dict.fromkeys(METHODS, _nothing("fewer than 2 pairs"))
    change = second - first
    error = float(change.var(ddof=1)) / 2
    if error <= ROUND_OFF**2 * float(np.square(np.concatenate([first, second])).sum()):
        error = 0.0
    squares = mean_squares(np.column_stack([first, second]))
    sem = _sem(error, n, confidence)
    return {
        "icc_a1": intraclass(squares, "A,1", confidence),
        "icc_c1": intraclass(squares, "C,1", confidence),
        "pearson_r": _pearson(first, second, confidence),
        "mean_change": _mean_change(float(change.mean()), error, n, confidence),
        "d_z": _standardised_change(float(change.mean()), error, n, confidence),
        "sem": sem,
        "smallest_detectable_change": Estimate(
            estimate=SDC_FACTOR * sem.estimate,
            ci_lower=SDC_FACTOR * sem.ci_lower,
            ci_upper=SDC_FACTOR * sem.ci_upper,
            reason=sem.reason,
        ),
    }


def _nothing(reason: str, estimate: float = NAN) -> Estimate:
    return Estimate(estimate=estimate, ci_lower=NAN, ci_upper=NAN, reason=reason)


def _around(estimate: float, half: float) -> Estimate:
    return Estimate(estimate=estimate, ci_lower=estimate - half, ci_upper=estimate + half)


def _pearson(first: Floats, second: Floats, confidence: float) -> Estimate:
    n = len(first)
    x, y = first - first.mean(), second - second.mean()
    for centred, raw in ((x, first), (y, second)):
        if np.abs(centred).max() <= ROUND_OFF * np.abs(raw).max():
            return _nothing("one of the occasions does not vary")
    r = float(x @ y) / sqrt(float(x @ x) * float(y @ y))
    r = min(max(r, -1.0), 1.0)
    if n < 4:
        return _nothing("the Fisher z interval needs at least 4 pairs", r)
    if 1 - abs(r) < ROUND_OFF:
        return Estimate(estimate=r, ci_lower=r, ci_upper=r)
    half = float(ndtri((1 + confidence) / 2)) / sqrt(n - 3)
    return Estimate(estimate=r, ci_lower=tanh(atanh(r) - half), ci_upper=tanh(atanh(r) + half))


def _mean_change(mean: float, error: float, n: int, confidence: float) -> Estimate:
    return _around(mean, float(stdtrit(n - 1, (1 + confidence) / 2)) * sqrt(2 * error / n))


def _standardised_change(mean: float, error: float, n: int, confidence: float) -> Estimate:
    if error == 0:
        return _nothing("all persons changed alike: no spread of change to divide by")
    d = mean / sqrt(2 * error)
    return _around(d, float(stdtrit(n - 1, (1 + confidence) / 2)) * sqrt(1 / n + d * d / (2 * (n - 1))))


def _sem(error: float, n: int, confidence: float) -> Estimate:
    df, tail = n - 1, (1 - confidence) / 2
    lower, upper = (sqrt(error * df / float(chdtri(df, p))) for p in (tail, 1 - tail))
    return Estimate(estimate=sqrt(error), ci_lower=lower, ci_upper=upper)
