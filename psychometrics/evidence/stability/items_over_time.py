"""What item stability comes back as: items, profiles, variance components."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import nan
from typing import Any

import numpy as np

from psychometrics.evidence.consistency.result import Reliability
from psychometrics.evidence.matrix import Floats
from psychometrics.kernels.bounds import Estimate
from psychometrics.kernels.stability.items import Columns, Profiles
from psychometrics.result import Result, Source


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ItemStability(Result):
    """Items, profiles and variance components of two occasions.

    Attributes
    ----------
    item_ids : tuple of str
    items : Columns
        Per item: r, means, mean and SD of the change, share of persons who gave the same.
    item_intervals : ndarray of float64, shape (n_items, 4)
        Lower and upper end for r (Fisher z) and for the mean change (t).
    profiles : Profiles
        Per person: correlation of both profiles, distance, level and spread.
    person_ids : sequence or None
    alpha_first, alpha_second : Reliability
        Coefficient alpha of each occasion.
    components : mapping of str to float
        Variance of persons, occasions, items, their interactions and the residual; may be below 0.
    coefficients : mapping of str to Estimate
        ``R1F``, ``RkF``, ``R1R``, ``RkR``, ``Rc`` of Shrout and Lane, from the components, those below 0 taken as 0.
    n_persons, n_complete : int
        Persons on both occasions; those of them who answered every item on both (they make the components).
    confidence : float
    reason : str
        Why there are no components.
    source : Source
    """

    item_ids: tuple[str, ...]
    items: Columns
    item_intervals: Floats
    profiles: Profiles
    person_ids: Any
    alpha_first: Reliability
    alpha_second: Reliability
    components: Mapping[str, float]
    coefficients: Mapping[str, Estimate]
    n_persons: int
    n_complete: int
    confidence: float
    reason: str = ""
    source: Source = field(default_factory=Source)

    def columns(self) -> Mapping[str, Any]:
        """One row per item."""
        n, one, ends = len(self.item_ids), self.items, self.item_intervals
        return {
            "item_id": list(self.item_ids),
            "correlation": one.correlation,
            "correlation_ci_lower": ends[:, 0],
            "correlation_ci_upper": ends[:, 1],
            "mean_first": one.mean_first,
            "mean_second": one.mean_second,
            "mean_change": one.mean_change,
            "mean_change_ci_lower": ends[:, 2],
            "mean_change_ci_upper": ends[:, 3],
            "sd_change": one.sd_change,
            "same": one.same,
            "confidence": [self.confidence] * n,
            "n_persons": one.n,
            "reason": [_why_no_r(count, r) for count, r in zip(one.n, one.correlation, strict=True)],
        }

    def profile_columns(self) -> Mapping[str, Any]:
        """One row per person: profile correlation (rqq), distance (dqq), level and spread on both occasions."""
        one = self.profiles
        ids = {} if self.person_ids is None else {"person_id": self.person_ids}
        return ids | {
            "profile_correlation": one.correlation,
            "profile_distance": one.distance,
            "level_first": one.level_first,
            "level_second": one.level_second,
            "spread_first": one.spread_first,
            "spread_second": one.spread_second,
            "n_items": one.n_items,
        }

    @property
    def mean_profile_correlation(self) -> float:
        """Mean of the profile correlations that exist; nan when none does."""
        known = self.profiles.correlation[~np.isnan(self.profiles.correlation)]
        return float(known.mean()) if len(known) else nan

    def __repr__(self) -> str:
        rqq = self.mean_profile_correlation
        return f"<Item stability: {len(self.item_ids)} items, {self.n_persons:,} persons, mean profile r {rqq:.3g}>"


def _why_no_r(n: int, r: float) -> str:
    if np.isnan(r):
        return (
            "fewer than 2 persons answered it twice"
            if n < 2
            else "the item does not vary on one of the occasions"
        )
    return "the intervals need at least 4 persons" if n < 4 else ""
