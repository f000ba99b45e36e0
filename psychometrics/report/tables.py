"""Tables for people: rounded, aligned, nothing left out in silence."""

from __future__ import annotations

from collections.abc import Iterable

import pyarrow as pa
from rich.console import Console

from psychometrics.report.fitting import Column, FittedTable
from psychometrics.result import format_cell


def fitted_table(
    table: pa.Table,
    *,
    title: str = "",
    drop_empty: bool = True,
    limit: int = 60,
    important: Iterable[str] = (),
) -> FittedTable:
    """Return a table for the terminal; columns that are empty throughout are left out."""
    names = [name for name in table.column_names if not (drop_empty and _is_empty(table.column(name)))]
    columns = [
        Column(
            name=name.replace("_", " "),
            cells=tuple(format_cell(name, value) for value in table.column(name).slice(0, limit).to_pylist()),
            right=_is_number(table.schema.field(name).type),
        )
        for name in names
    ]
    return FittedTable(columns, title=title, important=[name.replace("_", " ") for name in important])


def _is_number(kind: pa.DataType) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind))


def _is_empty(column: pa.ChunkedArray) -> bool:
    return all(value is None or value == "" for value in column.unique().to_pylist())


def print_table(
    table: pa.Table,
    console: Console,
    *,
    title: str = "",
    limit: int = 60,
    important: Iterable[str] = (),
) -> None:
    """Print a table, and say how many rows are not shown; ``important`` columns are the last to make room."""
    console.print(fitted_table(table, title=title, limit=limit, important=important))
    if table.num_rows > limit:
        console.print(f"… {table.num_rows - limit:,} more rows; write them all with --out FILE")


def rows_table(
    names: Iterable[str],
    rows: Iterable[Iterable[str]],
    *,
    title: str = "",
    right: Iterable[str] = (),
    important: Iterable[str] = (),
    whole: Iterable[str] = (),
) -> FittedTable:
    """Return a table of ready-made texts; ``important`` columns make room last, ``whole`` ones are never cut."""
    heads, numbers, uncut, lines = list(names), set(right), set(whole), [list(row) for row in rows]
    columns = [
        Column(
            name=name,
            cells=tuple(line[place] for line in lines),
            right=name in numbers,
            whole=name in uncut,
        )
        for place, name in enumerate(heads)
    ]
    return FittedTable(columns, title=title, important=important)
