"""The error of a composite of self-report items and rubric tasks: from items, from tasks, from raters."""

from __future__ import annotations

from dataclasses import dataclass
from math import nan, sqrt

import numpy as np
import numpy.typing as npt

from psychometrics.kernels.bounds import ROUND_OFF, Bounds, grouped_jackknife_bounds, jackknife_bounds
from psychometrics.kernels.components.composite_sums import CompositeSums, Panel

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CompositeDesign:
    """What the composite is made of.

    Attributes
    ----------
    item_weight, criterion_weight : ndarray of float64
        Points of the composite for one point of an item, of a criterion.
    item_length, criterion_length : ndarray of float64
        Range of the points, above 0.
    item_stratum : ndarray of int, shape (n_items,)
        Stratum of items that are a sample of one kind: 0, 1, ...
    task : ndarray of int, shape (n_criteria,)
        Task of each criterion: 0, 1, ...
    task_stratum : ndarray of int, shape (n_tasks,)
        Stratum of each task: 0, 1, ...
    random_tasks : bool
        True where the tasks are a sample from those that could have been set.
    """

    item_weight: Floats
    criterion_weight: Floats
    item_length: Floats
    criterion_length: Floats
    item_stratum: Integers
    task: Integers
    task_stratum: Integers
    random_tasks: bool

    @property
    def weight(self) -> Floats:
        """Weights of items and criteria together."""
        return np.concatenate([self.item_weight, self.criterion_weight])

    @property
    def task_length(self) -> Floats:
        """Points of the composite between the worst and the best result of each task."""
        lengths = np.bincount(self.task, np.abs(self.criterion_weight) * self.criterion_length)
        return np.asarray(lengths, np.float64)

    def by_task(self, criteria: Floats) -> Floats:
        """Return a criterion-by-criterion matrix, weighted and summed to task by task."""
        member = np.zeros((len(self.task), len(self.task_stratum)))
        member[np.arange(len(self.task)), self.task] = self.criterion_weight
        summed: Floats = member.T @ criteria @ member
        return summed


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RaterError:
    """Rater covariances between criteria, and how often raters are shared.

    Attributes
    ----------
    within : ndarray, shape (C, C)
        Covariance of two criteria over the raters of one person: severity, halo and noise.
    severity : ndarray, shape (C, C)
        The part of it that a rater carries from person to person.
    own, other : ndarray, shape (C, C)
        Mean of m/(n_c n_d) over persons, and over pairs of different persons.
    """

    within: Floats
    severity: Floats
    own: Floats
    other: Floats

    def of_means(self) -> Floats:
        """Return the error covariance of the criterion means: within o own - severity o other.

        Raters whom all persons have in common shift all alike and cancel; raters of one's own do not.
        """
        shared: Floats = _times(self.within, self.own) - _times(self.severity, self.other)
        return shared

    def with_raters(self, n_raters: int) -> Floats:
        """Return the same with ``n_raters`` on every criterion, shared between criteria as they were."""
        root = np.sqrt(np.diagonal(self.own))
        own = self.own / (root[:, None] * root) / n_raters
        crossed = self.other >= self.own * (1 - 1e-9)
        other = np.where(crossed, own, np.minimum(self.other, own))
        means: Floats = _times(self.within, own) - _times(self.severity, other)
        return means


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CompositeVariance:
    """Variance of a composite and where it comes from, in squared points of the composite.

    ``items`` and ``tasks`` have one entry per stratum; ``raters`` is the error of raters as they judged here,
    ``raters_across_tasks`` the part of it that two tasks share because the same rater judged both.
    """

    total: float
    items: Floats
    tasks: Floats
    raters: float
    raters_across_tasks: float
    severity: float
    rater_error: RaterError | None

    @property
    def error(self) -> float:
        """All error together."""
        return float(self.items.sum() + self.tasks.sum()) + self.raters

    @property
    def reliability(self) -> float:
        """1 - error / total; nan where the composite does not vary or the error comes out at 0 or less."""
        fine = self.total > 0 and self.error > 0
        return 1 - self.error / self.total if fine else nan


def composite_variance(sums: CompositeSums, design: CompositeDesign) -> CompositeVariance:
    """Return where the variance of a composite comes from.

    C = sum_i v_i x_i + sum_c v_c x_c.,   x_c. the mean over the raters of the person
    error = sum_s items(s) + sum_s tasks(s) + v'(W o K - S o K')v
    reliability = 1 - error / (v'Cov v)

    - items(s) = sum_i V_ii - c sum_i L_i^2: V the covariances of the weighted items of a stratum, L_i = |v_i| range_i
      their lengths, c the mean of V_ij / (L_i L_j). With equal lengths it is sigma^2 (1 - alpha) of the stratum, so
      that without tasks the reliability is stratified alpha.
    - tasks(s): the same over tasks, from covariances freed of rater error; 0 when the tasks are fixed.
    - W: covariance of criteria over the raters of one person; S: the part that belongs to the rater whatever the
      person; K: mean of m/(n_c n_d), m the raters that both criteria of a person have in common; K': that mean over
      pairs of different persons. Halo of a rater over several criteria or tasks is in the off-diagonal of W.

    W and S are method-of-moments (ANOVA) estimates, unbiased in any design in which raters are a random draw; in
    balanced ones they are the ANOVA estimates. Single components may come out below 0.

    References
    ----------
    Rajaratnam, Cronbach and Gleser (1965), doi:10.1007/BF02289746 (strata); Brennan, Kim and Lee (2022),
    doi:10.1177/00131644211049746 (different designs in one composite). Checked against loops over persons and
    raters, intraclass correlations of one criterion, stratified alpha, and correlations of simulated parallel
    composites.
    """
    covariance = _covariance(sums)
    n_items = len(design.item_weight)
    weighted = covariance * np.outer(design.weight, design.weight)
    total = float(weighted.sum())
    item_error = strata_error(
        weighted[:n_items, :n_items], np.abs(design.item_weight) * design.item_length, design.item_stratum
    )
    if not len(design.criterion_weight):
        return CompositeVariance(
            total=total,
            items=item_error,
            tasks=np.zeros(0),
            raters=0.0,
            raters_across_tasks=0.0,
            severity=0.0,
            rater_error=None,
        )
    raters = rater_error(sums)
    of_means = raters.of_means()
    by_task = design.by_task(of_means)
    tasks = np.zeros(int(design.task_stratum.max()) + 1)
    if design.random_tasks:
        free = design.by_task(covariance[n_items:, n_items:]) - by_task
        tasks = strata_error(free, design.task_length, design.task_stratum)
    severity = design.by_task(_times(raters.severity, raters.own))
    return CompositeVariance(
        total=total,
        items=item_error,
        tasks=tasks,
        raters=float(by_task.sum()),
        raters_across_tasks=float(by_task.sum() - np.trace(by_task)),
        severity=float(severity.sum()),
        rater_error=raters,
    )


def strata_error(covariance: Floats, length: Floats, stratum: Integers) -> Floats:
    """Return sum_i V_ii - c sum_i L_i^2 of each stratum, c the mean of V_ij / (L_i L_j) over different parts.

    V are covariances of weighted parts, L their lengths: a part of length L has L times the true score of a part of
    length 1, and an error of its own size. Nan for a stratum of one part: its error cannot be told from its true
    score.
    """
    found = np.full(int(stratum.max(initial=-1)) + 1, nan)
    for place in range(len(found)):
        mine = np.flatnonzero(stratum == place)
        k = len(mine)
        if k < 2:
            continue
        own = covariance[np.ix_(mine, mine)]
        unit = own / np.outer(length[mine], length[mine])
        shared = (float(unit.sum()) - float(np.trace(unit))) / (k * (k - 1))
        found[place] = float(np.trace(own)) - shared * float(np.square(length[mine]).sum())
    return found


def rater_error(sums: CompositeSums) -> RaterError:
    """Return the rater covariances and sharing of a design; nan in ``within`` where nobody can tell."""
    c = len(sums.own)
    n = sums.n_pairs[-c:, -c:]
    within = _ratio(sums.within, sums.within_weight)
    across = sums.rater_deviations.T @ sums.rater_deviations - sums.within
    counts, shares = sums.rater_counts, sums.rater_shares
    weight = counts.T @ counts - shares.T @ counts - counts.T @ shares
    weight += sums.rater_pairs.T @ sums.rater_pairs - sums.within_weight
    severity = np.nan_to_num(_ratio(across, weight))
    crossing = np.einsum("rcd,rdc->cd", sums.reach, sums.reach) - sums.own
    own = sums.own / np.maximum(n, 1)
    other = np.maximum(crossing, 0.0) / np.maximum(n * (n - 1), 1)
    return RaterError(within=within, severity=severity, own=own, other=other)


def composite_bounds(
    panel: Panel, design: CompositeDesign, total: CompositeSums, confidence: float, *, one_by_one: bool
) -> Bounds:
    """Return the jackknife interval of the reliability: persons left out one by one, or in groups."""
    estimate = composite_variance(total, design).reliability
    without = np.array(
        [
            composite_variance(total - panel.group(number), design).reliability
            for number in range(len(panel.starts) - 1)
        ]
    )
    if np.isnan(without).any():
        return Bounds(
            reason="without some of the persons the reliability would not exist: too few for the interval"
        )
    bounds = jackknife_bounds if one_by_one else grouped_jackknife_bounds
    return bounds(estimate, without, confidence)


def standard_error(variance: CompositeVariance) -> float:
    """Return the root of the error variance; nan where it is not above 0."""
    return sqrt(variance.error) if variance.error > 0 else nan


def _covariance(sums: CompositeSums) -> Floats:
    n = sums.n_pairs
    deviations = sums.products - sums.totals * sums.totals.T / np.maximum(n, 1)
    return np.where(n > 1, deviations / np.maximum(n - 1, 1), nan)


def _ratio(value: Floats, weight: Floats) -> Floats:
    known = weight > 1e-9
    return np.where(known, value / np.where(known, weight, 1.0), nan)


def _times(covariance: Floats, share: Floats) -> Floats:
    """Return the product; 0 where nothing is shared, so that an unknown covariance does not matter there."""
    return np.where(share > ROUND_OFF, covariance * share, 0.0)
