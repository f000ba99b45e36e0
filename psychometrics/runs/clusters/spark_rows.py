"""Rows that Spark hands to a worker, as a partition."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RowsPartition:
    """A stream of small record batches, read once; put together so that what a batch costs is paid seldom.

    Who looks at the first table only has not read it: the next to ask begins at the beginning.
    """

    name: str
    schema: pa.Schema
    rows: Iterator[pa.RecordBatch]
    identity: Mapping[str, Any] = field(default_factory=dict)
    n_rows: int | None = None
    first_row: int | None = None
    row_in_file: int = 0
    size: int = 0
    ahead: list[pa.RecordBatch] = field(default_factory=list)

    def batches(self, columns: Sequence[str], rows: int) -> Iterator[pa.Table]:
        """Yield tables of at most ``rows`` rows."""
        wanted = [name for name in self.schema.names if name in columns]
        for number, table in enumerate(self._tables(wanted, rows)):
            if number:
                self.ahead.clear()
            yield table

    def _tables(self, wanted: Sequence[str], rows: int) -> Iterator[pa.Table]:
        held: list[pa.Table] = []
        n = 0
        for batch in self._batches():
            table = pa.Table.from_batches([batch]).rename_columns(self.schema.names).select(wanted)
            if held and n + table.num_rows > rows:
                yield from _slices(held, rows)
                held, n = [], 0
            held.append(table)
            n += table.num_rows
        if n:
            yield from _slices(held, rows)

    def _batches(self) -> Iterator[pa.RecordBatch]:
        """Yield what was looked at, then what comes; it is kept until a second table is asked for."""
        yield from list(self.ahead)
        for batch in self.rows:
            self.ahead.append(batch)
            yield batch

    def fields(self) -> dict[str, pa.DataType]:
        """Return the type of each column."""
        return dict(zip(self.schema.names, self.schema.types, strict=True))


def _slices(held: Sequence[pa.Table], rows: int) -> Iterator[pa.Table]:
    whole = pa.concat_tables(held).combine_chunks()
    for start in range(0, whole.num_rows, rows):
        yield whole.slice(start, rows)
