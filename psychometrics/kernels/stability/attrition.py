"""Who came back: the share, and whether those who did not were different."""

from __future__ import annotations

from math import sqrt

import numpy as np
import numpy.typing as npt
from scipy.special import nctdtrinc

from psychometrics.kernels.bounds import Estimate
from psychometrics.kernels.percentiles import wilson
from psychometrics.kernels.stability.association import nothing

Floats = npt.NDArray[np.float64]

ROUND_OFF = 1e-12


def share(count: int, n: int, confidence: float) -> Estimate:
    """Return count / n with Wilson's interval.

    References
    ----------
    Wilson (1927), doi:10.1080/01621459.1927.10502953.
    """
    if n == 0:
        return nothing("nobody to take a share of")
    p = np.array([count / n])
    lower, upper = wilson(p, p * (1 - p), n, confidence)
    return Estimate(estimate=count / n, ci_lower=float(lower[0]), ci_upper=float(upper[0]))


def standardised_difference(x: Floats, y: Floats, confidence: float) -> Estimate:
    """Return g = J (mean(x) - mean(y)) / s, s pooled, J = 1 - 3 / (4 (nx + ny) - 9), interval from the noncentral t.

    References
    ----------
    Hedges (1981), doi:10.3102/10769986006002107; Cumming and Finch (2001), doi:10.1177/0013164401614002.
    """
    nx, ny = len(x), len(y)
    if nx < 2 or ny < 2:
        return nothing("fewer than 2 persons in one of the groups")
    a, b = x - x.mean(), y - y.mean()
    total, df = float(a @ a + b @ b), nx + ny - 2
    if total <= (ROUND_OFF * float(np.abs(np.concatenate([x, y])).max())) ** 2 * df:
        return nothing("the scores do not vary within the groups")
    root = sqrt(nx * ny / (nx + ny))
    d = float(x.mean() - y.mean()) / sqrt(total / df)
    shrink, tail = 1 - 3 / (4 * (nx + ny) - 9), (1 - confidence) / 2
    lower, upper = (float(nctdtrinc(df, p, d * root)) / root for p in (1 - tail, tail))
    return Estimate(estimate=shrink * d, ci_lower=shrink * lower, ci_upper=shrink * upper)
