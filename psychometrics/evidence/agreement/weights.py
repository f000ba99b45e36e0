"""Weights of near agreement, checked before use."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from psychometrics.errors import EstimationError
from psychometrics.evidence.agreement.rating_values import Scale
from psychometrics.evidence.checks import check_word
from psychometrics.evidence.matrix import Floats, as_matrix
from psychometrics.kernels.agreement.weights import (
    BY_POSITION,
    LEVELS,
    SCHEMES,
    Level,
    metric_matrix,
    weight_matrix,
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Nearness:
    """A matrix of weights (1 the same) and its name; ``ordinal_metric`` when it follows from the margins."""

    weights: Floats
    name: str
    ordinal_metric: bool = False


def nearness(scale: Scale, weights: Any) -> Nearness:
    """Return the weights asked for, by name or as a matrix."""
    if not isinstance(weights, str):
        return Nearness(weights=_own_weights(weights, len(scale.labels)), name="own")
    check_word("weights", weights, SCHEMES)
    positions = np.arange(1.0, len(scale.labels) + 1)
    values = positions if weights == "identity" else scale.values_or_refuse("the categories")
    if weights not in BY_POSITION and weights == "ratio":
        _refuse_negative(values)
    return Nearness(weights=weight_matrix(weights, values), name=weights)  # type: ignore[arg-type]


def metric(scale: Scale, level: Level) -> Nearness:
    """Return Krippendorff's metric of a level of measurement, as weights 1 - delta^2 / max delta^2."""
    check_word("level", level, LEVELS)
    q = len(scale.labels)
    values = np.arange(1.0, q + 1) if level == "nominal" else scale.values_or_refuse("the categories")
    if level == "ratio":
        _refuse_negative(values)
    distance = metric_matrix(level, values, np.ones(q))
    farthest = float(distance.max(initial=0.0))
    found = 1 - distance / farthest if farthest > 0 else np.ones((q, q))
    return Nearness(weights=found, name=f"{level} metric", ordinal_metric=level == "ordinal")


def _own_weights(weights: Any, q: int) -> Floats:
    matrix = as_matrix(weights)
    if matrix.shape != (q, q):
        raise EstimationError(
            f"weights= is {matrix.shape}; expected {(q, q)}, one row and column per category"
        )
    if (
        np.isnan(matrix).any()
        or np.any(matrix != matrix.T)
        or np.any(np.diag(matrix) != 1)
        or np.any(matrix > 1)
    ):
        raise EstimationError("weights= must be symmetric, 1 on the diagonal and nowhere above 1")
    return matrix


def _refuse_negative(values: Floats) -> None:
    if np.any(values < 0):
        raise EstimationError(f"category {values.min():g} is negative: ratio takes values from 0 on")
