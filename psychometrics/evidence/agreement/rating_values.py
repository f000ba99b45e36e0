"""The categories raters chose from: numbers or words become positions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isnan
from numbers import Real
from typing import Any

import numpy as np
import numpy.typing as npt

from psychometrics.errors import EstimationError, Problem, did_you_mean
from psychometrics.evidence.matrix import as_matrix

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.intp]

MOST_COUNTED = 10_000


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scale:
    """Categories in order.

    Attributes
    ----------
    labels : tuple
        Numbers or words.
    values : ndarray of float64, shape (n_categories,), or None
        Their values: the numbers, the points of a rubric, or 1, 2, ... for words in a declared order. None for
        words whose order nobody declared.
    """

    labels: tuple[Any, ...]
    values: Floats | None

    def values_or_refuse(self, what: str) -> Floats:
        """Return the values, or say that words have no order of their own."""
        if self.values is None:
            hint = f"Give the order: categories={list(self.labels)!r}, lowest first."
            raise EstimationError(f"{what} are words, which have no order of their own", hint=hint)
        return self.values


def coded(x: Any, frame: Any, categories: Sequence[Any] | None) -> tuple[Integers, Scale]:
    """Return the position of each rating's category, -1 where there is none, and the categories."""
    declared = None if categories is None else _declared(categories)
    if _is_numeric(x, frame):
        return _coded_numbers(as_matrix(x if frame is None else frame), declared)
    return _coded_words(_cells(x, frame), declared)


def _declared(categories: Sequence[Any]) -> Scale:
    labels = tuple(categories)
    if not labels or len(set(labels)) != len(labels):
        raise EstimationError(f"categories={list(labels)!r}; expected each category once, lowest first")
    if all(_is_number(label) for label in labels):
        values = np.array([float(label) for label in labels])
        if np.any(np.diff(values) <= 0) or not np.all(np.isfinite(values)):
            raise EstimationError(f"categories={list(labels)!r}; expected finite numbers, rising")
        return Scale(labels=labels, values=values)
    return Scale(labels=labels, values=np.arange(1.0, len(labels) + 1))


def _is_number(value: Any) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool)


def _is_numeric(x: Any, frame: Any) -> bool:
    if frame is not None:
        import narwhals as nw

        kinds = [column.dtype for column in frame.iter_columns()]
        return all(kind.is_numeric() or kind in (nw.Boolean, nw.Unknown) for kind in kinds)
    if isinstance(x, np.ndarray):
        return x.dtype.kind in "buif"
    cells = _cells(x, None).ravel()
    return all(is_missing(cell) or isinstance(cell, Real) for cell in cells)


def _cells(x: Any, frame: Any) -> npt.NDArray[np.object_]:
    if frame is not None:
        columns = [column.to_list() for column in frame.iter_columns()]
        cells = np.empty((len(frame), len(columns)), object)
        for place, column in enumerate(columns):
            cells[:, place] = column
        return cells
    try:
        cells = np.array(x, object)
    except ValueError as error:
        raise EstimationError("the rows differ in length", hint="Give each target all raters.") from error
    if cells.ndim == 1 and any(isinstance(cell, list | tuple) for cell in cells):
        raise EstimationError("the rows differ in length", hint="Give each target all raters.")
    if cells.ndim == 0:
        hint = "Give a two-dimensional array, nested lists, Ratings, or a pandas, polars or pyarrow frame (a lazy one collected)."
        raise EstimationError(f"got a {type(x).__qualname__}; expected a table, targets by raters", hint=hint)
    if cells.ndim != 2:
        raise EstimationError(f"got {cells.ndim} dimension(s); expected a table, targets by raters")
    return cells


def is_missing(cell: Any) -> bool:
    """Return whether a cell is None or nan, of whatever package."""
    return (
        cell is None
        or type(cell).__name__ in {"NAType", "NaTType"}
        or (isinstance(cell, float) and isnan(cell))
    )


def _coded_numbers(matrix: Floats, declared: Scale | None) -> tuple[Integers, Scale]:
    there = ~np.isnan(matrix)
    found = matrix[there]
    values = _distinct(found)
    scale = declared or Scale(labels=tuple(_plain(value) for value in values.tolist()), values=values)
    numbers = _numbers_of(scale)
    place = np.searchsorted(numbers, found).clip(0, max(len(numbers) - 1, 0))
    if len(found) and (not len(numbers) or np.any(numbers[place] != found)):
        _refuse_unknown(sorted(set(values.tolist()) - set(numbers.tolist())), scale)
    category = np.full(matrix.shape, -1, np.intp)
    category[there] = place
    return category, scale


def _distinct(found: Floats) -> Floats:
    """Return the different values, rising; whole numbers without sorting."""
    if len(found) and np.abs(found).max() < MOST_COUNTED and np.all(found == np.rint(found)):
        whole = found.astype(np.intp)
        lowest = int(whole.min())
        return np.flatnonzero(np.bincount(whole - lowest)).astype(np.float64) + lowest
    return np.unique(found)


def _numbers_of(scale: Scale) -> Floats:
    """Return the values ratings are looked up in; none when the declared categories are words."""
    if scale.values is None or not all(_is_number(label) for label in scale.labels):
        return np.empty(0)
    return scale.values


def _plain(value: float) -> float | int:
    return int(value) if value.is_integer() else value


def _coded_words(cells: npt.NDArray[np.object_], declared: Scale | None) -> tuple[Integers, Scale]:
    words = [None if is_missing(cell) else cell for cell in cells.ravel()]
    blank = [number for number, word in enumerate(words) if isinstance(word, str) and not word.strip()]
    if blank:
        rows = tuple(sorted({number // cells.shape[1] + 1 for number in blank}))
        problem = Problem(where="ratings", what="blank text", rows=rows)
        raise EstimationError(
            "some ratings are blank text", problems=[problem], hint="Write None where nobody rated."
        )
    seen = set(words) - {None}
    labels = declared.labels if declared else tuple(sorted(seen, key=str))
    if len({isinstance(label, str) for label in seen}) > 1:
        raise EstimationError("some ratings are numbers and some are words", hint="Code them in one way.")
    if seen - set(labels):
        _refuse_unknown(sorted(seen - set(labels), key=str), declared)
    place = {label: number for number, label in enumerate(labels)}
    category = np.array([-1 if word is None else place[word] for word in words], np.intp)
    return category.reshape(cells.shape), declared or Scale(labels=labels, values=None)


def _refuse_unknown(unknown: list[Any], scale: Scale | None) -> None:
    labels = [str(label) for label in scale.labels] if scale else []
    problems = [
        Problem(
            where="ratings",
            what=repr(one),
            expected=f"one of {', '.join(labels)}",
            hint=did_you_mean(str(one), labels),
        )
        for one in unknown
    ]
    raise EstimationError("some ratings are not among the categories", problems=problems)
