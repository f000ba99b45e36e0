"""Counts of codes that grow batch by batch: pairs of options, gaps, reasons."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from psychometrics.engine.chunks import chunk_slices, for_each_chunk
from psychometrics.kernels.counting.gaps import GapTables
from psychometrics.kernels.counting.pairs import add_pair_counts
from psychometrics.kernels.counting.tables import PairTables, Workspace
from psychometrics.tallying.blocks import Blocks

Codes = npt.NDArray[np.int8]
Counts = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
Rows = npt.NDArray[np.intp]
OptionCodes = Sequence[Sequence[int]]

CHUNK = 262_144
SKIPPED = -1
COPIES = 3


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Counted:
    """Counts of codes, block by block.

    Attributes
    ----------
    groups : tuple of tuple of int
        Rows of the items whose pairs were counted together.
    pairs : list of ndarray of int64, shape (n_blocks, L, L)
        Per group the joint counts of all options, missing the last of each item.
    listwise : list of ndarray of int64, shape (n_blocks, L, L)
        Per scale, among the persons who answered all of it.
    persons : ndarray of int64, shape (n_blocks,)
    answered, complete : ndarray of int64, shape (n_blocks, n_scales)
    missing : ndarray of int64, shape (n_blocks, n_items, n_reasons)
    """

    groups: tuple[tuple[int, ...], ...]
    pairs: list[Counts]
    listwise: list[Counts]
    persons: Counts
    answered: Counts
    complete: Counts
    missing: Counts


class ItemCounter:
    """Counts pairs of options, and for each scale once more among the persons who answered all of it.

    Parameters
    ----------
    option_codes : sequence of sequences of int
        Per item the code of each option; every other negative code means missing.
    scales : sequence of sequences of int
        Rows of the items of each scale.
    n_blocks : int
        Blocks of persons.
    n_reasons : int
        Reasons why a response may be missing: codes -1, -2, ...
    groups : sequence of sequences of int, optional
        Count the pairs inside these groups of items only; all pairs when left out.
    """

    def __init__(
        self,
        option_codes: OptionCodes,
        scales: Sequence[Sequence[int]],
        n_blocks: int,
        n_reasons: int,
        groups: Sequence[Sequence[int]] | None = None,
    ) -> None:
        self._option_codes = [tuple(one) for one in option_codes]
        self._scales = [tuple(rows) for rows in scales]
        self._n_blocks, self._n_reasons = n_blocks, n_reasons
        whole = [tuple(range(len(self._option_codes)))]
        chosen = whole if groups is None else [tuple(rows) for rows in groups]
        by_table = [rows for rows in chosen if groups is not None and self._fits(rows)]
        self._tables = {rows: GapTables([self._width(row) for row in rows], n_blocks) for rows in by_table}
        self._bits = {rows: self._zeros(rows) for rows in chosen if rows not in self._tables}
        self._gap_scales = {
            number: self._zeros(rows)
            for number, rows in enumerate(self._scales)
            if tuple(sorted(rows)) not in self._tables
        }
        self._space = threading.local()
        self._persons = np.zeros(n_blocks, np.int64)
        self._answered, self._complete = np.zeros((2, n_blocks, len(scales)), np.int64)
        self._others = np.zeros((n_blocks, len(self._option_codes), n_reasons), np.int64)

    def _width(self, row: int) -> int:
        return len(self._option_codes[row]) + 1

    def _fits(self, rows: Sequence[int]) -> bool:
        return PairTables.fit([self._width(row) for row in rows], self._n_blocks)

    def _zeros(self, rows: Sequence[int]) -> Counts:
        size = sum(self._width(row) for row in rows)
        return np.zeros((self._n_blocks, size, size), np.int64)

    @property
    def nbytes(self) -> int:
        """Return the bytes of all counts: as they are counted, as they are returned, packed and written."""
        held = sum(table.nbytes for table in self._tables.values())
        held += sum(counts.nbytes for counts in (*self._bits.values(), *self._gap_scales.values()))
        widths = [sum(self._width(row) for row in rows) for rows in (*self._tables, *self._bits)]
        return held + COPIES * 8 * self._n_blocks * sum(width**2 for width in widths)

    def add(self, codes: Codes, blocks: Blocks) -> None:
        """Count some persons: codes of shape (n_items, n_persons), and the block of each."""
        self._persons += np.bincount(blocks, minlength=self._n_blocks)
        for rows, counts in self._bits.items():
            own = codes if len(rows) == len(codes) else codes[np.array(rows)]
            add_pair_counts(counts, own, [self._option_codes[row] for row in rows], blocks, self._n_blocks)
        self._add_reasons(codes, blocks)
        tables = list(self._tables.items())

        def work(part: slice) -> None:
            for rows, table in tables[part]:
                self._add_table(codes, blocks, rows, table)

        for_each_chunk(len(tables), work, size=1)
        self._add_scales(codes, blocks)

    def _add_table(self, codes: Codes, blocks: Blocks, rows: tuple[int, ...], table: GapTables) -> None:
        """Count the pairs of a group of items, and who answered anything, and all, of the scales that are this group."""
        numbers = [number for number, own in enumerate(self._scales) if tuple(sorted(own)) == rows]
        for part in chunk_slices(codes.shape[1], CHUNK):
            gaps, gone = self._gaps(codes[:, part], rows)
            for number in numbers:
                self._add_gone(number, blocks[part], gaps, gone)
            options = [self._options(codes[row, part], row) for row in rows]
            table.add(options, blocks[part], gaps, self._workspace())

    def _workspace(self) -> Workspace:
        """Return the room of this thread."""
        if not hasattr(self._space, "own"):
            self._space.own = Workspace()
        own: Workspace = self._space.own
        return own

    def _options(self, row: Codes, item: int) -> npt.NDArray[np.uint8]:
        """Return the place of the option of each person, missing last."""
        own = self._option_codes[item]
        if not any(code < 0 for code in own):
            most = np.full(len(row), len(own), np.uint8)  # with a number the loop is many times slower
            return np.minimum(row.view(np.uint8), most, out=most)
        places = np.full(256, len(own), np.uint8)
        places[np.array(own, np.int8).view(np.uint8)] = np.arange(len(own), dtype=np.uint8)
        return places[row.view(np.uint8)]

    def _gaps(self, codes: Codes, rows: Sequence[int]) -> tuple[Rows, Rows]:
        """Return who has any item of a scale missing, and who has all of them missing."""
        n = codes.shape[1]
        if not rows:
            return np.empty(0, np.intp), np.empty(0, np.intp)
        either, both = np.zeros(n, np.int8), np.full(n, -1, np.int8)
        for row in rows:
            own = self._option_codes[row]
            asked = codes[row]
            if not own or any(code < 0 for code in own):
                asked = np.where(is_missing(codes[row], own), np.int8(-1), np.int8(0))
            either |= asked
            both &= asked
        gaps = np.flatnonzero(either < 0)
        return gaps, gaps[both[gaps] < 0]

    def _add_scales(self, codes: Codes, blocks: Blocks) -> None:
        """Count who answered anything, and all, of each scale that is no table; and the pairs of those with gaps."""
        for number in self._gap_scales:
            rows = self._scales[number]
            gaps, gone = self._gaps(codes, rows)
            self._add_gone(number, blocks, gaps, gone)
            if len(gaps):
                part = codes[np.ix_(np.array(rows), gaps)]
                own = [self._option_codes[row] for row in rows]
                add_pair_counts(self._gap_scales[number], part, own, blocks[gaps], self._n_blocks)

    def _add_gone(self, number: int, blocks: Blocks, gaps: Rows, gone: Rows) -> None:
        self._complete[:, number] += np.bincount(blocks[gaps], minlength=self._n_blocks)
        self._answered[:, number] += np.bincount(blocks[gone], minlength=self._n_blocks)

    def _add_reasons(self, codes: Codes, blocks: Blocks) -> None:
        """Count missing responses that were not just skipped; the others follow from the joint counts."""
        if not codes.shape[1]:
            return
        for item, own in enumerate(self._option_codes):
            if codes[item].min() >= SKIPPED:
                continue
            gone = np.flatnonzero((codes[item] < SKIPPED) & is_missing(codes[item], own))
            place = blocks[gone].astype(np.int64) * self._n_reasons - codes[item, gone] - 1
            size = self._n_blocks * self._n_reasons
            self._others[:, item] += np.bincount(place, minlength=size).reshape(-1, self._n_reasons)

    def counted(self) -> Counted:
        """Return all counts so far."""
        pairs = {rows: counts.copy() for rows, counts in self._bits.items()}
        answered_all: dict[tuple[int, ...], Counts] = {}
        for rows, table in self._tables.items():
            pairs[rows], answered_all[rows] = table.joint()
        missing = self._others.copy()
        for item, gone in self._gone(pairs).items():
            missing[:, item, 0] += gone - missing[:, item].sum(axis=1)
        return Counted(
            groups=tuple(pairs),
            pairs=list(pairs.values()),
            listwise=[self._listwise(number, pairs, answered_all) for number in range(len(self._scales))],
            persons=self._persons.copy(),
            answered=self._persons[:, None] - self._answered,
            complete=self._persons[:, None] - self._complete,
            missing=missing,
        )

    def _gone(self, pairs: dict[tuple[int, ...], Counts]) -> dict[int, Counts]:
        """Return how many did not answer each item."""
        gone: dict[int, Counts] = {}
        for rows, counts in pairs.items():
            last = np.cumsum([self._width(row) for row in rows]) - 1
            gone |= {row: counts[:, place, place] for row, place in zip(rows, last.tolist(), strict=True)}
        return gone

    def _listwise(
        self,
        number: int,
        pairs: dict[tuple[int, ...], Counts],
        answered_all: dict[tuple[int, ...], Counts],
    ) -> Counts:
        rows = self._scales[number]
        if number in self._gap_scales:
            group = next(one for one in pairs if set(rows) <= set(one))
            gaps = self._among(self._gap_scales[number], rows, rows)
            return np.asarray(self._among(pairs[group], group, rows) - gaps)
        group = tuple(sorted(rows))
        return self._among(answered_all[group], group, rows)

    def _among(self, counts: Counts, group: Sequence[int], rows: Sequence[int]) -> Counts:
        """Return the counts of the options, without missing, of some items of a group, in their order."""
        inner = _inner([self._width(row) for row in group], [group.index(row) for row in rows])
        return np.asarray(counts[:, inner[:, None], inner])


def _inner(widths: Sequence[int], order: Sequence[int]) -> npt.NDArray[np.intp]:
    """Return the columns of the options, without missing, of items in some order."""
    ends = np.cumsum([0, *widths])
    parts = [np.arange(ends[item], ends[item + 1] - 1) for item in order]
    return np.concatenate([np.empty(0, np.intp), *parts]).astype(np.intp)


def is_missing(row: Codes, option_codes: Sequence[int]) -> Mask:
    """Return where an item was not answered."""
    gone: Mask = row < 0
    for code in option_codes:
        if code < 0:
            gone &= row != code
    return gone
