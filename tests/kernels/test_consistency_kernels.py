"""Lambdas, splits, the greatest lower bound, composites, EM and the bootstrap against slow twins."""

import numpy as np
import oracles
import oracles_consistency as slow
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from psychometrics.kernels.consistency import (
    alpha,
    complete_alpha,
    composites,
    gradients,
    greatest_lower_bound,
    lambdas,
    resampling,
    splits,
)
from psychometrics.kernels.covariance import moments
from psychometrics.kernels.em_covariance import em_moments, em_without_groups

CLOSED = 1e-10  # a closed formula: only round-off may differ
SLOPE = 1e-6  # central differences at step 1e-6


def likert(n=60, k=6, share_missing=0.0, seed=1):
    rng = np.random.default_rng(seed)
    x = np.clip(np.rint(3 + rng.normal(size=(n, 1)) + rng.normal(size=(n, k))), 1, 5)
    x[rng.random(x.shape) < share_missing] = np.nan
    return x


SMOOTH = {
    "lambda1": lambdas.lambda1,
    "lambda2": lambdas.lambda2,
    "lambda3": lambdas.lambda3,
    "lambda5": lambdas.lambda5,
    "lambda5_plus": lambda c: lambdas.lambda5(c, plus=True),
    "lambda6": lambdas.lambda6,
    "split": lambda c: lambdas.split_coefficient(c, splits.odd_even(len(c))),
    "stratified": lambda c: composites.stratified_alpha(
        c, [np.arange(3), np.arange(3, 6)], np.array([1.0, 2.0])
    ),
}


@pytest.mark.parametrize("name", [name for name in SMOOTH if name.startswith("lambda")])
def test_lambdas_are_their_twins(name):
    x = likert()
    c = np.cov(x, rowvar=False)
    assert SMOOTH[name](c).estimate == pytest.approx(slow.lambdas(x)[name], rel=CLOSED)


@pytest.mark.parametrize("name", SMOOTH)
def test_gradients_are_the_numerical_ones(name):
    c = np.cov(likert(), rowvar=False)
    statistic = SMOOTH[name]
    expected = slow.numerical_gradient(lambda d: statistic(d).estimate, c)
    np.testing.assert_allclose(statistic(c).gradient, expected, atol=SLOPE)
    of_correlations = slow.numerical_gradient(lambda d: statistic(gradients.correlations(d)).estimate, c)
    found = gradients.through_correlations(statistic(gradients.correlations(c)).gradient, c)
    np.testing.assert_allclose(found, of_correlations, atol=SLOPE)


def test_leaving_out_by_the_derivative_is_near_leaving_out():
    x = likert(n=200)
    sample = moments(x)
    found = lambdas.lambda2(sample.covariance)
    without = gradients.leave_one_out(x, sample, found.estimate, found.gradient)
    exact = [lambdas.lambda2(np.cov(np.delete(x, p, axis=0), rowvar=False)).estimate for p in range(200)]
    # what is left is of second order: persons move the estimate by up to .007, and .007^2 times a curvature of a few
    np.testing.assert_allclose(without, exact, atol=3e-4)
    np.testing.assert_allclose(np.std(without), np.std(exact), rtol=0.02)


def test_few_persons_are_left_out_exactly():
    x = likert(n=40)
    sample = moments(x)
    c = sample.covariance
    exact = [np.cov(np.delete(x, p, axis=0), rowvar=False) for p in range(40)]
    np.testing.assert_allclose(gradients.covariances_without_each(x, sample), exact, rtol=1e-9, atol=1e-12)
    found = gradients.without_each(x, sample, 0.0, c, lambda c: lambdas.lambda6(c).estimate)
    np.testing.assert_allclose(found, [lambdas.lambda6(one).estimate for one in exact], rtol=1e-9)


def test_few_persons_with_gaps_are_left_out_nearly():
    x = likert(n=80, share_missing=0.1)
    x = x[~np.isnan(x).all(axis=1)]
    found = gradients.covariances_without_each(x, moments(x))
    exact = [oracles.pairwise_covariance(np.delete(x, p, axis=0)) for p in range(0, len(x), 20)]
    # the means of pairs are not taken anew: second order, (1/80)^2 times a squared deviation of up to 10
    np.testing.assert_allclose(found[::20], exact, atol=3e-3)


def test_leaving_out_is_exact_for_alpha_of_complete_data():
    x = likert()
    sums = complete_alpha.complete_sums(x)
    exact = [oracles.alpha(np.delete(x, p, axis=0)) for p in range(len(x))]
    np.testing.assert_allclose(complete_alpha.alpha_without_each(sums), exact, rtol=CLOSED)
    np.testing.assert_allclose(alpha.alpha_without(x, moments(x)), exact, rtol=CLOSED)
    assert sums.total == pytest.approx(np.cov(x, rowvar=False).sum(), rel=CLOSED)
    assert sums.trace == pytest.approx(np.trace(np.cov(x, rowvar=False)), rel=CLOSED)


def test_chunks_of_complete_sums_do_not_matter(monkeypatch):
    x = likert()
    before = complete_alpha.complete_sums(x)
    monkeypatch.setattr(complete_alpha, "CHUNK", 7)
    after = complete_alpha.complete_sums(x)
    np.testing.assert_array_equal(after.totals, before.totals)
    assert (after.total, after.trace) == (before.total, before.trace)
    assert complete_alpha.complete_sums(likert(share_missing=0.1)) is None


@pytest.mark.parametrize("k", range(2, 11))
def test_all_halves_are_the_loop_over_halves(k):
    x = likert(n=40, k=k)
    c = np.cov(x, rowvar=False)
    blocks = list(splits.halves(c))
    values = np.sort(1 - np.concatenate([block.differences.ravel() for block in blocks]) / c.sum())
    expected = np.sort([slow.rulon(x, t) for t in slow.splits(k)])
    assert len(values) == splits.n_splits(k) == len(expected)
    np.testing.assert_allclose(values, expected, rtol=1e-9, atol=1e-12)
    for worst in (False, True):
        t = splits.extreme_split(k, blocks, worst=worst)
        assert slow.rulon(x, t) == pytest.approx(expected[0 if worst else -1], rel=1e-9)
        found = splits.searched_split(c, equal=True, worst=worst)
        assert slow.rulon(x, found) == pytest.approx(expected[0 if worst else -1], rel=1e-9)
    if k % 2 == 0:
        assert values.mean() == pytest.approx(oracles.alpha(x), rel=CLOSED)  # Cronbach (1951)


def test_all_parts_are_the_loop_over_parts(monkeypatch):
    x = likert(n=40, k=7)
    c = np.cov(x, rowvar=False)
    monkeypatch.setattr(splits, "CELLS", 16)
    values = np.sort(np.concatenate([block.differences.ravel() for block in splits.parts(c)]))
    every = [np.array([1.0 if bits >> i & 1 else -1.0 for i in range(7)]) for bits in range(64)]
    np.testing.assert_allclose(values, np.sort([t @ c @ t for t in every]), rtol=1e-9)
    best = splits.extreme_split(7, splits.parts(c))
    assert best @ c @ best == pytest.approx(values[0], rel=1e-9)
    searched = splits.searched_split(c, equal=False)
    assert searched @ c @ searched == pytest.approx(values[0], rel=1e-9)


def test_stepping_up_halves_is_spearman_brown_and_horst_solves_his_equation():
    assert splits.stepped_up(0.6, 0.5)[0] == pytest.approx(0.75, rel=CLOSED)
    true_reliability, p = 0.8, 0.3
    q = 1 - p
    # parts of parallel items: their reliabilities by Spearman-Brown, their correlation the root of the product
    first = p * true_reliability / (1 + (p - 1) * true_reliability)
    second = q * true_reliability / (1 + (q - 1) * true_reliability)
    value, slope = splits.stepped_up(np.sqrt(first * second), p)
    assert value == pytest.approx(true_reliability, rel=CLOSED)
    r, h = np.sqrt(first * second), 1e-6
    assert slope == pytest.approx(
        (splits.stepped_up(r + h, p)[0] - splits.stepped_up(r - h, p)[0]) / 2 / h, rel=1e-6
    )


def test_correlation_of_halves_is_numpys():
    x = likert(k=5)
    t = splits.odd_even(5)
    c = np.cov(x, rowvar=False)
    r, gradient = splits.half_correlation(c, t)
    assert r == pytest.approx(np.corrcoef(x[:, t > 0].sum(axis=1), x[:, t < 0].sum(axis=1))[0, 1], rel=CLOSED)
    expected = slow.numerical_gradient(lambda d: splits.half_correlation(d, t)[0], c)
    np.testing.assert_allclose(gradient, expected, atol=SLOPE)


def test_bound_of_one_factor_is_its_reliability():
    """Three congeneric items: the greatest lower bound is the reliability of the factor model (Ten Berge, Socan)."""
    loadings = np.array([0.5, 0.6, 0.7])
    c = np.outer(loadings, loadings)
    np.fill_diagonal(c, 1)
    found = greatest_lower_bound.greatest_lower_bound(c)
    assert found.estimate == pytest.approx(loadings.sum() ** 2 / c.sum(), abs=1e-8)
    np.testing.assert_allclose(found.error_variances, 1 - loadings**2, atol=1e-6)


@settings(max_examples=25, deadline=None)
@given(st.integers(2, 8), st.integers(0, 10_000))
def test_bound_is_feasible_with_a_small_gap_and_above_the_lambdas(k, seed):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(k + 5, k)) * rng.uniform(0.1, 10, k) + rng.normal(size=(k + 5, 1))
    c = np.cov(x, rowvar=False)
    found = greatest_lower_bound.greatest_lower_bound(c)
    assert found.gap < 1e-6
    assert (found.error_variances >= 0).all()
    assert np.linalg.eigvalsh(c - np.diag(found.error_variances))[0] > -1e-8 * np.trace(c)
    best = splits.extreme_split(k, splits.parts(c))
    below = [lambdas.lambda2(c), lambdas.lambda3(c), lambdas.lambda6(c), lambdas.split_coefficient(c, best)]
    assert all(found.estimate >= one.estimate - 1e-6 for one in below)


def test_bound_of_singular_matrices():
    x = likert(k=4)
    copied = np.cov(np.column_stack([x, x[:, 0]]), rowvar=False)
    found = greatest_lower_bound.greatest_lower_bound(copied)
    assert found.error_variances[0] == found.error_variances[4] == 0
    assert found.gap < 1e-8
    constant = np.cov(np.column_stack([x, np.ones(len(x))]), rowvar=False)
    alone = greatest_lower_bound.greatest_lower_bound(np.cov(x, rowvar=False))
    assert greatest_lower_bound.greatest_lower_bound(constant).estimate == pytest.approx(
        alone.estimate, abs=1e-8
    )
    contradicting = np.array([[1, 0.9, -0.9], [0.9, 1, 0.9], [-0.9, 0.9, 1.0]])
    found = greatest_lower_bound.greatest_lower_bound(contradicting)
    assert np.isnan(found.estimate)
    assert "contradict" in found.reason


def test_duhachek_is_the_formula_with_vectors_of_ones():
    c = np.cov(likert(), rowvar=False)
    found = alpha.duhachek_interval(c, 60, 0.95)
    half = 1.959963984540054 * slow.duhachek(c, 60)
    estimate = alpha.alpha_from_covariance(c)
    assert (found.lower, found.upper) == pytest.approx((estimate - half, estimate + half), rel=CLOSED)


def test_stratified_alpha_is_its_twin():
    x = likert()
    c = np.cov(x, rowvar=False)
    found = composites.stratified_alpha(c, [np.array([0, 2, 4]), np.array([1, 3, 5])], np.array([1.0, 3.0]))
    assert found.estimate == pytest.approx(
        slow.stratified_alpha(x, [[0, 2, 4], [1, 3, 5]], [1, 3]), rel=CLOSED
    )
    one = composites.stratified_alpha(c, [np.arange(6)], np.ones(1))
    assert one.estimate == pytest.approx(oracles.alpha(x), rel=CLOSED)


def test_composite_reliability_is_that_of_simulated_true_scores():
    rng = np.random.default_rng(4)
    truth = rng.multivariate_normal([0, 0], [[1, 0.5], [0.5, 1]], size=400_000)
    observed = truth + rng.normal(size=truth.shape) * np.array([0.5, 0.8])
    r = np.array([1 / 1.25, 1 / 1.64])
    w = np.array([2.0, 1.0])
    found = composites.composite_reliability(w, np.cov(observed, rowvar=False), r)
    # a correlation from 400,000 persons is known to about .0005
    assert found == pytest.approx(np.corrcoef(truth @ w, observed @ w)[0, 1] ** 2, abs=2e-3)
    assert composites.error_shares(w, np.cov(observed, rowvar=False), r).sum() == pytest.approx(1)


@given(st.floats(0.05, 0.99), st.floats(0.1, 20))
def test_longer_and_back_is_the_same(r, m):
    longer = composites.spearman_brown(r, m)
    assert composites.spearman_brown(longer, 1 / m) == pytest.approx(r, rel=1e-6)
    if longer < 1 - 1e-9:
        assert composites.lengthening(r, longer) == pytest.approx(m, rel=1e-4)


def test_doubling_parallel_items_is_spearman_brown():
    k, r = 6, 0.3
    single, double = (np.full((n, n), r) + (1 - r) * np.eye(n) for n in (k, 2 * k))
    expected = composites.spearman_brown(alpha.alpha_from_covariance(single), 2)
    assert alpha.alpha_from_covariance(double) == pytest.approx(expected, rel=CLOSED)


def test_items_needed_is_the_least_number():
    needed = composites.items_needed(0.8, 10, 0.9)
    assert needed == 23
    assert composites.spearman_brown(0.8, 2.3) >= 0.9 > composites.spearman_brown(0.8, 2.2)
    assert composites.items_needed(0.9, 10, 0.9) == 10
    assert np.isnan(composites.items_needed(-0.1, 10, 0.9))


def test_em_is_the_loop_over_persons():
    x = likert(n=40, k=4, share_missing=0.2)
    x = x[~np.isnan(x).all(axis=1)]
    mu, sigma = slow.em(x, 150)
    found = em_moments(x)
    n = len(x)
    # both stop when a round changes less than 1e-9 standard deviations; what is left is a few times that
    np.testing.assert_allclose(found.means, mu, atol=1e-6)
    np.testing.assert_allclose(found.covariance * (n - 1) / n, sigma, atol=1e-6)


def test_em_of_complete_data_is_the_covariance():
    x = likert()
    np.testing.assert_allclose(em_moments(x).covariance, np.cov(x, rowvar=False), rtol=CLOSED)


def test_em_without_groups_is_em_of_the_rest():
    x = likert(n=90, k=4, share_missing=0.15)
    groups = np.arange(90) % 3
    for group, found in enumerate(em_without_groups(x, groups)):
        expected = em_moments(x[groups != group])
        assert found.n_persons == expected.n_persons
        np.testing.assert_allclose(found.covariance, expected.covariance, atol=1e-6)


def test_em_does_not_depend_on_chunks(monkeypatch):
    x = likert(n=60, k=4, share_missing=0.2)
    before = em_moments(x).covariance
    monkeypatch.setattr("psychometrics.kernels.em_covariance.CHUNK_CELLS", 16)
    np.testing.assert_allclose(em_moments(x).covariance, before, atol=1e-8)


@pytest.mark.parametrize(
    ("x", "words"),
    [
        ([[1.0, 2.0]], "2 persons"),
        ([[1, np.nan], [2, np.nan], [np.nan, 1], [np.nan, 3]], "together"),
        ([[1, 2], [1, 3], [1, np.nan]], "does not vary"),
        ([[1, 1], [2, 2], [3, 3], [np.nan, 5]], "singular"),
    ],
)
def test_em_says_why_not(x, words):
    found = em_moments(np.array(x, float))
    assert words in found.reason
    assert np.isnan(found.covariance).all()


def test_bootstrap_samples_are_samples():
    x = likert(n=30, k=4)
    sums = complete_alpha.complete_sums(x)
    found = resampling.complete_alphas(x, sums, 50, seed=3)
    (counts,) = resampling.resampled_counts(30, 50, 3)
    expected = [oracles.alpha(np.repeat(x, row.astype(int), axis=0)) for row in counts]
    np.testing.assert_allclose(found, expected, rtol=1e-9)
    general = np.concatenate([resampling.raw_alphas(c) for c in resampling.resampled_covariances(x, 50, 3)])
    np.testing.assert_allclose(general, expected, rtol=1e-9)


def test_bootstrap_with_gaps_is_pairwise_and_chunks_do_not_matter(monkeypatch):
    x = likert(n=40, k=3, share_missing=0.2)
    x = x[~np.isnan(x).all(axis=1)]
    before = np.concatenate(list(resampling.resampled_covariances(x, 20, 5)))
    (counts,) = resampling.resampled_counts(len(x), 20, 5)
    for found, row in zip(before, counts, strict=True):
        expected = oracles.pairwise_covariance(np.repeat(x, row.astype(int), axis=0))
        np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12)
    r = [gradients.correlations(c) for c in before]
    expected = [alpha.alpha_from_covariance(one) for one in r]
    np.testing.assert_allclose(resampling.standardized_alphas(before), expected, rtol=1e-9)
    monkeypatch.setattr(resampling, "CELLS", 50)
    after = np.concatenate(list(resampling.resampled_covariances(x, 20, 5)))
    np.testing.assert_allclose(after, before, rtol=1e-9, atol=1e-12)


def test_codes_give_the_sums_of_their_points(monkeypatch):
    x = likert(n=50, k=5)
    first, step = np.array([1.0, 5, 1, 1, 5]), np.array([1.0, -1, 1, 1, -1])
    codes = (x - 1).astype(np.uint8).T
    points = first + step * codes.T
    expected = complete_alpha.complete_sums(points)
    monkeypatch.setattr(complete_alpha, "CODES_CHUNK", 7)
    found = complete_alpha.complete_sums_of_codes(codes, first, step)
    assert (found.total, found.trace) == pytest.approx((expected.total, expected.trace), rel=CLOSED)
    np.testing.assert_allclose(found.totals, expected.totals, atol=1e-12)
    np.testing.assert_allclose(found.squares, expected.squares, rtol=1e-9)
