"""Scores as one column per scale with the persons beside them, whatever they came as."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from psychometrics.errors import EstimationError, did_you_mean
from psychometrics.evidence.matrix import Floats, as_frame, as_matrix, as_vector, column_names, numeric_column
from psychometrics.instrument import Instrument
from psychometrics.result import Source
from psychometrics.scoring import Scores

PERSON_COLUMNS = ("person_id", "occasion")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ScoreColumns:
    """Scores of one or more scales.

    Attributes
    ----------
    scale_ids : tuple of str
    values : ndarray of float64, shape (n_scales, n_rows)
        Nan where there is no score.
    persons : narwhals data frame or None
        Columns beside the scores, row for row.
    instrument : Instrument or None
    source : Source
    """

    scale_ids: tuple[str, ...]
    values: Floats
    persons: Any = None
    instrument: Instrument | None = None
    source: Source = field(default_factory=Source)

    @property
    def n_rows(self) -> int:
        """Persons, or person-occasions."""
        return int(self.values.shape[1])

    @property
    def person_columns(self) -> tuple[str, ...]:
        """Names of the columns beside the scores."""
        return () if self.persons is None else tuple(str(name) for name in self.persons.columns)

    def column(self, name: str) -> list[Any]:
        """Return one column beside the scores."""
        if name not in self.person_columns:
            known = ", ".join(self.person_columns) or "none"
            raise EstimationError(f'no person column "{name}"', hint=f"There are: {known}.")
        return list(self.persons[name].to_list())


def score_columns(
    scores: Any, scales: str | Sequence[str] | None = None, *, without: Sequence[str] = ()
) -> ScoreColumns:
    """Return the scores of the named scales, or of all.

    Parameters
    ----------
    scores : Scores, data frame or array-like
        A frame has one numeric column per scale; its other columns are those of the persons. A one-dimensional array
        is one scale, a two-dimensional one has a column per scale.
    scales : str or sequence of str, optional
        Which; all of them by default: of a frame all numeric columns but ``person_id``, ``occasion`` and ``without``.
    without : sequence of str
        Columns of a frame that are no scales.

    Raises
    ------
    EstimationError
        An unknown scale, no scale at all, text or infinities.
    """
    if isinstance(scores, Scores):
        ids = _chosen(scales, scores.scale_ids)
        return ScoreColumns(
            scale_ids=ids,
            values=np.array([scores.of(one) for one in ids]),
            persons=as_frame(scores.persons),
            instrument=scores.instrument,
            source=scores.source,
        )
    if getattr(scores, "ndim", 0) == 1 or (isinstance(scores, list | tuple) and _is_flat(scores)):
        names = _chosen(scales, (str(getattr(scores, "name", None) or "score"),))
        return ScoreColumns(scale_ids=names, values=as_vector(scores, "scores")[None, :])
    frame = as_frame(scores)
    if frame is None:
        matrix = as_matrix(scores)
        names = tuple(column_names(scores, matrix.shape[1]))
        ids = _chosen(scales, names)
        return ScoreColumns(scale_ids=ids, values=matrix.T[[names.index(one) for one in ids]])
    names = tuple(
        str(name)
        for name in frame.columns
        if frame[name].dtype.is_numeric() and name not in {*PERSON_COLUMNS, *without}
    )
    ids = _chosen(scales, names)
    columns = [numeric_column(frame[name], name) for name in ids]
    for name, values in zip(ids, columns, strict=True):
        as_vector(values, name)
    return ScoreColumns(scale_ids=ids, values=np.array(columns), persons=frame)


def _is_flat(values: Sequence[Any]) -> bool:
    return not any(isinstance(one, list | tuple | np.ndarray) for one in values)


def _chosen(scales: str | Sequence[str] | None, names: tuple[str, ...]) -> tuple[str, ...]:
    if scales is None:
        if not names:
            raise EstimationError("there is no column of scores", hint="Give numbers, one column per scale.")
        return names
    wanted = (scales,) if isinstance(scales, str) else tuple(scales)
    for one in wanted:
        if one not in names:
            raise EstimationError(f'there is no scale "{one}"', hint=did_you_mean(one, names))
    if not wanted:
        raise EstimationError("scales= names no scale")
    return wanted
