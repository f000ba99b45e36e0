"""Items on two occasions: how stable each item is, and each person's profile over the items."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]

ROUND_OFF = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Columns:
    """Pairwise statistics of two tables column by column; nan where they do not exist.

    Attributes
    ----------
    n : ndarray of int64
        Pairs without nan.
    correlation, mean_first, mean_second, mean_change, sd_change, same : ndarray of float64
        r; means over the pairs; mean and SD (n - 1) of second - first; share of pairs that are equal.
    """

    n: Counts
    correlation: Floats
    mean_first: Floats
    mean_second: Floats
    mean_change: Floats
    sd_change: Floats
    same: Floats


def compare_columns(x: Floats, y: Floats) -> Columns:
    """Return how each column of ``x`` goes with the same column of ``y``; shape (n_rows, n_columns) both."""
    there = ~(np.isnan(x) | np.isnan(y))
    n = there.sum(axis=0)
    x, y = np.where(there, x, 0.0), np.where(there, y, 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        first, second = x.sum(axis=0) / n, y.sum(axis=0) / n
        away_first, away_second = np.where(there, x - first, 0.0), np.where(there, y - second, 0.0)
        change = np.where(there, y - x, 0.0)
        mean = change.sum(axis=0) / n
        spread = np.square(np.where(there, change - mean, 0.0)).sum(axis=0)
        return Columns(
            n=n,
            correlation=_correlation(away_first, away_second, _size(x), _size(y)),
            mean_first=first,
            mean_second=second,
            mean_change=mean,
            sd_change=np.where(n > 1, np.sqrt(spread / (n - 1)), np.nan),
            same=(there & (x == y)).sum(axis=0) / n,
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Profiles:
    """Each person's profile over the items on two occasions.

    Attributes
    ----------
    correlation : ndarray of float64, shape (n_persons,)
        r over the items answered on both occasions (``rqq`` of psych); nan where a profile is flat.
    distance : ndarray of float64, shape (n_persons,)
        Mean squared difference over those items, in squared points (``dqq``).
    level_first, level_second, spread_first, spread_second : ndarray of float64, shape (n_persons,)
        Mean and SD (n - 1) over those items.
    n_items : ndarray of int64, shape (n_persons,)
    """

    correlation: Floats
    distance: Floats
    level_first: Floats
    level_second: Floats
    spread_first: Floats
    spread_second: Floats
    n_items: Counts


def compare_profiles(x: Floats, y: Floats) -> Profiles:
    """Return how each row of ``x`` goes with the same row of ``y``; shape (n_persons, n_items) both."""
    x, y = np.ascontiguousarray(x.T), np.ascontiguousarray(y.T)  # item by item: sums run along memory
    there = ~(np.isnan(x) | np.isnan(y))
    n = there.sum(axis=0)
    x, y = np.where(there, x, 0.0), np.where(there, y, 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        first, second = x.sum(axis=0) / n, y.sum(axis=0) / n
        away_first, away_second = np.where(there, x - first, 0.0), np.where(there, y - second, 0.0)
        squares = [np.square(away).sum(axis=0) for away in (away_first, away_second)]
        spread_first, spread_second = (np.where(n > 1, np.sqrt(one / (n - 1)), np.nan) for one in squares)
        return Profiles(
            correlation=_correlation(away_first, away_second, _size(x), _size(y)),
            distance=np.square(x - y).sum(axis=0) / n,
            level_first=first,
            level_second=second,
            spread_first=spread_first,
            spread_second=spread_second,
            n_items=n,
        )


def _size(values: Floats) -> Floats:
    largest: Floats = np.abs(values).max(axis=0, initial=0.0)
    return largest


def _correlation(x: Floats, y: Floats, size_x: Floats, size_y: Floats) -> Floats:
    """Return r of centred columns; nan where one is constant up to round-off."""
    xx, yy = np.square(x).sum(axis=0), np.square(y).sum(axis=0)
    n = max(len(x), 1)
    flat = (xx <= n * (ROUND_OFF * size_x) ** 2) | (yy <= n * (ROUND_OFF * size_y) ** 2)
    r = (x * y).sum(axis=0) / np.sqrt(xx * yy)
    return np.where(flat, np.nan, np.clip(r, -1.0, 1.0))
