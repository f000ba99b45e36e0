"""One row of a comparison with an edition: shift, spread, stability index, distance, verdict."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import isnan, nan
from typing import Literal

import numpy as np
import numpy.typing as npt

from psychometrics.kernels.bounds import Estimate
from psychometrics.kernels.drift.kolmogorov_smirnov import Smirnov, smirnov
from psychometrics.kernels.drift.score_moments import (
    ScoreMoments,
    mean_shift,
    moments_of_counts,
    normal_moments,
    sd_ratio,
)
from psychometrics.kernels.drift.stability_index import StabilityIndex, rank_bins, stability_index
from psychometrics.norming.cells.cell import Cell
from psychometrics.norming.cells.counts import CountCell
from psychometrics.norming.cells.weighted import WeightedCell
from psychometrics.norming.editions.suppression import Place, score_counts

STABLE, MOVED = 0.10, 0.25
FEWEST = 30

Verdict = Literal["same", "watch", "moved", "unclear"]
NO_COUNTS = "the edition holds published figures, no counts"


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftRow:
    """One scale in one stratum: new scores against the edition."""

    stratum: str
    scale_id: str
    n_norms: float
    n_new: float
    mean_norms: float
    mean_new: float
    shift: Estimate
    sd_ratio: Estimate
    stability: StabilityIndex
    smirnov: Smirnov
    at_score: float
    verdict: Verdict
    reason: str
    ks_p_holm: float = nan


def cell_moments(cell: Cell) -> ScoreMoments:
    """Return the moments of a cell: of its (weighted) counts, or of published figures under a normal curve."""
    if isinstance(cell, CountCell):
        return moments_of_counts(cell.scores, cell.counts)
    if isinstance(cell, WeightedCell):
        return moments_of_counts(cell.scores, cell.weighted_counts.mass)
    return normal_moments(float(cell.n) if cell.n else nan, cell.mean, cell.sd)


def drift_row(place: Place, a: Cell, b: Cell, margin: float, bins: int, confidence: float) -> DriftRow:
    """Compare one cell of new scores with the cell of the edition."""
    reference, new = cell_moments(a), cell_moments(b)
    plain, plain_new = score_counts(a), score_counts(b)
    reasons = []
    shift = mean_shift(reference, new, confidence) if reference.n > 0 else _published(a, new)
    ratio = sd_ratio(reference, new, confidence) if reference.n > 0 else _published(a, new, ratio=True)
    if plain is None or plain_new is None or not isinstance(a, CountCell | WeightedCell):
        stability, distance, at_score = no_stability(NO_COUNTS), Smirnov(statistic=nan, at=-1, p=nan), nan
        reasons.append(NO_COUNTS)
    else:
        stability = _stability(a, plain_new, bins, confidence)
        scores = np.union1d(plain.scores, plain_new.scores)
        distance = smirnov(*(_spread(scores, cell) for cell in (plain, plain_new)))
        at_score = float(scores[distance.at]) if distance.at >= 0 else nan
        if isinstance(a, WeightedCell):
            reasons.append("distance and its p without weights")
    reasons += [one for one in (shift.reason, ratio.reason, stability.reason, distance.reason) if one]
    return DriftRow(
        stratum=" / ".join(place[0]) or "whole sample",
        scale_id=place[1],
        n_norms=nan if a.n is None else float(a.n),
        n_new=float(new.n),
        mean_norms=a.mean,
        mean_new=new.mean,
        shift=shift,
        sd_ratio=ratio,
        stability=stability,
        smirnov=distance,
        at_score=at_score,
        verdict=_verdict(shift, stability, nan, float(new.n), margin, confidence),
        reason="; ".join(dict.fromkeys(reasons)),
    )


def _published(a: Cell, new: ScoreMoments, *, ratio: bool = False) -> Estimate:
    """Return the shift, or the ratio of SDs, against published figures whose n is not known: no interval."""
    there = a.sd > 0 and new.n > 1
    value = nan
    if there:
        value = new.sd / a.sd if ratio else (new.mean - a.mean) / a.sd
    return Estimate(
        estimate=value,
        ci_lower=nan,
        ci_upper=nan,
        reason="the size of the norm sample was not published" if there else "no mean and SD to compare",
    )


def no_stability(reason: str) -> StabilityIndex:
    """Return an index that could not be had."""
    return StabilityIndex(index=nan, n_bins=0, expected=nan, critical=nan, p=nan, reason=reason)


def _spread(scores: npt.NDArray[np.float64], cell: CountCell) -> npt.NDArray[np.int64]:
    out = np.zeros(len(scores), np.int64)
    out[np.searchsorted(scores, cell.scores)] = cell.counts
    return out


def _stability(a: CountCell | WeightedCell, new: CountCell, bins: int, confidence: float) -> StabilityIndex:
    mass = a.counts.astype(np.float64) if isinstance(a, CountCell) else a.weighted_counts.mass
    if not mass.sum() > 0 or not new.n:
        return no_stability("no people on one side")
    own = np.bincount(rank_bins(a.scores, mass, a.scores, bins), weights=mass, minlength=bins)
    others = np.bincount(rank_bins(a.scores, mass, new.scores, bins), weights=new.counts, minlength=bins)
    return stability_index(own, others, confidence)


def _verdict(
    shift: Estimate, stability: StabilityIndex, holm: float, n: float, margin: float, confidence: float
) -> Verdict:
    if n < FEWEST:
        return "unclear"
    by_chance = not stability.index > stability.critical
    if shift.ci_lower > margin or shift.ci_upper < -margin or (stability.index >= MOVED and not by_chance):
        return "moved"
    small_index = by_chance or stability.index < STABLE
    if shift.ci_lower > -margin and shift.ci_upper < margin and small_index:
        return "same"
    different = shift.ci_lower > 0 or shift.ci_upper < 0 or holm < 1 - confidence
    return "watch" if different or not small_index else "unclear"


def with_holm(rows: Sequence[DriftRow], margin: float, confidence: float) -> tuple[DriftRow, ...]:
    """Adjust the p values for their number, and judge again with them."""
    order = sorted(
        (i for i, row in enumerate(rows) if not isnan(row.smirnov.p)), key=lambda i: rows[i].smirnov.p
    )
    adjusted, least = [nan] * len(rows), 0.0
    for rank, i in enumerate(order):
        least = max(least, min(1.0, (len(order) - rank) * rows[i].smirnov.p))
        adjusted[i] = least
    return tuple(
        replace(
            row,
            ks_p_holm=p,
            verdict=_verdict(row.shift, row.stability, p, row.n_new, margin, confidence),
        )
        for row, p in zip(rows, adjusted, strict=True)
    )
