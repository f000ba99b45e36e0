"""Reliability of weighted composites, of differences, and of longer or shorter tests."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, isfinite, nan

import numpy as np
import numpy.typing as npt

from psychometrics.kernels.bounds import ROUND_OFF
from psychometrics.kernels.consistency.lambdas import Coefficient, lambda3, nothing, why_no_total

Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.intp]


def composite_reliability(weights: Floats, covariance: Floats, reliabilities: Floats) -> float:
    """Return 1 - sum w_j^2 S_j^2 (1 - r_j) / w'Sw, S the covariance of the components; nan when w'Sw is not positive.

    Errors of different components are uncorrelated. With weights 1 and -1 it is the reliability of a difference.

    References
    ----------
    Mosier (1943), doi:10.1007/BF02288700. Checked against the formula written out and simulated true scores.
    """
    variance = float(weights @ covariance @ weights)
    own = np.diagonal(covariance) * weights**2
    if not isfinite(variance) or variance <= ROUND_OFF * float(own.sum()):
        return nan
    return 1 - float((own * (1 - reliabilities)).sum()) / variance


def error_shares(weights: Floats, covariance: Floats, reliabilities: Floats) -> Floats:
    """Return the share of each component in the error variance of the composite."""
    own = weights**2 * np.diagonal(covariance) * (1 - reliabilities)
    shares: Floats = own / own.sum() if own.sum() > 0 else np.zeros(len(own))
    return shares


def stratified_alpha(covariance: Floats, strata: Sequence[Places], weights: Floats) -> Coefficient:
    """Return 1 - sum_h w_h^2 S_h^2 (1 - alpha_h) / S^2, with its derivative by the covariances of the items.

    Parameters
    ----------
    covariance : ndarray of float64, shape (n_items, n_items)
    strata : sequence of arrays
        Items of each stratum; all items, each once.
    weights : ndarray of float64, shape (n_strata,)
        Weight of the sum of each stratum in the total.

    References
    ----------
    Cronbach, Schonemann and McKie (1965), doi:10.1177/001316446502500201. Checked against the formula written out
    and against derivatives taken numerically.
    """
    k = len(covariance)
    item_weights = np.empty(k)
    for items, weight in zip(strata, weights, strict=True):
        item_weights[items] = weight
    weighted = covariance * np.outer(item_weights, item_weights)
    reason = why_no_total(weighted)
    if reason:
        return nothing(k, reason)
    total, error, slope = float(weighted.sum()), 0.0, np.zeros((k, k))
    for items in strata:
        block = np.ix_(items, items)
        why = why_no_total(weighted[block])
        if why:
            return nothing(k, f"a stratum has no alpha: {why}")
        alpha, size = lambda3(weighted[block]), float(weighted[block].sum())
        error += size * (1 - alpha.estimate)
        slope[block] = (1 - alpha.estimate) - size * alpha.gradient
    gradient = (error / total**2 - slope / total) * np.outer(item_weights, item_weights)
    return Coefficient(estimate=1 - error / total, gradient=gradient)


def spearman_brown(reliability: float, factor: float) -> float:
    """Return m r / (1 + (m - 1) r): the reliability of a test m times as long; nan where it does not exist.

    References
    ----------
    Spearman (1910), doi:10.1111/j.2044-8295.1910.tb00206.x; Brown (1910), doi:10.1111/j.2044-8295.1910.tb00207.x.
    """
    below = 1 + (factor - 1) * reliability
    return factor * reliability / below if below > 0 else nan


def lengthening(reliability: float, target: float) -> float:
    """Return m = R (1 - r) / (r (1 - R)): how many times as long a test must be to reach R; nan when r <= 0."""
    return target * (1 - reliability) / (reliability * (1 - target)) if reliability > 0 else nan


def items_needed(reliability: float, n_items: int, target: float) -> float:
    """Return the whole number of items that reach the target, rounded up; nan when no number does."""
    exact = n_items * lengthening(reliability, target)
    return float(ceil(exact - 1e-9)) if isfinite(exact) else nan
