"""From responses and ratings to the matrices that statistics work on."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from psychometrics.instrument import Criterion, Instrument
from psychometrics.responses import MissingReason, Ratings, Responses

Floats = npt.NDArray[np.float64]


def item_points(responses: Responses, item_ids: tuple[str, ...]) -> Floats:
    """Return the points of items, reversed and weighted as the definition says, shape (n_rows, n_items); nan if missing."""
    out = np.empty((responses.n_rows, len(item_ids)), order="F")
    for column, item_id in enumerate(item_ids):
        row = responses.instrument.item_ids.index(item_id)
        item = responses.instrument.items[row]
        table = np.full(256, np.nan)
        table[: len(item.points)] = [float(value * item.weight) for value in item.points]
        if item.points_when_not_asked is not None:
            table[MissingReason.NOT_APPLICABLE.value] = float(item.points_when_not_asked * item.weight)
        out[:, column] = table[responses.codes[row].view(np.uint8)]
    return out


def linear_codes(
    responses: Responses, item_ids: tuple[str, ...]
) -> tuple[npt.NDArray[np.uint8], Floats, Floats] | None:
    """Return the codes of items with no response missing, the points of code 0 and what a code adds.

    None when a response is missing, or when the points of an item do not rise or fall evenly.
    """
    rows = [responses.instrument.item_ids.index(item_id) for item_id in item_ids]
    codes = responses.codes[rows].view(np.uint8)
    if codes.size == 0 or codes.max() > np.iinfo(np.int8).max:
        return None
    first, step = np.empty((2, len(rows)))
    for place, row in enumerate(rows):
        item = responses.instrument.items[row]
        points = np.array([float(value * item.weight) for value in item.points])
        steps = np.diff(points)
        if len(steps) and np.any(steps != steps[0]):
            return None
        first[place], step[place] = points[0], steps[0] if len(steps) else 0.0
    return codes, first, step


def criterion_points(ratings: Ratings, criterion: int) -> tuple[npt.NDArray[np.bool_], Floats]:
    """Return which ratings are of a criterion, and their points."""
    mine = ratings.criterion_index == criterion
    table = np.array([float(value) for value in ratings.instrument.criteria[criterion].points])
    return mine, table[ratings.levels[mine]]


def task_totals(ratings: Ratings, item_id: str) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp], Floats]:
    """Return person, rater and weighted total of a task for every rater who rated all its criteria."""
    criteria = [(i, c) for i, c in enumerate(ratings.instrument.criteria) if c.item_id == item_id]
    n_raters = len(ratings.rater_ids)
    size = ratings.persons.num_rows * n_raters
    totals, counts = np.zeros(size), np.zeros(size, np.int64)
    for position, criterion in criteria:
        mine, points = criterion_points(ratings, position)
        place = ratings.person_index[mine].astype(np.int64) * n_raters + ratings.rater_index[mine]
        np.add.at(totals, place, points * float(criterion.weight))
        np.add.at(counts, place, 1)
    whole = np.flatnonzero(counts == len(criteria))
    return whole // n_raters, whole % n_raters, totals[whole]


def tasks_of(instrument: Instrument) -> dict[str, list[Criterion]]:
    """Return the criteria of each rubric task."""
    tasks: dict[str, list[Criterion]] = {}
    for criterion in instrument.criteria:
        tasks.setdefault(criterion.item_id, []).append(criterion)
    return tasks
