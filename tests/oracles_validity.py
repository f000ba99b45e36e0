"""Slow, obvious twins of criterion validity, as the formulas are printed."""

from __future__ import annotations

from math import atanh, sqrt, tanh
from statistics import NormalDist


def correlation(x: list[float], y: list[float]) -> float:
    n = len(x)
    mx, my = sum(x) / n, sum(y) / n
    top = sum((a - mx) * (b - my) for a, b in zip(x, y, strict=True))
    return top / sqrt(sum((a - mx) ** 2 for a in x) * sum((b - my) ** 2 for b in y))


def fisher(r: float, n: int, confidence: float) -> tuple[float, float]:
    half = NormalDist().inv_cdf(0.5 + confidence / 2) / sqrt(n - 3)
    return tanh(atanh(r) - half), tanh(atanh(r) + half)


def range_corrected(r: float, restricted_sd: float, full_sd: float) -> float:
    """Thorndike's case 2 as printed with both standard deviations."""
    return (r * full_sd) / sqrt(restricted_sd**2 * (1 - r**2) + full_sd**2 * r**2) if restricted_sd else r
