"""Rotations of factors to simple structure: varimax, oblimin, promax."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from psychometrics.kernels.factors.model import Floats

Rotation = Literal["oblimin", "promax"]

ROTATIONS: tuple[Rotation, ...] = ("oblimin", "promax")
RANDOM_STARTS = 8
FIRST_STEPS = 30


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rotated:
    """Pattern loadings (k, m), factor correlations (m, m), the criterion, and whether it settled."""

    loadings: Floats
    correlations: Floats
    criterion: float
    converged: bool


def rotate(A: Floats, rotation: Rotation = "oblimin", near: Floats | None = None) -> Rotated:
    """Return rotated factors, turned so that their loadings sum to 0 or more, in order of variance.

    ``near`` is the pattern of a sample like this one: oblimin then starts there and nowhere else.
    """
    found = oblimin(A, near) if rotation == "oblimin" else promax(A)
    signs = np.where(found.loadings.sum(axis=0) < 0, -1.0, 1.0)
    order = np.argsort(-np.square(found.loadings).sum(axis=0), kind="stable")
    L = (found.loadings * signs)[:, order]
    phi = (found.correlations * np.outer(signs, signs))[np.ix_(order, order)]
    return Rotated(loadings=L, correlations=phi, criterion=found.criterion, converged=found.converged)


def varimax(A: Floats, *, normalize: bool = True, max_iterations: int = 1000) -> Floats:
    """Return A T, T orthogonal, with the most variance of squared loadings; rows brought to length 1 first.

    References
    ----------
    Kaiser (1958), doi:10.1007/BF02289233. Checked against ``stats::varimax`` of R.
    """
    k, m = A.shape
    length = np.sqrt(np.square(A).sum(axis=1, keepdims=True)) if normalize else np.ones((k, 1))
    length = np.where(length > 0, length, 1.0)
    Z, T, before = A / length, np.eye(m), 0.0
    for _ in range(max_iterations):
        L = Z @ T
        u, s, vt = np.linalg.svd(Z.T @ (L**3 - L * np.square(L).mean(axis=0)))
        T = u @ vt
        now = float(s.sum())
        if now <= before * (1 + 1e-12):
            break
        before = now
    out: Floats = Z @ T * length
    return out


def promax(A: Floats, power: float = 4.0) -> Rotated:
    """Return varimax loadings rotated towards their own ``power``-th powers, signs kept.

    References
    ----------
    Hendrickson and White (1964), doi:10.1111/j.2044-8317.1964.tb00244.x. Checked against ``stats::promax`` of R.
    """
    X = varimax(A)
    U = np.linalg.lstsq(X, X * np.abs(X) ** (power - 1), rcond=None)[0]
    scale = np.sqrt(np.diagonal(np.linalg.pinv(U.T @ U)))
    U = U * scale
    inverse = np.linalg.pinv(U)
    return Rotated(loadings=X @ U, correlations=inverse @ inverse.T, criterion=np.nan, converged=True)


def oblimin(A: Floats, near: Floats | None = None) -> Rotated:
    """Return the quartimin rotation: least sum over pairs of factors of l_ir^2 l_is^2 (direct oblimin, gamma 0).

    Gradient projection, a little way from the unrotated and the varimax factors and eight random rotations, then to
    the end from where the criterion is lowest. Rows are not brought to length 1 first, as in GPArotation.

    References
    ----------
    Jennrich (2002), doi:10.1007/BF02294706; Bernaards and Jennrich (2005), doi:10.1177/0013164404272507. Checked against
    GPArotation 2022.10.2.
    """
    m = A.shape[1]
    if m == 1:
        return Rotated(loadings=A, correlations=np.eye(1), criterion=0.0, converged=True)
    if near is not None:
        return _project(A, _turn(A, near))[0]
    rng = np.random.default_rng(0)
    turns = [np.linalg.qr(rng.normal(size=(m, m)))[0] for _ in range(RANDOM_STARTS)]
    starts = (_turn(A, varimax(A)), np.eye(m), *turns)
    best = min((_project(A, T, FIRST_STEPS) for T in starts), key=lambda one: round(one[0].criterion, 8))
    return _project(A, best[1])[0]


def _turn(A: Floats, target: Floats) -> Floats:
    """Return T, columns of length 1, that brings A T'^-1 close to the target; orthogonal if that is not possible."""
    towards = np.linalg.lstsq(A, target, rcond=None)[0]
    if np.linalg.cond(towards) < 1e6:
        T = np.linalg.inv(towards).T
        length = np.sqrt(np.square(T).sum(axis=0))
        return np.asarray(T / length)
    u, _, vt = np.linalg.svd(towards)
    return np.asarray(u @ vt)


def _project(A: Floats, T: Floats, max_iterations: int = 2000) -> tuple[Rotated, Floats]:
    """Gradient projection over T with columns of length 1; loadings A T'^-1, correlations T'T; and the T reached."""
    step = 1.0
    L = A @ np.linalg.inv(T).T
    value, gradient = _quartimin(L)
    converged = False
    for _ in range(max_iterations):
        G = -(L.T @ gradient @ np.linalg.inv(T)).T
        Gp = G - T * (T * G).sum(axis=0)
        size = float(np.sqrt(np.square(Gp).sum()))
        if size < 1e-7:
            converged = True
            break
        step *= 2
        trial, at, found = T, L, value
        for _ in range(30):
            X = T - step * Gp
            trial = X / np.sqrt(np.square(X).sum(axis=0))
            if np.linalg.cond(trial) < 1e8:
                at = A @ np.linalg.inv(trial).T
                found, gradient = _quartimin(at)
                if value - found > 0.5 * size**2 * step:
                    break
            step /= 2
        else:
            converged = size < 1e-5
            break
        T, L, value = trial, at, found
    return Rotated(loadings=L, correlations=T.T @ T, criterion=value, converged=converged), T


def _quartimin(L: Floats) -> tuple[float, Floats]:
    squares = np.square(L)
    others = squares.sum(axis=1, keepdims=True) - squares
    return float((squares * others).sum()) / 4, L * others
