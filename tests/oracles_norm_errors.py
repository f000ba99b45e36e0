"""Slow, obvious twins for norms: raking person by person, errors by moving counts, beta-binomials by integration."""

from __future__ import annotations

from collections.abc import Callable
from math import comb

import numpy as np
from scipy import integrate, stats

Floats = np.ndarray


def slow_rake(
    people: list[tuple[str, ...]], margins: list[dict[str, float]], rounds: int = 500
) -> list[float]:
    """Weights of single persons; margin i is of label i."""
    weights = [1.0] * len(people)
    for _ in range(rounds):
        for i, margin in enumerate(margins):
            total = sum(weights)
            reached = {
                level: sum(w for w, p in zip(weights, people, strict=True) if p[i] == level)
                for level in margin
            }
            weights = [w * margin[p[i]] * total / reached[p[i]] for w, p in zip(weights, people, strict=True)]
    mean = sum(weights) / len(weights)
    return [w / mean for w in weights]


def slow_delta_error(statistic: Callable[[Floats], float], counts: Floats) -> float:
    """Oosterhuis et al.: G (diag(n) - n n'/N) G', G by central differences of the statistic in the counts."""
    n = counts.astype(float)
    gradient = np.array(
        [
            (statistic(n + step) - statistic(n - step)) / 2e-4
            for step in (1e-4 * row for row in np.eye(len(n)))
        ]
    )
    middle = np.diag(n) - np.outer(n, n) / n.sum()
    return float(np.sqrt(gradient @ middle @ gradient))


def slow_raked_error(values: Floats, design: Floats, weights: Floats, leverage: bool) -> float:
    """Error of a weighted mean, person by person: residuals of a regression on the margins, times weights."""
    n, total = len(values), weights.sum()
    centred = values - (weights @ values) / total
    hat = design @ np.linalg.pinv(design.T @ design) @ design.T
    left = centred - hat @ centred
    away = weights * left
    scale = (1 - np.diag(hat)) ** 2 if leverage else np.ones(n)
    spread = (away**2 / scale).sum() - away.sum() ** 2 / n
    return float(np.sqrt(spread * n / (n - 1)) / total)


def slow_four_parameter(n: int, a: float, b: float, lower: float, upper: float) -> Floats:
    """Integrate binomials over a beta distribution on lower..upper."""
    width = upper - lower

    def density(t: float) -> float:
        return float(stats.beta.pdf((t - lower) / width, a, b)) / width

    return np.array(
        [
            integrate.quad(lambda t, x=x: comb(n, x) * t**x * (1 - t) ** (n - x) * density(t), lower, upper)[
                0
            ]
            for x in range(n + 1)
        ]
    )
