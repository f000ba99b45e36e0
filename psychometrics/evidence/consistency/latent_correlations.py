"""What correlations of the variables behind ordinal items come back as."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from psychometrics.result import Result, Source

if TYPE_CHECKING:
    import pandas as pd

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LatentCorrelations(Result):
    """Correlations of the normal variables assumed behind the items, pair by pair and as a matrix.

    Attributes
    ----------
    item_ids : tuple of str
    matrix : ndarray of float64, shape (n_items, n_items)
        Smoothed when that was asked for and needed; nan where a pair has no correlation.
    option_points : tuple of ndarray of float64
        Points of the options in use, rising, per item; empty for a continuous item.
    thresholds, threshold_standard_errors : tuple of ndarray of float64
        Where the normal variable is cut between one option and the next, per item; empty for a continuous item.
    first, second : ndarray of intp, shape (n_pairs,)
        The items of each pair, as places in ``item_ids``.
    estimate, standard_error, ci_lower, ci_upper : ndarray of float64, shape (n_pairs,)
        Never smoothed. -1 or 1 is a bound that the likelihood rises to; it has no standard error.
    n : ndarray of float64, shape (n_pairs,)
        Persons who have both items.
    empty_cells : ndarray of float64, shape (n_pairs,)
        Cells of the two-way table that nobody fell into; nan for pairs that are no table.
    corrected : ndarray of bool, shape (n_pairs,)
        Whether these were given the count ``continuity``.
    kind : tuple of str
        tetrachoric, polychoric, biserial, polyserial or pearson.
    pair_reasons : tuple of str
        Why a pair has a nan or lies at a bound; empty when neither.
    confidence : float
        Level of the intervals, which are symmetric in Fisher's z.
    method : str
        ``two_step``: thresholds from each item alone, then maximum likelihood for each pair.
    missing : str
    continuity : float
    n_persons, n_items : int
    smallest_eigenvalue : float
        Of the matrix before smoothing; nan when an entry is missing.
    smoothing : str
        ``eigenvalue`` or ``nearest`` when the matrix was changed, else empty.
    largest_change : float
        Largest change of any correlation by smoothing; 0 without.
    reason : str
        What to know before the matrix is used; empty when nothing.
    source : Source
    """

    item_ids: tuple[str, ...]
    matrix: Floats
    option_points: tuple[Floats, ...]
    thresholds: tuple[Floats, ...]
    threshold_standard_errors: tuple[Floats, ...]
    first: npt.NDArray[np.intp]
    second: npt.NDArray[np.intp]
    estimate: Floats
    standard_error: Floats
    ci_lower: Floats
    ci_upper: Floats
    n: Floats
    empty_cells: Floats
    corrected: npt.NDArray[np.bool_]
    kind: tuple[str, ...]
    pair_reasons: tuple[str, ...]
    confidence: float
    method: str
    missing: str
    continuity: float
    n_persons: int
    n_items: int
    smallest_eigenvalue: float
    smoothing: str
    largest_change: float
    reason: str = ""
    source: Source = field(default_factory=Source)

    @property
    def positive_definite(self) -> bool:
        """Whether the matrix was positive definite before smoothing; False when an entry is missing."""
        return self.smallest_eigenvalue > 0

    def columns(self) -> Mapping[str, Any]:
        """One row per pair of items."""
        return {
            "item_a": [self.item_ids[place] for place in self.first],
            "item_b": [self.item_ids[place] for place in self.second],
            "estimate": self.estimate,
            "standard_error": self.standard_error,
            "ci_lower": self.ci_lower,
            "ci_upper": self.ci_upper,
            "n": self.n.astype(np.int64),
            "kind": list(self.kind),
            "empty_cells": self.empty_cells,
            "corrected": self.corrected,
            "reason": list(self.pair_reasons),
        }

    def matrix_frame(self) -> pd.DataFrame:
        """Return the matrix with the items as rows and columns."""
        import pandas as pd

        return pd.DataFrame(self.matrix, index=list(self.item_ids), columns=list(self.item_ids))

    def threshold_frame(self) -> pd.DataFrame:
        """Return the thresholds, one row each: item, the points on both sides, estimate and standard error."""
        import pandas as pd

        parts = zip(
            self.item_ids, self.option_points, self.thresholds, self.threshold_standard_errors, strict=True
        )
        rows = [
            (item, *row)
            for item, points, tau, error in parts
            for row in zip(points[:-1], points[1:], tau, error, strict=True)
        ]
        return pd.DataFrame(rows, columns=["item_id", "below", "above", "threshold", "standard_error"])

    def __repr__(self) -> str:
        state = "positive definite" if self.positive_definite else "not positive definite"
        if self.smoothing:
            state = f"smoothed ({self.smoothing}), moved by up to {self.largest_change:.2g}"
        kinds = " and ".join(sorted(set(self.kind))) or "no"
        return f"<{kinds} correlations of {self.n_items} items, {self.n_persons:,} persons, {state}>"
