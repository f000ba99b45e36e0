"""Intraclass correlation of ratings, from a table or a long frame, complete or not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import nan
from typing import Any, Literal

import numpy as np

from psychometrics.engine.threads import one_blas_thread
from psychometrics.evidence.agreement.long_ratings import LongRatings, as_long_ratings
from psychometrics.evidence.checks import check_confidence, check_word
from psychometrics.kernels.bounds import Estimate
from psychometrics.kernels.components.incomplete import (
    TargetsAndRaters,
    intraclass_from_components,
    reml,
    why_no_components,
)
from psychometrics.kernels.components.intraclass import (
    FORMS,
    Form,
    FTest,
    agreement_by_surrogates,
    f_test,
    intraclass,
    mean_squares,
)
from psychometrics.result import Result, Source

Model = Literal["random", "mixed"]

Interval = Literal["f", "surrogate"]

INTERVALS: tuple[Interval, ...] = ("f", "surrogate")
MODELS: tuple[Model, ...] = ("random", "mixed")
ANOVA = "ANOVA, F interval"
SURROGATE = "ANOVA, surrogate interval"
REML = "REML, surrogate interval"
NO_ERROR = "no residual variance: the ratings do not differ, or agree without error"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class IntraclassCorrelation(Result):
    """One intraclass correlation with its interval, its F test and the variances behind it.

    Attributes
    ----------
    form : str
        McGraw and Wong's: ``1,1``, ``1,k``, ``C,1``, ``C,k``, ``A,1`` or ``A,k``.
    model : str
        ``one-way random``, ``two-way random`` or ``two-way mixed``.
    assumes : str
        What the number rests on besides the model; empty when nothing.
    estimate, ci_lower, ci_upper : float
        Nan where they do not exist; ``reason`` says why.
    confidence : float
        Level of the interval.
    f, df_targets, df_error, p_value : float
        F test of no variance between targets; nan in an incomplete table, and when there is no error variance.
    method : str
        ``ANOVA, F interval`` or ``ANOVA, surrogate interval`` (complete tables), ``REML, surrogate interval``
        (incomplete ones).
    missing : str
        ``none`` when the table is complete, ``available`` when every rating there is was used.
    n_targets, n_raters, n_ratings : int
        With at least one rating.
    ratings_per_target : float
        Harmonic mean of the number of ratings of a target: the k of the average forms. In the overview
        (``reliability``) the targets are persons and the ratings totals of a task, of those raters only who
        judged all its criteria.
    variance_target, variance_rater, variance_residual : float
        In squared points. ANOVA may give negative ones. In the one-way forms there is no rater variance (nan)
        and the residual is the variance within targets.
    reason : str
        Why a number is nan; empty when none is.
    source : Source
    """

    form: str
    model: str
    assumes: str
    estimate: float
    ci_lower: float
    ci_upper: float
    confidence: float
    f: float
    df_targets: float
    df_error: float
    p_value: float
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


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class IntraclassCorrelations(Result):
    """All ten intraclass correlations of McGraw and Wong, one row each.

    Attributes
    ----------
    rows : tuple of IntraclassCorrelation
        One-way (1,1 1,k), two-way random (C,1 C,k A,1 A,k), two-way mixed (the same four).
    source : Source
    """

    rows: tuple[IntraclassCorrelation, ...]
    source: Source = field(default_factory=Source)

    def columns(self) -> Mapping[str, Any]:
        """One row per form and model."""
        tables = [one.columns() for one in self.rows]
        return {name: [table[name][0] for table in tables] for name in tables[0]}

    def __repr__(self) -> str:
        one = self.rows[0]
        return f"<{len(self.rows)} intraclass correlations, {one.n_targets} targets, {one.n_raters} raters>"


@one_blas_thread()
def intraclass_correlation(
    x: Any,
    *,
    form: Form = "A,1",
    model: Model = "random",
    confidence: float = 0.95,
    interval: Interval = "surrogate",
    task: str | None = None,
    criterion: str | None = None,
    occasion: str | None = None,
) -> IntraclassCorrelation:
    """Return the share of the variance of ratings that lies between targets: t/(t+r+e) for ``A,1``.

    ``A`` is absolute agreement (raters' severity counts as error), ``C`` consistency (it does not), ``1`` the
    one-way model (raters not told apart); ``,1`` is for one rating, ``,k`` for the mean of k. Not a measure of
    accuracy, and not to be compared between groups that differ in spread: a narrow group has a lower one.

    Parameters
    ----------
    x : array-like, data frame, Ratings, RatingTally
        A table of targets by raters, nan where there is no rating; or a long frame with one row per rating and
        the columns ``target`` (or ``target_id``, ``person_id``), ``rater_id`` and ``level`` (or ``value``,
        ``rating``), where rows without a rating are left out; or the ratings of an instrument, or a tally of them, in points.
    form : {"1,1", "1,k", "C,1", "C,k", "A,1", "A,k"}
    model : {"random", "mixed"}
        Are the raters a sample of those there could be (case 2), or all there are (case 3)? Estimate and interval
        are the same number; what they speak of is not. Mixed ``C,k`` and ``A,k`` need that raters and targets do
        not interact (case 3A): ``assumes`` says so. The one-way forms know no raters: model does not matter.
    confidence : float
        Level of the interval.
    interval : {"surrogate", "f"}
        For the A forms of a complete table. ``f`` is McGraw and Wong's (as in psych and SPSS); with many targets
        and few raters it is too short: 86.8% of 95% intervals held the truth with 500 targets and 4 raters.
        ``surrogate`` holds its level there, and is longer. For the forms 1 and C the F interval is exact and is the
        one given. Incomplete tables always have the surrogate interval.
    task, criterion, occasion : str, optional
        Which ratings of an instrument; may be left out where there is one. A criterion may be named with its task,
        ``criterion="task.criterion"``.

    Returns
    -------
    IntraclassCorrelation
        Complete tables: from the mean squares. Any other design: by REML, where k of the average forms is
        the harmonic mean number of ratings of a target, and an estimate is never negative.

    Raises
    ------
    EstimationError
        The same target rated twice by the same rater: all pairs are listed, none is averaged. Text or infinities
        among the ratings; an unknown form; several tasks, criteria or occasions to choose from.

    References
    ----------
    McGraw and Wong (1996), doi:10.1037/1082-989X.1.1.30. Checked against psych 2.5.3, irr 0.84.1, lme4 and pingouin.

    Examples
    --------
    >>> table = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
    >>> result = intraclass_correlation(table, form="A,1", interval="f")
    >>> round(result.estimate, 4), round(result.ci_lower, 4), round(result.ci_upper, 4)
    (0.2898, 0.0188, 0.7611)
    """
    check_confidence(confidence)
    check_word("form", form, FORMS)
    check_word("model", model, MODELS)
    check_word("interval", interval, INTERVALS)
    ratings = as_long_ratings(x, task=task, criterion=criterion, occasion=occasion)
    return _rows(ratings, [(form, model)], confidence, interval)[0]


@one_blas_thread()
def intraclass_correlations(
    x: Any,
    *,
    confidence: float = 0.95,
    interval: Interval = "surrogate",
    task: str | None = None,
    criterion: str | None = None,
    occasion: str | None = None,
) -> IntraclassCorrelations:
    """Return all ten intraclass correlations of McGraw and Wong with intervals and F tests, in one table.

    Which one to report follows from the design and the use of the scores, not from the numbers: see
    :func:`intraclass_correlation`. Ten are shown, six are different numbers.

    Parameters
    ----------
    x, confidence, interval, task, criterion, occasion
        As in :func:`intraclass_correlation`.

    Returns
    -------
    IntraclassCorrelations

    References
    ----------
    McGraw and Wong (1996), doi:10.1037/1082-989X.1.1.30.
    """
    check_confidence(confidence)
    check_word("interval", interval, INTERVALS)
    ratings = as_long_ratings(x, task=task, criterion=criterion, occasion=occasion)
    wanted: list[tuple[Form, Model]] = [(form, "random") for form in FORMS]
    wanted += [(form, "mixed") for form in FORMS if not form.startswith("1")]
    return IntraclassCorrelations(rows=tuple(_rows(ratings, wanted, confidence, interval)))


def _rows(
    ratings: LongRatings, wanted: list[tuple[Form, Model]], confidence: float, interval: Interval
) -> list[IntraclassCorrelation]:
    reasons = {
        two_way: why_no_components(ratings.target, ratings.rater, two_way=two_way)
        for two_way in {not form.startswith("1") for form, _ in wanted}
    }
    squares = mean_squares(ratings.table()) if ratings.complete and not all(reasons.values()) else None
    fits = {
        two_way: reml(ratings.target, ratings.rater, ratings.value, two_way=two_way)
        for two_way, reason in reasons.items()
        if not reason and squares is None
    }
    rows = []
    for form, model in wanted:
        two_way = not form.startswith("1")
        found, parts, test = _nothing(reasons[two_way] or NO_ERROR), (nan, nan, nan), FTest()
        fit, method = fits.get(two_way), ANOVA if ratings.complete else REML
        if squares is not None and not reasons[two_way]:
            parts = squares.components() if two_way else squares.one_way_components()
            by_draws = interval == "surrogate" and form in ("A,1", "A,k")
            found = (agreement_by_surrogates if by_draws else intraclass)(squares, form, confidence)
            test, method = f_test(squares, form), SURROGATE if by_draws else ANOVA
        elif fit is not None:
            found, parts = intraclass_from_components(fit, form, confidence), _parts(fit)
        rows.append(_row(ratings, form, model, confidence, method, found, parts, test))
    return rows


def _parts(fit: TargetsAndRaters) -> tuple[float, float, float]:
    return fit.target, fit.rater if fit.two_way else nan, fit.residual


def _nothing(reason: str) -> Estimate:
    return Estimate(estimate=nan, ci_lower=nan, ci_upper=nan, reason=reason)


def _row(
    ratings: LongRatings,
    form: Form,
    model: Model,
    confidence: float,
    method: str,
    found: Estimate,
    parts: tuple[float, float, float],
    test: FTest,
) -> IntraclassCorrelation:
    per_target = np.bincount(ratings.target)
    needs_no_interaction = model == "mixed" and form in ("C,k", "A,k")
    return IntraclassCorrelation(
        form=form,
        model="one-way random" if form.startswith("1") else f"two-way {model}",
        assumes="no interaction of raters and targets" if needs_no_interaction else "",
        estimate=found.estimate,
        ci_lower=found.ci_lower,
        ci_upper=found.ci_upper,
        confidence=confidence,
        f=test.f,
        df_targets=test.df_targets,
        df_error=test.df_error,
        p_value=test.p_value,
        method=method,
        missing="none" if ratings.complete else "available",
        n_targets=ratings.n_targets,
        n_raters=ratings.n_raters,
        n_ratings=len(ratings.value),
        ratings_per_target=float(len(per_target) / (1 / per_target).sum()) if len(per_target) else nan,
        variance_target=parts[0],
        variance_rater=parts[1],
        variance_residual=parts[2],
        reason=found.reason or _why_no_test(ratings, test),
    )


def _why_no_test(ratings: LongRatings, test: FTest) -> str:
    if not np.isnan(test.f):
        return ""
    return "no error variance: no F test" if ratings.complete else "no F test: the table is incomplete"
