"""Do scores go with a criterion outside the instrument."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import isnan, nan
from typing import Any

import numpy as np

from psychometrics.errors import EstimationError, did_you_mean
from psychometrics.evidence.checks import check_confidence, is_number
from psychometrics.evidence.matrix import Floats
from psychometrics.evidence.score_columns import score_columns
from psychometrics.evidence.validity.columns import criterion_columns
from psychometrics.kernels.bounds import Estimate
from psychometrics.kernels.stability.association import nothing, pearson
from psychometrics.kernels.stability.pairs import moments_of, pairs_of
from psychometrics.kernels.validity.corrections import disattenuated, unrestricted
from psychometrics.result import Result, Source, counted

FEW = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidityRow:
    """One coefficient.

    Attributes
    ----------
    scale_id, criterion : str
    statistic : str
        ``observed``; ``corrected_for_range`` (needs the SD ratio); ``corrected_for_criterion`` (needs the reliability of
        the criterion: what is to be expected of scores as they are); ``disattenuated`` (needs both reliabilities:
        of scores without error).
    estimate, ci_lower, ci_upper, confidence : float
    n, n_left_out : int
        Persons with both values; persons with one or none.
    reliability, criterion_reliability, sd_ratio : float
        What the correction took as known; nan where it took none.
    note, reason : str
        What to bear in mind; why a number is nan.
    """

    scale_id: str
    criterion: str
    statistic: str
    estimate: float
    ci_lower: float
    ci_upper: float
    confidence: float
    n: int
    n_left_out: int
    reliability: float = nan
    criterion_reliability: float = nan
    sd_ratio: float = nan
    note: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CriterionValidity(Result):
    """Correlations of scales with criteria.

    Attributes
    ----------
    rows : tuple of ValidityRow
    source : Source
    """

    rows: tuple[ValidityRow, ...]
    source: Source = field(default_factory=Source)

    def columns(self) -> Mapping[str, Any]:
        """One row per scale, criterion and statistic."""
        return {name: [getattr(row, name) for row in self.rows] for name in ValidityRow.__slots__}

    def row(self, scale_id: str, criterion: str, statistic: str = "observed") -> ValidityRow:
        """Return one coefficient."""
        found = {(row.scale_id, row.criterion, row.statistic): row for row in self.rows}
        key = (scale_id, criterion, statistic)
        if key not in found:
            raise EstimationError(
                f"no row {' / '.join(key)}", hint=f"There are {counted(len(found), 'row')}."
            )
        return found[key]

    def __repr__(self) -> str:
        known = [row for row in self.rows if row.statistic == "observed" and not isnan(row.estimate)]
        if not known:
            return f"<Criterion validity: {counted(len(self.rows), 'row')}, no correlation exists>"
        most = max(known, key=lambda row: abs(row.estimate))
        return (
            f"<Criterion validity: {counted(len(self.rows), 'row')}, strongest observed {most.estimate:.2f} "
            f"({most.scale_id} with {most.criterion}, {counted(most.n, 'person')})>"
        )


def criterion_validity(
    scores: Any,
    criterion: Any,
    *,
    scales: str | Sequence[str] | None = None,
    reliability: float | Mapping[str, float] | None = None,
    criterion_reliability: float | Mapping[str, float] | None = None,
    sd_ratio: float | Mapping[str, float] | None = None,
    confidence: float = 0.95,
) -> CriterionValidity:
    """Correlate every scale with every criterion, and correct for what is known of error and selection.

    observed: r with tanh(atanh r -/+ z / sqrt(n - 3)). corrected_for_range: r u / sqrt(1 + r^2 (u^2 - 1)).
    corrected_for_criterion: r / sqrt(r_yy). disattenuated: r / sqrt(r_xx r_yy). Corrections take the reliabilities and u as
    known and are not combined; ends of intervals go through the same formula.

    A correlation is not a cause, and no proof that scores may be used for a decision.

    Parameters
    ----------
    scores : Scores, data frame or array-like
        As for :func:`psychometrics.evidence.score_columns.score_columns`.
    criterion : str, sequence of str, mapping, data frame or array-like
        Names of person columns; or the columns themselves, one number per row of the scores. A data frame with
        ``person_id`` (and ``occasion``) is matched to Scores by it. Nan or None where the criterion is not known.
    scales : str or sequence of str, optional
        Which scales; all by default.
    reliability, criterion_reliability : float or mapping, optional
        Of the scores (one number, or one per scale), of the criteria (one number, or one per criterion); in (0, 1].
    sd_ratio : float or mapping of scale to float, optional
        u: SD of the scores among all to whom the coefficient shall apply, over the SD in this sample; above 0.
    confidence : float
        Level of the interval.

    Returns
    -------
    CriterionValidity

    Raises
    ------
    EstimationError
        No such column or scale, columns of another length, persons that do not match, a reliability outside (0, 1].

    References
    ----------
    Fisher (1921), Metron 1, 3-32; Spearman (1904), doi:10.2307/1412159; Sackett and Yang (2000),
    doi:10.1037/0021-9010.85.1.112. Checked against R's ``cor.test``, psych's ``correct.cor`` and ``rangeCorrection``, and
    pingouin.

    Examples
    --------
    >>> found = criterion_validity([1, 2, 3, 4, 5, 6], [2, 1, 4, 3, 6, 5], criterion_reliability=0.9)
    >>> [(row.statistic, round(row.estimate, 4)) for row in found.rows]
    [('observed', 0.8286), ('corrected_for_criterion', 0.8734)]
    """
    check_confidence(confidence)
    given = score_columns(scores, scales, without=_names(criterion))
    criteria = criterion_columns(criterion, given)
    known = _Known(
        reliability=_each("reliability", reliability, given.scale_ids, 1.0),
        criterion=_each("criterion_reliability", criterion_reliability, tuple(criteria), 1.0),
        sd_ratio=_each("sd_ratio", sd_ratio, given.scale_ids, np.inf),
    )
    rows = [
        row
        for scale_id, values in zip(given.scale_ids, given.values, strict=True)
        for name, other in criteria.items()
        for row in _rows(scale_id, values, name, other, known, confidence)
    ]
    return CriterionValidity(rows=tuple(rows), source=given.source)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """What is taken as known, by scale and by criterion."""

    reliability: Mapping[str, float]
    criterion: Mapping[str, float]
    sd_ratio: Mapping[str, float]


def _names(criterion: Any) -> tuple[str, ...]:
    if isinstance(criterion, str):
        return (criterion,)
    return (
        tuple(one for one in criterion if isinstance(one, str)) if isinstance(criterion, list | tuple) else ()
    )


def _each(name: str, given: Any, ids: tuple[str, ...], most: float) -> dict[str, float]:
    """Return the number of each id; those without one are left out."""
    if given is None:
        return {}
    table = given if isinstance(given, Mapping) else dict.fromkeys(ids, given)
    for one, value in table.items():
        if one not in ids:
            raise EstimationError(f'{name}= names "{one}"', hint=did_you_mean(str(one), ids))
        if not (is_number(value) and 0 < value <= most and np.isfinite(value)):
            limit = f"above 0, at most {most:g}" if np.isfinite(most) else "above 0"
            raise EstimationError(f"{name} of {one} is {value!r}; expected a number {limit}")
    return {str(one): float(value) for one, value in table.items()}


def _rows(
    scale_id: str, values: Floats, name: str, other: Floats, known: _Known, confidence: float
) -> list[ValidityRow]:
    both = ~np.isnan(values) & ~np.isnan(other)
    observed = _correlation(values[both], other[both], confidence)
    n = int(both.sum())
    first = ValidityRow(
        scale_id=scale_id,
        criterion=name,
        statistic="observed",
        estimate=observed.estimate,
        ci_lower=observed.ci_lower,
        ci_upper=observed.ci_upper,
        confidence=confidence,
        n=n,
        n_left_out=len(values) - n,
        note=f"fewer than {FEW} persons: read the interval" if n < FEW else "",
        reason=observed.reason,
    )
    return [first, *_corrected(first, observed, known)]


def _corrected(first: ValidityRow, observed: Estimate, known: _Known) -> list[ValidityRow]:
    """Return the rows of what is known of this scale and criterion."""
    u, own = known.sd_ratio.get(first.scale_id), known.reliability.get(first.scale_id)
    outer = known.criterion.get(first.criterion)
    found = []
    if u is not None:
        row = _with(first, "corrected_for_range", unrestricted(observed, u))
        found.append(replace(row, sd_ratio=u))
    if outer is not None:
        row = _with(first, "corrected_for_criterion", disattenuated(observed, 1.0, outer))
        found.append(replace(row, criterion_reliability=outer))
        if own is not None:
            row = _with(row, "disattenuated", disattenuated(observed, own, outer))
            found.append(replace(row, criterion_reliability=outer, reliability=own))
    return found


def _with(row: ValidityRow, statistic: str, one: Estimate) -> ValidityRow:
    return replace(
        row,
        statistic=statistic,
        estimate=one.estimate,
        ci_lower=one.ci_lower,
        ci_upper=one.ci_upper,
        reason=one.reason,
    )


def _correlation(values: Floats, other: Floats, confidence: float) -> Estimate:
    if len(values) < 2:
        return nothing("fewer than 2 persons have both the score and the criterion")
    found = pearson(moments_of(pairs_of(values, other)), confidence)
    return nothing("the scores or the criterion do not vary") if isnan(found.estimate) else found
