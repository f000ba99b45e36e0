"""Guttman's lower bounds to reliability, lambda 1 to lambda 6."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np

from psychometrics.evidence.checks import check_confidence
from psychometrics.evidence.consistency.intervals import statistic_row
from psychometrics.evidence.consistency.result import Reliability, row_named, rows_as_columns
from psychometrics.evidence.consistency.splits import EXACT_ITEMS
from psychometrics.evidence.matrix import Floats, Matrix
from psychometrics.evidence.sample import MissingRule, Sample, as_sample
from psychometrics.kernels.consistency import lambdas as kernel
from psychometrics.kernels.consistency import splits
from psychometrics.kernels.consistency.lambdas import Coefficient
from psychometrics.responses import Responses
from psychometrics.result import Result, Source
from psychometrics.tallying.item_tally import ItemTally

SMOOTH: dict[str, Callable[[Floats], Coefficient]] = {
    "lambda1": kernel.lambda1,
    "lambda2": kernel.lambda2,
    "lambda3": kernel.lambda3,
    "lambda5": kernel.lambda5,
    "lambda5_plus": partial(kernel.lambda5, plus=True),
    "lambda6": kernel.lambda6,
}
CHOSEN = "no interval: the best split is chosen on these data, which an interval of one split would not know"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GuttmanLambdas(Result):
    """Six lower bounds to the reliability of a sum, each raw and of the standardised items.

    Attributes
    ----------
    rows : tuple of Reliability
        ``lambda1`` ... ``lambda6`` (``lambda4`` between halves, ``lambda4_parts`` between parts of any size), then
        the same as ``standardized_lambda1`` ...
    best_half : tuple of str
        Items of one half of the split of ``lambda4``; the others are the other half.
    source : Source
    """

    rows: tuple[Reliability, ...]
    best_half: tuple[str, ...]
    source: Source = field(default_factory=Source)

    def __getitem__(self, coefficient: str) -> Reliability:
        """Return the row of that name."""
        return row_named(self.rows, coefficient)

    def columns(self) -> Mapping[str, Any]:
        """One row per lambda, raw ones first."""
        return rows_as_columns(self.rows)

    def __repr__(self) -> str:
        shown = ", ".join(f"{row.coefficient} {row.estimate:.4g}" for row in self.rows[:7])
        return f"<Guttman's lambdas: {shown}>"


def guttman_lambdas(
    x: Matrix | Responses | ItemTally | Sequence[ItemTally],
    *,
    scale: str | None = None,
    confidence: float = 0.95,
    missing: MissingRule = "pairwise",
) -> GuttmanLambdas:
    """Return Guttman's lambda 1 to lambda 6, lower bounds to the reliability of the sum, raw and standardised.

    lambda 1 = 1 - tr C / S, S = 1'C1; lambda 2 = lambda 1 + sqrt(k/(k-1) sum C_ij^2) / S; lambda 3 = k/(k-1)
    lambda 1 (coefficient alpha); lambda 4 = max over splits of 1 - t'Ct / S; lambda 5 = lambda 1 + 2 sqrt(max_i
    sum_j C_ij^2) / S, ``lambda5_plus`` with k/(k-1) before the root; lambda 6 = 1 - sum of the errors of each item
    predicted from the others / S. A bound of the population: in a small sample each, most of all lambda 4 and
    lambda 6, can lie above the reliability.

    Parameters
    ----------
    x : array-like, data frame, Responses, ItemTally, list of ItemTally
        Points, persons by items, reverse-keyed items already reversed; or responses, or counts.
    scale : str, optional
    confidence : float
    missing : {"pairwise", "listwise", "em"}

    Returns
    -------
    GuttmanLambdas
        Intervals by the jackknife (from persons) or the grouped jackknife (from blocks of a tally, and with em);
        lambda 4 has none, since the split is chosen on the data. With more than 26 items lambda 4 is the best that
        a search found, and its ``method`` says so.

    Raises
    ------
    EstimationError
        Text or infinities in ``x``; an unknown word in an argument.

    References
    ----------
    Guttman (1945), doi:10.1007/BF02288892; Revelle (2009) for lambda 5+, which is no lower bound below 5 items.
    Checked against psych 2.5.3 (``guttman``, ``splitHalf``) and Lambda4 3.0.

    Examples
    --------
    >>> found = guttman_lambdas([[1, 2, 2], [2, 2, 3], [3, 4, 4], [4, 4, 5], [5, 5, 4]])
    >>> round(found["lambda2"].estimate, 4)
    0.9469
    """
    check_confidence(confidence)
    sample = as_sample(x, scale=scale, missing=missing)
    rows: list[Reliability] = []
    best: tuple[str, ...] = ()
    for standardized in (False, True):
        prefix = "standardized_" if standardized else ""
        own: dict[str, Reliability] = {}
        for name, statistic in SMOOTH.items():
            own[name] = statistic_row(
                prefix + name, sample, statistic, confidence=confidence, standardized=standardized
            )
        for name, equal in (("lambda4", True), ("lambda4_parts", False)):
            own[name], found = _best_split(
                sample, prefix + name, confidence, equal=equal, standardized=standardized
            )
            best = found if name == "lambda4" and not standardized else best
        rows += [own[name] for name in sorted(own)]
    return GuttmanLambdas(rows=tuple(rows), best_half=best, source=sample.source)


def _best_split(
    sample: Sample, name: str, confidence: float, *, equal: bool, standardized: bool
) -> tuple[Reliability, tuple[str, ...]]:
    halves: list[Floats] = []

    def of_best_split(covariance: Floats) -> Coefficient:
        if len(covariance) > EXACT_ITEMS:
            side = splits.searched_split(covariance, equal=equal)
        else:
            side = splits.extreme_split(
                len(covariance), splits.halves(covariance) if equal else splits.parts(covariance)
            )
        halves.append(side)
        return kernel.split_coefficient(covariance, side)

    method = "best of all splits"
    if sample.n_items > EXACT_ITEMS:
        method = f"best split found by a search from {splits.STARTS} random starts; there may be a better one"
    row = statistic_row(
        name,
        sample,
        of_best_split,
        confidence=confidence,
        standardized=standardized,
        no_interval=CHOSEN,
        method=method,
    )
    names = sample.item_ids
    return row, tuple(names[i] for i in np.flatnonzero(halves[0] > 0)) if halves else ()
