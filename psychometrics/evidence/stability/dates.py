"""The day of each person on each occasion, from a person column."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from psychometrics.errors import EstimationError, Problem, did_you_mean
from psychometrics.evidence.matrix import Floats
from psychometrics.scoring import Scores

DATE_COLUMN = "completed_on"
SECONDS_PER_DAY = 86_400
EXPECTED = "dates, or texts such as 2026-11-25"


@dataclass(frozen=True, slots=True, kw_only=True)
class Dates:
    """Days from some day, one array per occasion; None where not known, then ``note`` says why."""

    days: tuple[Floats, ...] | None
    column: str = ""
    note: str = ""


def dates_of(occasions: Sequence[Scores], column: str | None) -> Dates:
    """Return the days in a person column of all occasions; None looks for ``completed_on`` and may find nothing.

    Raises
    ------
    EstimationError
        A column that was asked for is not there, or holds no dates.
    """
    name = DATE_COLUMN if column is None else column
    without = [place for place, one in enumerate(occasions) if name not in one.persons.column_names]
    if without:
        if column is not None:
            raise _no_column(occasions, without, name)
        some = len(without) < len(occasions)
        where = f'"{name}" is not on occasion {_listed(without)}' if some else f'no person column "{name}"'
        return Dates(
            days=None, note=f"{where}: the interval in days is not known; name its column: date_column"
        )
    found = [_days(one.persons.column(name)) for one in occasions]
    bad = [
        Problem(where=f'occasion {place + 1}, column "{name}"', what=f"{one}", expected=EXPECTED)
        for place, one in enumerate(found)
        if isinstance(one, str)
    ]
    if bad and column is not None:
        raise EstimationError(f'the column "{name}" holds no dates', problems=bad)
    days = tuple(one for one in found if not isinstance(one, str))
    if bad:
        return Dates(days=None, note=f"{bad[0]}: the interval in days is not known")
    return Dates(days=days, column=name)


def _no_column(occasions: Sequence[Scores], without: list[int], name: str) -> EstimationError:
    problems = [
        Problem(
            where=f"occasion {place + 1}",
            what=f'no person column "{name}"',
            hint=did_you_mean(name, occasions[place].persons.column_names),
        )
        for place in without
    ]
    return EstimationError(f"date_column={name!r} is not on every occasion", problems=problems)


def _listed(places: list[int]) -> str:
    return " and ".join(str(place + 1) for place in places)


def _days(column: pa.ChunkedArray) -> Floats | str:
    """Return days, nan where blank; a text that says what is there instead."""
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if pa.types.is_null(column.type):
        return np.full(len(column), np.nan)
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        parsed = _from_texts(column)
        if parsed is None:
            return f"no date: {_first_not_a_date(column)}"
        column = parsed
    if not (pa.types.is_date(column.type) or pa.types.is_timestamp(column.type)):
        return f"{column.type} values"
    seconds = column.cast(pa.timestamp("s"), safe=False).cast(pa.int64())
    return np.asarray(seconds.to_numpy().astype(np.float64) / SECONDS_PER_DAY)


def _from_texts(column: pa.ChunkedArray) -> pa.ChunkedArray | None:
    """Return ISO 8601 texts as times, with a zone or without; None when some are no such thing."""
    trimmed = pc.utf8_trim_whitespace(column)
    texts = pc.if_else(pc.equal(trimmed, ""), pa.scalar(None, trimmed.type), trimmed)
    for kind in (pa.timestamp("us"), pa.timestamp("us", "UTC")):
        try:
            return texts.cast(kind)
        except pa.ArrowInvalid:
            continue
    return None


def _first_not_a_date(column: pa.ChunkedArray) -> str:
    for text in pc.unique(column).to_pylist():
        if text and _from_texts(pa.chunked_array([[text]])) is None:
            return repr(text)
    return "some with a time zone, some without"
