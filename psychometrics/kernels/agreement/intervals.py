"""Standard errors and intervals of coefficients of agreement: units are the sample, raters are fixed."""

from __future__ import annotations

from math import isfinite, nan, sqrt
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.special import stdtrit

from psychometrics.kernels.agreement.chance import Agreement
from psychometrics.kernels.bounds import ROUND_OFF, Bounds, log_bounds

Floats = npt.NDArray[np.float64]
Interval = Literal["closed_form", "gwet", "jackknife", "bootstrap"]
LEAST_DF = 5.0
INTERVALS: tuple[Interval, ...] = ("closed_form", "gwet", "jackknife", "bootstrap")


def standard_error(found: Agreement, *, fixed_comparisons: bool, sampled: float = 0.0) -> float:
    """Return sqrt((1 - f) / (n (n - 1)) sum of squared influences), f the share of the population sampled.

    With ``fixed_comparisons`` each influence gets estimate (n / n' [r_i >= 2] - 1) added, which is Gwet's form:
    it takes n' as fixed, so that units rated once add to the error. The two are the same where every unit has
    two ratings.

    References
    ----------
    Gwet (2008), doi:10.1348/000711006X126600, equation 30; Gwet (2014), chapter 5. Checked against irrCAC 1.0
    and the spread of the coefficient over simulated samples.
    """
    n = float(found.multiplicity.sum())
    if n < 2 or not isfinite(found.estimate):
        return nan
    influence = found.influence
    if fixed_comparisons:
        influence = influence + found.estimate * (found.compared - 1)
    return sqrt(max(1 - sampled, 0.0) / (n * (n - 1)) * float(found.multiplicity @ np.square(influence)))


def wald_bounds(estimate: float, error: float, n_units: float, confidence: float) -> Bounds:
    """Return estimate -/+ t error, t with n - 1 degrees of freedom, cut at -1 and 1."""
    if not isfinite(error):
        return Bounds(reason="fewer than 2 units: no standard error")
    if error <= ROUND_OFF:
        return Bounds(
            reason="all units bear on the coefficient alike: the standard error is 0 and says nothing"
        )
    half = float(stdtrit(n_units - 1, (1 + confidence) / 2)) * error
    return Bounds(lower=max(estimate - half, -1.0), upper=min(estimate + half, 1.0))


def influence_bounds(found: Agreement, error: float, confidence: float) -> Bounds:
    """Return 1 - exp(L -/+ t error / (1 - estimate)), L = log(1 - estimate); never below -1.

    t has 2n/(g + 2) degrees of freedom, g the excess kurtosis of the n influences, at least 5, at most n - 1: where few units
    hold the disagreement, the error is itself uncertain.

    Notes
    -----
    Coverage by ``tests/benchmarks/coverage_agreement.py``; the figures are in the page of ``agreement``.

    References
    ----------
    Satterthwaite (1946), doi:10.2307/3002019, for the degrees of freedom.
    """
    times, n = found.multiplicity, float(found.multiplicity.sum())
    if not isfinite(error):
        return Bounds(reason="fewer than 2 units: no standard error")
    if 1 - found.estimate < ROUND_OFF:
        return Bounds(reason="no disagreement: the coefficient is 1")
    squares = np.square(found.influence)
    square = float(times @ squares) / n
    if square <= ROUND_OFF**2 or error <= 0:
        return Bounds(
            reason="all units bear on the coefficient alike: the standard error is 0 and says nothing"
        )
    kurtosis = float(times @ np.square(squares)) / n / square**2
    df = min(max(2 * n / max(kurtosis - 1, ROUND_OFF), LEAST_DF), n - 1)
    bounds = log_bounds(
        found.estimate, float(stdtrit(df, (1 + confidence) / 2)) * error / (1 - found.estimate)
    )
    return in_units(bounds)


def in_units(bounds: Bounds) -> Bounds:
    """Return an interval of a coefficient of agreement: not below -1, and its reason about units."""
    lower = max(bounds.lower, -1.0)
    return Bounds(lower=lower, upper=bounds.upper, reason=bounds.reason.replace("person", "unit"))


def jackknife_error(without: Floats) -> float:
    """Return sqrt((n - 1) / n sum (x_i - mean)^2) of leave-one-out values."""
    n = len(without)
    return sqrt((n - 1) / n * float(np.square(without - without.mean()).sum())) if n > 1 else nan
