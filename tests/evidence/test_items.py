"""Item statistics, options and rubric levels as a user calls them."""

from __future__ import annotations

import numpy as np
import oracles_items
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from instruments_for_tests import HEAD, simple, with_rubric

import psychometrics as pm
from psychometrics.errors import EstimationError
from psychometrics.evidence.consistency.omega import coefficient_omega
from psychometrics.evidence.items.statistics import item_statistics
from psychometrics.tallying.counting import tally

CLOSED = 1e-10  # a closed formula: only round-off may differ


def sample(n=120, k=6, seed=8):
    rng = np.random.default_rng(seed)
    return np.clip(np.rint(3 + rng.normal(size=(n, 1)) + rng.normal(size=(n, k))), 1, 5)


def answers(n=300, seed=5):
    """Simulated answers 0..4 to q1..q4; some blank."""
    rng = np.random.default_rng(seed)
    codes = sample(n, 4, seed) - 1
    codes[rng.random(codes.shape) < 0.05] = np.nan
    return {"person_id": [f"p{i}" for i in range(n)], **{f"q{i + 1}": codes[:, i] for i in range(4)}}


def test_items_are_the_plain_sums():
    x = sample()
    x[0, 0] = np.nan
    found = item_statistics(x, lower=[1] * 6, upper=5, item_ids=list("abcdef"))
    column = x[1:, 0]
    np.testing.assert_allclose(found.skew, pd.DataFrame(x).skew(), rtol=CLOSED)
    assert found.item_proportion[0] == pytest.approx((column.mean() - 1) / 4, rel=CLOSED)
    assert found.floor_share[0] == pytest.approx((column == 1).mean(), rel=CLOSED)
    assert found.ceiling_share[0] == pytest.approx((column == 5).mean(), rel=CLOSED)
    assert (found.n[0], found.n_missing[0]) == (119, 1)
    whole = item_statistics(x[1:], lower=1, upper=5)
    rest = x[1:, 1:].sum(axis=1)
    assert whole.item_rest_correlation[0] == pytest.approx(np.corrcoef(column, rest)[0, 1], rel=CLOSED)
    np.testing.assert_allclose(
        whole.overlap_corrected_correlation, oracles_items.overlap_corrected(x[1:]), rtol=CLOSED
    )
    np.testing.assert_allclose(
        whole.discrimination_index, oracles_items.discrimination(x[1:], 0.27, 4), rtol=CLOSED
    )


def test_what_would_be_without_an_item_is_what_is_without_it():
    x = sample()
    found = item_statistics(x, lower=1, upper=5)
    for item in range(6):
        others = np.delete(x, item, axis=1)
        assert found.alpha_if_dropped[item] == pytest.approx(
            pm.coefficient_alpha(others).estimate, rel=CLOSED
        )
        # 1e-6: both are iterated, from different starts
        assert found.omega_if_dropped[item] == pytest.approx(coefficient_omega(others).estimate, rel=1e-6)


def test_flags_name_their_rule():
    x = sample()
    x[:, 0] = 6 - x[:, 0]
    x[:, 1] = 5
    x[:, 2] = np.nan
    flags = item_statistics(x, lower=1, upper=5).flags
    assert "negative item-rest correlation" in flags[0]
    assert "no variance" in flags[1]
    assert "ceiling" in flags[1]
    assert "empty" in flags[2]


def test_points_outside_the_range_are_refused():
    with pytest.raises(EstimationError, match="column 2"):
        item_statistics([[1, 9], [2, 2]], lower=1, upper=5)


@settings(max_examples=100, deadline=None)
@given(
    arrays(
        np.float64,
        st.tuples(st.integers(0, 6), st.integers(1, 5)),
        elements=st.sampled_from([np.nan, 0.0, 1.0, 2.0]),
    )
)
def test_a_number_or_a_reason(x):
    table = item_statistics(x, lower=0, upper=2).to_frame()
    assert (table["reason"].ne("") | table.select_dtypes("number").notna().all(axis=1)).all()


@settings(max_examples=40, deadline=None)
@given(st.permutations(range(40)), st.permutations(range(4)))
def test_the_order_of_persons_and_items_changes_nothing(persons, items):
    x = sample(40, 4)
    before = item_statistics(x, lower=1, upper=5).to_frame().drop(columns=["item_id", "flags", "reason"])
    after = (
        item_statistics(x[persons][:, items], lower=1, upper=5)
        .to_frame()
        .drop(columns=["item_id", "flags", "reason"])
    )
    # 1e-6: omega without an item is iterated
    np.testing.assert_allclose(
        after.to_numpy(float), before.to_numpy(float)[list(items)], rtol=1e-6, atol=1e-9
    )


def test_responses_tally_and_table_give_the_same_numbers():
    instrument = pm.parse_instrument(simple(reversed_items=(2,)))
    table = answers()
    responses = pm.read_responses(table, instrument)
    from_persons = pm.item_analysis(instrument, responses).scales["total"]
    from_counts = pm.item_analysis(instrument, tally(instrument, responses)).scales["total"]
    points = np.column_stack([table["q1"], 4 - table["q2"], table["q3"], table["q4"]])
    from_table = item_statistics(points, lower=0, upper=4)
    for name in (
        "mean",
        "sd",
        "skew",
        "item_rest_correlation",
        "overlap_corrected_correlation",
        "polyserial_correlation",
        "alpha_if_dropped",
        "omega_if_dropped",
        "floor_share",
        "n",
        "n_missing",
    ):
        np.testing.assert_array_equal(getattr(from_counts, name), getattr(from_persons, name), err_msg=name)
        np.testing.assert_array_equal(getattr(from_table, name), getattr(from_persons, name), err_msg=name)
    np.testing.assert_array_equal(from_table.discrimination_index, from_persons.discrimination_index)
    assert np.isnan(from_counts.discrimination_index).all()
    assert all("counts of pairs do not say who is high" in reason for reason in from_counts.reason)


def test_options_are_counted_and_set_against_the_rest():
    instrument = pm.parse_instrument(simple())
    x = sample(200, 4) - 1
    responses = pm.read_responses(
        {"person_id": [str(i) for i in range(200)], **{f"q{i + 1}": x[:, i] for i in range(4)}}, instrument
    )
    use = pm.item_analysis(instrument, responses).options.to_frame()
    for row in use.itertuples():
        item = int(row.item_id[1]) - 1
        assert row.n == np.count_nonzero(x[:, item] == row.points)
        if row.n:
            mean, r = oracles_items.option_rest(x, item, row.points)
            assert row.mean_rest == pytest.approx(mean, rel=CLOSED)
            assert row.rest_correlation == pytest.approx(r, rel=1e-9)  # differences of sums
    assert use.groupby("item_id")["share"].sum().to_numpy() == pytest.approx(1.0)


def keyed():
    """Five right/wrong items with three options each; option c of every item is a bad distractor."""
    items = "\n".join(
        f'{{ id = "k{i}", kind = "keyed", topic = "t", options = "abc", key = ["a"] }},' for i in range(1, 6)
    )
    return (
        HEAD.format(id="keyed")
        + f"items = [\n{items}\n]\n"
        + '[option_sets.abc]\noptions = [{ code = "a" }, { code = "b" }, { code = "c" }]\n'
        + '[[scales]]\nid = "total"\ntitle = "T"\nitems = ["k1", "k2", "k3", "k4", "k5"]\naggregate = "sum"\n'
    )


def test_distractors_of_keyed_items_are_judged():
    rng = np.random.default_rng(3)
    ability = rng.normal(size=400)
    table: dict[str, object] = {"person_id": [str(i) for i in range(400)]}
    for i in range(1, 6):
        right = ability + rng.normal(size=400) > 0
        table[f"k{i}"] = np.where(right, "a", "b")
    able = (ability > 0.5) & (np.array(table["k1"]) == "b")
    table["k1"] = np.where(able, "c", table["k1"])  # the able who miss item 1 fall for c
    table["k2"] = np.where(np.arange(400) < 5, "c", table["k2"])
    instrument = pm.parse_instrument(keyed())
    found = pm.item_analysis(instrument, pm.read_responses(table, instrument))
    flags = {(row.item_id, row.option): row.flags for row in found.options.to_frame().itertuples()}
    assert "distractor goes with the score" in flags["k1", "c"]
    assert "distractor chosen by fewer than 5%" in flags["k2", "c"]
    assert "never chosen" in flags["k3", "c"]
    assert flags["k3", "b"] == ""
    assert len(found.options.distractors()["item_id"]) == 15


def test_criterion_is_a_column_or_numbers_and_its_persons_are_counted():
    instrument = pm.parse_instrument(simple())
    table = answers()
    outside = np.random.default_rng(1).normal(size=300)
    outside[:10] = np.nan
    responses = pm.read_responses({**table, "job": outside}, instrument)
    found = pm.item_analysis(instrument, responses, criterion="job").scales["total"]
    same = pm.item_analysis(instrument, responses, criterion=outside).scales["total"]
    both = ~np.isnan(table["q1"]) & ~np.isnan(outside)
    r = np.corrcoef(table["q1"][both], outside[both])[0, 1]
    assert found.criterion_correlation[0] == pytest.approx(r, rel=CLOSED)
    assert found.criterion_n[0] == both.sum()
    np.testing.assert_array_equal(same.criterion_correlation, found.criterion_correlation)
    with pytest.raises(EstimationError, match="no person column"):
        pm.item_analysis(instrument, responses, criterion="jib")
    with pytest.raises(EstimationError, match="a criterion needs Responses"):
        pm.item_analysis(instrument, tally(instrument, responses), criterion=outside)


def test_levels_of_the_rubric_are_counted_by_rater():
    instrument = pm.parse_instrument(with_rubric())
    rng = np.random.default_rng(4)
    rows = [
        (f"p{p}", "task", criterion, f"r{rater}", int(rng.integers(0, 3)))
        for p in range(60)
        for criterion in ("clear", "right")
        for rater in range(2)
    ]
    columns = dict(
        zip(
            ("person_id", "item_id", "criterion_id", "rater_id", "level"),
            zip(*rows, strict=True),
            strict=True,
        )
    )
    ratings = pm.read_ratings({name: list(values) for name, values in columns.items()}, instrument)
    responses = pm.read_responses({"person_id": ["p0"], "q1": [1], "q2": [2]}, instrument)
    levels = pm.item_analysis(instrument, responses, ratings).levels.to_frame()
    assert levels["n"].sum() == 240
    assert levels.loc[levels["level"] == "3", "flags"].tolist() == ["never given", "never given"]
    assert (levels["n_raters"] == 2).all()


def test_not_reached_is_counted_apart():
    instrument = pm.parse_instrument(simple())
    table = {
        "person_id": ["a", "b", "c"],
        "q1": [1, 2, 3],
        "q2": [1, 2, -8],
        "q3": [2, -8, -8],
        "q4": [-9, -8, -8],
    }
    responses = pm.read_responses(table, instrument, missing_codes={-8: "not_reached", -9: "skipped"})
    found = pm.item_analysis(instrument, responses).scales["total"]
    assert found.n_not_reached.tolist() == [0, 1, 2, 2]
    assert found.n_missing.tolist() == [0, 1, 2, 3]
