"""Joint counts of a few items by looking up: two pairs of items at a time make one cell of a small table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations, groupby
from math import prod

import numpy as np
import numpy.typing as npt

Counts = npt.NDArray[np.int64]
Places = npt.NDArray[np.int64]

MOST_CELLS = 2**19
MOST_ITEMS = 16


class Workspace:
    """Rows of numbers that are written over again and again: asking for new ones would take as long as the work."""

    def __init__(self) -> None:
        self._rows = np.empty((0, 0), np.int64)

    def rows(self, n: int, length: int) -> Places:
        """Return n rows; what stands in them has no meaning."""
        if self._rows.shape[0] < n or self._rows.shape[1] < length:
            self._rows = np.empty((max(n, self._rows.shape[0]), max(length, self._rows.shape[1])), np.int64)
        return self._rows[:n, :length]


class PairTables:
    """Counts of all pairs of options of a few items, block by block, and once more among those who answered all.

    Items are taken in twos, and the twos in twos: a person falls into one cell of a table of four items, and the counts
    of its pairs are sums over that table. Whole numbers, so that the order of persons changes no bit.

    Parameters
    ----------
    widths : sequence of int
        Options of each item, missing included (the last).
    n_blocks : int
    """

    def __init__(self, widths: Sequence[int], n_blocks: int) -> None:
        self.widths, self.n_blocks = tuple(widths), n_blocks
        self._twos = [tuple(range(i, min(i + 2, len(widths)))) for i in range(0, len(widths), 2)]
        n = len(self._twos)
        self._tables = list(combinations(range(n), 2)) if n > 1 else [(0,)] * n
        self._cells = [prod(self._width(two) for two in table) for table in self._tables]
        self._counts = [np.zeros(2 * n_blocks * cells, np.int64) for cells in self._cells]

    @staticmethod
    def fit(widths: Sequence[int], n_blocks: int) -> bool:
        """Say whether tables of these items are small enough to be quicker than bit-sets."""
        four = prod(sorted(widths)[-4:])
        return bool(widths) and len(widths) <= MOST_ITEMS and 2 * n_blocks * four <= MOST_CELLS

    def _width(self, two: int) -> int:
        return prod(self.widths[item] for item in self._twos[two])

    def add(
        self, options: Sequence[npt.NDArray[np.uint8]], place: Places, space: Workspace | None = None
    ) -> None:
        """Count some persons.

        Parameters
        ----------
        options : sequence of ndarray of uint8, shape (n_persons,)
            Place of the option of each item, missing the last.
        place : ndarray of int64, shape (n_persons,)
            2 * block, and 1 more for those who answered all.
        space : Workspace, optional
            Room to work in; worth keeping from call to call.
        """
        rows = (Workspace() if space is None else space).rows(len(self._twos) + 3, len(place))
        twos, (lead, scaled, where) = rows[:-3], rows[-3:]
        for out, own in zip(twos, self._twos, strict=True):
            self._two(options, own, out)
        for first, tables in groupby(zip(self._tables, self._counts, strict=True), key=lambda one: one[0][0]):
            np.multiply(place, self._width(first), out=lead)
            lead += twos[first]
            width = 0
            for table, cells in tables:
                found = lead
                if len(table) == 2:
                    if width != self._width(table[1]):
                        width = self._width(table[1])
                        np.multiply(lead, width, out=scaled)
                    found = np.add(scaled, twos[table[1]], out=where)
                np.add(cells, np.bincount(found, minlength=len(cells)), out=cells)

    def _two(self, options: Sequence[npt.NDArray[np.uint8]], own: tuple[int, ...], out: Places) -> None:
        """Write the place of each person in the table of one or two items."""
        both = options[own[0]]
        if len(own) == 2:
            width = self.widths[own[1]]
            kind = np.uint8 if self.widths[own[0]] * width <= 256 else np.uint16
            both = np.multiply(both, kind(width), dtype=kind)
            both += options[own[1]]
        np.copyto(out, both)

    def joint(self) -> tuple[Counts, Counts]:
        """Return the joint counts of all persons, and of those who answered all; shape (n_blocks, K, K)."""
        size = sum(self.widths)
        ends = np.cumsum([0, *self.widths]).tolist()
        both = np.zeros((self.n_blocks, 2, size, size), np.int64)
        known: set[int] = set()
        for table, counts in zip(self._tables, self._counts, strict=True):
            shape = (self.n_blocks, 2, *(self._width(two) for two in table))
            self._spread(counts.reshape(shape), table, known, ends, both)
        return both.sum(axis=1), both[:, 1]

    def _spread(
        self, counts: Counts, table: tuple[int, ...], known: set[int], ends: list[int], joint: Counts
    ) -> None:
        """Write the pairs of a table, shape (n_blocks, 2, options of one two, of the other), to their places."""
        for axis, two in enumerate(table):
            if two not in known:
                known.add(two)
                own = counts.sum(axis=3 - axis) if len(table) == 2 else counts
                self._inside(own, self._twos[two], ends, joint)
        if len(table) == 2:
            first, second = (self._twos[two] for two in table)
            for one, rows in self._each(counts, first, 2):
                for other, pair in self._each(rows, second, 3):
                    _write(pair, one, other, ends, joint)

    def _inside(self, counts: Counts, items: tuple[int, ...], ends: list[int], joint: Counts) -> None:
        """Write the pair of two items, and the margin of each."""
        for item, margin in self._each(counts, items, 2):
            own = np.arange(ends[item], ends[item + 1])
            joint[:, :, own, own] = margin
        if len(items) == 2:
            shape = (*counts.shape[:2], *(self.widths[item] for item in items))
            _write(counts.reshape(shape), items[0], items[1], ends, joint)

    def _each(self, counts: Counts, items: tuple[int, ...], axis: int) -> Iterator[tuple[int, Counts]]:
        """Yield each item of a two with the counts of its own options along ``axis``."""
        if len(items) == 1:
            yield items[0], counts
            return
        widths = [self.widths[item] for item in items]
        split = counts.reshape(*counts.shape[:axis], *widths, *counts.shape[axis + 1 :])
        yield items[0], split.sum(axis=axis + 1)
        yield items[1], split.sum(axis=axis)


def _write(pair: Counts, one: int, other: int, ends: list[int], joint: Counts) -> None:
    a, b = slice(ends[one], ends[one + 1]), slice(ends[other], ends[other + 1])
    joint[:, :, a, b] = pair
    joint[:, :, b, a] = np.swapaxes(pair, 2, 3)
