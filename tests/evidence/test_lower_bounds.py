"""Guttman's lambdas, split halves and the greatest lower bound as a user calls them."""

import numpy as np
import oracles_consistency as slow
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from psychometrics.errors import EstimationError
from psychometrics.evidence.consistency.alpha import coefficient_alpha
from psychometrics.evidence.consistency.greatest_lower_bound import greatest_lower_bound
from psychometrics.evidence.consistency.item_correlations import item_correlations
from psychometrics.evidence.consistency.lambdas import guttman_lambdas
from psychometrics.evidence.consistency.splits import split_half
from psychometrics.tallying.item_tally import ItemTally

CLOSED = 1e-10  # a closed formula: only round-off may differ
odd_tables = arrays(
    np.float64,
    st.tuples(st.integers(0, 6), st.integers(1, 5)),
    elements=st.sampled_from([np.nan, 0.0, 1.0, 2.0]),
)


def sample(n=120, k=6):
    rng = np.random.default_rng(8)
    return np.clip(np.rint(3 + rng.normal(size=(n, 1)) + rng.normal(size=(n, k))), 1, 5)


def test_lambdas_are_their_twins_raw_and_standardised():
    x = sample() * np.arange(1, 7)
    z = (x - x.mean(axis=0)) / x.std(axis=0, ddof=1)
    found = guttman_lambdas(x)
    for name, value in slow.lambdas(x).items():
        assert found[name].estimate == pytest.approx(value, rel=CLOSED)
    for name, value in slow.lambdas(z).items():
        row = found[f"standardized_{name}"]
        assert row.estimate == pytest.approx(value, rel=CLOSED)
        assert row.standard_deviation == pytest.approx(z.sum(axis=1).std(ddof=1), rel=CLOSED)
    assert found["lambda3"].estimate == pytest.approx(coefficient_alpha(x).estimate, rel=CLOSED)
    half = [int(name.removeprefix("column ")) - 1 for name in found.best_half]
    t = np.where(np.isin(np.arange(6), half), 1.0, -1.0)
    assert slow.rulon(x, t) == pytest.approx(found["lambda4"].estimate, rel=CLOSED)


def test_intervals_of_lambdas():
    found = guttman_lambdas(sample())
    for row in found.rows:
        if "lambda4" in row.coefficient:
            assert np.isnan(row.ci_lower)
            assert "chosen" in row.reason
        else:
            assert row.ci_lower < row.estimate < row.ci_upper
            assert row.method == "jackknife"
    alpha = coefficient_alpha(sample())
    assert found["lambda3"].ci_lower == pytest.approx(alpha.ci_lower, rel=1e-9)
    many = sample(n=201)  # from here on by the derivative: 1/n^2 apart
    assert guttman_lambdas(many)["lambda3"].ci_lower == pytest.approx(
        coefficient_alpha(many).ci_lower, abs=1e-3
    )


def test_a_tally_gives_the_same_lambdas_and_its_blocks_the_interval():
    x = sample()
    persons, counts = guttman_lambdas(x), guttman_lambdas(ItemTally.from_points(x, blocks=10))
    for one, other in zip(persons.rows, counts.rows, strict=True):
        assert other.estimate == pytest.approx(one.estimate, rel=CLOSED)
    assert "10 blocks" in counts["lambda2"].method
    # 10 blocks give an interval of about the same length
    lengths = [found["lambda2"].ci_upper - found["lambda2"].ci_lower for found in (persons, counts)]
    assert 0.5 < lengths[1] / lengths[0] < 2


def test_singular_covariances_have_no_lambda6():
    x = sample()
    found = guttman_lambdas(np.column_stack([x, x[:, 0]]))["lambda6"]
    assert np.isnan(found.estimate)
    assert "singular" in found.reason


def test_unknown_rows_are_refused():
    with pytest.raises(EstimationError, match="lambda7"):
        guttman_lambdas(sample())["lambda7"]
    with pytest.raises(EstimationError, match="thirds"):
        split_half(sample())["thirds"]
    with pytest.raises(EstimationError, match="draws"):
        split_half(sample(), draws=0)


def test_each_split_of_an_even_test_counts_once_and_their_mean_is_alpha():
    x = sample()
    found = split_half(x)
    assert found.n_splits == len(found.values) == 10  # half of 6 over 3
    assert found["mean"].estimate == pytest.approx(coefficient_alpha(x).estimate, rel=CLOSED)
    np.testing.assert_allclose(np.sort(found.values), np.sort([slow.rulon(x, t) for t in slow.splits(6)]))
    standardized = split_half(x, standardized=True)
    alpha = coefficient_alpha(x, standardized=True).estimate
    assert standardized["mean"].estimate == pytest.approx(alpha, rel=CLOSED)
    assert found["worst"].estimate <= found["quantile_0.5"].estimate <= found["best"].estimate
    assert len(found.best_half) == len(found.worst_half) == 3


def test_named_splits():
    x = sample()
    found = split_half(x)
    odd, even = x[:, ::2].sum(axis=1), x[:, 1::2].sum(axis=1)
    r = np.corrcoef(odd, even)[0, 1]
    assert found["odd_even_spearman_brown"].estimate == pytest.approx(2 * r / (1 + r), rel=CLOSED)
    rulon = 1 - np.var(odd - even, ddof=1) / np.var(odd + even, ddof=1)
    assert found["odd_even_guttman"].estimate == pytest.approx(rulon, rel=CLOSED)
    two = coefficient_alpha(np.column_stack([odd, even]))
    assert found["odd_even_guttman"].estimate == pytest.approx(two.estimate, rel=CLOSED)
    assert found["odd_even_guttman"].ci_lower == pytest.approx(two.ci_lower, rel=1e-9)
    r = np.corrcoef(x[:, :3].sum(axis=1), x[:, 3:].sum(axis=1))[0, 1]
    assert found["first_second_spearman_brown"].estimate == pytest.approx(2 * r / (1 + r), rel=CLOSED)


def test_odd_tests_are_stepped_up_for_unequal_lengths():
    found = split_half(sample(k=5))
    assert "odd_even_horst" in [row.coefficient for row in found.rows]
    assert found["odd_even_horst"].estimate > found["odd_even_guttman"].estimate
    assert len(found.values) == 10  # 5 over 2, all of them


def test_long_tests_are_searched_and_drawn_and_say_so():
    rng = np.random.default_rng(3)
    x = rng.normal(size=(200, 30)) + rng.normal(size=(200, 1))
    found = split_half(x, draws=500)
    assert found.n_drawn == len(found.values) == 500
    assert "500 splits drawn, seed 0" in found["mean"].method
    assert "search" in found["best"].method
    assert found["best"].estimate >= found.values.max()
    assert found["worst"].estimate <= found.values.min()
    assert "500 of 77,558,760 splits" in repr(found)
    assert "search" in guttman_lambdas(x)["lambda4"].method


def test_bound_is_above_the_lambdas_and_has_no_interval():
    x = sample()
    found, lambdas = greatest_lower_bound(x), guttman_lambdas(x)
    assert found.estimate >= max(lambdas[name].estimate for name in ("lambda2", "lambda4_parts", "lambda6"))
    assert "above the population" in found.reason
    assert found.duality_gap < 1e-7
    assert len(found.error_variances) == 6
    error = 1 - sum(found.error_variances) / np.var(x.sum(axis=1), ddof=1)
    assert found.estimate == pytest.approx(error, rel=CLOSED)
    few = greatest_lower_bound(x[:6])
    assert np.isnan(few.estimate)
    assert "persons than items" in few.reason


@settings(max_examples=10, deadline=None)
@given(st.randoms(use_true_random=False), st.sampled_from([0.5, -1.0, 4.0]), st.integers(-3, 3))
def test_scale_and_order_change_nothing(random, factor, shift):
    x = sample(n=30, k=5)
    rows, columns = list(range(30)), list(range(5))
    random.shuffle(rows)
    random.shuffle(columns)
    y = x[rows][:, columns] * factor + shift
    for before, after in zip(guttman_lambdas(x).rows, guttman_lambdas(y).rows, strict=True):
        if "standardized" not in before.coefficient or factor > 0:
            # 1e-8: sums in another order
            assert after.estimate == pytest.approx(before.estimate, rel=1e-8)
            assert after.ci_lower == pytest.approx(before.ci_lower, rel=1e-8, nan_ok=True)
    np.testing.assert_allclose(np.sort(split_half(y).values), np.sort(split_half(x).values), rtol=1e-8)
    # both are solved to a gap of about 1e-9
    assert greatest_lower_bound(y).estimate == pytest.approx(greatest_lower_bound(x).estimate, abs=1e-7)


@settings(max_examples=60, deadline=None)
@given(odd_tables, st.sampled_from(["pairwise", "listwise", "em"]))
def test_a_number_or_a_reason(x, missing):
    rows = [*guttman_lambdas(x, missing=missing).rows, *split_half(x, missing=missing).rows]
    rows.append(greatest_lower_bound(x, missing=missing))
    for row in rows:
        numbers = (row.estimate, row.ci_lower, row.ci_upper, row.standard_error_of_measurement)
        assert row.reason or np.isfinite(numbers).all(), row
    found = item_correlations(x, missing=missing)
    assert found.reason or np.isfinite([found.mean, found.ci_lower, found.standard_deviation]).all()


def test_item_correlations_are_the_plain_ones():
    x = sample(k=4)
    r = np.corrcoef(x, rowvar=False)[np.triu_indices(4, 1)]
    found = item_correlations(x)
    assert found.mean == pytest.approx(r.mean(), rel=CLOSED)
    assert (found.median, found.minimum, found.maximum) == pytest.approx(
        (np.median(r), r.min(), r.max()), rel=CLOSED
    )
    assert found.standard_deviation == pytest.approx(r.std(ddof=1), rel=CLOSED)
    assert found.signal_to_noise == pytest.approx(4 * r.mean() / (1 - r.mean()), rel=CLOSED)
    assert found.ci_lower < found.mean < found.ci_upper
    assert len(found.to_frame()) == 1
