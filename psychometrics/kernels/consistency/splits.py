"""Every way to split a test in two: split-half coefficients by the million, without a loop over splits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import comb, nan, sqrt

import numpy as np
import numpy.typing as npt

from psychometrics.kernels.bounds import ROUND_OFF

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

STARTS = 200
CELLS = 2**20


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Block:
    """Some of the splits, as every pairing of a part of the first items with a part of the last.

    Attributes
    ----------
    low, high : ndarray of int64
        Bit i is set when item i is in part "a"; a split is ``low[row] | high[column]``.
    differences : ndarray of float64, shape (len(low), len(high))
        t'Ct, t = +1 in part "a" and -1 in "b": the variance of the difference of the two parts.
    """

    low: Integers
    high: Integers
    differences: Floats


def n_splits(n_items: int) -> int:
    """Return how many ways there are to split items in halves, of an odd number one item more in "b"; each once."""
    return comb(n_items, n_items // 2) // (1 if n_items % 2 else 2)


def halves(covariance: Floats) -> Iterator[Block]:
    """Give every split in halves, each once: of an even number of items the last stays in part "b".

    First and last items are taken apart, t'Ct = u'Au + v'Bv + 2u'Dv, so that one matrix product gives thousands of
    splits.
    """
    k = len(covariance)
    half, low_items, moving = k // 2, k // 2, k - 1 if k % 2 == 0 else k
    low, low_sizes = _patterns(low_items)
    high, high_sizes = _patterns(moving - low_items)
    for size in range(half + 1):
        mine, others = low[low_sizes == size], high[high_sizes == half - size]
        if len(mine) and len(others):
            yield _block(covariance, mine, others << low_items, low_items)


def parts(covariance: Floats) -> Iterator[Block]:
    """Give every split in two parts of whatever size, each once: the last item stays in part "b"."""
    k = len(covariance)
    low_items = k // 2
    low, _ = _patterns(low_items)
    high, _ = _patterns(k - 1 - low_items)
    step = max(CELLS // len(low), 1)
    for start in range(0, len(high), step):
        yield _block(covariance, low, high[start : start + step] << low_items, low_items)


def sides(splits: Integers, n_items: int) -> Floats:
    """Return t for bit patterns: +1 where the bit of an item is set, -1 elsewhere, shape (n_splits, n_items)."""
    bits = splits[:, None] >> np.arange(n_items) & 1
    result: Floats = np.where(bits == 1, 1.0, -1.0)
    return result


def extreme_split(n_items: int, blocks: Iterable[Block], *, worst: bool = False) -> Floats:
    """Return t of the split with the smallest t'Ct, which has the largest coefficient; or of the worst split."""
    least, found = np.inf, 0
    for block in blocks:
        differences = -block.differences if worst else block.differences
        row, column = divmod(int(differences.argmin()), differences.shape[1])
        if differences[row, column] < least:
            least, found = float(differences[row, column]), int(block.low[row] | block.high[column])
    t: Floats = sides(np.array([found]), n_items)[0]
    return t


def drawn_halves(n_items: int, n: int, seed: int) -> Floats:
    """Return t of n random splits in halves, shape (n, n_items); the same split may come twice."""
    order = np.random.default_rng(seed).random((n, n_items)).argsort(axis=1)
    t: Floats = np.where(order < n_items // 2, 1.0, -1.0)
    return t


def differences_of(covariance: Floats, t: Floats) -> Floats:
    """Return t'Ct of splits given as rows."""
    found: Floats = np.einsum("si,si->s", t @ covariance, t)
    return found


def searched_split(covariance: Floats, *, equal: bool, worst: bool = False, seed: int = 0) -> Floats:
    """Return t of the best (or worst) split that swaps and moves of items find from 200 random starts.

    ``equal`` keeps the halves equal. There may be a better one: the problem is NP-hard.
    """
    c = -covariance if worst else covariance
    k = len(c)
    t = drawn_halves(k, STARTS, seed)
    own = np.diagonal(c)
    open_starts = np.arange(STARTS)
    while len(open_starts):
        now = t[open_starts]
        h = now * (now @ c)
        swap = 4 * (own[:, None] + own[None, :] - 2 * c)[None] - 4 * (h[:, :, None] + h[:, None, :])
        swap[now[:, :, None] == now[:, None, :]] = np.inf
        gain = swap.reshape(len(now), -1)
        if not equal:
            gain = np.concatenate([gain, 4 * own - 4 * h], axis=1)
        place = gain.argmin(axis=1)
        better = gain[np.arange(len(now)), place] < -1e-9 * float(np.abs(own).sum())
        open_starts, place = open_starts[better], place[better]
        swapped = place < k * k
        first, second = np.where(swapped, place // k, place - k * k), np.where(swapped, place % k, -1)
        t[open_starts, first] *= -1
        t[open_starts[swapped], second[swapped]] *= -1
    result: Floats = t[int(differences_of(c, t).argmin())]
    return result


def odd_even(n_items: int) -> Floats:
    """Return t with items 1, 3, 5, ... in part "a"."""
    t: Floats = np.where(np.arange(n_items) % 2 == 0, 1.0, -1.0)
    return t


def first_second(n_items: int) -> Floats:
    """Return t with the first half of the items in part "a"; the middle one of an odd number too."""
    t: Floats = np.where(np.arange(n_items) < (n_items + 1) // 2, 1.0, -1.0)
    return t


def half_correlation(covariance: Floats, t: Floats) -> tuple[float, Floats]:
    """Return the correlation of the two part scores and its derivative by C; nan when a part does not vary.

    References
    ----------
    Checked against ``numpy.corrcoef`` of the part scores and against derivatives taken numerically.
    """
    a, b = (t > 0).astype(np.float64), (t < 0).astype(np.float64)
    first, second, both = float(a @ covariance @ a), float(b @ covariance @ b), float(a @ covariance @ b)
    if min(first, second) <= ROUND_OFF * float(np.trace(covariance)):
        return nan, np.full(covariance.shape, nan)
    r = both / sqrt(first * second)
    crossed = (np.outer(a, b) + np.outer(b, a)) / (2 * sqrt(first * second))
    gradient: Floats = crossed - r / 2 * (np.outer(a, a) / first + np.outer(b, b) / second)
    return r, gradient


def stepped_up(r: float, share: float) -> tuple[float, float]:
    """Return the reliability of a test from the correlation of two parts, and its derivative by r.

    Halves: 2r / (1 + r) (Spearman-Brown). Parts with the shares p and q of the items:
    (r sqrt(r^2 + 4pq(1 - r^2)) - r^2) / (2pq(1 - r^2)) (Horst), which is the same when p = q.

    Parameters
    ----------
    r : float
    share : float
        p, between 0 and 1.

    References
    ----------
    Spearman (1910), doi:10.1111/j.2044-8295.1910.tb00206.x; Brown (1910), doi:10.1111/j.2044-8295.1910.tb00207.x;
    Horst (1951), doi:10.1177/001316445101100306.
    """
    c, u = 4 * share * (1 - share), 1 - r * r
    if u < ROUND_OFF:
        return r, nan
    root = sqrt(r * r + c * u)
    value = 2 * (r * root - r * r) / (c * u)
    slope = 2 * (root + r * r * (1 - c) / root - 2 * r) / (c * u) + value * 2 * r / u
    return value, slope


def _patterns(n_items: int) -> tuple[Integers, Integers]:
    """Return all bit patterns of some items, and how many bits are set in each."""
    patterns = np.arange(2**n_items, dtype=np.int64)
    return patterns, np.bitwise_count(patterns).astype(np.int64)


def _block(covariance: Floats, low: Integers, high: Integers, low_items: int) -> Block:
    k = len(covariance)
    u, v = sides(low, k)[:, :low_items], sides(high, k)[:, low_items:]
    a, b, d = (
        covariance[:low_items, :low_items],
        covariance[low_items:, low_items:],
        covariance[:low_items, low_items:],
    )
    differences = (2 * (u @ d)) @ v.T
    differences += differences_of(a, u)[:, None]
    differences += differences_of(b, v)
    return Block(low=low, high=high, differences=differences)
