"""The table of everything known about the reliability of an instrument."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from psychometrics.evidence.overview.meanings import MEANINGS
from psychometrics.evidence.thresholds import Kind, Verdict, verdicts
from psychometrics.instrument import Instrument
from psychometrics.result import Result, Source

Evidence = Literal["consistency", "composite", "raters", "retest"]

KINDS: Mapping[str, Kind] = {
    "omega_total_one_factor": "consistency",
    "coefficient_alpha": "consistency",
    "categorical_omega": "consistency",
    "stratified_alpha": "strata",
    "composite_score_reliability": "reliability",
    "icc(A,1)": "reliability",
    "icc(A,k)": "reliability",
    "icc_a1": "reliability",
    "pearson_r": "correlation",
}
"""Statistics that review systems have thresholds for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReliabilityRow:
    """One statistic of one scale, task or criterion.

    Attributes
    ----------
    scale_id : str
        Scale, task, or ``task.criterion``.
    evidence : {"consistency", "composite", "raters", "retest"}
        What the number is about.
    statistic : str
        Which number it is; ``meaning`` says it in a sentence.
    read_first : bool
        Whether this is the number to read first of its scale.
    estimate, ci_lower, ci_upper : float
    standard_error_of_measurement : float
        In the metric of the score; nan where the statistic gives none.
    n_persons, n_parts : int
        Persons used; items, raters or occasions.
    method : str
        How the interval was found.
    missing : str
        How missing values were treated.
    reason : str
        Why a number is nan.
    note : str
        What the number rests on.
    judged : bool
        False where a better number for what review systems ask stands beside it: a plain correlation of two occasions
        beside their ICC.
    """

    scale_id: str
    evidence: Evidence
    statistic: str
    read_first: bool = False
    estimate: float
    ci_lower: float
    ci_upper: float
    standard_error_of_measurement: float = math.nan
    n_persons: int
    n_parts: int
    method: str
    missing: str
    reason: str = ""
    note: str = ""
    judged: bool = True

    @property
    def meaning(self) -> str:
        """What the number is."""
        return MEANINGS[self.statistic]

    @property
    def verdict(self) -> str:
        """What review systems say of it; empty where they say nothing."""
        return "; ".join(str(one) for one in self.verdicts())

    def verdicts(self) -> tuple[Verdict, ...]:
        """Return what each review system says of it, also those whose bins were not seen in their source."""
        kind = KINDS.get(self.statistic) if self.judged else None
        return () if kind is None else verdicts(kind, self.estimate, self.ci_lower)


FIELDS = ("scale_id", "evidence", "statistic", "read_first", "estimate", "ci_lower", "ci_upper")
REST = (
    "standard_error_of_measurement",
    "n_persons",
    "n_parts",
    "method",
    "missing",
    "meaning",
    "verdict",
    "reason",
    "note",
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class InstrumentReliability(Result):
    """Every statistic of every scale, one row each.

    ``evidence`` says what the number is about: ``consistency`` (items), ``composite`` (items, tasks and raters
    together), ``raters`` (one rater, or the average of those who rated), ``retest``. The row with ``read_first`` is
    the one to read first of its scale; it comes first.

    Attributes
    ----------
    instrument : Instrument
    rows : tuple of ReliabilityRow
    confidence : float
        Level of the intervals.
    source : Source
    """

    instrument: Instrument
    rows: tuple[ReliabilityRow, ...]
    confidence: float
    source: Source

    def columns(self) -> Mapping[str, Any]:
        """One row per scale (task, criterion) and statistic."""
        return {
            **{name: [getattr(row, name) for row in self.rows] for name in FIELDS},
            "confidence": [self.confidence] * len(self.rows),
            **{
                name: [
                    getattr(row, name) or None if name in BLANK else getattr(row, name) for row in self.rows
                ]
                for name in REST
            },
        }

    def read_first(self) -> dict[str, ReliabilityRow]:
        """Return the row to read first of each scale."""
        return {row.scale_id: row for row in reversed(self.rows) if row.read_first}

    def standard_errors(self) -> dict[str, float]:
        """Return the standard error of measurement per scale, in the metric of the raw score: from the first row that has one."""
        errors: dict[str, float] = {}
        for row in self._with_error():
            errors.setdefault(row.scale_id, row.standard_error_of_measurement)
        return errors

    def _with_error(self) -> list[ReliabilityRow]:
        """Return the rows of scales (not of tasks) that have a standard error of measurement."""
        return [
            row
            for row in self.rows
            if not math.isnan(row.standard_error_of_measurement) and row.scale_id in self.instrument.scale_ids
        ]

    def for_norms(self) -> list[dict[str, Any]]:
        """Return what :func:`build_norms` keeps of the reliability of each scale."""
        first: dict[str, dict[str, Any]] = {}
        for row in self._with_error():
            if not math.isnan(row.estimate):
                first.setdefault(
                    row.scale_id,
                    {
                        "scale": row.scale_id,
                        "coefficient": row.statistic,
                        "estimate": row.estimate,
                        "standard_error_of_measurement": row.standard_error_of_measurement,
                        "n_persons": row.n_persons,
                    },
                )
        return list(first.values())

    def __repr__(self) -> str:
        return f"<Reliability of {self.instrument.name}: {len(self.rows)} statistics>"


BLANK = {"verdict", "reason", "note"}
