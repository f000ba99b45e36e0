"""Log-linear models and continuous distributions against slow twins, with their properties."""

from __future__ import annotations

import numpy as np
import oracles_equating as slow
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from psychometrics.kernels.smoothing.bandwidth import best_bandwidth, penalty
from psychometrics.kernels.smoothing.continuised import GaussianKernel, UniformKernel
from psychometrics.kernels.smoothing.log_linear import fit_log_linear, fit_many
from psychometrics.kernels.smoothing.terms import CRITERIA, bivariate_terms, choose_degree, polynomial_terms

SCORES = np.arange(12.0)
COUNTS = np.array([2, 5, 9, 16, 25, 31, 36, 30, 22, 12, 7, 3], float)
samples = st.lists(st.integers(0, 40), min_size=12, max_size=12).filter(lambda v: sum(n > 0 for n in v) > 5)


def test_fit_is_that_of_a_general_optimiser():
    for degree in (1, 2, 3):
        fit = fit_log_linear(COUNTS, polynomial_terms(SCORES, degree))
        assert fit.probabilities == pytest.approx(slow.log_linear(COUNTS.tolist(), degree), abs=1e-6)


@settings(max_examples=60, deadline=None)
@given(samples, st.integers(1, 4))
def test_the_first_moments_stay(counts, degree):
    n = np.array(counts, float)
    fit = fit_log_linear(n, polynomial_terms(SCORES, degree))
    if fit.reason:
        return
    assert fit.probabilities.sum() == pytest.approx(1)
    for power in range(1, degree + 1):
        kept = [shares @ (SCORES / 11) ** power for shares in (fit.probabilities, n / n.sum())]
        assert kept[0] == pytest.approx(kept[1], abs=1e-8)


@settings(max_examples=30, deadline=None)
@given(samples, st.floats(0.1, 50), st.floats(-100, 100))
def test_a_linear_change_of_scale_changes_nothing(counts, slope, shift):
    n = np.array(counts, float)
    fits = [fit_log_linear(n, polynomial_terms(s, 3)) for s in (SCORES, shift + slope * SCORES)]
    assert fits[0].reason == fits[1].reason
    assert fits[0].probabilities == pytest.approx(fits[1].probabilities, abs=1e-8, nan_ok=True)


def test_many_fits_are_the_single_ones():
    draws = np.random.default_rng(1).multinomial(200, COUNTS / COUNTS.sum(), 40).astype(float)
    terms = polynomial_terms(SCORES, 3)
    start = fit_log_linear(COUNTS, terms).probabilities
    found, converged = fit_many(draws, terms, start)
    assert converged.all()
    for row, p in zip(draws, found, strict=True):
        assert p == pytest.approx(fit_log_linear(row, terms).probabilities, abs=1e-9)


def test_shares_next_to_nothing_do_not_stop_resamples():
    counts = np.array([400, 90, 8, 1, 0, 0, 0, 0, 0, 0, 0, 0] + [0] * 400, float)
    scores = np.arange(412.0)
    terms = polynomial_terms(scores, 2)
    fit = fit_log_linear(counts, terms)
    assert fit.probabilities.min() == 0
    draws = np.random.default_rng(4).multinomial(499, fit.probabilities, 20).astype(float)
    found, converged = fit_many(draws, terms, fit.probabilities)
    assert converged.any()
    kept = draws[converged] @ scores / 499
    assert found[converged] @ scores == pytest.approx(kept, abs=1e-8)


def test_the_factor_is_the_covariance_over_samples():
    terms = polynomial_terms(SCORES, 3)
    fit = fit_log_linear(COUNTS * 50, terms)
    draws = np.random.default_rng(2).multinomial(int(fit.n), fit.probabilities, 3000).astype(float)
    found, _ = fit_many(draws, terms, fit.probabilities)
    c = fit.factor()
    assert np.sqrt(np.square(c).sum(axis=1)) == pytest.approx(found.std(axis=0), rel=0.08)
    assert (c @ c.T).sum() == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("counts", [[0] * 11 + [9], [5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3], [1] + [0] * 11])
def test_a_fit_that_does_not_exist_says_so(counts):
    fit = fit_log_linear(np.array(counts, float), polynomial_terms(SCORES, 3))
    assert "cells" in fit.reason
    assert np.isnan(fit.probabilities).all()
    assert np.isnan(fit.aic)


def test_people_at_both_ends_only_need_two_moments():
    """Two cells at the ends carry one moment; with three the model would have to reach 0."""
    n = np.zeros(12)
    n[[0, 5, 6, 11]] = 3, 1, 1, 3
    fit = fit_log_linear(n, polynomial_terms(SCORES, 3))
    assert fit.reason == ""
    assert fit.probabilities.min() > 0


def test_criteria_choose_as_they_say():
    found = {name: choose_degree(COUNTS, SCORES, name) for name in CRITERIA}
    for name in ("aic", "bic"):
        values = [getattr(fit, name) for fit in found[name].fits]
        assert found[name].degree == int(np.nanargmin(values)) + 1
    assert found["likelihood_ratio"].degree == 2
    assert choose_degree(np.array([0, 0, 7, 0.0]), np.arange(4.0)).degree == 0


def test_cross_products_keep_the_covariance():
    rng = np.random.default_rng(3)
    x = rng.binomial(11, 0.5, 500)
    a = rng.binomial(x, 0.4)
    table = np.zeros((12, 12))
    np.add.at(table, (x, a), 1)
    fit = fit_log_linear(table.ravel(), bivariate_terms(SCORES, SCORES, (3, 2), 1))
    p = fit.probabilities.reshape(12, 12)
    assert (p * np.outer(SCORES, SCORES)).sum() == pytest.approx((x * a).mean(), rel=1e-9)
    assert p.sum(axis=0) @ SCORES**2 == pytest.approx((a.astype(float) ** 2).mean(), rel=1e-9)


@settings(max_examples=60, deadline=None)
@given(samples, st.floats(-2, 13))
def test_uniform_shares_are_those_of_the_book(counts, value):
    p = np.array(counts, float)[None] / sum(counts)
    found = UniformKernel(scores=SCORES, probabilities=p).cdf(np.array([[value]]))[0, 0]
    own = dict(zip(SCORES.tolist(), counts, strict=True))
    assert found == pytest.approx(slow.percentile_share(value, own), abs=1e-12)


@settings(max_examples=25, deadline=None)
@given(samples, st.floats(0.3, 3))
def test_a_gaussian_kernel_keeps_mean_and_variance_and_turns_round(counts, width):
    p = np.array(counts, float)[None] / sum(counts)
    kernel = GaussianKernel(scores=SCORES, probabilities=p, bandwidth=width)
    fine = np.linspace(-25, 36, 20001)
    density = kernel.density(fine[None])[0]
    step = fine[1] - fine[0]
    mean = (density * fine).sum() * step
    assert mean == pytest.approx(kernel.mean[0, 0], abs=1e-6)
    assert (density * (fine - mean) ** 2).sum() * step == pytest.approx(kernel.variance[0, 0], abs=1e-5)
    shares = np.array([[0.001, 0.2, 0.5, 0.9, 0.999]])
    assert kernel.cdf(kernel.inverse(shares)) == pytest.approx(shares, abs=1e-11)
    ends = kernel.density(np.array([[3.0, 7.5]]))[0]
    expected = [slow.kernel_density(v, SCORES.tolist(), p[0].tolist(), width) for v in (3.0, 7.5)]
    assert ends == pytest.approx(expected, rel=1e-10)


def test_the_bandwidth_has_the_least_penalty():
    p = COUNTS / COUNTS.sum()
    best = best_bandwidth(SCORES, p)
    around = [penalty(SCORES, p, h) for h in np.linspace(0.2, 3, 120)]
    assert penalty(SCORES, p, best) <= min(around) + 1e-12
    assert best_bandwidth(2 * SCORES, p) == pytest.approx(2 * best, rel=1e-4)
    comb = np.where(np.arange(12) % 2 == 0, 10, 1) / 66
    assert penalty(SCORES, comb, 0.4) > 1
    without = best_bandwidth(SCORES, comb, bumps=0)
    assert penalty(SCORES, comb, best_bandwidth(SCORES, comb)) < penalty(SCORES, comb, without)
    assert penalty(SCORES, comb, without, bumps=0) < penalty(SCORES, comb, without)
    assert np.isnan(best_bandwidth(SCORES, np.eye(12)[3]))
