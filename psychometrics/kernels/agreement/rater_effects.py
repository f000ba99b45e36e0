"""Severity of raters when each met other colleagues: least squares over all shared targets."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components
from scipy.special import stdtrit

from psychometrics.kernels.agreement.shared_rows import SharedRows

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.intp]

MOST_RATERS = 3000


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RaterEffects:
    """Severity of each rater against the mean of the raters it is linked with; shape (n_raters,).

    Attributes
    ----------
    severity, lower, upper, standard_error : ndarray of float64
        In points; nan for raters without shared ratings.
    shrunken : ndarray of float64
        Severity times tau^2 / (tau^2 + se^2).
    subset : ndarray of int
        Raters with the same number are linked by shared targets; -1 without shared ratings.
    variance : float
        tau^2, variance of severity between raters beyond error; not negative.
    """

    severity: Floats
    lower: Floats
    upper: Floats
    standard_error: Floats
    shrunken: Floats
    subset: Integers
    variance: float


def rater_effects(rows: SharedRows, confidence: float) -> RaterEffects | None:
    """Return the rater effects of y = cell + rater, by least squares, as severity (positive gives less).

    L = diag(n_g) - sum_cells z z' / n_cell, effects = L+ b, b_g the sum of a rater's deviations from the cell means. Effects
    add to 0 within each subset of linked raters. The standard errors hold whatever the variances are, with the
    ratings of a target as one cluster: L+ M L+ with a factor n / (n - 1) for the n targets of a rater; t with n - 1.
    tau^2 is the variance of the effects less the mean of their squared errors.

    Parameters
    ----------
    rows : SharedRows
    confidence : float

    Returns
    -------
    RaterEffects or None
        None with more than 3000 raters: the table of raters by raters would be too large.
    """
    if rows.n_raters > MOST_RATERS:
        return None
    n_cells = int(rows.cell.max(initial=-1)) + 1
    size = rows.n_others + 1
    shape = n_cells, rows.n_raters
    inside = csr_array((1 / np.sqrt(size), (rows.cell, rows.rater)), shape=shape)
    n = rows.by_rater(np.ones_like(rows.own))
    laplacian = np.diag(n) - np.asarray((inside.T @ inside).todense())
    deviation = rows.own - (rows.own + rows.others * rows.n_others) / size
    subset = _subsets(rows, n)
    inverse = _inverse(laplacian, subset)
    effect = inverse @ rows.by_rater(deviation)
    fitted = effect[rows.rater]
    of_cell = np.bincount(rows.cell, weights=fitted, minlength=n_cells)[rows.cell]
    residual = deviation - (fitted - of_cell / size)
    error, df = _errors(rows, inverse, residual)
    there = subset >= 0
    severity = np.where(there, -effect, np.nan)
    half = stdtrit(np.maximum(df, 1), (1 + confidence) / 2) * error
    variance = _variance(severity, error, subset)
    keep = np.divide(variance, variance + error**2, out=np.zeros_like(error), where=variance + error**2 > 0)
    return RaterEffects(
        severity=severity,
        lower=severity - half,
        upper=severity + half,
        standard_error=error,
        shrunken=severity * np.where(np.isnan(error), np.nan, keep),
        subset=subset,
        variance=variance,
    )


def _inverse(laplacian: Floats, subset: Integers) -> Floats:
    """Return L+: with J the means within subsets, (L + J)^-1 - J."""
    alone = np.where(subset < 0, len(subset) + np.arange(len(subset)), subset)
    means = (alone[:, None] == alone[None, :]).astype(np.float64)
    means /= means.sum(axis=1, keepdims=True)
    return np.asarray(np.linalg.inv(laplacian + means) - means, np.float64)


def _errors(rows: SharedRows, inverse: Floats, residual: Floats) -> tuple[Floats, Floats]:
    target = np.unique(rows.target, return_inverse=True)[1]
    shape = int(target.max(initial=-1)) + 1, rows.n_raters
    scores = csr_array((residual, (target, rows.rater)), shape=shape)
    middle = np.asarray((scores.T @ scores).todense())
    variance = ((inverse @ middle) * inverse).sum(axis=1)
    _, clusters = rows.clustered(np.zeros_like(residual))
    factor = np.where(clusters > 1, clusters / np.maximum(clusters - 1, 1), np.nan)
    return np.sqrt(np.maximum(variance, 0) * factor), clusters - 1


def _subsets(rows: SharedRows, n: Floats) -> Integers:
    shape = int(rows.cell.max(initial=-1)) + 1, rows.n_raters
    met = csr_array((np.ones(len(rows.cell)), (rows.cell, rows.rater)), shape=shape)
    label = connected_components((met.T @ met), directed=False)[1] if rows.n_raters else np.empty(0, np.intp)
    label = np.where(n > 0, label, -1)
    found = np.full(len(label), -1, np.intp)
    found[label >= 0] = np.unique(label[label >= 0], return_inverse=True)[1]
    return found


def _variance(severity: Floats, error: Floats, subset: Integers) -> float:
    there = ~np.isnan(error) & (subset >= 0)
    if there.sum() < 2:
        return 0.0
    groups = len(np.unique(subset[there]))
    df = int(there.sum()) - groups
    if df < 1:
        return 0.0
    return max(float(np.square(severity[there]).sum()) / df - float(np.square(error[there]).mean()), 0.0)
