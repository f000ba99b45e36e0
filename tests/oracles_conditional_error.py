"""Slow twins of the conditional standard errors: loops over persons and items, straight from the formulas."""

from __future__ import annotations

import numpy as np


def parts(x: np.ndarray, part: np.ndarray) -> np.ndarray:
    return np.array([[sum(row[part == k]) for k in range(part.max() + 1)] for row in x])


def thorndike(x: np.ndarray, part: np.ndarray, persons: np.ndarray) -> float:
    """Variance of the difference of the halves."""
    difference = [row[0] - row[1] for row in parts(x[persons], part)]
    return float(np.var(difference, ddof=1))


def feldt(x: np.ndarray, part: np.ndarray, persons: np.ndarray) -> float:
    """K times the mean square of the person-by-part residual, by a two-way analysis of variance."""
    y = parts(x[persons], part)
    n, k = y.shape
    residual = 0.0
    for p in range(n):
        for j in range(k):
            residual += (y[p, j] - y[p].mean() - y[:, j].mean() + y.mean()) ** 2
    return k * residual / ((n - 1) * (k - 1))


def mollenkopf_feldt(x: np.ndarray, part: np.ndarray, at: np.ndarray, degree: int) -> np.ndarray:
    y = parts(x, part)
    n, k = y.shape
    square = [
        k / (k - 1) * sum((y[p, j] - y[p].mean() - y[:, j].mean() + y.mean()) ** 2 for j in range(k))
        for p in range(n)
    ]
    return np.polyval(np.polyfit(x.sum(axis=1), square, degree), at) * n / (n - 1)


def lord_generalised(x: np.ndarray, stratum: np.ndarray, persons: np.ndarray) -> float:
    """For each stratum k times the variance of a person's own items, summed; the mean over persons."""
    errors = [
        sum((stratum == h).sum() * np.var(row[stratum == h], ddof=1) for h in range(stratum.max() + 1))
        for row in x[persons]
    ]
    return float(np.mean(errors))
