"""Scores of one scale, whatever they came as, with the name and the ends of the scale."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import nan
from typing import Any

import numpy as np

from psychometrics.errors import ReportError, did_you_mean
from psychometrics.evidence.matrix import Floats, as_frame, as_vector, numeric_column
from psychometrics.report.figures.words import plain_text
from psychometrics.result import Source
from psychometrics.scoring import Scores


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ScaleValues:
    """Scores of one scale; ``minimum`` and ``maximum`` are the ends of the scale, nan where not known."""

    name: str
    title: str
    values: Floats
    n_missing: int
    minimum: float = nan
    maximum: float = nan
    source: Source = field(default_factory=Source)


def scale_values(scores: Any, scale: str | None = None) -> ScaleValues:
    """Return the scores of one scale from Scores, a data frame with a column per scale, or plain numbers.

    Raises
    ------
    ReportError
        No such scale or column; several to choose from and none named.
    """
    if isinstance(scores, Scores):
        scale_id = _chosen(scale, scores.scale_ids)
        definition = scores.instrument.scale(scale_id)
        return _values(
            scale_id,
            definition.title,
            scores.of(scale_id),
            definition.minimum,
            definition.maximum,
            scores.source,
        )
    frame = as_frame(scores)
    if frame is None or len(getattr(scores, "shape", (0, 0))) == 1:
        return _values(scale or "score", scale or "score", as_vector(scores, "scores"), nan, nan, Source())
    name = _chosen(scale, tuple(map(str, frame.columns)))
    return _values(name, name, numeric_column(frame[name], name), nan, nan, Source())


def _values(name: str, title: str, values: Floats, low: float, high: float, source: Source) -> ScaleValues:
    there = values[~np.isnan(values)]
    return ScaleValues(
        name=name,
        title=plain_text(title or name),
        values=there,
        n_missing=len(values) - len(there),
        minimum=low,
        maximum=high,
        source=source,
    )


def _chosen(scale: str | None, names: tuple[str, ...]) -> str:
    if scale is None and len(names) == 1:
        return names[0]
    if scale is None:
        raise ReportError("there are several scales", hint=f"Say which: scale= one of {', '.join(names)}.")
    if scale not in names:
        raise ReportError(f'there is no scale "{scale}"', hint=did_you_mean(scale, names))
    return scale
