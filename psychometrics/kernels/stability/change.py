"""Change between two occasions: mean, standardised, and whether it is small."""

from __future__ import annotations

from math import sqrt

from scipy.special import nctdtrinc, ndtri, stdtr, stdtrit

from psychometrics.kernels.bounds import Estimate
from psychometrics.kernels.stability.association import nothing
from psychometrics.kernels.stability.pairs import PairMoments

NO_SPREAD = "all persons changed alike: no spread of change to divide by"


def mean_change(m: PairMoments, confidence: float) -> Estimate:
    """Return the mean of d = second - first with +- t(n-1) s_d / sqrt(n), in points."""
    half = float(stdtrit(m.n - 1, (1 + confidence) / 2)) * sqrt(m.variance_change / m.n)
    return Estimate(estimate=m.mean_change, ci_lower=m.mean_change - half, ci_upper=m.mean_change + half)


def change_per_sd_of_change(m: PairMoments, confidence: float) -> Estimate:
    """Return d_z = mean of d / s_d, interval from the noncentral t: exact for normal changes.

    References
    ----------
    Cumming and Finch (2001), doi:10.1177/0013164401614002; Lakens (2013), doi:10.3389/fpsyg.2013.00863.
    """
    if m.variance_change == 0:
        return nothing(NO_SPREAD)
    root = sqrt(m.n)
    d = m.mean_change / sqrt(m.variance_change)
    tail = (1 - confidence) / 2
    lower, upper = (float(nctdtrinc(m.n - 1, p, d * root)) / root for p in (1 - tail, tail))
    return Estimate(estimate=d, ci_lower=lower, ci_upper=upper)


def change_per_average_sd(m: PairMoments, confidence: float) -> Estimate:
    """Return d_av = mean of d / s, s^2 = (s1^2 + s2^2)/2, with +- z se.

    se^2 = d^2 (s1^4 + s2^4 + 2 s12^2) / (8 (n-1) s^4) + s_d^2 / ((n-1) s^2).

    References
    ----------
    Bonett (2008), doi:10.1037/1082-989X.13.2.99; Cumming (2012), Understanding the new statistics.
    """
    s2 = (m.variance_first + m.variance_second) / 2
    if s2 == 0:
        return nothing("the scores do not vary")
    d, df = m.mean_change / sqrt(s2), m.n - 1
    spread = m.variance_first**2 + m.variance_second**2 + 2 * m.covariance**2
    half = float(ndtri((1 + confidence) / 2)) * sqrt(
        d * d * spread / (8 * df * s2 * s2) + m.variance_change / (df * s2)
    )
    return Estimate(estimate=d, ci_lower=d - half, ci_upper=d + half)


def hedges_change(m: PairMoments, confidence: float) -> Estimate:
    """Return g_av = d_av (1 - 3 / (4 (2n) - 9)): d_av with the bias of small samples taken off.

    References
    ----------
    Hedges (1981), doi:10.3102/10769986006002107; as in Lakens (2013), doi:10.3389/fpsyg.2013.00863, and
    pingouin's ``compute_effsize``.
    """
    d = change_per_average_sd(m, confidence)
    shrink = 1 - 3 / (8 * m.n - 9)
    return Estimate(
        estimate=d.estimate * shrink,
        ci_lower=d.ci_lower * shrink,
        ci_upper=d.ci_upper * shrink,
        reason=d.reason,
    )


def equivalence_p_value(m: PairMoments, bound: float) -> float:
    """Return p of the two one-sided t tests that the mean change lies outside -bound..bound.

    References
    ----------
    Schuirmann (1987), doi:10.1007/BF01068419; Lakens (2017), doi:10.1177/1948550617697177.
    """
    error = sqrt(m.variance_change / m.n)
    if error == 0:
        return 0.0 if abs(m.mean_change) < bound else 1.0
    df = m.n - 1
    return float(max(stdtr(df, -(m.mean_change + bound) / error), stdtr(df, (m.mean_change - bound) / error)))
