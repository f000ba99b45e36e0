"""Test-retest: how stable scores are from one occasion to the next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import nan
from typing import Any, ClassVar

import numpy as np

from psychometrics.errors import EstimationError
from psychometrics.evidence.checks import check_confidence
from psychometrics.evidence.matrix import Floats, as_vector
from psychometrics.kernels.bounds import Estimate
from psychometrics.kernels.stability.retest import METHODS, retest
from psychometrics.result import Result, Source


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TestRetest(Result):
    """Stability of one score over two occasions: one row per statistic.

    Attributes
    ----------
    icc_a1, icc_c1 : Estimate
        Intraclass correlation of one occasion: absolute agreement, consistency. An :class:`Estimate` has
        ``estimate``, ``ci_lower``, ``ci_upper`` and ``reason``.
    pearson_r : Estimate
        Product-moment correlation.
    mean_change : Estimate
        Mean of second - first, in points.
    d_z : Estimate
        Mean change divided by the SD of the changes.
    sem : Estimate
        Standard error of measurement of one occasion, from the residual of the two-way ANOVA; in points.
    smallest_detectable_change : Estimate
        1.96 sqrt(2) sem: a change of one person beyond error at the 95% level, whatever ``confidence``.
    confidence : float
        Level of the intervals.
    n_pairs, n_unpaired : int
        Persons with both scores; persons left out because one or both are missing.
    days_min, days_median, days_max : float
        Days between the occasions over the pairs used; nan when not given.
    source : Source
    """

    __test__: ClassVar[bool] = False

    icc_a1: Estimate
    icc_c1: Estimate
    pearson_r: Estimate
    mean_change: Estimate
    d_z: Estimate
    sem: Estimate
    smallest_detectable_change: Estimate
    confidence: float
    n_pairs: int
    n_unpaired: int
    days_min: float = nan
    days_median: float = nan
    days_max: float = nan
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
        return f"<Test-retest: ICC(A,1) {self.icc_a1.estimate:.4g}, {self.n_pairs} pairs>"


def test_retest(
    first: Any,
    second: Any,
    *,
    days: Any = None,
    confidence: float = 0.95,
) -> TestRetest:
    """Return everything about the stability of a score measured twice: agreement, association, change, error.

    A high correlation with a mean change says that persons kept their order, not their scores; ``icc_a1``
    counts the change as disagreement, ``icc_c1`` and ``sem`` do not. Memory and real change are in all of them.

    Parameters
    ----------
    first, second : array-like, shape (n_persons,)
        The scores of the same persons in the same order. Pairs with nan are left out and counted.
    days : array-like, shape (n_persons,), optional
        Days between the two occasions of each person.
    confidence : float
        Level of the intervals.

    Returns
    -------
    TestRetest

    Raises
    ------
    EstimationError
        Lengths differ; text or infinities; negative days.

    References
    ----------
    See :func:`psychometrics.kernels.stability.retest.retest`.
    """
    check_confidence(confidence)
    one, two = as_vector(first, "first"), as_vector(second, "second")
    if len(one) != len(two):
        what = f"first has {len(one):,} scores and second {len(two):,}"
        raise EstimationError(what, hint="Give the same persons in the same order, nan where missing.")
    paired = ~(np.isnan(one) | np.isnan(two))
    least, middle, most = _days(days, paired)
    found: dict[str, Any] = dict(retest(one[paired], two[paired], confidence))
    return TestRetest(
        **found,
        confidence=confidence,
        n_pairs=int(paired.sum()),
        n_unpaired=int((~paired).sum()),
        days_min=least,
        days_median=middle,
        days_max=most,
    )


test_retest.__test__ = False  # type: ignore[attr-defined]  # a statistic, not a test


def _days(days: Any, paired: Any) -> tuple[float, float, float]:
    if days is None:
        return nan, nan, nan
    values: Floats = as_vector(days, "days")
    if len(values) != len(paired):
        raise EstimationError(f"days has {len(values):,} values and the scores {len(paired):,}")
    values = values[paired]
    values = values[~np.isnan(values)]
    if np.any(values < 0):
        raise EstimationError("some days are negative", hint="Give days from first to second occasion.")
    if len(values) == 0:
        return nan, nan, nan
    return float(values.min()), float(np.median(values)), float(values.max())
