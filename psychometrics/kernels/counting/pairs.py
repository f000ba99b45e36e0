"""How many persons chose option a of item i together with option b of item j, for all pairs of items, block by block."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from psychometrics.engine.chunks import for_each_chunk
from psychometrics.kernels.counting.bits import BitSets, Codes, Words, bit_sets, person_order

Counts = npt.NDArray[np.int64]

PERSONS = 262_144
TILE_WORDS = 512
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
        Per item the code of each option; every other code means missing. -128 must not occur.
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
    for start in range(0, codes.shape[1], PERSONS):
        part = slice(start, start + PERSONS)
        order = person_order(blocks[part], n_blocks)
        sets = bit_sets(codes[:, part], option_codes, order, n_blocks)
        persons = np.bincount(blocks[part], minlength=n_blocks)
        _add_counts(counts, intersections(sets), sets, persons, option_codes)
    return counts


def intersections(sets: BitSets) -> Counts:
    """Return the sizes of all intersections of bit-sets of different items, and of each with itself, per block."""
    n_sets, n_blocks, n_words = sets.words.shape
    sizes = np.zeros((n_sets, n_sets, n_blocks), np.int64)
    together = max(1, TILE_WORDS // n_words)
    later = np.searchsorted(sets.items, sets.items, side="right")

    def count(part: slice) -> None:
        words = np.ascontiguousarray(sets.words[:, part])
        for one in range(n_sets):
            sizes[one, one, part] = _popcounts(words[one : one + 1])
            if later[one] < n_sets:
                sizes[one, later[one] :, part] = _popcounts(words[later[one] :] & words[one])

    for_each_chunk(n_blocks, count, size=together)
    return sizes


def _popcounts(words: Words) -> Counts:
    """Return the bits set in the last axis, a multiple of 8 words and at most 4,088: bytes are added eight at a time."""
    bytes_ = np.bitwise_count(words).view(np.uint64)
    pairs = (bytes_ & EVEN_BYTES) + ((bytes_ >> np.uint64(8)) & EVEN_BYTES)
    lanes = np.einsum("...i->...", pairs)
    return ((lanes * FOLD) >> np.uint64(48)).astype(np.int64)


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
        found = sizes[:, :, block]
        part = np.zeros(counts.shape[1:], np.int64)
        part[np.ix_(sets.sets, sets.sets)] = found + np.triu(found, 1).T
        margin = np.diagonal(part).copy()
        margin[first] = n - np.add.reduceat(margin, first) if len(first) else 0
        part[first] = margin - np.add.reduceat(part, first, axis=0)
        part[:, first] = 0
        part[:, first] = margin[:, None] - np.add.reduceat(part, first, axis=1)
        counts[block] += part
