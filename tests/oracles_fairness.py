"""Slow, obvious twins of group differences and adverse impact."""

from __future__ import annotations

from math import comb, sqrt
from statistics import NormalDist


def hedges_g(own: list[float], reference: list[float]) -> float:
    def mean(values: list[float]) -> float:
        return sum(values) / len(values)

    def squares(values: list[float]) -> float:
        return sum((value - mean(values)) ** 2 for value in values)

    n = len(own) + len(reference)
    pooled = sqrt((squares(own) + squares(reference)) / (n - 2))
    return (1 - 3 / (4 * n - 9)) * (mean(own) - mean(reference)) / pooled


def fisher_exact(x: int, n: int, x0: int, n0: int) -> float:
    """Sum of the probabilities of all tables that are no likelier than this one, margins fixed."""
    total = x + x0

    def probability(a: int) -> float:
        return comb(n, a) * comb(n0, total - a) / comb(n + n0, total)

    here = probability(x)
    possible = range(max(0, total - n0), min(n, total) + 1)
    return sum(p for a in possible if (p := probability(a)) <= here * (1 + 1e-7))


def koopman(x: int, n: int, x0: int, n0: int, confidence: float) -> tuple[float, float]:
    """Ends of the ratios whose chi-square, printed as in Koopman (1984), is within the quantile; by a fine walk."""
    limit = NormalDist().inv_cdf(0.5 + confidence / 2) ** 2

    def chi_square(ratio: float) -> float:
        a = ratio * (n + x0) + x + n0  # p~ of the group: the smaller root of its quadratic
        p = (a - sqrt(a * a - 4 * ratio * (n + n0) * (x + x0))) / (2 * (n + n0))
        return (x - n * p) ** 2 / (n * p * (1 - p)) * (1 + n * (ratio - p) / (n0 * (1 - p)))

    middle = x / n / (x0 / n0)
    ends = []
    for step in (1 / 1.01, 1.01):
        inside = middle
        while step - 1 > 1e-13 or 1 - step > 1e-13:
            while chi_square(inside * step) <= limit:
                inside *= step
            step = 1 + (step - 1) / 4
        ends.append(inside)
    return ends[0], ends[1]


def selection(scores: list[float], groups: list[str], cut: float) -> dict[str, tuple[int, int]]:
    found: dict[str, tuple[int, int]] = {}
    for score, group in zip(scores, groups, strict=True):
        x, n = found.get(group, (0, 0))
        found[group] = (x + (score >= cut), n + 1)
    return found
