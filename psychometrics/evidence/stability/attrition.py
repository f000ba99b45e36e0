"""Who came back on the second occasion, and whether those who did not scored differently on the first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from psychometrics.evidence.matrix import Floats
from psychometrics.kernels.bounds import Estimate
from psychometrics.kernels.stability.attrition import share, standardised_difference
from psychometrics.result import Result, Source


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Attrition(Result):
    """Persons who had a score on an earlier occasion and have, or have not, one on a later occasion.

    Attributes
    ----------
    n_first, n_both : int
        Persons with a score on the earlier occasion; those of them with one on the later.
    share_back : Estimate
        n_both / n_first with Wilson's interval.
    mean_stayers, mean_leavers : float
        Of the earlier scores.
    difference : Estimate
        Hedges' g of leavers minus stayers on the earlier occasion: 0 when those who left were no different.
    confidence : float
    source : Source
    """

    n_first: int
    n_both: int
    share_back: Estimate
    mean_stayers: float
    mean_leavers: float
    difference: Estimate
    confidence: float
    source: Source = field(default_factory=Source)

    def columns(self) -> Mapping[str, Any]:
        """Two rows: the share that came back, the difference of leavers."""
        rows = {"share_back": self.share_back, "leavers_minus_stayers": self.difference}
        return {
            "statistic": list(rows),
            "estimate": [one.estimate for one in rows.values()],
            "ci_lower": [one.ci_lower for one in rows.values()],
            "ci_upper": [one.ci_upper for one in rows.values()],
            "confidence": [self.confidence] * 2,
            "method": ["Wilson interval", "Hedges g, noncentral t interval"],
            "n_pairs": [self.n_both] * 2,
            "reason": [one.reason for one in rows.values()],
        }

    def __repr__(self) -> str:
        return f"<Attrition: {self.n_both:,} of {self.n_first:,} came back>"


def attrition_of(earlier: Floats, later: Floats, confidence: float) -> Attrition:
    """Return who came back; scores of the same persons in the same order, nan where there is none."""
    start = ~np.isnan(earlier)
    back = start & ~np.isnan(later)
    stayers, leavers = earlier[back], earlier[start & ~back]
    difference = standardised_difference(leavers, stayers, confidence)
    if not len(leavers):
        reason = "all came back"
        difference = Estimate(estimate=np.nan, ci_lower=np.nan, ci_upper=np.nan, reason=reason)
    return Attrition(
        n_first=int(start.sum()),
        n_both=int(back.sum()),
        share_back=share(len(stayers), int(start.sum()), confidence),
        mean_stayers=float(stayers.mean()) if len(stayers) else np.nan,
        mean_leavers=float(leavers.mean()) if len(leavers) else np.nan,
        difference=difference,
        confidence=confidence,
    )
