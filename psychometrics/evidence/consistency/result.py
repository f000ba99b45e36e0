"""What a reliability coefficient comes back as."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from psychometrics.result import Result, Source


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Reliability(Result):
    """One reliability coefficient of a total score, with its interval and the error of the score.

    Attributes
    ----------
    coefficient : str
        Which one, such as ``coefficient_alpha``.
    estimate, ci_lower, ci_upper : float
        Nan where they do not exist; ``reason`` says why.
    confidence : float
        Level of the interval.
    method : str
        How the interval was found.
    missing : str
        How missing values were treated.
    n_persons, n_items : int
        Persons used, items.
    standard_deviation : float
        SD of the total (the sum of all items), from the same covariances as the estimate; in points.
    standard_error_of_measurement : float
        sd sqrt(1 - estimate), in points of the total; nan when the estimate is negative.
    reason : str
        Why a number is nan; empty when none is.
    source : Source
    """

    coefficient: str
    estimate: float
    ci_lower: float
    ci_upper: float
    confidence: float
    method: str
    missing: str
    n_persons: int
    n_items: int
    standard_deviation: float
    standard_error_of_measurement: float
    reason: str = ""
    source: Source = field(default_factory=Source)

    def columns(self) -> Mapping[str, Any]:
        """One row: the coefficient."""
        return {
            "coefficient": [self.coefficient],
            "estimate": [self.estimate],
            "ci_lower": [self.ci_lower],
            "ci_upper": [self.ci_upper],
            "confidence": [self.confidence],
            "method": [self.method],
            "missing": [self.missing],
            "n_persons": [self.n_persons],
            "n_items": [self.n_items],
            "standard_deviation": [self.standard_deviation],
            "standard_error_of_measurement": [self.standard_error_of_measurement],
            "reason": [self.reason],
        }

    def __repr__(self) -> str:
        interval = f"[{self.ci_lower:.4g}, {self.ci_upper:.4g}]"
        return f"<{self.coefficient} {self.estimate:.4g} {interval}, {self.n_persons} persons, {self.n_items} items>"
