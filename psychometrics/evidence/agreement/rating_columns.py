"""Ratings of an instrument as plain columns: who was rated, on what, by whom, and how many points."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from psychometrics.errors import EstimationError, did_you_mean
from psychometrics.responses import Ratings

Column = npt.NDArray[Any]


def rating_columns(
    ratings: Ratings, *, task: str | None = None, criterion: str | None = None, occasion: str | None = None
) -> dict[str, Column]:
    """Return the columns person_id, item_id, criterion_id, rater_id, occasion (where there is one) and value.

    ``value`` is the points of the level. The arguments keep one task, criterion or occasion.

    Raises
    ------
    EstimationError
        A task, criterion or occasion that was not rated.
    """
    criteria = ratings.instrument.criteria
    which = ratings.criterion_index
    tables = [[float(points) for points in one.points] for one in criteria]
    longest = max(len(table) for table in tables)
    points = np.array([table + [np.nan] * (longest - len(table)) for table in tables])
    columns: dict[str, Column] = {
        "person_id": _column(ratings.persons, "person_id")[ratings.person_index],
        "item_id": np.array([one.item_id for one in criteria])[which],
        "criterion_id": np.array([one.criterion_id for one in criteria])[which],
        "rater_id": np.array(ratings.rater_ids)[ratings.rater_index],
        "value": points[which, ratings.levels],
    }
    if "occasion" in ratings.persons.column_names:
        columns["occasion"] = _column(ratings.persons, "occasion")[ratings.person_index]
    chosen = {"item_id": task, "criterion_id": criterion, "occasion": occasion}
    for name, value in chosen.items():
        if value is not None:
            columns = _only(columns, name, value)
    return columns


def one_of_each(columns: dict[str, Column], arguments: dict[str, str]) -> None:
    """Refuse several tasks, criteria or occasions; ``arguments`` says which argument chooses among them."""
    for name, argument in arguments.items():
        values = sorted(set(columns[name].tolist())) if name in columns else []
        if len(values) > 1:
            raise EstimationError(
                f"the ratings are of {len(values)} values of {name}; an intraclass correlation is of one",
                hint=f"Say which: {argument}= one of {', '.join(map(str, values))}.",
            )


def _column(table: Any, name: str) -> Column:
    return np.array([str(value) for value in table.column(name).to_pylist()])


def _only(columns: dict[str, Column], name: str, value: str) -> dict[str, Column]:
    there = sorted(set(columns[name].tolist())) if name in columns else []
    if value not in there:
        raise EstimationError(f'no ratings with {name} "{value}"', hint=did_you_mean(value, there))
    rows = columns[name] == value
    return {other: column[rows] for other, column in columns.items()}
