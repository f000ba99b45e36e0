"""Coefficient alpha of complete data from two numbers per person: the total, and the sum of squares."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite, nan

import numpy as np
import numpy.typing as npt

from psychometrics.kernels.bounds import ROUND_OFF
from psychometrics.kernels.covariance import ROUNDING

Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.uint8]

CHUNK = 1_024
"""Persons at a time: 50 items of them stay in the cache of one processor core."""

CODES_CHUNK = 2_048


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CompleteSums:
    """What alpha needs of complete data.

    Attributes
    ----------
    totals, squares : ndarray of float64, shape (n_persons,)
        Of each person, the sum of the item deviations y_i = x_i - mean_i and the sum of their squares.
    total, trace : float
        Variance of the sum of all items and sum of the item variances, divisor n - 1; nan below 2 persons.
    n_items : int
    """

    totals: Floats
    squares: Floats
    total: float
    trace: float
    n_items: int


def complete_sums(x: Floats) -> CompleteSums | None:
    """Return the sums of complete data in two passes; None when a value is missing.

    Parameters
    ----------
    x : ndarray of float64, shape (n_persons, n_items)
        Points. They are shifted by the rounded mean of their item, so that whole numbers give exact variances.
    """
    n, k = x.shape
    sums = np.ones(n) @ x
    if not isfinite(float(sums.sum())):
        return None
    shift, off = _shift(sums, n)
    totals, products, squares = np.empty((3, n))
    ones, buffer = np.ones(k), np.empty((CHUNK, k))
    for start in range(0, n, CHUNK):
        some = slice(start, start + CHUNK)
        z = np.subtract(x[some], shift, out=buffer[: min(CHUNK, n - start)])
        np.dot(z, ones, out=totals[some])
        np.dot(z, off, out=products[some])
        np.dot(np.square(z, out=z), ones, out=squares[some])
    return _finished(totals, products, squares, off, sums - n * shift, shift)


def complete_sums_of_codes(codes: Codes, first: Floats, step: Floats) -> CompleteSums:
    """Return the sums of complete data given as option codes, whose points are first_i + step_i code.

    No matrix of points is made: with z = first - shift + step code, sums over items are those of code and code^2.

    Parameters
    ----------
    codes : ndarray of uint8, shape (n_items, n_persons)
        None missing.
    first, step : ndarray of float64, shape (n_items,)
        Points of code 0, and how much a code adds; negative for a reversed item.
    """
    k, n = codes.shape
    sums = first * n + step * codes.sum(axis=1, dtype=np.int64)
    shift, off = _shift(sums, n)
    base = first - shift
    linear, squares = np.empty((3, n)), np.empty(n)
    by_code = np.stack([step, off * step, 2 * base * step])
    buffer = np.empty((k, CODES_CHUNK))
    for start in range(0, n, CODES_CHUNK):
        some = slice(start, start + CODES_CHUNK)
        c = buffer[:, : min(CODES_CHUNK, n - start)]
        np.copyto(c, codes[:, some])
        linear[:, some] = by_code @ c
        squares[some] = step**2 @ np.square(c, out=c)
    totals, products = linear[0] + base.sum(), linear[1] + off @ base
    return _finished(totals, products, squares + linear[2] + base @ base, off, sums - n * shift, shift)


def _shift(sums: Floats, n_persons: int) -> tuple[Floats, Floats]:
    """Return the rounded mean of each item, and what the mean is off by."""
    means = sums / max(n_persons, 1)
    shift: Floats = np.rint(means)
    return shift, means - shift


def _finished(
    totals: Floats, products: Floats, squares: Floats, off: Floats, drift: Floats, shift: Floats
) -> CompleteSums:
    """Return the sums of deviations from the means, given those from the rounded means; ``drift`` sums by item.

    Variances no larger than what rounding makes of equal values are 0.
    """
    n, k = len(totals), len(off)
    below = n - 1 if n > 1 else nan
    total = (float(totals @ totals) - float(drift.sum()) ** 2 / max(n, 1)) / below
    trace = (float(squares.sum()) - float((drift**2).sum()) / max(n, 1)) / below
    if trace <= ROUNDING * float((np.abs(off) * (np.abs(off) + np.abs(shift))).sum()):
        total = trace = 0.0
    return CompleteSums(
        totals=totals - off.sum(),
        squares=squares - 2 * products + float(off @ off),
        total=total,
        trace=trace,
        n_items=k,
    )


def why_no_alpha(n_persons: int, n_items: int, *, trace: float, total: float) -> str:
    """Say why alpha cannot be computed from complete data; empty when it can."""
    if n_items < 2:
        return "alpha needs at least 2 items"
    if n_persons < 2:
        return "fewer than 2 persons"
    if trace <= 0:
        return "no item varies"
    return "the total score does not vary" if total <= ROUND_OFF * trace else ""


def alpha_without_each(sums: CompleteSums) -> Floats:
    """Return alpha with each person left out in turn; nan where it would not exist.

    Leaving out person p takes n/(n-1) y_i y_j from the sum of products of items i and j, so that
    S_(p) = ((n-1) S - n/(n-1) (sum y)^2) / (n-2), and likewise the trace with sum y^2: exact, no matrix needed.
    """
    n, k = len(sums.totals), sums.n_items
    rest = n / ((n - 1) * (n - 2))
    scale = (n - 1) / (n - 2)
    total = scale * sums.total - rest * sums.totals**2
    trace = scale * sums.trace - rest * sums.squares
    there = (total > 0) & (trace > 0)
    without: Floats = np.full(n, nan)
    np.divide(trace, total, out=without, where=there)
    return k / (k - 1) * (1 - without)
