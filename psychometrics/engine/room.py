"""Tables as they are read become batches: joined as far as one may go, and cut where long texts need more."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import pyarrow as pa


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """What a batch may take.

    Attributes
    ----------
    rows : int
        Rows, if all texts are short and all numbers small.
    per_row : int
        Bytes that such a row takes at the worst moment.
    texts, numbers : int
        Bytes of these that its texts and its numbers take.
    copies : int
        How often a text is held at the worst moment.
    """

    rows: int
    per_row: int
    texts: int
    numbers: int
    copies: int

    @property
    def size(self) -> int:
        """Bytes of a batch at the worst moment."""
        return self.rows * self.per_row

    def needed(self, table: pa.Table) -> int:
        """Return the bytes that the rows of a table take at the worst moment."""
        n = int(table.num_rows)
        texts = sum(_bytes(one) for one in table.columns if not pa.types.is_primitive(one.type))
        numbers = sum(int(one.nbytes) for one in table.columns if pa.types.is_primitive(one.type))
        more = max(0, self.copies * texts - self.texts * n) + max(0, numbers - self.numbers * n)
        return n * self.per_row + int(more)

    def fitting(self, table: pa.Table) -> int:
        """Return how many rows a batch may have, if all are like those of a table."""
        return max(1, self.size * int(table.num_rows) // max(1, self.needed(table)))

    def batches(self, tables: Iterable[pa.Table]) -> Iterator[pa.Table]:
        """Yield all rows in order, in batches that have room, or one row that has none.

        A batch is yielded as soon as another table like the last would have no room, and nothing of it is kept here: while the
        next is read its memory is free again.
        """
        held: list[pa.Table] = []
        rows = needed = 0
        pieces = self._pieces(tables)
        while (piece := next(pieces, None)) is not None:
            n, more = int(piece.num_rows), self.needed(piece)
            if held and (not self._has(rows + n, needed + more) or piece.schema != held[0].schema):
                yield _joined(held)
                rows = needed = 0
            held.append(piece)
            del piece
            rows, needed = rows + n, needed + more
            if not self._has(rows + n, needed + more):
                yield _joined(held)
                rows = needed = 0
        if held:
            yield _joined(held)

    def _has(self, rows: int, needed: int) -> bool:
        return rows <= self.rows and needed <= self.size

    def _pieces(self, tables: Iterable[pa.Table]) -> Iterator[pa.Table]:
        """Yield tables, cut where they have no room."""
        for table in tables:
            yield from self._cut(table)
            del table

    def _cut(self, table: pa.Table) -> Iterator[pa.Table]:
        """Yield the halves of a table, and halves of these, until each has room."""
        if table.num_rows <= 1 or self._has(int(table.num_rows), self.needed(table)):
            yield table
            return
        half = table.num_rows // 2
        yield from self._cut(table.slice(0, half))
        yield from self._cut(table.slice(half))


def _bytes(column: pa.ChunkedArray) -> int:
    """Return what texts take, each written out; a slice has only its own."""
    if not pa.types.is_dictionary(column.type):
        return int(column.nbytes)
    return sum(
        len(one) * (int(one.dictionary.nbytes) // max(1, len(one.dictionary)) + 1) for one in column.chunks
    )


def _joined(held: list[pa.Table]) -> pa.Table:
    """Return tables as one, and let go of them."""
    whole = held[0] if len(held) == 1 else pa.concat_tables(held)
    held.clear()
    return whole
