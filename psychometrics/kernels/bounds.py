"""Intervals that any coefficient can use: from leaving persons or groups out, from influences, from resampling."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, log, nan, sqrt

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr, ndtri, stdtrit

Floats = npt.NDArray[np.float64]

ROUND_OFF = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """Ends of an interval; ``reason`` says why they are nan."""

    lower: float = nan
    upper: float = nan
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """An estimate with its interval; ``reason`` says why a number is nan."""

    estimate: float
    ci_lower: float
    ci_upper: float
    reason: str = ""


def jackknife_bounds(estimate: float, without: Floats, confidence: float) -> Bounds:
    """Return 1 - exp(L -/+ t s): L = log(1 - estimate), s from the values L_p with person p left out.

    s^2 = (n-1)/n sum (L_p - mean)^2. t has 2n/(g+2) degrees of freedom, g the excess kurtosis of the n values, at
    least 2, at most n - 1: heavy tails leave fewer of them.

    Parameters
    ----------
    estimate : float
        A coefficient that is at most 1.
    without : ndarray of float64, shape (n,)
        The coefficient with each person left out in turn (exactly, or by its influence).
    confidence : float

    References
    ----------
    Efron and Tibshirani (1993), chapter 11; Satterthwaite (1946), doi:10.2307/3002019, for the degrees of freedom.
    """
    error = 1 - without
    if len(error) < 3:
        return Bounds(reason="the interval needs at least 3 persons")
    if 1 - estimate < ROUND_OFF:
        return Bounds(reason="no error variance: the coefficient is 1")
    if not np.all(error > ROUND_OFF):
        return Bounds(reason="without one of the persons the coefficient would not exist: too few persons")
    logs = np.log(error)
    logs -= logs.mean()
    squares = np.square(logs)
    n, variance = len(logs), float(squares.mean())
    if variance <= ROUND_OFF**2:
        return Bounds(reason="all persons bear on the coefficient alike: too few for the interval")
    kurtosis = float(squares @ squares) / n / variance**2
    df = min(max(2 * n / max(kurtosis - 1, ROUND_OFF), 2.0), n - 1.0)
    return log_bounds(estimate, float(stdtrit(df, (1 + confidence) / 2)) * sqrt((n - 1) * variance))


def grouped_jackknife_bounds(estimate: float, without: Floats, confidence: float) -> Bounds:
    """Return 1 - exp(L -/+ t s) from a coefficient with each of G groups of persons left out; t has G - 1 df.

    Groups of about equal size, formed without regard to the responses.

    References
    ----------
    Shao and Tu (1995), The jackknife and bootstrap, section 2.3 (delete-group jackknife).
    """
    groups = len(without)
    if groups < 2:
        return Bounds(reason="the grouped jackknife needs at least 2 groups of persons")
    error = 1 - without
    if not np.all(error > ROUND_OFF) or 1 - estimate < ROUND_OFF:
        return Bounds(reason="without one of the groups the coefficient would not exist")
    logs = np.log(error)
    spread = sqrt((groups - 1) / groups * float(np.square(logs - logs.mean()).sum()))
    return log_bounds(estimate, float(stdtrit(groups - 1, (1 + confidence) / 2)) * spread)


def log_bounds(estimate: float, half: float) -> Bounds:
    """Return 1 - exp(log(1 - estimate) -/+ half)."""
    level = log(1 - estimate)
    if level + half > 700:
        return Bounds(reason="too few persons: the interval has no lower end")
    return Bounds(lower=1 - exp(level + half), upper=1 - exp(level - half))


def percentile_bounds(replicates: Floats, confidence: float) -> Bounds:
    """Return the percentiles of bootstrap replicates; those that are nan take no part."""
    there = replicates[~np.isnan(replicates)]
    if len(there) < 2:
        return Bounds(reason="the bootstrap gave no values")
    tail = (1 - confidence) / 2
    lower, upper = np.quantile(there, [tail, 1 - tail])
    return Bounds(lower=float(lower), upper=float(upper))


def bca_bounds(estimate: float, replicates: Floats, without: Floats, confidence: float) -> Bounds:
    """Return the bias-corrected and accelerated bootstrap interval.

    z0 = Phi^-1(share of replicates below the estimate, ties by half);
    a = sum d^3 / (6 (sum d^2)^1.5), d = mean of the leave-one-out values minus each;
    ends at Phi(z0 + (z0 + z) / (1 - a (z0 + z))).

    References
    ----------
    Efron (1987), doi:10.2307/2289144.
    """
    there = replicates[~np.isnan(replicates)]
    if len(there) < 2:
        return Bounds(reason="the bootstrap gave no values")
    share = float(np.mean(there < estimate) + np.mean(there == estimate) / 2)
    if share in {0.0, 1.0}:
        return Bounds(reason="all bootstrap values lie on one side of the estimate")
    d = without.mean() - without
    total = float(np.square(d).sum())
    a = float((d**3).sum()) / (6 * total**1.5) if total > 0 else 0.0
    z0 = float(ndtri(share))
    z = np.array([ndtri((1 - confidence) / 2), ndtri((1 + confidence) / 2)])
    lower, upper = np.quantile(there, ndtr(z0 + (z0 + z) / (1 - a * (z0 + z))))
    return Bounds(lower=float(lower), upper=float(upper))
