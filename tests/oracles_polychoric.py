"""Slow and obvious twins of polychoric, polyserial and Green-Yang figures."""

from __future__ import annotations

import numpy as np
from scipy.integrate import quad
from scipy.optimize import minimize_scalar
from scipy.stats import multivariate_normal, norm


def bivariate(h: float, k: float, rho: float) -> float:
    """P(X <= h, Y <= k): Phi(min(h, k)) less Plackett's integral of phi2 over the correlation from rho to 1."""
    if rho < 0:
        return norm.cdf(h) - bivariate(h, -k, -rho)

    def inner(angle: float) -> float:  # the correlation is cos(angle)
        return np.exp(-((h - k) ** 2) / (2 * np.sin(angle) ** 2) - h * k / (1 + np.cos(angle)))

    widest = 2 * np.arcsin(np.sqrt((1 - rho) / 2))
    steep = [abs(h - k) * part for part in (0.1, 0.3, 1, 10)]  # where the first term rises from 0
    edges = [0, *(angle for angle in steep if 0 < angle < widest), widest]
    pieces = [
        quad(inner, *piece, epsabs=1e-16, epsrel=1e-13, limit=200)[0]
        for piece in zip(edges, edges[1:], strict=False)
    ]
    return norm.cdf(min(h, k)) - sum(pieces) / (2 * np.pi)


def cut_points(counts: np.ndarray) -> np.ndarray:
    return np.concatenate([[-np.inf], norm.ppf(np.cumsum(counts)[:-1] / counts.sum()), [np.inf]])


def log_likelihood(table: np.ndarray, rho: float, rows: np.ndarray, columns: np.ndarray) -> float:
    """sum n_ab log pi_ab, cells from SciPy's bivariate normal distribution at their corners."""
    cov = [[1, rho], [rho, 1]]

    def below(h: float, k: float) -> float:
        if -np.inf in (h, k):
            return 0.0
        if np.inf in (h, k):
            return float(norm.cdf(min(h, k)))
        return float(multivariate_normal.cdf([h, k], cov=cov))

    corner = np.array([[below(h, k) for k in columns] for h in rows])
    total = 0.0
    for a in range(table.shape[0]):
        for b in range(table.shape[1]):
            if table[a, b]:
                mass = corner[a + 1, b + 1] - corner[a, b + 1] - corner[a + 1, b] + corner[a, b]
                total += table[a, b] * np.log(max(mass, 1e-300))
    return total


def polychoric(table: np.ndarray, rows: np.ndarray | None = None, columns: np.ndarray | None = None) -> float:
    """Two-step estimate by a bounded search."""
    rows = cut_points(table.sum(axis=1)) if rows is None else rows
    columns = cut_points(table.sum(axis=0)) if columns is None else columns
    found = minimize_scalar(
        lambda rho: -log_likelihood(table, rho, rows, columns),
        bounds=(-0.9999, 0.9999),
        method="bounded",
        options={"xatol": 1e-10},
    )
    return float(found.x)


def polyserial(option: np.ndarray, y: np.ndarray) -> float:
    """Two-step estimate by a bounded search, person by person; no value missing."""
    tau = cut_points(np.bincount(option))
    z = (y - y.mean()) / y.std()

    def misfit(rho: float) -> float:
        s = np.sqrt(1 - rho * rho)
        mass = norm.cdf((tau[option + 1] - rho * z) / s) - norm.cdf((tau[option] - rho * z) / s)
        return -np.log(np.maximum(mass, 1e-300)).sum()

    found = minimize_scalar(misfit, bounds=(-0.9999, 0.9999), method="bounded", options={"xatol": 1e-10})
    return float(found.x)


def green_yang(
    counts: np.ndarray, points: np.ndarray, correlation: np.ndarray, loadings: np.ndarray
) -> tuple[float, float]:
    """True and total variance of the sum from all joint probabilities of two items' options."""
    k = len(loadings)
    tau = [cut_points(row) for row in counts]
    true = total = 0.0
    for i in range(k):
        for j in range(k):
            true += covariance(tau[i], tau[j], points[i], points[j], loadings[i] * loadings[j])
            if i == j:
                p = counts[i] / counts[i].sum()
                total += (p * points[i] ** 2).sum() - (p * points[i]).sum() ** 2
            else:
                total += covariance(tau[i], tau[j], points[i], points[j], correlation[i, j])
    return true, total


def covariance(rows: np.ndarray, columns: np.ndarray, a: np.ndarray, b: np.ndarray, rho: float) -> float:
    def below(h: float, k: float) -> float:
        if -np.inf in (h, k):
            return 0.0
        if np.inf in (h, k):
            return float(norm.cdf(min(h, k)))
        return bivariate(h, k, rho)

    corner = np.array([[below(h, k) for k in columns] for h in rows])
    mass = np.diff(np.diff(corner, axis=0), axis=1)
    return float((mass * np.outer(a, b)).sum() - (mass.sum(1) * a).sum() * (mass.sum(0) * b).sum())
