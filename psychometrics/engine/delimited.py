"""CSV and TSV files as partitions: ranges of whole lines, found by looking for line ends outside quotes."""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, BinaryIO

import pyarrow as pa
from pyarrow import csv

from psychometrics.engine.lines import BOM, delimiter_of, whole_lines
from psychometrics.engine.parquet import FilePlace
from psychometrics.engine.partitions import refuse_twice
from psychometrics.engine.text_faults import blocks_before, line_ends, odd_byte, odd_rows
from psychometrics.errors import Problem, RunError

RANGE = 4 << 20
PARTITION = 128 << 20
LONGEST = 64 << 20
NO_UTF8 = "UTF8"  # in what Arrow says
IN_UTF8 = "Save the file as UTF-8."
UTF16 = (b"\xff\xfe", b"\xfe\xff")
Types = Mapping[str, pa.DataType]


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """How a file of text is written: its columns, what stands between them, whether cells are in quotes."""

    names: tuple[str, ...]
    delimiter: str
    quoted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """Whole lines of a file."""

    start: int
    stop: int
    n_rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DelimitedPartition:
    """Some ranges of a file.

    Cells are text, but for the columns that ``types`` names, and those in ``guessed``: there every range is read as
    what it holds.
    """

    name: str
    file: FilePlace
    layout: Layout
    ranges: tuple[Range, ...]
    first_row: int | None
    row_in_file: int
    types: Types
    guessed: frozenset[str]

    @property
    def n_rows(self) -> int:
        """Rows."""
        return sum(one.n_rows for one in self.ranges)

    @property
    def size(self) -> int:
        """Bytes."""
        return sum(one.stop - one.start for one in self.ranges)

    @property
    def identity(self) -> Mapping[str, Any]:
        """File, size, time of change, bytes from and to."""
        ends = [self.ranges[0].start, self.ranges[-1].stop] if self.ranges else []
        return self.file.identity(bytes=ends)

    def batches(self, columns: Sequence[str], rows: int) -> Iterator[pa.Table]:
        """Yield tables of at most ``rows`` rows."""
        there = [name for name in columns if name in self.layout.names]
        kept: list[pa.Table] = []
        told = (self.name, self.row_in_file)
        with _opened(self.file) as file:
            for table in _tables(file, self.layout, self.ranges, there, self._kinds(there), told):
                if kept and (kept[0].schema != table.schema or sum(map(len, kept)) >= rows):
                    yield from self._slices(kept, rows, columns)
                    kept = []
                kept.append(table)
        if kept:
            yield from self._slices(kept, rows, columns)

    def _kinds(self, columns: Sequence[str]) -> Types:
        return {
            name: self.types.get(name, pa.string())
            for name in columns
            if name in self.types or name not in self.guessed
        }

    def _slices(self, tables: list[pa.Table], rows: int, columns: Sequence[str]) -> Iterator[pa.Table]:
        table = self.file.labelled(pa.concat_tables(tables), columns)
        for start in range(0, table.num_rows, rows):
            yield table.slice(start, rows)

    def fields(self) -> dict[str, pa.DataType]:
        """Return the type of each column: text, where nothing else was found; none where ranges may differ."""
        kinds = self._kinds(self.layout.names)
        own = {name: kinds.get(name, pa.null()) for name in self.layout.names}
        return own | {
            name: pa.int64() if isinstance(value, int) else pa.string()
            for name, value in self.file.labels.items()
        }


@contextmanager
def _opened(file: FilePlace) -> Iterator[Any]:
    """Open a file of text; what is wrong with a packed one is said in one way."""
    raw = file.filesystem.open_input_file(file.path)
    with raw:
        if not file.path.lower().endswith(".gz"):
            yield raw
            return
        try:
            with gzip.GzipFile(fileobj=raw) as opened:
                yield opened
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise RunError(f"{file.name}: a damaged gzip file ({error})") from error


def _read(file: BinaryIO, one: Range) -> pa.Buffer:
    file.seek(one.start)
    return _in_arrow(file.read(one.stop - one.start))


def _in_arrow(data: bytes) -> pa.Buffer:
    """Return the bytes as memory that Arrow owns: a thread of Arrow's pool cannot let go of a Python object safely."""
    memory = pa.allocate_buffer(len(data))
    pa.FixedSizeBufferWriter(memory).write(data)
    return memory


def _tables(
    opened: BinaryIO,
    layout: Layout,
    ranges: Sequence[Range],
    columns: Sequence[str],
    types: Types,
    told: tuple[str, int],
) -> Iterator[pa.Table]:
    """Yield the table of each range; ``told`` has the name for messages, and the rows of the file before."""
    for one in ranges:
        try:
            table = _parse(_read(opened, one), layout, columns, types)
        except pa.ArrowInvalid as error:
            raise _fault(opened, layout, ranges, told, error) from error
        yield table


def _parse(data: pa.Buffer, layout: Layout, columns: Sequence[str], types: Types) -> pa.Table:
    table = csv.read_csv(
        pa.BufferReader(data),
        read_options=csv.ReadOptions(
            column_names=list(layout.names), use_threads=False, block_size=max(data.size, 1)
        ),
        parse_options=csv.ParseOptions(delimiter=layout.delimiter, newlines_in_values=layout.quoted),
        convert_options=csv.ConvertOptions(
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=True,
            include_columns=list(columns),
            column_types=types,
            true_values=[],
            false_values=[],
        ),
    )
    if any(map(pa.types.is_binary, table.schema.types)):  # what Arrow takes for text that is not in UTF-8
        raise pa.ArrowInvalid(NO_UTF8)
    return table


def _fault(
    opened: BinaryIO, layout: Layout, ranges: Sequence[Range], told: tuple[str, int], error: pa.ArrowInvalid
) -> RunError:
    """Return what is wrong with the rows and lines of the file; Arrow knows only those of a range."""
    name, before = told
    problems = odd_rows(_blocks(opened, ranges), layout.delimiter, len(layout.names), before)
    if NO_UTF8 in str(error):
        problems += _odd_line(opened, ranges)
    text = re.sub(r"Row #\d+: ", "", " ".join(str(error).split()))
    return RunError(f"{name}: {'cannot be read' if problems else text}", problems=problems)


def _blocks(opened: BinaryIO, ranges: Sequence[Range]) -> Iterator[bytes]:
    for one in ranges:
        opened.seek(one.start)
        yield bytes(opened.read(one.stop - one.start))


def _odd_line(opened: BinaryIO, ranges: Sequence[Range]) -> list[Problem]:
    """Return the line with the first byte that is no UTF-8."""
    for one, block in zip(ranges, _blocks(opened, ranges), strict=True):
        if found := odd_byte(block):
            line = line_ends(blocks_before(opened, one.start + found[0])) + 1
            what, expected = found[1], "text in UTF-8"
            return [Problem(where=f"line {line:,}", what=what, expected=expected, hint=IN_UTF8)]
    return []


def delimited_partitions(
    file: FilePlace, first_row: int | None, typed: Sequence[str] = (), guessed: Sequence[str] = ()
) -> list[DelimitedPartition]:
    """Return the partitions of a file of text.

    One pass finds where lines end; where columns other than the answers matter (``typed``), it also finds out what
    they hold, as reading the whole file at once would: whole numbers, else numbers, else text.
    """
    layout, ranges = _survey(file)
    types = _types(file, layout, ranges, [name for name in typed if name in layout.names])
    groups: list[list[Range]] = [[]]
    for one in ranges:
        if groups[-1] and one.stop - groups[-1][0].start > PARTITION:
            groups.append([])
        groups[-1].append(one)
    out, before = [], 0
    for own in groups:
        which = f" bytes {own[0].start}-{own[-1].stop}" if len(groups) > 1 else ""
        out.append(
            DelimitedPartition(
                name=f"{file.name}{which}",
                file=file,
                layout=layout,
                ranges=tuple(own),
                first_row=None if first_row is None else first_row + before,
                row_in_file=before,
                types=types,
                guessed=frozenset(guessed),
            )
        )
        before += out[-1].n_rows
    return out


def _survey(file: FilePlace) -> tuple[Layout, list[Range]]:
    with _opened(file) as opened:
        layout, start = _header(file.name, opened)
        return _walk(opened, layout, start, file.name)


def _header(name: str, opened: BinaryIO) -> tuple[Layout, int]:
    """Return the layout that the first line with anything in it says, and the place after it."""
    data = b""
    while more := bytes(opened.read(RANGE)):
        data += more
        if data.startswith(UTF16):
            raise RunError(f"{name}: the text is in UTF-16", hint=IN_UTF8)
        skip = len(BOM) if data.startswith(BOM) else 0
        delimiter = delimiter_of(data[skip:])
        found = whole_lines(data[skip:], delimiter)
        if found.first:
            return _layout(name, data[skip : skip + found.first], delimiter), skip + found.first
        _not_too_long(name, data, 0)
    skip = len(BOM) if data.startswith(BOM) else 0
    if not data[skip:].strip():
        raise RunError(
            f"{name}: the file is empty", hint="Give a file with a header line and a row per person."
        )
    return _layout(name, data[skip:], delimiter_of(data[skip:])), len(data)


def _layout(name: str, line: bytes, delimiter: str) -> Layout:
    table = csv.read_csv(
        pa.BufferReader(_in_arrow(line.rstrip(b"\r\n") + b"\n")),
        parse_options=csv.ParseOptions(delimiter=delimiter, newlines_in_values=b'"' in line),
        read_options=csv.ReadOptions(use_threads=False, block_size=len(line) + 1),
    )
    try:
        names = tuple(table.column_names)
    except UnicodeDecodeError as error:
        raise RunError(f"{name}: the header is not in UTF-8", hint=IN_UTF8) from error
    refuse_twice(names, name)
    return Layout(names=names, delimiter=delimiter, quoted=False)


def _walk(opened: BinaryIO, layout: Layout, start: int, name: str) -> tuple[Layout, list[Range]]:
    """Return ranges of about ``RANGE`` bytes that end where a line does."""
    opened.seek(start)
    ranges, rest, quoted, unclosed = [], b"", False, False
    while block := bytes(opened.read(RANGE)):
        data = rest + block
        found = whole_lines(data, layout.delimiter)
        quoted, unclosed = quoted or found.quoted, found.open
        if found.end:
            ranges.append(Range(start=start, stop=start + found.end, n_rows=found.n_rows))
            start += found.end
        rest = data[found.end :]
        _not_too_long(name, rest, sum(one.n_rows for one in ranges))
    if unclosed:
        raise RunError(f"{name}: ends inside a quoted cell", hint="The file is not whole: fetch it again.")
    if rest.strip():
        ranges.append(Range(start=start, stop=start + len(rest), n_rows=1))
    return Layout(names=layout.names, delimiter=layout.delimiter, quoted=quoted), ranges


def _not_too_long(name: str, rest: bytes, before: int) -> None:
    """Refuse a line without an end: the rest of the file would have to be held."""
    if len(rest) > LONGEST:
        raise RunError(
            f"{name}: the line after row {before:,} does not end within {LONGEST >> 20} MiB",
            hint='A quote (") that opens a cell there is never closed, or this is no text.',
        )


def _types(
    file: FilePlace, layout: Layout, ranges: Sequence[Range], columns: Sequence[str]
) -> dict[str, pa.DataType]:
    open_: dict[str, list[pa.DataType]] = {name: [pa.int64(), pa.float64()] for name in columns}
    if not columns:
        return {}
    with _opened(file) as opened:
        texts = dict.fromkeys(columns, pa.string())
        for table in _tables(opened, layout, ranges, columns, texts, (file.name, 0)):
            for name, kinds in open_.items():
                while kinds and not _holds(table.column(name), kinds[0]):
                    kinds.pop(0)
    return {name: kinds[0] for name, kinds in open_.items() if kinds}


def _holds(column: pa.ChunkedArray, kind: pa.DataType) -> bool:
    try:
        column.cast(kind)
    except pa.ArrowInvalid:
        return False
    return True
