"""Intraclass correlation of ratings, from a table or a long frame, complete or not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import nan
from typing import Any

import numpy as np

from psychometrics.evidence.agreement.long_ratings import LongRatings, as_long_ratings
from psychometrics.evidence.checks import check_confidence, check_word
from psychometrics.kernels.bounds import Estimate
from psychometrics.kernels.components.intraclass import FORMS, Form, intraclass, mean_squares
from psychometrics.kernels.components.variance_components import (
    Components,
    intraclass_from_components,
    reml,
    why_no_components,
)
from psychometrics.result import Result, Source

ANOVA = "ANOVA, F interval"
REML = "REML, logit interval"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class IntraclassCorrelation(Result):
    """One intraclass correlation with its interval and the variances behind it.

    Attributes
    ----------
    form : str
        McGraw and Wong's: ``1,1``, ``1,k``, ``C,1``, ``C,k``, ``A,1`` or ``A,k``.
    estimate, ci_lower, ci_upper : float
        Nan where they do not exist; ``reason`` says why.
    confidence : float
        Level of the interval.
    method : str
        ``ANOVA, F interval`` (complete tables, exact) or ``REML, logit interval`` (incomplete ones).
    missing : str
        ``none`` when the table is complete, ``available`` when every rating there is was used.
    n_targets, n_raters, n_ratings : int
        With at least one rating.
    ratings_per_target : float
        Harmonic mean of the number of ratings of a target: the k of the average forms.
    variance_target, variance_rater, variance_residual : float
        In squared points. ANOVA may give negative ones. In the one-way forms there is no rater variance (nan)
        and the residual is the variance within targets.
    reason : str
        Why a number is nan; empty when none is.
    source : Source
    """

    form: str
    estimate: float
    ci_lower: float
    ci_upper: float
    confidence: float
    method: str
    missing: str
    n_targets: int
    n_raters: int
    n_ratings: int
    ratings_per_target: float
    variance_target: float
    variance_rater: float
    variance_residual: float
    reason: str = ""
    source: Source = field(default_factory=Source)

    def columns(self) -> Mapping[str, Any]:
        """One row: the form."""
        names = (name for name in self.__dataclass_fields__ if name != "source")
        return {name: [getattr(self, name)] for name in names}

    def __repr__(self) -> str:
        interval = f"[{self.ci_lower:.4g}, {self.ci_upper:.4g}]"
        return f"<ICC({self.form}) {self.estimate:.4g} {interval}, {self.n_targets} targets, {self.n_raters} raters>"


def intraclass_correlation(x: Any, *, form: Form = "A,1", confidence: float = 0.95) -> IntraclassCorrelation:
    """Return the share of the variance of ratings that lies between targets: t/(t+r+e) for ``A,1``.

    ``A`` is absolute agreement (raters' severity counts as error), ``C`` consistency (it does not), ``1`` the
    one-way model (raters not told apart); ``,1`` is for one rating, ``,k`` for the mean of k.

    Parameters
    ----------
    x : array-like, data frame
        Either a table of targets by raters, nan where there is no rating; or a long frame with one row per
        rating and the columns ``target`` (or ``target_id``, ``person_id``), ``rater_id`` and ``level`` (or
        ``value``, ``rating``). Rows without a rating are left out.
    form : {"1,1", "1,k", "C,1", "C,k", "A,1", "A,k"}
    confidence : float
        Level of the interval.

    Returns
    -------
    IntraclassCorrelation
        Complete tables: from the mean squares, exact. Any other design: by REML, where k of the average forms is
        the harmonic mean number of ratings of a target, and an estimate is never negative.

    Raises
    ------
    EstimationError
        The same target rated twice by the same rater: all pairs are listed, none is averaged. Text or infinities
        among the ratings; an unknown form.

    References
    ----------
    McGraw and Wong (1996), doi:10.1037/1082-989X.1.1.30. Checked against psych 2.5.3, irr 0.84.1 and pingouin.

    Examples
    --------
    >>> table = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
    >>> result = intraclass_correlation(table, form="A,1")
    >>> round(result.estimate, 4), round(result.ci_lower, 4), round(result.ci_upper, 4)
    (0.2898, 0.0188, 0.7611)
    """
    check_confidence(confidence)
    check_word("form", form, FORMS)
    ratings = as_long_ratings(x)
    two_way = not form.startswith("1")
    reason = why_no_components(ratings.target, ratings.rater, two_way=two_way)
    if reason:
        method = ANOVA if ratings.complete else REML
        return _result(ratings, form, confidence, method, _nothing(reason), (nan, nan, nan))
    if ratings.complete:
        squares = mean_squares(ratings.table())
        parts = squares.components() if two_way else squares.one_way_components()
        return _result(ratings, form, confidence, ANOVA, intraclass(squares, form, confidence), parts)
    fit = reml(ratings.target, ratings.rater, ratings.value, two_way=two_way)
    if fit is None:
        reason = "no residual variance: the ratings do not differ, or agree without error"
        return _result(ratings, form, confidence, REML, _nothing(reason), (nan, nan, nan))
    found = intraclass_from_components(fit, form, confidence)
    return _result(ratings, form, confidence, REML, found, _parts(fit, two_way=two_way))


def _parts(fit: Components, *, two_way: bool) -> tuple[float, float, float]:
    return fit.target, fit.rater if two_way else nan, fit.residual


def _nothing(reason: str) -> Estimate:
    return Estimate(estimate=nan, ci_lower=nan, ci_upper=nan, reason=reason)


def _result(
    ratings: LongRatings,
    form: Form,
    confidence: float,
    method: str,
    found: Estimate,
    parts: tuple[float, float, float],
) -> IntraclassCorrelation:
    per_target = np.bincount(ratings.target)
    return IntraclassCorrelation(
        form=form,
        estimate=found.estimate,
        ci_lower=found.ci_lower,
        ci_upper=found.ci_upper,
        confidence=confidence,
        method=method,
        missing="none" if ratings.complete else "available",
        n_targets=ratings.n_targets,
        n_raters=ratings.n_raters,
        n_ratings=len(ratings.value),
        ratings_per_target=float(len(per_target) / (1 / per_target).sum()) if len(per_target) else nan,
        variance_target=parts[0],
        variance_rater=parts[1],
        variance_residual=parts[2],
        reason=found.reason,
    )
