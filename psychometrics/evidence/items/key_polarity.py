"""Items whose key may be the wrong way round: in all the data, or in one group of persons only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import numpy.typing as npt

from psychometrics.evidence.items.finding import ALARM, ENOUGH, Finding, ScaleData, named
from psychometrics.kernels.covariance import moments
from psychometrics.kernels.items.polarity import Polarity, polarity

FEWEST_ITEMS = 3


def against_their_scale(data: ScaleData) -> Iterator[Finding]:
    """Items that go against the larger part of their scale with 99.9% confidence (for the whole scale)."""
    found = _polarity(data, data.points, ALARM)
    if found is None:
        return
    wrong = np.flatnonzero((found.sign < 0) & (found.upper < 0))
    if 2 * len(wrong) >= np.count_nonzero(found.sign) > 0 and len(wrong) > 1:
        yield _halves(data, found)
        return
    for item in wrong:
        detail = f"correlation with the other items {found.rest_correlation[item]:.2f} over {found.n[item]:,.0f} answers"
        yield Finding(
            rule="polarity",
            scale_id=data.scale.id,
            item_id=data.items[item],
            finding="runs against its scale: key reversed, or not?",
            detail=detail,
        )


def _halves(data: ScaleData, found: Polarity) -> Finding:
    one, other = ([data.items[i] for i in np.flatnonzero(found.sign == sign)] for sign in (1, -1))
    return Finding(
        rule="polarity",
        scale_id=data.scale.id,
        item_id="",
        finding="falls into two halves that run against each other: are the keys of one half missing?",
        detail=f"{named(one)} against {named(other)}",
    )


def differing_in_groups(data: ScaleData, groups: Mapping[str, npt.NDArray[np.object_]]) -> Iterator[Finding]:
    """Items that go with their scale in one group of persons and against it in another, both with 99.9% confidence."""
    for column, labels in groups.items():
        levels = sorted({str(one) for one in labels if one is not None})
        alarm = ALARM / max(2 * len(levels), 1)
        found = {level: _polarity(data, data.points[labels == level], alarm) for level in levels}
        known = {level: one for level, one in found.items() if one is not None}
        for item, item_id in enumerate(data.items):
            against = [level for level, one in known.items() if one.upper[item] < 0]
            along = [level for level, one in known.items() if one.lower[item] > 0]
            if against and along:
                detail = "; ".join(
                    f"{column} {level}: {known[level].rest_correlation[item]:.2f}"
                    for level in (*along[:3], *against[:3])
                )
                yield Finding(
                    rule="group polarity",
                    scale_id=data.scale.id,
                    item_id=item_id,
                    finding=f"its direction depends on {column}: coded differently there?",
                    detail=f"correlation with the other items, {detail}",
                )


def _polarity(data: ScaleData, points: npt.NDArray[np.float64], alarm: float) -> Polarity | None:
    if len(data.items) < FEWEST_ITEMS:
        return None
    sample = moments(points)
    if not np.any(np.diagonal(sample.n_pairs) >= ENOUGH) or np.isnan(sample.covariance).any():
        return None
    return polarity(sample, alarm / len(data.items))
