"""Slow and obvious twins of the stability kernels, person by person and straight from the papers."""

from __future__ import annotations

from math import atanh, log, sqrt, tanh

import numpy as np
from scipy import optimize, stats


def concordance(x: list[float], y: list[float], confidence: float) -> tuple[float, float, float]:
    """Lin (1989), with the variance of the correction (2000) in its own letters; r must not be 0."""
    n = len(x)
    mx, my = sum(x) / n, sum(y) / n
    sx = sum((a - mx) ** 2 for a in x) / n
    sy = sum((b - my) ** 2 for b in y) / n
    sxy = sum((a - mx) * (b - my) for a, b in zip(x, y, strict=True)) / n
    rho, rho_c = sxy / sqrt(sx * sy), 2 * sxy / (sx + sy + (mx - my) ** 2)
    u = (mx - my) / (sx * sy) ** 0.25
    variance = (
        (1 - rho**2) * rho_c**2 * (1 - rho_c**2) / rho**2
        + 2 * rho_c**3 * (1 - rho_c) * u**2 / rho
        - rho_c**4 * u**4 / (2 * rho**2)
    ) / (n - 2)
    z = 0.5 * log((1 + rho_c) / (1 - rho_c))
    half = stats.norm.ppf((1 + confidence) / 2) * sqrt(variance) / (1 - rho_c**2)
    return rho_c, tanh(z - half), tanh(z + half)


def spearman(x: list[float], y: list[float], confidence: float) -> tuple[float, float, float]:
    def rank(values: list[float], one: float) -> float:
        return sum(v < one for v in values) + (sum(v == one for v in values) + 1) / 2

    r = float(np.corrcoef([rank(x, a) for a in x], [rank(y, b) for b in y])[0, 1])
    half = stats.norm.ppf((1 + confidence) / 2) * sqrt((1 + r * r / 2) / (len(x) - 3))
    return r, tanh(atanh(r) - half), tanh(atanh(r) + half)


def noncentral_t_limits(t: float, df: int, confidence: float) -> tuple[float, float]:
    """The noncentralities for which t is just too high, just too low; by search."""

    def search(p: float) -> float:
        return optimize.brentq(lambda nc: stats.nct.cdf(t, df, nc) - p, t - 20, t + 20, xtol=1e-12)

    tail = (1 - confidence) / 2
    return search(1 - tail), search(tail)


def tolerance_factor(n: int, share: float, probability: float) -> float:
    """Two-sided normal tolerance factor: trapezoids over the mean, and halving for the half width at each mean."""
    z = np.linspace(0, 9 / sqrt(n), 4001)
    low, high = np.zeros_like(z), np.full_like(z, 30.0)
    for _ in range(60):
        middle = (low + high) / 2
        wide = stats.norm.cdf(z + middle) - stats.norm.cdf(z - middle) > share
        low, high = np.where(wide, low, middle), np.where(wide, middle, high)
    density = stats.norm.pdf(z, scale=1 / sqrt(n))

    def held(k: float) -> float:
        return 2 * np.trapezoid(density * stats.chi2.sf((n - 1) * low**2 / k**2, n - 1), z)

    return optimize.brentq(lambda k: held(k) - probability, 0.2, 200, xtol=1e-10)


def d_av(x: list[float], y: list[float]) -> tuple[float, float]:
    """Mean change per average SD, and its standard error (Bonett 2008, two paired means)."""
    n, r = len(x), float(np.corrcoef(x, y)[0, 1])
    sx, sy = float(np.std(x, ddof=1)), float(np.std(y, ddof=1))
    s = sqrt((sx**2 + sy**2) / 2)
    d = float(np.mean(y) - np.mean(x)) / s
    change = sx**2 + sy**2 - 2 * r * sx * sy
    variance = d**2 * (sx**4 + sy**4 + 2 * r**2 * sx**2 * sy**2) / (8 * s**4 * (n - 1)) + change / (
        s**2 * (n - 1)
    )
    return d, sqrt(variance)


def reliable_change(
    method: str, x: float, y: float, m1: float, m2: float, s1: float, s2: float, r12: float, n: int, r: float
) -> float:
    """The index of one person, each method as its paper (or clinicalsignificance 3.0.0) writes it; r2 = r."""
    see = s1 * sqrt(1 - r)
    if method == "jacobson_truax":
        return (y - x) / sqrt(2 * see**2)
    if method == "gulliksen_lord_novick":
        return ((y - m1) - r * (x - m1)) / (s1 * sqrt(1 - r**2))
    if method == "hsu_linn_lord":
        return ((y - m2) - r * (x - m1)) / (s1 * sqrt(1 - r**2))
    if method == "edwards_nunnally":
        return (y - (r * (x - m1) + m1)) / see
    if method == "nunnally_kotsch":
        return (y - (r * (x - m1) + m1)) / sqrt(r**2 * s1**2 * (1 - r) + s1**2 * (1 - r))
    if method == "hageman_arrindell":
        r1, r2 = (s1**2 - see**2) / s1**2, (s2**2 - see**2) / s2**2
        rdd = (s1**2 * r1 + s2**2 * r2 - 2 * s1 * s2 * r12) / (s1**2 + s2**2 - 2 * s1 * s2 * r12)
        return ((y - x) * rdd + (m2 - m1) * (1 - rdd)) / (sqrt(rdd) * sqrt(2 * see**2))
    if method == "christensen_mendoza":
        return (y - x) / sqrt(s1**2 + s2**2 - 2 * r * s1 * s2)
    if method == "chelune":
        return ((y - x) - (m2 - m1)) / sqrt(2 * see**2)
    if method == "iverson":
        return ((y - x) - (m2 - m1)) / sqrt(see**2 + (s2 * sqrt(1 - r)) ** 2)
    if method == "temkin":
        return ((y - x) - (m2 - m1)) / sqrt(s1**2 + s2**2 - 2 * r * s1 * s2)
    slope = r * s2 / s1
    predicted = (m2 - slope * m1) + slope * x
    estimate = s2 * sqrt((1 - r**2) * (n - 1) / (n - 2))
    if method == "mcsweeny":
        return (y - predicted) / estimate
    if method == "crawford_garthwaite":
        return (y - predicted) / (estimate * sqrt(1 + 1 / n + (x - m1) ** 2 / (s1**2 * (n - 1))))
    raise AssertionError(method)


def components(x: np.ndarray) -> list[float]:
    """Person x occasion x item components, sums of squares as loops over every cell; shape (t, n, k)."""
    t, n, k = x.shape
    g = x.mean()
    p, o, i = x.mean((0, 2)), x.mean((1, 2)), x.mean((0, 1))
    po, pi, oi = x.mean(2), x.mean(0), x.mean(1)
    ss = dict.fromkeys(("p", "o", "i", "po", "pi", "oi", "e"), 0.0)
    for a in range(t):
        for b in range(n):
            for c in range(k):
                ss["p"] += (p[b] - g) ** 2
                ss["o"] += (o[a] - g) ** 2
                ss["i"] += (i[c] - g) ** 2
                ss["po"] += (po[a, b] - p[b] - o[a] + g) ** 2
                ss["pi"] += (pi[b, c] - p[b] - i[c] + g) ** 2
                ss["oi"] += (oi[a, c] - o[a] - i[c] + g) ** 2
                ss["e"] += (x[a, b, c] - po[a, b] - pi[b, c] - oi[a, c] + p[b] + o[a] + i[c] - g) ** 2
    df = {"p": n - 1, "o": t - 1, "i": k - 1}
    df |= {"po": df["p"] * df["o"], "pi": df["p"] * df["i"], "oi": df["o"] * df["i"]}
    df["e"] = df["p"] * df["o"] * df["i"]
    m = {name: ss[name] / df[name] for name in ss}
    return [
        (m["p"] - m["po"] - m["pi"] + m["e"]) / (t * k),
        (m["o"] - m["po"] - m["oi"] + m["e"]) / (n * k),
        (m["i"] - m["pi"] - m["oi"] + m["e"]) / (n * t),
        (m["po"] - m["e"]) / k,
        (m["pi"] - m["e"]) / t,
        (m["oi"] - m["e"]) / n,
        m["e"],
    ]
