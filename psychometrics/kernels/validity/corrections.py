"""Corrections of a correlation: for unreliable measures, for a sample of restricted range."""

from __future__ import annotations

from math import isnan, nan, sqrt

from psychometrics.kernels.bounds import Estimate


def disattenuated(observed: Estimate, reliability_x: float, reliability_y: float) -> Estimate:
    """Return r / sqrt(r_xx r_yy), the ends of the interval divided alike; reliabilities are taken as known.

    Parameters
    ----------
    observed : Estimate
        A correlation with its interval.
    reliability_x, reliability_y : float
        In (0, 1]; 1 leaves a side uncorrected.

    Notes
    -----
    May leave -1..1 when a reliability is too low or of the wrong kind; it is not cut off.

    References
    ----------
    Spearman (1904), doi:10.2307/1412159.
    """
    shrink = sqrt(reliability_x * reliability_y)
    estimate = observed.estimate / shrink
    beyond = "beyond 1: the reliability is too low for this correlation, or of another kind of error"
    return Estimate(
        estimate=estimate,
        ci_lower=observed.ci_lower / shrink,
        ci_upper=observed.ci_upper / shrink,
        reason=observed.reason or (beyond if abs(estimate) > 1 else ""),
    )


def unrestricted(observed: Estimate, sd_ratio: float) -> Estimate:
    """Return r u / sqrt(1 + r^2 (u^2 - 1)), u the SD in the population over the SD in the sample (Thorndike's case 2).

    The ends of the interval go through the same formula, u taken as known.

    Notes
    -----
    Holds when selection was on the score itself, and when regression is linear with equal error variance. Not for
    selection on something else that goes with the score (case 3).

    References
    ----------
    Thorndike (1949), Personnel selection, 173; Sackett and Yang (2000), doi:10.1037/0021-9010.85.1.112.
    """
    ends = (_case_2(one, sd_ratio) for one in (observed.estimate, observed.ci_lower, observed.ci_upper))
    estimate, lower, upper = ends
    return Estimate(estimate=estimate, ci_lower=lower, ci_upper=upper, reason=observed.reason)


def _case_2(r: float, u: float) -> float:
    return nan if isnan(r) else r * u / sqrt(1 + r * r * (u * u - 1))
