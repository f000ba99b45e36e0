"""Kernels of continuous norms: against slow twins, differences, and their own promises."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles_continuous import slow_shares, slow_surface, slow_window_rank
from scipy.special import ndtri

from psychometrics.kernels.continuous.bernstein import bernstein, elevation, value_and_slope
from psychometrics.kernels.continuous.checks import folds_of, rises_everywhere
from psychometrics.kernels.continuous.families import FAMILIES
from psychometrics.kernels.continuous.fitting import METHODS, Choices, fit
from psychometrics.kernels.continuous.lattice import Lattice, lattice_of, linked
from psychometrics.kernels.continuous.likelihood import maximise, sandwich
from psychometrics.kernels.continuous.model import masses
from psychometrics.kernels.continuous.powers import fit_powers
from psychometrics.kernels.continuous.ranking import rank
from psychometrics.kernels.continuous.sample import coarser, sample_of
from psychometrics.kernels.continuous.standing import mean_and_sd, standing
from psychometrics.kernels.continuous.taylor import LEAST_RISE, fit_surface, moments_of
from psychometrics.kernels.continuous.taylor_search import fit_taylor

TWENTY = Lattice(least=0, most=20, step=1, discrete=True)
VALUES = {
    "normal": [9.0, np.log(4.0)],
    "beta_binomial": [-0.3, 2.0],
    "shash": [9.0, np.log(4.0), 0.3, -0.2],
    "box_cox_t": [np.log(10.0), np.log(0.4), 0.6, np.log(9.0)],
}


def people(n: int = 400, seed: int = 3) -> tuple[np.ndarray, np.ndarray]:
    """Simulated: right answers of 20, which grow with age."""
    rng = np.random.default_rng(seed)
    age = rng.choice(np.arange(6.0, 12.0), n)
    share = 1 / (1 + np.exp(-(0.4 * (age - 9) + rng.normal(0, 0.8, n))))
    return rng.binomial(20, share).astype(float), age


def sampled(scores: np.ndarray, age: np.ndarray):
    return sample_of(scores.astype(int), age, np.ones(len(age)), (age.min(), age.max()))


def test_elevated_polynomials_are_the_same_polynomials() -> None:
    u = np.linspace(0, 1, 21)
    assert bernstein(u, 6) @ elevation(3, 6) == pytest.approx(bernstein(u, 3), abs=1e-14)
    c = np.array([[1.0, 3.0, 2.0, 5.0]])
    value, slope = value_and_slope(np.repeat(c, 21, axis=0), u)
    assert value == pytest.approx(bernstein(u, 3) @ c[0], abs=1e-14)
    nudged = value_and_slope(np.repeat(c, 21, axis=0), u + 1e-6)[0]
    assert slope == pytest.approx((nudged - value) / 1e-6, abs=1e-4)


def test_ranks_in_windows_are_counted_ranks() -> None:
    rng = np.random.default_rng(1)
    age = rng.uniform(6, 9, 80)
    scores = rng.integers(0, 9, 80).astype(float)
    sample = sampled(scores, age)
    ranked = rank(sample, 21, width=0.8)
    ages = np.unique(age)
    for i in range(0, 80, 7):
        share, mean_age = slow_window_rank(scores, age, 0.8, i)
        row = int(np.searchsorted(ages, age[i]))
        assert ranked.share[row, int(scores[i])] == pytest.approx(share, abs=1e-12)
        assert ranked.age[row] == pytest.approx(mean_age, abs=1e-12)


def test_equal_weights_change_no_rank_and_weights_count_as_persons() -> None:
    scores, age = people(200)
    one = rank(sampled(scores, age), 21)
    three = rank(sample_of(scores.astype(int), age, np.full(200, 3.0), (6.0, 11.0)), 21)
    assert three.share == pytest.approx(one.share, abs=1e-12)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 4), st.integers(0, 3))
def test_constrained_surface_is_that_of_a_general_solver(seed: int, k: int, t: int) -> None:
    rng = np.random.default_rng(seed)
    z, age = rng.normal(size=60), rng.uniform(0, 1, 60)
    raw = rng.normal(size=60) + z * rng.uniform(-1, 1)  # may fall with z, so that the constraint binds
    ranges = {"z_range": (-4.0, 4.0), "age_range": (0.0, 1.0)}
    moments = moments_of(raw, z, age, np.ones(60), powers=(5, 4), **ranges)
    found = fit_surface(moments, k, t).surface
    slow = slow_surface(raw, z, age, k, t, (-4, 4), (0, 1), LEAST_RISE * np.ptp(raw) / k)
    fitted, slope = found.raw(z, age)
    u, v = (z + 4) / 8, age
    expected = np.einsum("ni,ij,nj->n", bernstein(u, k), slow, bernstein(v, t))
    assert fitted == pytest.approx(expected, abs=2e-5)
    assert (slope > 0).all()
    assert (np.diff(found.coefficients, axis=0) > 0).all()


def test_a_surface_is_inverted_exactly_and_is_its_power_polynomial() -> None:
    scores, age = people()
    surface = fit_taylor(sampled(scores, age), TWENTY, links=("identity",)).model.surface
    ages = np.linspace(6, 11, 7)
    z = surface.z(TWENTY.scores, ages)
    back = surface.raw(z.reshape(-1), np.repeat(ages, 21))[0].reshape(7, 21)
    assert back == pytest.approx(np.tile(TWENTY.scores, (7, 1)), abs=1e-9)
    b = surface.power_coefficients()
    at = np.array([-1.3, 0.4, 2.0])
    powers = np.einsum(
        "ni,ij,nj->n",
        np.vander(at, len(b), increasing=True),
        b,
        np.vander(ages[:3], b.shape[1], increasing=True),
    )
    assert surface.raw(at, ages[:3])[0] == pytest.approx(powers, rel=1e-8)


def test_without_binding_constraints_it_is_plain_least_squares() -> None:
    scores, age = people(2000)
    sample = sampled(scores, age)
    found = fit_taylor(sample, TWENTY, links=("identity",), powers=(1, 2))
    ranked = rank(sample, 21)
    row, column = np.nonzero(ranked.weights)
    terms = [(i, j) for i in range(2) for j in range(3)]
    plain = fit_powers(
        column.astype(float), ranked.z[row, column], ranked.age[row], terms, ranked.weights[row, column]
    )
    assert found.chosen.n_parameters == 6
    assert found.r_squared == pytest.approx(plain.r_squared, abs=1e-9)


@pytest.mark.parametrize("name", sorted(FAMILIES))
def test_families_are_their_textbook_distributions(name: str) -> None:
    family = FAMILIES[name](lattice=TWENTY)
    eta = np.array(VALUES[name])[:, None]
    shares, _ = family.shares(eta)
    assert shares[0] == pytest.approx(slow_shares(name, VALUES[name], TWENTY), abs=1e-10)
    log_mass, _ = family.log_mass(np.repeat(eta, 21, axis=1), np.arange(21))
    assert np.exp(log_mass) == pytest.approx(masses(shares)[0], abs=1e-12)


@pytest.mark.parametrize("name", sorted(FAMILIES))
def test_slopes_of_families_are_their_differences(name: str) -> None:
    family = FAMILIES[name](lattice=TWENTY)
    eta = np.repeat(np.array(VALUES[name])[:, None], 21, axis=1)
    _, slopes = family.log_mass(eta, np.arange(21))
    _, share_slopes = family.shares(eta[:, :1])
    for k in range(len(eta)):
        up, down = eta.copy(), eta.copy()
        up[k] += 1e-5
        down[k] -= 1e-5
        numeric = (family.log_mass(up, np.arange(21))[0] - family.log_mass(down, np.arange(21))[0]) / 2e-5
        assert slopes[k] == pytest.approx(numeric, abs=2e-5)
        numeric = (family.shares(up[:, :1])[0] - family.shares(down[:, :1])[0]) / 2e-5
        assert share_slopes[k] == pytest.approx(numeric, abs=1e-6)


def test_the_search_ends_where_the_likelihood_is_flat_and_knows_its_errors() -> None:
    scores, age = people(600)
    sample = sampled(scores, age)
    family = FAMILIES["beta_binomial"](lattice=TWENTY)
    found = maximise(family, sample, (1, 0))
    assert found.converged
    for k in range(3):
        for step in (-1e-3, 1e-3):
            begin = found.coefficients.copy()
            begin[k] += step
            eta = begin[0] + begin[1] * (2 * sample.age - 17) / 5, np.full(len(sample.age), begin[2])
            value = family.log_mass(np.stack(eta), sample.at)[0] @ sample.weights
            assert value <= found.log_likelihood + 1e-9
    robust = np.sqrt(np.diag(sandwich(family, sample, found)))
    plain = np.sqrt(np.diag(np.linalg.inv(found.information)))
    assert robust == pytest.approx(plain, rel=0.25)


@pytest.mark.parametrize("method", METHODS)
def test_errors_from_the_formula_are_those_of_drawing_samples_anew(method: str) -> None:
    ages = np.array([7.0, 9.5])
    drawn = [people(300, seed) for seed in range(60)]
    powers = {
        "taylor": (2, 1),
        "beta_binomial": (1, 0),
        "normal": (1, 0),
        "shash": (1, 0, 0, -1),
        "box_cox_t": (1, 0, 0, -1),
    }
    choices = Choices(powers=powers[method], links=("logit",))
    level = 0.6826894921370859
    z, errors = [], []
    for scores, age in drawn:
        found = standing(fit(method, sampled(scores, age), TWENTY, choices).model, ages, confidence=level)
        z.append(found.z[:, 5:16])
        errors.append((ndtri(found.upper) - ndtri(found.lower))[:, 5:16] / 2)
    ratio = np.mean(errors, axis=0) / np.std(z, axis=0, ddof=1)
    assert np.median(ratio) == pytest.approx(1, abs=0.15)


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from(METHODS), st.integers(60, 300))
def test_every_fitted_model_rises_at_every_age(seed: int, method: str, n: int) -> None:
    scores, age = people(n, seed)
    model = fit(method, sampled(scores, age), TWENTY, Choices()).model
    assert rises_everywhere(model)
    found = standing(model, np.linspace(6, 11, 33))
    for one in (found.share, found.lower, found.upper, found.z):
        assert (np.diff(one, axis=1) >= 0).all()
    assert (found.lower <= found.share).all()
    assert (found.share <= found.upper).all()


def test_mean_and_sd_follow_from_the_distribution() -> None:
    scores, age = people(3000)
    mean, sd = mean_and_sd(
        fit("beta_binomial", sampled(scores, age), TWENTY, Choices()).model, np.array([8.0])
    )
    assert mean[0] == pytest.approx(scores[age == 8].mean(), abs=0.5)
    assert sd[0] == pytest.approx(scores[age == 8].std(), abs=0.5)


@pytest.mark.parametrize(
    ("scores", "step", "discrete"),
    [
        ([0, 3, 7], 1.0, True),
        ([1.0, 1.5, 4.0], 0.5, True),
        ([1.2, 1.4, 9.0], 0.2, True),
        (list(range(5, 45, 2)), 2.0, True),
        ([5, 9, 13], 1.0, True),
        ([0.1234, np.pi, 5.0], None, False),
    ],
)
def test_lattices_are_found(scores: list[float], step: float | None, discrete: bool) -> None:
    found = lattice_of(np.array(scores))
    assert found.discrete is discrete
    assert step is None or found.step == step
    assert found.scores[-1] == pytest.approx(max(scores))


def test_the_logit_link_is_finite_at_both_ends() -> None:
    assert np.isfinite(linked(TWENTY.scores, TWENTY, "logit")).all()


def test_rounded_ages_keep_everybody() -> None:
    rng = np.random.default_rng(1)
    sample = sample_of(rng.integers(0, 21, 5000), rng.uniform(6, 12, 5000), np.ones(5000), (6.0, 12.0))
    near = coarser(sample, 33)
    assert len(np.unique(near.age)) == 33
    assert near.weights.sum() == pytest.approx(5000)
    assert near.n == sample.n


def test_folds_are_equal_and_repeatable() -> None:
    assert np.bincount(folds_of(103, 5, 1)).tolist() == [21, 21, 21, 20, 20]
    assert (folds_of(103, 5, 1) == folds_of(103, 5, 1)).all()
