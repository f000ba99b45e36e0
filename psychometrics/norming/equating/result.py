"""What an equating comes back as."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from psychometrics.result import Result, Source

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Equating(Result):
    """Scores on X and the scores on Y that stand for them.

    Attributes
    ----------
    scores : ndarray, shape (m,)
        Every score there can be on X.
    equated : ndarray, shape (m,)
        The score on Y that stands for each; not rounded; nan with a reason.
    standard_error : ndarray, shape (m,)
        From the sampling of persons; nan with a reason where it cannot be had.
    ci_lower, ci_upper : ndarray, shape (m,)
    confidence : float
    y_scores : ndarray
        Every score there can be on Y.
    method, design, anchor_method, presmoothing, error_method : str
        How it was done; empty where it does not apply.
    intercept, slope : float
        Of a straight line; nan for curves.
    synthetic_weight : float
        Weight of the population of X; nan where there is no synthetic population.
    bandwidths : mapping of str to float
        Of a kernel equating.
    n_x, n_y : int
        Persons.
    notes : tuple of str
    reasons : tuple of str
        One per score: why a number is nan; empty when none is.
    scale_id, y_scale_id : str
    source, y_source : Source
        Where the scores on X and on Y came from.
    """

    scores: Floats
    equated: Floats
    standard_error: Floats
    ci_lower: Floats
    ci_upper: Floats
    confidence: float
    y_scores: Floats
    method: str
    design: str
    anchor_method: str = ""
    presmoothing: str = ""
    error_method: str = ""
    intercept: float = float("nan")
    slope: float = float("nan")
    synthetic_weight: float = float("nan")
    bandwidths: Mapping[str, float]
    n_x: int
    n_y: int
    notes: tuple[str, ...] = ()
    reasons: tuple[str, ...]
    scale_id: str = ""
    y_scale_id: str = ""
    source: Source
    y_source: Source

    def columns(self) -> Mapping[str, Any]:
        """One row per score on X."""
        m = len(self.scores)
        return {
            "score": self.scores,
            "equated": self.equated,
            "standard_error": self.standard_error,
            "ci_lower": self.ci_lower,
            "ci_upper": self.ci_upper,
            "method": [self.method] * m,
            "design": [self.design] * m,
            "reason": list(self.reasons),
        }

    def describe(self) -> str:
        """How it was done, in one line."""
        parts = [
            self.method.replace("_", " "),
            self.anchor_method.replace("_", " "),
            f"{self.design.replace('_', ' ')}",
            f"log-linear presmoothing {self.presmoothing}" if self.presmoothing else "",
            f"{self.n_x:,} and {self.n_y:,} persons",
        ]
        return ", ".join(part for part in parts if part)

    def __repr__(self) -> str:
        first, last = self.scores[0], self.scores[-1]
        return (
            f"<Equating {self.describe()}: {first:g} to {self.equated[0]:.2f}, ..., "
            f"{last:g} to {self.equated[-1]:.2f}>"
        )
