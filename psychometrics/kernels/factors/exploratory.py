"""Exploratory factors of a correlation matrix: least residuals, or maximum likelihood."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from psychometrics.kernels.factors.confirmatory import FLOOR
from psychometrics.kernels.factors.model import Estimation, Floats
from psychometrics.kernels.factors.search import STEEP, search


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ExploratoryFit:
    """Unrotated factors.

    Attributes
    ----------
    loadings : ndarray of float64, shape (k, m)
        Orthogonal, in order of variance; each factor is turned so that its loadings sum to 0 or more.
    uniquenesses : ndarray of float64, shape (k,)
        1 - communality; below 0 only where the loadings of an ultra-Heywood case say so.
    discrepancy : float
        minres: sum of squared residual correlations off the diagonal; ml: log|Sigma| + tr(R Sigma^-1) - log|R| - k.
    converged : bool
    """

    loadings: Floats
    uniquenesses: Floats
    discrepancy: float
    converged: bool


def extract(R: Floats, n_factors: int, estimation: Estimation = "minres") -> ExploratoryFit:
    """Return the factors that leave the least residuals (minres), or are most likely (ml).

    The loadings follow from the uniquenesses by an eigendecomposition; L-BFGS-B looks for the uniquenesses, each at
    least 0.005: minres f = sum of the squared eigenvalues of R - Psi that are left over, / 2; ml f = sum (theta -
    log theta - 1) over the eigenvalues theta of Psi^-1/2 R Psi^-1/2 left over.

    References
    ----------
    Harman and Jones (1966), doi:10.1007/BF02289468; Jöreskog (1967), doi:10.1007/BF02289658. Checked against psych 2.2.9
    and ``factanal``: the objective is as low or lower.
    """
    slope = _minres if estimation == "minres" else _likelihood

    def both(psi: Floats) -> tuple[float, Floats]:
        return slope(psi, R, n_factors)

    start = np.clip(1 - _squared_multiple_correlations(R), 0.05, 0.95)
    psi, steep = search(both, start, [(FLOOR, 1.0)] * len(R))
    loadings = _loadings(psi, R, n_factors, estimation)
    loadings = loadings * np.where(loadings.sum(axis=0) < 0, -1.0, 1.0)
    value = both(psi)[0]
    if estimation == "minres":
        residual = R - loadings @ loadings.T
        value = float(np.square(residual[np.tril_indices(len(R), -1)]).sum())
    return ExploratoryFit(
        loadings=loadings,
        uniquenesses=1 - np.square(loadings).sum(axis=1),
        discrepancy=value,
        converged=steep < 10 * STEEP,
    )


def _minres(psi: Floats, R: Floats, m: int) -> tuple[float, Floats]:
    values, vectors = np.linalg.eigh(R - np.diag(psi))
    kept = np.maximum(values[-m:], 0.0)
    left = np.concatenate([values[:-m], values[-m:] - kept])
    gradient = (np.square(vectors[:, -m:]) @ kept) + psi - 1
    return float(left @ left) / 2, gradient


def _likelihood(psi: Floats, R: Floats, m: int) -> tuple[float, Floats]:
    root = 1 / np.sqrt(psi)
    values, vectors = np.linalg.eigh(R * np.outer(root, root))
    theta = np.maximum(values, 1e-12)
    left = theta[:-m]
    extra = np.maximum(theta[-m:] - 1, 0.0)
    value = float((left - np.log(left) - 1).sum())
    small = np.minimum(theta[-m:], 1.0)
    value += float((small - np.log(small) - 1).sum())
    gradient = (psi * (np.square(vectors[:, -m:]) @ extra) + psi - 1) / psi**2
    return value, gradient


def _loadings(psi: Floats, R: Floats, m: int, estimation: Estimation) -> Floats:
    root = np.ones_like(psi) if estimation == "minres" else 1 / np.sqrt(psi)
    S = R - np.diag(psi) if estimation == "minres" else R * np.outer(root, root) - np.eye(len(R))
    values, vectors = np.linalg.eigh(S)
    kept = np.sqrt(np.maximum(values[::-1][:m], 0.0))
    loadings: Floats = vectors[:, ::-1][:, :m] * kept / root[:, None]
    return loadings


def _squared_multiple_correlations(R: Floats) -> Floats:
    """Return 1 - 1/diag(R^-1), of a matrix made definite by the least share of the unit matrix."""
    least = float(np.linalg.eigvalsh(R)[0])
    share = 0.0 if least > 1e-6 else 1e-3 - min(least, 0.0)
    inverse = np.linalg.inv((R + share * np.eye(len(R))) / (1 + share))
    smc: Floats = 1 - 1 / np.diagonal(inverse)
    return smc
