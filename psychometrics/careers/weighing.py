"""Weights of signals, and what they make of values: strengths and ranks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from psychometrics.careers.catalogue_format import Weight
from psychometrics.errors import CareersError, Problem, did_you_mean

Floats = npt.NDArray[np.float64]
TIE_DIGITS = 12
"""Strengths that agree to so many digits are ties: the rest is the order of summation."""


def chosen_weights(
    default: Mapping[str, Weight], changed: Mapping[str, float] | None, market_weight: float | None
) -> dict[str, float]:
    """Return the weight of every signal; all that is wrong with the changes at once."""
    weights = {name: float(one.weight) for name, one in default.items()}
    asked = dict(changed or {})
    if market_weight is not None:
        asked["market"] = market_weight
    problems = []
    for name, value in asked.items():
        if name not in weights:
            problems.append(
                Problem(where=f"weights.{name}", what="no signal", hint=did_you_mean(name, weights))
            )
        elif isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
            problems.append(
                Problem(where=f"weights.{name}", what=repr(value), expected="a number from 0 to 1")
            )
    if problems:
        raise CareersError("these weights cannot be used", problems=problems)
    return weights | {name: float(value) for name, value in asked.items()}


def strength(values: Sequence[Floats], weights: Sequence[float]) -> Floats:
    """Return sum(weight * value) / sum(weight) over the values that are there; nan where no weight is left.

    ``values`` holds one array of shape (n_rows,) per signal.
    """
    block = np.array(values)
    weight = np.where(np.isnan(block), 0.0, np.array(weights)[:, None])
    total = weight.sum(axis=0)
    shares = (weight * np.where(np.isnan(block), 0.0, block)).sum(axis=0)
    found: Floats = np.where(total > 0, shares / np.where(total > 0, total, 1.0), np.nan)
    return np.clip(found, 0.0, 1.0)


def ranks(strengths: Floats, present: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
    """Return 1 for the strongest candidate of each row, 0 for one that is not there; shape (n_candidates, n_rows).

    Ties go by the order of the candidates.
    """
    key = np.where(present, -np.round(strengths, TIE_DIGITS), np.inf)
    order = np.argsort(key, axis=0, kind="stable")
    place = np.empty_like(order)
    np.put_along_axis(place, order, np.arange(1, len(order) + 1)[:, None], axis=0)
    return np.where(present, place, 0)
