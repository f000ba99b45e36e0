"""One factor behind a matrix of correlations, by (weighted) least squares, and how its loadings move with them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

MOST_STEPS = 200
CLOSE = 1e-12


def one_factor_loadings(correlation: Floats, weights: Floats | None = None, limit: float = np.inf) -> Floats:
    """Return the loadings minimising F = sum_{i<j} w_ij (r_ij - l_i l_j)^2; nan when the search fails.

    Parameters
    ----------
    correlation : ndarray of float64, shape (k, k)
        At least 3 items; the diagonal is not used.
    weights : ndarray of float64, shape (k, k), optional
        w_ij, such as 1 over the variance of r_ij (diagonally weighted least squares); 1 when left out
        (unweighted least squares, minres).
    limit : float
        A loading that would pass it (a Heywood case) is held there, and the others are fitted again.

    Returns
    -------
    ndarray of float64, shape (k,)
        Signed so that their sum is not negative.

    References
    ----------
    Muthen (1984), doi:10.1007/BF02294210; Forero, Maydeu-Olivares and Gallardo-Pujol (2009),
    doi:10.1080/10705510903203573, on the two sets of weights. Checked against lavaan 0.6-14 (ULS, and DWLS with the
    weights of lavaan).
    """
    w = _off_diagonal(weights if weights is not None else np.ones_like(correlation))
    w = w / w.max()
    r = _off_diagonal(correlation)
    loadings, free = _principal_axis(r), np.ones(len(r), bool)
    for _ in range(len(r)):
        loadings = _descend(r, w, loadings, free)
        past = free & (np.abs(loadings) > limit)
        if not past.any():
            break
        loadings, free = np.where(past, np.sign(loadings) * limit, loadings), free & ~past
    return np.asarray(-loadings if loadings.sum() < 0 else loadings)


def curvature(correlation: Floats, weights: Floats, loadings: Floats) -> Floats:
    """Return the second derivatives of F / 2: sum_j w_ij l_j^2 on the diagonal, w_ij (2 l_i l_j - r_ij) off it."""
    w = _off_diagonal(weights)
    out: Floats = w * (2 * np.outer(loadings, loadings) - correlation)
    np.fill_diagonal(out, w @ np.square(loadings))
    return out


def loadings_adjoint(
    correlation: Floats, weights: Floats, loadings: Floats, by_loadings: Floats, limit: float = np.inf
) -> Floats:
    """Return the derivative of a function of the loadings by each r_ij (one number for r_ij = r_ji).

    d l / d r_ij = w_ij H^-1 (e_i l_j + e_j l_i), H the curvature; the weights, and loadings at the limit, stay fixed.

    Parameters
    ----------
    by_loadings : ndarray of float64, shape (k,)
        Derivative of the function by the loadings.

    Returns
    -------
    ndarray of float64, shape (k, k)
    """
    free = np.flatnonzero(np.abs(loadings) < limit)
    bend = curvature(correlation, weights, loadings)[np.ix_(free, free)]
    v = np.zeros(len(loadings))
    v[free] = np.linalg.solve(bend, by_loadings[free])
    cross = np.outer(v, loadings)
    return np.asarray(_off_diagonal(weights) * (cross + cross.T))


def _descend(r: Floats, w: Floats, loadings: Floats, free: npt.NDArray[np.bool_]) -> Floats:
    """Return the minimum over the free loadings by Newton steps that never raise the misfit."""
    value = _misfit(r, w, loadings)
    own = np.flatnonzero(free)
    for _ in range(MOST_STEPS):
        slope = -(w * (r - np.outer(loadings, loadings))) @ loadings
        step = np.zeros(len(r))
        step[own] = _downhill(curvature(r, w, loadings)[np.ix_(own, own)], slope[own])
        loadings, value, moved = _line_search(r, w, loadings, value, step)
        if moved < CLOSE:
            return loadings
    return np.full(len(r), np.nan)


def _off_diagonal(matrix: Floats) -> Floats:
    return np.where(np.eye(len(matrix), dtype=bool), 0.0, matrix)


def _misfit(r: Floats, w: Floats, loadings: Floats) -> float:
    residual = r - np.outer(loadings, loadings)
    return float((w * np.square(residual)).sum()) / 4


def _principal_axis(r: Floats) -> Floats:
    """Return starting values: the first principal axis with the largest correlation as communality."""
    start = r + np.diag(np.abs(r).max(axis=1))
    values, vectors = np.linalg.eigh(start)
    return np.asarray(vectors[:, -1] * np.sqrt(max(float(values[-1]), 1e-3)))


def _downhill(bend: Floats, slope: Floats) -> Floats:
    """Return the Newton step, along directions of negative curvature turned downhill."""
    values, vectors = np.linalg.eigh(bend)
    safe = np.maximum(np.abs(values), 1e-8)
    return np.asarray(-(vectors / safe) @ (vectors.T @ slope))


def _line_search(
    r: Floats, w: Floats, loadings: Floats, value: float, step: Floats
) -> tuple[Floats, float, float]:
    """Halve the step until the misfit no longer rises; return where it led and how far it went."""
    for _ in range(40):
        new = loadings + step
        there = _misfit(r, w, new)
        if there <= value:
            return new, there, float(np.abs(step).max())
        step = step / 2
    return loadings, value, 0.0
