"""Kernels of drift: exact tests on counts, moments that add, charts with a known rate of false alarms."""

from __future__ import annotations

from math import isnan, log, sqrt

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from oracles_drift import slow_moments, slow_smirnov, slow_stability_index
from scipy.stats import ks_2samp

from psychometrics.kernels.drift.cusum import cusum_limit, cusum_run_length, cusum_step, variance_ratio_z
from psychometrics.kernels.drift.kolmogorov_smirnov import smirnov
from psychometrics.kernels.drift.score_moments import mean_shift, moments_of_counts, normal_moments, sd_ratio
from psychometrics.kernels.drift.stability_index import rank_bins, stability_index

few = st.lists(st.integers(0, 3), min_size=2, max_size=4)


@settings(max_examples=40, deadline=None)
@given(few, few)
def test_smirnov_is_every_deal_of_the_pooled_people(first: list[int], second: list[int]) -> None:
    size = min(len(first), len(second))
    first, second = first[:size], second[:size]
    assume(sum(first) and sum(second) and sum(first) + sum(second) <= 11)
    found = smirnov(np.array(first), np.array(second))
    statistic, p = slow_smirnov(first, second)
    assert found.statistic == pytest.approx(statistic, abs=1e-12)
    assert found.p == pytest.approx(p, abs=1e-12)


def test_smirnov_without_ties_is_the_usual_exact_test() -> None:
    rng = np.random.default_rng(3)
    x, y = rng.normal(size=40), rng.normal(0.5, 1, size=55)
    scores = np.union1d(x, y)
    counts = [np.isin(scores, part).astype(np.int64) for part in (x, y)]
    theirs = ks_2samp(x, y, method="exact")
    found = smirnov(*counts)
    assert found.statistic == pytest.approx(theirs.statistic, rel=1e-12)
    assert found.p == pytest.approx(theirs.pvalue, rel=1e-9)


def test_smirnov_of_large_samples_nears_the_limit_and_is_symmetric() -> None:
    rng = np.random.default_rng(4)
    p = np.full(3000, 1 / 3000)
    a, b = rng.multinomial(200_000, p), rng.multinomial(50_000, p)
    found, turned = smirnov(a, b), smirnov(b, a)
    assert found.method == "exact"
    assert found.p == pytest.approx(turned.p, rel=1e-6)
    limit = ks_2samp(np.repeat(np.arange(3000), a), np.repeat(np.arange(3000), b), method="asymp").pvalue
    assert found.p == pytest.approx(limit, abs=0.02)


def test_smirnov_of_nothing_and_of_one_score() -> None:
    nothing = smirnov(np.array([0, 0]), np.array([1, 2]))
    assert isnan(nothing.p)
    assert nothing.reason == "a sample without people"
    assert smirnov(np.array([4]), np.array([9])).p == 1.0
    many = smirnov(np.ones(20_001, np.int64), np.ones(20_001, np.int64) * 2)
    assert many.p == 1.0
    shifted = np.arange(20_001) % 2
    assert smirnov(shifted, 1 - shifted).method == "asymptotic"


values = st.lists(st.integers(-5, 20).map(float), min_size=2, max_size=30)


@settings(max_examples=60, deadline=None)
@given(values, values)
def test_moments_add(first: list[float], second: list[float]) -> None:
    def of(sample: list[float]) -> object:
        scores, counts = np.unique(sample, return_counts=True)
        return moments_of_counts(scores, counts)

    both, apart = of(first + second), of(first) + of(second)  # type: ignore[operator]
    for name in ("n", "mean", "m2", "m3", "m4"):
        assert getattr(apart, name) == pytest.approx(getattr(both, name), rel=1e-9, abs=1e-6)
    if len(set(first + second)) > 1:
        expected = slow_moments(first + second)
        found = (both.mean, both.sd, both.skewness, both.kurtosis)  # type: ignore[attr-defined]
        assert found == pytest.approx(expected, rel=1e-9, abs=1e-9)


def test_stability_index_is_its_sum_and_symmetric() -> None:
    a, b = [10.0, 20.0, 30.0, 40.0], [15.0, 25.0, 20.0, 40.0]
    found = stability_index(np.array(a), np.array(b))
    assert found.index == pytest.approx(slow_stability_index(a, b), rel=1e-12)
    assert stability_index(np.array(b), np.array(a)).index == pytest.approx(found.index, rel=1e-12)
    assert found.expected == pytest.approx(3 * (1 / 100 + 1 / 100))
    assert stability_index(np.array(a), np.array(a) * 7).index == pytest.approx(0, abs=1e-15)


def test_stability_index_of_degenerate_bins() -> None:
    empty = stability_index(np.array([5.0, 5.0]), np.array([0.0, 10.0]))
    assert empty.index == pytest.approx(slow_stability_index([5.5, 5.5], [0.5, 10.5]), rel=1e-12)
    assert stability_index(np.array([5.0]), np.array([3.0])).reason == "one bin: all scores are alike"
    assert stability_index(np.zeros(3), np.ones(3)).reason == "a sample without people"


def test_bins_are_deciles_and_never_split_a_score() -> None:
    scores = np.arange(1000.0)
    bins = rank_bins(scores, np.ones(1000), scores)
    assert np.bincount(bins).tolist() == [100] * 10
    assert rank_bins(
        np.array([1.0, 2.0]), np.array([9, 1]), np.array([0.0, 1.0, 1.5, 2.0, 9.0])
    ).tolist() == [
        0,
        4,
        9,
        9,
        9,
    ]


def test_shift_and_ratio_for_normal_moments_are_the_textbook_ones() -> None:
    a, b = normal_moments(400, 50, 10), normal_moments(100, 50, 10)
    shift, ratio = mean_shift(a, b, 0.95), sd_ratio(a, b, 0.95)
    half = 1.959963984540054 * sqrt(1 / 100 + 1 / 400)
    assert (shift.estimate, shift.ci_lower, shift.ci_upper) == pytest.approx((0, -half, half), abs=1e-3)
    se = sqrt((2 + 3 / 400) / 399 + (2 + 3 / 100) / 99) / 2
    assert log(ratio.ci_upper) == pytest.approx(1.959963984540054 * se, rel=0.01)
    assert ratio.estimate == pytest.approx(1)


def test_shift_and_ratio_say_why_they_are_nan() -> None:
    flat, one = normal_moments(50, 3, 0), moments_of_counts(np.array([4.0]), np.array([1]))
    good, none = normal_moments(50, 3, 1), moments_of_counts(np.zeros(0), np.zeros(0))
    assert mean_shift(flat, good, 0.95).reason == "no spread in the norms"
    assert mean_shift(good, none, 0.95).reason == "no new score"
    assert mean_shift(good, one, 0.95).reason == "an interval needs 2 new scores"
    assert sd_ratio(good, one, 0.95).reason == "no spread in the new scores"
    assert sd_ratio(flat, good, 0.95).reason == "no spread in the norms"


def test_limit_gives_the_wanted_run_length_and_a_simulation_agrees() -> None:
    """2,000 simulated charts; the standard error of their mean run length is about 2.2% of it."""
    limit = cusum_limit(0.5, 60.0)
    assert cusum_run_length(0.5, limit) == pytest.approx(60.0, rel=1e-8)
    rng = np.random.default_rng(1)
    up, down, runs = np.zeros(2000), np.zeros(2000), np.zeros(2000)
    alive = np.ones(2000, bool)
    while alive.any():
        z = rng.normal(size=2000)
        up, down = np.maximum(0, up + z - 0.5), np.maximum(0, down - z - 0.5)
        runs += alive
        alive &= (up <= limit) & (down <= limit)
    assert runs.mean() == pytest.approx(60.0, rel=0.08)


def test_steps_and_deviates() -> None:
    assert cusum_step(1.0, 0.2, 1.5, 0.5) == (2.0, 0.0)
    assert variance_ratio_z(1.0, 100, 100, 3.0) == pytest.approx(0, abs=0.01)
    assert variance_ratio_z(1.5, 100, 1000, 3.0) > 2 > variance_ratio_z(1.5, 100, 1000, 9.0) > 0
