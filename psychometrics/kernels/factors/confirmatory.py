"""Fit an orthogonal factor model whose zero loadings are known: one factor, or a general factor and groups."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from psychometrics.kernels.factors.model import Bools, Estimation, Floats, curvature, discrepancy, slope
from psychometrics.kernels.factors.search import STEEP, Bound, search, steepness

FLOOR = 0.005
"""No uniqueness goes below this share of its item's variance, as in ``factanal`` of R and in psych."""
CLOSE = 1e-9
NEWTON_STEPS = 60


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FactorFit:
    """A fitted factor model of a correlation matrix.

    Attributes
    ----------
    loadings : ndarray of float64, shape (k, m)
        Standardised; each factor is turned so that its loadings sum to 0 or more.
    uniquenesses : ndarray of float64, shape (k,)
        As shares of the item's variance, at least 0.005.
    pattern : ndarray of bool, shape (k, m)
        Which loadings were free.
    discrepancy : float
        See :func:`psychometrics.kernels.factors.model.discrepancy`.
    estimation : {"ml", "minres"}
    converged : bool
    """

    loadings: Floats
    uniquenesses: Floats
    pattern: Bools
    discrepancy: float
    estimation: Estimation
    converged: bool

    @property
    def heywood(self) -> npt.NDArray[np.intp]:
        """Items whose uniqueness stands at its floor (Heywood cases)."""
        return np.flatnonzero(self.uniquenesses <= FLOOR * (1 + 1e-6))


def fit(R: Floats, pattern: Bools, estimation: Estimation = "ml") -> FactorFit:
    """Return the model that reproduces a (k, k) correlation matrix best; the best of several starts.

    L-BFGS-B over loadings and uniquenesses, finished by Newton steps. Maximum likelihood gives the same loadings,
    in units of each item, whatever the units; with ``minres`` the correlations are fitted.

    Raises
    ------
    numpy.linalg.LinAlgError
        Never for a finite symmetric matrix with ones on its diagonal.

    References
    ----------
    Jöreskog (1969), doi:10.1007/BF02289343. Checked against lavaan 0.6.14.
    """
    found = [_descend(R, L, pattern, estimation) for L in _starts(R, pattern)]
    best = min(found, key=lambda one: one.discrepancy)
    return _turned(best)


def refit(S: Floats, start: FactorFit) -> tuple[Floats, Floats, Bools]:
    """Return loadings, uniquenesses and convergence for a stack of matrices (b, k, k) close to the fitted one.

    Newton steps for all at once, from the same start; those that do not settle are fitted one by one.
    """
    pattern, estimation = start.pattern, start.estimation
    L = np.broadcast_to(start.loadings, (len(S), *pattern.shape)).copy()
    psi = np.broadcast_to(start.uniquenesses, (len(S), len(pattern))).copy()
    settled = np.zeros(len(S), np.bool_)
    for _ in range(12):
        open_ = np.flatnonzero(~settled)
        if not len(open_):
            break
        with np.errstate(all="ignore"):
            step = _newton_steps(S[open_], L[open_], psi[open_], pattern, estimation)
        step[~np.isfinite(step).all(axis=1)] = 0.5
        L[open_], psi[open_] = _moved(L[open_], psi[open_], pattern, np.clip(step, -0.5, 0.5))
        settled[open_] = np.abs(step).max(axis=1) < 1e-7
    with np.errstate(all="ignore"):
        better = (
            discrepancy(S, L, psi, estimation)
            <= discrepancy(S, start.loadings[None], start.uniquenesses[None], estimation) + 1e-9
        )
    for one in np.flatnonzero(~(settled & better)):
        alone = _descend(S[one], start.loadings, pattern, estimation)
        L[one], psi[one], settled[one] = alone.loadings, alone.uniquenesses, alone.converged
    return L, psi, settled


def pack(L: Floats, psi: Floats, pattern: Bools) -> Floats:
    """Return the free loadings (row by row) and the uniquenesses as one vector, (..., q)."""
    return np.concatenate([L[..., pattern], psi], axis=-1)


def _moved(L: Floats, psi: Floats, pattern: Bools, step: Floats) -> tuple[Floats, Floats]:
    free = int(pattern.sum())
    L = L.copy()
    L[..., pattern] += step[..., :free]
    return L, np.maximum(psi + step[..., free:], FLOOR)


def _newton_steps(S: Floats, L: Floats, psi: Floats, pattern: Bools, estimation: Estimation) -> Floats:
    """Return -H^-1 g for each of a stack; a uniqueness pressed against its floor stays there."""
    g = pack(*slope(S, L, psi, estimation), pattern)
    H = curvature(S, L, psi, pattern, estimation)
    bound = np.zeros(g.shape, np.bool_)
    bound[..., -psi.shape[-1] :] = (psi <= FLOOR) & (g[..., -psi.shape[-1] :] > 0)
    g = np.where(bound, 0.0, g)
    H = np.where(bound[..., None] | bound[..., None, :], 0.0, H) + bound[..., None] * np.eye(g.shape[-1])
    step: Floats
    try:
        step = np.asarray(-np.linalg.solve(H, g[..., None])[..., 0], np.float64)
    except np.linalg.LinAlgError:
        step = np.full(g.shape, np.nan)
    return step


def _descend(R: Floats, L: Floats, pattern: Bools, estimation: Estimation) -> FactorFit:
    k, free = len(R), int(pattern.sum())
    psi = np.clip(1 - np.square(L).sum(axis=1), 0.05, 1.0)

    def unpack(theta: Floats) -> tuple[Floats, Floats]:
        full = np.zeros(pattern.shape)
        full[pattern] = theta[:free]
        return full, theta[free:]

    def both(theta: Floats) -> tuple[float, Floats]:
        at = unpack(theta)
        return float(discrepancy(R, *at, estimation)), pack(*slope(R, *at, estimation), pattern)

    bounds: list[Bound] = [(None, None)] * free + [(FLOOR, None)] * k
    theta, _ = search(both, pack(L, psi, pattern), bounds)
    L, psi = _polish(R, *unpack(theta), pattern, estimation)
    theta = pack(L, psi, pattern)
    return FactorFit(
        loadings=L,
        uniquenesses=psi,
        pattern=pattern,
        discrepancy=float(discrepancy(R, L, psi, estimation)),
        estimation=estimation,
        converged=steepness(theta, both(theta)[1], bounds) < STEEP,
    )


def _polish(
    R: Floats, L: Floats, psi: Floats, pattern: Bools, estimation: Estimation
) -> tuple[Floats, Floats]:
    """Newton steps that never make the discrepancy worse."""
    value = float(discrepancy(R, L, psi, estimation))
    for _ in range(NEWTON_STEPS):
        step = _newton_steps(R, L, psi, pattern, estimation)
        if not np.isfinite(step).all() or np.abs(step).max() > 1:
            break
        trial = _moved(L, psi, pattern, step)
        found = float(discrepancy(R, *trial, estimation))
        if found > value + 1e-12 * max(abs(value), 1.0):
            break
        L, psi = trial
        value = found
        if float(np.abs(step).max()) < CLOSE:
            break
    return L, psi


def _starts(R: Floats, pattern: Bools) -> list[Floats]:
    """Return loadings to start from: the first axis for a general factor, then what is left for each group."""
    starts = []
    shares = (0.9,) if pattern.shape[1] == 1 else (0.9, 0.6)
    for share in shares:
        left = R.copy()
        L = np.zeros(pattern.shape)
        for factor in np.argsort(-pattern.sum(axis=0), kind="stable"):
            rows = np.flatnonzero(pattern[:, factor])
            weight = share if len(rows) == len(R) else 0.7
            L[rows, factor] = weight * _first_axis(left[np.ix_(rows, rows)])
            left -= np.outer(L[:, factor], L[:, factor])
        starts.append(L)
    return starts


def _first_axis(R: Floats) -> Floats:
    """Return the loadings of the first principal axis, at most 0.95 in size."""
    values, vectors = np.linalg.eigh(R)
    axis: Floats = np.clip(vectors[:, -1] * np.sqrt(max(float(values[-1]), 1e-3)), -0.95, 0.95)
    return axis


def _turned(found: FactorFit) -> FactorFit:
    signs = np.where(found.loadings.sum(axis=0) < 0, -1.0, 1.0)
    return FactorFit(
        loadings=found.loadings * signs,
        uniquenesses=found.uniquenesses,
        pattern=found.pattern,
        discrepancy=found.discrepancy,
        estimation=found.estimation,
        converged=found.converged,
    )
