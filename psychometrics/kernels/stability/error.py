"""Error of a score in points, and the change that lies beyond it."""

from __future__ import annotations

from math import sqrt

from scipy.special import chdtri, ndtri

from psychometrics.kernels.bounds import Estimate
from psychometrics.kernels.stability.association import nothing
from psychometrics.kernels.stability.pairs import PairMoments

SDC_FACTOR = float(ndtri(0.975)) * sqrt(2)


def consistency_error(m: PairMoments, confidence: float) -> Estimate:
    """Return sqrt(MS_E) = s_d / sqrt(2), with a chi-square interval on n - 1 degrees of freedom.

    The error of one score, a change common to all left out: Hopkins' typical error.

    References
    ----------
    Weir (2005), doi:10.1519/15184.1; Hopkins (2000), doi:10.2165/00007256-200030010-00001.
    """
    return _root(m.variance_change / 2, m.n - 1, confidence)


def agreement_error(m: PairMoments, confidence: float) -> Estimate:
    """Return sqrt(sum d^2 / (2n)): the error of one score, a change common to all counted as error.

    It is the root of occasion variance plus residual variance, (MS_C - MS_E)/n + MS_E, also where the first is
    negative; and Dahlberg's error. The interval is chi-square with Satterthwaite's n (1 + q)^2 / (1 + 2q)
    degrees of freedom, q = mean(d)^2 / var(d): the occasions are taken as fixed.

    Coverage at 95%: .94 to .95 for 20 and 100 normal pairs (tests/benchmarks/coverage_retest.py).

    References
    ----------
    de Vet et al. (2006), Journal of Clinical Epidemiology 59, 1033-1039; Satterthwaite (1946), doi:10.2307/3002019.
    """
    if m.variance_change == 0:
        return _root(m.mean_square_change / 2, m.n, confidence)
    q = m.mean_change**2 / m.variance_change
    return _root(m.mean_square_change / 2, m.n * (1 + q) ** 2 / (1 + 2 * q), confidence)


def coefficient_of_variation(m: PairMoments, confidence: float) -> Estimate:
    """Return sqrt(MS_E) / mean of all scores, as a share of 1.

    Has a meaning only where the scale has a true zero; the mean must be above 0. The interval is that of
    sqrt(MS_E): the error of the mean is left out.

    References
    ----------
    Hopkins (2000), doi:10.2165/00007256-200030010-00001.
    """
    if m.mean <= 0:
        return nothing("the mean is not above 0")
    return scaled(consistency_error(m, confidence), 1 / m.mean)


def scaled(one: Estimate, factor: float) -> Estimate:
    """Return an estimate and its interval times a factor above 0."""
    return Estimate(
        estimate=one.estimate * factor,
        ci_lower=one.ci_lower * factor,
        ci_upper=one.ci_upper * factor,
        reason=one.reason,
    )


def _root(variance: float, df: float, confidence: float) -> Estimate:
    tail = (1 - confidence) / 2
    lower, upper = (sqrt(variance * df / float(chdtri(df, p))) for p in (tail, 1 - tail))
    return Estimate(estimate=sqrt(variance), ci_lower=lower, ci_upper=upper)
