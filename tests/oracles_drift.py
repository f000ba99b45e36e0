"""Slow, obvious twins of the drift kernels."""

from __future__ import annotations

from itertools import combinations
from math import comb, log

import numpy as np


def slow_smirnov(first: list[int], second: list[int]) -> tuple[float, float]:
    """Deal the pooled people to the two samples in every way there is."""
    pooled = [s for s, n in enumerate(a + b for a, b in zip(first, second, strict=True)) for _ in range(n)]
    n, size = sum(first), len(pooled)

    def distance(chosen: tuple[int, ...]) -> float:
        inside = set(chosen)
        largest = 0.0
        for score in range(len(first)):
            a = sum(pooled[i] <= score for i in inside) / n
            b = sum(pooled[i] <= score for i in range(size) if i not in inside) / (size - n)
            largest = max(largest, abs(a - b))
        return largest

    shares = [np.cumsum(counts) / sum(counts) for counts in (first, second)]
    seen = float(np.abs(shares[0] - shares[1]).max())
    hits = sum(distance(chosen) >= seen - 1e-12 for chosen in combinations(range(size), n))
    return seen, hits / comb(size, n)


def slow_stability_index(reference: list[float], new: list[float]) -> float:
    """Sum of (q - p) ln(q / p) over the bins."""
    n, m = sum(reference), sum(new)
    return sum((b / m - a / n) * log((b / m) / (a / n)) for a, b in zip(reference, new, strict=True))


def slow_moments(values: list[float]) -> tuple[float, float, float, float]:
    """Mean, SD with n - 1, skewness and kurtosis with n."""
    x = np.array(values)
    d = x - x.mean()
    spread = (d**2).mean()
    return (
        float(x.mean()),
        float(x.std(ddof=1)),
        float((d**3).mean() / spread**1.5),
        float((d**4).mean() / spread**2),
    )
