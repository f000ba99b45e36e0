"""Slow twins of the item statistics, straight from their definitions; persons one by one."""

from __future__ import annotations

import math

import numpy as np


def overlap_corrected(x: np.ndarray) -> list[float]:
    """Correlation of item and total with the item's communality (its R squared on the others) in place of its variance."""
    r = np.corrcoef(x.T)
    k = len(r)
    common = r.copy()
    for i in range(k):
        others = [j for j in range(k) if j != i]
        weights = np.linalg.solve(r[np.ix_(others, others)], r[others, i])
        common[i, i] = r[i, others] @ weights
    total = math.sqrt(sum(common[i, j] for i in range(k) for j in range(k)))
    return [sum(common[i]) / total for i in range(k)]


def discrimination(x: np.ndarray, share: float, span: float) -> list[float]:
    """Mean of the upper minus mean of the lower share by total, averaged over all orders of tied persons."""
    totals = x.sum(axis=1)
    size = share * len(x)
    out = []
    for item in x.T:
        means = []
        for sign in (1, -1):
            left, got = size, 0.0
            for value in sorted(set(sign * totals), reverse=True):
                tied = [p for p in range(len(x)) if sign * totals[p] == value]
                take = min(left, len(tied))
                got += take * np.mean([item[p] for p in tied])
                left -= take
            means.append(got / size)
        out.append((means[0] - means[1]) / span)
    return out


def option_rest(x: np.ndarray, item: int, value: float) -> tuple[float, float]:
    """Mean rest score of those who chose an option, and the correlation of choosing it with the rest score."""
    rest = np.delete(x, item, axis=1).sum(axis=1)
    chosen = x[:, item] == value
    return float(rest[chosen].mean()), float(np.corrcoef(chosen, rest)[0, 1])


def fisher_exact(a: int, b: int, c: int, d: int) -> float:
    """Sum of the hypergeometric probabilities of a or more."""
    total = math.comb(a + b + c + d, a + c)
    return (
        sum(math.comb(a + b, k) * math.comb(c + d, a + c - k) for k in range(a, min(a + b, a + c) + 1))
        / total
    )
