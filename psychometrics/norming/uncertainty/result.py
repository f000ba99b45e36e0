"""What the uncertainty of percentile ranks comes back as."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from psychometrics.norming.cells.cell import NoRank
from psychometrics.norming.normed import REASONS as PLACING_REASONS
from psychometrics.norming.normed import NormedScores
from psychometrics.norming.uncertainty.parts import PARTS, SCORE_PARTS, NoTotal
from psychometrics.result import Result, Source
from psychometrics.scoring.scores import repeat_rows, tile_names

Floats = npt.NDArray[np.float64]

REASONS = {
    NoTotal.NO_RANK: "no percentile rank can be read off these norms",
    NoTotal.NO_N: "the size of the norm sample was not published",
    NoTotal.NO_ERROR: "no standard error of this score is known",
    NoTotal.NO_RATERS: "no rater error is known for this number of raters",
    NoTotal.NO_MISSING: "no error is known for this number of missing items",
    NoTotal.NO_MOMENTS: "the mean and SD of the norm sample are not known",
}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PercentileUncertainty(Result):
    """Intervals of the percentile rank of each true score; arrays of shape (n_scales, n_rows).

    Attributes
    ----------
    normed : NormedScores
        The scores.
    true_score : {"observed", "kelley"}
        What stands for the true score.
    confidence : float
        Level of every interval.
    estimated_true_score, percentile_rank : ndarray of float64
        Observed score, or Kelley's estimate, and its rank 0..100.
    errors : mapping of source to ndarray
        Standard errors on the metric of the score: measurement, raters, missing; nan where it is no source here.
    lower, upper : mapping of part to ndarray
        Ends for norm_sample, measurement, raters, missing, each alone, and for the total.
    reason : ndarray of int8
        ``NoTotal`` codes; in words in ``to_frame``.
    """

    normed: NormedScores
    true_score: str
    confidence: float
    estimated_true_score: Floats
    percentile_rank: Floats
    errors: Mapping[str, Floats]
    lower: Mapping[str, Floats]
    upper: Mapping[str, Floats]
    reason: npt.NDArray[np.int8]
    source: Source

    def columns(self) -> Mapping[str, Any]:
        """One row per person, occasion and scale."""
        normed = self.normed
        n_scales, n_rows = normed.raw.shape
        keys = [name for name in ("person_id", "occasion") if name in normed.persons.column_names]
        columns: dict[str, Any] = {
            **{name: repeat_rows(normed.persons.column(name), n_scales) for name in keys},
            "scale_id": tile_names(normed.scale_ids, n_rows),
            "raw_score": _long(normed.raw),
            "estimated_true_score": _long(self.estimated_true_score),
            "percentile_rank": _long(self.percentile_rank),
        }
        columns |= {f"{name}_error": _long(self.errors[name]) for name in SCORE_PARTS}
        for name in PARTS:
            columns |= {f"{name}_lower": _long(self.lower[name]), f"{name}_upper": _long(self.upper[name])}
        return columns | {
            "total_holds": self._sources(),
            "confidence": np.full(n_scales * n_rows, self.confidence),
            "true_score": tile_names((self.true_score,), n_scales * n_rows),
            "norms": tile_names((normed.norms.name,), n_scales * n_rows),
            "simulated": np.full(n_scales * n_rows, normed.norms.head.simulated),
            "reason": self._reasons(),
        }

    def _sources(self) -> pa.DictionaryArray:
        """Say which sources the total holds."""
        known = ~np.isnan(_long(self.lower["total"]))
        code = sum(
            (~np.isnan(_long(self.errors[name]))).astype(np.int32) << i for i, name in enumerate(SCORE_PARTS)
        )
        texts = [
            ", ".join(["norm sample", *(name for i, name in enumerate(SCORE_PARTS) if bits >> i & 1)])
            for bits in range(1 << len(SCORE_PARTS))
        ]
        return pa.DictionaryArray.from_arrays(pa.array(code, mask=~known), pa.array(texts))

    def _reasons(self) -> pa.DictionaryArray:
        normed = self.normed
        own = [REASONS[code] for code in sorted(REASONS)]
        placing = [PLACING_REASONS[code] for code in sorted(NoRank) if code != NoRank.RANKED]
        reason, placed = (_long(codes).astype(np.int32) for codes in (self.reason, normed.reason))
        lost = np.repeat(-1 - normed.stratum, len(normed.scale_ids))
        placed = np.where(placed == NoRank.NO_STRATUM, len(NoRank) + np.maximum(lost, 0), placed)
        code = np.where(reason == NoTotal.NOT_PLACED, len(own) + placed - 1, reason - min(REASONS))
        texts = pa.array([*own, *placing, *normed.outside_strata])
        return pa.DictionaryArray.from_arrays(pa.array(code.astype(np.int32), mask=reason == 0), texts)

    def __repr__(self) -> str:
        simulated = " SIMULATED" if self.normed.norms.head.simulated else ""
        shape = f"{self.normed.raw.shape[1]:,} rows, {len(self.normed.scale_ids)} scales"
        return (
            f"<PercentileUncertainty in {self.normed.norms.name}:{simulated} {shape}, {self.confidence:.0%}>"
        )


def _long(values: Any) -> Any:
    return values.T.reshape(-1)
