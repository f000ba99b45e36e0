"""CSV and TSV files as partitions: ranges of whole lines, found by looking for line ends outside quotes."""

from __future__ import annotations

import gzip
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO

import pyarrow as pa
from pyarrow import csv

from psychometrics.engine.parquet import FilePlace
from psychometrics.errors import Problem, RunError

RANGE = 4 << 20
PARTITION = 128 << 20
BOM = b"\xef\xbb\xbf"
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
        with _opened(self.file) as file:
            for one in self.ranges:
                table = _parse(_read(file, one), self.layout, there, self._kinds(there), self.name)
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


def _opened(file: FilePlace) -> Any:
    raw = file.filesystem.open_input_file(file.path)
    return gzip.GzipFile(fileobj=raw) if file.path.lower().endswith(".gz") else raw


def _read(file: BinaryIO, one: Range) -> bytes:
    file.seek(one.start)
    data = file.read(one.stop - one.start)
    return bytes(data)


def _parse(data: bytes, layout: Layout, columns: Sequence[str], types: Types, where: str) -> pa.Table:
    try:
        return csv.read_csv(
            pa.BufferReader(data),
            read_options=csv.ReadOptions(column_names=list(layout.names), use_threads=False),
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
    except pa.ArrowInvalid as error:
        raise RunError(f"{where}: {' '.join(str(error).split())}") from error


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
        try:
            first = _first_block(opened)
            layout, start = _header(file.name, first)
            return _walk(opened, layout, start, file.name)
        except (EOFError, gzip.BadGzipFile) as error:
            raise RunError(f"{file.name}: a damaged gzip file ({error})") from error


def _first_block(opened: BinaryIO) -> bytes:
    data = bytes(opened.read(RANGE))
    while b"\n" not in data and (more := opened.read(RANGE)):
        data += bytes(more)
    return data


def _header(name: str, data: bytes) -> tuple[Layout, int]:
    skip = len(BOM) if data.startswith(BOM) else 0
    line = data[skip:].split(b"\n", 1)[0]
    if not line.strip():
        raise RunError(
            f"{name}: the file is empty", hint="Give a file with a header line and a row per person."
        )
    delimiter = max((b",", b"\t", b";"), key=line.count).decode()
    table = csv.read_csv(
        pa.BufferReader(line + b"\n"),
        parse_options=csv.ParseOptions(delimiter=delimiter),
        read_options=csv.ReadOptions(use_threads=False),
    )
    names = tuple(table.column_names)
    twice = sorted({one for one in names if names.count(one) > 1})
    if twice:
        problems = [Problem(where=one, what=f"{names.count(one)} columns have this name") for one in twice]
        raise RunError(f"{name}: column names must differ", problems=problems)
    return Layout(names=names, delimiter=delimiter, quoted=False), skip + len(line) + 1


def _walk(opened: BinaryIO, layout: Layout, start: int, name: str) -> tuple[Layout, list[Range]]:
    """Return ranges of about ``RANGE`` bytes that end where a line does; line ends inside quotes are none."""
    opened.seek(start)
    ranges, rest, quoted = [], b"", False
    while block := bytes(opened.read(RANGE)):
        data = rest + block
        end, n, has_quotes = _last_line_end(data)
        quoted = quoted or has_quotes
        if end:
            ranges.append(Range(start=start, stop=start + end, n_rows=n))
            start += end
        rest = data[end:]
    if rest.count(b'"') % 2:
        raise RunError(f"{name}: ends inside a quoted cell", hint="The file is not whole: fetch it again.")
    if rest.strip():
        ranges.append(Range(start=start, stop=start + len(rest), n_rows=1))
    return Layout(names=layout.names, delimiter=layout.delimiter, quoted=quoted), ranges


def _last_line_end(data: bytes) -> tuple[int, int, bool]:
    """Return the place after the last line end that is not in quotes, the lines up to it, and if there are quotes."""
    if b'"' not in data:
        end = data.rfind(b"\n") + 1
        return end, _lines(data[:end]), False
    parts = data.split(b'"')
    end = length = 0
    for number, part in enumerate(parts):
        if number % 2 == 0 and b"\n" in part:
            end = length + part.rfind(b"\n") + 1
        length += len(part) + 1
    outside = b'"'.join(
        part if number % 2 == 0 else b"" for number, part in enumerate(data[:end].split(b'"'))
    )
    return end, _lines(outside), True


def _lines(data: bytes) -> int:
    """Count lines that hold something: the reader passes over empty ones."""
    blank = data.count(b"\n\n") + data.count(b"\r\n\r\n")
    return data.count(b"\n") - blank - data.startswith((b"\n", b"\r\n"))


def _types(
    file: FilePlace, layout: Layout, ranges: Sequence[Range], columns: Sequence[str]
) -> dict[str, pa.DataType]:
    open_: dict[str, list[pa.DataType]] = {name: [pa.int64(), pa.float64()] for name in columns}
    if not columns:
        return {}
    with _opened(file) as opened:
        for one in ranges:
            table = _parse(
                _read(opened, one), layout, columns, dict.fromkeys(columns, pa.string()), file.name
            )
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
