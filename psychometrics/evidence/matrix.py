"""Arrays and data frames become one matrix of numbers; nothing is turned into a number in silence."""

from __future__ import annotations

from numbers import Real
from typing import Any

import numpy as np
import numpy.typing as npt

from psychometrics.errors import EstimationError, Problem

Floats = npt.NDArray[np.float64]
Matrix = Any
"""An array, nested lists (nan or None where missing), or a pandas, polars or pyarrow frame."""


def as_matrix(x: Matrix) -> Floats:
    """Return ``x`` as float64, shape (n_persons, n_items); missing becomes nan.

    Parameters
    ----------
    x : array-like or data frame
        Two-dimensional. Frames may be pandas, polars or pyarrow; their columns must be numbers or True/False.

    Raises
    ------
    EstimationError
        Text, dates or infinities, with the columns and rows they are in; or not two-dimensional.
    """
    frame = as_frame(x)
    whole = x if frame is None else _plain_pandas(x)
    if frame is None or whole is not None:
        matrix = _from_array(whole)
    else:
        matrix = _from_columns([(str(one.name), one) for one in frame.iter_columns()], len(frame))
    _refuse_infinities(matrix, column_names(x, matrix.shape[1]))
    return matrix


def as_vector(x: Any, name: str) -> Floats:
    """Return an array, list or series of numbers as float64, shape (n,); missing becomes nan."""
    values = x.to_numpy() if hasattr(x, "to_numpy") else x
    array = np.asarray(values.filled(np.nan) if isinstance(values, np.ma.MaskedArray) else values)
    if array.ndim != 1:
        raise EstimationError(f"{name} has {array.ndim} dimensions; expected one number per person")
    vector = _numbers(array, name)
    _refuse_infinities(vector[:, None], [name])
    return vector


def column_names(x: Matrix, n_columns: int) -> list[str]:
    """Return the column names of a frame, or ``column 1``, ``column 2``, ... of an array."""
    frame = as_frame(x)
    if frame is None:
        return [f"column {number}" for number in range(1, n_columns + 1)]
    return [str(name) for name in frame.columns]


def as_frame(x: Any) -> Any:
    """Return ``x`` as a narwhals data frame, or ``None`` when it is no eager data frame."""
    if x is None or isinstance(x, np.ndarray | list | tuple):
        return None
    import narwhals as nw
    from narwhals.exceptions import DuplicateError

    try:
        return nw.from_native(x, eager_only=True)
    except TypeError:
        return None
    except DuplicateError as error:
        names = [str(name) for name in x.columns]
        twice = ", ".join(name for name in dict.fromkeys(names) if names.count(name) > 1)
        hint = "Rename the columns, or give the values as an array."
        raise EstimationError(f"some columns have the same name: {twice}", hint=hint) from error


def numeric_column(series: Any, name: str) -> Floats:
    """Return a narwhals series as float64, nulls as nan; text, dates and the like are refused."""
    import narwhals as nw

    kind = series.dtype
    if kind == nw.Boolean or kind.is_numeric():
        values = series.cast(nw.Float64).to_numpy()
        return np.asarray(values, np.float64)
    if kind == nw.Object or (kind == nw.Unknown and series.null_count() == len(series)):
        return _numbers(np.asarray(series.to_numpy(), object), name)
    raise EstimationError(
        f"{name} holds {kind}, not numbers", hint="Code the column as numbers first, or leave it out."
    )


def _plain_pandas(x: Any) -> npt.NDArray[Any] | None:
    """Return the values of a pandas frame of NumPy numbers, without a copy where it has none; else None."""
    kinds: Any = getattr(x, "dtypes", ())
    if not hasattr(kinds, "map") or not all(getattr(kind, "kind", "O") in "biuf" for kind in kinds):
        return None
    if not all(isinstance(kind, np.dtype) for kind in kinds):
        return None
    values: npt.NDArray[Any] = x.to_numpy()
    return values


def _from_columns(columns: list[tuple[str, Any]], n_rows: int) -> Floats:
    found, problems = [], []
    for name, series in columns:
        try:
            found.append(numeric_column(series, name))
        except EstimationError as error:
            problems.append(Problem(where=name, what=error.message.removeprefix(f"{name} ")))
    if problems:
        hint = "Code these columns as numbers first, or leave them out."
        raise EstimationError("some columns are not numbers", problems=problems, hint=hint)
    matrix = np.empty((n_rows, len(found)), order="F")
    for place, values in enumerate(found):
        matrix[:, place] = values
    return matrix


def _from_array(x: Any) -> Floats:
    try:
        array = np.asarray(x.filled(np.nan) if isinstance(x, np.ma.MaskedArray) else x)
    except ValueError as error:
        raise EstimationError("the rows differ in length", hint="Give each person all items.") from error
    if array.ndim == 0:
        what = f"got {type(x).__module__}.{type(x).__qualname__}; expected a table, persons by items"
        hint = "Give a two-dimensional array, nested lists, or a pandas, polars or pyarrow frame (a lazy one collected)."
        raise EstimationError(what.replace("builtins.", ""), hint=hint)
    if array.ndim != 2:
        raise EstimationError(f"got {array.ndim} dimension(s); expected a table, persons by items")
    return _numbers(array, "the array")


def _numbers(array: npt.NDArray[Any], name: str) -> Floats:
    if array.dtype.kind in "buif":
        return array.astype(np.float64, copy=False)
    if array.dtype.kind == "O":
        flat = [_number(value, name) for value in array.ravel()]
        return np.array(flat, np.float64).reshape(array.shape)
    what = f"{name} holds {array.dtype.name}, not numbers"
    raise EstimationError(what, hint="Code the values as numbers first.")


def _number(value: Any, name: str) -> float:
    if value is None or type(value).__name__ in {"NAType", "NaTType"}:
        return float("nan")
    if isinstance(value, Real | np.bool_):
        return float(value)
    what = f"{name} holds {value!r}, which is not a number"
    raise EstimationError(what, hint="Code the values as numbers first, missing as nan.")


def _refuse_infinities(matrix: Floats, names: list[str]) -> None:
    with np.errstate(over="ignore", invalid="ignore"):
        if np.isfinite(matrix.sum()):
            return
    infinite = np.isinf(matrix)
    if not infinite.any():
        return
    problems = [
        Problem(where=name, what="infinite", rows=tuple((np.flatnonzero(rows) + 1).tolist()))
        for name, rows in zip(names, infinite.T, strict=True)
        if rows.any()
    ]
    raise EstimationError("some values are infinite", problems=problems, hint="Code missing values as nan.")
