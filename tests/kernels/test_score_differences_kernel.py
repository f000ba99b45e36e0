"""Differences of two z scores: error, chance, rarity."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

from psychometrics.kernels.score_differences import (
    chance_of_difference,
    correlation_interval,
    counted_share,
    difference_error,
    share_beyond,
)


def test_the_error_is_that_of_payne_and_jones_and_falls_with_shared_error() -> None:
    first, second = np.sqrt([1 - 0.9]), np.sqrt([1 - 0.8])
    assert difference_error(first, second) == pytest.approx(np.sqrt(2 - 0.9 - 0.8))
    assert difference_error(first, second, 0.5) < difference_error(first, second)
    assert difference_error(first, first, 1.0) == pytest.approx(0, abs=1e-8)


def test_chance_between_equal_true_scores() -> None:
    d, se = np.array([1.96, 0.0, 0.0, 0.3, np.nan]), np.array([1.0, 1.0, 0.0, 0.0, 0.0])
    found = chance_of_difference(d, se)
    assert found[:4] == pytest.approx([2 * norm.sf(1.96), 1, 1, 0])
    assert np.isnan(found[4])


def test_share_beyond_against_simulated_people() -> None:
    rng = np.random.default_rng(3)
    z = rng.multivariate_normal([0, 0], [[1, 0.6], [0.6, 1]], 400_000)
    d = z[:, 0] - z[:, 1]
    assert share_beyond(np.array([1.0]), 0.6)[0] == pytest.approx(np.mean(d >= 1), abs=0.003)
    assert share_beyond(np.array([-1.0]), 0.6)[0] == share_beyond(np.array([1.0]), 0.6)[0]


def test_a_small_norm_sample_makes_a_difference_less_rare() -> None:
    d = np.array([2.0])
    assert share_beyond(d, 0.6, 10) > share_beyond(d, 0.6, 100) > share_beyond(d, 0.6)
    assert share_beyond(d, 0.6, 10**9) == pytest.approx(share_beyond(d, 0.6), rel=1e-6)


def test_perfectly_correlated_scales_never_differ() -> None:
    assert share_beyond(np.array([0.1, 0.0]), 1.0).tolist() == [0.0, 0.5]
    assert np.isnan(share_beyond(np.array([np.nan]), 1.0)[0])


def test_correlation_interval_degenerate() -> None:
    assert np.isnan(correlation_interval(0.5, 3, 0.95)).all()
    assert np.isnan(correlation_interval(float("nan"), 30, 0.95)).all()
    assert correlation_interval(1.0, 30, 0.95) == (1.0, 1.0)


def test_counted_shares_are_counts() -> None:
    differences, counts = np.array([-2.0, 0.0, 1.0, 2.0]), np.array([1, 4, 3, 2])
    d = np.array([1.0, -2.0, 0.0, np.nan])
    either = counted_share(d, differences, counts, 0.95, either=True)
    assert either[0][:3] == pytest.approx([0.6, 0.3, 1.0])
    assert (either[1][:3] <= either[0][:3]).all() and (either[0][:3] <= either[2][:3]).all()
    assert np.isnan([part[3] for part in either]).all()
    assert counted_share(d, differences, counts, 0.95, either=False)[0][:3] == pytest.approx([0.5, 0.1, 0.9])
