"""Intervals for any function of variance components, from mean squares or from an estimated covariance."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import nan

import numpy as np
import numpy.typing as npt
from scipy.special import fdtri, gammaincinv, ndtri

from psychometrics.kernels.bounds import Bounds

Floats = npt.NDArray[np.float64]

DRAWS = 20_000
PRIMES = np.array([2.0, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47])
SINGLE = 1e-12
MANY = 1000.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Surrogates:
    """Independent quantities M_j, each like theta_j chi^2(df_j) / df_j, and the components as sums of the theta_j.

    Attributes
    ----------
    values : ndarray of float64, shape (n,)
        M_j: mean squares, or what stands for them; 0 or more.
    df : ndarray of float64, shape (n,)
    weights : ndarray of float64, shape (n_components, n)
        components = weights @ theta.
    """

    values: Floats
    df: Floats
    weights: Floats

    def draws(self) -> Floats:
        """Return draws of the components, shape (n_components, 20,000): weights @ (df M / chi^2).

        At the points of a Richtmyer sequence (multiples of the roots of primes), which fill the cube evenly: no
        random numbers, the same input gives the same bytes.
        """
        slopes = np.sqrt(PRIMES[: len(self.values)])
        uniform = np.outer(slopes, np.arange(1, DRAWS + 1)) % 1.0
        chi_square = np.array(
            [_chi_square_quantiles(df, row) for df, row in zip(self.df, uniform, strict=True)]
        )
        return np.asarray(self.weights @ ((self.df * self.values)[:, None] / chi_square), np.float64)


def _chi_square_quantiles(df: float, uniform: Floats) -> Floats:
    """Return quantiles; above 1000 df by Wilson and Hilferty's cube, whose relative error is below 1e-4 there."""
    if df > MANY:
        part = 2 / (9 * df)
        return np.asarray(df * (1 - part + ndtri(uniform) * np.sqrt(part)) ** 3, np.float64)
    return np.asarray(2 * gammaincinv(df / 2, uniform), np.float64)


def surrogates_from_covariance(variances: Floats, covariance: Floats, order: list[int]) -> Surrogates | None:
    """Return surrogates with the first two moments of REML estimates.

    In the order given (what is measured with most degrees of freedom first), the components are made uncorrelated,
    M = L^-1 s with covariance L D L'; df_j = 2 M_j^2 / D_j (Satterthwaite), at least 1. With balanced data M_j are the mean
    squares, up to a factor, and df_j their degrees of freedom.

    Returns
    -------
    Surrogates or None
        None where the covariance is not known, or some M_j is not above 0.
    """
    if not np.all(np.isfinite(covariance)):
        return None
    back = np.argsort(order)
    root = np.sqrt(np.diagonal(covariance)[order])
    try:
        factor = np.linalg.cholesky(covariance[np.ix_(order, order)] / np.outer(root, root)) * root[:, None]
    except np.linalg.LinAlgError:
        return None
    spread = np.diagonal(factor)
    lower = factor / spread
    values = np.linalg.solve(lower, variances[order])
    if not np.all(values > 0):
        return None
    df = np.maximum(2 * (values / spread) ** 2, 1.0)  # no mean square has less than 1
    return Surrogates(values=values, df=df, weights=lower[back])


def component_bounds(surrogates: Surrogates, draws: Floats, component: int, confidence: float) -> Bounds:
    """Return the interval of one component: exact (chi-square) when it is a single M_j, else from the draws."""
    tails = (1 - confidence) / 2, (1 + confidence) / 2
    used = np.flatnonzero(np.abs(surrogates.weights[component]) > SINGLE)
    if len(used) == 1:
        df, value = (
            surrogates.df[used[0]],
            surrogates.values[used[0]] * surrogates.weights[component, used[0]],
        )
        upper, lower = (float(df * value / (2 * gammaincinv(df / 2, tail))) for tail in tails)
        return Bounds(lower=lower, upper=upper)
    lower, upper = (float(value) for value in np.quantile(draws[component], tails))
    return Bounds(lower=lower, upper=upper)


def function_bounds(draws: Floats, function: Callable[[Floats], Floats], confidence: float) -> Bounds:
    """Return percentiles of a function of the drawn components.

    The generalized (surrogate variable) interval: exact for ratios of two mean squares, and near its level for
    other functions.

    References
    ----------
    Weerahandi (1993), Journal of the American Statistical Association, 88, 899-905; Chiang (2001), A simple general
    method for constructing confidence intervals for functions of variance components, Technometrics, 43, 356-367.
    """
    values = function(draws)
    values = np.where(np.isnan(values), -np.inf, values)
    lower, upper = np.quantile(values, [(1 - confidence) / 2, (1 + confidence) / 2], method="lower")
    if not (np.isfinite(lower) and np.isfinite(upper)):
        return Bounds(lower=nan, upper=nan, reason="too few levels: the interval has no end")
    return Bounds(lower=float(lower), upper=float(upper))


def share_bounds(
    surrogates: Surrogates,
    draws: Floats,
    signal: Floats,
    noise: Floats,
    confidence: float,
    *,
    at_least: Floats | None = None,
) -> Bounds:
    """Return the interval of signal / (signal + noise), both weighted sums of the components.

    Exact (F) when noise and signal + noise are one M_j each, else from the draws, where noise below 0 counts as 0, and
    below another weighted sum, ``at_least`` (absolute error is never less than relative), as that one.
    """
    parts = [
        np.flatnonzero(np.abs(row) > SINGLE)
        for row in (noise @ surrogates.weights, (signal + noise) @ surrogates.weights)
    ]
    if all(len(part) == 1 for part in parts):
        (error,), (total,) = parts
        scale = (noise @ surrogates.weights)[error] / ((signal + noise) @ surrogates.weights)[total]
        ratio = (
            float(scale * surrogates.values[error] / surrogates.values[total])
            if surrogates.values[total] > 0
            else nan
        )
        df = surrogates.df[total], surrogates.df[error]
        lower, upper = (
            1 - ratio * float(fdtri(*df, tail)) for tail in ((1 + confidence) / 2, (1 - confidence) / 2)
        )
        return Bounds(lower=lower, upper=upper)

    def share(components: Floats) -> Floats:
        tau, error = signal @ components, np.maximum(noise @ components, 0.0)
        if at_least is not None:
            error = np.maximum(error, at_least @ components)
        total = tau + error
        there = total > 0
        values: Floats = np.where(there, tau / np.where(there, total, 1.0), -np.inf)
        return values

    return function_bounds(draws, share, confidence)
