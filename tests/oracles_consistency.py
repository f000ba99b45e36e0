"""Slow and obvious twins of the consistency kernels, straight from the formulas."""

from __future__ import annotations

from itertools import combinations

import numpy as np


def splits(k: int) -> list[np.ndarray]:
    """Every split in halves once, +1 and -1; of an odd number of items the second half has one more."""
    found = []
    for half in combinations(range(k), k // 2):
        if k % 2 == 0 and k - 1 in half:
            continue
        t = -np.ones(k)
        t[list(half)] = 1
        found.append(t)
    return found


def rulon(x: np.ndarray, t: np.ndarray) -> float:
    """1 - variance of the difference of the halves / variance of the total."""
    first, second = x[:, t > 0].sum(axis=1), x[:, t < 0].sum(axis=1)
    return 1 - np.var(first - second, ddof=1) / np.var(first + second, ddof=1)


def lambdas(x: np.ndarray) -> dict[str, float]:
    """Guttman (1945), written out with loops and regressions."""
    n, k = x.shape
    c = np.cov(x, rowvar=False)
    total = np.var(x.sum(axis=1), ddof=1)
    first = 1 - sum(np.var(x[:, i], ddof=1) for i in range(k)) / total
    squares = sum(c[i, j] ** 2 for i in range(k) for j in range(k) if i != j)
    largest = max(sum(c[i, j] ** 2 for j in range(k) if j != i) for i in range(k))
    errors = 0.0
    for i in range(k):
        others = np.column_stack([np.ones(n), np.delete(x, i, axis=1)])
        residual = x[:, i] - others @ np.linalg.lstsq(others, x[:, i], rcond=None)[0]
        errors += residual @ residual / (n - 1)
    return {
        "lambda1": first,
        "lambda2": first + np.sqrt(k / (k - 1) * squares) / total,
        "lambda3": k / (k - 1) * first,
        "lambda4": max(rulon(x, t) for t in splits(k)),
        "lambda5": first + 2 * np.sqrt(largest) / total,
        "lambda5_plus": first + k / (k - 1) * 2 * np.sqrt(largest) / total,
        "lambda6": 1 - errors / total,
    }


def numerical_gradient(statistic, c: np.ndarray, step: float = 1e-6) -> np.ndarray:
    """d statistic / dC by central differences, symmetric: d = sum_ij W_ij dC_ij."""
    k = len(c)
    out = np.zeros((k, k))
    for i in range(k):
        for j in range(i, k):
            change = np.zeros((k, k))
            change[i, j] = change[j, i] = step
            slope = (statistic(c + change) - statistic(c - change)) / (2 * step)
            out[i, j] = out[j, i] = slope if i == j else slope / 2
    return out


def em(x: np.ndarray, rounds: int) -> tuple[np.ndarray, np.ndarray]:
    """EM for normal items, one person at a time."""
    n, k = x.shape
    mu, sigma = np.nanmean(x, axis=0), np.diag(np.nanvar(x, axis=0))
    for _ in range(rounds):
        total, products = np.zeros(k), np.zeros((k, k))
        for row in x:
            o, m = ~np.isnan(row), np.isnan(row)
            filled, left = row.copy(), np.zeros((k, k))
            if m.any():
                regression = sigma[np.ix_(m, o)] @ np.linalg.inv(sigma[np.ix_(o, o)])
                filled[m] = mu[m] + regression @ (row[o] - mu[o])
                left[np.ix_(m, m)] = sigma[np.ix_(m, m)] - regression @ sigma[np.ix_(o, m)]
            total += filled
            products += np.outer(filled, filled) + left
        mu = total / n
        sigma = products / n - np.outer(mu, mu)
    return mu, sigma


def duhachek(c: np.ndarray, n: int) -> float:
    """Standard error of alpha for normal items, Duhachek and Iacobucci (2004), with vectors of ones."""
    k = len(c)
    one = np.ones((k, 1))
    total = (one.T @ c @ one).item()
    trace = np.trace(c)
    q = (
        2
        * k**2
        / ((k - 1) ** 2 * total**3)
        * (total * (np.trace(c @ c) + trace**2) - 2 * trace * (one.T @ c @ c @ one).item())
    )
    return float(np.sqrt(q / n))


def stratified_alpha(x: np.ndarray, strata: list[list[int]], weights: list[float]) -> float:
    """1 - sum of the error variances of the strata / variance of the weighted total."""
    total, error = np.zeros(len(x)), 0.0
    for items, weight in zip(strata, weights, strict=True):
        part = x[:, items]
        k = len(items)
        alpha = k / (k - 1) * (1 - np.var(part, axis=0, ddof=1).sum() / np.var(part.sum(axis=1), ddof=1))
        total += weight * part.sum(axis=1)
        error += weight**2 * np.var(part.sum(axis=1), ddof=1) * (1 - alpha)
    return 1 - error / np.var(total, ddof=1)
