"""What a general factor and group factors say of a total score, as one table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from psychometrics.errors import EstimationError, did_you_mean
from psychometrics.kernels.factors.goodness import Goodness
from psychometrics.result import Result, Source

Floats = npt.NDArray[np.float64]

GENERAL = "general"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FactorStructure(Result):
    """Omega hierarchical and its company: one row per statistic, and the loadings behind them.

    Attributes
    ----------
    statistic : tuple of str
        Its full name, such as ``omega_hierarchical_bifactor``.
    part : tuple of str
        What it is of: ``total``, a group of items, or an item.
    estimate, ci_lower, ci_upper : ndarray of float64
    reason : tuple of str
        Why a number of that row is nan; empty when none is.
    confidence : float
    method : str
        How the intervals were found.
    missing : str
    n_persons, n_items : int
    model : str
        ``schmid_leiman`` or ``bifactor``.
    estimation : str
    item_ids, group_ids : tuple of str
    loadings : ndarray of float64, shape (n_items, 1 + n_groups)
        Standardised: the general factor, then the groups.
    uniquenesses : ndarray of float64, shape (n_items,)
    members : ndarray of bool, shape (n_items, n_groups)
        Which items make up the sum of each group.
    factor_correlations : ndarray of float64, shape (n_groups, n_groups)
        Of the factors before the Schmid-Leiman transformation; the unit matrix for a bifactor model.
    goodness : Goodness or None
        Fit of a bifactor model.
    remarks : str
        What to beware of in the model; empty when nothing.
    source : Source
    """

    statistic: tuple[str, ...]
    part: tuple[str, ...]
    estimate: Floats
    ci_lower: Floats
    ci_upper: Floats
    reason: tuple[str, ...]
    confidence: float
    method: str
    missing: str
    n_persons: int
    n_items: int
    model: str
    estimation: str
    item_ids: tuple[str, ...]
    group_ids: tuple[str, ...]
    loadings: Floats
    uniquenesses: Floats
    members: npt.NDArray[np.bool_]
    factor_correlations: Floats
    goodness: Goodness | None = None
    remarks: str = ""
    source: Source = field(default_factory=Source)

    def columns(self) -> Mapping[str, Any]:
        """One row per statistic."""
        rows = len(self.statistic)
        return {
            "statistic": self.statistic,
            "part": self.part,
            "estimate": self.estimate,
            "ci_lower": self.ci_lower,
            "ci_upper": self.ci_upper,
            "confidence": [self.confidence] * rows,
            "method": [self.method] * rows,
            "missing": [self.missing] * rows,
            "n_persons": [self.n_persons] * rows,
            "reason": self.reason,
            "remarks": [self.remarks] * rows,
        }

    def value(self, statistic: str, part: str = "total") -> float:
        """Return one estimate; the model may be left out of the name (``omega_hierarchical``).

        Raises
        ------
        EstimationError
            No such statistic.
        """
        for name in (statistic, f"{statistic}_{self.model}"):
            for row, own in enumerate(zip(self.statistic, self.part, strict=True)):
                if own == (name, part):
                    return float(self.estimate[row])
        raise EstimationError(
            f"no statistic {statistic!r} of {part!r}", hint=did_you_mean(statistic, set(self.statistic))
        )

    def loadings_table(self) -> Mapping[str, Any]:
        """Return the standardised loadings, uniqueness and general share of each item as columns."""
        names = (GENERAL, *self.group_ids)
        return {
            "item_id": self.item_ids,
            **{name: self.loadings[:, column] for column, name in enumerate(names)},
            "uniqueness": self.uniquenesses,
        }

    def __repr__(self) -> str:
        found = f"omega_total {self.value('omega_total'):.4g}, omega_hierarchical {self.value('omega_hierarchical'):.4g}"
        return f"<{self.model}: {found}, {self.n_persons} persons, {self.n_items} items, {len(self.group_ids)} groups>"


def names_of(model: str, item_ids: tuple[str, ...], group_ids: tuple[str, ...]) -> list[tuple[str, str]]:
    """Return statistic and part for each number of :meth:`psychometrics.kernels.factors.indices.Indices.stacked`, in its order."""
    scalars = (
        f"omega_total_{model}",
        f"omega_hierarchical_{model}",
        f"omega_limit_{model}",
        f"omega_group_factors_{model}",
        "explained_common_variance",
        "coefficient_h",
    )
    by_group = (
        f"omega_subscale_{model}",
        f"omega_hierarchical_subscale_{model}",
        "explained_common_variance",
        "coefficient_h",
    )
    names = [(name, "total") for name in scalars]
    names += [(name, group) for name in by_group for group in group_ids]
    return names + [("item_explained_common_variance", item) for item in item_ids]
