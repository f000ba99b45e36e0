"""A machine treated as a rater: does it agree with people as people agree with each other, for every group."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from math import nan
from typing import Any

import numpy as np

from psychometrics.errors import EstimationError
from psychometrics.evidence.agreement.machine_scripts import ScriptSet, script_sets
from psychometrics.evidence.checks import check_confidence, is_number
from psychometrics.evidence.matrix import Floats
from psychometrics.kernels.agreement import machine as kernel
from psychometrics.kernels.agreement.categories import share_bounds
from psychometrics.kernels.agreement.intervals import jackknife_error
from psychometrics.kernels.bounds import Bounds, jackknife_bounds
from psychometrics.result import Result, Source

WILLIAMSON = "Williamson, Xi and Breyer (2012)"
ALL = "all"

Statistic = Callable[[Floats], Floats]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One statistic of one criterion and group; ``meets`` is yes, no, or empty without a threshold or an interval."""

    criterion_id: str
    group: str
    statistic: str
    estimate: float
    ci_lower: float
    ci_upper: float
    threshold: str
    meets: str
    n_scripts: int
    n_double_rated: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MachineRater(Result):
    """A machine beside human raters.

    Attributes
    ----------
    rows : tuple of Row
        One per criterion, group and statistic.
    confidence : float
    n_left_out : int
        Scripts by criteria that only the machine or only humans scored.
    threshold_source : str
        Where the thresholds come from.
    source : Source
    """

    rows: tuple[Row, ...]
    confidence: float
    n_left_out: int
    threshold_source: str = WILLIAMSON
    source: Source = field(default_factory=Source)

    def columns(self) -> Mapping[str, Any]:
        """One row per criterion, group and statistic."""
        return {name: [getattr(row, name) for row in self.rows] for name in Row.__dataclass_fields__}

    def __repr__(self) -> str:
        failed = sum(row.meets == "no" for row in self.rows)
        asked = sum(bool(row.meets) for row in self.rows)
        return f"<machine as rater: {asked - failed} of {asked} thresholds met>"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    """A statistic, how its interval is made and what it must reach."""

    name: str
    statistic: Statistic
    interval: str
    threshold: str = ""
    least: float = -np.inf
    most: float = np.inf
    double: bool = False


def machine_rater(
    x: Any,
    machine: Any,
    *,
    groups: Any = None,
    confidence: float = 0.95,
    criterion: str | None = None,
    categories: Sequence[Any] | None = None,
    human_error_variance: float | None = None,
) -> MachineRater:
    """Return how a machine scores beside people: PRMSE, weighted kappa, loss against two people, bias by group.

    PRMSE = 1 - MSE(T | M) / Var(T) with the human error taken out, from scripts rated twice; standardized mean
    difference = (mean m - mean h) / sqrt((Var m + Var h) / 2). A machine that agrees with people has their faults too.

    Parameters
    ----------
    x : Ratings, data frame, array-like
        Ratings or a long frame in which the machine is one of the raters; or a table of scripts by human raters.
    machine : str or array-like
        Its rater id; or, with a table, its scores in points (not only levels), nan where it gave none.
    groups : str, mapping or array-like, optional
        A column of the long frame; a group for each target id; or, with a table, a group for each script.
    confidence : float
        Level of the intervals; each script is left out in turn. That of PRMSE is on the log scale of 1 - PRMSE, or
        plain where PRMSE reaches 1.
    criterion : str, optional
        One criterion; else each of them.
    categories : sequence, optional
        All levels there are, lowest first; Ratings have those of their rubric.
    human_error_variance : float, optional
        Where no script was rated twice: the error variance of one human rating, from elsewhere.

    Returns
    -------
    MachineRater
        ``prmse``; ``quadratic_weighted_kappa`` and ``correlation`` with one human drawn at random;
        ``human_quadratic_weighted_kappa`` of two humans and ``degradation`` from it; ``exact``, ``adjacent`` (the machine
        at its nearest level); ``standardized_mean_difference``; for groups also ``difference_of_standardized_means``, bias
        beyond the overall one. Without scripts rated twice, rows that need them are nan with the reason.

    Raises
    ------
    EstimationError
        No such rater; scores or groups of another length.

    References
    ----------
    Loukina et al. (2020), doi:10.18653/v1/2020.bea-1.2, for PRMSE; Haberman (2019), doi:10.1002/ets2.12258;
    Williamson, Xi and Breyer (2012), doi:10.1111/j.1745-3992.2011.00223.x, for the thresholds. Checked against the
    sums written out and against true scores of simulated scripts.

    Examples
    --------
    >>> result = machine_rater([[1, 2], [2, 2], [3, 4], [4, 4], [5, 4], [2, 1]], [1.2, 2.1, 3.3, 4.2, 4.4, 1.9])
    >>> rows = result.to_frame().set_index("statistic")
    >>> rows.estimate[["prmse", "quadratic_weighted_kappa"]].round(4).tolist()
    [1.0677, 0.9268]
    """
    check_confidence(confidence)
    if human_error_variance is not None and not (
        is_number(human_error_variance) and human_error_variance >= 0
    ):
        raise EstimationError(f"human_error_variance={human_error_variance!r}; expected 0 or more")
    sets, source = script_sets(x, machine, groups=groups, criterion=criterion, categories=categories)
    rows = [row for one in sets for row in _rows(one, confidence, human_error_variance)]
    return MachineRater(
        rows=tuple(rows), confidence=confidence, n_left_out=sum(one.n_left_out for one in sets), source=source
    )


def _plans(error_variance: float | None) -> tuple[_Plan, ...]:
    return (
        _Plan(
            name="prmse",
            statistic=partial(kernel.prmse, error_variance=error_variance),
            interval="log or linear",
            double=error_variance is None,
        ),
        _Plan(
            name="quadratic_weighted_kappa",
            statistic=kernel.quadratic_weighted_kappa,
            interval="log",
            threshold="at least 0.70",
            least=0.70,
        ),
        _Plan(
            name="correlation",
            statistic=kernel.correlation,
            interval="log",
            threshold="at least 0.70",
            least=0.70,
        ),
        _Plan(
            name="human_quadratic_weighted_kappa",
            statistic=kernel.human_agreement,
            interval="log",
            double=True,
        ),
        _Plan(
            name="degradation",
            statistic=kernel.degradation,
            interval="linear",
            threshold="at most 0.10",
            most=0.10,
            double=True,
        ),
        _Plan(name="exact", statistic=kernel.exact, interval="share"),
        _Plan(name="adjacent", statistic=kernel.adjacent, interval="share"),
    )


OVERALL = _Plan(
    name="standardized_mean_difference",
    statistic=kernel.standardized_mean_difference,
    interval="linear",
    threshold="between -0.15 and 0.15",
    least=-0.15,
    most=0.15,
)
BY_GROUP = (
    _Plan(
        name="standardized_mean_difference",
        statistic=kernel.group_mean_difference,
        interval="linear",
        threshold="between -0.10 and 0.10",
        least=-0.10,
        most=0.10,
    ),
    _Plan(
        name="difference_of_standardized_means",
        statistic=kernel.difference_of_standardized_means,
        interval="linear",
    ),
)


def _rows(one: ScriptSet, confidence: float, error_variance: float | None) -> Iterator[Row]:
    each = kernel.parts(one.scripts)
    for plan in (*_plans(error_variance), OVERALL):
        yield _row(one.criterion_id, ALL, plan, each, each, confidence)
    for name in sorted({group for group in one.group if group is not None}):
        mine = np.array([group == name for group in one.group], np.bool_)
        own = kernel.parts(one.scripts.where(mine))
        for plan in _plans(error_variance):
            yield _row(one.criterion_id, name, plan, own, own, confidence)
        marked = kernel.parts(one.scripts, mine)
        for plan in BY_GROUP:
            yield _row(one.criterion_id, name, plan, marked, own, confidence)


def _row(criterion_id: str, group: str, plan: _Plan, each: Floats, own: Floats, confidence: float) -> Row:
    n, n_double = len(own), int(own[:, kernel.DOUBLE].sum())
    estimate, bounds = nan, Bounds(reason="no script was scored by the machine and by a human")
    if plan.double and n_double == 0 and n:
        bounds = Bounds(reason="no script was rated by two humans (N = 0)")
    elif n:
        estimate, bounds = _estimated(plan, each, confidence)
    meets = ""
    if plan.threshold and not np.isnan(bounds.lower):  # no verdict on a figure without an interval
        meets = "yes" if plan.least <= estimate <= plan.most else "no"
    return Row(
        criterion_id=criterion_id,
        group=group,
        statistic=plan.name,
        estimate=estimate,
        ci_lower=bounds.lower,
        ci_upper=bounds.upper,
        threshold=plan.threshold,
        meets=meets,
        n_scripts=n,
        n_double_rated=n_double,
        reason=bounds.reason,
    )


def _estimated(plan: _Plan, each: Floats, confidence: float) -> tuple[float, Bounds]:
    estimate, without = kernel.without_one(each, plan.statistic)
    if np.isnan(estimate):
        return nan, Bounds(reason="machine or human scores do not vary, or the humans' true scores do not")
    if np.isnan(without).any() or len(without) < 3:
        return estimate, Bounds(reason="without one of the scripts it would not exist: too few scripts")
    if plan.interval == "share":
        return estimate, share_bounds(estimate, jackknife_error(without), len(without), confidence)
    beyond_one = max(estimate, float(without.max())) >= 1
    if plan.interval == "linear" or (plan.interval == "log or linear" and beyond_one):
        return estimate, kernel.linear_bounds(estimate, without, confidence)
    return estimate, jackknife_bounds(estimate, without, confidence)
