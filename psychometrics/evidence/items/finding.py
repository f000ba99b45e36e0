"""What a key check finds, and what it works on."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from psychometrics.evidence.points import item_points
from psychometrics.instrument import Instrument, Scale
from psychometrics.kernels.covariance import Moments, moments
from psychometrics.responses import Responses

ALARM = 0.001
"""Probability of a false alarm of one rule on one scale (shared out over its items)."""

ENOUGH = 50
"""Fewest answers that a rule works on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One sign that data and definition do not fit together.

    Attributes
    ----------
    rule : str
        ``polarity``, ``group polarity``, ``range``, ``blanks``, ``columns``, ``misplaced`` or ``published``.
    scale_id, item_id : str
        Where; empty when it is about more than one.
    finding : str
        What it looks like.
    detail : str
        The numbers behind it.
    """

    rule: str
    scale_id: str
    item_id: str
    finding: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ScaleData:
    """One scale of items in the data: its codes as stored and its points by the key."""

    scale: Scale
    rows: tuple[int, ...]
    points: npt.NDArray[np.float64]
    moments: Moments

    @property
    def items(self) -> tuple[str, ...]:
        """Ids of its items."""
        return self.scale.items

    def turned(self, item_ids: set[str]) -> ScaleData:
        """Return the same data with the points of some items the other way round."""
        mine = [place for place, item_id in enumerate(self.items) if item_id in item_ids]
        if not mine:
            return self
        points = self.points.copy()
        points[:, mine] *= -1
        return replace(self, points=points, moments=moments(points))


def scales_of(responses: Responses) -> list[ScaleData]:
    """Return every scale that stands on items."""
    instrument: Instrument = responses.instrument
    found = []
    for scale in instrument.scales:
        if scale.items:
            points = item_points(responses, scale.items)
            rows = tuple(instrument.item_ids.index(item_id) for item_id in scale.items)
            found.append(ScaleData(scale=scale, rows=rows, points=points, moments=moments(points)))
    return found


def named(ids: list[str]) -> str:
    """Write item ids, the first twelve of many."""
    return ", ".join(ids[:12]) + (f" and {len(ids) - 12} more" if len(ids) > 12 else "")
