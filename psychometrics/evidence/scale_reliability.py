"""How far each scale of an instrument can be trusted: consistency, raters, retest, in one table."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from psychometrics.errors import EstimationError
from psychometrics.evidence.agreement.intraclass import intraclass_correlation
from psychometrics.evidence.consistency.alpha import coefficient_alpha
from psychometrics.evidence.consistency.result import Reliability
from psychometrics.evidence.points import item_points, task_totals, tasks_of
from psychometrics.evidence.stability.occasions import Stability
from psychometrics.instrument import Instrument, Scale, load_instrument
from psychometrics.responses import Ratings, Responses
from psychometrics.result import Result, Source
from psychometrics.scoring import Scores

RETEST_SHOWN = ("icc_a1", "icc_c1", "pearson_r", "mean_change", "sem")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReliabilityRow:
    """One statistic of one scale or task."""

    scale_id: str
    evidence: str
    statistic: str
    estimate: float
    ci_lower: float
    ci_upper: float
    standard_error_of_measurement: float
    n_persons: int
    n_parts: int
    method: str
    missing: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class InstrumentReliability(Result):
    """Every statistic of every scale, one row each.

    ``evidence`` says what the number is about: ``consistency`` (items), ``raters`` (one rater, or the average of
    those who rated), ``retest``. The first row of a scale is the one to read first.
    """

    instrument: Instrument
    rows: tuple[ReliabilityRow, ...]
    confidence: float
    source: Source

    def columns(self) -> Mapping[str, Any]:
        """One row per scale (or task) and statistic."""
        names = [name for name in ReliabilityRow.__slots__ if name != "reason"]
        return {
            **{name: [getattr(row, name) for row in self.rows] for name in names},
            "confidence": [self.confidence] * len(self.rows),
            "reason": [row.reason or None for row in self.rows],
        }

    def standard_errors(self) -> dict[str, float]:
        """Return the standard error of measurement per scale, in the metric of the raw score: from alpha, else from the retest."""
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


def reliability(
    instrument: Instrument | str,
    responses: Responses | None = None,
    ratings: Ratings | None = None,
    *,
    scores: Scores | None = None,
    retest: Stability | None = None,
    confidence: float = 0.95,
) -> InstrumentReliability:
    """Say how far every scale can be trusted.

    Parameters
    ----------
    instrument : Instrument or str
        What was asked.
    responses : Responses, optional
        Gives coefficient alpha of each scale of items.
    ratings : Ratings, optional
        Gives the agreement of raters on each task: ICC(A,1) for one rater, ICC(A,k) for the average.
    scores : Scores, optional
        Scores of the same people: the standard error of measurement is then in the metric of the raw score and
        needs no assumption about it.
    retest : Stability, optional
        From :func:`test_retest`; adds stability, and for composites the standard error of measurement.
    confidence : float
        Level of the intervals.

    Returns
    -------
    InstrumentReliability

    Raises
    ------
    EstimationError
        Nothing to work on, or data of another instrument.

    References
    ----------
    Cronbach (1951), doi:10.1007/BF02310555; McGraw and Wong (1996), doi:10.1037/1082-989X.1.1.30. The parts are
    checked one by one: :func:`coefficient_alpha`, :func:`intraclass_correlation`, :func:`test_retest`.
    """
    if isinstance(instrument, str):
        instrument = load_instrument(instrument)
    given = [part for part in (responses, ratings) if part is not None]
    if not given and retest is None:
        raise EstimationError("nothing to work on", hint="Give responses, ratings or a retest.")
    if any(part.instrument.fingerprint != instrument.fingerprint for part in given):
        raise EstimationError(f"the data belong to another instrument than {instrument.name}")
    rows: list[ReliabilityRow] = []
    for scale in instrument.scales:
        if responses is not None and scale.items:
            rows.append(_alpha_row(responses, scale, scores, confidence))
        if retest is not None and scale.id in retest.scales:
            rows += _retest_rows(scale.id, retest)
    if ratings is not None:
        rows += [row for task in tasks_of(instrument) for row in _rater_rows(ratings, task, confidence)]
    source = (
        given[0].source if given else Source(instrument=instrument.name, fingerprint=instrument.fingerprint)
    )
    return InstrumentReliability(
        instrument=instrument, rows=tuple(rows), confidence=confidence, source=source
    )


def _alpha_row(
    responses: Responses, scale: Scale, scores: Scores | None, confidence: float
) -> ReliabilityRow:
    found = coefficient_alpha(item_points(responses, scale.items), confidence=confidence)
    reason = found.reason
    if scale.criteria:
        reason = "; ".join(
            filter(None, [reason, "items only: the rubric criteria of this scale are not in it"])
        )
    return ReliabilityRow(
        scale_id=scale.id,
        evidence="consistency",
        statistic=found.coefficient,
        estimate=found.estimate,
        ci_lower=found.ci_lower,
        ci_upper=found.ci_upper,
        standard_error_of_measurement=_raw_error(scale, found, responses, scores),
        n_persons=found.n_persons,
        n_parts=found.n_items,
        method=found.method,
        missing=found.missing,
        reason=reason,
    )


def _raw_error(scale: Scale, found: Reliability, responses: Responses, scores: Scores | None) -> float:
    """Error of the raw score: SD of the scores if they are given, else that of the sum put on the metric of the scale."""
    if math.isnan(found.estimate) or found.estimate < 0 or scale.criteria:
        return math.nan
    if scores is not None:
        import numpy as np

        values = scores.of(scale.id)
        values = values[~np.isnan(values)]
        return (
            float(np.std(values, ddof=1) * math.sqrt(max(0.0, 1 - found.estimate)))
            if len(values) > 1
            else math.nan
        )
    items = [item for item in responses.instrument.items if item.id in scale.items]
    spread = {
        "sum": 1.0,
        "mean": 1 / float(sum(item.weight for item in items)),
        "percent": 100 / float(sum(item.weight * (max(item.points) - min(item.points)) for item in items)),
    }[scale.aggregate]
    return found.standard_error_of_measurement * spread * abs(float(scale.multiplier))


def _retest_rows(scale_id: str, retest: Stability) -> list[ReliabilityRow]:
    one = retest.scales[scale_id]
    table = one.columns()
    error = one.sem.estimate
    rows = []
    for i, statistic in enumerate(table["statistic"]):
        if statistic in RETEST_SHOWN:
            rows.append(
                ReliabilityRow(
                    scale_id=scale_id,
                    evidence="retest",
                    statistic=statistic,
                    estimate=table["estimate"][i],
                    ci_lower=table["ci_lower"][i],
                    ci_upper=table["ci_upper"][i],
                    standard_error_of_measurement=error if statistic == "icc_a1" else math.nan,
                    n_persons=one.n_pairs,
                    n_parts=2,
                    method=table["method"][i],
                    missing="pairs",
                    reason=table["reason"][i],
                )
            )
    return rows


def _rater_rows(ratings: Ratings, task: str, confidence: float) -> list[ReliabilityRow]:
    person, rater, total = task_totals(ratings, task)
    long = pa.table({"target": person, "rater_id": rater, "value": total})
    rows = []
    for form in ("A,1", "A,k"):
        found = intraclass_correlation(long, form=form, confidence=confidence)
        rows.append(
            ReliabilityRow(
                scale_id=task,
                evidence="raters",
                statistic=f"icc({form})",
                estimate=found.estimate,
                ci_lower=found.ci_lower,
                ci_upper=found.ci_upper,
                standard_error_of_measurement=math.nan,
                n_persons=found.n_targets,
                n_parts=found.n_raters,
                method=found.method,
                missing=found.missing,
                reason=found.reason,
            )
        )
    return rows
