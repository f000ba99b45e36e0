"""Kendall's W: do raters put the targets in the same order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import nan
from typing import Any

import numpy as np

from psychometrics.evidence.agreement.rating_rows import RatingRows, as_rating_rows
from psychometrics.evidence.checks import check_confidence
from psychometrics.evidence.matrix import Floats
from psychometrics.kernels.agreement.concordance import concordance, concordance_without_one
from psychometrics.kernels.bounds import Bounds, jackknife_bounds
from psychometrics.result import Result, Source


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Concordance(Result):
    """Kendall's coefficient of concordance with its interval and its test.

    Attributes
    ----------
    estimate, ci_lower, ci_upper : float
        W, 0 to 1; nan where it does not exist; ``reason`` says why.
    confidence : float
    method : str
        How the interval was found.
    statistic, df, p_value
        chi^2 = m (n - 1) W against raters who rank at random.
    mean_rank_correlation : float
        Mean of Spearman's correlations over pairs of raters.
    missing : str
        ``none``, or ``listwise``: targets that not all raters rated were left out.
    n_targets, n_targets_left_out, n_raters : int
    reason : str
    source : Source
    """

    estimate: float
    ci_lower: float
    ci_upper: float
    confidence: float
    method: str
    statistic: float
    df: int
    p_value: float
    mean_rank_correlation: float
    missing: str
    n_targets: int
    n_targets_left_out: int
    n_raters: int
    reason: str = ""
    source: Source = field(default_factory=Source)

    def columns(self) -> Mapping[str, Any]:
        """One row."""
        return {name: [getattr(self, name)] for name in self.__dataclass_fields__ if name != "source"}

    def __repr__(self) -> str:
        interval = f"[{self.ci_lower:.4g}, {self.ci_upper:.4g}]"
        return (
            f"<Kendall's W {self.estimate:.4g} {interval}, {self.n_targets} targets, {self.n_raters} raters>"
        )


def kendall_concordance(
    x: Any,
    *,
    confidence: float = 0.95,
    categories: Sequence[Any] | None = None,
    criterion: str | None = None,
) -> Concordance:
    """Return W = 12 S / (m^2 (n^3 - n) - m sum_j T_j): 1 when m raters put n targets in the same order, corrected for ties.

    S is the sum of squares of the targets' rank sums. It sees order only: raters of different severity can have
    W = 1. It is never below 0, and near 1/m for raters who rank at random.

    Parameters
    ----------
    x : array-like, data frame, Ratings
        As in ``agreement``; numbers, or words whose order ``categories`` gives. Only targets rated by all raters count.
    confidence : float
        Level of the interval: each target left out in turn, on a log scale.
    categories, criterion
        As in ``agreement``.

    Returns
    -------
    Concordance

    References
    ----------
    Kendall and Babington Smith (1939), doi:10.1214/aoms/1177732186. Checked against irr 0.84.1.

    Examples
    --------
    >>> result = kendall_concordance([[1, 2, 1], [2, 1, 2], [3, 3, 4], [4, 4, 3], [5, 6, 5]])
    >>> round(result.estimate, 4), round(result.p_value, 4)
    (0.9111, 0.0273)
    """
    check_confidence(confidence)
    rows = as_rating_rows(x, categories=categories).of_criterion(criterion)
    table = _table(rows)
    complete = table[~np.isnan(table).any(axis=1)]
    found = concordance(complete)
    bounds = _bounds(complete, found.estimate, confidence)
    left_out = len(table) - len(complete)
    reason = bounds.reason
    if np.isnan(found.mean_rank_correlation) and not reason:
        reason = "a rater gives all targets the same rank: no mean rank correlation"
    return Concordance(
        estimate=found.estimate,
        ci_lower=bounds.lower,
        ci_upper=bounds.upper,
        confidence=confidence,
        method="jackknife",
        statistic=found.statistic,
        df=found.df,
        p_value=found.p_value,
        mean_rank_correlation=found.mean_rank_correlation,
        missing="listwise" if left_out else "none",
        n_targets=len(complete),
        n_targets_left_out=left_out,
        n_raters=table.shape[1],
        reason=reason,
        source=rows.source,
    )


def _table(rows: RatingRows) -> Floats:
    target, rater = (np.unique(one, return_inverse=True)[1] for one in (rows.target, rows.rater))
    table = np.full((int(target.max(initial=-1)) + 1, int(rater.max(initial=-1)) + 1), nan)
    table[target, rater] = rows.points()
    return table


def _bounds(x: Floats, estimate: float, confidence: float) -> Bounds:
    if x.shape[1] < 2:
        return Bounds(reason="concordance needs 2 raters")
    if len(x) < 2:
        return Bounds(reason="fewer than 2 targets were rated by all raters")
    if np.isnan(estimate):
        return Bounds(reason="no rater tells the targets apart")
    if len(x) < 4:
        return Bounds(reason="the interval needs at least 4 targets")
    without = concordance_without_one(x)
    if np.isnan(without).any():
        return Bounds(reason="without one of the targets W would not exist: too few targets")
    bounds = jackknife_bounds(estimate, without, confidence)
    return Bounds(lower=max(bounds.lower, 0.0), upper=bounds.upper, reason=bounds.reason)
