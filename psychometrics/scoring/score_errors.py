"""The standard error of each score: one for the scale, read from a table along it, or source by source."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from psychometrics.errors import Problem, ScoringError, did_you_mean
from psychometrics.scoring.error_sources import ErrorSources, source_problems

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.integer]
ScoreError = float | Mapping[float, float] | ErrorSources
"""One standard error for the whole scale, raw score -> standard error, or an error for each source."""


def errors_at(
    error: ScoreError | None,
    raw: Floats,
    n_raters: Integers | None = None,
    n_missing: Integers | None = None,
) -> Floats:
    """Return the standard error of each raw score, all its sources together; nan where one is not known.

    Between two scores of a table the error lies on the straight line between theirs; beyond its ends it stays.
    ``n_raters`` and ``n_missing`` are needed where the error has sources that depend on them.
    """
    if error is None:
        return np.full(raw.shape, math.nan)
    if isinstance(error, ErrorSources):
        squares = errors_at(error.measurement, raw) ** 2
        if error.raters is not None:
            squares = squares + (math.nan if n_raters is None else error.rater_errors(n_raters) ** 2)
        if error.missing is not None:
            squares = squares + (math.nan if n_missing is None else error.missing_errors(n_missing) ** 2)
        return np.asarray(np.sqrt(squares), np.float64)
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
        if isinstance(error, ErrorSources):
            found = source_problems(error)
            if found:
                problems.append(Problem(where=scale_id, what=found[0], expected="numbers, 0 or more"))
            continue
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
