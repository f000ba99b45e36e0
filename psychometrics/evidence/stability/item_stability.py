"""Stability below the score: each item, each person's profile, and where the variance lies."""

from __future__ import annotations

from math import atanh, nan, sqrt, tanh
from typing import Any

import numpy as np
from scipy.special import ndtri, stdtrit

from psychometrics.errors import EstimationError, Problem
from psychometrics.evidence.checks import check_confidence
from psychometrics.evidence.consistency.alpha import coefficient_alpha
from psychometrics.evidence.matrix import Floats, as_matrix, column_names
from psychometrics.evidence.points import item_points
from psychometrics.evidence.sample import scale_of_items
from psychometrics.evidence.stability.items_over_time import ItemStability
from psychometrics.kernels.bounds import Estimate
from psychometrics.kernels.stability import components as anova
from psychometrics.kernels.stability.items import Columns, compare_columns, compare_profiles
from psychometrics.responses import Responses
from psychometrics.result import Source


def item_stability(
    first: Any, second: Any, *, scale: str | None = None, confidence: float = 0.95
) -> ItemStability:
    """Say how stable items and profiles are over two occasions, and where the variance of the responses lies.

    A person's profile can be stable while the items are not, and the other way round: the profile correlation
    compares the order of the items within a person, the item correlation the order of the persons within an item.

    Parameters
    ----------
    first, second : array-like of shape (n_persons, n_items), data frame, or Responses
        Points, reverse-keyed items already reversed, the same persons and items in the same order; nan where
        missing. Responses are reversed by their instrument and paired by ``person_id``.
    scale : str, optional
        For Responses: which scale; may be left out when there is one.
    confidence : float
        Level of the intervals.

    Returns
    -------
    ItemStability
        One row per item; profiles and components beside it. Correlations and changes use the pairs there are;
        components use the persons without gaps.

    Raises
    ------
    EstimationError
        Shapes that differ, a person twice on one occasion, nobody on both.

    References
    ----------
    Revelle and Condon (2019), doi:10.1037/pas0000754; Shrout and Lane (2012), Psychometrics, in Handbook of research
    methods for studying daily life. Checked against psych 2.5.3 ``testRetest`` and lme4.

    Examples
    --------
    >>> before = [[1, 2, 3], [2, 2, 4], [4, 3, 5], [5, 3, 4]]
    >>> after = [[1, 3, 3], [2, 2, 5], [4, 2, 5], [4, 3, 5]]
    >>> found = item_stability(before, after)
    >>> round(found.mean_profile_correlation, 3), round(found.components["person"], 3)
    (0.837, 0.528)
    """
    check_confidence(confidence)
    names, ids, x, y, source = _tables(first, second, scale)
    complete = ~(np.isnan(x).any(axis=1) | np.isnan(y).any(axis=1))
    cube = np.stack([x[complete], y[complete]])
    reason = _why_no_components(cube)
    parts = np.full(len(anova.COMPONENTS), nan)
    coefficients = dict.fromkeys(
        anova.COEFFICIENTS, Estimate(estimate=nan, ci_lower=nan, ci_upper=nan, reason=reason)
    )
    if not reason:
        parts = anova.components(anova.mean_squares(cube))
        coefficients = _coefficients(cube, parts, confidence)
    items = compare_columns(x, y)
    return ItemStability(
        item_ids=names,
        items=items,
        item_intervals=_intervals(items, confidence),
        profiles=compare_profiles(x, y),
        person_ids=ids,
        alpha_first=coefficient_alpha(x, confidence=confidence),
        alpha_second=coefficient_alpha(y, confidence=confidence),
        components=dict(zip(anova.COMPONENTS, parts.tolist(), strict=True)),
        coefficients=coefficients,
        n_persons=len(x),
        n_complete=int(complete.sum()),
        confidence=confidence,
        reason=reason,
        source=source,
    )


def _tables(
    first: Any, second: Any, scale: str | None
) -> tuple[tuple[str, ...], Any, Floats, Floats, Source]:
    if isinstance(first, Responses) and isinstance(second, Responses):
        return _of_responses(first, second, scale)
    if isinstance(first, Responses) or isinstance(second, Responses):
        raise EstimationError("one of the two is Responses and the other is not")
    if scale is not None:
        raise EstimationError("scale= goes with Responses; two tables are one scale")
    x, y = as_matrix(first), as_matrix(second)
    if x.shape != y.shape:
        raise EstimationError(
            f"first has the shape {x.shape} and second {y.shape}",
            hint="Give the same persons and the same items in the same order, nan where missing.",
        )
    names = column_names(first, x.shape[1])
    if names != column_names(second, y.shape[1]):
        raise EstimationError(
            "the columns of the two tables differ", hint="Give the same items in the same order."
        )
    return tuple(names), None, x, y, Source()


def _of_responses(
    first: Responses, second: Responses, scale: str | None
) -> tuple[tuple[str, ...], Any, Floats, Floats, Source]:
    if first.instrument.fingerprint != second.instrument.fingerprint:
        raise EstimationError(
            f"{first.instrument.name} and {second.instrument.name} are not the same instrument"
        )
    items = scale_of_items(first.instrument, scale).items
    ids = [[str(one) for one in part.persons.column("person_id").to_pylist()] for part in (first, second)]
    _refuse_doubles(ids)
    place = {person: row for row, person in enumerate(ids[1])}
    rows = [(row, place[person]) for row, person in enumerate(ids[0]) if person in place]
    if not rows:
        raise EstimationError(
            "nobody is on both occasions",
            hint="Persons are paired by person_id; check that it is the same on both.",
        )
    mine, theirs = (list(part) for part in zip(*rows, strict=True))
    x, y = item_points(first, items)[mine], item_points(second, items)[theirs]
    return items, [ids[0][row] for row in mine], x, y, first.source


def _refuse_doubles(ids: list[list[str]]) -> None:
    problems = []
    for name, one in zip(("first", "second"), ids, strict=True):
        rows: dict[str, list[int]] = {}
        for row, person in enumerate(one, start=1):
            rows.setdefault(person, []).append(row)
        problems += [
            Problem(where=f'{name}, person "{person}"', what="stands twice", rows=tuple(where))
            for person, where in rows.items()
            if len(where) > 1
        ]
    if problems:
        raise EstimationError(
            "a person stands twice on an occasion", problems=problems, hint="Give one row per person on each."
        )


def _why_no_components(cube: Floats) -> str:
    _, n, k = cube.shape
    if n < 2 or k < 2:
        return f"{n} persons answered all {k} items on both occasions; components need 2 persons and 2 items"
    return "" if np.ptp(cube) > 0 else "the responses do not vary"


def _coefficients(cube: Floats, parts: Floats, confidence: float) -> dict[str, Estimate]:
    values = anova.coefficients(parts, cube.shape[0], cube.shape[2])
    bounds = anova.coefficient_bounds(cube, values, confidence)
    return {
        name: Estimate(estimate=float(value), ci_lower=one.lower, ci_upper=one.upper, reason=one.reason)
        for name, value, one in zip(anova.COEFFICIENTS, values, bounds, strict=True)
    }


def _intervals(items: Columns, confidence: float) -> Floats:
    return np.array(
        [[*_of_r(n, r, confidence), *_of_mean(n, mean, sd, confidence)] for n, r, mean, sd in _each(items)]
    ).reshape(-1, 4)


def _each(items: Columns) -> list[tuple[int, float, float, float]]:
    return list(
        zip(
            items.n.tolist(),
            items.correlation.tolist(),
            items.mean_change.tolist(),
            items.sd_change.tolist(),
            strict=True,
        )
    )


def _of_r(n: int, r: float, confidence: float) -> tuple[float, float]:
    if n < 4 or np.isnan(r):
        return nan, nan
    if abs(r) == 1:
        return r, r
    half = float(ndtri((1 + confidence) / 2)) / sqrt(n - 3)
    return tanh(atanh(r) - half), tanh(atanh(r) + half)


def _of_mean(n: int, mean: float, sd: float, confidence: float) -> tuple[float, float]:
    if n < 2:
        return nan, nan
    half = float(stdtrit(n - 1, (1 + confidence) / 2)) * sd / sqrt(n)
    return mean - half, mean + half
