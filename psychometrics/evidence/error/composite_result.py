"""What the reliability of a composite of items and ratings comes back as."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from math import isnan, nan, sqrt
from typing import Any

import numpy as np
import numpy.typing as npt

from psychometrics.errors import EstimationError
from psychometrics.evidence.checks import is_number
from psychometrics.evidence.consistency.result import Reliability
from psychometrics.evidence.error.composite_parts import Parts
from psychometrics.kernels.components.composite import CompositeVariance
from psychometrics.kernels.components.composite_study import study_error
from psychometrics.result import Result, Source


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class CompositeReliability(Reliability):
    """Reliability of a score over items and rubric tasks.

    Attributes
    ----------
    scale_id : str
    tasks : {"random", "fixed"}
    n_tasks, n_raters : int
    ratings_per_criterion : float
        Harmonic mean number of raters of a person on a criterion.
    notes : tuple of str
        What the numbers rest on.
    parts, variance
        What was analysed, and its variance components.
    """

    scale_id: str
    tasks: str
    n_tasks: int
    n_raters: int
    ratings_per_criterion: float
    notes: tuple[str, ...]
    parts: Parts
    variance: CompositeVariance | None

    def columns(self) -> Mapping[str, Any]:
        """One row: the coefficient."""
        return {
            "scale_id": [self.scale_id],
            **Reliability.columns(self),
            "tasks": [self.tasks],
            "n_tasks": [self.n_tasks],
            "n_raters": [self.n_raters],
            "ratings_per_criterion": [self.ratings_per_criterion],
            "notes": ["; ".join(self.notes) or None],
        }

    def components(self) -> VarianceShares:
        """Return where the variance of the score comes from; the parts add up to the total."""
        found = self.variance
        rows: list[tuple[str, str, int, float]] = []
        if found is not None:
            across = found.raters_across_tasks
            rows = [
                ("true score", self.scale_id, 1, found.total - found.error),
                *_strata("items", self.parts.item_strata, self.parts.items_in_strata(), found.items),
                *_strata("tasks", self.parts.task_strata, self.parts.tasks_in_strata(), found.tasks),
                ("raters, within tasks", self.scale_id, self.n_raters, found.raters - across),
                ("raters, across tasks", self.scale_id, self.n_raters, across),
                ("total", self.scale_id, 1, found.total),
            ]
        return VarianceShares(rows=tuple(rows), source=self.source)

    def __repr__(self) -> str:
        interval = f"[{self.ci_lower:.4g}, {self.ci_upper:.4g}]"
        what = f"{self.n_persons} persons, {self.n_items} items, {self.n_tasks} tasks, {self.n_raters} raters"
        return f"<{self.coefficient} of {self.scale_id} {self.estimate:.4g} {interval}, {what}>"

    def design_study(
        self,
        *,
        n_raters: int | Sequence[int] = (1, 2, 3, 4, 5),
        task_factors: float | Sequence[float] = (1,),
        item_factors: float | Sequence[float] = (1,),
        target: float | None = None,
        cost_per_rating: float = 1.0,
        cost_per_task: float = 0.0,
        cost_per_item: float = 0.0,
    ) -> DesignStudy:
        """Return the reliability with other numbers of raters, tasks and items, and what a person then costs.

        Weights of scales stay as they are. Raters are shared between tasks and persons as in the data.

        Parameters
        ----------
        n_raters : int or sequence of int
            Raters on every criterion.
        task_factors, item_factors : float or sequence of float
            Multiples of the present number of tasks and items (2: twice as many). Tasks can only be multiplied when
            they are random, and not where a scale has a single task.
        target : float, optional
            Reliability to reach; ``cheapest()`` is then the cheapest design that does.
        cost_per_rating, cost_per_task, cost_per_item : float
            In any one unit: one rater judging one task; a person answering one task, one item.

        Raises
        ------
        EstimationError
            Numbers that make no design; tasks multiplied although fixed.
        """
        raters = _listed("n_raters", n_raters)
        of_tasks, of_items = _listed("task_factors", task_factors), _listed("item_factors", item_factors)
        _check_study(raters, of_tasks, of_items, target, self.tasks)
        rows = tuple(
            self._design(int(n), f_t, f_i, target, (cost_per_rating, cost_per_task, cost_per_item))
            for n, f_t, f_i in product(raters if self.n_tasks else (0,), of_tasks, of_items)
        )
        return DesignStudy(rows=rows, target=nan if target is None else target, source=self.source)

    def _design(
        self, n: int, f_t: float, f_i: float, target: float | None, costs: tuple[float, float, float]
    ) -> DesignRow:
        error, true = nan, nan
        if self.variance is not None:
            design = self.parts.design(random_tasks=self.tasks == "random")
            error = study_error(self.variance, design, n, f_t, f_i)
            true = self.variance.total - self.variance.error
        fine = error > 0 and true > 0
        reliability = true / (true + error) if fine else nan
        n_tasks, n_items = self.n_tasks * f_t, self.n_items * f_i
        return DesignRow(
            n_raters=n,
            n_tasks=n_tasks,
            n_items=n_items,
            reliability=reliability,
            standard_error_of_measurement=sqrt(error) if fine else nan,
            cost=n_tasks * (costs[1] + n * costs[0]) + n_items * costs[2],
            meets_target=target is not None and reliability >= target,
            reason="" if fine else self.reason or "a scale with one task cannot be divided",
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class VarianceShares(Result):
    """Components of the variance of a score: (component, scale, number of parts, variance) each."""

    rows: tuple[tuple[str, str, int, float], ...]
    source: Source = field(default_factory=Source)

    def columns(self) -> Mapping[str, Any]:
        """One row per component; the share is of the total variance."""
        total = self.rows[-1][3] if self.rows else nan
        return {
            "component": [row[0] for row in self.rows],
            "scale_id": [row[1] for row in self.rows],
            "n_parts": [row[2] for row in self.rows],
            "variance": [row[3] for row in self.rows],
            "share": [row[3] / total if total > 0 else nan for row in self.rows],
        }

    def __repr__(self) -> str:
        return f"<Variance of a composite: {len(self.rows)} rows>"


@dataclass(frozen=True, slots=True, kw_only=True)
class DesignRow:
    """One design of a decision study; numbers and cost for one person."""

    n_raters: int
    n_tasks: float
    n_items: float
    reliability: float
    standard_error_of_measurement: float
    cost: float
    meets_target: bool
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DesignStudy(Result):
    """Reliability and cost of designs; no interval: the estimates are those of the one study behind them."""

    rows: tuple[DesignRow, ...]
    target: float
    source: Source = field(default_factory=Source)

    def columns(self) -> Mapping[str, Any]:
        """One row per design."""
        names = [name for name in DesignRow.__slots__ if name != "reason"]
        return {
            **{name: [getattr(row, name) for row in self.rows] for name in names},
            "target": [self.target] * len(self.rows),
            "reason": [row.reason or None for row in self.rows],
        }

    def cheapest(self) -> DesignRow | None:
        """Return the cheapest design that meets the target (the more reliable of equals); None if none does."""
        if isnan(self.target):
            raise EstimationError("there is no target", hint="Call design_study(target=...).")
        good = [row for row in self.rows if row.meets_target]
        return min(good, key=lambda row: (row.cost, -row.reliability), default=None)

    def __repr__(self) -> str:
        return f"<Design study: {len(self.rows)} designs>"


def _strata(
    name: str, strata: Sequence[str], counts: Sequence[int], variances: npt.NDArray[np.float64]
) -> list[tuple[str, str, int, float]]:
    return [
        (name, stratum, count, float(variance))
        for stratum, count, variance in zip(strata, counts, variances, strict=True)
    ]


def _listed(name: str, given: Any) -> list[float]:
    """Return one number or several as a list."""
    found = [given] if is_number(given) else list(given) if isinstance(given, Iterable) else []
    if not found or not all(is_number(one) for one in found):
        raise EstimationError(f"{name}={given!r}; expected a number, or at least one in a list")
    return found


def _check_study(
    n_raters: Sequence[float],
    task_factors: Sequence[float],
    item_factors: Sequence[float],
    target: float | None,
    tasks: str,
) -> None:
    if any(n < 1 or n != int(n) for n in n_raters):
        raise EstimationError(f"n_raters={tuple(n_raters)}; expected whole numbers, 1 or more")
    if any(not factor > 0 for factor in (*task_factors, *item_factors)):
        raise EstimationError("task_factors and item_factors must lie above 0")
    if tasks == "fixed" and any(factor != 1 for factor in task_factors):
        raise EstimationError(
            "the tasks are fixed, so there are no others to add", hint='Use tasks="random".'
        )
    if target is not None and not 0 < target < 1:
        raise EstimationError(f"target={target}; expected a reliability between 0 and 1")
