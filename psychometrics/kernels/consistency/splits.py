"""Every way to split a test in two: split-half coefficients by the million, without a loop over splits."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import comb, sqrt

import numpy as np
import numpy.typing as npt

from psychometrics.kernels.bounds import ROUND_OFF

Floats = npt.NDArray[np.float64]
Bits = npt.NDArray[np.int64]

STARTS = 200


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Block:
    """Some of the splits: those that share the size of the part of the first and of the last items.

    Attributes
    ----------
    low, high : ndarray of int64
        Bit patterns of the part "a" among the first and among the last items.
    differences : ndarray of float64, shape (len(low), len(high))
        t'Ct, the variance of the difference between the two parts.
    """

    low: Bits
    high: Bits
    differences: Floats


def n_splits(n_items: int) -> int:
    """Return how many ways there are to split items in halves (an odd item more in one); each counted once."""
    half = n_items // 2
    return comb(n_items, half) // (1 if n_items % 2 else 2)


def all_halves(covariance: Floats) -> Iterator[Block]:
    """Give t'Ct of every split in halves, each split once.

    Of an even number of items the last one stays in part "b", which counts a split and its mirror image once; of an
    odd number part "a" is the smaller. First and last items are taken apart: t'Ct = u'Au + v'Bv + 2u'Dv, so that a
    matrix product gives thousands of splits at a time.
    """
    k = len(covariance)
    half = k // 2
    moving = k - 1 if k % 2 == 0 else k
    low_items = moving // 2
    low, high = _patterns(low_items), _patterns(moving - low_items)
    for size in range(max(half - (moving - low_items), 0), min(half, low_items) + 1):
        mine, others = low[_sizes(low) == size], high[_sizes(high) == half - size]
        yield Block(low=mine, high=others, differences=_differences(covariance, mine, others, low_items))


def all_parts(covariance: Floats) -> Iterator[Block]:
    """Give t'Ct of every split in two parts of whatever size; the last item stays in part "b"."""
    k = len(covariance)
    low_items = (k - 1) // 2
    low, high = _patterns(low_items), _patterns(k - 1 - low_items)
    step = max(2**20 // len(low), 1)
    for start in range(0, len(high), step):
        some = high[start : start + step]
        yield Block(low=low, high=some, differences=_differences(covariance, low, some, low_items))


def best_split(covariance: Floats, blocks: Iterator[Block]) -> Floats:
    """Return the split (+1 and -1) with the smallest t'Ct of all blocks: the best split-half coefficient."""
    low_items, best, found = 0, np.inf, (0, 0)
    for block in blocks:
        place = int(block.differences.argmin())
        row, column = divmod(place, block.differences.shape[1])
        if block.differences[row, column] < best:
            best = float(block.differences[row, column])
            found = int(block.low[row]), int(block.high[column])
    return _side(len(covariance), *found, low_items)


def side_of(n_items: int, low: int, high: int, *, low_items: int) -> Floats:
    """Return +1 for items of part "a" and -1 for the others, from two bit patterns."""
    bits = np.array([low >> item & 1 for item in range(low_items)] + [high >> item & 1 for item in range(n_items - low_items)])
    side: Floats = np.where(bits == 1, 1.0, -1.0)
    return side
