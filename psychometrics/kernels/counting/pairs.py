"""How many persons chose option a of item i together with option b of item j, for all pairs of items, block by block."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from psychometrics.engine.chunks import chunk_slices, for_each_chunk
from psychometrics.kernels.counting.bits import BitSets, Codes, Words, bit_sets, person_order

Counts = npt.NDArray[np.int64]

MOST_PERSONS = 1_048_576
MOST_BITS = 2**29
TILE_WORDS = 512
MOST_TOGETHER = 48
EVEN_BYTES = np.uint64(0x00FF_00FF_00FF_00FF)
FOLD = np.uint64(0x0001_0001_0001_0001)


def pair_counts(
    codes: Codes, option_codes: Sequence[Sequence[int]], blocks: npt.NDArray[np.uint8], n_blocks: int
) -> Counts:
    """Return joint counts of all options of all items, missing being the last option of each item.

    n_(ia, jb) = number of persons with option a of item i and option b of item j: the population count of the
    intersection of two bit-sets. The first option of each item is never counted: its counts are the persons less
    all other options.

    Parameters
    ----------
    codes : ndarray of int8, shape (n_items, n_persons)
        Code of the option each person chose.
    option_codes : sequence of sequences of int
        Per item the code of each option; every negative code among none of them means missing. -128 must
        not occur.
    blocks : ndarray of uint8, shape (n_persons,)
        Block of each person.
    n_blocks : int

    Returns
    -------
    ndarray of int64, shape (n_blocks, K, K)
        K = sum over items of (options + 1). Symmetric; the diagonal holds how many chose each option.

    Notes
    -----
    Whole numbers throughout, so that neither threads nor the order of persons change a bit. Checked against a loop
    over persons and pairs.
    """
    columns = sum(len(one) + 1 for one in option_codes)
    counts = np.zeros((n_blocks, columns, columns), np.int64)
    add_pair_counts(counts, codes, option_codes, blocks, n_blocks)
    return counts


def add_pair_counts(
    counts: Counts,
    codes: Codes,
    option_codes: Sequence[Sequence[int]],
    blocks: npt.NDArray[np.uint8],
    n_blocks: int,
) -> None:
    """Add the joint counts of more persons to ``counts``, as :func:`pair_counts` returns them."""
    columns = counts.shape[1]
    if not columns:
        return
    for part in chunk_slices(codes.shape[1], min(MOST_PERSONS, MOST_BITS // columns)):
        order = person_order(blocks[part], n_blocks)
        sets = bit_sets(codes[:, part], option_codes, order)
        persons = np.bincount(blocks[part], minlength=n_blocks)
        _add_counts(counts, intersections(sets), sets, persons, option_codes)


def intersections(sets: BitSets) -> Counts:
    """Return the sizes of all intersections of bit-sets of different items, and of each with itself, per block.

    Shape (n_blocks, n_sets, n_sets), upper triangle.
    """
    n_rows, n_blocks, n_parts, n_words = sets.words.shape
    n_sets, words = len(sets.rows), sets.words.reshape(n_rows, n_blocks * n_parts, n_words)
    sizes = np.zeros((n_blocks * n_parts, n_sets, n_sets), np.int64)

    def count(part: slice) -> None:
        _intersect(words[:, part][sets.rows], sets.items, sizes[part])

    for_each_chunk(len(sizes), count, size=max(1, TILE_WORDS // n_words))
    return sizes if n_parts == 1 else sizes.reshape(n_blocks, n_parts, n_sets, n_sets).sum(axis=1)


def _intersect(words: Words, items: Counts, sizes: Counts) -> None:
    """Write the sizes for some blocks; words of shape (n_sets, n_blocks, n_words), sizes (n_blocks, n_sets, n_sets)."""
    n_sets, shape = len(words), words.shape[1:]
    every = np.arange(n_sets)
    sizes[:, every, every] = _sums(np.bitwise_count(words)).T
    ends = np.searchsorted(items, np.unique(items), side="right").tolist()
    sizes_of_items = np.diff([0, *ends])
    both = np.empty((max(MOST_TOGETHER, sizes_of_items.max(initial=0)), *shape), np.uint64)
    for start, end in zip([0, *ends[:-1]], ends[:-1], strict=False):
        own, n_own = words[start:end, None], end - start
        found = np.empty((n_own, n_sets - end, *shape), np.uint8)
        step = max(1, MOST_TOGETHER // n_own)
        for first in range(end, n_sets, step):
            others = words[first : first + step]
            buffer = both[: n_own * len(others)].reshape(n_own, len(others), *shape)
            np.bitwise_and(own, others, out=buffer)
            np.bitwise_count(buffer, out=found[:, first - end : first - end + len(others)])
        sizes[:, start:end, end:] = np.moveaxis(_sums(found), -1, 0)


def _sums(counts: npt.NDArray[np.uint8]) -> Counts:
    """Return the sums over the last axis of counts of at most 64, a multiple of 8 and at most 4,088 of them.

    Eight bytes are added at a time: even and odd bytes as 16-bit lanes of one word.
    """
    bytes_ = counts.view(np.uint64)
    odd = bytes_ >> np.uint64(8)
    odd &= EVEN_BYTES
    odd += bytes_ & EVEN_BYTES
    lanes: Words = np.einsum("...i->...", odd)
    return np.asarray((lanes * FOLD) >> np.uint64(48), np.int64)


def _add_counts(
    counts: Counts,
    sizes: Counts,
    sets: BitSets,
    persons: npt.NDArray[np.intp],
    option_codes: Sequence[Sequence[int]],
) -> None:
    """Add the sizes at their places, then the first option of every item by what is left over."""
    widths = np.array([len(one) + 1 for one in option_codes])
    first = np.concatenate([[0], np.cumsum(widths)[:-1]]).astype(np.int64)
    for block, n in enumerate(persons):
        found = sizes[block]
        part = np.zeros(counts.shape[1:], np.int64)
        part[np.ix_(sets.columns, sets.columns)] = found + np.triu(found, 1).T
        margin = np.diagonal(part).copy()
        margin[first] = n - np.add.reduceat(margin, first)
        part[first] = margin - np.add.reduceat(part, first, axis=0)
        part[:, first] = 0
        part[:, first] = margin[:, None] - np.add.reduceat(part, first, axis=1)
        counts[block] += part
