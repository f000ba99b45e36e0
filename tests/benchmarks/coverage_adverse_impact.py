"""How often the intervals of adverse impact hold the true ratio: Koopman's score interval beside the log interval.

Run: python tests/benchmarks/coverage_adverse_impact.py (half a minute). Exact: all tables of both groups are summed with their
probabilities, nothing is simulated. The second table picks the reference afterwards, as the four-fifths rule does.
"""

from __future__ import annotations

from math import exp, inf, log, sqrt

import numpy as np
from scipy.stats import binom

from psychometrics.kernels.fairness.impact import ratio_bounds

SIZES = ((20, 20), (30, 100), (100, 100))
RATES = ((0.5, 0.5), (0.4, 0.5), (0.1, 0.1), (0.08, 0.1), (0.9, 0.9))
CONFIDENCE = 0.95


def log_bounds(x: int, n: int, x0: int, n0: int) -> tuple[float, float]:
    """Katz and others (1978), doi:10.2307/2530610; nothing where a count is 0."""
    if not x or not x0:
        return (0.0, inf)
    half = 1.959963984540054 * sqrt(1 / x - 1 / n + 1 / x0 - 1 / n0)
    middle = log(x / n / (x0 / n0))
    return exp(middle - half), exp(middle + half)


def coverage(n: int, n0: int, p: float, p0: float) -> tuple[float, float]:
    """Share of samples, weighted by probability, whose interval holds p / p0; tables without any selection left out."""
    first, second = binom.pmf(np.arange(n + 1), n, p), binom.pmf(np.arange(n0 + 1), n0, p0)
    held = np.zeros(2)
    known = 0.0
    for x in np.flatnonzero(first > 1e-9):
        for x0 in np.flatnonzero(second > 1e-9):
            if not x and not x0:
                continue
            weight = first[x] * second[x0]
            bounds = ratio_bounds(int(x), n, int(x0), n0, CONFIDENCE)
            low, high = log_bounds(int(x), n, int(x0), n0)
            held += weight * np.array([bounds.lower <= p / p0 <= bounds.upper, low <= p / p0 <= high])
            known += weight
    return tuple((held / known).tolist())


def flagged(n: int, n0: int, p: float) -> float:
    """Share of samples in which one of two groups of equal rate lies below four fifths of the other."""
    first, second = binom.pmf(np.arange(n + 1), n, p), binom.pmf(np.arange(n0 + 1), n0, p)
    a, b = np.arange(n + 1)[:, None] * n0, np.arange(n0 + 1)[None, :] * n
    below = 5 * np.minimum(a, b) < 4 * np.maximum(a, b)
    return float((np.outer(first, second) * below).sum())


def main() -> None:
    print("| group, reference | true rates | Koopman | log |\n| --- | --- | --- | --- |")
    for n, n0 in SIZES:
        for p, p0 in RATES:
            score, plain = coverage(n, n0, p, p0)
            print(f"| {n}, {n0} | {p:g}, {p0:g} | {score:.3f} | {plain:.3f} |")
    print("\n| persons per group | equal rates | below 4/5 by chance |\n| --- | --- | --- |")
    for n in (20, 100, 500):
        for p in (0.1, 0.5):
            print(f"| {n} | {p:g} | {flagged(n, n, p):.3f} |")


if __name__ == "__main__":
    main()
