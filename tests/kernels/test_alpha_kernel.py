"""Alpha, its error and its intervals: against psych, slow twins, and degenerate input."""

import numpy as np
import oracles
import pandas as pd
import pytest
from scipy.stats import t as student

from psychometrics.kernels.consistency import alpha as kernel
from psychometrics.kernels.covariance import moments

CLOSED = 1e-10  # a closed formula: only round-off may differ


def likert(n=60, k=5, share_missing=0.0, seed=1):
    rng = np.random.default_rng(seed)
    x = np.clip(np.rint(3 + rng.normal(size=(n, 1)) + rng.normal(size=(n, k))), 1, 5)
    x[rng.random(x.shape) < share_missing] = np.nan
    return x


@pytest.mark.parametrize("share", [0.0, 0.2])
def test_moments_are_pandas_and_the_loop(share):
    x = likert(share_missing=share)
    found = moments(x)
    np.testing.assert_allclose(found.covariance, pd.DataFrame(x).cov().to_numpy(), rtol=CLOSED)
    np.testing.assert_allclose(found.covariance, oracles.pairwise_covariance(x), rtol=CLOSED)
    np.testing.assert_allclose(found.means, np.nanmean(x, axis=0), rtol=CLOSED)


def test_listwise_leaves_out_persons():
    x = likert(share_missing=0.1)
    whole = x[~np.isnan(x).any(axis=1)]
    found = moments(x, "listwise")
    assert found.n_persons == len(whole)
    np.testing.assert_allclose(found.covariance, np.cov(whole, rowvar=False), rtol=CLOSED)


def test_chunks_do_not_matter(monkeypatch):
    x = likert(share_missing=0.1)
    before = moments(x).covariance
    monkeypatch.setattr("psychometrics.kernels.covariance.CHUNK", 7)
    np.testing.assert_array_equal(moments(x).covariance, before)  # whole numbers: sums are exact


@pytest.mark.parametrize(("entry", "k"), [("alpha.sim5f_first10", 10), ("alpha.sim5f_all50", 50)])
def test_alpha_and_feldt_are_those_of_psych(entry, k):
    x = oracles.data("sim_5f_likert_5000x50.csv.gz")[:, :k]
    expected = oracles.reference("alpha_psych.json")[entry]["result"]
    found = kernel.alpha_from_covariance(moments(x).covariance)
    assert found == pytest.approx(expected["total"]["raw_alpha"], rel=CLOSED)
    bounds = kernel.feldt_interval(found, len(x), k, 0.95)
    # R's qf and SciPy's fdtri agree to about 1e-12
    assert bounds.lower == pytest.approx(expected["feldt"]["lower.ci.raw_alpha"], rel=CLOSED)
    assert bounds.upper == pytest.approx(expected["feldt"]["upper.ci.raw_alpha"], rel=CLOSED)


def test_alpha_is_its_textbook_twin():
    x = likert()
    assert kernel.alpha_from_covariance(moments(x).covariance) == pytest.approx(oracles.alpha(x), rel=CLOSED)


def test_standard_error_is_the_numerical_influence():
    """Each person's influence as the derivative of alpha by the person's weight, persons weighted."""
    x, step = likert(), 1e-5
    n = len(x)

    def weighted(weights):
        return kernel.alpha_from_covariance(np.cov(x, rowvar=False, aweights=weights, ddof=0))

    influence = []
    for person in range(n):
        up, down = np.ones(n), np.ones(n)
        up[person], down[person] = 1 + step, 1 - step
        influence.append(n * (weighted(up) - weighted(down)) / (2 * step))
    # the kernel's W rests on covariances with divisor n - 1, the derivative on divisor n
    expected = (n - 1) / n * np.std(influence, ddof=1) / np.sqrt(n)
    # central differences at step 1e-5: about 1e-10 from truncation, 1e-11/1e-5 from round-off
    assert kernel.alpha_standard_error(x, moments(x)) == pytest.approx(expected, rel=1e-6)


def test_adf_interval_is_leaving_each_person_out():
    x = likert()
    n = len(x)
    logs = np.array([np.log(1 - oracles.alpha(np.delete(x, person, axis=0))) for person in range(n)])
    spread = logs - logs.mean()
    kurtosis = np.mean(spread**4) / np.mean(spread**2) ** 2
    half = student.ppf(0.975, min(2 * n / (kurtosis - 1), n - 1)) * np.sqrt((n - 1) * np.mean(spread**2))
    level = np.log(1 - oracles.alpha(x))
    without = kernel.alpha_without(x, moments(x))
    found = kernel.without_bounds(kernel.alpha_from_covariance(moments(x).covariance), without, 0.95)
    assert found.lower == pytest.approx(1 - np.exp(level + half), rel=CLOSED)
    assert found.upper == pytest.approx(1 - np.exp(level - half), rel=CLOSED)


def test_standard_error_with_values_missing_is_the_simulated_one():
    estimates, errors = [], []
    for seed in range(400):
        x = likert(n=200, share_missing=0.2, seed=seed)
        found = moments(x)
        estimates.append(kernel.alpha_from_covariance(found.covariance))
        errors.append(kernel.alpha_standard_error(x, found))
    # an SD from 400 samples is known to 1/sqrt(800) = 3.5%; 12% is more than three of those
    assert np.mean(errors) == pytest.approx(np.std(estimates), rel=0.12)


def test_bonett_is_its_formula():
    found = kernel.bonett_interval(0.8, 100, 8, 0.95)
    half = 1.959963984540054 * np.sqrt(2 * 8 / (7 * 98))
    assert (found.lower, found.upper) == pytest.approx(
        (1 - 0.2 * np.exp(half), 1 - 0.2 * np.exp(-half)), rel=CLOSED
    )
