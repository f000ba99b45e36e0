"""The standard error of each score: one for the scale, or read from a table along it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from psychometrics.errors import Problem, ScoringError, did_you_mean

Floats = npt.NDArray[np.float64]
ScoreError = float | Mapping[float, float]
"""One standard error for the whole scale, or raw score -> standard error."""


def errors_at(error: ScoreError | None, raw: Floats) -> Floats:
    """Return the standard error of each raw score; nan where none is known.

    Between two scores of a table the error lies on the straight line between theirs; beyond its ends it stays.
    """
    if error is None:
        return np.full(raw.shape, math.nan)
    if not isinstance(error, Mapping):
        return np.full(raw.shape, float(error))
    scores = np.array(sorted(error), np.float64)
    values = np.array([error[score] for score in sorted(error)], np.float64)
    at: Floats = np.interp(raw, scores, values)
    return np.where(np.isnan(raw), math.nan, at)


def check_errors(errors: Mapping[str, ScoreError], scale_ids: Sequence[str]) -> None:
    """Refuse errors of unknown scales, empty tables, and errors below 0 or infinite."""
    problems = []
    for scale_id, error in errors.items():
        if scale_id not in scale_ids:
            problems.append(
                Problem(where=scale_id, what="no such scale", hint=did_you_mean(scale_id, scale_ids))
            )
        table = error if isinstance(error, Mapping) else {0.0: error}
        wrong = [value for pair in table.items() for value in pair if math.isinf(value)]
        wrong += [value for value in table.values() if value < 0]
        if isinstance(error, Mapping):
            wrong += [value for pair in error.items() for value in pair if math.isnan(value)]
        if wrong or not table:
            what = f"a standard error of {wrong[0]}" if wrong else "an empty table"
            problems.append(Problem(where=scale_id, what=what, expected="numbers, 0 or more"))
    if problems:
        raise ScoringError("these standard errors cannot be used", problems=problems)
