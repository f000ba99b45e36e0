"""Orthogonal factor models, Sigma = LL' + diag(psi): what is minimised, its slope and its curvature.

All functions take stacks: S is (..., k, k), L is (..., k, m), psi is (..., k).
"""

from __future__ import annotations

from typing import Literal

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Estimation = Literal["ml", "minres"]

ESTIMATIONS: tuple[Estimation, ...] = ("ml", "minres")


def implied(L: Floats, psi: Floats) -> Floats:
    """Return Sigma = LL' + diag(psi)."""
    sigma: Floats = L @ _t(L) + _diag(psi)
    return sigma


def inverse(L: Floats, psi: Floats) -> Floats:
    """Return Sigma^-1 = P - PL (I + L'PL)^-1 L'P, P = diag(1/psi)."""
    Q = L / psi[..., None]
    out: Floats = _diag(1 / psi) - Q @ np.linalg.solve(_core(L, Q), _t(Q))
    return out


def discrepancy(S: Floats, L: Floats, psi: Floats, estimation: Estimation) -> Floats:
    """Return log|Sigma| + tr(S Sigma^-1) (ml) or sum (S - Sigma)^2 / 2 over all cells (minres).

    Maximum likelihood leaves out -log|S| - k, which no parameter changes.
    """
    if estimation == "minres":
        least: Floats = np.square(S - implied(L, psi)).sum(axis=(-2, -1)) / 2
        return least
    Q = L / psi[..., None]
    core = _core(L, Q)
    trace = (np.diagonal(S, axis1=-2, axis2=-1) / psi).sum(-1)
    trace = trace - np.einsum("...ir,...ir->...", S @ Q, Q @ np.linalg.inv(core))
    value: Floats = np.log(psi).sum(-1) + np.linalg.slogdet(core)[1] + trace
    return value


def slope(S: Floats, L: Floats, psi: Floats, estimation: Estimation) -> tuple[Floats, Floats]:
    """Return the derivatives of the discrepancy by L and by psi: 2WL and diag W, W = dF/dSigma."""
    W = _weights(S, L, psi, estimation)[2]
    return 2 * W @ L, np.diagonal(W, axis1=-2, axis2=-1).copy()


def curvature(
    S: Floats, L: Floats, psi: Floats, pattern: Bools, estimation: Estimation, *, expected: bool = False
) -> Floats:
    """Return the second derivatives by the free loadings (row by row), then psi; shape (..., q, q).

    H_ij = tr(A Sigma_i M Sigma_j) + tr(W Sigma_ij); ml: A = Sigma^-1, M = 2ASA - A, W = A - ASA;
    minres: A = M = I, W = Sigma - S. ``expected`` puts S = Sigma: the information, never negative.

    References
    ----------
    Magnus and Neudecker (1999), Matrix Differential Calculus. Checked against derivatives taken numerically.
    """
    A, M, W = _weights(implied(L, psi) if expected else S, L, psi, estimation)
    i, r = np.nonzero(pattern)
    AL, ML, LML, LAL = A @ L, M @ L, _t(L) @ M @ L, _t(L) @ A @ L
    loadings = (
        _t(_at(AL, i, r)) * _at(ML, i, r)
        + _at(A, i, i) * _at(LML, r, r)
        + _at(M, i, i) * _at(LAL, r, r)
        + _at(AL, i, r) * _t(_at(ML, i, r))
        + 2 * _at(W, i, i) * (r[:, None] == r)
    )
    cross = _t(AL)[..., r, :] * M[..., i, :] + A[..., i, :] * _t(ML)[..., r, :]
    top = np.concatenate([loadings, cross], axis=-1)
    out: Floats = np.concatenate([top, np.concatenate([_t(cross), A * M], axis=-1)], axis=-2)
    return (out + _t(out)) / 2


def _weights(S: Floats, L: Floats, psi: Floats, estimation: Estimation) -> tuple[Floats, Floats, Floats]:
    """Return A, M and W of :func:`curvature`."""
    if estimation == "minres":
        one = np.broadcast_to(np.eye(psi.shape[-1]), S.shape)
        return one, one, implied(L, psi) - S
    A = inverse(L, psi)
    B = A @ S @ A
    return A, 2 * B - A, A - B


def _at(a: Floats, rows: npt.NDArray[np.intp], columns: npt.NDArray[np.intp]) -> Floats:
    """Return a at every row with every column."""
    found: Floats = a[..., rows[:, None], columns]
    return found


def _core(L: Floats, Q: Floats) -> Floats:
    core: Floats = np.eye(L.shape[-1]) + _t(L) @ Q
    return core


def _t(a: Floats) -> Floats:
    return np.swapaxes(a, -1, -2)


def _diag(a: Floats) -> Floats:
    out: Floats = a[..., None] * np.eye(a.shape[-1])
    return out
