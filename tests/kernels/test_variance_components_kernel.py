"""REML of any number of components: against dense matrices, numerical derivatives and analysis of variance."""

import numpy as np
import oracles_components as slow
import pytest
from scipy.optimize import minimize

from psychometrics.errors import EstimationError
from psychometrics.kernels.components import absorption
from psychometrics.kernels.components.absorption import Absorption
from psychometrics.kernels.components.identification import dependent_groupings, gram_of_groupings, minque
from psychometrics.kernels.components.restricted_likelihood import evaluate
from psychometrics.kernels.components.surrogates import surrogates_from_covariance
from psychometrics.kernels.components.variance_components import fit_components

CLOSED = 1e-10


def ratings(seed=1, persons=9, raters=4, tasks=3, share=0.7):
    rng = np.random.default_rng(seed)
    p, r, t = (one.ravel() for one in np.indices((persons, raters, tasks)))
    keep = rng.random(len(p)) < share
    p, r, t = p[keep], r[keep], t[keep]
    groups = [slow.number(*one) for one in ((p,), (r,), (t,), (p, r), (p, t), (r, t))]
    spread = (1.0, 0.5, 0.3, 0.4, 0.6, 0.2)
    y = rng.normal(size=len(p)) + sum(
        sd * rng.normal(size=group.max() + 1)[group] for sd, group in zip(spread, groups, strict=True)
    )
    return y, groups


DESIGNS = {
    "all six": range(6),
    "p and r": (0, 1),
    "p alone": (0,),
    "all nested": (0, 3, 4),
    "r and p": (1, 0),
}


@pytest.mark.parametrize("which", DESIGNS.values(), ids=DESIGNS)
def test_likelihood_and_gradient_are_the_dense_ones(which):
    y, groups = ratings()
    groups = [groups[k] for k in which]
    at, residual = np.exp(np.random.default_rng(5).normal(size=len(groups))), 0.8

    def dense(ratios):
        return -2 * slow.restricted_log_likelihood(y, groups, np.r_[ratios * residual, residual])

    point = evaluate(Absorption(y, groups), at, residual)
    assert point.deviance == pytest.approx(dense(at), rel=1e-11)
    steps = 1e-5 * np.eye(len(at))
    numerical = [(dense(at + h) - dense(at - h)) / 2e-5 for h in steps]
    assert point.gradient == pytest.approx(numerical, rel=1e-6, abs=1e-6)  # central differences


def test_gradient_at_components_of_zero():
    y, groups = ratings()
    at = np.array([0.5, 0.0, 0.0, 0.2, 0.0, 0.0])

    def dense(ratios):
        return -2 * slow.restricted_log_likelihood(y, groups, np.r_[ratios, 1.0])

    point = evaluate(Absorption(y, groups), at, 1.0)
    steps = 1e-6 * np.eye(6)
    numerical = [(dense(at + h) - dense(at)) / 1e-6 for h in steps]
    assert point.gradient == pytest.approx(numerical, rel=1e-4, abs=1e-3)  # one-sided differences


def test_maximum_is_the_dense_one():
    y, groups = ratings()
    groups = groups[:3]
    fit = fit_components(y, groups)
    assert fit.log_likelihood == pytest.approx(
        slow.restricted_log_likelihood(y, groups, fit.variances), rel=1e-11
    )
    best = minimize(
        lambda logs: -slow.restricted_log_likelihood(y, groups, np.exp(logs)),
        np.zeros(4),
        method="Nelder-Mead",
        options={"xatol": 1e-7, "fatol": 1e-11, "maxiter": 2000},
    )
    assert fit.log_likelihood >= -best.fun - 1e-8


def test_covariance_is_the_inverse_expected_information():
    y, groups = ratings()
    fit = fit_components(y, groups)
    dense = np.linalg.inv(slow.expected_information(groups, fit.variances))
    root = np.sqrt(np.diag(dense))
    # second-order differences of exact traces
    assert fit.covariance / np.outer(root, root) == pytest.approx(dense / np.outer(root, root), abs=1e-6)


def test_minque_is_the_dense_one():
    y, groups = ratings()
    assert minque(y, groups) == pytest.approx(slow.minque(y, groups), rel=1e-9, abs=1e-12)


def test_order_of_groupings_and_of_ratings_changes_nothing():
    y, groups = ratings()
    fit = fit_components(y, groups)
    turned = [3, 0, 5, 1, 4, 2]
    order = np.random.default_rng(2).permutation(len(y))
    other = fit_components(y[order], [groups[k][order] for k in turned])
    assert other.log_likelihood == pytest.approx(fit.log_likelihood, abs=1e-8)
    assert other.variances[:-1] == pytest.approx(fit.variances[turned], rel=1e-5, abs=1e-7)


def test_change_of_scale_scales_the_components():
    y, groups = ratings()
    fit, other = fit_components(y, groups), fit_components(5 - 3 * y, groups)
    assert other.variances == pytest.approx(9 * fit.variances, rel=1e-6)


def test_surrogates_of_a_balanced_table_are_its_mean_squares():
    x = np.random.default_rng(8).normal(size=(12, 5)) + 2 * np.random.default_rng(9).normal(size=(12, 1))
    x += np.random.default_rng(10).normal(size=5)
    p, r = (one.ravel() for one in np.indices(x.shape))
    fit = fit_components(x.ravel(), [p, r])
    found = surrogates_from_covariance(fit.variances, fit.covariance, [2, 0, 1])
    assert found.df == pytest.approx([44, 11, 4], rel=1e-5)


def test_what_cannot_be_told_apart_is_found():
    y, groups = ratings()
    p, r = groups[0], groups[1]
    every = np.arange(len(y))
    assert dependent_groupings(gram_of_groupings([p, r])) == []
    assert dependent_groupings(gram_of_groupings([p, np.zeros(len(y), np.intp)])) == [[1]]
    assert dependent_groupings(gram_of_groupings([p, p])) == [[0, 1]]
    assert dependent_groupings(gram_of_groupings([p, every])) == [[1, 2]]
    assert np.isnan(minque(y, [p, p])).all()


def test_no_residual_and_no_variance():
    p = np.repeat(np.arange(5), 3)
    assert fit_components(np.ones(15), [p]) is None
    assert fit_components(p.astype(float), [p]) is None


def test_too_large_is_said(monkeypatch):
    monkeypatch.setattr(absorption, "MOST_PRODUCTS", 10)
    y, groups = ratings()
    with pytest.raises(EstimationError, match="too many"):
        Absorption(y, groups)
