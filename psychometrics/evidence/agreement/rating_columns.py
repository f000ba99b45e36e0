"""Ratings of an instrument as plain columns: who was rated, on what, by whom, and how many points."""

from __future__ import annotations

from collections.abc import Sequence
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

    ``value`` is the points of the level. The arguments keep one task, criterion or occasion; a criterion may be named
    with its task, ``task.criterion``.

    Raises
    ------
    EstimationError
        A task, criterion or occasion that was not rated.
    """
    criteria = ratings.instrument.criteria
    task, criterion = _parted(ratings, task, criterion)
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


def choose_criterion(criterion_ids: Sequence[str], criterion: str | None) -> int:
    """Return the place of the criterion asked for: ``task.criterion``, or its last part where that is enough."""
    if criterion is None:
        if len(criterion_ids) == 1:
            return 0
        raise EstimationError(
            f"the ratings hold {len(criterion_ids)} criteria",
            hint=f"Say which: criterion= one of {', '.join(criterion_ids)}.",
        )
    found = [
        place for place, name in enumerate(criterion_ids) if criterion in {name, name.rsplit(".", 1)[-1]}
    ]
    exact = [place for place in found if criterion_ids[place] == criterion]
    if len(exact or found) != 1:
        what = f'{len(found)} criteria are called "{criterion}"' if found else f'no criterion "{criterion}"'
        raise EstimationError(what, hint=did_you_mean(criterion, criterion_ids))
    return (exact or found)[0]


def one_of_each(columns: dict[str, Column], arguments: dict[str, str]) -> None:
    """Refuse several tasks, criteria or occasions; ``arguments`` says which argument chooses among them."""
    for name, argument in arguments.items():
        values = sorted(set(columns[name].tolist())) if name in columns else []
        if len(values) > 1:
            raise EstimationError(
                f"the ratings are of {len(values)} values of {name}; an intraclass correlation is of one",
                hint=f"Say which: {argument}= one of {', '.join(map(str, values))}.",
            )


def _parted(ratings: Ratings, task: str | None, criterion: str | None) -> tuple[str | None, str | None]:
    """Return task and criterion apart, where the criterion was named with its task."""
    for one in ratings.instrument.criteria:
        if criterion == f"{one.item_id}.{one.criterion_id}":
            if task not in {None, one.item_id}:
                raise EstimationError(f'criterion="{criterion}" is not of task="{task}"')
            return one.item_id, one.criterion_id
    return task, criterion


def _column(table: Any, name: str) -> Column:
    return np.array([str(value) for value in table.column(name).to_pylist()])


def _only(columns: dict[str, Column], name: str, value: str) -> dict[str, Column]:
    there = sorted(set(columns[name].tolist())) if name in columns else []
    if value not in there:
        raise EstimationError(f'no ratings with {name} "{value}"', hint=did_you_mean(value, there))
    rows = columns[name] == value
    return {other: column[rows] for other, column in columns.items()}
