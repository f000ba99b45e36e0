"""A correlation matrix that is not positive definite, and two ways to mend it."""

from __future__ import annotations

from typing import Literal

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Smoothing = Literal["eigenvalue", "nearest"]

SMOOTHINGS: tuple[Smoothing, ...] = ("eigenvalue", "nearest")
SMALLEST_SHARE = 1e-8  # smallest eigenvalue left, as a share of the largest
CLOSE = 1e-12
MOST_ROUNDS = 2_000


def smallest_eigenvalue(correlation: Floats) -> float:
    """Return the smallest eigenvalue; nan when an entry is missing."""
    if not len(correlation) or not np.all(np.isfinite(correlation)):
        return float("nan")
    return float(np.linalg.eigvalsh(correlation)[0])


def smooth(correlation: Floats, smoothing: Smoothing) -> Floats:
    """Return a positive definite correlation matrix near the one given.

    Parameters
    ----------
    correlation : ndarray of float64, shape (k, k)
        Symmetric, ones on the diagonal, nothing missing.
    smoothing : {"eigenvalue", "nearest"}
        ``eigenvalue`` raises eigenvalues that are too small and rescales the diagonal to 1: quick, moves more.
        ``nearest`` finds the matrix with the least sum of squared changes (alternating projections).

    References
    ----------
    Higham (2002), doi:10.1093/imanum/22.3.329, algorithm 3.3 (nearest). Checked against psych 2.2.9 ``cor.smooth``
    and Matrix ``nearPD(corr = TRUE)``.
    """
    return _raised(correlation) if smoothing == "eigenvalue" else _raised(_nearest(correlation))


def _raised(correlation: Floats) -> Floats:
    values, vectors = np.linalg.eigh(correlation)
    least = SMALLEST_SHARE * values[-1]
    if values[0] >= least:
        return correlation.copy()
    raised = (vectors * np.maximum(values, least)) @ vectors.T
    scale = 1 / np.sqrt(np.diagonal(raised))
    out: Floats = raised * np.outer(scale, scale)
    np.fill_diagonal(out, 1.0)
    return (out + out.T) / 2


def _nearest(correlation: Floats) -> Floats:
    """Alternate between positive semidefinite matrices (with Dykstra's correction) and unit diagonals."""
    y, correction = correlation.copy(), np.zeros_like(correlation)
    for _ in range(MOST_ROUNDS):
        start = y - correction
        values, vectors = np.linalg.eigh(start)
        x = (vectors * np.maximum(values, 0.0)) @ vectors.T
        correction = x - start
        before, y = y, x.copy()
        np.fill_diagonal(y, 1.0)
        if np.abs(y - before).max() < CLOSE:
            break
    return y
