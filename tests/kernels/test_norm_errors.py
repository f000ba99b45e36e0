"""Errors of norm statistics against moving counts by hand, person by person regressions, and integration."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles_norm_errors import slow_delta_error, slow_four_parameter, slow_raked_error
from scipy.stats import betabinom

from psychometrics.kernels.beta_binomial import (
    TrueScores,
    distribution,
    factorial_moments,
    fit_beta_binomial,
    true_scores,
)
from psychometrics.kernels.norm_errors import (
    WeightedCounts,
    covariances,
    mid_shares,
    moment_influences,
    percentile_point,
    plain_counts,
    point_variance,
    projection_onto,
    rank_variances,
    variances,
)

counted = st.lists(st.integers(1, 40), min_size=3, max_size=8).map(lambda n: np.array(n, np.int64))


@settings(max_examples=30, deadline=None)
@given(counted)
def test_delta_errors_are_those_of_moving_counts(counts):
    x = np.arange(float(len(counts))) ** 2
    of, n = plain_counts(x, counts), counts.sum()
    ours = np.sqrt(np.diag(covariances(of, np.array(moment_influences(of)))))

    def sd(k):
        m = k @ x / k.sum()
        return np.sqrt(k @ (x - m) ** 2 / k.sum() * n / (n - 1))

    assert ours[0] == pytest.approx(slow_delta_error(lambda k: k @ x / k.sum(), counts), rel=1e-5)
    assert ours[1] == pytest.approx(slow_delta_error(sd, counts), rel=1e-5)
    for at, method in ((0.5, "mid"), (0.0, "below"), (1.0, "at_or_below")):
        theirs = [
            slow_delta_error(lambda k, u=u, at=at: (k[:u].sum() + at * k[u]) / k.sum(), counts)
            for u in range(len(x))
        ]
        assert np.sqrt(rank_variances(of, method)[1::2]) == pytest.approx(theirs, rel=1e-5, abs=1e-9)


@settings(max_examples=30, deadline=None)
@given(counted, st.floats(5, 95))
def test_percentile_points_turn_ranks_round(counts, rank):
    x = np.cumsum(np.arange(1.0, len(counts) + 1))
    of = plain_counts(x, counts)
    point, k, c = percentile_point(x, mid_shares(of.mass), rank)
    if np.isnan(point):
        return
    assert np.interp(point, x, 100 * mid_shares(of.mass)) == pytest.approx(rank)
    if 0.01 < c < 0.99:
        theirs = slow_delta_error(lambda n: percentile_point(x, mid_shares(n), rank)[0], counts)
        assert np.sqrt(point_variance(of, mid_shares(of.mass), k, c)) == pytest.approx(theirs, rel=1e-4)


def weighted(rng, leverage):
    codes = rng.integers(0, 6, 80)
    scores = rng.integers(0, 5, 80)
    design = np.column_stack([codes % 2 == 0, codes % 2 == 1, codes // 2 == 0, codes // 2 == 1]).astype(float)
    cells = np.arange(6)
    small = np.column_stack([cells % 2 == 0, cells % 2 == 1, cells // 2 == 0, cells // 2 == 1]).astype(float)
    weights = rng.uniform(0.3, 3, 6)
    counts = np.zeros((6, 5))
    np.add.at(counts, (codes, scores), 1)
    sizes = counts.sum(axis=1)
    projection = projection_onto(small, sizes)
    pull = np.diag(projection) / sizes if leverage else np.zeros(6)
    of = WeightedCounts(
        scores=np.arange(5.0),
        counts=counts,
        weights=weights,
        sizes=sizes,
        projection=projection,
        leverage=pull,
        multinomial=False,
    )
    return of, codes, scores, design, weights[codes]


@pytest.mark.parametrize("leverage", [False, True])
def test_calibrated_errors_are_those_of_persons(leverage):
    of, _, scores, design, weights = weighted(np.random.default_rng(3), leverage)
    influence = moment_influences(of)[0]
    assert np.sqrt(variances(of, influence)) == pytest.approx(
        slow_raked_error(scores.astype(float), design, weights, leverage), rel=1e-10
    )
    for u in range(5):
        inside = (scores < u) + 0.5 * (scores == u)
        theirs = slow_raked_error(inside, design, weights, leverage)
        assert np.sqrt(rank_variances(of, "mid")[2 * u + 1]) == pytest.approx(theirs, rel=1e-10)


def test_covariances_hold_the_variances():
    of, *_ = weighted(np.random.default_rng(4), True)
    influences = np.array(moment_influences(of))
    assert np.diag(covariances(of, influences)) == pytest.approx(variances(of, influences), rel=1e-12)


def test_one_cell_per_person_has_no_error_left():
    of = WeightedCounts(
        scores=np.arange(3.0),
        counts=np.eye(3),
        weights=np.ones(3),
        sizes=np.ones(3),
        projection=projection_onto(np.eye(3), np.ones(3)),
        leverage=np.zeros(3),
        multinomial=False,
    )
    assert variances(of, np.array([-1.0, 0.0, 1.0])) == pytest.approx(0)


def test_two_parameter_beta_binomial_is_that_of_scipy():
    assert distribution(30, TrueScores(a=2.5, b=4.0)) == pytest.approx(
        betabinom.pmf(np.arange(31), 30, 2.5, 4.0), rel=1e-10
    )


def test_four_parameter_beta_binomial_is_the_integral():
    ours = distribution(8, TrueScores(a=1.7, b=2.2, lower=0.15, upper=0.9))
    assert ours == pytest.approx(slow_four_parameter(8, 1.7, 2.2, 0.15, 0.9), rel=1e-6)
    assert ours.sum() == pytest.approx(1)


def test_moments_give_back_the_true_scores():
    true = TrueScores(a=1.7, b=3.1, lower=0.1, upper=0.85)
    found = true_scores(factorial_moments(20, distribution(20, true), 4))
    assert (found.a, found.b, found.lower, found.upper) == pytest.approx((1.7, 3.1, 0.1, 0.85), rel=1e-6)


@pytest.mark.parametrize("parameters", [2, 4])
def test_the_fit_keeps_its_moments_and_moves_as_its_jacobian_says(parameters):
    rng = np.random.default_rng(1)
    true = distribution(15, TrueScores(a=2, b=3, lower=0.1, upper=0.9))
    shares = rng.multinomial(20_000, true) / 20_000
    p, jacobian, reason = fit_beta_binomial(shares, parameters)
    assert not reason
    assert factorial_moments(15, p, parameters) == pytest.approx(
        factorial_moments(15, shares, parameters), rel=1e-9
    )
    step = 1e-4 * (rng.multinomial(20_000, true) / 20_000 - shares)
    moved = (
        fit_beta_binomial(shares + step, parameters)[0] - fit_beta_binomial(shares - step, parameters)[0]
    ) / 2
    assert jacobian @ step == pytest.approx(moved, abs=1e-4 * np.abs(moved).max())


def test_what_no_beta_binomial_fits_is_said():
    assert "no more than binomial" in fit_beta_binomial(np.eye(11)[5], 2)[2]
    assert "more than any" in fit_beta_binomial(np.array([0.5, 0, 0, 0.5]), 2)[2]
    assert "fewer than 4 items" in fit_beta_binomial(np.ones(4) / 4, 4)[2]
