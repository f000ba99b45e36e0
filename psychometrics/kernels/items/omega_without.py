"""What omega of the one-factor model would be without each item."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from psychometrics.kernels.consistency.omega import omega_total, one_factor
from psychometrics.kernels.factors.confirmatory import FLOOR, fit

Floats = npt.NDArray[np.float64]

ROUNDS = 500
SETTLED = 1e-10


def omegas_without(covariance: Floats) -> Floats:
    """Return omega of the other items, for each item left out; the model is fitted anew each time; shape (k,).

    All fits go on together from the fit of all items, by Lawley's equations of maximum likelihood,
    lambda = S Psi^-1 lambda / (1 + lambda' Psi^-1 lambda), Psi = diag(S - lambda lambda'). A fit that does not settle
    is made alone by descent. Nan where fewer than 3 other items vary.

    References
    ----------
    Lawley (1940), doi:10.1017/S037016460002006X. Checked against ``coefficient_omega`` of the other items.
    """
    k = len(covariance)
    own = np.diagonal(covariance)
    if k < 4 or not np.isfinite(covariance).all() or np.any(own <= 0):
        return np.full(k, np.nan)
    sd = np.sqrt(own)
    R = covariance / np.outer(sd, sd)
    start, _ = _settle(R[None], np.ones((1, k)) * 0.5)
    others = np.array([np.delete(np.arange(k), i) for i in range(k)])
    S = R[others[:, :, None], others[:, None, :]]
    loadings, settled = _settle(S, start[0][others])
    psi = 1 - np.square(loadings)
    for one in np.flatnonzero(~settled):
        alone = fit(S[one], one_factor(k - 1), "ml")
        loadings[one], psi[one] = alone.loadings[:, 0], alone.uniquenesses
    scale = sd[others]
    total = covariance[others[:, :, None], others[:, None, :]].sum(axis=(1, 2))
    return omega_total((loadings * scale)[..., None], psi * scale**2, total)


def _settle(S: Floats, loadings: Floats) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """Return loadings of a stack (b, k, k) of correlation matrices, and which of them settled away from every bound."""
    bound = np.sqrt(1 - FLOOR)
    moved = np.full(len(S), np.inf)
    for _ in range(ROUNDS):
        weighted = loadings / np.maximum(1 - np.square(loadings), FLOOR)
        size = 1 + (weighted * loadings).sum(axis=1, keepdims=True)
        new = np.clip((S @ weighted[..., None])[..., 0] / size, -bound, bound)
        moved = np.abs(new - loadings).max(axis=1)
        loadings = new
        if moved.max() < SETTLED:
            break
    inside = np.abs(loadings).max(axis=1) < bound
    return loadings, (moved < SETTLED) & inside
