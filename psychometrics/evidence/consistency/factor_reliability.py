"""A reliability coefficient that rests on a factor model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from psychometrics.evidence.consistency.result import Reliability
from psychometrics.kernels.factors.confirmatory import FLOOR

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FactorReliability(Reliability):
    """A :class:`Reliability` with the factor model behind it.

    Attributes
    ----------
    item_ids : tuple of str
    loadings : ndarray of float64, shape (n_items,)
        Standardised loadings on the one factor; nan when no model was fitted.
    uniquenesses : ndarray of float64, shape (n_items,)
        Unique shares of the item variances.
    estimation : str
        How the model was fitted: ``ml`` or ``minres``.
    total_variance : str
        What is below the fraction line: ``model`` or ``observed``.
    remarks : str
        What to beware of in the model (items at their bound, negative loadings, no convergence); empty when nothing.
    """

    item_ids: tuple[str, ...]
    loadings: Floats
    uniquenesses: Floats
    estimation: str
    total_variance: str
    remarks: str = ""

    def columns(self) -> Mapping[str, Any]:
        """One row: the coefficient."""
        row = dict(Reliability.columns(self))
        reason = row.pop("reason")
        return row | {
            "estimation": [self.estimation],
            "total_variance": [self.total_variance],
            "reason": reason,
            "remarks": [self.remarks],
        }

    def __repr__(self) -> str:
        return Reliability.__repr__(self)


def model_remarks(
    item_ids: tuple[str, ...], loadings: Floats, uniquenesses: Floats, *, converged: bool
) -> str:
    """Say what is odd about a fitted factor: nothing is flipped, dropped or repaired in silence."""
    remarks = []
    negative = [item for item, loading in zip(item_ids, loadings, strict=True) if loading < 0]
    bound = [item for item, share in zip(item_ids, uniquenesses, strict=True) if share <= FLOOR * (1 + 1e-6)]
    if negative:
        remarks.append(f"negative loading, kept as it is (check the key): {', '.join(negative)}")
    if bound:
        remarks.append(
            f"Heywood case, uniqueness held at {FLOOR:g} of the item's variance: {', '.join(bound)}"
        )
    if not converged:
        remarks.append("the fit did not converge")
    return "; ".join(remarks)
