"""Adverse impact: selection rates by the four-fifths rule, and scoring rates above the median."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import nan
from typing import Any

import numpy as np
import numpy.typing as npt

from psychometrics.errors import EstimationError
from psychometrics.evidence.checks import check_confidence, check_whole, is_number
from psychometrics.evidence.fairness.differences import FEW, SMALLEST
from psychometrics.evidence.fairness.groups import (
    JOINT,
    UNKNOWN,
    Grouping,
    column_names_in,
    groupings,
    intersections,
)
from psychometrics.evidence.fairness.impact_rows import (
    FOUR_FIFTHS,
    FOUR_FIFTHS_SOURCE,
    NO_ADVICE,
    SCORING_SOURCE,
    RateRow,
    Rates,
    rate_columns,
)
from psychometrics.evidence.matrix import Floats
from psychometrics.evidence.score_columns import ScoreColumns, score_columns
from psychometrics.kernels.bounds import Bounds
from psychometrics.kernels.fairness.impact import fisher_p_value, one_different_person, ratio_bounds
from psychometrics.result import Result, Source

Bits = npt.NDArray[np.bool_]

LEAST_SHARE = 0.02
MEDIAN = "median"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AdverseImpact(Result):
    """Both tables of adverse impact.

    Attributes
    ----------
    selection : Rates
        Selection rates at the cuts, by the four-fifths rule; empty when there are no cuts.
    scoring : Rates
        Shares above the median of all persons.
    notes : tuple of str
    source : Source
    """

    selection: Rates
    scoring: Rates
    notes: tuple[str, ...]
    source: Source = field(default_factory=Source)

    def columns(self) -> Mapping[str, Any]:
        """Both tables, one below the other; ``rule`` says which."""
        rows = (*self.selection.rows, *self.scoring.rows)
        rules = [self.selection.rule] * len(self.selection.rows) + [self.scoring.rule] * len(
            self.scoring.rows
        )
        return {"rule": rules, **rate_columns(rows)}

    def __repr__(self) -> str:
        below = sum(row.verdict.startswith("below") for row in self.selection.rows)
        return (
            f"<Adverse impact: {below} of {len(self.selection.rows)} rows below four fifths; no legal advice>"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Threshold:
    scale_id: str
    cut: str
    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Choices:
    smallest: int
    confidence: float
    scoring: bool


def adverse_impact(
    scores: Any,
    group: Any,
    *,
    cuts: Mapping[str, Any] | None = None,
    scales: str | Sequence[str] | None = None,
    unknown: Sequence[str] = (),
    smallest: int = SMALLEST,
    confidence: float = 0.95,
) -> AdverseImpact:
    """Compare the rates at which groups pass each cut, and at which they score above the median of all.

    ``selection`` holds the four-fifths rule: rate = share at or above the cut; impact ratio = rate / highest rate;
    a ratio below 4/5 is flagged, with an exact test and a look at what one different person would change. ``scoring``
    holds the scoring rate of New York City's rules: share above (not at) the median of the full sample, for each
    column and for every two columns crossed; groups of less than 2% of the persons show their rate and take no
    part in ratios.

    No legal advice, and no proof of bias or of its absence: it compares rates and says nothing of what the scores mean.

    Parameters
    ----------
    scores : Scores, data frame or array-like
        As for :func:`psychometrics.evidence.score_columns.score_columns`.
    group : str, sequence of str, mapping, data frame or array-like
        Names of person columns, or the columns themselves, one value per row.
    cuts : mapping of scale to number, numbers, or mapping of cut to number; optional
        Lower edges, included. For Scores the raw-score cuts of the instrument by default.
    scales : str or sequence of str, optional
        Which scales; all by default.
    unknown : sequence of str
        Values that mean that the group is not known; blank, None and nan always do. Their persons are counted in a
        row of their own and in the median.
    smallest : int
        Groups with fewer scores show their number only and are not the reference.
    confidence : float
        Level of the interval of the ratio.

    Returns
    -------
    AdverseImpact

    Raises
    ------
    EstimationError
        No such column, scale or cut; a cut that is no number.

    Notes
    -----
    The reference is the group with the highest observed rate, so a ratio is at most 1 and tends to be below 1 even where
    groups do not differ; the interval is that of two groups named beforehand.

    References
    ----------
    29 CFR 1607.4(D) and its questions and answers, 44 FR 11996 (1979); 6 RCNY 5-300 and 5-301; Koopman (1984), doi:10.2307/2531405; Roth,
    Bobko and Switzer (2006), doi:10.1037/0021-9010.91.3.507, on what the rule flags by chance. Checked against the example in
    6 RCNY 5-301, SciPy and statsmodels.

    Examples
    --------
    >>> found = adverse_impact([1] * 40 + [0] * 60 + [1] * 30 + [0] * 70, ["a"] * 100 + ["b"] * 100, cuts={"score": 1})
    >>> [(row.category, row.rate, round(row.impact_ratio, 2)) for row in found.selection.rows]
    [('a', 0.4, 1.0), ('b', 0.3, 0.75)]
    """
    check_confidence(confidence)
    check_whole("smallest", smallest, 1)
    given = score_columns(scores, scales, without=column_names_in(group))
    parts = groupings(group, given, unknown)
    selection, scoring = (
        _Choices(smallest=smallest, confidence=confidence, scoring=yes) for yes in (False, True)
    )
    medians = {
        scale_id: _median(values) for scale_id, values in zip(given.scale_ids, given.values, strict=True)
    }
    at_median = [_Threshold(scale_id=name, cut=MEDIAN, at=at) for name, (at, _) in medians.items()]
    return AdverseImpact(
        selection=Rates(
            rule="four_fifths",
            rows=_table(given, parts, _thresholds(given, cuts), selection),
            source=given.source,
        ),
        scoring=Rates(
            rule="scoring_rate",
            rows=_table(given, (*parts, *intersections(parts)), at_median, scoring),
            medians=medians,
            source=given.source,
        ),
        notes=_notes(given, medians),
        source=given.source,
    )


def _thresholds(given: ScoreColumns, cuts: Mapping[str, Any] | None) -> list[_Threshold]:
    if cuts is None:
        known = () if given.instrument is None else given.instrument.definition.cuts
        return [
            _Threshold(scale_id=cut.scale, cut=cut.id, at=float(cut.at))
            for cut in known
            if cut.metric == "raw" and cut.scale in given.scale_ids
        ]
    found = []
    for scale_id, edges in cuts.items():
        if scale_id not in given.scale_ids:
            raise EstimationError(f'cuts= names "{scale_id}"', hint=f"Scales: {', '.join(given.scale_ids)}.")
        for name, at in _named_edges(edges):
            if not is_number(at) or not np.isfinite(at):
                raise EstimationError(f"the cut of {scale_id} is {at!r}; expected a number")
            found.append(_Threshold(scale_id=scale_id, cut=name, at=float(at)))
    return found


def _named_edges(edges: Any) -> list[tuple[str, Any]]:
    if isinstance(edges, Mapping):
        return [(str(name), at) for name, at in edges.items()]
    several = edges if isinstance(edges, list | tuple | np.ndarray) else [edges]
    return [(f"{at:g}" if is_number(at) else str(at), at) for at in several]


def _median(values: Floats) -> tuple[float, int]:
    there = values[~np.isnan(values)]
    if not len(there):
        return nan, 0
    middle = float(np.median(there))
    return middle, int((there == middle).sum())


def _table(
    given: ScoreColumns, parts: Sequence[Grouping], thresholds: Sequence[_Threshold], choices: _Choices
) -> tuple[RateRow, ...]:
    rows = []
    for threshold in thresholds:
        values = given.values[given.scale_ids.index(threshold.scale_id)]
        there = ~np.isnan(values)
        with np.errstate(invalid="ignore"):
            chosen = values > threshold.at if choices.scoring else values >= threshold.at
        for part in parts:
            rows += _rates(threshold, part, there, chosen & there, choices)
    return tuple(rows)


def _rates(
    threshold: _Threshold, part: Grouping, there: Bits, chosen: Bits, choices: _Choices
) -> list[RateRow]:
    size = len(part.categories)
    n = np.bincount(part.place[there & (part.place >= 0)], minlength=size)
    x = np.bincount(part.place[chosen & (part.place >= 0)], minlength=size)
    total = int(there.sum())
    counts = {label: (int(a), int(b)) for label, a, b in zip(part.categories, x, n, strict=True)}
    outside = {label: _why_outside(own, total, choices) for label, (_, own) in counts.items()}
    inside = [label for label in part.categories if not outside[label]]
    best = max(inside, key=lambda label: counts[label][0] / counts[label][1], default="")
    rows = [
        _row(threshold, part.name, label, counts, outside[label], best, total, choices)
        for label in part.categories
    ]
    n_unknown = int((there & (part.place < 0)).sum())
    return [*rows, _unknown_row(threshold, part.name, n_unknown, total, choices)] if n_unknown else rows


def _why_outside(n: int, total: int, choices: _Choices) -> str:
    if n < choices.smallest:
        return f"fewer than {choices.smallest} persons"
    if choices.scoring and n < LEAST_SHARE * total:
        return "less than 2% of the persons: may be left out of ratios (6 RCNY 5-301(d))"
    return ""


def _row(
    threshold: _Threshold,
    name: str,
    label: str,
    counts: Mapping[str, tuple[int, int]],
    outside: str,
    best: str,
    total: int,
    choices: _Choices,
) -> RateRow:
    x, n = counts[label]
    hidden = n < choices.smallest
    x0, n0 = counts.get(best, (0, 0))
    reason = outside or ("" if x0 else "nobody of any group is selected: no ratio")
    is_best = label == best
    bounds = Bounds() if reason or is_best else ratio_bounds(x, n, x0, n0, choices.confidence)
    ratio = nan if reason else (x / n) / (x0 / n0)
    p = nan if reason or is_best else fisher_p_value(x, n, x0, n0)
    asked = not (reason or is_best or choices.scoring) and _below(x, n, x0, n0)
    flips = _flips(x, n, x0, n0) if asked else None
    return RateRow(
        scale_id=threshold.scale_id,
        cut=threshold.cut,
        at=threshold.at,
        group=name,
        category=label,
        n=n,
        n_selected=-1 if hidden else x,
        rate=nan if hidden else x / n,
        impact_ratio=ratio,
        ratio_lower=bounds.lower,
        ratio_upper=bounds.upper,
        reference=best,
        p_value=p,
        flips=flips,
        share=n / total if total else nan,
        verdict=_verdict(x, n, x0, n0, choices) if not reason else "",
        confidence=choices.confidence,
        note=_note(n, flips, choices),
        reason=reason
        or ("the group with the highest rate: nothing to compare" if is_best else bounds.reason),
    )


def _unknown_row(threshold: _Threshold, name: str, n: int, total: int, choices: _Choices) -> RateRow:
    return RateRow(
        scale_id=threshold.scale_id,
        cut=threshold.cut,
        at=threshold.at,
        group=name,
        category=UNKNOWN,
        n=n,
        n_selected=-1,
        rate=nan,
        impact_ratio=nan,
        ratio_lower=nan,
        ratio_upper=nan,
        reference="",
        p_value=nan,
        flips=None,
        share=n / total,
        verdict="",
        confidence=choices.confidence,
        reason="not a group: persons whose group is not known, counted only",
    )


def _verdict(x: int, n: int, x0: int, n0: int, choices: _Choices) -> str:
    if choices.scoring:
        return f"no threshold is set ({SCORING_SOURCE})"
    return f"{'below' if _below(x, n, x0, n0) else 'not below'} {FOUR_FIFTHS:g} ({FOUR_FIFTHS_SOURCE})"


def _below(x: int, n: int, x0: int, n0: int) -> bool:
    return 5 * x * n0 < 4 * x0 * n  # in whole numbers: four fifths itself is not below


def _flips(x: int, n: int, x0: int, n0: int) -> bool:
    own, other = one_different_person(x, n, x0, n0)
    return own > other


def _note(n: int, flips: bool | None, choices: _Choices) -> str:
    notes = []
    if choices.smallest <= n < FEW:
        notes.append(f"fewer than {FEW} persons")
    if flips:
        notes.append("one different person selected would give this group the higher rate (44 FR 11996)")
    return "; ".join(notes)


def _notes(given: ScoreColumns, medians: Mapping[str, tuple[float, int]]) -> tuple[str, ...]:
    notes = [NO_ADVICE, f"two columns are crossed as a{JOINT}b in the scoring rates only"]
    for name, values in zip(given.scale_ids, given.values, strict=True):
        middle, tied = medians[name]
        if missing := int(np.isnan(values).sum()):
            notes.append(f"{name}: {missing:,} without a score are in no rate")
        if tied:
            notes.append(f"{name}: {tied:,} score exactly the median, {middle:g}, and count as not above it")
    return tuple(notes)
