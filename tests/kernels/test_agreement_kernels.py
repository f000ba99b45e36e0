"""Kernels of agreement beside loops over pairs, numerical derivatives and units left out one by one."""

from __future__ import annotations

import dataclasses

import numpy as np
import oracles_agreement as slow
import pytest
from scipy.stats import spearmanr

from psychometrics.kernels.agreement.benchmarks import SCALES, level_probabilities
from psychometrics.kernels.agreement.categories import share_bounds, specific_agreement
from psychometrics.kernels.agreement.chance import beyond_chance
from psychometrics.kernels.agreement.concordance import concordance, concordance_without_one
from psychometrics.kernels.agreement.krippendorff import krippendorff
from psychometrics.kernels.agreement.light import light, light_without_one
from psychometrics.kernels.agreement.resampling import (
    leave_one_out,
    leave_one_out_conger,
    redrawn,
    redrawn_conger,
    sums_of_units,
)
from psychometrics.kernels.agreement.units import (
    contingency,
    merged,
    units_of_contingency,
    units_of_counts,
    units_of_ratings,
)
from psychometrics.kernels.agreement.weights import LEVELS, SCHEMES, metric_matrix, weight_matrix

VALUES = np.array([1.0, 2.0, 3.0, 4.0, 5.0])
BY_SHARES = ("percent", "fleiss", "gwet", "brennan_prediger")


def ratings(seed=0, n=40, r=4, missing=0.25):
    rng = np.random.default_rng(seed)
    truth = rng.normal(size=n)
    x = np.clip(np.round(3 + truth[:, None] + rng.normal(0, 0.8, (n, r))), 1, 5)
    x[rng.random((n, r)) < missing] = np.nan
    return x[~np.isnan(x).all(axis=1)]


def units_of(x, values=VALUES):
    row, rater = np.nonzero(~np.isnan(x))
    place = np.unique(row, return_inverse=True)[1]
    return units_of_ratings(place, rater, np.searchsorted(values, x[row, rater]), n_categories=len(values))


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("name", ["percent", "fleiss", "conger", "gwet", "brennan_prediger"])
def test_coefficients_are_those_of_loops_over_pairs(scheme, name):
    x, w = ratings(), weight_matrix(scheme, VALUES)
    found = beyond_chance(units_of(x), name, w)
    assert found.observed == pytest.approx(slow.observed_agreement(x, VALUES, w), rel=1e-12)
    assert found.chance == pytest.approx(slow.chance(x, VALUES, w, name), rel=1e-12)
    assert found.estimate == pytest.approx(slow.coefficient(x, VALUES, w, name), rel=1e-10)


@pytest.mark.parametrize("level", LEVELS)
def test_krippendorff_is_that_of_all_pairs_of_values(level):
    x = ratings(seed=3)
    metric = metric_matrix(level, VALUES, np.ones(5))
    found = krippendorff(units_of(x), metric, ordinal=level == "ordinal")
    assert found.estimate == pytest.approx(slow.krippendorff(x, level), rel=1e-10)


def test_the_ordinal_metric_is_the_cumulated_one():
    margins = np.array([3.0, 7.0, 0.0, 2.0])
    metric = metric_matrix("ordinal", np.arange(4.0), margins)
    written = {float(k): n for k, n in enumerate(margins)}
    for c in range(4):
        for k in range(4):
            assert metric[c, k] == pytest.approx(slow.metric(float(c), float(k), "ordinal", written))


def test_light_is_the_mean_over_pairs():
    x, w = ratings(seed=5), weight_matrix("linear", VALUES)
    assert light(units_of(x), w).estimate == pytest.approx(slow.light(x, VALUES, w), rel=1e-10)


def _coefficient(units, name, w):
    if name.startswith("krippendorff"):
        return krippendorff(units, 1 - w, ordinal=name.endswith("ordinal")).estimate
    return light(units, w).estimate if name == "light" else beyond_chance(units, name, w).estimate


@pytest.mark.parametrize("name", [*BY_SHARES, "krippendorff", "krippendorff ordinal"])
def test_leaving_units_out_by_their_sums_is_leaving_them_out(name):
    x, w = ratings(n=18), weight_matrix("quadratic", VALUES)
    units = units_of(x)
    sums = sums_of_units(units, name.split()[0], w, ordinal=name.endswith("ordinal"))
    fast = np.sort(np.repeat(leave_one_out(sums), sums.multiplicity.astype(int)))
    one_by_one = [_coefficient(units_of(np.delete(x, i, 0)), name, w) for i in range(len(x))]
    np.testing.assert_allclose(fast, np.sort(one_by_one), rtol=1e-10)


@pytest.mark.parametrize(
    ("name", "left_out"), [("conger", leave_one_out_conger), ("light", light_without_one)]
)
def test_leaving_units_out_where_raters_are_told_apart(name, left_out):
    x, w = ratings(n=18, missing=0.2), weight_matrix("quadratic", VALUES)
    one_by_one = [_coefficient(units_of(np.delete(x, i, 0)), name, w) for i in range(len(x))]
    np.testing.assert_allclose(left_out(units_of(x), w), one_by_one, rtol=1e-10)


@pytest.mark.parametrize("name", [*BY_SHARES, "conger", "light", "krippendorff", "krippendorff ordinal"])
def test_influences_are_derivatives(name):
    x, w = ratings(n=400, missing=0.1), weight_matrix("quadratic", VALUES)
    units = units_of(x)
    if name.startswith("krippendorff"):
        units = units.where(units.counts.sum(axis=1) >= 2)
        found = krippendorff(units, 1 - w, ordinal=name.endswith("ordinal"))
    else:
        found = light(units, w) if name == "light" else beyond_chance(units, name, w)
    n, step = units.n_units, 1e-4
    for row in range(0, 300, 37):
        times = units.multiplicity * (1 - step / n)
        times[row] += step
        moved = _coefficient(dataclasses.replace(units, multiplicity=times), name, w)
        # Krippendorff's N / (N - 1) is left out of the influences: 1 in 1500 here
        assert (moved - found.estimate) / step * n == pytest.approx(found.influence[row], rel=5e-3, abs=2e-3)
    assert units.multiplicity @ found.influence == pytest.approx(0, abs=1e-9)


def test_bootstrap_spreads_as_the_influences_say():
    units, w = units_of(ratings(n=300)), weight_matrix("quadratic", VALUES)
    rng = np.random.default_rng(1)
    for drawn, name in [
        (redrawn(sums_of_units(units, "fleiss", w), 1500, rng), "fleiss"),
        (redrawn_conger(units, w, 1500, rng), "conger"),
    ]:
        found = beyond_chance(units, name, w)
        error = np.sqrt(np.square(found.influence).sum()) / units.n_units
        assert np.nanstd(drawn) == pytest.approx(error, rel=0.1)


def test_tables_and_counts_and_ratings_say_the_same():
    x = ratings(r=2, missing=0)
    units = units_of(x)
    table = contingency(units, 0, 1)
    w = weight_matrix("linear", VALUES)
    for other in (units_of_contingency(table), units_of_counts(units.counts), merged(units)):
        assert beyond_chance(other, "gwet", w).estimate == pytest.approx(
            beyond_chance(units, "gwet", w).estimate, rel=1e-12
        )
    assert beyond_chance(units_of_contingency(table), "cohen", w).estimate == pytest.approx(
        beyond_chance(units, "cohen", w).estimate, rel=1e-12
    )


def test_specific_agreement_counts_pairs():
    x = ratings(seed=8)
    found = specific_agreement(units_of(x)).estimate
    np.testing.assert_allclose(found, [slow.specific(x, value) for value in VALUES], rtol=1e-12)


def test_shares_of_nought_and_one_have_intervals():
    assert share_bounds(1.0, 0.0, 20, 0.95).lower == pytest.approx(20 / (20 + 1.959964**2), rel=1e-6)
    assert share_bounds(0.0, 0.0, 20, 0.95).upper == pytest.approx(1 - 20 / (20 + 1.959964**2), rel=1e-6)
    assert share_bounds(float("nan"), 0.0, 0, 0.95).reason


def test_concordance_is_the_mean_of_spearman_when_nothing_is_tied():
    x = np.random.default_rng(2).normal(size=(30, 4))
    found = concordance(x)
    rho = spearmanr(x).statistic
    mean = (rho.sum() - 4) / 12
    assert found.mean_rank_correlation == pytest.approx(mean, rel=1e-10)
    assert (4 * found.estimate - 1) / 3 == pytest.approx(mean, rel=1e-10)


def test_concordance_without_one_target():
    x = np.random.default_rng(3).integers(1, 5, (40, 3)).astype(float)
    one_by_one = [concordance(np.delete(x, i, 0)).estimate for i in range(40)]
    np.testing.assert_allclose(concordance_without_one(x), one_by_one, rtol=1e-10)


def test_concordance_of_many_rows_takes_a_mean_of_the_second_order():
    rng = np.random.default_rng(4)
    x = rng.normal(size=(2500, 1)) + rng.normal(size=(2500, 3))
    some = [7, 800, 2100]
    exact = np.array([concordance(np.delete(x, i, 0)).estimate for i in some]) - concordance(x).estimate
    found = concordance_without_one(x)[some] - concordance(x).estimate
    np.testing.assert_allclose(found, exact, atol=2e-6)


def test_level_probabilities_add_to_one():
    for levels in SCALES.values():
        ends = np.array([end for end, _ in levels])
        assert level_probabilities(0.7, 0.1, ends).sum() == pytest.approx(1)
    sure = level_probabilities(0.95, 0.01, np.array([0.8, 0.0, -1.0]))
    assert sure[0] == pytest.approx(1)
