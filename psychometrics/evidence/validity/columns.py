"""Criteria as columns beside the scores, by position or matched by person."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from psychometrics.errors import EstimationError, Problem
from psychometrics.evidence.matrix import Floats, as_frame, as_vector, numeric_column
from psychometrics.evidence.score_columns import PERSON_COLUMNS, ScoreColumns


def criterion_columns(criterion: Any, scores: ScoreColumns) -> dict[str, Floats]:
    """Return the criteria, one number per row of the scores, nan where not known.

    Raises
    ------
    EstimationError
        No such column; another length; persons twice in a frame that is matched by person; text.
    """
    if isinstance(criterion, str) or _are_names(criterion):
        names = [criterion] if isinstance(criterion, str) else list(criterion)
        return {name: _of_persons(name, scores) for name in names}
    if isinstance(criterion, Mapping):
        found = {str(name): as_vector(values, str(name)) for name, values in criterion.items()}
        return _of_length(found, scores)
    frame = None if getattr(criterion, "ndim", 0) == 1 else as_frame(criterion)
    if frame is None:
        name = str(getattr(criterion, "name", None) or "criterion")
        return _of_length({name: as_vector(criterion, name)}, scores)
    keys = [name for name in PERSON_COLUMNS if name in frame.columns and name in scores.person_columns]
    numbers = {str(name): _numbers(frame, name) for name in frame.columns if name not in PERSON_COLUMNS}
    if "person_id" not in keys:
        return _of_length(numbers, scores)
    return _matched(frame, keys, numbers, scores)


def _are_names(criterion: Any) -> bool:
    return (
        isinstance(criterion, list | tuple)
        and bool(criterion)
        and all(isinstance(one, str) for one in criterion)
    )


def _of_persons(name: str, scores: ScoreColumns) -> Floats:
    scores.column(name)
    return _numbers(scores.persons, name)


def _numbers(frame: Any, name: str) -> Floats:
    return as_vector(numeric_column(frame[name], name), name)


def _of_length(found: dict[str, Floats], scores: ScoreColumns) -> dict[str, Floats]:
    if not found:
        raise EstimationError("criterion= holds no column")
    for name, values in found.items():
        if len(values) != scores.n_rows:
            raise EstimationError(
                f"{name} has {len(values):,} values for {scores.n_rows:,} rows of scores",
                hint="Give one number per row, nan where it is not known, or a frame with person_id.",
            )
    return found


def _matched(
    frame: Any, keys: list[str], numbers: dict[str, Floats], scores: ScoreColumns
) -> dict[str, Floats]:
    """Lay the rows of a frame beside those of the scores, by person (and occasion, where both have it)."""
    if not numbers:
        raise EstimationError("criterion= holds no column beside the persons")
    theirs = list(zip(*(map(str, frame[name].to_list()) for name in keys), strict=True))
    place = {key: row for row, key in enumerate(theirs)}
    if len(place) < len(theirs):
        rows = tuple(row + 1 for row, key in enumerate(theirs) if place[key] != row)
        problem = Problem(where=" and ".join(keys), what="there more than once", rows=rows)
        raise EstimationError("some persons are in the criterion twice", problems=[problem])
    ours = list(zip(*(map(str, scores.column(name)) for name in keys), strict=True))
    row = np.array([place.get(key, -1) for key in ours], np.intp)
    if not (row >= 0).any():
        hint = "Check that person_id is written alike on both sides."
        raise EstimationError("nobody of the scores is in the criterion", hint=hint)
    return {name: np.where(row >= 0, values[row], np.nan) for name, values in numbers.items()}
