"""Tables for people: rounded, aligned, nothing left out in silence."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

import pyarrow as pa
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

DIGITS: Mapping[str, int] = {
    "percentile_rank": 0,
    "percentile_lower": 0,
    "percentile_upper": 0,
    "t": 0,
    "iq": 0,
    "stanine": 0,
    "sten": 0,
    "norm_n": 0,
    "n": 0,
    "n_persons": 0,
    "estimate": 3,
    "ci_lower": 3,
    "ci_upper": 3,
    "p": 3,
}


def format_number(value: float, digits: int = 2) -> str:
    """Write a number with fixed decimals; blank for nan."""
    if value is None or math.isnan(value):
        return ""
    return f"{value:,.{digits}f}"


def format_rank(rank: float) -> str:
    """Write a percentile rank without decimals, ``1 or below`` and ``99 or above`` at the ends."""
    if math.isnan(rank):
        return ""
    if rank < 1.5:
        return "≤1"
    return "≥99" if rank >= 98.5 else f"{rank:.0f}"


def format_cell(name: str, value: Any) -> str:
    """Write one cell the way its column asks for."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else ""
    if name.startswith("percentile_"):
        return format_rank(float(value))
    if isinstance(value, float):
        return format_number(value, DIGITS.get(name, 2))
    return f"{value:,}" if isinstance(value, int) else str(value)


def rich_table(table: pa.Table, *, title: str = "", drop_empty: bool = True, limit: int = 60) -> Table:
    """Return a table for the terminal; columns that are empty throughout are left out."""
    out = Table(title=title or None, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    names = [name for name in table.column_names if not (drop_empty and _is_empty(table.column(name)))]
    for name in names:
        number = pa.types.is_integer(table.schema.field(name).type) or pa.types.is_floating(
            table.schema.field(name).type
        )
        out.add_column(name.replace("_", " "), justify="right" if number else "left", overflow="fold")
    for row in table.slice(0, limit).to_pylist():
        out.add_row(*(Text(format_cell(name, row[name])) for name in names))
    return out


def _is_empty(column: pa.ChunkedArray) -> bool:
    return all(value is None or value == "" for value in column.unique().to_pylist())


def print_table(table: pa.Table, console: Console, *, title: str = "", limit: int = 60) -> None:
    """Print a table, and say how many rows are not shown."""
    console.print(rich_table(table, title=title, limit=limit))
    if table.num_rows > limit:
        console.print(f"… {table.num_rows - limit:,} more rows; write them all with --out FILE")


def rows_table(
    names: Iterable[str], rows: Iterable[Iterable[str]], *, title: str = "", right: Iterable[str] = ()
) -> Table:
    """Return a table of ready-made texts."""
    out = Table(title=title or None, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    for name in names:
        out.add_column(name, justify="right" if name in set(right) else "left", overflow="fold")
    for row in rows:
        out.add_row(*(Text(cell) for cell in row))
    return out
