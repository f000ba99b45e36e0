"""Parquet and Arrow files as partitions: runs of row groups, or of record batches."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.fs as pafs
import pyarrow.parquet as pq

from psychometrics.errors import RunError

PIECE = 1 << 16
"""Bytes of a column that are read at once from a file of this machine; else those of a row group are held whole, packed."""
ROWS = 1_048_576
"""Rows from which on a file becomes several partitions; the same whatever the memory, so that names stay."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FilePlace:
    """A file: where it is, and what tells whether it is still the same."""

    path: str
    filesystem: pafs.FileSystem
    name: str
    size: int
    stamp: str
    labels: Mapping[str, Any] = field(default_factory=dict)

    def identity(self, **more: Any) -> dict[str, Any]:
        """Return what the manifest keeps."""
        return {"path": self.path, "size": self.size, "stamp": self.stamp, **more}

    def labelled(self, table: pa.Table, columns: Sequence[str]) -> pa.Table:
        """Add the columns that the folders of the path stand for."""
        for name, value in self.labels.items():
            if name in columns and name not in table.column_names:
                kind = pa.int64() if isinstance(value, int) else pa.string()
                index = pa.repeat(pa.scalar(0, pa.int32()), table.num_rows)
                whole = pa.DictionaryArray.from_arrays(index, pa.array([value], kind))
                table = table.append_column(name, whole)
        return table

    def fields(self, schema: pa.Schema) -> dict[str, pa.DataType]:
        """Return the type of each column of the file, and of those that its path stands for."""
        own = dict(zip(schema.names, schema.types, strict=True))
        return own | {
            name: pa.int64() if isinstance(value, int) else pa.string() for name, value in self.labels.items()
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class ParquetPartition:
    """Some row groups of one file."""

    name: str
    file: FilePlace
    groups: tuple[int, ...]
    n_rows: int
    first_row: int | None
    row_in_file: int
    size: int
    schema: pa.Schema

    @property
    def identity(self) -> Mapping[str, Any]:
        """File, size, time of change, row groups."""
        return self.file.identity(groups=[self.groups[0], self.groups[-1]] if self.groups else [])

    def batches(self, columns: Sequence[str], rows: int) -> Iterator[pa.Table]:
        """Yield tables of at most ``rows`` rows; whole row groups where they are small enough."""
        there = [name for name in columns if name in self.schema.names]
        with self.file.filesystem.open_input_file(self.file.path) as opened:
            here = isinstance(self.file.filesystem, pafs.LocalFileSystem)  # a store takes long for each piece
            whole = pq.ParquetFile(opened, pre_buffer=False, buffer_size=PIECE if here else 0)
            if self.groups and self.groups[-1] >= whole.num_row_groups:
                raise RunError("changed since it was found", hint="Run again when nobody writes to it.")
            for groups in self._runs(whole, rows):
                if sum(whole.metadata.row_group(group).num_rows for group in groups) <= rows:
                    yield self._out(whole.read_row_groups(groups, columns=there, use_threads=False), columns)
                else:
                    for batch in whole.iter_batches(
                        rows, row_groups=groups, columns=there, use_threads=False
                    ):
                        yield self._out(pa.Table.from_batches([batch]), columns)

    def _out(self, table: pa.Table, columns: Sequence[str]) -> pa.Table:
        return self.file.labelled(table, columns)

    def _runs(self, whole: pq.ParquetFile, rows: int) -> list[list[int]]:
        """Return row groups that fit into one batch together."""
        runs: list[list[int]] = []
        held = 0
        for group in self.groups:
            n = whole.metadata.row_group(group).num_rows
            if not runs or held + n > rows:
                runs.append([])
                held = 0
            runs[-1].append(group)
            held += n
        return runs

    def fields(self) -> dict[str, pa.DataType]:
        """Return the type of each column."""
        return self.file.fields(self.schema)


def parquet_partitions(file: FilePlace, first_row: int | None) -> list[ParquetPartition]:
    """Return the partitions of a Parquet file: as many row groups each as make up about a million rows."""
    with file.filesystem.open_input_file(file.path) as opened:
        whole = pq.ParquetFile(opened)
        metadata, schema = whole.metadata, whole.schema_arrow
    sizes = [metadata.row_group(group).num_rows for group in range(metadata.num_row_groups)]
    runs: list[list[int]] = [[]]
    held = 0
    for group, n in enumerate(sizes):
        if runs[-1] and held + n > ROWS:
            runs.append([])
            held = 0
        runs[-1].append(group)
        held += n
    out, before = [], 0
    for groups in runs:
        n = sum(sizes[group] for group in groups)
        which = f" row groups {groups[0]}-{groups[-1]}" if len(runs) > 1 else ""
        out.append(
            ParquetPartition(
                name=f"{file.name}{which}",
                file=file,
                groups=tuple(groups),
                n_rows=n,
                first_row=None if first_row is None else first_row + before,
                row_in_file=before,
                size=sum(_bytes(metadata, group) for group in groups),
                schema=schema,
            )
        )
        before += n
    return out


def _bytes(metadata: pq.FileMetaData, group: int) -> int:
    one = metadata.row_group(group)
    return sum(one.column(i).total_compressed_size for i in range(one.num_columns))


@dataclass(frozen=True, slots=True, kw_only=True)
class ArrowPartition:
    """An Arrow or Feather file."""

    name: str
    file: FilePlace
    n_rows: int
    first_row: int | None
    schema: pa.Schema
    row_in_file: int = 0

    @property
    def identity(self) -> Mapping[str, Any]:
        """File, size, time of change."""
        return self.file.identity()

    @property
    def size(self) -> int:
        """Bytes."""
        return self.file.size

    def batches(self, columns: Sequence[str], rows: int) -> Iterator[pa.Table]:
        """Yield the record batches of the file, cut where they are too long."""
        with self.file.filesystem.open_input_file(self.file.path) as opened:
            reader = pa.ipc.open_file(opened)
            for number in range(reader.num_record_batches):
                table = pa.Table.from_batches([reader.get_batch(number)])
                table = table.select([name for name in columns if name in table.column_names])
                for start in range(0, table.num_rows, rows):
                    yield self.file.labelled(table.slice(start, rows), columns)

    def fields(self) -> dict[str, pa.DataType]:
        """Return the type of each column."""
        return self.file.fields(self.schema)


def arrow_partition(file: FilePlace, first_row: int | None) -> ArrowPartition:
    """Return an Arrow file as a partition."""
    with file.filesystem.open_input_file(file.path) as opened:
        reader = pa.ipc.open_file(opened)
        n = sum(reader.get_batch(number).num_rows for number in range(reader.num_record_batches))
        return ArrowPartition(name=file.name, file=file, n_rows=n, first_row=first_row, schema=reader.schema)
