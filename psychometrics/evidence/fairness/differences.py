"""How the scores of groups differ: means, standardised differences, spread."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import isnan, nan
from typing import Any

import numpy as np

from psychometrics.errors import EstimationError, did_you_mean
from psychometrics.evidence.checks import check_confidence, check_whole
from psychometrics.evidence.fairness.groups import UNKNOWN, Grouping, column_names_in, groupings
from psychometrics.evidence.matrix import Floats
from psychometrics.evidence.score_columns import score_columns
from psychometrics.kernels.bounds import Estimate
from psychometrics.kernels.fairness.differences import GroupMoments, group_moments, variance_ratio
from psychometrics.kernels.stability.association import nothing
from psychometrics.kernels.stability.attrition import standardised_difference
from psychometrics.result import Result, Source, counted

SMALLEST = 10
FEW = 100
"""Below it a group is shown with a warning (:data:`NOTE_FEW`)."""
NOTE_FEW = f"fewer than {FEW} persons: read the interval, not the estimate"


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupRow:
    """One group on one scale.

    Attributes
    ----------
    scale_id, group, category : str
        ``group`` is the column, ``category`` its value.
    n, n_missing : int
        Persons with a score; without.
    mean, sd : float
    difference, ci_lower, ci_upper : float
        Hedges' g against the reference group: above 0 where this group scores higher.
    variance_ratio, variance_ratio_lower, variance_ratio_upper : float
        Variance of this group over that of the reference group.
    reference : str
        The category compared with; the row of it has no difference.
    confidence : float
    note : str
        What to bear in mind.
    reason : str
        Why a number is nan.
    """

    scale_id: str
    group: str
    category: str
    n: int
    n_missing: int
    mean: float
    sd: float
    difference: float
    ci_lower: float
    ci_upper: float
    variance_ratio: float
    variance_ratio_lower: float
    variance_ratio_upper: float
    reference: str
    confidence: float
    note: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GroupDifferences(Result):
    """Groups on one or more scales.

    Attributes
    ----------
    rows : tuple of GroupRow
    smallest : int
        Groups below it show their number only.
    notes : tuple of str
    source : Source
    """

    rows: tuple[GroupRow, ...]
    smallest: int
    notes: tuple[str, ...] = ()
    source: Source = field(default_factory=Source)

    def columns(self) -> Mapping[str, Any]:
        """One row per scale, column and category."""
        return {name: [getattr(row, name) for row in self.rows] for name in GroupRow.__slots__}

    def __repr__(self) -> str:
        known = [row for row in self.rows if not isnan(row.difference)]
        if not known:
            return f"<Group differences: {len(self.rows)} rows, none compared>"
        most = max(known, key=lambda row: abs(row.difference))
        return (
            f"<Group differences: {len(self.rows)} rows, largest {most.difference:.2f} "
            f"({most.category} against {most.reference} on {most.scale_id})>"
        )


def group_differences(
    scores: Any,
    group: Any,
    *,
    scales: str | Sequence[str] | None = None,
    reference: str | Mapping[str, str] | None = None,
    unknown: Sequence[str] = (),
    smallest: int = SMALLEST,
    confidence: float = 0.95,
) -> GroupDifferences:
    """Compare the scores of groups of persons with a reference group, scale by scale.

    g = J (mean - mean_0) / s, s the pooled SD, J = 1 - 3 / (4 (n + n_0) - 9); and the ratio of variances s^2 / s_0^2.

    Not bias: groups may differ in what is measured. Whether items work alike for persons of equal standing is
    the question of differential item functioning; whether scores predict alike, of differential prediction.

    Parameters
    ----------
    scores : Scores, data frame or array-like
        As for :func:`psychometrics.evidence.score_columns.score_columns`.
    group : str, sequence of str, mapping, data frame or array-like
        Names of person columns, or the columns themselves, one value per row.
    scales : str or sequence of str, optional
        Which scales; all by default.
    reference : str or mapping of column to category, optional
        The group compared with; the largest by default (of equally large ones the first in the alphabet).
    unknown : sequence of str
        Values that mean that the group is not known; blank, None and nan always do. Their persons are one row.
    smallest : int
        Groups with fewer scores show their number only.
    confidence : float
        Level of the intervals.

    Returns
    -------
    GroupDifferences

    Raises
    ------
    EstimationError
        No such column, scale or reference group; a column of another length.

    References
    ----------
    Hedges (1981), doi:10.3102/10769986006002107; Cumming and Finch (2001), doi:10.1177/0013164401614002 (interval from
    the noncentral t). Checked against pingouin and R's ``var.test``.

    Examples
    --------
    >>> found = group_differences([3, 4, 5, 6, 1, 2, 3, 4], list("aaaabbbb"), smallest=2)
    >>> [(row.category, round(row.difference, 3)) for row in found.rows]
    [('a', nan), ('b', -1.347)]
    """
    check_confidence(confidence)
    check_whole("smallest", smallest, 2)
    given = score_columns(scores, scales, without=column_names_in(group))
    parts = groupings(group, given, unknown)
    _check_columns(reference, parts)
    bases = {part.name: _reference_of(part, given.values, reference) for part in parts}
    rows = [
        row
        for scale_id, values in zip(given.scale_ids, given.values, strict=True)
        for part in parts
        for row in _rows(scale_id, values, part, bases[part.name], smallest, confidence)
    ]
    return GroupDifferences(
        rows=tuple(rows), smallest=smallest, notes=_notes(rows, smallest), source=given.source
    )


def _check_columns(reference: str | Mapping[str, str] | None, parts: Sequence[Grouping]) -> None:
    names = [part.name for part in parts]
    for one in reference if isinstance(reference, Mapping) else ():
        if one not in names:
            raise EstimationError(f'reference= names "{one}"', hint=did_you_mean(one, names))


def _reference_of(part: Grouping, values: Floats, reference: str | Mapping[str, str] | None) -> str:
    """Return the named category, or the largest: that with most persons who have any score."""
    wanted = reference.get(part.name) if isinstance(reference, Mapping) else reference
    if wanted is not None:
        if wanted not in part.categories:
            hint = did_you_mean(wanted, part.categories)
            raise EstimationError(f'{part.name} has no category "{wanted}"', hint=hint)
        return wanted
    if not part.categories:
        return ""
    scored = part.place[~np.isnan(values).all(axis=0)]
    sizes = np.bincount(scored[scored >= 0], minlength=len(part.categories))
    return part.categories[int(sizes.argmax())]


def _rows(
    scale_id: str, values: Floats, part: Grouping, reference: str, smallest: int, confidence: float
) -> list[GroupRow]:
    labels = [*part.categories, *([UNKNOWN] if (part.place < 0).any() else [])]
    places = [*range(len(part.categories)), -1]
    there = ~np.isnan(values)
    own = {
        label: np.sort(values[there & (part.place == place)])
        for label, place in zip(labels, places, strict=False)
    }
    missing = {
        label: int((~there & (part.place == place)).sum())
        for label, place in zip(labels, places, strict=False)
    }
    return [
        _row(scale_id, part.name, label, own, missing[label], reference, smallest, confidence)
        for label in labels
    ]


def _row(
    scale_id: str,
    name: str,
    label: str,
    own: Mapping[str, Floats],
    n_missing: int,
    reference: str,
    smallest: int,
    confidence: float,
) -> GroupRow:
    values = own[label]
    hidden = len(values) < smallest
    moments = GroupMoments(n=len(values), mean=nan, sd=nan) if hidden else group_moments(values)
    why = f"fewer than {smallest} persons" if hidden else _no_difference(label, own, reference, smallest)
    base = own.get(reference, np.empty(0))
    g = nothing(why) if why else standardised_difference(values, base, confidence)
    ratio = nothing(why) if why else variance_ratio(moments, group_moments(base), confidence)
    return GroupRow(
        scale_id=scale_id,
        group=name,
        category=label,
        n=len(values),
        n_missing=n_missing,
        mean=moments.mean,
        sd=moments.sd,
        difference=g.estimate,
        ci_lower=g.ci_lower,
        ci_upper=g.ci_upper,
        variance_ratio=ratio.estimate,
        variance_ratio_lower=ratio.ci_lower,
        variance_ratio_upper=ratio.ci_upper,
        reference=reference,
        confidence=confidence,
        note=NOTE_FEW if smallest <= len(values) < FEW else "",
        reason=_both(g, ratio),
    )


def _no_difference(label: str, own: Mapping[str, Floats], reference: str, smallest: int) -> str:
    if label == reference:
        return "the reference group"
    if label == UNKNOWN:
        return "not a group: persons whose group is not known"
    if len(own[reference]) < smallest:
        return f"the reference group has fewer than {smallest} persons"
    return ""


def _both(g: Estimate, ratio: Estimate) -> str:
    return "; ".join(dict.fromkeys(text for text in (g.reason, ratio.reason) if text))


def _notes(rows: Sequence[GroupRow], smallest: int) -> tuple[str, ...]:
    hidden = {(row.group, row.category) for row in rows if row.n < smallest}
    few = {(row.group, row.category) for row in rows if row.note} - hidden
    notes = ["a difference between groups is not bias: it may lie in what is measured"]
    if few:
        notes.append(
            f"{counted(len(few), 'group')} of fewer than {FEW} persons on some scale: figures are uncertain"
        )
    if hidden:
        notes.append(
            f"{counted(len(hidden), 'group')} of fewer than {smallest} persons on some scale: only the number is shown"
        )
    return tuple(notes)
