"""Leave one person out of any smooth coefficient of a covariance matrix, by its derivative."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from psychometrics.kernels.bounds import ROUND_OFF
from psychometrics.kernels.covariance import Moments, quadratic_forms

Floats = npt.NDArray[np.float64]

ANEW_PERSONS = 200


def leave_one_out(x: Floats, moments: Moments, estimate: float, gradient: Floats) -> Floats:
    """Return, to first order, the coefficient with each person left out in turn.

    estimate - (y'(W o A)y - m'(W o B)m), W = d coefficient / dC, A_ij = n_ij / ((n_ij - 1)(n_ij - 2)),
    B_ij = C_ij / (n_ij - 2): the exact change of C times the derivative. y is centred and 0 where missing, m the
    mask.

    Parameters
    ----------
    x : ndarray of float64, shape (n_persons, n_items)
    moments : Moments
        Of ``x``, pairwise or listwise; at least 3 persons for each pair of items.
    estimate : float
    gradient : ndarray of float64, shape (n_items, n_items)
        Symmetric; d estimate = sum_ij W_ij dC_ij.

    References
    ----------
    Efron and Tibshirani (1993), chapter 21 (infinitesimal jackknife). Checked against leaving each person out.
    """
    n_pairs = moments.n_pairs
    a = gradient * n_pairs / ((n_pairs - 1) * (n_pairs - 2))
    b = gradient * moments.covariance / (n_pairs - 2)
    return estimate - quadratic_forms(x, moments, a, b)


def covariances_without_each(x: Floats, moments: Moments) -> Floats:
    """Return C with each person left out, shape (n_used, n_items, n_items).

    C_ij - (y_i y_j n_ij / (n_ij - 1) - C_ij) / (n_ij - 2) where the person has both items; exact when nothing is
    missing, else the means of the pairs are not taken anew.
    """
    observed = ~np.isnan(x)
    used = observed.all(axis=1) if moments.missing == "listwise" else observed.any(axis=1)
    y = np.where(observed, x - moments.means, 0.0)[used]
    both = observed[used][:, :, None] & observed[used][:, None, :]
    n_pairs = moments.n_pairs
    change = y[:, :, None] * y[:, None, :] * (n_pairs / (n_pairs - 1)) - moments.covariance
    without: Floats = moments.covariance - both * change / (n_pairs - 2)
    without[np.abs(without) < ROUND_OFF * float(np.abs(moments.covariance).max())] = 0.0
    return without


def without_each(
    x: Floats, moments: Moments, estimate: float, gradient: Floats, value: Callable[[Floats], float]
) -> Floats:
    """Return the coefficient with each person left out: anew for few persons, by its derivative for many.

    The derivative alone makes intervals of skewed items too short in small samples: with 50 persons standardised
    alpha covered 90% by it and 93% anew (1,000 samples, nominal 95%).

    Parameters
    ----------
    x : ndarray of float64, shape (n_persons, n_items)
    moments : Moments
        Of ``x``, pairwise or listwise; at least 3 persons for each pair of items.
    estimate : float
    gradient : ndarray of float64, shape (n_items, n_items)
    value : callable
        The coefficient of a covariance matrix.
    """
    if moments.n_persons > ANEW_PERSONS:
        return leave_one_out(x, moments, estimate, gradient)
    return np.array([value(c) for c in covariances_without_each(x, moments)])


def correlations(covariance: Floats) -> Floats:
    """Return R_ij = C_ij / sqrt(C_ii C_jj); nan in the row and column of an item that does not vary."""
    variances = np.diagonal(covariance)
    scale = np.full(len(covariance), np.nan)
    np.divide(1, np.sqrt(np.where(variances > 0, variances, 1)), out=scale, where=variances > 0)
    r: Floats = covariance * np.outer(scale, scale)
    r[np.arange(len(r)), np.arange(len(r))] = np.where(variances > 0, 1.0, np.nan)
    return r


def through_correlations(gradient: Floats, covariance: Floats) -> Floats:
    """Turn G = d coefficient / dR into d coefficient / dC.

    W_ij = G_ij / sqrt(C_ii C_jj) off the diagonal, W_ii = -sum_{j != i} G_ij R_ij / C_ii.
    """
    scale = 1 / np.sqrt(np.diagonal(covariance))
    off = gradient - np.diag(np.diagonal(gradient))
    own = (off * covariance * np.outer(scale, scale)).sum(axis=1) / np.diagonal(covariance)
    result: Floats = off * np.outer(scale, scale) - np.diag(own)
    return result
