"""What a reliability coefficient comes back as."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import nan, sqrt
from typing import Any

from psychometrics.errors import EstimationError, did_you_mean
from psychometrics.kernels.bounds import Bounds
from psychometrics.result import Result, Source, because

NO_ERROR = "no standard error of measurement from a negative estimate"


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
        return rows_as_columns([self])

    def __repr__(self) -> str:
        interval = f"[{self.ci_lower:.4g}, {self.ci_upper:.4g}]"
        why = because(self.estimate, self.reason)
        return f"<{self.coefficient} {self.estimate:.4g} {interval}{why}, {self.n_persons} persons, {self.n_items} items>"


def row_named(rows: tuple[Reliability, ...], coefficient: str) -> Reliability:
    """Return the row of that name; the error names the nearest one there is."""
    found = {row.coefficient: row for row in rows}
    if coefficient not in found:
        raise EstimationError(f'no row "{coefficient}"', hint=did_you_mean(coefficient, found))
    return found[coefficient]


def rows_as_columns(rows: list[Reliability] | tuple[Reliability, ...]) -> dict[str, list[Any]]:
    """Return the table of several coefficients, one row each."""
    names = [name for name in Reliability.__slots__ if name != "source"]
    return {name: [getattr(row, name) for row in rows] for name in names}


def reliability_of(
    coefficient: str,
    estimate: float,
    bounds: Bounds,
    *,
    total_variance: float,
    confidence: float,
    method: str,
    missing: str,
    n_persons: int,
    n_items: int,
    source: Source,
) -> Reliability:
    """Return a coefficient with the error of the score that follows from it; nan with every reason why."""
    deviation = sqrt(total_variance) if total_variance >= 0 else nan
    reasons = [bounds.reason]
    if estimate < 0:
        reasons.append(NO_ERROR)
    return Reliability(
        coefficient=coefficient,
        estimate=estimate,
        ci_lower=bounds.lower,
        ci_upper=bounds.upper,
        confidence=confidence,
        method=method,
        missing=missing,
        n_persons=n_persons,
        n_items=n_items,
        standard_deviation=deviation,
        standard_error_of_measurement=deviation * sqrt(max(1 - estimate, 0.0)) if estimate >= 0 else nan,
        reason="; ".join(dict.fromkeys(text for text in reasons if text)),
        source=source,
    )
