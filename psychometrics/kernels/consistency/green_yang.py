"""Reliability of the observed sum of ordinal items from a factor model of the variables behind them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr

from psychometrics.kernels.polychoric.bivariate_normal import (
    bivariate_normal_cdf,
    bivariate_normal_density,
    conditional_deviate,
)
from psychometrics.kernels.polychoric.tables import cumulative_proportions, thresholds

Floats = npt.NDArray[np.float64]
TotalVariance = Literal["polychoric", "model"]

TOTAL_VARIANCES: tuple[TotalVariance, ...] = ("polychoric", "model")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GreenYang:
    """Reliability of the sum, and what moves it.

    Attributes
    ----------
    reliability : float
        True over total variance.
    true_variance, total_variance : float
        In squared points of the sum (divisor n).
    by_correlation : ndarray of float64, shape (k, k)
        Derivative by each r_ij of the total variance (one number for r_ij = r_ji).
    by_loadings : ndarray of float64, shape (k,)
    by_share : ndarray of float64, shape (k, n_options - 1)
        Derivative by the share of persons at or below each option.
    """

    reliability: float
    true_variance: float
    total_variance: float
    by_correlation: Floats
    by_loadings: Floats
    by_share: Floats


def green_yang(
    margins: Floats,
    points: Floats,
    correlation: Floats,
    loadings: Floats,
    total: TotalVariance = "polychoric",
) -> GreenYang:
    """Return the reliability of the sum X = sum_i x_i of ordinal items.

    rho_XX' = sum_ij C_ij(l_i l_j) / sum_ij C_ij(r_ij), where
    C_ij(r) = sum_tu w_it w_ju (Phi2(tau_it, tau_ju; r) - Phi(tau_it) Phi(tau_ju)) is the covariance of the points of
    two items whose normal variables correlate r, w_it the points gained by passing threshold t, r_ii = 1.
    With steps of one point this is equation 21 of the source.

    Parameters
    ----------
    margins : ndarray of float64, shape (k, n_options)
        Persons by option.
    points : ndarray of float64, shape (k, n_options)
        Points of each option, rising; any numbers beyond the options an item has.
    correlation : ndarray of float64, shape (k, k)
        Polychoric correlations.
    loadings : ndarray of float64, shape (k,)
        Of one factor, inside -1 to 1.
    total : {"polychoric", "model"}
        Correlations in the denominator: the polychoric ones as estimated, or l_i l_j.

    References
    ----------
    Green and Yang (2009), doi:10.1007/s11336-008-9099-3, equation 21. Checked against semTools 0.5-6
    (``reliability``: omega and omega3; ``compRelSEM``) and sums over cells of simulated scores.
    """
    steps = _steps(margins, points)
    own = np.square(loadings)
    i, j = np.triu_indices(len(loadings), 1)
    shared = _pairs(margins, steps, i, j, loadings[i] * loadings[j])
    diagonal = _pairs(margins, steps, np.arange(len(own)), np.arange(len(own)), own)
    all_pairs = shared if total == "model" else _pairs(margins, steps, i, j, correlation[i, j])
    variances, by_share_own = _variances(margins, steps)
    true = float(diagonal.value.sum() + 2 * shared.value.sum())
    everything = float(variances.sum() + 2 * all_pairs.value.sum())
    by_loadings = 2 * diagonal.by_r * loadings + 2 * _spread(shared.by_r, i, j, len(own)) @ loadings
    share_true = diagonal.by_share(len(own)) + 2 * shared.by_share(len(own))
    share_total = by_share_own + 2 * all_pairs.by_share(len(own))
    ratio = true / everything
    in_total = 2 * _spread(all_pairs.by_r, i, j, len(own))
    if total == "model":
        by_loadings = by_loadings - ratio * in_total @ loadings
        in_total = np.zeros_like(in_total)
    return GreenYang(
        reliability=ratio,
        true_variance=true,
        total_variance=everything,
        by_correlation=-ratio * in_total / everything,
        by_loadings=by_loadings / everything,
        by_share=(share_true - ratio * share_total) / everything,
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Pairs:
    """C_ij(r) of many pairs, with its derivatives by r and by the shares of the two items."""

    first: npt.NDArray[np.intp]
    second: npt.NDArray[np.intp]
    value: Floats
    by_r: Floats
    by_first: Floats
    by_second: Floats

    def by_share(self, n_items: int) -> Floats:
        """Return the derivative of the sum over pairs by the shares of each item."""
        out = np.zeros((n_items, self.by_first.shape[1]))
        np.add.at(out, self.first, self.by_first)
        np.add.at(out, self.second, self.by_second)
        return out


def _pairs(
    margins: Floats, steps: Floats, i: npt.NDArray[np.intp], j: npt.NDArray[np.intp], r: Floats
) -> _Pairs:
    tau, share = thresholds(margins), cumulative_proportions(margins)
    h, k, rho = tau[i][:, :, None], tau[j][:, None, :], r[:, None, None]
    weight = steps[i][:, :, None] * steps[j][:, None, :]
    p_h, p_k = share[i][:, :, None], share[j][:, None, :]
    excess = bivariate_normal_cdf(h, k, rho) - p_h * p_k
    rho = np.where(np.abs(rho) < 1, rho, np.nan)  # at a bound there are no derivatives
    return _Pairs(
        first=i,
        second=j,
        value=(weight * excess).sum(axis=(1, 2)),
        by_r=(weight * bivariate_normal_density(h, k, rho)).sum(axis=(1, 2)),
        by_first=(weight * (ndtr(conditional_deviate(k, h, rho)) - p_k)).sum(axis=2),
        by_second=(weight * (ndtr(conditional_deviate(h, k, rho)) - p_h)).sum(axis=1),
    )


def _variances(margins: Floats, steps: Floats) -> tuple[Floats, Floats]:
    """Return the variance of each item's points (divisor n) and its derivative by the shares."""
    share = cumulative_proportions(margins)
    below = np.minimum(share[:, :, None], share[:, None, :]) - share[:, :, None] * share[:, None, :]
    weight = steps[:, :, None] * steps[:, None, :]
    later = np.triu(np.ones((steps.shape[1],) * 2), 1)
    by_share = (
        np.square(steps) + 2 * steps * (steps @ later.T) - 2 * steps * (steps * share).sum(1, keepdims=True)
    )
    return (weight * below).sum(axis=(1, 2)), by_share


def _steps(margins: Floats, points: Floats) -> Floats:
    """Return the points gained by passing each threshold; 0 past the last option that was used."""
    used = np.cumsum(margins[:, ::-1], axis=1)[:, ::-1] > 0
    return np.where(used[:, 1:], np.diff(points, axis=1), 0.0)


def _spread(values: Floats, i: npt.NDArray[np.intp], j: npt.NDArray[np.intp], k: int) -> Floats:
    """Return a symmetric matrix with zeros on the diagonal."""
    out = np.zeros((k, k))
    out[i, j] = out[j, i] = values
    return out
