"""Criterion validity as a user calls it."""

from __future__ import annotations

from math import isnan, nan

import numpy as np
import oracles_validity
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from retests_for_tests import answers, instrument, scored

from psychometrics.errors import EstimationError
from psychometrics.evidence.validity.criterion import criterion_validity

PAIRS = st.lists(st.tuples(st.integers(-20, 20), st.integers(-20, 20)), min_size=5, max_size=40)


@given(PAIRS)
@settings(max_examples=60, deadline=None)
def test_as_its_twin_and_whatever_the_order(pairs):
    x, y = ([float(one[i]) for one in pairs] for i in (0, 1))
    found = criterion_validity(x, y).rows[0]
    if len(set(x)) == 1 or len(set(y)) == 1:
        assert isnan(found.estimate) and "do not vary" in found.reason
        return
    r = oracles_validity.correlation(x, y)
    assert found.estimate == pytest.approx(r, abs=1e-12)
    assume(abs(r) < 1 - 1e-9)
    assert (found.ci_lower, found.ci_upper) == pytest.approx(
        oracles_validity.fisher(r, len(x), 0.95), abs=1e-9
    )
    assert criterion_validity(x[::-1], y[::-1]).rows[0] == found


@given(PAIRS, st.floats(0.1, 10), st.floats(-5, 5))
@settings(max_examples=40, deadline=None)
def test_a_linear_change_of_scale_changes_nothing(pairs, slope, start):
    x, y = ([float(one[i]) for one in pairs] for i in (0, 1))
    first = criterion_validity(x, y).rows[0].estimate
    assert criterion_validity([start + slope * v for v in x], y).rows[0].estimate == pytest.approx(
        first, abs=1e-9, nan_ok=True
    )


def test_missing_values_are_counted():
    row = criterion_validity([1.0, 2, 3, nan, 5, 6], [2.0, nan, 4, 1, 6, 5]).rows[0]
    assert (row.n, row.n_left_out) == (4, 2)
    assert row.note.startswith("fewer than 100")


def test_corrections_only_where_something_is_known():
    x, y = [1.0, 2, 3, 4, 5, 7], [2.0, 1, 4, 3, 6, 5]
    names = lambda **known: [row.statistic for row in criterion_validity(x, y, **known).rows]  # noqa: E731
    assert names() == ["observed"]
    assert names(reliability=0.9) == ["observed"]
    assert names(criterion_reliability=0.9) == ["observed", "corrected_for_criterion"]
    assert names(reliability=0.9, criterion_reliability=0.9, sd_ratio=1.2) == [
        "observed",
        "corrected_for_range",
        "corrected_for_criterion",
        "disattenuated",
    ]
    found = criterion_validity(x, y, reliability=0.9, criterion_reliability=0.8)
    assert found.row("score", "criterion", "disattenuated").reliability == 0.9
    assert isnan(found.row("score", "criterion").reliability)


def test_scores_with_person_columns_frames_by_person_and_positions():
    what = instrument()
    scores = scored(what, answers(60, 1) | {"tenure": list(range(60))})
    by_name = criterion_validity(scores, "tenure", scales="total").rows[0]
    frame = pd.DataFrame({"person_id": scores.persons.column("person_id").to_pylist(), "tenure": range(60)})
    moved = frame.sample(frac=1, random_state=1)
    assert criterion_validity(scores, moved, scales="total").rows[0].estimate == pytest.approx(
        by_name.estimate, rel=1e-12
    )
    assert (
        criterion_validity(scores, {"tenure": range(60)}, scales="total").rows[0].estimate == by_name.estimate
    )
    fewer = criterion_validity(scores, moved.iloc[:20], scales="total").rows[0]
    assert (fewer.n, fewer.n_left_out) == (20, 40)
    twice = pd.concat([frame, frame.iloc[:2]])
    with pytest.raises(EstimationError, match="twice"):
        criterion_validity(scores, twice)
    with pytest.raises(EstimationError, match="nobody"):
        criterion_validity(scores, frame.assign(person_id="other").iloc[:1])


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"reliability": 0}, "reliability of score is 0"),
        ({"reliability": 1.2}, "at most 1"),
        ({"criterion_reliability": {"x": 0.9}}, 'names "x"'),
        ({"sd_ratio": -1}, "above 0"),
        ({"sd_ratio": nan}, "sd_ratio"),
        ({"scales": "y"}, 'no scale "y"'),
        ({"confidence": 1}, "confidence"),
    ],
)
def test_refusals(options, words):
    with pytest.raises(EstimationError, match=words):
        criterion_validity([1.0, 2, 3], [1.0, 3, 2], **options)


@pytest.mark.parametrize(
    "criterion", ["age", ["a", "b"], ["2026-01-01"] * 3, [1.0, 2], {}, np.ones((3, 2, 2))]
)
def test_criteria_that_are_none(criterion):
    with pytest.raises(EstimationError):
        criterion_validity([1.0, 2, 3], criterion)


@pytest.mark.parametrize("values", [[], [1.0], [1.0, 1, 1], [nan, nan]])
def test_degenerate_scores_give_a_reason(values):
    row = criterion_validity(np.array(values), np.arange(len(values), dtype=float)).rows[0]
    assert isnan(row.estimate) and row.reason


def test_two_and_three_persons_have_no_interval():
    row = criterion_validity([1.0, 2, 4], [1.0, 3, 2]).rows[0]
    assert not isnan(row.estimate) and isnan(row.ci_lower) and "4 pairs" in row.reason
    assert "strongest" in repr(criterion_validity([1.0, 2, 4], [1.0, 3, 2]))
