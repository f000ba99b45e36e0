"""The greatest lower bound to reliability."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import nan
from typing import Any

import numpy as np

from psychometrics.evidence.consistency.intervals import why_no_covariance
from psychometrics.evidence.consistency.result import Reliability, reliability_of
from psychometrics.evidence.matrix import Matrix
from psychometrics.evidence.sample import MissingRule, Sample, as_sample
from psychometrics.kernels.bounds import Bounds
from psychometrics.kernels.consistency import greatest_lower_bound as kernel
from psychometrics.kernels.consistency.gradients import correlations
from psychometrics.kernels.consistency.lambdas import why_no_total
from psychometrics.responses import Responses
from psychometrics.tallying.item_tally import ItemTally

BIASED = (
    "no interval: the estimate lies above the population's bound, by more the fewer persons and the more items, "
    "and no interval is known that covers"
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class GreatestLowerBound(Reliability):
    """The greatest lower bound, with the error variance of each item and how exactly it was found.

    Attributes
    ----------
    item_ids : tuple of str
    error_variances : tuple of float
        The largest error variances that the covariances allow, one per item; those of correlations if standardised.
    duality_gap : float
        The estimate is too high by no more than this, as a solution for these covariances.
    """

    item_ids: tuple[str, ...]
    error_variances: tuple[float, ...]
    duality_gap: float

    def columns(self) -> Mapping[str, Any]:
        """One row: the coefficient and its duality gap."""
        return {**Reliability.columns(self), "duality_gap": [self.duality_gap]}


def greatest_lower_bound(
    x: Matrix | Responses | ItemTally | Sequence[ItemTally],
    *,
    scale: str | None = None,
    missing: MissingRule = "pairwise",
    standardized: bool = False,
) -> GreatestLowerBound:
    """Return 1 - max tr E / 1'C1 over diagonal E >= 0 with C - E positive semidefinite.

    The smallest reliability that errors without correlations allow, and so at least lambda 1 to 6 (lambda 5+
    excepted), in the population. In a sample it is too high: with 10 items and 100 persons often by several
    hundredths. It is no estimate of reliability to report alone, least from fewer than about 1,000 persons.

    Parameters
    ----------
    x : array-like, data frame, Responses, ItemTally, list of ItemTally
        Points, persons by items, reverse-keyed items already reversed; or responses, or counts.
    scale : str, optional
    missing : {"pairwise", "listwise", "em"}
        Pairwise covariances may contradict each other; the bound then does not exist.
    standardized : bool
        Work on correlations.

    Returns
    -------
    GreatestLowerBound
        Without an interval: the upward bias leaves none that covers.

    Raises
    ------
    EstimationError
        Text or infinities in ``x``; an unknown word in an argument.

    References
    ----------
    Jackson and Agunwamba (1977), doi:10.1007/BF02295979; Ten Berge and Socan (2004), doi:10.1007/BF02289858.
    Checked against psych 2.5.3 (``glb.algebraic``).

    Examples
    --------
    >>> found = greatest_lower_bound([[1, 2, 2], [2, 2, 3], [3, 4, 4], [4, 4, 5], [5, 5, 4]])
    >>> round(found.estimate, 4)
    0.96
    """
    sample = as_sample(x, scale=scale, missing=missing)
    covariance = sample.moments.covariance
    reason = why_no_covariance(sample.moments) or why_no_total(covariance)
    if not reason and standardized:
        covariance = correlations(covariance)
        varies = not np.isnan(covariance).any()
        reason = why_no_total(covariance) if varies else "an item does not vary: it has no correlations"
    if not reason and sample.n_persons <= sample.n_items:
        reason = "no more persons than items: the covariances are singular and the bound would be 1"
    nothing = np.full(sample.n_items, nan)
    found = kernel.GreatestLowerBound(estimate=nan, error_variances=nothing, gap=nan, rounds=0, reason=reason)
    if not reason:
        found = kernel.greatest_lower_bound(covariance)
    return _result(sample, found, float(covariance.sum()))


def _result(sample: Sample, found: kernel.GreatestLowerBound, total_variance: float) -> GreatestLowerBound:
    row = reliability_of(
        "greatest_lower_bound",
        found.estimate,
        Bounds(reason=found.reason or BIASED),
        total_variance=total_variance,
        confidence=nan,
        method="semidefinite programme",
        missing=sample.moments.missing,
        n_persons=sample.n_persons,
        n_items=sample.n_items,
        source=sample.source,
    )
    return GreatestLowerBound(
        **{name: getattr(row, name) for name in Reliability.__slots__},
        item_ids=sample.item_ids,
        error_variances=tuple(float(value) for value in found.error_variances),
        duality_gap=found.gap,
    )
