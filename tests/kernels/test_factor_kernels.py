"""Factor models: derivatives, fits, leaving one out, rotations, Schmid-Leiman, indices; against slow twins."""

import numpy as np
import oracles_factors as oracles
import pytest
from scipy.stats import ncx2

from psychometrics.kernels.consistency import omega, structured_omega
from psychometrics.kernels.covariance import moments
from psychometrics.kernels.factors import model
from psychometrics.kernels.factors.confirmatory import FLOOR, fit, pack, refit
from psychometrics.kernels.factors.exploratory import extract
from psychometrics.kernels.factors.goodness import goodness
from psychometrics.kernels.factors.indices import indices, uncontaminated_correlations
from psychometrics.kernels.factors.rotation import oblimin, promax, rotate, varimax
from psychometrics.kernels.factors.schmid_leiman import schmid_leiman

CLOSED = 1e-10  # a closed formula: only round-off may differ
GROUPS = np.repeat(np.arange(3), 4)[:, None] == np.arange(3)
BIFACTOR = np.column_stack([np.ones(12, bool), GROUPS])
ESTIMATIONS = ["ml", "minres"]


def one_dimension(n=80, k=6, share_missing=0.0, seed=1):
    rng = np.random.default_rng(seed)
    x = np.clip(np.rint(3 + rng.normal(size=(n, 1)) + rng.normal(size=(n, k))), 1, 5)
    x[rng.random(x.shape) < share_missing] = np.nan
    return x


def three_groups(n=400, seed=1):
    rng = np.random.default_rng(seed)
    general, own = rng.normal(size=(n, 1)), rng.normal(size=(n, 3)) @ GROUPS.T
    return 0.8 * general + 0.7 * own + rng.normal(size=(n, 12))


def parameters(seed=2):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(12, 4)) * 0.4 * BIFACTOR, rng.uniform(0.3, 0.8, 12)


@pytest.mark.parametrize("estimation", ESTIMATIONS)
def test_discrepancy_is_the_dense_one(estimation):
    S = np.cov(three_groups(), rowvar=False)
    L, psi = parameters()
    assert model.discrepancy(S, L, psi, estimation) == pytest.approx(
        oracles.discrepancy(S, L, psi, estimation), rel=CLOSED
    )
    np.testing.assert_allclose(
        model.inverse(L, psi), np.linalg.inv(model.implied(L, psi)), rtol=1e-9, atol=1e-12
    )


@pytest.mark.parametrize("estimation", ESTIMATIONS)
def test_slope_and_curvature_are_the_numerical_ones(estimation):
    S = np.cov(three_groups(), rowvar=False)
    L, psi = parameters()
    free = int(BIFACTOR.sum())

    def unpacked(theta):
        full = np.zeros(L.shape)
        full[BIFACTOR] = theta[:free]
        return full, theta[free:]

    theta, step = pack(L, psi, BIFACTOR), 1e-5
    moves = step * np.eye(len(theta))
    value = [oracles.discrepancy(S, *unpacked(theta + m), estimation) for m in moves]
    value_back = [oracles.discrepancy(S, *unpacked(theta - m), estimation) for m in moves]
    slope = pack(*model.slope(S, L, psi, estimation), BIFACTOR)
    # central differences: step^2 = 1e-10 of truncation, 1e-14/1e-5 of round-off, times values of 10 to 100
    np.testing.assert_allclose((np.array(value) - value_back) / (2 * step), slope, atol=1e-6)
    ahead = np.array([pack(*model.slope(S, *unpacked(theta + m), estimation), BIFACTOR) for m in moves])
    back = np.array([pack(*model.slope(S, *unpacked(theta - m), estimation), BIFACTOR) for m in moves])
    found = model.curvature(S, L, psi, BIFACTOR, estimation)
    np.testing.assert_allclose((ahead - back) / (2 * step), found, atol=1e-6)


def test_curvature_of_a_stack_is_that_of_each():
    S = np.stack([np.cov(three_groups(seed=seed), rowvar=False) for seed in range(3)])
    L, psi = (np.stack(part) for part in zip(*(parameters(seed) for seed in range(3)), strict=True))
    found = model.curvature(S, L, psi, BIFACTOR, "ml")
    for one in range(3):
        alone = model.curvature(S[one], L[one], psi[one], BIFACTOR, "ml")
        np.testing.assert_allclose(found[one], alone, rtol=CLOSED, atol=1e-12)


def test_expected_curvature_is_the_curvature_at_a_perfect_fit():
    L, psi = parameters()
    sigma = model.implied(L, psi)
    np.testing.assert_allclose(
        model.curvature(sigma, L, psi, BIFACTOR, "ml"),
        model.curvature(np.eye(12), L, psi, BIFACTOR, "ml", expected=True),
        atol=1e-10,
    )


def test_one_factor_fit_is_the_blind_search():
    for seed in range(3):
        x = one_dimension(seed=seed)
        sample = moments(x)
        found = omega.omega_of(sample, omega.fit_one_factor(sample, "ml"), "model")
        # BFGS without derivatives stops at a gradient of about 1e-6
        assert found == pytest.approx(oracles.one_factor_omega(sample.covariance), abs=1e-6)


@pytest.mark.parametrize("estimation", ESTIMATIONS)
def test_a_perfect_model_is_found_again(estimation):
    L = np.linspace(0.4, 0.9, 6)[:, None]
    R = model.implied(L, 1 - L[:, 0] ** 2)
    found = fit(R, np.ones((6, 1), bool), estimation)
    np.testing.assert_allclose(found.loadings, L, atol=1e-8)
    assert found.converged
    assert not len(found.heywood)


def test_a_perfect_bifactor_model_is_found_again():
    L = np.column_stack([np.linspace(0.4, 0.7, 12), GROUPS * np.linspace(0.6, 0.3, 12)[:, None]])
    R = model.implied(L, 1 - (L**2).sum(axis=1))
    found = fit(R, BIFACTOR)
    np.testing.assert_allclose(found.loadings, L, atol=1e-6)
    assert goodness(R, found, 500).chi_square == pytest.approx(0, abs=1e-6)


def test_a_heywood_case_stays_at_its_floor():
    x = one_dimension()
    x[:, 0] = x[:, 1] + np.random.default_rng(0).normal(scale=0.01, size=len(x))
    found = omega.fit_one_factor(moments(x), "ml")
    assert set(found.heywood) == {0, 1}
    assert found.uniquenesses.min() == FLOOR


@pytest.mark.parametrize("estimation", ESTIMATIONS)
@pytest.mark.parametrize("total_variance", ["model", "observed"])
def test_leaving_out_is_fitting_again(estimation, total_variance):
    x = one_dimension()

    def again(rest):
        sample = moments(rest)
        return omega.omega_of(sample, omega.fit_one_factor(sample, estimation), total_variance)

    sample = moments(x)
    found = omega.omega_without_each(x, sample, omega.fit_one_factor(sample, estimation), total_variance)
    # both are iterated until steps of 1e-8; the values themselves move by 1e-3 to 1e-2
    np.testing.assert_allclose(found, oracles.leave_one_out(x, again), atol=1e-7)


def test_leaving_out_with_values_missing_is_fitting_again_nearly():
    x = one_dimension(n=150, share_missing=0.1)

    def again(rest):
        sample = moments(rest)
        return omega.omega_of(sample, omega.fit_one_factor(sample, "ml"), "model")

    sample = moments(x)
    found = omega.omega_without_each(x, sample, omega.fit_one_factor(sample, "ml"), "model")
    exact = oracles.leave_one_out(x, again)
    # the means of pairs are not those of items: a term of order 1/n of the change
    assert np.abs(found - exact).max() < 0.05 * np.abs(exact - exact.mean()).max()


def test_leaving_out_of_a_bifactor_model_is_fitting_again():
    x = three_groups(n=300)
    sample = moments(x)
    R, sd = omega.correlations(sample)
    fitted = fit(R, BIFACTOR)
    found = structured_omega.bifactor_without_each(x, sample, fitted, GROUPS)
    for person in range(4):
        rest = moments(np.delete(x, person, axis=0))
        again, sd = omega.correlations(rest)
        alone = fit(again, BIFACTOR)
        exact = structured_omega.bifactor_indices(
            alone.loadings * sd[:, None], alone.uniquenesses * sd**2, GROUPS
        )
        np.testing.assert_allclose(found[person], exact.stacked(), atol=1e-6)


def test_chunks_of_persons_do_not_matter(monkeypatch):
    x = one_dimension(share_missing=0.1)
    sample = moments(x)
    fitted = omega.fit_one_factor(sample, "ml")
    before = omega.omega_without_each(x, sample, fitted, "model")
    monkeypatch.setattr("psychometrics.kernels.factors.left_out.PERSONS_AT_ONCE", 7)
    np.testing.assert_allclose(omega.omega_without_each(x, sample, fitted, "model"), before, atol=1e-7)


def test_refitting_a_stack_is_fitting_each():
    samples = [moments(one_dimension(seed=seed)) for seed in range(5)]
    fitted = omega.fit_one_factor(samples[0], "ml")
    R = np.stack([omega.correlations(one)[0] for one in samples])
    L, psi, settled = refit(R, fitted)
    assert settled.all()
    for one, found, unique in zip(R, L, psi, strict=True):
        alone = fit(one, np.ones((6, 1), bool))
        np.testing.assert_allclose(found, alone.loadings, atol=1e-6)
        np.testing.assert_allclose(unique, alone.uniquenesses, atol=1e-6)


def test_bootstrap_omegas_are_omegas_of_the_resamples():
    x = one_dimension()
    sample = moments(x)
    fitted = omega.fit_one_factor(sample, "ml")
    found = omega.bootstrap_omegas(x, sample, fitted, "model", 5, seed=3)
    rng = np.random.default_rng(3)
    for value in found:
        drawn = moments(x[rng.integers(0, len(x), len(x))])
        assert value == pytest.approx(
            omega.omega_of(drawn, omega.fit_one_factor(drawn, "ml"), "model"), abs=1e-6
        )


@pytest.mark.parametrize("estimation", ESTIMATIONS)
def test_exploratory_factors_of_a_perfect_model(estimation):
    rng = np.random.default_rng(5)
    L = rng.uniform(0.3, 0.6, size=(10, 2)) * np.array([1, -1])
    L[:5, 1] *= -1
    R = model.implied(L, 1 - (L**2).sum(axis=1))
    found = extract(R, 2, estimation)
    np.testing.assert_allclose(found.loadings @ found.loadings.T, L @ L.T, atol=1e-5)
    assert found.discrepancy == pytest.approx(0, abs=1e-9)
    assert found.converged


def test_one_exploratory_factor_is_the_confirmatory_one():
    R = omega.correlations(moments(one_dimension()))[0]
    for estimation in ESTIMATIONS:
        found = extract(R, 1, estimation)
        np.testing.assert_allclose(
            found.loadings, fit(R, np.ones((6, 1), bool), estimation).loadings, atol=1e-5
        )


def test_rotations_keep_the_common_part_and_find_simple_structure():
    rng = np.random.default_rng(7)
    pattern = GROUPS * rng.uniform(0.5, 0.8, size=(12, 1))
    phi = np.full((3, 3), 0.3) + 0.7 * np.eye(3)
    values, vectors = np.linalg.eigh(pattern @ phi @ pattern.T)
    A = vectors[:, -3:] * np.sqrt(values[-3:])
    for found in (oblimin(A), promax(A)):
        common = found.loadings @ found.correlations @ found.loadings.T
        np.testing.assert_allclose(common, A @ A.T, atol=1e-8)
        np.testing.assert_allclose(np.diagonal(found.correlations), 1, rtol=CLOSED)
    turned = rotate(A)
    np.testing.assert_allclose(np.sort(turned.loadings.max(axis=1)), np.sort(pattern.max(axis=1)), atol=1e-6)
    np.testing.assert_allclose(turned.correlations, phi, atol=1e-6)
    assert turned.criterion == pytest.approx(oracles.quartimin(turned.loadings), abs=1e-12)
    near = rotate(A, near=turned.loadings)
    np.testing.assert_allclose(near.loadings, turned.loadings, atol=1e-6)
    orthogonal = varimax(A)
    np.testing.assert_allclose(orthogonal @ orthogonal.T, A @ A.T, atol=1e-10)


def test_schmid_leiman_of_a_second_order_model():
    """g = P gamma, f = p sqrt(1 - gamma^2); loadings of the factors on the general one are found again."""
    gamma = np.array([0.8, 0.7, 0.6])
    pattern = GROUPS * np.linspace(0.8, 0.5, 12)[:, None]
    phi = np.outer(gamma, gamma) + np.diag(1 - gamma**2)
    R = pattern @ phi @ pattern.T
    np.fill_diagonal(R, 1.0)
    found = schmid_leiman(R, 3)
    np.testing.assert_allclose(found.general, pattern @ gamma, atol=1e-5)
    expected = (pattern * np.sqrt(1 - gamma**2)).sum(axis=1)
    np.testing.assert_allclose(found.groups.max(axis=1), expected, atol=1e-5)
    assert found.converged
    assert not found.heywood_factors


def test_indices_are_their_loops():
    rng = np.random.default_rng(3)
    general, groups = rng.uniform(0.3, 0.6, 12), GROUPS * rng.uniform(0.2, 0.5, (12, 1))
    L = np.column_stack([general, groups])
    psi = 1 - (L**2).sum(axis=1)
    expected = oracles.bifactor(general, groups, psi)
    found = structured_omega.bifactor_indices(L, psi, GROUPS)
    assert found.omega_total == pytest.approx(expected["omega_total"], rel=CLOSED)
    assert found.omega_hierarchical == pytest.approx(expected["omega_hierarchical"], rel=CLOSED)
    assert found.omega_limit == pytest.approx(
        expected["omega_hierarchical"] / expected["omega_total"], rel=CLOSED
    )
    assert found.explained_common_variance == pytest.approx(expected["ecv"], rel=CLOSED)
    assert found.coefficient_h == pytest.approx(expected["h"], rel=CLOSED)
    assert uncontaminated_correlations(GROUPS) == pytest.approx(expected["puc"], rel=CLOSED)
    for group in range(3):
        own = GROUPS[:, group]
        part = oracles.bifactor(general[own], groups[own][:, [group]], psi[own])
        assert found.omega_subscale[group] == pytest.approx(part["omega_total"], rel=CLOSED)


def test_indices_of_stacks_are_those_of_each():
    rng = np.random.default_rng(3)
    L = rng.uniform(0.2, 0.5, size=(4, 12, 4)) * BIFACTOR
    sd = rng.uniform(1, 2, size=(4, 12))
    totals = rng.uniform(50, 90, size=(4, 4))
    found = indices(L, sd, GROUPS, totals).stacked()
    for one in range(4):
        alone = indices(L[one], sd[one], GROUPS, totals[one]).stacked()
        np.testing.assert_allclose(found[one], alone, rtol=CLOSED)


def test_bounds_of_rmsea_are_noncentral_chi_squares():
    x = three_groups()
    R = omega.correlations(moments(x))[0]
    found = goodness(R, fit(R, np.ones((12, 1), bool)), len(x), 0.9)
    for bound, share in ((found.rmsea_lower, 0.95), (found.rmsea_upper, 0.05)):
        shift = bound**2 * len(x) * found.df
        assert ncx2.cdf(found.chi_square, found.df, shift) == pytest.approx(share, abs=1e-6)


def test_no_chi_square_where_it_has_no_meaning():
    R = omega.correlations(moments(one_dimension()))[0]
    assert "minres" in goodness(R, fit(R, np.ones((6, 1), bool), "minres"), 80).reason
    few = omega.correlations(moments(one_dimension(n=5)))[0]
    found = goodness(few, fit(few, np.ones((6, 1), bool)), 5)
    assert np.isnan(found.chi_square) and found.reason and found.srmr >= 0
    three = omega.correlations(moments(one_dimension(k=3)))[0]
    assert "degrees of freedom" in goodness(three, fit(three, np.ones((3, 1), bool)), 80).reason
