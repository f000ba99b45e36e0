"""Anything large becomes partitions: files, folders, globs, object stores, streams, database results."""

from __future__ import annotations

import fnmatch
import glob
import re
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any

import pyarrow as pa
import pyarrow.fs as pafs

from psychometrics.engine.delimited import DelimitedPartition, delimited_partitions
from psychometrics.engine.faults import CAUSES, fault
from psychometrics.engine.frames import frame_engine, frame_source
from psychometrics.engine.parquet import FilePlace, arrow_partition, parquet_partitions
from psychometrics.engine.partitions import Partition, Source, TablePartition
from psychometrics.errors import Problem, RunError

STREAM_ROWS = 262_144
PARQUET, ARROW, TEXT = (".parquet", ".pq"), (".feather", ".arrow"), (".csv", ".tsv", ".txt")
SUFFIXES = (*PARQUET, *ARROW, *TEXT)
WILD = re.compile(r"[*?\[]")
URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")
HIVE = re.compile(r"([^/=]+)=([^/]*)")


def open_source(source: Any, *, typed: Sequence[str] = (), guessed: Sequence[str] = ()) -> Source:
    """Return the partitions of a source; nothing but names, sizes and footers is read.

    Parameters
    ----------
    source : path, URI, glob, list of these, frame, stream or iterable
        Parquet, Arrow, CSV and TSV files (also ``.csv.gz``), folders of them (``gender=f/`` becomes a column), object
        stores through ``pyarrow.fs`` (``s3://``, ``gs://``); a pyarrow table or reader, a DuckDB relation or result,
        an ADBC cursor, any frame with the Arrow stream interface, a Dask or Spark frame, or any iterable of tables,
        batches or frames.
    typed : sequence of str
        Columns of text files whose numbers matter: they have one type throughout, found by looking.
    guessed : sequence of str
        Columns of text files that may be numbers here and text there. All others are text.

    Raises
    ------
    RunError
        Nothing there, or files that cannot be read: all of them at once.
    """
    if isinstance(source, Source):
        return source
    if isinstance(source, str | Path):
        return _of_files(str(source), _files(str(source)), typed, guessed)
    if isinstance(source, list | tuple) and source and all(isinstance(one, str | Path) for one in source):
        files = [file for one in source for file in _files(str(one))]
        return _of_files(f"{len(source)} paths", files, typed, guessed)
    if isinstance(source, pa.Table):
        return _of_table(source)
    engine = frame_engine(source)
    if engine is not None:
        return frame_source(source, engine)
    tables = _stream(source)
    return Source(where=f"a {type(source).__name__}", partitions=_cut(tables), repeatable=False)


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


def _files(text: str) -> list[FilePlace]:
    wild = WILD.search(text) is not None
    try:
        if URI.match(text):
            base = text[: WILD.search(text).start()].rpartition("/")[0] if wild else text  # type: ignore[union-attr]
            filesystem, path = pafs.FileSystem.from_uri(base)
            pattern = text[len(base) :] if wild else ""
            found = _below(filesystem, path)
            chosen = [one for one in found if not wild or fnmatch.fnmatch(one.path[len(path) :], pattern)]
        else:
            filesystem, path = pafs.LocalFileSystem(), text
            paths = _fitting(text) if wild and not Path(text).exists() else [text]
            chosen = [one for found in paths for one in _below(filesystem, found)]
    except CAUSES as error:
        raise RunError(f"{text}: cannot be read", problems=fault("", error)) from error
    if not chosen:
        raise RunError(
            f"{text}: {'no file fits' if wild else 'no data files in it'}",
            hint=f"Data files end in {' '.join(SUFFIXES)} (or .csv.gz).",
        )
    return [_place(filesystem, one, path if not wild else "") for one in chosen]


def _fitting(pattern: str) -> list[str]:
    return sorted(glob.glob(pattern, recursive=True))  # noqa: PTH207 - a pattern may begin anywhere


def _below(filesystem: pafs.FileSystem, path: str) -> list[pafs.FileInfo]:
    """Return the file itself, or the data files in a folder, by name."""
    info = filesystem.get_file_info(path)
    if info.type == pafs.FileType.File:
        return [info]
    if info.type == pafs.FileType.NotFound:
        raise RunError(f"{path}: there is no such file or folder", hint="Check the name.")
    if isinstance(filesystem, pafs.LocalFileSystem):
        _readable(Path(path))
    found = filesystem.get_file_info(pafs.FileSelector(path, recursive=True))
    return sorted(
        (one for one in found if one.type == pafs.FileType.File and _is_data(one.path, path)),
        key=lambda one: one.path,
    )


def _readable(folder: Path) -> None:
    """Refuse a folder some part of which cannot be listed: people would be missing and nobody would know."""
    for one in [folder, *(sub for sub in folder.rglob("*") if sub.is_dir())]:
        next(one.iterdir(), None)


def _is_data(path: str, root: str) -> bool:
    below = PurePosixPath(path[len(root) :].lstrip("/"))
    hidden = any(part.startswith((".", "_")) for part in below.parts)
    return not hidden and _suffix(path) in SUFFIXES


def _suffix(path: str) -> str:
    return PurePosixPath(path.lower().removesuffix(".gz")).suffix


def _place(filesystem: pafs.FileSystem, info: pafs.FileInfo, root: str) -> FilePlace:
    below = (
        info.path[len(root) :].lstrip("/") if root and info.path != root else PurePosixPath(info.path).name
    )
    labels = dict(HIVE.findall(str(PurePosixPath(info.path).parent)))
    return FilePlace(
        path=info.path,
        filesystem=filesystem,
        name=below,
        size=int(info.size or 0),
        stamp="" if info.mtime_ns is None else str(info.mtime_ns),
        labels={} if not root else labels,
    )


def _of_files(where: str, files: list[FilePlace], typed: Sequence[str], guessed: Sequence[str]) -> Source:
    parts: list[Partition] = []
    problems: list[Problem] = []
    first: int | None = 0
    for file in _numbers_of_folders(_distinct_names(files)):
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
    return Source(where=where, partitions=_one_type(parts), repeatable=True)


def _distinct_names(files: list[FilePlace]) -> list[FilePlace]:
    names = [file.name for file in files]
    if len(set(names)) == len(names):
        return files
    return [replace(file, name=file.path.lstrip("/")) for file in files]


def _numbers_of_folders(files: list[FilePlace]) -> list[FilePlace]:
    """Turn labels of folders into whole numbers where all of a name are."""
    values: dict[str, set[str]] = {}
    for file in files:
        for name, value in file.labels.items():
            values.setdefault(name, set()).add(value)
    whole = {name for name, own in values.items() if all(re.fullmatch(r"-?\d{1,18}", one) for one in own)}
    return [
        replace(file, labels={n: int(v) if n in whole else v for n, v in file.labels.items()})
        for file in files
    ]


def _partitions(
    file: FilePlace, first: int | None, typed: Sequence[str], guessed: Sequence[str]
) -> Sequence[Partition]:
    suffix = _suffix(file.path)
    if suffix in PARQUET:
        return parquet_partitions(file, first)
    if suffix in ARROW:
        return [arrow_partition(file, first)]
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
            return _stream(reader(source))
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


def _cut(tables: Iterable[pa.Table]) -> Iterator[TablePartition]:
    """Yield parts of ``STREAM_ROWS`` rows, however long the tables of the stream are."""
    held: list[pa.Table] = []
    n = first = 0
    for table in tables:
        for start in range(0, max(table.num_rows, 1), STREAM_ROWS):
            held.append(table.slice(start, STREAM_ROWS))
            n += held[-1].num_rows
        while n >= STREAM_ROWS:
            whole = _joined(held, first)
            yield _part(whole.slice(0, STREAM_ROWS), first)
            held, n, first = [whole.slice(STREAM_ROWS)], n - STREAM_ROWS, first + STREAM_ROWS
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
