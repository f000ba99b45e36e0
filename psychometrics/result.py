"""What every result can do: become a table, a dictionary, a piece of HTML; and say where it came from."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

HTML_ROWS = 60
TEXT_ROWS = 20
TEXT_WIDTH = 60
ENOUGH_ROWS = 3

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where a result came from: enough to make it again.

    Attributes
    ----------
    instrument : str
        ``id@version`` of the instrument; empty when none took part.
    fingerprint : str
        Fingerprint of everything in the instrument that changes a score.
    norms : str
        ``instrument/edition`` of the norms; empty when none took part.
    simulated : bool
        True when the numbers rest on simulated data.
    input_sha256 : str
        Digest of the data that went in.
    options : tuple of (str, str)
        The choices made in the call.
    package_version : str
        Version of this library.
    """

    instrument: str = ""
    fingerprint: str = ""
    norms: str = ""
    simulated: bool = False
    input_sha256: str = ""
    options: tuple[tuple[str, str], ...] = ()
    package_version: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return the same as a plain dictionary."""
        return {
            "instrument": self.instrument,
            "fingerprint": self.fingerprint,
            "norms": self.norms,
            "simulated": self.simulated,
            "input_sha256": self.input_sha256,
            "options": dict(self.options),
            "package_version": self.package_version,
        }


class Result:
    """Base of all results: frozen, unrounded, one table with fixed column names.

    A subclass says its ``columns()``; everything else follows from them.
    """

    __slots__ = ()

    source: Source

    def columns(self) -> Mapping[str, Any]:
        """Return the table behind :meth:`to_frame`: column name to sequence, all of one length."""
        raise NotImplementedError(f"{type(self).__name__} must say its columns")

    def to_frame(self) -> pd.DataFrame:
        """Return one pandas table, one row per statistic or per person and scale; nothing is rounded.

        What is missing is nan in every column, texts included.
        """
        import pandas as pd

        return pd.DataFrame({name: _for_pandas(values) for name, values in self.columns().items()})

    def to_arrow(self) -> pa.Table:
        """Return the same table for Arrow, Parquet and polars; nan becomes null."""
        import pyarrow as pa

        return pa.table({name: _for_arrow(values) for name, values in self.columns().items()})

    def to_dict(self) -> dict[str, Any]:
        """Return plain data, ready for JSON: ``result``, ``source``, ``rows``; nan becomes None."""
        rows = self.to_arrow().to_pylist()
        return {"result": type(self).__name__, "source": self.source.to_dict(), "rows": plain(rows)}

    def __str__(self) -> str:
        simulated = "  SIMULATED DATA" if self.source.simulated else ""
        return f"{self!r}{simulated}\n{text_table(self.to_arrow())}"

    def _repr_html_(self) -> str:
        from html import escape

        frame = self.to_frame()
        simulated = "<p><strong>SIMULATED DATA</strong></p>" if self.source.simulated else ""
        more = f"<p>… {len(frame) - HTML_ROWS:,} more rows</p>" if len(frame) > HTML_ROWS else ""
        table = frame.head(HTML_ROWS).to_html(index=False, escape=True, na_rep="", border=0)
        return f"<p>{escape(repr(self))}</p>{simulated}{table}{more}"


def because(value: float, reason: str) -> str:
    """Return the reason of a nan in brackets, for the one line of a result; nothing where there is a number."""
    return f" ({reason})" if math.isnan(value) and reason else ""


def counted(number: int, one: str, many: str = "") -> str:
    """Write a number with its noun: ``1 person``, ``1,200 persons``."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def plain(value: Any) -> Any:
    """Turn nested results into what JSON knows: nan becomes None, NumPy numbers become Python's."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, np.generic):
        return plain(value.item())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if value is None or isinstance(value, str | int | float | bool):
        return value
    return str(value)


def format_number(value: float, digits: int = 2) -> str:
    """Write a number with fixed decimals; blank for nan."""
    if value is None or math.isnan(value):
        return ""
    return f"{round(value, digits) + 0.0:,.{digits}f}"  # + 0.0: no minus before a zero


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
    if isinstance(value, float) and name.startswith("percentile_"):
        return format_rank(value)
    if isinstance(value, float):
        return format_number(value, DIGITS.get(name, 2))
    return f"{value:,}" if isinstance(value, int) else str(value)


def text_table(table: pa.Table, rows: int = TEXT_ROWS) -> str:
    """Write a table as plain text, rounded: one line per row, or one per column where there is a single row.

    Columns that are empty throughout are left out, what is the same in all rows is said once below, and of more rows
    than ``rows`` it says how many.
    """
    shown = table.slice(0, rows)
    cells = {
        name: [_short(format_cell(name, value)) for value in shown.column(name).to_pylist()]
        for name in table.column_names
    }
    cells = {name: texts for name, texts in cells.items() if any(texts)}
    if table.num_rows == 1:
        wide = max(map(len, cells), default=0)
        return "\n".join(f"{name:<{wide}}  {texts[0]}" for name, texts in cells.items())
    same = _in_all_rows(table, cells)
    kept = {name: texts for name, texts in cells.items() if name not in same}
    aligned = [_aligned(name, texts, table.schema.field(name).type) for name, texts in kept.items()]
    lines = ["  ".join(line).rstrip() for line in zip(*aligned, strict=True)]
    if table.num_rows > rows:
        lines.append(f"… {table.num_rows - rows:,} more rows")
    if same:
        lines.append(f"in all rows: {', '.join(f'{name} {cells[name][0]}' for name in same)}")
    return "\n".join(lines)


def _in_all_rows(table: pa.Table, names: Iterable[str]) -> list[str]:
    """Return the columns after the first that hold one and the same value in three rows or more."""
    return [
        name
        for name in list(names)[1:]
        if table.num_rows >= ENOUGH_ROWS and len(table.column(name).unique()) == 1
    ]


def _short(text: str) -> str:
    return text if len(text) <= TEXT_WIDTH else f"{text[: TEXT_WIDTH - 1].rstrip()}…"


def _aligned(name: str, texts: list[str], kind: pa.DataType) -> list[str]:
    import pyarrow as pa

    wide = max(map(len, [name, *texts]))
    number = pa.types.is_integer(kind) or pa.types.is_floating(kind)
    return [text.rjust(wide) if number else text.ljust(wide) for text in [name, *texts]]


def _for_pandas(values: Any) -> Any:
    import pandas as pd

    series = pd.Series(values.to_pandas() if hasattr(values, "to_pandas") else values)
    if isinstance(series.dtype, pd.CategoricalDtype):
        return series.cat.remove_unused_categories()
    if series.dtype == object:  # here pandas keeps None, and its HTML writes that word
        series = series.copy()
        series[series.isna()] = np.nan
    return series


def _for_arrow(values: Any) -> Any:
    import pyarrow as pa

    if isinstance(values, pa.Array | pa.ChunkedArray):
        return values
    array = np.asarray(values)
    if array.dtype.kind == "f":
        return pa.array(array, from_pandas=True)
    if array.dtype.kind in "OU":
        return pa.array(list(values))
    return pa.array(array)
