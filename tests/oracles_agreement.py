"""Slow and obvious twins of the statistics of agreement: loops over pairs of raters, from the definitions."""

from __future__ import annotations

from itertools import combinations, permutations

import numpy as np


def pairs_of(row):
    """All ordered pairs of ratings of one unit."""
    given = [value for value in row if not np.isnan(value)]
    return list(permutations(given, 2))


def observed_agreement(x, values, w) -> float:
    place = {value: k for k, value in enumerate(values)}
    shares = [
        np.mean([w[place[a], place[b]] for a, b in pairs_of(row)]) for row in x if len(pairs_of(row)) > 0
    ]
    return float(np.mean(shares))


def shares_of_units(x, values):
    rows = []
    for row in x:
        given = [value for value in row if not np.isnan(value)]
        if given:
            rows.append([given.count(value) / len(given) for value in values])
    return np.array(rows)


def chance(x, values, w, coefficient) -> float:
    q = len(values)
    pi = shares_of_units(x, values).mean(axis=0)
    if coefficient == "percent":
        return 0.0
    if coefficient == "brennan_prediger":
        return sum(w[k, m] for k in range(q) for m in range(q)) / q**2
    if coefficient == "gwet":
        return w.sum() / (q * (q - 1)) * sum(p * (1 - p) for p in pi)
    if coefficient in {"fleiss", "scott"}:
        return sum(w[k, m] * pi[k] * pi[m] for k in range(q) for m in range(q))
    by_rater = []
    for column in x.T:
        given = [value for value in column if not np.isnan(value)]
        by_rater.append([given.count(value) / len(given) for value in values])
    found = [
        sum(w[k, m] * by_rater[g][k] * by_rater[h][m] for k in range(q) for m in range(q))
        for g, h in permutations(range(len(by_rater)), 2)
    ]
    return float(np.mean(found))


def coefficient(x, values, w, name) -> float:
    pa, pe = observed_agreement(x, values, w), chance(x, values, w, name)
    return (pa - pe) / (1 - pe)


def light(x, values, w) -> float:
    found = []
    for g, h in combinations(range(x.shape[1]), 2):
        both = x[:, [g, h]][~np.isnan(x[:, [g, h]]).any(axis=1)]
        if len(both):
            found.append(coefficient(both, values, w, "cohen"))
    return float(np.mean(found))


def metric(c, k, level, margins) -> float:
    """Krippendorff's squared difference of two values; margins: value -> ratings."""
    if level == "nominal":
        return float(c != k)
    if level == "interval":
        return (c - k) ** 2
    if level == "ratio":
        return 0.0 if c == k else ((c - k) / (c + k)) ** 2
    low, high = min(c, k), max(c, k)
    between = sum(n for value, n in margins.items() if low <= value <= high)
    return 0.0 if c == k else (between - (margins[c] + margins[k]) / 2) ** 2


def krippendorff(x, level) -> float:
    """1 - D_o / D_e with every pair of values counted."""
    units = [[v for v in row if not np.isnan(v)] for row in x]
    units = [unit for unit in units if len(unit) > 1]
    every = [value for unit in units for value in unit]
    margins = {value: every.count(value) for value in set(every)}
    n = len(every)
    observed = 0.0
    for unit in units:
        observed += sum(metric(a, b, level, margins) for a, b in permutations(unit, 2)) / (len(unit) - 1)
    expected = sum(metric(a, b, level, margins) for a, b in permutations(every, 2))
    return 1 - (observed / n) / (expected / (n * (n - 1)))


def specific(x, value) -> float:
    pairs = [pair for row in x for pair in pairs_of(row) if pair[0] == value]
    return float(np.mean([a == b for a, b in pairs])) if pairs else np.nan


def others_of(x, g):
    """Pairs (own, other) of rater g with every other rater, with the weight of each and its unit."""
    found = []
    for i, row in enumerate(x):
        if np.isnan(row[g]):
            continue
        others = [row[h] for h in range(len(row)) if h != g and not np.isnan(row[h])]
        found += [(row[g], other, 1 / len(others), i) for other in others]
    return found


def severity(x, g) -> float:
    pairs = others_of(x, g)
    return sum(w * (b - a) for a, b, w, _ in pairs) / sum(w for *_, w, _ in pairs)


def weighted_kappa(x, g) -> float:
    """Quadratic weighted kappa of own and other with weights of pairs: table, margins, products."""
    pairs = others_of(x, g)
    values = sorted({v for a, b, *_ in pairs for v in (a, b)})
    table = np.zeros((len(values), len(values)))
    for a, b, w, _ in pairs:
        table[values.index(a), values.index(b)] += w
    table /= table.sum()
    apart = np.array([[(a - b) ** 2 for b in values] for a in values])
    return 1 - (table * apart).sum() / (np.outer(table.sum(axis=1), table.sum(axis=0)) * apart).sum()


def adjusted_severity(x):
    """Least squares with a dummy for every unit and rater; effects sum to 0 (all raters linked)."""
    rows, y = [], []
    n, r = x.shape
    for i in range(n):
        for g in range(r):
            if not np.isnan(x[i, g]):
                row = np.zeros(n + r)
                row[i] = row[n + g] = 1
                rows.append(row)
                y.append(x[i, g])
    rows.append(np.r_[np.zeros(n), np.ones(r)])
    y.append(0.0)
    keep = [i for i in range(n) if (~np.isnan(x[i])).sum() > 0]
    design = np.array(rows)[:, [*keep, *range(n, n + r)]]
    return -np.linalg.lstsq(design, np.array(y), rcond=None)[0][len(keep) :]


def prmse(human, machine) -> float:
    """The formulas of Loukina et al. (2020), script by script."""
    means, counts, within, df = [], [], 0.0, 0
    for row in human:
        given = [v for v in row if not np.isnan(v)]
        means.append(sum(given) / len(given))
        counts.append(len(given))
        within += sum((v - means[-1]) ** 2 for v in given)
        df += len(given) - 1
    error = within / df
    total = sum(counts)
    grand = sum(c * m for c, m in zip(counts, means, strict=True)) / total
    n = len(means)
    squares = sum(c * (m - grand) ** 2 for c, m in zip(counts, means, strict=True))
    variance = (squares - (n - 1) * error) / (total - sum(c * c for c in counts) / total)
    mse = (sum(c * (m - s) ** 2 for c, m, s in zip(counts, means, machine, strict=True)) - n * error) / total
    return 1 - mse / variance
