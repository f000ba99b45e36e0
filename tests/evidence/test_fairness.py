"""Group differences and adverse impact as a user calls them."""

from __future__ import annotations

from math import isnan, nan

import numpy as np
import oracles_fairness
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from psychometrics.errors import EstimationError
from psychometrics.evidence.fairness.differences import group_differences
from psychometrics.evidence.fairness.groups import UNKNOWN
from psychometrics.evidence.fairness.impact import adverse_impact

SCORES = st.lists(st.integers(0, 20), min_size=12, max_size=40)


@pytest.fixture(scope="module")
def frame():
    rng = np.random.default_rng(7)
    n = 600
    return pd.DataFrame(
        {
            "person_id": [f"p{i}" for i in range(n)],
            "total": rng.integers(0, 40, n).astype(float),
            "speed": rng.normal(10, 2, n),
            "sex": rng.choice(["f", "m", None], n, p=[0.45, 0.5, 0.05]),
            "origin": rng.choice(["a", "b", "c"], n, p=[0.6, 0.392, 0.008]),
        }
    )


def by(rows, **wanted):
    found = [row for row in rows if all(getattr(row, name) == value for name, value in wanted.items())]
    assert len(found) == 1
    return found[0]


def test_every_scale_column_and_category_is_a_row(frame):
    found = group_differences(frame, ["sex", "origin"])
    assert len(found.rows) == 2 * (3 + 3)
    assert by(found.rows, scale_id="total", category="m").reference == "m"
    assert by(found.rows, scale_id="total", category=UNKNOWN).reason.startswith("not a group")
    small = by(found.rows, scale_id="total", category="c")
    assert small.n < 10 and isnan(small.mean) and small.reason == "fewer than 10 persons"
    assert list(found.to_frame()["scale_id"][:6]) == ["total"] * 6
    assert "fewer than 10" in " ".join(found.notes)


def test_the_difference_is_hedges_g(frame):
    row = by(group_differences(frame, "sex", scales="speed").rows, category="f")
    own, other = (frame.loc[frame["sex"] == one, "speed"].tolist() for one in "fm")
    assert row.difference == pytest.approx(oracles_fairness.hedges_g(own, other), rel=1e-12)
    assert row.ci_lower < row.difference < row.ci_upper
    assert row.variance_ratio == pytest.approx(np.var(own, ddof=1) / np.var(other, ddof=1), rel=1e-12)


def test_frames_mappings_and_arrays_are_alike(frame):
    first = group_differences(frame, "sex", scales="total").rows
    values, sex = frame["total"].to_numpy(), [one if isinstance(one, str) else None for one in frame["sex"]]
    assert [row.difference for row in group_differences(values, {"sex": sex}).rows] == pytest.approx(
        [row.difference for row in first], nan_ok=True
    )
    polars = pl.DataFrame({"total": values, "sex": sex})
    assert [row.n for row in group_differences(polars, "sex").rows] == [row.n for row in first]


@given(SCORES)
@settings(max_examples=40, deadline=None)
def test_copies_of_a_group_do_not_differ(values):
    groups = ["a"] * len(values) + ["b"] * len(values)
    found = by(group_differences(values * 2, groups, smallest=2).rows, category="b")
    if len(set(values)) > 1:
        assert found.difference == 0
        assert found.variance_ratio == pytest.approx(1, rel=1e-12)
    else:
        assert "do not vary" in found.reason
    rows = adverse_impact(
        values * 2, groups, cuts={"score": sorted(values)[len(values) // 2]}, smallest=2
    ).selection.rows
    assert [row.impact_ratio for row in rows] == [1.0, 1.0]


@given(SCORES, st.randoms(use_true_random=False))
@settings(max_examples=40, deadline=None)
def test_order_of_persons_changes_no_bit(values, random):
    groups = [("a", "b", None)[i % 3] for i in range(len(values))]
    order = list(range(len(values)))
    random.shuffle(order)
    moved, labels = [values[i] for i in order], [groups[i] for i in order]
    for ask in (group_differences, adverse_impact):
        options = {"smallest": 2} | ({"cuts": {"score": 10}} if ask is adverse_impact else {})
        first, second = (ask(*one, **options).to_frame() for one in ((values, groups), (moved, labels)))
        pd.testing.assert_frame_equal(first, second, check_exact=True)


@given(SCORES, st.floats(0.1, 10), st.floats(-50, 50))
@settings(max_examples=40, deadline=None)
def test_a_linear_change_of_scale_changes_no_difference(values, slope, start):
    groups = ["a" if i % 2 else "b" for i in range(len(values))]
    first, second = (
        by(group_differences(one, groups, reference="a", smallest=2).rows, category="b")
        for one in (values, [start + slope * value for value in values])
    )
    assert second.difference == pytest.approx(first.difference, abs=1e-9, nan_ok=True)
    assert second.variance_ratio == pytest.approx(first.variance_ratio, rel=1e-7, nan_ok=True)


@given(
    st.lists(st.tuples(st.integers(0, 20), st.sampled_from("abc")), min_size=1, max_size=80),
    st.integers(-1, 21),
)
@settings(max_examples=60, deadline=None)
def test_selection_is_counted_with_the_edge_included(people, cut):
    values, groups = [value for value, _ in people], [group for _, group in people]
    counts = oracles_fairness.selection(values, groups, cut)
    rows = adverse_impact(values, groups, cuts={"score": cut}, smallest=1).selection.rows
    assert {row.category: (row.n_selected, row.n) for row in rows} == counts
    best = max(x / n for x, n in counts.values())
    for row in rows:
        assert row.impact_ratio == pytest.approx(row.rate / best if best else nan, nan_ok=True)
        assert 0 <= row.rate <= 1 and (isnan(row.impact_ratio) or row.impact_ratio <= 1)


def test_scoring_rate_is_above_the_median_and_ties_are_counted():
    scores = [1.0, 2, 3, 3, 3, 4, 5, 6]
    found = adverse_impact(scores, list("aaaabbbb"), smallest=1)
    assert found.scoring.medians["score"] == (3.0, 3)
    assert {row.category: row.n_selected for row in found.scoring.rows} == {"a": 0, "b": 3}
    assert any("3 score exactly the median" in note for note in found.notes)
    assert not found.selection.rows


def test_small_categories_show_their_rate_and_take_no_part(frame):
    found = adverse_impact(frame, ["sex", "origin"], scales="total", smallest=2)
    small = by(found.scoring.rows, group="origin", category="c")
    assert small.share < 0.02 and not isnan(small.rate) and isnan(small.impact_ratio) and "2%" in small.reason
    assert by(found.scoring.rows, group="sex", category=UNKNOWN).n == frame["sex"].isna().sum()
    crossed = {row.category for row in found.scoring.rows if row.group == "sex x origin"}
    assert "f x a" in crossed and UNKNOWN in crossed


def test_the_verdict_names_threshold_and_source_and_one_person_may_flip_it():
    rows = adverse_impact(
        [1.0] * 4 + [0.0] * 6 + [1.0] * 3 + [0.0] * 7, ["a"] * 10 + ["b"] * 10, cuts={"score": 1}
    ).selection.rows
    b = by(rows, category="b")
    assert b.verdict == "below 0.8 (29 CFR 1607.4(D))" and b.flips and "one different person" in b.note
    assert by(rows, category="a").flips is None
    assert any("no legal advice" in note for note in adverse_impact([1, 2], ["a", "b"]).notes)


def test_nobody_selected_has_no_ratio_and_says_so():
    rows = adverse_impact([1.0] * 40, ["a"] * 20 + ["b"] * 20, cuts={"score": 5}).selection.rows
    assert all(isnan(row.impact_ratio) and row.rate == 0 and "nobody" in row.reason for row in rows)


def test_named_cuts_and_several_edges():
    scores = {"x": [1.0, 2, 3], "y": [3.0, 2, 1]}
    found = adverse_impact(
        pd.DataFrame(scores),
        {"g": ["a", "a", "b"]},
        cuts={"x": {"low": 1, "high": 3}, "y": [2, 3]},
        smallest=1,
    )
    assert [(row.scale_id, row.cut, row.at) for row in found.selection.rows[::2]] == [
        ("x", "low", 1.0),
        ("x", "high", 3.0),
        ("y", "2", 2.0),
        ("y", "3", 3.0),
    ]


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda f: group_differences(f, "colour"), "colour"),
        (lambda f: group_differences(f, "sex", scales="nothing"), "nothing"),
        (lambda f: group_differences(f, "sex", reference="x"), 'no category "x"'),
        (lambda f: group_differences(f, "sex", reference={"age": "x"}), "age"),
        (lambda f: group_differences(f, ["sex", "colour"]), "colour"),
        (lambda f: group_differences(f, {"g": ["a"]}), "1 values for 600 rows"),
        (lambda f: group_differences(f, "sex", smallest=1), "smallest"),
        (lambda f: group_differences(f, "sex", confidence=2), "confidence"),
        (lambda f: adverse_impact(f, "sex", cuts={"total": "high"}), "high"),
        (lambda f: adverse_impact(f, "sex", cuts={"nothing": 1}), "nothing"),
        (lambda f: group_differences(f, {}), "no column"),
        (lambda f: group_differences(f.assign(total=np.inf), "sex"), "infinite"),
    ],
)
def test_refusals_say_what_and_what_there_is(frame, call, words):
    with pytest.raises(EstimationError, match=words.replace("(", r"\(")):
        call(frame)


@pytest.mark.parametrize(
    ("scores", "group"),
    [
        ([], []),
        ([nan] * 5, list("aabbb")),
        ([3.0], ["a"]),
        ([1.0, 2], [None, nan]),
        ([2.0] * 30, ["x" * 9000] * 15 + ["<b>"] * 15),
    ],
)
def test_degenerate_input_gives_rows_with_reasons(scores, group):
    for row in group_differences(np.array(scores, float), group).rows:
        assert isnan(row.difference) and row.reason
    for row in (found := adverse_impact(np.array(scores, float), group)).scoring.rows:
        assert row.reason or row.impact_ratio == 1
    assert str(found)


def test_labels_keep_their_words():
    groups = [1.0, 2.0, nan, " ", "prefer not to say"]
    rows = group_differences([1.0, 2, 3, 4, 5], groups, unknown=["prefer not to say"]).rows
    assert [(row.category, row.n) for row in rows] == [("1", 1), ("2", 1), (UNKNOWN, 3)]
