"""Rows that Spark hands to a worker, as a partition."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RowsPartition:
    """A stream of small record batches, read once; put together so that what a batch costs is paid seldom."""

    name: str
    schema: pa.Schema
    rows: Iterator[pa.RecordBatch]
    identity: Mapping[str, Any] = field(default_factory=dict)
    n_rows: int | None = None
    first_row: int | None = None
    row_in_file: int = 0
    size: int = 0

    def batches(self, columns: Sequence[str], rows: int) -> Iterator[pa.Table]:
        """Yield tables of at most ``rows`` rows."""
        wanted = [name for name in self.schema.names if name in columns]
        held: list[pa.Table] = []
        n = 0
        for batch in self.rows:
            table = pa.Table.from_batches([batch]).rename_columns(self.schema.names).select(wanted)
            if held and n + table.num_rows > rows:
                yield from _slices(held, rows)
                held, n = [], 0
            held.append(table)
            n += table.num_rows
        if n:
            yield from _slices(held, rows)

    def fields(self) -> dict[str, pa.DataType]:
        """Return the type of each column."""
        return dict(zip(self.schema.names, self.schema.types, strict=True))


def _slices(held: Sequence[pa.Table], rows: int) -> Iterator[pa.Table]:
    whole = pa.concat_tables(held).combine_chunks()
    for start in range(0, whole.num_rows, rows):
        yield whole.slice(start, rows)
