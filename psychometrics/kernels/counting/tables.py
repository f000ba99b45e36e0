"""Joint counts of a few items by looking up: two pairs of items at a time make one cell of a small table."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import combinations, groupby
from math import prod
from typing import Any

import numpy as np
import numpy.typing as npt

Counts = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.unsignedinteger[Any]]
Options = Sequence[npt.NDArray[np.uint8]]

MOST_CELLS = 2**18
MOST_ITEMS = 16


class Workspace:
    """Rows of numbers that are written over again and again: asking for new ones would take as long as the work."""

    def __init__(self) -> None:
        self._rows: dict[type[np.integer[Any]], npt.NDArray[Any]] = {}

    def rows(self, n: int, length: int, kind: type[np.integer[Any]]) -> npt.NDArray[Any]:
        """Return n rows of a kind of numbers; what stands in them has no meaning."""
        held = self._rows.get(kind, np.empty((0, 0), kind))
        if held.shape[0] < n or held.shape[1] < length:
            held = np.empty((max(n, held.shape[0]), max(length, held.shape[1])), kind)
            self._rows[kind] = held
        return held[:n, :length]


class PairTables:
    """Counts of all pairs of options of a few items, block by block.

    Items are taken in twos, and the twos in twos: a person falls into one cell of a table of four items, and the counts
    of its pairs are sums over that table. Whole numbers, so that the order of persons changes no bit.

    Parameters
    ----------
    widths : sequence of int
        Options of each item.
    n_blocks : int
    """

    def __init__(self, widths: Sequence[int], n_blocks: int) -> None:
        self.widths, self.n_blocks = tuple(widths), n_blocks
        self._twos = [tuple(range(i, min(i + 2, len(widths)))) for i in range(0, len(widths), 2)]
        n = len(self._twos)
        self._tables = list(combinations(range(n), 2)) if n > 1 else [(0,)] * n
        self._cells = [prod(self._width(two) for two in table) for table in self._tables]
        self._counts = [np.zeros(n_blocks * cells, np.int64) for cells in self._cells]
        self._options = [_options_of(tuple(widths[item] for item in two)) for two in self._twos]
        most = max((self._places(table) for table in self._tables), default=0)
        self._kind: type[np.unsignedinteger[Any]] = np.uint16 if most <= 2**16 else np.uint32

    @staticmethod
    def fit(widths: Sequence[int], n_blocks: int) -> bool:
        """Say whether tables of these items are small enough to be quicker than bit-sets."""
        four = prod(sorted(widths)[-4:])
        return bool(widths) and len(widths) <= MOST_ITEMS and n_blocks * four <= MOST_CELLS

    @property
    def nbytes(self) -> int:
        """Return the bytes of the tables."""
        return sum(counts.nbytes for counts in self._counts)

    def _width(self, two: int) -> int:
        return prod(self.widths[item] for item in self._twos[two])

    def _places(self, table: tuple[int, ...]) -> int:
        """Return the number of places in a table, with those of persons who are in no block behind the others."""
        most = self.n_blocks
        for two in table:
            most = most * self._width(two) + prod(self.widths[item] + 1 for item in self._twos[two])
        return most + 1

    def add(self, options: Options, blocks: npt.NDArray[np.integer[Any]], space: Workspace) -> None:
        """Count some persons.

        Parameters
        ----------
        options : sequence of ndarray of uint8, shape (n_persons,)
            Place of the option of each item.
        blocks : ndarray of int, shape (n_persons,)
            Block of each person; those of block ``n_blocks`` are not counted, and only they may have a place that is
            one too high: leaving them out beforehand would take longer.
        space : Workspace
            Room to work in; worth keeping from call to call.
        """
        rows = space.rows(len(self._twos) + 3, len(blocks), self._kind)
        twos, (lead, scaled, where) = rows[:-3], rows[-3:]
        found = space.rows(1, len(blocks), np.int64)[0]
        for out, own in zip(twos, self._twos, strict=True):
            self._two(options, own, out)
        for first, tables in groupby(zip(self._tables, self._counts, strict=True), key=lambda one: one[0][0]):
            np.multiply(blocks, self._kind(self._width(first)), out=lead, dtype=self._kind, casting="unsafe")
            lead += twos[first]
            width = 0
            for table, counts in tables:
                place = lead
                if len(table) == 2:
                    if width != self._width(table[1]):
                        width = self._width(table[1])
                        np.multiply(lead, self._kind(width), out=scaled)
                    place = np.add(scaled, twos[table[1]], out=where)
                np.copyto(found, place)
                np.add(counts, np.bincount(found, minlength=len(counts))[: len(counts)], out=counts)

    def _two(self, options: Options, own: tuple[int, ...], out: Places) -> None:
        """Write the place of each person in the table of one or two items."""
        np.copyto(out, options[own[0]])
        if len(own) == 2:
            out *= self._kind(self.widths[own[1]])
            out += options[own[1]]

    def joint(self) -> Counts:
        """Return the joint counts, shape (n_blocks, K, K).

        The counts of a pair of items are sums over the cells of a table, A' C B, with A and B saying which options a
        cell of a two stands for. Exact while no count passes 2**53.
        """
        ends = np.cumsum([0, *self.widths]).tolist()
        joint = np.zeros((self.n_blocks, ends[-1], ends[-1]), np.int64)
        places = [slice(ends[two[0]], ends[two[-1] + 1]) for two in self._twos]
        known: set[int] = set()
        for table, counts in zip(self._tables, self._counts, strict=True):
            cells = counts.astype(np.float64).reshape(self.n_blocks, *(self._width(two) for two in table))
            for axis, two in enumerate(table):
                if two not in known:
                    known.add(two)
                    own = cells.sum(axis=2 - axis) if len(table) == 2 else cells
                    joint[:, places[two], places[two]] = _inside(own, self._options[two])
            if len(table) == 2:
                one, other = table
                pairs = self._options[one].T @ (cells @ self._options[other])
                joint[:, places[one], places[other]] = pairs
                joint[:, places[other], places[one]] = np.swapaxes(pairs, 1, 2)
        return joint


def _inside(cells: Floats, options: Floats) -> Floats:
    """Return the counts of a two with itself: margins on the diagonal, and the pair of its items."""
    n_cells, n_options = options.shape
    both = (options[:, :, None] * options[:, None, :]).reshape(n_cells, n_options * n_options)
    return (cells @ both).reshape(len(cells), n_options, n_options)


@lru_cache(maxsize=256)
def _options_of(widths: tuple[int, ...]) -> Floats:
    """Return which option of each item a cell of a two stands for: 1 or 0, shape (n_cells, n_options)."""
    cells = np.indices(widths).reshape(len(widths), -1)
    found = np.concatenate([np.eye(width)[own] for width, own in zip(widths, cells, strict=True)], axis=1)
    found.flags.writeable = False
    return found
