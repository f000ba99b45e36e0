"""Anything large becomes partitions: files, folders, globs, object stores, streams, database results."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.fs as pafs

from psychometrics.engine.addresses import shown
from psychometrics.engine.delimited import DelimitedPartition, delimited_partitions
from psychometrics.engine.faults import CAUSES, SHOWN, fault
from psychometrics.engine.finding import (
    ARROW,
    PARQUET,
    SUFFIXES,
    TEXT,
    each_once,
    find_below,
    find_files,
    suffix_of,
)
from psychometrics.engine.frames import frame_engine, frame_source
from psychometrics.engine.parquet import FilePlace, arrow_partition, parquet_partitions
from psychometrics.engine.partitions import Partition, Source, TablePartition, refuse_twice
from psychometrics.errors import Problem, RunError

STREAM_ROWS = 262_144
STREAM_BYTES = 64 << 20


def open_source(
    source: Any, *, typed: Sequence[str] = (), guessed: Sequence[str] = (), held: int = STREAM_BYTES
) -> Source:
    """Return the partitions of a source; nothing but names, sizes and footers is read.

    Parameters
    ----------
    source : path, URI, glob, list of these, frame, stream or iterable
        Parquet, Arrow, CSV and TSV files (also ``.csv.gz``), folders of them (``gender=f/`` becomes a column), object
        stores through ``pyarrow.fs`` (``s3://``, ``gs://``), also as ``SubTreeFileSystem("bucket/folder", store)``; a
        pyarrow table or reader, a DuckDB relation or result, an ADBC cursor, any frame with the Arrow stream interface,
        a Dask or Spark frame, or any iterable of tables, batches or frames.
    typed : sequence of str
        Columns of text files whose numbers matter: they have one type throughout, found by looking.
    guessed : sequence of str
        Columns of text files that may be numbers here and text there. All others are text.
    held : int
        Bytes that a part of a stream may take, where its tables let it.

    Raises
    ------
    RunError
        Nothing there, or files that cannot be read: all of them at once.
    """
    if isinstance(source, Source):
        return source
    found = _files(source)
    if found is not None:
        return _of_files(*found, typed, guessed)
    if isinstance(source, pa.Table):
        refuse_twice(source.column_names, "the table")
        return _of_table(source)
    engine = frame_engine(source)
    if engine is not None:
        return frame_source(source, engine)
    tables = _stream(source)
    return Source(
        where=f"a {type(source).__name__}", partitions=_cut(tables, held), repeatable=False, held=held
    )


def _files(source: Any) -> tuple[str, list[FilePlace]] | None:
    """Return what files are called in messages, and the files; None where no files are given."""
    if isinstance(source, str | Path):
        return shown(str(source)), find_files(str(source))
    if isinstance(source, pafs.FileSystem):
        return find_below(source)
    if isinstance(source, list | tuple) and source and all(isinstance(one, str | Path) for one in source):
        return f"{len(source)} paths", [file for one in source for file in find_files(str(one))]
    return None


def _of_table(table: pa.Table) -> Source:
    parts: list[Partition] = [
        TablePartition(
            name=f"rows {start + 1}-{min(start + STREAM_ROWS, table.num_rows)}",
            table=table.slice(start, STREAM_ROWS),
            first_row=start,
            row_in_file=start,
        )
        for start in range(0, max(table.num_rows, 1), STREAM_ROWS)
    ]
    return Source(where="a table", partitions=parts, repeatable=False)


def _of_files(where: str, files: list[FilePlace], typed: Sequence[str], guessed: Sequence[str]) -> Source:
    parts: list[Partition] = []
    problems: list[Problem] = []
    first: int | None = 0
    for file in each_once(files):
        try:
            own = _partitions(file, first, typed, guessed)
        except CAUSES as error:
            problems += fault(file.name, error)
            first = None
            continue
        parts += own
        rows = [one.n_rows for one in own]
        first = None if first is None or None in rows else first + sum(n for n in rows if n is not None)
    if problems:
        n = len({one.where.split(":")[0] for one in problems})
        raise RunError(
            f"{where}: {n} of {len(files)} files cannot be read",
            problems=problems,
            hint="Mend or leave out these files.",
            facts={"partitions": sorted({one.where for one in problems})},
        )
    dated = all(file.stamp for file in files)  # else nothing tells whether a file is the one of an earlier run
    return Source(where=where, partitions=_one_type(parts), repeatable=dated)


def _partitions(
    file: FilePlace, first: int | None, typed: Sequence[str], guessed: Sequence[str]
) -> Sequence[Partition]:
    suffix = suffix_of(file.path)
    if suffix in (*PARQUET, *ARROW):
        own = parquet_partitions(file, first) if suffix in PARQUET else [arrow_partition(file, first)]
        refuse_twice(own[0].schema.names, file.name)
        return own
    if suffix in TEXT:
        return delimited_partitions(file, first, typed, guessed)
    raise RunError(
        f"{file.name}: cannot tell what kind of file this is",
        hint=f"The name must end in {' '.join(SUFFIXES)}.",
    )


def _one_type(parts: list[Partition]) -> list[Partition]:
    """Give columns of text files the widest type that any of the files needs: whole number, number, text."""
    text = [one for one in parts if isinstance(one, DelimitedPartition)]
    names = {name for one in text for name in one.types}
    widest: dict[str, pa.DataType] = {}
    for name in names:
        kinds = [one.types.get(name) for one in text if name in one.layout.names and one.ranges]
        if None not in kinds:
            widest[name] = pa.float64() if pa.float64() in kinds else pa.int64()
    return [replace(one, types=widest) if isinstance(one, DelimitedPartition) else one for one in parts]


def _duckdb_reader(source: Any) -> Any:
    with warnings.catch_warnings():  # that of a result copies the rows once, and says so; a relation does not
        warnings.simplefilter("ignore", UserWarning)
        return source.to_arrow_reader(STREAM_ROWS)


READERS: Mapping[str, Callable[[Any], Any]] = {
    "to_arrow_reader": _duckdb_reader,
    "fetch_record_batch": lambda source: source.fetch_record_batch(),  # ADBC, DuckDB before 1.4
}


def _stream(source: Any) -> Iterator[pa.Table]:
    """Yield the tables of a stream, as it gives them."""
    if isinstance(source, pa.RecordBatchReader):
        return (pa.Table.from_batches([batch]) for batch in source)
    for name, reader in READERS.items():
        if hasattr(source, name):
            return _of_database(source, reader)
    if hasattr(source, "__arrow_c_stream__"):
        return _stream(pa.RecordBatchReader.from_stream(source))
    if isinstance(source, Mapping):
        return iter([pa.table(dict(source))])
    if hasattr(source, "to_arrow") or hasattr(source, "iloc"):
        return iter([_table(source)])
    if isinstance(source, Iterable) and not isinstance(source, str | bytes):
        return (_table(one) for one in source)
    raise RunError(
        f"cannot read a {type(source).__name__} in batches",
        hint="Give a path, a folder, a glob, a table, an Arrow reader, a database result, or an iterable of tables.",
    )


def _of_database(source: Any, reader: Callable[[Any], Any]) -> Iterator[pa.Table]:
    """Ask now, and yield what comes; each driver has errors of its own."""
    where = f"a {type(source).__name__}"
    try:
        batches = reader(source)
    except Exception as error:
        raise RunError(f"{where}: the database gave no rows ({_line(error)})") from error
    return _told(_stream(batches), where)


def _told(tables: Iterator[pa.Table], where: str) -> Iterator[pa.Table]:
    n = 0
    try:
        for table in tables:
            yield table
            n += table.num_rows
    except Exception as error:
        raise RunError(f"{where}: the database broke off after {n:,} rows ({_line(error)})") from error


def _line(error: Exception) -> str:
    return " ".join(str(error).split())[:SHOWN]


def _table(one: Any) -> pa.Table:
    if isinstance(one, pa.Table):
        return one
    if isinstance(one, pa.RecordBatch):
        return pa.Table.from_batches([one])
    if isinstance(one, Mapping):
        return pa.table(dict(one))
    if hasattr(one, "__arrow_c_stream__") or hasattr(one, "__arrow_c_array__"):
        return pa.table(one)
    if hasattr(one, "iloc"):
        return pa.Table.from_pandas(one, preserve_index=False)
    raise RunError(f"the stream gave a {type(one).__name__}", hint="Give tables, record batches or frames.")


def _cut(tables: Iterable[pa.Table], most: int) -> Iterator[TablePartition]:
    """Yield parts of ``STREAM_ROWS`` rows, however long the tables of the stream are; fewer where these have more bytes."""
    held: list[pa.Table] = []
    n = first = size = 0
    for table in tables:
        refuse_twice(table.column_names, f"rows from {first + n + 1:,} on")
        if n and size + table.nbytes > most:
            yield _part(_joined(held, first), first)
            held, n, first, size = [], 0, first + n, 0
        for start in range(0, max(table.num_rows, 1), STREAM_ROWS):
            held.append(table.slice(start, STREAM_ROWS))
            n += held[-1].num_rows
        size += table.nbytes
        while n >= STREAM_ROWS:
            whole = _joined(held, first)
            yield _part(whole.slice(0, STREAM_ROWS), first)
            held, n, first = [whole.slice(STREAM_ROWS)], n - STREAM_ROWS, first + STREAM_ROWS
            size = held[0].nbytes
    if n or (first == 0 and held):
        yield _part(_joined(held, first), first)


def _joined(tables: list[pa.Table], first: int) -> pa.Table:
    tables = [one for one in tables if one.num_rows] or tables[:1]
    names = tables[0].column_names
    for one in tables[1:]:
        if set(one.column_names) != set(names):
            odd = sorted({*one.column_names} ^ {*names})
            raise RunError(f"rows from {first + 1} on: the stream changes its columns: {', '.join(odd)}")
    try:
        return pa.concat_tables([one.select(names) for one in tables], promote_options="permissive")
    except pa.ArrowException as error:
        raise RunError(f"rows from {first + 1} on: the stream changes its types ({error})") from error


def _part(table: pa.Table, first: int) -> TablePartition:
    return TablePartition(
        name=f"rows {first + 1}-{first + table.num_rows}", table=table, first_row=first, row_in_file=first
    )
