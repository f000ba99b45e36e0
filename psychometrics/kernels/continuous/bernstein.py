"""Bernstein polynomials: a polynomial on an interval, written so that its shape shows in its coefficients."""

from __future__ import annotations

from functools import lru_cache
from math import comb

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def bernstein(u: Floats, degree: int) -> Floats:
    """Return the Bernstein basis at u in 0..1, shape (len(u), degree + 1).

    B_i(u) = C(k, i) u^i (1 - u)^(k - i);  the basis is non-negative and sums to 1.
    """
    basis = np.ones((len(u), degree + 1))
    rest = 1 - u
    for i in range(1, degree + 1):
        basis[:, i:] *= u[:, None]
        basis[:, : degree + 1 - i] *= rest[:, None]
    basis *= [comb(degree, i) for i in range(degree + 1)]
    return basis


@lru_cache(maxsize=256)
def elevation(low: int, high: int) -> Floats:
    """Return E of shape (high + 1, low + 1): coefficients of degree ``low``, written in degree ``high``.

    E_ij = C(low, j) C(high - low, i - j) / C(high, i), the exact degree elevation.
    """
    matrix = np.zeros((high + 1, low + 1))
    for i in range(high + 1):
        for j in range(max(0, i - high + low), min(low, i) + 1):
            matrix[i, j] = comb(low, j) * comb(high - low, i - j) / comb(high, i)
    return matrix


@lru_cache(maxsize=64)
def powers_of_bernstein(degree: int) -> Floats:
    """Return M of shape (degree + 1, degree + 1): power coefficients = M @ Bernstein coefficients."""
    matrix = np.zeros((degree + 1, degree + 1))
    for i in range(degree + 1):
        for j in range(i, degree + 1):
            matrix[j, i] = comb(degree, i) * comb(degree - i, j - i) * (-1) ** (j - i)
    return matrix


def value_and_slope(coefficients: Floats, u: Floats) -> tuple[Floats, Floats]:
    """Return polynomials and their derivatives in u; one row of Bernstein coefficients per point.

    ``coefficients`` has shape (n, k + 1), ``u`` shape (n,).
    """
    degree = coefficients.shape[1] - 1
    if degree == 0:
        return coefficients[:, 0].copy(), np.zeros(len(u))
    rows = coefficients
    u, rest = u[:, None], 1 - u[:, None]
    while rows.shape[1] > 2:
        rows = rest * rows[:, :-1] + u * rows[:, 1:]
    slope = degree * (rows[:, 1] - rows[:, 0])
    return (rest * rows[:, :1] + u * rows[:, 1:])[:, 0], slope
