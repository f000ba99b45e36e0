"""What every result can do: become a table, a dictionary, a piece of HTML; and say where it came from."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

HTML_ROWS = 60


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
        """Return one pandas table, one row per statistic or per person and scale; nothing is rounded."""
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

    def _repr_html_(self) -> str:
        from html import escape

        frame = self.to_frame()
        simulated = "<p><strong>SIMULATED DATA</strong></p>" if self.source.simulated else ""
        more = f"<p>… {len(frame) - HTML_ROWS:,} more rows</p>" if len(frame) > HTML_ROWS else ""
        table = frame.head(HTML_ROWS).to_html(index=False, escape=True, na_rep="", border=0)
        return f"<p>{escape(repr(self))}</p>{simulated}{table}{more}"


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


def _for_pandas(values: Any) -> Any:
    if not hasattr(values, "to_pandas"):
        return values
    import pandas as pd

    series = pd.Series(values.to_pandas())
    return series.cat.remove_unused_categories() if isinstance(series.dtype, pd.CategoricalDtype) else series


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
