"""Cumulative-sum charts: one step, the average run length, the limit for a wanted one."""

from __future__ import annotations

from math import log

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtr

NODES = 96


def cusum_step(up: float, down: float, z: float, reference: float) -> tuple[float, float]:
    """Return the sums after one more value: up = max(0, up + z - k), down = max(0, down - z - k).

    References
    ----------
    Page (1954), doi:10.1093/biomet/41.1-2.100.
    """
    return max(0.0, up + z - reference), max(0.0, down - z - reference)


def cusum_run_length(reference: float, limit: float, shift: float = 0.0) -> float:
    """Return how many values a two-sided chart takes on average until it signals, for normal values of SD 1.

    1 / ARL = 1 / L+(0) + 1 / L-(0);  L(u) = 1 + Phi(k - u - d) L(0) + int_0^h phi(x + k - u - d) L(x) dx

    Solved at Gauss-Legendre nodes. With ``shift`` 0 it is the number of batches between false alarms.

    Parameters
    ----------
    reference : float
        k, the slack per value.
    limit : float
        h; the chart signals when a sum is above it.
    shift : float
        d, mean of the values.

    References
    ----------
    Page (1954), doi:10.1093/biomet/41.1-2.100; Brook and Evans (1972), doi:10.1093/biomet/59.3.539; Kemp (1961) for the
    two-sided chart. Checked against the published 168 (k = .5, h = 4) and 465 (h = 5).
    """
    up, down = (_one_sided(reference, limit, s) for s in (shift, -shift))
    return 1 / (1 / up + 1 / down)


def _one_sided(k: float, h: float, shift: float) -> float:
    x, w = np.polynomial.legendre.leggauss(NODES)
    nodes, weights = h * (x + 1) / 2, h * w / 2
    start = np.concatenate([[0.0], nodes])
    density = np.exp(-0.5 * (nodes[None, :] + k - start[:, None] - shift) ** 2) / np.sqrt(2 * np.pi) * weights
    matrix = np.eye(NODES + 1)
    matrix[:, 0] -= ndtr(k - start - shift)
    matrix[:, 1:] -= density
    return float(np.linalg.solve(matrix, np.ones(NODES + 1))[0])


def cusum_limit(reference: float, run_length: float) -> float:
    """Return the limit h whose chart gives a false alarm every ``run_length`` values on average."""

    def gap(h: float) -> float:
        return log(cusum_run_length(reference, h)) - log(run_length)

    return float(brentq(gap, 0.01, max(4.0, 4 * log(run_length)), xtol=1e-10))


def variance_ratio_z(ratio: float, n: float, m: float, kurtosis: float) -> float:
    """Return a normal deviate for a ratio of variances s_1^2 / s_0^2 of n and m values (Paulson's cube root).

    z = {(1 - a0) F^(1/3) - (1 - a1)} / sqrt(a0 F^(2/3) + a1);  a = 2 / (9 v);  v = 2 (n - 1) / (kurtosis - 1)

    The degrees of freedom v follow the kurtosis, since the variance of a variance does; for normal scores v = n - 1.

    References
    ----------
    Paulson (1942), doi:10.1214/aoms/1177731608; Box (1953), doi:10.1093/biomet/40.3-4.318 (degrees of freedom).
    """
    spread = max(kurtosis - 1, 1e-6)
    a1, a0 = (2 / (9 * max(2 * (size - 1) / spread, 1e-6)) for size in (n, m))
    root = ratio ** (1 / 3)
    return float(((1 - a0) * root - (1 - a1)) / np.sqrt(a0 * root**2 + a1))
