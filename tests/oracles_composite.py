"""Slow twin of the composite of items and ratings: loops over persons, raters and pairs of persons."""

from __future__ import annotations

import numpy as np

Sheets = list[dict[int, dict[int, float]]]
"""For each person: rater -> {criterion -> points}."""


def raters_of(person: dict[int, dict[int, float]], criterion: int) -> set[int]:
    return {rater for rater, sheet in person.items() if criterion in sheet}


def mean_of(person: dict[int, dict[int, float]], criterion: int) -> float:
    values = [sheet[criterion] for sheet in person.values() if criterion in sheet]
    return float(np.mean(values)) if values else float("nan")


def shared(p: dict, q: dict, c: int, d: int) -> tuple[int, int, int]:
    a, b = raters_of(p, c), raters_of(q, d)
    return len(a & b), len(a), len(b)


def expected(p: dict, q: dict, c: int, d: int) -> float:
    """What the sum of products of deviations of common raters is for a covariance of 1."""
    m, n_c, n_d = shared(p, q, c, d)
    return m - m / n_c - m / n_d + m * m / (n_c * n_d) if n_c and n_d else 0.0


def products(p: dict, q: dict, c: int, d: int) -> float:
    return sum(
        (p[r][c] - mean_of(p, c)) * (q[r][d] - mean_of(q, d)) for r in raters_of(p, c) & raters_of(q, d)
    )


def share(p: dict, q: dict, c: int, d: int) -> float:
    m, n_c, n_d = shared(p, q, c, d)
    return m / (n_c * n_d) if n_c and n_d else 0.0


def rater_error(sheets: Sheets, c: int, d: int) -> float:
    """Error covariance of the means of criteria c and d between persons."""
    n = len(sheets)
    pairs = [(i, j) for i in range(n) for j in range(n) if i != j]
    within = sum(products(p, p, c, d) for p in sheets) / sum(expected(p, p, c, d) for p in sheets)
    weight = sum(expected(sheets[i], sheets[j], c, d) for i, j in pairs)
    across = sum(products(sheets[i], sheets[j], c, d) for i, j in pairs)
    severity = across / weight if weight > 1e-9 else 0.0
    both = [p for p in sheets if raters_of(p, c) and raters_of(p, d)]
    own = sum(share(p, p, c, d) for p in both) / len(both)
    other = sum(share(p, q, c, d) for p in both for q in both if p is not q) / (len(both) * (len(both) - 1))
    return within * own - severity * other


def stratum_error(covariance: np.ndarray, length: np.ndarray) -> float:
    k = len(covariance)
    units = [covariance[i, j] / (length[i] * length[j]) for i in range(k) for j in range(k) if i != j]
    return float(np.trace(covariance) - np.mean(units) * (length**2).sum())


def stratified_alpha(x: np.ndarray, stratum: np.ndarray) -> float:
    """1 - sum over strata of variance (1 - alpha) / variance of the whole (Rajaratnam, Cronbach and Gleser, 1965)."""
    error = 0.0
    for h in np.unique(stratum):
        y = x[:, stratum == h]
        k = y.shape[1]
        alpha = k / (k - 1) * (1 - np.var(y, axis=0, ddof=1).sum() / np.var(y.sum(axis=1), ddof=1))
        error += np.var(y.sum(axis=1), ddof=1) * (1 - alpha)
    return 1 - error / float(np.var(x.sum(axis=1), ddof=1))
