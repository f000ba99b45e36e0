"""From a table of discrete points to exact counts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from psychometrics.errors import Problem, TallyError
from psychometrics.responses.tables import load_table
from psychometrics.result import Source
from psychometrics.tallying.blocks import check_blocks
from psychometrics.tallying.counter import ItemCounter
from psychometrics.tallying.item_tally import ItemTally
from psychometrics.version import VERSION

Floats = npt.NDArray[np.float64]

MOST_OPTIONS = 64
SCALE = "all"


def tally_points(x: Any, options: Sequence[float] | None, blocks: int) -> ItemTally:
    """Count a table of points; see :meth:`ItemTally.from_points`."""
    check_blocks(blocks)
    points, names = table_of_points(x)
    _refuse_infinities(points, names)
    given = None if options is None else np.unique(_numbers(options, "options="))
    values = [_values(column) if given is None else given for column in points.T]
    codes = _codes(points, values, names)
    dealt = (np.arange(len(points)) % blocks).astype(np.uint8)
    option_codes = [range(len(own)) for own in values]
    counter = ItemCounter(option_codes, [range(len(names))], blocks, 1)
    counter.add(codes, dealt)
    counted = counter.counted()
    return ItemTally(
        item_ids=tuple(names),
        options=tuple(tuple(f"{value:.17g}" for value in own) for own in values),
        points=tuple(tuple(own.tolist()) for own in values),
        scales={SCALE: tuple(names)},
        joint=counted.pairs[0],
        listwise={SCALE: counted.listwise[0]},
        reasons=("missing",),
        missing=counted.missing,
        persons=counted.persons,
        answered=counted.answered,
        complete=counted.complete,
        source=Source(package_version=VERSION),
    )


def table_of_points(x: Any) -> tuple[Floats, list[str]]:
    """Return a table as float64, persons by items, nan where missing, and the names of its columns."""
    if isinstance(x, np.ndarray | list | tuple):
        array = _numbers(x, "the table")
        if array.ndim != 2:
            raise TallyError(f"got {array.ndim} dimension(s); expected a table, persons by items")
        return array, [f"column {number}" for number in range(1, array.shape[1] + 1)]
    table = load_table(x).table
    wrong = [
        name
        for name, kind in zip(table.column_names, table.schema.types, strict=True)
        if not _is_number(kind)
    ]
    if wrong:
        problems = [
            Problem(where=name, what=f"holds {table.column(name).type}", expected="numbers") for name in wrong
        ]
        raise TallyError(
            "some columns are not numbers", problems=problems, hint="Code them as numbers first."
        )
    columns = [column.cast(pa.float64()).to_numpy() for column in table.columns]
    return np.column_stack(columns) if columns else np.empty((table.num_rows, 0)), list(table.column_names)


def _numbers(x: Any, name: str) -> Floats:
    """Return numbers as float64, None and masked values as nan; text, dates and complex numbers are refused."""
    try:
        given = np.asarray(x)
        is_text = given.dtype.kind == "O" and any(isinstance(one, str | bytes) for one in given.flat)
        if given.dtype.kind not in "buifO" or is_text:
            raise TypeError(given.dtype.name)
        found: Floats = given.astype(np.float64)
        return np.where(np.ma.getmaskarray(x), np.nan, found) if isinstance(x, np.ma.MaskedArray) else found
    except (ValueError, TypeError) as error:
        what = f"{name} holds values that are not numbers"
        raise TallyError(what, hint="Code them as numbers first.") from error


def _refuse_infinities(points: Floats, names: Sequence[str]) -> None:
    problems = [
        Problem(where=name, what="infinite", rows=tuple((np.flatnonzero(np.isinf(column)) + 1).tolist()))
        for name, column in zip(names, points.T, strict=True)
        if np.isinf(column).any()
    ]
    if problems:
        raise TallyError("some values are infinite", problems=problems, hint="Code missing values as nan.")


def _is_number(kind: pa.DataType) -> bool:
    types = pa.types
    return bool(
        types.is_integer(kind) or types.is_floating(kind) or types.is_boolean(kind) or types.is_null(kind)
    )


def _values(column: Floats) -> Floats:
    """Return the distinct values of an item, in rising order."""
    values: Floats = np.unique(column[~np.isnan(column)]) + 0.0
    return values


def _codes(points: Floats, values: Sequence[Floats], names: Sequence[str]) -> npt.NDArray[np.int8]:
    """Return the position of each point among the values of its item, -1 where missing."""
    codes = np.full(points.shape[::-1], -1, np.int8)
    problems = []
    for row, column, own, name in zip(codes, points.T, values, names, strict=True):
        there = ~np.isnan(column)
        place = np.searchsorted(own, column[there]) if len(own) else np.empty(0, np.intp)
        if len(own) > MOST_OPTIONS:
            problems.append(
                Problem(where=name, what=f"{len(own):,} distinct values", expected=f"at most {MOST_OPTIONS}")
            )
        elif there.any() and not np.array_equal(own[np.minimum(place, len(own) - 1)], column[there]):
            wrong = there & ~np.isin(column, own)
            rows = tuple((np.flatnonzero(wrong) + 1).tolist())
            problems.append(Problem(where=name, what="values that are not among the options", rows=rows))
        else:
            row[there] = place
    if problems:
        raise TallyError(
            "the table cannot be counted",
            problems=problems,
            hint="A tally needs discrete points, such as ratings 1 to 5.",
        )
    return codes
