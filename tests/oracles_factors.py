"""Slow and obvious twins of the factor kernels, straight from the formulas."""

from __future__ import annotations

import numpy as np
from scipy.optimize import minimize


def discrepancy(S: np.ndarray, L: np.ndarray, psi: np.ndarray, estimation: str) -> float:
    """Written with dense inverses and determinants."""
    sigma = L @ L.T + np.diag(psi)
    if estimation == "minres":
        return float(((S - sigma) ** 2).sum() / 2)
    return float(np.log(np.linalg.det(sigma)) + np.trace(S @ np.linalg.inv(sigma)))


def one_factor_omega(covariance: np.ndarray) -> float:
    """Maximum likelihood by a search that knows no derivatives' formulas; log uniquenesses keep them positive."""
    k = len(covariance)
    sd = np.sqrt(np.diag(covariance))
    R = covariance / np.outer(sd, sd)

    def value(theta: np.ndarray) -> float:
        return discrepancy(R, theta[:k, None], np.exp(theta[k:]), "ml")

    start = np.concatenate([np.full(k, 0.6), np.log(np.full(k, 0.6))])
    found = minimize(value, start, method="BFGS", options={"gtol": 1e-8, "maxiter": 5000}).x
    loadings, psi = found[:k] * sd, np.exp(found[k:]) * sd**2
    return float(loadings.sum() ** 2 / (loadings.sum() ** 2 + psi.sum()))


def quartimin(L: np.ndarray) -> float:
    """Sum over items and pairs of factors of l_ir^2 l_is^2, / 4 over ordered pairs."""
    k, m = L.shape
    return (
        sum(L[i, r] ** 2 * L[i, s] ** 2 for i in range(k) for r in range(m) for s in range(m) if r != s) / 4
    )


def bifactor(general: np.ndarray, groups: np.ndarray, psi: np.ndarray) -> dict[str, float]:
    """Indices of standardised items by loops; each item belongs to the group it loads on."""
    k, m = groups.shape
    variance = general.sum() ** 2 + sum(groups[:, r].sum() ** 2 for r in range(m)) + psi.sum()
    pairs = [(i, j) for i in range(k) for j in range(i)]
    apart = [not any(groups[i, r] != 0 and groups[j, r] != 0 for r in range(m)) for i, j in pairs]
    return {
        "omega_total": (variance - psi.sum()) / variance,
        "omega_hierarchical": general.sum() ** 2 / variance,
        "ecv": (general**2).sum() / ((general**2).sum() + (groups**2).sum()),
        "puc": sum(apart) / len(pairs),
        "h": 1 / (1 + 1 / sum(g**2 / (1 - g**2) for g in general)),
    }


def leave_one_out(x: np.ndarray, statistic) -> np.ndarray:
    return np.array([statistic(np.delete(x, person, axis=0)) for person in range(len(x))])
