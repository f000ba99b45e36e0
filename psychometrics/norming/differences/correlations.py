"""Correlations of the scales in a norm sample: what base rates of differences rest on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from psychometrics.errors import NormError, did_you_mean
from psychometrics.kernels.score_differences import correlation_interval
from psychometrics.result import Result, Source

if TYPE_CHECKING:
    from psychometrics.norming.normed import NormedScores

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ScaleCorrelations(Result):
    """Correlations of z scores, over the people who have both; ``correlations`` and ``n`` are (n_scales, n_scales)."""

    scale_ids: tuple[str, ...]
    correlations: Floats
    n: npt.NDArray[np.int64]
    confidence: float
    source: Source

    def of(self, first: str, second: str) -> tuple[float, int]:
        """Return the correlation of two scales and the number of people."""
        for name in (first, second):
            if name not in self.scale_ids:
                raise NormError(f'no correlations of "{name}"', hint=did_you_mean(name, self.scale_ids))
        place = self.scale_ids.index(first), self.scale_ids.index(second)
        return float(self.correlations[place]), int(self.n[place])

    def columns(self) -> Mapping[str, Any]:
        """One row per pair of scales."""
        pairs = list(combinations(self.scale_ids, 2))
        found = [self.of(a, b) for a, b in pairs]
        ends = [correlation_interval(r, n, self.confidence) for r, n in found]
        return {
            "first_scale": [a for a, _ in pairs],
            "second_scale": [b for _, b in pairs],
            "correlation": [r for r, _ in found],
            "ci_lower": [low for low, _ in ends],
            "ci_upper": [high for _, high in ends],
            "confidence": [self.confidence] * len(pairs),
            "n_persons": [n for _, n in found],
            "reason": [None if not np.isnan(r) else "fewer than 3 persons, or no variance" for r, _ in found],
        }

    def __repr__(self) -> str:
        return f"<ScaleCorrelations: {len(self.scale_ids)} scales, {int(self.n.max(initial=0)):,} persons>"


def scale_correlations(normed: NormedScores, *, confidence: float = 0.95) -> ScaleCorrelations:
    """Return how the scales of an instrument go together among the people of a norm sample.

    r = correlation of the z scores of the sample, placed in its own norms

    Normalised z scores make it the correlation that the bivariate normal model of base rates needs; every pair of
    scales uses the people who have both.

    Parameters
    ----------
    normed : NormedScores
        The norm sample, placed in the norms that were built from it: ``build_norms(sample, ...).apply(sample)``.
    confidence : float
        Level of the intervals in the table (Fisher's z).

    Returns
    -------
    ScaleCorrelations
        For ``score_differences(..., correlations=...)``; nan where fewer than 3 people or no variance.
    """
    z = normed.z
    n_scales = len(normed.scale_ids)
    r, n = np.full((n_scales, n_scales), np.nan), np.zeros((n_scales, n_scales), np.int64)
    for i in range(n_scales):
        for j in range(i, n_scales):
            both = ~np.isnan(z[i]) & ~np.isnan(z[j])
            n[i, j] = n[j, i] = np.count_nonzero(both)
            r[i, j] = r[j, i] = _correlation(z[i, both], z[j, both])
    return ScaleCorrelations(
        scale_ids=normed.scale_ids, correlations=r, n=n, confidence=confidence, source=normed.source
    )


def _correlation(x: Floats, y: Floats) -> float:
    if len(x) < 3:
        return float("nan")
    x, y = x - x.mean(), y - y.mean()
    spread = float(np.sqrt((x @ x) * (y @ y)))
    return float(x @ y) / spread if spread > 0 else float("nan")
