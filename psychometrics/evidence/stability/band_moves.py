"""What band stability comes back as: moves, shares, kappas."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from psychometrics.evidence.stability.verdicts import Verdict
from psychometrics.kernels.bounds import Estimate
from psychometrics.result import Result, Source, counted

METHODS = {
    "share_same": "Wilson interval",
    "share_higher": "Wilson interval",
    "share_lower": "Wilson interval",
    "kappa": "Cohen, large-sample interval",
    "kappa_linear": "Cohen with linear weights by position, large-sample interval",
    "kappa_quadratic": "Cohen with quadratic weights by position, large-sample interval",
}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Transitions:
    """Moves between the bands of one set, or over one cut.

    Attributes
    ----------
    scale_id, bands_id : str
        ``bands_id`` is the id of the bands or of the cut.
    labels : tuple of str
        Bands from low to high; ``below`` first when somebody scored below the lowest.
    table : ndarray of int64, shape (n_bands, n_bands)
        Persons by band on the first (rows) and second occasion (columns).
    share_same, share_higher, share_lower : Estimate
        Share of persons in the same band, in a higher, in a lower one.
    kappa, kappa_linear, kappa_quadratic : Estimate
        Cohen's kappa, unweighted and weighted by the distance of the positions.
    verdict : Verdict
        COSMIN's rule for ordinal scores.
    n_pairs : int
    """

    scale_id: str
    bands_id: str
    labels: tuple[str, ...]
    table: npt.NDArray[np.int64]
    share_same: Estimate
    share_higher: Estimate
    share_lower: Estimate
    kappa: Estimate
    kappa_linear: Estimate
    kappa_quadratic: Estimate
    verdict: Verdict
    n_pairs: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BandStability(Result):
    """How well bands and cuts hold over two occasions.

    Attributes
    ----------
    sets : tuple of Transitions
        One per set of bands and per cut.
    confidence : float
    source : Source
    """

    sets: tuple[Transitions, ...]
    confidence: float
    source: Source = field(default_factory=Source)

    def columns(self) -> Mapping[str, Any]:
        """One row per set of bands and statistic."""
        rows = [(one, name, getattr(one, name)) for one in self.sets for name in METHODS]
        return {
            "scale_id": [one.scale_id for one, _, _ in rows],
            "bands_id": [one.bands_id for one, _, _ in rows],
            "statistic": [name for _, name, _ in rows],
            "estimate": [found.estimate for _, _, found in rows],
            "ci_lower": [found.ci_lower for _, _, found in rows],
            "ci_upper": [found.ci_upper for _, _, found in rows],
            "confidence": [self.confidence] * len(rows),
            "method": [METHODS[name] for _, name, _ in rows],
            "n_pairs": [one.n_pairs for one, _, _ in rows],
            "reason": [found.reason for _, _, found in rows],
        }

    def transition_columns(self) -> Mapping[str, Any]:
        """One row per set of bands, first band and second band: how many persons."""
        rows = [
            (one.scale_id, one.bands_id, before, after, int(one.table[i, j]))
            for one in self.sets
            for i, before in enumerate(one.labels)
            for j, after in enumerate(one.labels)
        ]
        names = ("scale_id", "bands_id", "first_band", "second_band", "n_persons")
        return {name: [row[place] for row in rows] for place, name in enumerate(names)}

    def __repr__(self) -> str:
        return f"<Band stability: {counted(len(self.sets), 'set')} of bands>"
