"""Slow, obvious twins of continuous norms."""

from __future__ import annotations

from math import asinh, sinh
from statistics import NormalDist

import numpy as np
from scipy import stats
from scipy.optimize import lsq_linear


def slow_window_rank(scores, ages, width, i):
    """Rankit of person i among persons at most width / 2 away, by counting; and the mean age of them."""
    near = [j for j in range(len(scores)) if abs(ages[j] - ages[i]) <= width / 2 + 1e-12]
    below = sum(scores[j] < scores[i] for j in near)
    ties = sum(scores[j] == scores[i] for j in near)
    return (below + ties / 2) / len(near), sum(ages[j] for j in near) / len(near)


def slow_surface(raw, z, age, k, t, z_range, age_range, rise):
    """Bernstein coefficients by a general bounded least-squares solver on the whole design."""
    u = (z - z_range[0]) / (z_range[1] - z_range[0])
    v = (age - age_range[0]) / (age_range[1] - age_range[0])
    along = stats.binom.pmf(np.arange(k + 1)[None], k, u[:, None])
    across = stats.binom.pmf(np.arange(t + 1)[None], t, v[:, None])
    columns, lower = [], []
    for i in range(k + 1):  # coefficient rows i..k move together
        for j in range(t + 1):
            columns.append(along[:, i:].sum(axis=1) * across[:, j])
            lower.append(-np.inf if i == 0 else rise)
    found = lsq_linear(np.stack(columns, axis=1), raw, bounds=(lower, np.inf), tol=1e-14, method="bvls").x
    return np.cumsum(found.reshape(k + 1, t + 1), axis=0)


def slow_shares(name, values, lattice):
    """Share below each edge from the textbook distribution."""
    edges = lattice.edges
    if name == "normal":
        return stats.norm.cdf(edges, values[0], np.exp(values[1]))
    if name == "beta_binomial":
        mu, phi = 1 / (1 + np.exp(-values[0])), np.exp(values[1])
        n = len(edges)
        return stats.betabinom.cdf(np.arange(n), n, mu * phi, (1 - mu) * phi)
    if name == "shash":
        mu, sigma, epsilon, delta = values[0], np.exp(values[1]), values[2], np.exp(values[3])
        return np.array([NormalDist().cdf(sinh(delta * asinh((y - mu) / sigma) - epsilon)) for y in edges])
    mu, sigma, nu, tau = np.exp(values[0]), np.exp(values[1]), values[2], np.exp(values[3])
    y = edges - lattice.least + lattice.step
    return stats.t.cdf(((y / mu) ** nu - 1) / (nu * sigma), tau)
