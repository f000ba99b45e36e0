"""Columns that are doubled, or that hold something else than they should."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

from psychometrics.evidence.items.finding import ALARM, ENOUGH, Finding, ScaleData
from psychometrics.kernels.covariance import moments
from psychometrics.kernels.items.statistics import fisher_interval, item_rest_correlations
from psychometrics.responses import Responses

SAME = 0.999
UNRELATED = 0.15
RELATED = 0.30
CLEARLY = 0.20

Floats = npt.NDArray[np.float64]


def doubled(responses: Responses) -> Iterator[Finding]:
    """Two items with the same codes (or exactly turned ones) in at least 99.9% of at least 50 rows, that vary."""
    codes, instrument = responses.codes, responses.instrument
    for i in range(len(codes)):
        for j in range(i):
            both = (codes[i] >= 0) & (codes[j] >= 0)
            n = int(np.count_nonzero(both))
            if n < ENOUGH or np.ptp(codes[i][both]) == 0:
                continue
            last = len(instrument.items[i].codes) - 1
            for word, other in (("the same as", codes[j]), ("the exact reverse of", last - codes[j])):
                share = np.count_nonzero(codes[i][both] == other[both]) / n
                if share >= SAME:
                    yield Finding(
                        rule="columns",
                        scale_id="",
                        item_id=instrument.item_ids[i],
                        finding="doubled column?",
                        detail=f"{word} {instrument.item_ids[j]} in {100 * share:.1f}% of {n:,} rows",
                    )


def misplaced(scales: list[ScaleData]) -> Iterator[Finding]:
    """Items unrelated to their own scale, or clearly nearer to another: a wrong or a swapped column.

    Unrelated: the item-rest correlation lies within -.15..+.15 and, with 99.9% confidence (for the scale), below half the
    median of the scale, which is above .30. Nearer to another: the correlation with another scale is higher by more than .20, and
    significantly so (99.9% for the scale; Steiger's Z for two correlations of one item).
    """
    totals = [_totals(data) for data in scales]
    for data in scales:
        own = item_rest_correlations(data.moments.covariance)
        n = np.diagonal(data.moments.n_pairs)
        if len(data.items) < 3 or np.isnan(own).all():
            continue
        median = float(np.nanmedian(own))
        _, upper = fisher_interval(own, n, 1 - 2 * ALARM / len(data.items))
        for item, item_id in enumerate(data.items):
            if n[item] < ENOUGH or np.isnan(own[item]):
                continue
            near = _nearer(data, item, scales, totals)
            if near is not None:
                other, r = near
                yield Finding(
                    rule="misplaced",
                    scale_id=data.scale.id,
                    item_id=item_id,
                    finding=f"goes with {other} rather than with its own scale: columns swapped?",
                    detail=f"correlation {r:.2f} with {other}, {own[item]:.2f} with its own",
                )
            elif abs(own[item]) < UNRELATED and median > RELATED and upper[item] < median / 2:
                yield Finding(
                    rule="misplaced",
                    scale_id=data.scale.id,
                    item_id=item_id,
                    finding="has nothing to do with its scale: wrong column?",
                    detail=f"item-rest correlation {own[item]:.2f}, median of the scale {median:.2f}",
                )


def _totals(data: ScaleData) -> Floats:
    """Mean of the items each person answered; nan for none."""
    there = ~np.isnan(data.points)
    n = there.sum(axis=1)
    sums = np.where(there, data.points, 0.0).sum(axis=1)
    return np.asarray(np.where(n > 0, sums / np.maximum(n, 1), np.nan))


def _nearer(
    data: ScaleData, item: int, scales: list[ScaleData], totals: list[Floats]
) -> tuple[str, float] | None:
    others = [
        (one.scale.id, total)
        for one, total in zip(scales, totals, strict=True)
        if not set(one.items) & set(data.items)
    ]
    x = data.points[:, item]
    rest = np.delete(data.points, item, axis=1)
    there = ~np.isnan(rest)
    own = np.where(there, rest, 0.0).sum(axis=1) / np.maximum(there.sum(axis=1), 1)
    own[~there.any(axis=1)] = np.nan
    alarm = ALARM / max(len(data.items) * len(others), 1)
    best: tuple[str, float] | None = None
    for name, total in others:
        both = moments(np.column_stack([x, own, total]), "listwise")
        if both.n_persons < ENOUGH or np.any(np.diagonal(both.covariance) <= 0):
            continue
        scale = np.sqrt(np.diagonal(both.covariance))
        r = both.covariance / np.outer(scale, scale)
        here, there_r = abs(r[0, 1]), abs(r[0, 2])
        sure = _steiger(there_r, here, abs(r[1, 2]), both.n_persons) > -float(ndtri(alarm))
        if there_r > here + CLEARLY and sure and (best is None or there_r > abs(best[1])):
            best = name, float(r[0, 2])
    return best


def _steiger(a: float, b: float, between: float, n: int) -> float:
    """Z of r_xa - r_xb, two correlations that share x. Steiger (1980), doi:10.1037/0033-2909.87.2.245, equation 14."""
    mean = (a + b) / 2
    det = 1 - mean**2 - mean**2 - between**2 + 2 * mean**2 * between
    covariance = (between * (1 - 2 * mean**2) - mean**2 / 2 * (1 - 2 * mean**2 - between**2)) / (
        1 - mean**2
    ) ** 2
    if not (det > -1 and covariance < 1) or max(a, b) >= 1:
        return np.inf if a > b else 0.0
    return float((np.arctanh(a) - np.arctanh(b)) * np.sqrt((n - 3) / (2 - 2 * covariance)))
