"""Anything tabular becomes one Arrow table: a path, a data frame, a mapping of columns."""

from __future__ import annotations

import gzip
import hashlib
import math
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any

import pyarrow as pa

from psychometrics.engine.addresses import is_address, shown
from psychometrics.engine.lines import BOM, cells_of_rows, delimiter_of, whole_lines
from psychometrics.engine.text_faults import BLOCK, line_ends, odd_byte, odd_rows
from psychometrics.errors import MissingPackageError, Problem, ResponsesError

Table = Any
"""A path, a pandas, polars or pyarrow frame, or a mapping of column name to values."""

Ranges = dict[str, list[tuple[float, float]]]
MOST_WHOLE = 2.0**63
WHOLE_DECIMAL = r"^(-?\d+)\.0+$|^(0)E-\d+$"
SUFFIXES = (".csv", ".tsv", ".txt", ".parquet", ".feather", ".arrow", ".sav")


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedTable:
    """A table with what is known of its origin.

    ``missing_ranges`` are the user-missing ranges that an SPSS file declares.
    """

    table: pa.Table
    where: str
    sha256: str
    missing_ranges: Ranges = field(default_factory=dict)


def load_table(source: Table, *, text: Iterable[str] = ()) -> LoadedTable:
    """Return the source as an Arrow table; columns named in ``text`` are kept as text (``007`` stays ``007``)."""
    loaded = _from_path(source, tuple(text)) if isinstance(source, str | Path) else _from_frame(source)
    _refuse_duplicate_names(loaded.table.column_names, loaded.where)
    return loaded


def _refuse_duplicate_names(names: list[str], where: str) -> None:
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        problems = [Problem(where=name, what=f"{names.count(name)} columns have this name") for name in twice]
        raise ResponsesError(f"{where}: column names must differ", problems=problems)


def _from_frame(source: Any) -> LoadedTable:
    import narwhals as nw
    from narwhals.exceptions import DuplicateError

    if isinstance(source, Mapping):
        table = _guard("mapping", lambda: pa.table(dict(source)))
    elif isinstance(source, pa.Table):
        table = source
    else:
        try:
            frame = nw.from_native(source, eager_only=True)
        except TypeError as error:
            raise ResponsesError(
                f"cannot read a {type(source).__name__} as a table",
                hint="Give a path, a pandas, polars or pyarrow table, or a mapping of columns.",
            ) from error
        except DuplicateError:
            _refuse_duplicate_names([str(name) for name in source.columns], type(source).__name__)
            raise
        table = _frame_to_arrow(frame)
    return LoadedTable(table=table, where=f"{type(source).__name__}", sha256="")


def _frame_to_arrow(frame: Any) -> pa.Table:
    names = [str(name) for name in frame.columns]
    try:
        table: pa.Table = frame.to_arrow()
    except (pa.ArrowInvalid, pa.ArrowTypeError):  # an object column that mixes numbers and text
        table = pa.table([_column_to_arrow(frame[name]) for name in frame.columns], names=names)
    extra = [name for name in table.column_names if name not in names]
    return table.drop_columns(extra) if extra else table


def _column_to_arrow(series: Any) -> pa.Array | pa.ChunkedArray:
    try:
        return series.to_arrow()
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        cells = zip(series.to_list(), series.is_null().to_list(), strict=True)
        return pa.array([None if blank else _cell_text(value) for value, blank in cells], pa.string())


def _cell_text(value: object) -> str | None:
    """Return a cell among numbers and texts as :func:`as_text` would write it in a column of its own kind."""
    if not isinstance(value, float):
        return str(value)
    if math.isnan(value):
        return None
    return str(int(value)) if value.is_integer() and abs(value) < MOST_WHOLE else str(value)


def _guard(where: str, read: Any) -> pa.Table:
    try:
        return read()
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError, OSError, EOFError) as error:
        raise ResponsesError(
            f"{where}: cannot be read as a table",
            problems=[Problem(where="", what=str(error).strip().splitlines()[0])],
            hint="Check that the file is whole, and that its name ends in what it is: " + " ".join(SUFFIXES),
        ) from error


def _from_path(source: str | Path, text: tuple[str, ...]) -> LoadedTable:
    if is_address(str(source)):
        raise ResponsesError(
            f"{shown(str(source))}: an address, and this reads files of this machine",
            hint="Read it in batches: open_batches(...); or copy it here.",
        )
    where = "standard input" if str(source) == "-" else str(source)
    data = _read_bytes(source, where)
    digest = hashlib.sha256(data).hexdigest()
    suffixes = [".csv"] if where == "standard input" else [suffix.lower() for suffix in Path(source).suffixes]
    if suffixes and suffixes[-1] == ".gz":
        data = _unzip(data, where)
        suffixes = suffixes[:-1]
    suffix = suffixes[-1] if suffixes else ""
    if suffix not in SUFFIXES:
        raise ResponsesError(
            f"{where}: cannot tell what kind of file this is",
            hint=f"The name must end in {' '.join(SUFFIXES)}.",
        )
    if not data.strip():
        raise ResponsesError(
            f"{where}: the file is empty", hint="Give a file with a header line and one row per person."
        )
    if suffix == ".sav":
        return _from_spss(Path(source), digest)
    table = _guard(where, lambda: _parse(data, suffix, text, where))
    if table.num_rows == 0:
        raise ResponsesError(f"{where}: a header and no rows", hint="Give a file with one row per person.")
    return LoadedTable(table=table, where=where, sha256=digest)


def _read_bytes(source: str | Path, where: str) -> bytes:
    if where == "standard input":
        return sys.stdin.buffer.read()
    try:
        return Path(source).read_bytes()
    except OSError as error:
        raise ResponsesError(
            f"{where}: cannot be read ({error.strerror or error})", hint="Check the name and the permissions."
        ) from error


def _unzip(data: bytes, where: str) -> bytes:
    try:
        return gzip.decompress(data)
    except (OSError, EOFError) as error:
        raise ResponsesError(f"{where}: a damaged gzip file ({error})") from error


def _parse(data: bytes, suffix: str, text: tuple[str, ...], where: str) -> pa.Table:
    if suffix == ".parquet":
        import pyarrow.parquet as pq

        return pq.read_table(_in_arrow(data))
    if suffix in (".feather", ".arrow"):
        from pyarrow import feather

        return feather.read_table(_in_arrow(data))
    return _parse_text(data, text, where)


def _in_arrow(data: bytes) -> pa.BufferReader:
    """Return the bytes as memory that Arrow owns.

    A thread of Arrow's pool may let go of its input a moment after the table is there. Were the input a Python object,
    that thread would need the interpreter, and one that is ending just then (a command that ends in an error) aborts.
    """
    memory = pa.allocate_buffer(len(data))
    pa.FixedSizeBufferWriter(memory).write(data)
    return pa.BufferReader(memory)


def _parse_text(data: bytes, text: tuple[str, ...], where: str) -> pa.Table:
    """Read a file of text; one in another encoding is refused by line, one with odd rows by all of these."""
    try:
        table = _parse_delimited(data, text)
        _ = table.column_names  # Arrow decodes them only now
    except (pa.ArrowInvalid, UnicodeDecodeError):
        _refuse_other_encodings(data, where)
        _refuse_odd_rows(data, where)
        raise
    if any(map(pa.types.is_binary, table.schema.types)):
        _refuse_other_encodings(data, where)
    return table


def _refuse_other_encodings(data: bytes, where: str) -> None:
    from psychometrics.engine.delimited import IN_UTF8, UTF16

    if data.startswith(UTF16):
        raise ResponsesError(f"{where}: the text is in UTF-16", hint=IN_UTF8)
    if found := odd_byte(data):
        problem = Problem(where=f"line {line_ends([data[: found[0]]]) + 1:,}", what=found[1])
        raise ResponsesError(f"{where}: the text is not in UTF-8", problems=[problem], hint=IN_UTF8)


def _refuse_odd_rows(data: bytes, where: str) -> None:
    """Refuse rows that have more or fewer cells than the header."""
    delimiter = delimiter_of(data)
    blocks = _whole_lines(data.removeprefix(BOM), delimiter)
    first = next(blocks, b"")
    end = whole_lines(first, delimiter).first
    header = cells_of_rows(first[:end], delimiter)
    if not len(header):
        return
    problems = odd_rows(chain([first[end:]], blocks), delimiter, int(header[0]))
    if problems:
        raise ResponsesError(f"{where}: cannot be read as a table", problems=problems)


def _whole_lines(text: bytes, delimiter: str) -> Iterator[bytes]:
    """Yield the lines of a text, as many at once as some MiB hold, for looking at them takes several times that."""
    start, size = 0, BLOCK
    while start < len(text):
        block = text[start : start + size]
        end = whole_lines(block, delimiter).end if start + size < len(text) else len(block)
        if end:
            yield block[:end]
        start, size = start + end, BLOCK if end else 2 * size


def _parse_delimited(data: bytes, text: tuple[str, ...]) -> pa.Table:
    """Read comma, tab or semicolon separated text; only an empty cell is null."""
    from pyarrow import csv

    return csv.read_csv(
        _in_arrow(data),
        parse_options=csv.ParseOptions(delimiter=delimiter_of(data), newlines_in_values=b'"' in data),
        convert_options=csv.ConvertOptions(
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=True,
            true_values=[],
            false_values=[],
            column_types={name: pa.string() for name in text},
        ),
    )


def _from_spss(path: Path, digest: str) -> LoadedTable:
    try:
        import pyreadstat
    except ImportError as error:
        raise MissingPackageError(
            "reading .sav files needs the package pyreadstat",
            hint='Install it: pip install "psychometrics-engine[spss]"',
        ) from error
    try:
        frame, meta = pyreadstat.read_sav(str(path), user_missing=True)
    except Exception as error:  # pyreadstat raises its own unrelated classes
        raise ResponsesError(f"{path}: cannot be read as an SPSS file ({error})") from error
    ranges = {
        name: [(float(one["lo"]), float(one["hi"])) for one in declared if isinstance(one, dict)]
        for name, declared in meta.missing_ranges.items()
    }
    return LoadedTable(
        table=pa.Table.from_pandas(frame, preserve_index=False),
        where=str(path),
        sha256=digest,
        missing_ranges=ranges,
    )


def as_text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return the column as text: text letter by letter, a whole number without decimals whatever type held it.

    Empty text and nan are null.

    A cell is written the same whatever stands in the others, so that the parts of a table give what the whole gives.
    """
    import pyarrow.compute as pc

    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if pa.types.is_floating(column.type):
        column = _floats_as_text(column)
    elif pa.types.is_decimal(column.type):
        column = _decimals_as_text(column)
    column = column.cast(pa.string())
    if pc.min(pc.binary_length(column)).as_py() != 0:
        return column
    return pc.if_else(pc.equal(column, ""), pa.scalar(None, pa.string()), column)


def _floats_as_text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    import pyarrow.compute as pc

    column = column.cast(pa.float64())
    unknown = pc.is_nan(column)
    if pc.any(unknown).as_py():
        column = pc.if_else(unknown, pa.scalar(None, pa.float64()), column)
    whole = pc.and_(pc.equal(column, pc.round(column)), pc.less(pc.abs(column), MOST_WHOLE))
    if pc.all(whole, skip_nulls=True).as_py():
        return column.cast(pa.int64())
    numbers = pc.if_else(whole, column, 0.0).cast(pa.int64()).cast(pa.string())
    return pc.if_else(whole, numbers, column.cast(pa.string()))


def _decimals_as_text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Write 1001.00 as 1001; a nought of many decimals is 0E-10 to Arrow."""
    import pyarrow.compute as pc

    return pc.replace_substring_regex(column.cast(pa.string()), WHOLE_DECIMAL, r"\1\2")


def digest_table(table: pa.Table, block: bytes | memoryview = b"") -> str:
    """Return a SHA-256 over names, cells as text, and a block of codes: the same whatever library held the data."""
    import pyarrow.compute as pc

    hasher = hashlib.sha256(block)
    for name in table.column_names:
        column = as_text(table.column(name)).combine_chunks()
        hasher.update(f"\0{name}\0{column.null_count}\0".encode())
        cells = pa.LargeListArray.from_arrays(
            pa.array([0, len(column)], pa.int64()), column.fill_null("\x1e").cast(pa.large_string())
        )
        hasher.update(pc.binary_join(cells, pa.scalar("\x1f", pa.large_string()))[0].as_buffer())
    return hasher.hexdigest()
