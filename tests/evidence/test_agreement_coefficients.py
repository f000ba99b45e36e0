"""Coefficients of agreement as a user calls them."""

from __future__ import annotations

from math import isnan

import numpy as np
import oracles
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from psychometrics.errors import EstimationError
from psychometrics.evidence.agreement.agreement import agreement, agreement_table
from psychometrics.evidence.agreement.benchmarks import agreement_levels
from psychometrics.evidence.agreement.concordance import kendall_concordance
from psychometrics.evidence.agreement.rated_units import RatedUnits
from psychometrics.evidence.agreement.specific import kappa_indices, specific_agreement

MANY = ("percent", "fleiss", "conger", "light", "gwet", "brennan_prediger", "krippendorff")
X = oracles.data("irrCAC__cac.raw4raters.csv")


def long_frame(x):
    target, rater = np.nonzero(~np.isnan(x))
    return pd.DataFrame(
        {
            "person_id": [f"p{i:03}" for i in target],
            "rater_id": [f"r{j}" for j in rater],
            "level": x[target, rater],
        }
    )


def figures(result):
    return result.estimate, result.ci_lower, result.ci_upper, result.standard_error


@pytest.mark.parametrize("name", MANY)
def test_tables_and_frames_are_one(name):
    expected = figures(agreement(X, coefficient=name))
    frame = long_frame(X)
    nested = [[None if isnan(v) else v for v in row] for row in X.tolist()]
    for x in (frame, pl.from_pandas(frame), pd.DataFrame(X), pl.DataFrame(X.tolist(), orient="row"), nested):
        assert figures(agreement(x, coefficient=name)) == pytest.approx(expected, rel=1e-12)


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_order_of_targets_and_raters_does_not_matter(data):
    n, r = data.draw(st.integers(4, 9)), data.draw(st.integers(2, 4))
    x = data.draw(arrays(np.float64, (n, r), elements=st.sampled_from([1.0, 2.0, 3.0, np.nan])))
    if np.isnan(x).all(axis=0).any() or np.isnan(x).all():
        return
    rows, columns = data.draw(st.permutations(range(n))), data.draw(st.permutations(range(r)))
    for interval in ("closed_form", "gwet", "jackknife"):
        for one, other in zip(
            agreement_table(x, weights="linear", categories=[1, 2, 3], interval=interval).coefficients,
            agreement_table(
                x[rows][:, columns], weights="linear", categories=[1, 2, 3], interval=interval
            ).coefficients,
            strict=True,
        ):
            assert figures(other) == pytest.approx(figures(one), nan_ok=True, rel=1e-8, abs=1e-10)


@settings(max_examples=30, deadline=None)
@given(arrays(np.float64, (8, 3), elements=st.sampled_from([0.0, 1.0, 2.0])))
def test_every_figure_is_in_range_or_says_why_not(x):
    for interval in ("closed_form", "gwet", "jackknife", "bootstrap"):
        table = agreement_table(x, categories=[0, 1, 2], interval=interval, replicates=50)
        for one in table.coefficients:
            assert isnan(one.estimate) or -1 - 1e-9 <= one.estimate <= 1 + 1e-9
            if isnan(one.estimate) or isnan(one.ci_lower):
                assert one.reason
            else:
                assert one.ci_lower <= one.ci_upper <= 1 + 1e-9


def test_the_bootstrap_is_the_same_whatever_the_order():
    first = agreement(X, interval="bootstrap")
    assert figures(agreement(X[::-1], interval="bootstrap")) == pytest.approx(figures(first), rel=1e-10)
    assert figures(agreement(X, interval="bootstrap", seed=1)) != figures(first)


def test_raters_who_copy_each_other_agree_fully():
    x = np.repeat(np.array([[1.0], [2.0], [3.0], [1.0]]), 3, axis=1)
    for one in agreement_table(x).coefficients:
        assert one.estimate == pytest.approx(1)
        assert "the coefficient is 1" in one.reason or one.coefficient == "percent"


def test_one_category_leaves_kappa_undefined_and_ac1_defined():
    x = np.ones((6, 3))
    found = {one.coefficient: one for one in agreement_table(x, categories=[1, 2, 3]).coefficients}
    assert found["gwet"].estimate == found["brennan_prediger"].estimate == found["percent"].estimate == 1
    for name in ("fleiss", "conger", "krippendorff", "light"):
        assert isnan(found[name].estimate) and "category" in found[name].reason
    alone = agreement(x, coefficient="gwet")
    assert isnan(alone.estimate) and "declare" in alone.reason


def test_unused_categories_change_what_they_must():
    x = [[1, 1], [2, 2], [1, 2], [2, 2], [1, 1]]
    for name in ("gwet", "brennan_prediger"):
        two, three = agreement(x, coefficient=name), agreement(x, coefficient=name, categories=[1, 2, 3])
        assert three.estimate > two.estimate
        assert (three.n_categories, three.n_categories_used) == (3, 2)
    for name in ("cohen", "fleiss", "krippendorff", "percent"):
        assert agreement(x, coefficient=name, categories=[1, 2, 3]).estimate == pytest.approx(
            agreement(x, coefficient=name).estimate
        )


@pytest.mark.parametrize("x", [[[1.0], [2.0]], [[1.0, np.nan], [np.nan, 2.0]], np.full((3, 2), np.nan)])
def test_nothing_to_compare(x):
    for name in ("gwet", "krippendorff", "conger", "light", "percent"):
        found = agreement(x, coefficient=name)
        assert isnan(found.estimate) and found.reason == "no unit was rated by two raters"


def test_one_unit_has_an_estimate_and_no_interval():
    found = agreement([[1, 2, 1]], coefficient="gwet")
    assert not isnan(found.estimate)
    assert found.reason == "fewer than 2 units: no standard error"


def test_units_rated_once_do_not_widen_the_interval():
    once = np.full((500, 2), np.nan)
    once[:, 0] = np.resize([1.0, 2.0, 3.0], 500)
    x = np.random.default_rng(0).integers(1, 4, (60, 2)).astype(float)
    x[:40, 1] = x[:40, 0]
    both = np.vstack([x, once])
    few, more = agreement(x, coefficient="percent"), agreement(both, coefficient="percent")
    assert more.estimate == pytest.approx(few.estimate)
    assert more.standard_error == pytest.approx(few.standard_error, rel=0.02)
    assert agreement(both, coefficient="percent", interval="gwet").standard_error > 1.2 * few.standard_error


def test_a_population_shrinks_the_error():
    whole, part = agreement(X), agreement(X, population=24)
    assert part.standard_error == pytest.approx(whole.standard_error * 0.5**0.5)
    with pytest.raises(EstimationError, match="less than the 12 units"):
        agreement(X, population=11)
    with pytest.raises(EstimationError, match="resampled"):
        agreement(X, population=24, interval="bootstrap")


def test_words_are_categories_without_an_order():
    x = [["low", "low"], ["high", "mid"], ["mid", "mid"], ["high", "high"], [None, "low"]]
    assert agreement(x, coefficient="cohen").n_categories == 3
    with pytest.raises(EstimationError, match="no order of their own"):
        agreement(x, weights="ordinal")
    ordered = agreement(x, weights="quadratic", categories=["low", "mid", "high"])
    numbers = [[1, 1], [3, 2], [2, 2], [3, 3], [None, 1]]
    assert figures(ordered) == pytest.approx(figures(agreement(numbers, weights="quadratic")))


def test_what_is_not_a_category_is_refused():
    with pytest.raises(EstimationError, match="not among the categories") as caught:
        agreement([[1, 2], [7, 1]], categories=[1, 2, 3])
    assert caught.value.problems[0].what == "7.0"
    with pytest.raises(EstimationError, match="blank text"):
        agreement([["a", ""], ["b", "a"]])
    with pytest.raises(EstimationError, match="numbers and some are words"):
        agreement([["a", 1], ["b", "a"]])
    with pytest.raises(EstimationError, match="rising"):
        agreement([[1, 2]], categories=[2, 1])
    with pytest.raises(EstimationError, match="differ in length"):
        agreement([["a", "b"], ["a"]])


def test_words_off_are_refused():
    with pytest.raises(EstimationError, match="coefficient='kappa'"):
        agreement(X, coefficient="kappa")
    with pytest.raises(EstimationError, match="Krippendorff's metric"):
        agreement(X, level="ordinal")
    with pytest.raises(EstimationError, match="give one"):
        agreement(X, coefficient="krippendorff", level="ordinal", weights="linear")
    with pytest.raises(EstimationError, match="for 2 raters; there are 4"):
        agreement(X, coefficient="cohen")
    with pytest.raises(EstimationError, match="symmetric"):
        agreement(X, weights=np.arange(25.0).reshape(5, 5))
    with pytest.raises(EstimationError, match="negative"):
        agreement([[-1, 2], [1, 2]], weights="ratio")
    with pytest.raises(EstimationError, match="who rated"):
        agreement(RatedUnits.from_counts([[2, 0], [1, 1]]), coefficient="conger")


def test_a_target_rated_twice_by_one_rater_is_refused_with_its_rows():
    frame = long_frame(X)
    with pytest.raises(EstimationError, match="more than once") as caught:
        agreement(pd.concat([frame, frame.iloc[[3]]]))
    assert caught.value.problems[0].rows == (4, len(frame) + 1)


def test_own_weights_are_the_named_ones():
    w = [[1, 0.5, 0], [0.5, 1, 0.5], [0, 0.5, 1]]
    x = [[1, 2, 3], [2, 2, 2], [3, 3, 1], [1, 1, 2]]
    assert figures(agreement(x, weights=w)) == pytest.approx(figures(agreement(x, weights="linear")))


def test_criteria_of_a_long_frame():
    frame = pd.concat([long_frame(X).assign(criterion_id="a"), long_frame(X[:8]).assign(criterion_id="b")])
    table = agreement_table(frame, coefficients=["gwet", "krippendorff"], level="ordinal")
    assert table.to_frame()[["criterion_id", "coefficient"]].to_numpy().tolist() == [
        ["a", "gwet"],
        ["a", "krippendorff"],
        ["b", "gwet"],
        ["b", "krippendorff"],
    ]
    one = agreement(frame, coefficient="gwet", criterion="b")
    assert one.estimate == pytest.approx(table.coefficients[2].estimate)
    with pytest.raises(EstimationError, match="2 criteria"):
        agreement(frame)


def test_many_raters_of_few_scripts_each():
    rng = np.random.default_rng(5)
    n = 2000
    first = rng.integers(0, 50, n)
    frame = pd.DataFrame(
        {
            "target": np.tile(np.arange(n), 2),
            "rater": np.r_[first, (first + 1 + rng.integers(0, 48, n)) % 50],
            "level": rng.integers(1, 5, 2 * n),
        }
    )
    for name in ("gwet", "conger", "krippendorff"):
        found = agreement(frame, coefficient=name)
        assert abs(found.estimate) < 0.05
        assert found.n_raters == 50


def test_specific_agreement_of_two_categories():
    found = specific_agreement(RatedUnits.from_contingency([[40, 9], [6, 45]], categories=["no", "yes"]))
    assert found.estimates == pytest.approx((80 / 95, 90 / 105))
    assert found.to_frame()["category"].tolist() == ["no", "yes"]
    unused = specific_agreement([[1, 1], [1, 1]], categories=[1, 2])
    assert isnan(unused.estimates[1]) and unused.reasons[1]


def test_indices_of_more_than_two_categories():
    found = kappa_indices(RatedUnits.from_contingency([[10, 2, 0], [1, 9, 2], [0, 1, 8]]))
    assert found.kappa < found.maximum_kappa <= 1
    assert isnan(found.bias_index) and "2 categories" in found.reason
    with pytest.raises(EstimationError, match="2 raters"):
        kappa_indices(X)


def test_concordance_says_what_was_left_out():
    found = kendall_concordance(X)
    assert (found.n_targets, found.n_targets_left_out, found.missing) == (8, 4, "listwise")
    flat = kendall_concordance(np.ones((5, 3)))
    assert isnan(flat.estimate) and flat.reason
    assert kendall_concordance([[1.0], [2.0]]).reason == "concordance needs 2 raters"


def test_levels_say_how_sure():
    found = agreement_levels(agreement(X), scale="altman")
    frame = found.to_frame()
    assert frame["probability"].sum() == pytest.approx(1)
    assert frame["probability_at_least"].is_monotonic_increasing
    nothing = agreement_levels(agreement(np.full((3, 2), np.nan)))
    assert nothing.reached == "" and nothing.reason


def test_a_tally_of_counts_is_the_ratings():
    x = oracles.data("sim_ratings_10000x3.csv.gz")
    rows, times = np.unique(x, axis=0, return_counts=True)
    whole = agreement(x, coefficient="krippendorff", level="ordinal", interval="jackknife")
    counts = np.array([[np.sum(row == k) for k in range(1, 6)] for row in np.repeat(rows, times, axis=0)])
    other = agreement(
        RatedUnits.from_counts(counts), coefficient="krippendorff", level="ordinal", interval="jackknife"
    )
    assert figures(other) == pytest.approx(figures(whole), rel=1e-9)
