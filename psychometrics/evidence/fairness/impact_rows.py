"""Rows of the two tables of adverse impact."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import isnan
from typing import Any

from psychometrics.result import Result, Source

FOUR_FIFTHS = 0.8
FOUR_FIFTHS_SOURCE = "29 CFR 1607.4(D)"
SCORING_SOURCE = "6 RCNY 5-301(c), New York City Local Law 144 of 2021"
NO_ADVICE = (
    "figures, no legal advice: whether a rule applies, and what follows from it, is for a lawyer to say"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RateRow:
    """Rate of one group at one threshold.

    Attributes
    ----------
    scale_id, cut : str
        ``cut`` is the id of the cut, or ``median``.
    at : float
        The score of the threshold.
    group, category : str
        The column (two crossed ones are joined by `` x ``) and its value.
    n, n_selected : int
        Persons with a score; of them those at or above the cut (above the median, for the scoring rate), -1 where that
        is not shown.
    rate : float
        n_selected / n.
    impact_ratio, ratio_lower, ratio_upper : float
        Rate over that of the group with the highest rate, with Koopman's score interval.
    reference : str
        The group with the highest rate.
    p_value : float
        Two-sided, Fisher's exact test against the reference group.
    flips : bool or None
        Of a ratio below 4/5: whether one different person selected would give this group the higher rate. Else None.
    share : float
        Of all persons with a score.
    verdict : str
        The rule that was applied, with its threshold and source.
    confidence : float
    note, reason : str
        What to bear in mind; why a number is nan.
    """

    scale_id: str
    cut: str
    at: float
    group: str
    category: str
    n: int
    n_selected: int
    rate: float
    impact_ratio: float
    ratio_lower: float
    ratio_upper: float
    reference: str
    p_value: float
    flips: bool | None
    share: float
    verdict: str
    confidence: float
    note: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rates(Result):
    """Rates of groups at thresholds: one table of adverse impact.

    Attributes
    ----------
    rule : str
        ``four_fifths`` (selection rates at cuts) or ``scoring_rate`` (share above the median).
    rows : tuple of RateRow
    medians : mapping of str to (float, int)
        For scoring rates: median of each scale over all persons, and how many have exactly that score and so are not
        above it.
    source : Source
    """

    rule: str
    rows: tuple[RateRow, ...]
    medians: Mapping[str, tuple[float, int]] = field(default_factory=dict)
    source: Source = field(default_factory=Source)

    def columns(self) -> Mapping[str, Any]:
        """One row per scale, threshold, column and category."""
        table: dict[str, Any] = {"rule": [self.rule] * len(self.rows)}
        return table | rate_columns(self.rows)

    def __repr__(self) -> str:
        lowest = min((row for row in self.rows if not isnan(row.impact_ratio)), key=_ratio, default=None)
        found = (
            "no ratio" if lowest is None else f"lowest ratio {lowest.impact_ratio:.2f} ({lowest.category})"
        )
        return f"<Rates, {self.rule}: {len(self.rows)} rows, {found}>"


def rate_columns(rows: Sequence[RateRow]) -> dict[str, list[Any]]:
    """Return rows as columns."""
    return {name: [getattr(row, name) for row in rows] for name in RateRow.__slots__}


def _ratio(row: RateRow) -> float:
    return row.impact_ratio
