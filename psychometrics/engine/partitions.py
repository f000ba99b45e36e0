"""A partition: a part of the data with a name, that can be read in batches."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import pyarrow as pa

from psychometrics.errors import Problem, RunError


class Partition(Protocol):
    """A named part of the data.

    Attributes
    ----------
    name : str
        What messages and the manifest call it.
    identity : mapping
        What tells whether the part is still the same: path, size, time of change, rows. Plain data.
    n_rows : int or None
        Rows, where known before reading.
    first_row : int or None
        Rows of the whole source before it, where known.
    row_in_file : int
        Rows of the same file before it, for messages.
    size : int
        Bytes, for the progress; 0 when not known.
    """

    @property
    def name(self) -> str: ...  # noqa: D102

    @property
    def identity(self) -> Mapping[str, Any]: ...  # noqa: D102

    @property
    def n_rows(self) -> int | None: ...  # noqa: D102

    @property
    def first_row(self) -> int | None: ...  # noqa: D102

    @property
    def row_in_file(self) -> int: ...  # noqa: D102

    @property
    def size(self) -> int: ...  # noqa: D102

    def batches(self, columns: Sequence[str], rows: int) -> Iterator[pa.Table]:
        """Yield the columns that are there, at most so many rows at a time."""
        ...

    def fields(self) -> dict[str, pa.DataType]:
        """Return the type of each column; text where a file of text says nothing."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class TablePartition:
    """Rows that are in memory already: a batch of a stream, or a frame."""

    name: str
    table: pa.Table
    first_row: int | None = None
    row_in_file: int = 0
    identity: Mapping[str, Any] = field(default_factory=dict)

    @property
    def n_rows(self) -> int:
        """Rows."""
        return int(self.table.num_rows)

    @property
    def size(self) -> int:
        """Bytes."""
        return int(self.table.nbytes)

    def batches(self, columns: Sequence[str], rows: int) -> Iterator[pa.Table]:
        """Yield slices of the table."""
        there = self.table.select([name for name in columns if name in self.table.column_names])
        for start in range(0, self.table.num_rows, rows):
            yield there.slice(start, rows)

    def fields(self) -> dict[str, pa.DataType]:
        """Return the type of each column."""
        return dict(zip(self.table.column_names, self.table.schema.types, strict=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """All partitions of some data.

    Attributes
    ----------
    where : str
        What the source is called in messages.
    partitions : iterable of Partition
        A list where files are behind it; made while it is read where a stream is.
    repeatable : bool
        Whether a partition can be read again: files yes, streams no.
    held : int
        Bytes that a partition of a stream takes while it is worked on, beside its batches.
    """

    where: str
    partitions: Iterable[Partition]
    repeatable: bool
    held: int = 0

    @property
    def n_rows(self) -> int | None:
        """Rows in all; None when not known."""
        if not isinstance(self.partitions, list):
            return None
        rows = [one.n_rows for one in self.partitions]
        return None if None in rows else sum(n for n in rows if n is not None)

    @property
    def size(self) -> int:
        """Bytes in all; 0 when not known."""
        return sum(one.size for one in self.partitions) if isinstance(self.partitions, list) else 0


def refuse_twice(names: Sequence[str], where: str) -> None:
    """Refuse columns that share a name: which one is meant, nobody knows."""
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        problems = [Problem(where=name, what=f"{names.count(name)} columns have this name") for name in twice]
        raise RunError(f"{where}: column names must differ", problems=problems)
