"""One score on two occasions: every statistic of its stability."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import nan, sqrt
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from psychometrics.evidence.matrix import Floats
from psychometrics.evidence.stability.interval import RetestInterval, Window, inside, interval_of
from psychometrics.evidence.stability.systematic import SystematicChange, systematic_change
from psychometrics.evidence.stability.verdicts import Verdict, verdicts_of
from psychometrics.kernels.bounds import Estimate
from psychometrics.kernels.stability.change import equivalence_p_value
from psychometrics.kernels.stability.pairs import Pairs, moments_of, pairs_of
from psychometrics.kernels.stability.retest import METHODS, retest_of_pairs
from psychometrics.result import Result, Source, because, counted

SMALL_CHANGE = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What the caller of :func:`test_retest` chose, handed on as one."""

    confidence: float
    equivalence_bound: float | None
    true_zero: bool
    tests: bool
    window: Window | None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TestRetest(Result):
    """Stability of one score over two occasions: one row per statistic.

    An :class:`Estimate` has ``estimate``, ``ci_lower``, ``ci_upper`` and ``reason``. Change is second - first.

    Attributes
    ----------
    icc_a1, icc_c1, icc_11 : Estimate
        Intraclass correlation of one occasion: absolute agreement, consistency, one-way.
    icc_ak, icc_ck, icc_1k : Estimate
        The same of the mean of both occasions.
    concordance : Estimate
        Lin's concordance correlation.
    pearson_r, spearman_rho : Estimate
        Correlation of scores, of ranks.
    mean_change : Estimate
        In points.
    d_z, d_av, g_av : Estimate
        Mean change per SD of the changes; per average SD of the scores; the same without small-sample bias.
    sem, sem_agreement : Estimate
        Standard error of measurement of one occasion in points, a change common to all left out; counted in.
    coefficient_of_variation : Estimate
        sem / mean; only for a scale with a true zero.
    smallest_detectable_change, smallest_detectable_change_agreement : Estimate
        1.96 sqrt(2) sem: a change of one person beyond error at the 95% level, whatever ``confidence``.
    smallest_detectable_change_group : Estimate
        The same of the mean of as many persons: divided by sqrt(n).
    limit_lower, limit_upper : Estimate
        Limits of agreement, mean change -/+ 1.96 SD, each with its exact interval.
    limit_lower_as_pair, limit_upper_as_pair : Estimate
        With the exact interval of both together.
    limit_lower_approximate, limit_upper_approximate : Estimate
        With Bland and Altman's large-sample interval.
    proportional_bias : Estimate
        Slope of the change on the mean of both scores.
    confidence : float
        Level of the intervals.
    n_pairs, n_unpaired : int
        Persons with both scores; persons left out because one or both are missing.
    mean_first, mean_second, sd_first, sd_second : float
        Of the pairs.
    equivalence_bound, equivalence_p_value : float
        Two one-sided tests of a mean change within the bound, in points.
    systematic : SystematicChange or None
        Paired t, Wilcoxon and equivalence tests; None when not asked for.
    interval : RetestInterval or None
        Days between the occasions over the pairs; None when not known.
    inside_window : TestRetest or None
        The same statistics of the pairs within the window; None when all are, or nothing is known.
    verdicts : tuple of Verdict
        COSMIN's rules with their reasons and sources.
    source : Source
    """

    __test__: ClassVar[bool] = False

    icc_a1: Estimate
    icc_c1: Estimate
    icc_11: Estimate
    icc_ak: Estimate
    icc_ck: Estimate
    icc_1k: Estimate
    concordance: Estimate
    pearson_r: Estimate
    spearman_rho: Estimate
    mean_change: Estimate
    d_z: Estimate
    d_av: Estimate
    g_av: Estimate
    sem: Estimate
    sem_agreement: Estimate
    coefficient_of_variation: Estimate
    smallest_detectable_change: Estimate
    smallest_detectable_change_agreement: Estimate
    smallest_detectable_change_group: Estimate
    limit_lower: Estimate
    limit_upper: Estimate
    limit_lower_as_pair: Estimate
    limit_upper_as_pair: Estimate
    limit_lower_approximate: Estimate
    limit_upper_approximate: Estimate
    proportional_bias: Estimate
    confidence: float
    n_pairs: int
    n_unpaired: int
    mean_first: float
    mean_second: float
    sd_first: float
    sd_second: float
    equivalence_bound: float
    equivalence_p_value: float
    systematic: SystematicChange | None = None
    interval: RetestInterval | None = None
    inside_window: TestRetest | None = None
    verdicts: tuple[Verdict, ...] = ()
    source: Source = field(default_factory=Source)

    def columns(self) -> Mapping[str, Any]:
        """One row per statistic."""
        found: list[Estimate] = [getattr(self, name) for name in METHODS]
        return {
            "statistic": list(METHODS),
            "estimate": [one.estimate for one in found],
            "ci_lower": [one.ci_lower for one in found],
            "ci_upper": [one.ci_upper for one in found],
            "confidence": [self.confidence] * len(found),
            "method": list(METHODS.values()),
            "n_pairs": [self.n_pairs] * len(found),
            "reason": [one.reason for one in found],
        }

    def __repr__(self) -> str:
        why = because(self.icc_a1.estimate, self.icc_a1.reason)
        return f"<Test-retest: ICC(A,1) {self.icc_a1.estimate:.4g}{why}, {counted(self.n_pairs, 'pair')}>"


def retest_of_scores(first: Floats, second: Floats, days: Floats | None, choices: Choices) -> TestRetest:
    """Return the statistics of two columns of scores of the same persons, nan where there is none."""
    paired = ~(np.isnan(first) | np.isnan(second))
    days_paired = None if days is None else days[paired]
    interval = interval_of(days_paired, choices.window)
    within = None
    if interval is not None and days_paired is not None and choices.window is not None and interval.n_outside:
        chosen = inside(days_paired, choices.window)
        within = _result(_subset(first, second, paired, chosen), choices, int((~chosen).sum()))
    return _result(
        pairs_of(first[paired], second[paired]),
        choices,
        int((~paired).sum()),
        interval=interval,
        within=within,
    )


def retest_of_counts(
    first: Floats,
    second: Floats,
    count: npt.NDArray[np.int64],
    anyone: int,
    choices: Choices,
    source: Source,
) -> TestRetest:
    """Return the statistics from counts of pairs; ``anyone`` is how many persons were on any of the occasions."""
    pairs = pairs_of(first, second, count)
    return _result(pairs, choices, anyone - pairs.n, source=source)


def _subset(first: Floats, second: Floats, paired: Any, chosen: Any) -> Pairs:
    return pairs_of(first[paired][chosen], second[paired][chosen])


def _result(
    pairs: Pairs,
    choices: Choices,
    n_unpaired: int,
    *,
    interval: RetestInterval | None = None,
    within: TestRetest | None = None,
    source: Source | None = None,
) -> TestRetest:
    found: dict[str, Any] = dict(retest_of_pairs(pairs, choices.confidence, true_zero=choices.true_zero))
    described, bound = _describe(pairs, choices.equivalence_bound)
    made = {
        **found,
        **described,
        "confidence": choices.confidence,
        "n_pairs": pairs.n,
        "n_unpaired": n_unpaired,
        "systematic": systematic_change(pairs, bound) if choices.tests else None,
        "interval": interval,
        "inside_window": within,
        "source": source or Source(),
    }
    return TestRetest(**made, verdicts=verdicts_of(TestRetest(**made)))


def _describe(pairs: Pairs, bound: float | None) -> tuple[dict[str, float], float]:
    """Means, SDs and the equivalence test; the bound is 0.2 SD of the first occasion unless given."""
    if pairs.n < 2:
        names = ("mean_first", "mean_second", "sd_first", "sd_second", "equivalence_p_value")
        return dict.fromkeys(names, nan) | {"equivalence_bound": nan if bound is None else bound}, nan
    m = moments_of(pairs)
    limit = SMALL_CHANGE * sqrt(m.variance_first) if bound is None else bound
    return {
        "mean_first": m.mean_first,
        "mean_second": m.mean_second,
        "sd_first": sqrt(m.variance_first),
        "sd_second": sqrt(m.variance_second),
        "equivalence_bound": limit if limit > 0 else nan,
        "equivalence_p_value": equivalence_p_value(m, limit) if limit > 0 else nan,
    }, limit
