"""Slow and obvious twins of the equating kernels: score by score, person by person, straight from the books."""

from __future__ import annotations

from math import exp, pi, sqrt

import numpy as np
from scipy import optimize, stats

Counts = dict[float, float]


def percentile_share(value: float, counts: Counts, half: float = 0.5) -> float:
    """Kolen and Brennan (2014), 2.14: people spread evenly over score -/+ half; share of them below the value."""
    n = sum(counts.values())
    return sum(f * min(max((value - (score - half)) / (2 * half), 0), 1) for score, f in counts.items()) / n


def percentile_point(share: float, counts: Counts) -> float:
    """Their inverse, 2.15 to 2.18: the mean of the lowest and the highest value with that share below it."""
    low, high = min(counts) - 0.5, max(counts) + 0.5
    n = sum(counts.values())
    edges = [low + i for i in range(round(high - low) + 1)]
    below = [sum(f for score, f in counts.items() if score < edge) / n for edge in edges]
    tie = 1e-11
    first = next(i for i, b in enumerate(below) if b >= share - tie)
    last = max(i for i, b in enumerate(below) if b <= share + tie)
    bottom = low
    if first > 0:
        bottom = edges[first - 1] + min(
            max((share - below[first - 1]) / (below[first] - below[first - 1]), 0), 1
        )
    top = high
    if last < len(edges) - 1:
        top = edges[last] + min(max((share - below[last]) / (below[last + 1] - below[last]), 0), 1)
    return (bottom + top) / 2


def equipercentile(score: float, x: Counts, y: Counts) -> float:
    return percentile_point(percentile_share(score, x), y)


def lord_standard_error(score: float, x: Counts, y: Counts) -> float:
    """Lord (1982) as in Kolen and Brennan (2014), 7.12."""
    n_x, n_y = sum(x.values()), sum(y.values())
    p = percentile_share(score, x)
    at = equipercentile(score, x, y)
    cell = next(s for s in sorted(y) if s - 0.5 <= at < s + 0.5)
    low, high = percentile_share(cell - 0.5, y), percentile_share(cell + 0.5, y)
    g = high - low
    variance = p * (1 - p) * (n_x + n_y) / (n_x * n_y) - (high - p) * (p - low) / (n_y * g)
    return sqrt(variance) / g


def log_linear(counts: list[float], degree: int) -> np.ndarray:
    """Poisson likelihood maximised by a general optimiser."""
    n = np.array(counts)
    x = np.linspace(-1, 1, len(n))
    design = np.column_stack([x**power for power in range(degree + 1)])

    def loss(b: np.ndarray) -> tuple[float, np.ndarray]:
        m = np.exp(design @ b)
        return float(m.sum() - n @ (design @ b)), design.T @ (m - n)

    start = np.zeros(degree + 1)
    start[0] = np.log(n.mean())
    found = optimize.minimize(loss, start, jac=True, method="BFGS", options={"gtol": 1e-10, "maxiter": 5000})
    return np.exp(design @ found.x) / n.sum()


def kernel_share(value: float, scores: list[float], shares: list[float], h: float) -> float:
    """Von Davier, Holland and Thayer (2004), 4.5 to 4.8."""
    mean = sum(r * x for r, x in zip(shares, scores, strict=True))
    variance = sum(r * (x - mean) ** 2 for r, x in zip(shares, scores, strict=True))
    a = sqrt(variance / (variance + h**2))
    return sum(
        r * stats.norm.cdf((value - a * x - (1 - a) * mean) / (a * h))
        for r, x in zip(shares, scores, strict=True)
    )


def kernel_density(value: float, scores: list[float], shares: list[float], h: float) -> float:
    mean = sum(r * x for r, x in zip(shares, scores, strict=True))
    variance = sum(r * (x - mean) ** 2 for r, x in zip(shares, scores, strict=True))
    a = sqrt(variance / (variance + h**2))
    return sum(
        r * exp(-(((value - a * x - (1 - a) * mean) / (a * h)) ** 2) / 2) / sqrt(2 * pi) / (a * h)
        for r, x in zip(shares, scores, strict=True)
    )


def kernel_point(share: float, scores: list[float], shares: list[float], h: float) -> float:
    return optimize.brentq(lambda v: kernel_share(v, scores, shares, h) - share, -60, 160, xtol=1e-13)


def synthetic(
    x: list[float], ax: list[float], y: list[float], ay: list[float], method: str, w: float, *, internal: bool
) -> tuple[float, float, float, float]:
    """Means and variances in the synthetic population, Kolen and Brennan (2014), 4.17 to 4.20, person by person."""

    def mean(v: list[float]) -> float:
        return sum(v) / len(v)

    def cov(u: list[float], v: list[float]) -> float:
        return sum((a - mean(u)) * (b - mean(v)) for a, b in zip(u, v, strict=True)) / (len(u) - 1)

    def slope(form: list[float], anchor: list[float]) -> float:
        if method == "tucker":
            return cov(form, anchor) / cov(anchor, anchor)
        if internal:
            return cov(form, form) / cov(form, anchor)
        return (cov(form, form) + cov(form, anchor)) / (cov(anchor, anchor) + cov(form, anchor))

    g1, g2, v = slope(x, ax), slope(y, ay), 1 - w
    d, e = mean(ax) - mean(ay), cov(ax, ax) - cov(ay, ay)
    return (
        mean(x) - v * g1 * d,
        cov(x, x) - v * g1**2 * e + w * v * g1**2 * d**2,
        mean(y) + w * g2 * d,
        cov(y, y) + w * g2**2 * e + w * v * g2**2 * d**2,
    )


def frequency_estimation(
    p: dict[tuple[int, int], float], q: dict[tuple[int, int], float], w: float
) -> tuple[Counts, Counts]:
    """Kolen and Brennan (2014), 5.7 and 5.8: shares of X and of Y in the synthetic population."""
    n, m = sum(p.values()), sum(q.values())
    anchors = {a for _, a in [*p, *q]}
    pa = {a: sum(f for (_, b), f in p.items() if b == a) / n for a in anchors}
    qa = {a: sum(f for (_, b), f in q.items() if b == a) / m for a in anchors}
    r: Counts = {}
    s: Counts = {}
    for (x, a), f in p.items():
        r[x] = r.get(x, 0) + w * f / n + (1 - w) * f / n / pa[a] * qa[a]
    for (y, a), f in q.items():
        s[y] = s.get(y, 0) + (1 - w) * f / m + w * f / m / qa[a] * pa[a]
    return r, s


def numeric_gradient(figure, at: np.ndarray, step: float = 1e-6) -> np.ndarray:
    """Central differences."""
    columns = []
    for place in range(at.size):
        up, down = at.copy().ravel(), at.copy().ravel()
        up[place] += step
        down[place] -= step
        columns.append((figure(up.reshape(at.shape)) - figure(down.reshape(at.shape))) / (2 * step))
    return np.array(columns).T
