"""Differences between two standard scores of a person: beyond error, and how rare among people."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr, ndtri, stdtr

from psychometrics.kernels.percentiles import wilson

Floats = npt.NDArray[np.float64]

ROUND_OFF = 1e-9


def difference_error(first: Floats, second: Floats, correlation: float = 0.0) -> Floats:
    """Return the standard error of a difference, sqrt(e1^2 + e2^2 - 2 c e1 e2).

    c is the correlation of the two errors: above 0 where the scores share raters, items or the day. With errors of z
    scores, sqrt(1 - r_11) and sqrt(1 - r_22), and c = 0 it is sqrt(2 - r_11 - r_22) (Payne and Jones 1957).
    """
    square = first**2 + second**2 - 2 * correlation * first * second
    return np.sqrt(np.maximum(square, 0.0))


def chance_of_difference(difference: Floats, error: Floats) -> Floats:
    """Return 2 Phi(-|d| / se): the chance of so large a difference, either way, between equal true scores.

    With no error at all it is 0 for any difference but none.
    """
    none = error == 0
    z = np.abs(difference) / np.where(none, 1.0, error)
    exact = np.where(difference == 0, 1.0, 0.0)
    return np.where(none & ~np.isnan(difference), exact, 2 * ndtr(-z))


def share_beyond(difference: Floats, correlation: float, n: float | None = None) -> Floats:
    """Return the share of people whose difference, in the same direction, is at least as large.

    t = |d| / sqrt((2 - 2 r)(n + 1) / n), n - 1 degrees of freedom

    Two standard scores with mean 0, SD 1 and correlation r, bivariate normal; n people told r, mean and SD (Crawford,
    Howell and Garthwaite 1998, doi:10.1076/jcen.20.6.898.1112). Without n the normal curve (Payne and Jones 1957).
    """
    spread = 2 - 2 * correlation
    if n is not None:
        spread = spread * (n + 1) / n
    size = np.abs(difference)
    if spread <= 0:
        return np.where(np.isnan(size), np.nan, np.where(size > 0, 0.0, 0.5))
    t = size / np.sqrt(spread)
    return np.asarray(ndtr(-t) if n is None else stdtr(n - 1, -t), np.float64)


def correlation_interval(r: float, n: float, confidence: float) -> tuple[float, float]:
    """Return the interval of a correlation by Fisher's z, tanh(atanh r -/+ z / sqrt(n - 3)); nan for n below 4."""
    if not n > 3 or np.isnan(r):
        return float("nan"), float("nan")
    if abs(r) >= 1:
        return r, r
    margin = float(ndtri(0.5 + confidence / 2)) / np.sqrt(n - 3)
    return float(np.tanh(np.arctanh(r) - margin)), float(np.tanh(np.arctanh(r) + margin))


def counted_share(
    difference: Floats, differences: Floats, counts: npt.NDArray[np.int64], confidence: float, *, either: bool
) -> tuple[Floats, Floats, Floats]:
    """Return the share of counted people whose difference is at least as large, with Wilson's interval.

    Parameters
    ----------
    difference : ndarray of float64, shape (n_persons,)
        Asked about; nan stays nan.
    differences, counts : ndarray, shape (n_cells,)
        What ``counts`` people of the norm sample have.
    confidence : float
    either : bool
        Count both directions; else that of each difference (0 counts as upward).
    """
    n = int(counts.sum())
    upward = _at_least(np.abs(difference), differences, counts)
    downward = _at_least(np.abs(difference), -differences, counts)
    number = np.where(difference >= 0, upward, downward)
    if either:
        number = np.where(np.abs(difference) <= ROUND_OFF, n, upward + downward)
    share = np.where(np.isnan(difference), 0.0, number / n)
    lower, upper = wilson(share, share * (1 - share), n, confidence)
    gone = np.isnan(difference)
    found = tuple(np.where(gone, np.nan, values) for values in (share, lower, upper))
    return found[0], found[1], found[2]


def _at_least(size: Floats, values: Floats, counts: npt.NDArray[np.int64]) -> Floats:
    """Return how many people have a value of at least each size."""
    order = np.argsort(values, kind="stable")
    above = np.concatenate([np.cumsum(counts[order][::-1])[::-1], [0]])
    return above[np.searchsorted(values[order], size - ROUND_OFF, side="left")].astype(np.float64)
