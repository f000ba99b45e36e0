"""Alpha of a total whose items fall into strata, such as the parts of a test."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import numpy as np

from psychometrics.errors import EstimationError, Problem
from psychometrics.evidence.checks import check_confidence
from psychometrics.evidence.consistency.intervals import statistic_row
from psychometrics.evidence.consistency.result import Reliability, reliability_of
from psychometrics.evidence.matrix import Floats, Matrix
from psychometrics.evidence.sample import MissingRule, as_sample
from psychometrics.kernels.bounds import Bounds
from psychometrics.kernels.consistency import composites as kernel
from psychometrics.kernels.consistency.lambdas import Coefficient
from psychometrics.responses import Responses
from psychometrics.tallying.item_tally import ItemTally

Strata = Mapping[str, Sequence[Any]] | Sequence[Hashable]


def stratified_alpha(
    x: Matrix | Responses | ItemTally | Sequence[ItemTally],
    strata: Strata,
    *,
    weights: Mapping[str, float] | None = None,
    scale: str | None = None,
    confidence: float = 0.95,
    missing: MissingRule = "pairwise",
) -> Reliability:
    """Return 1 - sum_h w_h^2 S_h^2 (1 - alpha_h) / S^2: alpha of a total whose items fall into strata.

    S_h^2 is the variance of the sum of stratum h, S^2 that of the weighted total. Alpha of all items together takes
    what the strata do not share for error; this does not. The reliability of the total only if the items within
    each stratum measure the same thing equally well with uncorrelated errors.

    Parameters
    ----------
    x : array-like, data frame, Responses, ItemTally, list of ItemTally
        Points, persons by items, reverse-keyed items already reversed; or responses, or counts.
    strata : mapping of str to items, or sequence of labels
        The items of each stratum, by column name or by place from 0; or the stratum of each item in their order.
        Every item in exactly one stratum of at least 2 items.
    weights : mapping of str to float, optional
        Weight of the sum of each stratum in the total; 1 when left out.
    scale : str, optional
    confidence : float
    missing : {"pairwise", "listwise", "em"}

    Returns
    -------
    Reliability
        The interval is the jackknife's (from persons) or the grouped jackknife's (blocks of a tally, em).

    Raises
    ------
    EstimationError
        Items in no stratum, in two, or unknown; strata of one item; weights of unknown strata.

    References
    ----------
    Cronbach, Schonemann and McKie (1965), doi:10.1177/001316446502500201. Checked against the formula written out,
    and against alpha of one stratum.

    Examples
    --------
    >>> x = [[1, 2, 5, 4], [2, 2, 3, 3], [3, 4, 4, 5], [4, 4, 2, 2], [5, 5, 4, 5]]
    >>> round(stratified_alpha(x, ["verbal", "verbal", "numeric", "numeric"]).estimate, 4)
    0.9242
    """
    check_confidence(confidence)
    sample = as_sample(x, scale=scale, missing=missing)
    groups = _groups(strata, sample.item_ids)
    sizes = _weights(weights, groups)
    places = list(groups.values())

    def statistic(covariance: Floats) -> Coefficient:
        return kernel.stratified_alpha(covariance, places, sizes)

    row = statistic_row("stratified_alpha", sample, statistic, confidence=confidence)
    item_weights = np.ones(sample.n_items)
    for items, weight in zip(places, sizes, strict=True):
        item_weights[items] = weight
    return reliability_of(
        "stratified_alpha",
        row.estimate,
        Bounds(lower=row.ci_lower, upper=row.ci_upper, reason=row.reason),
        total_variance=float(item_weights @ sample.moments.covariance @ item_weights),
        confidence=confidence,
        method=row.method,
        missing=row.missing,
        n_persons=row.n_persons,
        n_items=row.n_items,
        source=row.source,
    )


def _groups(strata: Strata, item_ids: tuple[str, ...]) -> dict[str, kernel.Places]:
    if not isinstance(strata, Mapping):
        if len(strata) != len(item_ids):
            raise EstimationError(
                f"strata names {len(strata)} items; expected {len(item_ids)}, one label per item"
            )
        labels = [str(label) for label in strata]
        strata = {
            name: [i for i, label in enumerate(labels) if label == name] for name in dict.fromkeys(labels)
        }
    places = {name: [_place(item, item_ids) for item in items] for name, items in strata.items()}
    _check(places, strata, item_ids)
    return {name: np.array(found, np.intp) for name, found in places.items()}


def _place(item: Any, item_ids: tuple[str, ...]) -> int:
    """Return the place of an item given by name or by place from 0; -1 when there is none."""
    if isinstance(item, int | np.integer):
        return int(item) if 0 <= item < len(item_ids) else -1
    return item_ids.index(item) if item in item_ids else -1


def _check(
    places: Mapping[str, list[int]], strata: Mapping[str, Sequence[Any]], item_ids: tuple[str, ...]
) -> None:
    all_places = [place for found in places.values() for place in found]
    problems = [
        Problem(where=name, what=f"no item {item!r}")
        for name, found in places.items()
        for item, place in zip(strata[name], found, strict=True)
        if place < 0
    ]
    problems += [
        Problem(where=name, what=f"{len(found)} item", expected="at least 2")
        for name, found in places.items()
        if len(found) < 2
    ]
    problems += [
        Problem(where=item, what="in no stratum" if place not in all_places else "in more than one stratum")
        for place, item in enumerate(item_ids)
        if all_places.count(place) != 1
    ]
    if problems:
        raise EstimationError(
            "the strata do not divide the items",
            problems=problems,
            hint="Put each item in exactly one stratum.",
        )


def _weights(weights: Mapping[str, float] | None, groups: Mapping[str, kernel.Places]) -> Floats:
    if weights is None:
        return np.ones(len(groups))
    if set(weights) != set(groups):
        raise EstimationError(
            f"weights are for {', '.join(weights)}; expected one for each of {', '.join(groups)}"
        )
    return np.array([float(weights[name]) for name in groups])
