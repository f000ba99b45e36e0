"""Slow and obvious twins: limits by trying true scores one by one, prorating by every set of missing items."""

from __future__ import annotations

from itertools import combinations

import numpy as np
from scipy.stats import norm


def slow_wilson(share, variance, n, z):
    """Wilson's interval at deviate z, from its quadratic equation."""
    binomial = share * (1 - share)
    n = n * binomial / variance if variance > 0 and binomial > 0 else n
    roots = np.roots([1 + z * z / n, -(2 * share + z * z / n), share**2])
    low, high = np.sort(np.clip(roots.real, 0, 1))
    return (0.0 if share <= 0 else min(low, share)), (1.0 if share >= 1 else max(high, share))


def slow_shares(sample):
    """Score, share below, share at it: for every score, and one step beyond the ends."""
    sample = np.asarray(sample, float)
    own = np.unique(sample)
    step = np.diff(own).min() if len(own) > 1 else 1e-9
    return [
        (s, np.mean(sample < s), np.mean(sample == s)) for s in [own[0] - step, *own, own[-1] + step]
    ], len(sample)


def slow_norms(shares, n, z):
    """Mid ranks with their intervals at deviate z: scores, ranks, lowers, uppers."""
    rows = [(s, b + f / 2, *slow_wilson(b + f / 2, b + f / 4 - (b + f / 2) ** 2, n, z)) for s, b, f in shares]
    scores, ranks, lowers, uppers = 100 * np.array(rows).T
    return scores / 100, ranks, np.minimum.accumulate(lowers[::-1])[::-1], np.maximum.accumulate(uppers)


def slow_total(sample, x, error, confidence, ends=(-np.inf, np.inf), n_tries=150):
    """Least and greatest rank over true scores t: the deviance left to the norms is z^2 - ((x - t) / s(t))^2."""
    z = norm.ppf(0.5 + confidence / 2)
    reach = z * max(error(t) for t in np.linspace(x - 60, x + 60, 200))
    tries = np.unique(np.clip(np.append(np.linspace(x - reach, x + reach, n_tries), x), *ends))
    least, most = [], []
    shares = slow_shares(sample)
    for t in tries:
        s = error(t)
        left = z**2 - ((x - t) / s) ** 2 if s > 0 else (z**2 if t == x else -1.0)
        if left < 0:
            continue
        scores, _, lowers, uppers = slow_norms(*shares, np.sqrt(left))
        least.append(np.interp(t, scores, lowers))
        most.append(np.interp(t, scores, uppers))
    return min(least), max(most)


def slow_prorated(V, means, m):
    """Mean over all sets of m missing items of E (P - Y)^2."""
    n = len(V)
    squares = []
    for gone in combinations(range(n), m):
        a = np.full(n, n / (n - m) - 1)
        a[list(gone)] = -1
        squares.append(a @ V @ a + (a @ means) ** 2)
    return float(np.sqrt(np.mean(squares)))


def mixture_limits(sample, x, error, confidence, draws=200_000):
    """Percentiles of ranks when true score and population are drawn from their confidence distributions."""
    rng = np.random.default_rng(11)
    t = x + error * rng.standard_normal(draws)
    u = rng.standard_normal(draws)
    grid = np.linspace(0, 4, 41)
    tables = [slow_norms(*slow_shares(sample), b) for b in grid]
    j = np.minimum(np.abs(u) / 0.1, 40).round().astype(int)
    ranks = np.empty(draws)
    for k in range(41):
        scores, _, lowers, uppers = tables[k]
        mine = j == k
        ranks[mine] = np.where(
            u[mine] < 0, np.interp(t[mine], scores, lowers), np.interp(t[mine], scores, uppers)
        )
    tail = 100 * (1 - confidence) / 2
    return np.percentile(ranks, [tail, 100 - tail])
