"""Sample size: there and back, against simulation."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import ndtri

from psychometrics.errors import NormError
from psychometrics.norming.precision.planning import norm_sample_precision, norm_sample_size

DISCRETE = {float(k): float(w) for k, w in enumerate([1, 4, 9, 16, 20, 22, 14, 8, 4, 2])}


@settings(max_examples=60, deadline=None)
@given(
    st.floats(0.2, 5),
    st.sampled_from(["percentile_rank", "t"]),
    st.sampled_from(["counts", "mean_and_sd", "regression"]),
)
def test_the_size_gives_the_precision_and_no_one_less_does(error, of, norming):
    column = f"{of}_standard_error"
    plan = norm_sample_size(error, of=of, norming=norming)
    assert max(plan.columns()[column]) <= error * (1 + 1e-6)
    if plan.n_persons > 2:
        less = norm_sample_precision(plan.n_persons - 1, norming=norming)
        assert max(less.columns()[column]) > error * (1 - 1e-6)


def test_counts_of_a_discrete_scale_need_fewer_people_than_a_continuous_one():
    ties = norm_sample_size(2, distribution=DISCRETE, ranks=[50])
    assert ties.n_persons < norm_sample_size(2, ranks=[float(ties.ranks[0])]).n_persons


@pytest.mark.parametrize(
    ("norming", "rank"), [("counts", 50), ("counts", 90), ("mean_and_sd", 50), ("mean_and_sd", 95)]
)
def test_errors_for_a_discrete_scale_are_those_of_drawn_samples(norming, rank):
    rng = np.random.default_rng(5)
    n, scores = 300, np.array(list(DISCRETE))
    p = np.array(list(DISCRETE.values())) / sum(DISCRETE.values())
    plan = norm_sample_precision(n, norming=norming, distribution=DISCRETE, ranks=[rank])
    mid = np.cumsum(p) - p / 2
    at = int(np.abs(mid - rank / 100).argmin())
    drawn = rng.multinomial(n, p, 6000)
    if norming == "counts":
        values = 100 * (np.cumsum(drawn, axis=1) - drawn / 2)[:, at] / n
        assert plan.rank_errors[0] == pytest.approx(values.std(), rel=0.05)
    else:
        means = drawn @ scores / n
        sds = np.sqrt((drawn @ scores**2 - n * means**2) / (n - 1))
        assert plan.z_errors[0] == pytest.approx(((scores[at] - means) / sds).std(), rel=0.05)


@pytest.mark.parametrize(
    ("degree", "groups", "interaction", "place"),
    [(1, 1, False, "worst"), (2, 2, False, 0.0), (1, 2, True, "worst")],
)
def test_errors_of_regression_norms_are_those_of_drawn_samples(degree, groups, interaction, place):
    rng = np.random.default_rng(6)
    n, z0 = 600, ndtri(0.95)
    group = np.arange(n) % groups
    age = np.linspace(-1, 1, n)
    powers = age[:, None] ** np.arange(degree + 1)
    dummies = (group[:, None] == np.arange(1, groups)).astype(float)
    blocks = [powers, dummies] if not interaction else [powers, *(powers * d[:, None] for d in dummies.T)]
    design = np.column_stack(blocks)
    where = design[np.flatnonzero(group == groups - 1)[-1 if place == "worst" else n // groups // 2]]
    hat = np.linalg.solve(design.T @ design, design.T)
    y = rng.normal(size=(n, 3000))
    b = hat @ y
    sds = np.sqrt(((y - design @ b) ** 2).sum(axis=0) / (n - design.shape[1]))
    values = (z0 - where @ b) / sds
    plan = norm_sample_precision(
        n,
        norming="regression",
        degree=degree,
        n_groups=groups,
        interaction=interaction,
        place=place,
        ranks=[95],
    )
    assert plan.z_errors[0] == pytest.approx(values.std(), rel=0.06)


def test_an_optimal_design_needs_as_many_as_it_has_parameters():
    plan = norm_sample_size(
        0.1, of="z", norming="regression", degree=2, n_groups=2, ages="optimal", ranks=[50]
    )
    assert plan.n_persons == 400
    assert (
        norm_sample_size(0.1, of="z", norming="regression", degree=2, n_groups=2, ranks=[50]).n_persons
        == 1000
    )


def test_weights_multiply_the_sample():
    assert norm_sample_size(10, ranks=[50], design_effect=1.6).n_persons == 40


@pytest.mark.parametrize(
    "options",
    [
        {"ranks": [0]},
        {"ranks": []},
        {"norming": "x"},
        {"degree": -1},
        {"n_groups": 0},
        {"ages": "x"},
        {"place": 2},
        {"design_effect": 0},
        {"distribution": {1.0: 1.0}},
        {"distribution": DISCRETE, "norming": "regression"},
        {"people": 3},
    ],
)
def test_designs_that_make_no_sense(options):
    with pytest.raises(NormError):
        norm_sample_size(1, **options)


def test_no_error_and_no_people():
    with pytest.raises(NormError):
        norm_sample_size(0)
    with pytest.raises(NormError):
        norm_sample_precision(1)
