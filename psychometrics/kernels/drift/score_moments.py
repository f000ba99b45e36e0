"""The first four moments of scores as sums that add up, and how two samples differ in mean and spread."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, isfinite, log, nan, sqrt

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

from psychometrics.kernels.bounds import Estimate

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreMoments:
    """n, mean and the sums of the second to fourth powers of deviations from the mean.

    Unlike the moments themselves the sums add: ``a + b`` are those of both samples together.
    """

    n: float
    mean: float
    m2: float
    m3: float
    m4: float

    @property
    def variance(self) -> float:
        """Variance with n - 1; nan for fewer than two people."""
        return self.m2 / (self.n - 1) if self.n > 1 else nan

    @property
    def sd(self) -> float:
        """Standard deviation with n - 1; nan for fewer than two people."""
        return sqrt(self.variance) if self.n > 1 else nan

    @property
    def skewness(self) -> float:
        """Third standardised moment; nan without spread."""
        return sqrt(self.n) * self.m3 / self.m2**1.5 if self.m2 > 0 else nan

    @property
    def kurtosis(self) -> float:
        """Fourth standardised moment, 3 for a normal curve; nan without spread."""
        return self.n * self.m4 / self.m2**2 if self.m2 > 0 else nan

    def __add__(self, other: ScoreMoments) -> ScoreMoments:
        """Return the moments of both samples together.

        References
        ----------
        Pebay (2008), doi:10.2172/1028931, equations 2.1 and onwards (sums of two sets).
        """
        if not self.n or not other.n:
            return other if not self.n else self
        n, d = self.n + other.n, other.mean - self.mean
        p, q = self.n / n, other.n / n
        return ScoreMoments(
            n=n,
            mean=self.mean + d * q,
            m2=self.m2 + other.m2 + d**2 * self.n * q,
            m3=self.m3 + other.m3 + d**3 * self.n * q * (p - q) + 3 * d * (p * other.m2 - q * self.m2),
            m4=self.m4
            + other.m4
            + d**4 * self.n * q * (p * p - p * q + q * q)
            + 6 * d**2 * (p * p * other.m2 + q * q * self.m2)
            + 4 * d * (p * other.m3 - q * self.m3),
        )


def moments_of_counts(scores: Floats, counts: npt.NDArray[np.int64] | Floats) -> ScoreMoments:
    """Return the moments of a score distribution given as counts."""
    n = float(counts.sum())
    if not n:
        return ScoreMoments(n=0.0, mean=nan, m2=0.0, m3=0.0, m4=0.0)
    mean = float(scores @ counts) / n
    d = scores - mean
    return ScoreMoments(
        n=n, mean=mean, m2=float(counts @ d**2), m3=float(counts @ d**3), m4=float(counts @ d**4)
    )


def normal_moments(n: float, mean: float, sd: float) -> ScoreMoments:
    """Return moments that have this mean and SD and the shape of a normal curve: for published figures."""
    m2 = sd**2 * (n - 1)
    return ScoreMoments(n=n, mean=mean, m2=m2, m3=0.0, m4=3 * m2**2 / n)


def mean_shift(reference: ScoreMoments, new: ScoreMoments, confidence: float) -> Estimate:
    """Return the standardised shift of the mean, with its interval.

    d = (M1 - M0) / S0;  var d = S1^2 / (n1 S0^2) + 1 / n0 + d g0 / n0 + d^2 (k0 - 1) / (4 n0)

    0 is the reference, 1 the new sample; g skewness, k kurtosis. The delta method for two independent samples of any
    shape; for normal scores and a shift of 0 it is the usual 1/n1 + 1/n0.

    References
    ----------
    Cramer (1946), Mathematical methods of statistics, section 27.7 (variances and covariance of mean and variance);
    Glass (1976), doi:10.3102/0013189X005010003 (difference in units of the reference's SD).
    """
    if reference.n < 2 or not reference.m2 > 0:
        return Estimate(estimate=nan, ci_lower=nan, ci_upper=nan, reason="no spread in the norms")
    if new.n < 1:
        return Estimate(estimate=nan, ci_lower=nan, ci_upper=nan, reason="no new score")
    d = (new.mean - reference.mean) / reference.sd
    if new.n < 2:
        return Estimate(estimate=d, ci_lower=nan, ci_upper=nan, reason="an interval needs 2 new scores")
    variance = new.variance / (new.n * reference.variance) + 1 / reference.n
    variance += d * reference.skewness / reference.n + d**2 * (reference.kurtosis - 1) / (4 * reference.n)
    half = float(ndtri((1 + confidence) / 2)) * sqrt(max(variance, 0.0))
    return Estimate(estimate=d, ci_lower=d - half, ci_upper=d + half)


def sd_ratio(reference: ScoreMoments, new: ScoreMoments, confidence: float) -> Estimate:
    """Return the ratio of standard deviations, new to reference, with its interval.

    r = S1 / S0;  var ln S^2 = {k - (n - 3) / n} / (n - 1) for each sample;  ends r exp(-/+ z se)

    k is the kurtosis pooled over both samples by their size, as Bonett advises where one is known well: that of a
    small sample alone is too low for scores with a long tail.

    References
    ----------
    Cramer (1946), section 27.7; Bonett (2006), doi:10.1016/j.csda.2004.10.003 (the log scale and the kurtosis).
    """
    if not (reference.n > 1 and reference.m2 > 0):
        return Estimate(estimate=nan, ci_lower=nan, ci_upper=nan, reason="no spread in the norms")
    if not (new.n > 1 and new.m2 > 0):
        return Estimate(estimate=nan, ci_lower=nan, ci_upper=nan, reason="no spread in the new scores")
    ratio = new.sd / reference.sd
    n, m = reference.n, new.n
    kurtosis = (n * reference.kurtosis + m * new.kurtosis) / (n + m)
    variance = sum((kurtosis - (size - 3) / size) / (size - 1) for size in (n, m)) / 4
    half = float(ndtri((1 + confidence) / 2)) * sqrt(variance)
    if not isfinite(exp(half)):
        return Estimate(estimate=ratio, ci_lower=nan, ci_upper=nan, reason="too few scores for an interval")
    return Estimate(estimate=ratio, ci_lower=exp(log(ratio) - half), ci_upper=exp(log(ratio) + half))
