"""Option codes of persons become bit-sets, one per item and option, with the persons of a block side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from psychometrics.engine.chunks import for_each_chunk

Codes = npt.NDArray[np.int8]
Words = npt.NDArray[np.uint64]
Places = npt.NDArray[np.int64]

WORD = 64
LANE = 8
PART = 32_768
NOBODY = -128
ITEMS = 4


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BitSets:
    """Bit-sets of the options of all items but the first option of each, which follows from the others.

    Attributes
    ----------
    words : ndarray of uint64, shape (n_rows, n_blocks, n_parts, n_words)
        One bit per person; the words of a part are a multiple of 8, the bits left over are 0.
    rows : ndarray of int64, shape (n_sets,)
        The rows of ``words`` in which any bit is set.
    columns : ndarray of int64, shape (n_sets,)
        Which column of the table of counts each of them belongs to.
    items : ndarray of int64, shape (n_sets,)
        The item of each.
    """

    words: Words
    rows: Places
    columns: Places
    items: Places


def person_order(blocks: npt.NDArray[np.uint8], n_blocks: int) -> Places:
    """Return the persons block after block, each block in parts, shape (n_blocks, n_parts, width).

    Every block is filled up with ``len(blocks)``. The width is a multiple of 512, so that the bits of a part fill whole
    groups of 8 words, and at most 32,768, so that the bit-sets of a few items stay in the cache.
    """
    sizes = np.bincount(blocks, minlength=n_blocks)
    most, step = max(int(sizes.max(initial=0)), 1), WORD * LANE
    n_parts = -(-most // PART)
    width = -(-most // (n_parts * step)) * step
    order = np.full((n_blocks, n_parts * width), len(blocks))
    order[np.arange(n_parts * width) < sizes[:, None]] = np.argsort(blocks, kind="stable")
    return order.reshape(n_blocks, n_parts, width)


def bit_sets(codes: Codes, option_codes: Sequence[Sequence[int]], order: Places) -> BitSets:
    """Return the bit-sets of all options that anybody chose, and of missing, but for the first option of each item.

    Parameters
    ----------
    codes : ndarray of int8, shape (n_items, n_persons)
    option_codes : sequence of sequences of int
        Per item the code of each option; every other negative code means missing.
    order : ndarray
        From :func:`person_order`.
    """
    n_options = np.array([len(one) for one in option_codes], np.int64)
    first = np.concatenate([[0], np.cumsum(n_options)[:-1]]).astype(np.int64)
    words = np.zeros((int(n_options.sum()), *order.shape[:2], order.shape[2] // WORD), np.uint64)
    chosen = np.zeros(len(words), np.bool_)

    def pack(part: slice) -> None:
        row, sorted_row = np.full(codes.shape[1] + 1, NOBODY, np.int8), np.empty(order.size, np.int8)
        masks = np.empty((2, order.size), np.bool_)
        for item in range(part.start, part.stop):
            row[:-1] = codes[item]
            np.take(row, order.reshape(-1), out=sorted_row, mode="clip")
            place = first[item]
            _pack_item(sorted_row, option_codes[item], words[place:], chosen[place:], masks)

    for_each_chunk(len(codes), pack, size=ITEMS)
    places = np.flatnonzero(chosen)
    items = np.repeat(np.arange(len(n_options)), n_options)[places]
    # set s of an item stands for its option s + 1; an item has one column more (missing) than it has sets
    return BitSets(words=words, rows=places, columns=places + items + 1, items=items)


def _pack_item(
    row: Codes,
    option_codes: Sequence[int],
    words: Words,
    chosen: npt.NDArray[np.bool_],
    masks: npt.NDArray[np.bool_],
) -> None:
    """Write the bit-sets of options 1, 2, ... of one item, and last the one of missing."""
    n_sets = len(option_codes)
    if not n_sets:
        return  # nobody can have chosen: all are missing, and that column follows from the persons
    mask, gone = masks
    for place, code in enumerate(option_codes[1:]):
        np.equal(row, code, out=mask)
        _pack(mask, words[place], chosen, place)
    np.less(row, 0, out=gone)
    for code in (NOBODY, *(code for code in option_codes if code < 0)):
        gone &= np.not_equal(row, code, out=mask)
    _pack(gone, words[n_sets - 1], chosen, n_sets - 1)


def _pack(mask: npt.NDArray[np.bool_], out: Words, chosen: npt.NDArray[np.bool_], place: int) -> None:
    if mask.any():
        out[:] = np.packbits(mask).view(np.uint64).reshape(out.shape)
        chosen[place] = True
