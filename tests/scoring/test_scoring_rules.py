"""Every scoring rule, held against hand-worked numbers and the slow twin."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from instruments_for_tests import simple, with_rubric
from oracles_scoring import slow_score

import psychometrics as pm
from psychometrics.errors import ScoringError
from psychometrics.instrument import Instrument

MISSING = {-1: None, -2: 90, -3: 91}


def score_rows(instrument: Instrument, rows: list[list[int]]) -> pm.Scores:
    """Score rows of option codes; negative numbers are missing reasons."""
    table = {"person_id": [f"p{i}" for i in range(len(rows))]}
    for i, item in enumerate(instrument.items):
        table[item.id] = [MISSING.get(row[i], row[i]) for row in rows]
    codes = {90: "dont_know", 91: "not_applicable"}
    return pm.score(instrument, pm.read_responses(table, instrument, missing_codes=codes))


def test_sum_with_reversed_items() -> None:
    scores = score_rows(pm.parse_instrument(simple(reversed_items=(2,))), [[1, 1, 4, 0], [0, 4, 0, 0]])
    assert scores.of("total").tolist() == [8.0, 0.0]


def test_refused_when_one_is_missing_says_why() -> None:
    frame = score_rows(pm.parse_instrument(simple()), [[1, -1, 4, 0], [-1, -1, -1, -1]]).to_frame()
    assert frame["raw_score"].isna().all()
    assert frame["reason"].tolist() == ["fewer valid answers than the scale needs", "nothing answered"]
    assert frame["n_valid"].tolist() == [3, 0]


def test_prorated_sum_is_rounded_half_up() -> None:
    # 15 items, 3 missing, sum of the answered 5: 5 + 5/12*3 = 6.25 -> 6; and 2 of 4 answered with sum 3: 6
    rules = 'missing = "prorate"\nminimum_valid = 12\nrounding = { digits = 0, rule = "half_up" }'
    instrument = pm.parse_instrument(simple(15, rules=rules))
    row = [1, 1, 1, 1, 1] + [0] * 7 + [-1] * 3
    assert score_rows(instrument, [row]).of("total").tolist() == [6.0]
    row = [2, 1, 1, 1, 1] + [0] * 7 + [-1] * 3  # 6 * 15 / 12 = 7.5 -> 8
    assert score_rows(instrument, [row]).of("total").tolist() == [8.0]


def test_half_even_goes_to_the_even_neighbour() -> None:
    rules = 'multiplier = 0.5\nrounding = { digits = 0, rule = "half_even" }'
    scores = score_rows(pm.parse_instrument(simple(rules=rules)), [[1, 0, 0, 0], [3, 0, 0, 0], [4, 1, 0, 0]])
    assert scores.of("total").tolist() == [0.0, 2.0, 2.0]


def test_not_applicable_leaves_the_denominator() -> None:
    instrument = pm.parse_instrument(simple(aggregate="percent"))
    assert score_rows(instrument, [[4, 4, -3, -3]]).of("total").tolist() == [100.0]
    assert score_rows(instrument, [[-3, -3, -3, -3]]).to_frame()["reason"].tolist() == [
        "no item of the scale was asked"
    ]


def test_branch_that_counts_as_complete() -> None:
    branch = '[[branches]]\nitems = ["q2", "q3"]\nasked_if = { points_of = ["q1"], at_least = 1 }\npoints_when_not_asked = 0\n'
    instrument = pm.parse_instrument(simple(extra=branch))
    scores = score_rows(instrument, [[0, -1, -1, 3], [1, -1, -1, 3], [-1, -1, -1, 3]])
    assert scores.of("total")[0] == 3.0
    assert np.isnan(scores.of("total")[1:]).all()


def test_weights_and_exact_fractions() -> None:
    text = simple(3, aggregate="mean").replace('topic = "t1",', 'topic = "t1", weight = 0.1,')
    scores = score_rows(pm.parse_instrument(text), [[4, 1, 0], [0, 0, 4]])
    assert scores.of("total").tolist() == [1.4 / 2.1, 4 / 2.1]


@settings(max_examples=60, deadline=None)
@given(
    data=st.data(),
    n=st.integers(1, 12),
    aggregate=st.sampled_from(["sum", "mean", "percent"]),
    missing=st.sampled_from(["refuse", "lenient"]),
    multiplier=st.sampled_from(["1", "2", "2.5", "0.3"]),
)
def test_agrees_with_the_slow_twin(
    data: st.DataObject, n: int, aggregate: str, missing: str, multiplier: str
) -> None:
    rules = f"multiplier = {multiplier}\n"
    if missing == "lenient":
        rules += f'missing = "{"prorate" if aggregate == "sum" else "available_mean"}"\nminimum_valid_share = 0.5\n'
    turned = tuple(data.draw(st.lists(st.integers(1, n), unique=True)))
    instrument = pm.parse_instrument(simple(n, rules=rules, aggregate=aggregate, reversed_items=turned))
    rows = data.draw(
        st.lists(
            st.lists(st.sampled_from([0, 1, 2, 3, 4, 4, -1, -2, -3]), min_size=n, max_size=n),
            min_size=1,
            max_size=6,
        )
    )
    fast = score_rows(instrument, rows).of("total")
    slow = [
        slow_score(instrument, instrument.scale("total"), dict(zip(instrument.item_ids, row, strict=True)))
        for row in rows
    ]
    assert np.array_equal(
        fast, np.array(slow), equal_nan=True
    )  # exact: both are the nearest float of one fraction


@given(
    rows=st.lists(st.lists(st.integers(0, 4), min_size=4, max_size=4), min_size=2, max_size=20),
    seed=st.randoms(),
)
@settings(max_examples=30, deadline=None)
def test_order_of_persons_changes_nothing(rows: list[list[int]], seed: object) -> None:
    instrument = pm.parse_instrument(simple(reversed_items=(1, 3), aggregate="mean"))
    order = list(range(len(rows)))
    seed.shuffle(order)  # type: ignore[attr-defined]
    first = score_rows(instrument, rows).of("total")
    second = score_rows(instrument, [rows[i] for i in order]).of("total")
    assert np.array_equal(first[order], second)


def test_reversing_twice_is_identity() -> None:
    rows = [[0, 1, 2, 3], [4, 4, 0, 1]]
    once = pm.parse_instrument(simple(reversed_items=(1, 2, 3, 4)))
    plain = pm.parse_instrument(simple())
    turned = [[4 - code for code in row] for row in rows]
    assert np.array_equal(score_rows(once, turned).of("total"), score_rows(plain, rows).of("total"))


def rate(rows: list[tuple[str, str, str, int]], text: str | None = None) -> tuple[Instrument, pm.Ratings]:
    instrument = pm.parse_instrument(text or with_rubric())
    columns = list(zip(*[(p, "task", c, r, level) for p, c, r, level in rows], strict=True))
    names = ["person_id", "item_id", "criterion_id", "rater_id", "level"]
    return instrument, pm.read_ratings(dict(zip(names, map(list, columns), strict=True)), instrument)


def test_ratings_are_combined_over_raters_and_the_gap_is_flagged() -> None:
    instrument, ratings = rate(
        [("a", "clear", "r1", 3), ("a", "clear", "r2", 1), ("a", "right", "r1", 2), ("a", "right", "r2", 3)]
    )
    scores = pm.score(
        instrument, pm.read_responses({"person_id": ["a"], "q1": [4], "q2": [2]}, instrument), ratings
    )
    assert scores.of("self").tolist() == [75.0]
    assert scores.of("work").tolist() == [75.0]  # (2 + 2.5) / 6
    assert scores.of("both").tolist() == [75.0]
    frame = scores.to_frame().set_index("scale_id")
    assert frame.loc["work", "n_raters"] == 2
    assert bool(frame.loc["work", "adjudicate"])
    assert not bool(frame.loc["self", "adjudicate"])


def test_median_of_raters_and_minimum_raters() -> None:
    text = with_rubric(raters='minimum = 2\ncombine = "median"')
    rows = [("a", c, f"r{i}", level) for c in ("clear", "right") for i, level in enumerate([0, 3, 3])] + [
        ("b", "clear", "r1", 3),
        ("b", "right", "r1", 3),
    ]
    instrument, ratings = rate(rows, text)
    scores = pm.score(instrument, None, ratings)
    assert scores.of("work")[0] == 100.0
    frame = scores.to_frame()
    assert frame[(frame.person_id == "b") & (frame.scale_id == "work")]["reason"].tolist() == [
        "nothing rated"
    ]


def test_person_with_answers_only_and_person_with_ratings_only() -> None:
    instrument, ratings = rate([(p, c, "r1", 3) for p in ("b", "c") for c in ("clear", "right")])
    scores = pm.score(
        instrument,
        pm.read_responses({"person_id": ["a", "c"], "q1": [4, 4], "q2": [4, 4]}, instrument),
        ratings,
    )
    assert scores.persons.column("person_id").to_pylist() == ["a", "c", "b"]
    assert np.array_equal(scores.of("self"), [100.0, 100.0, np.nan], equal_nan=True)
    assert np.array_equal(scores.of("work"), [np.nan, 100.0, 100.0], equal_nan=True)
    assert np.array_equal(scores.of("both"), [np.nan, 100.0, np.nan], equal_nan=True)
    assert scores.notes == (
        "1 person was rated and gave no answers",
        "1 person answered and was not rated",
    )


def test_equal_fractions_are_equal_floats() -> None:
    # 1/3 + 2/3 over three raters must meet a cut at 1 exactly, as must 1 + 0
    rows = [
        ("a", c, r, level)
        for c, levels in (("clear", (1, 0, 0)), ("right", (1, 1, 0)))
        for r, level in zip("xyz", levels, strict=True)
    ]
    instrument, ratings = rate([*rows, ("b", "clear", "x", 1), ("b", "right", "x", 0)])
    first, second = pm.score(instrument, None, ratings).of("work")
    assert first == second


def test_bands_include_their_lower_edge() -> None:
    bands = '[[bands]]\nid = "b"\nscale = "total"\nbasis = "criterion"\nrationale = "test"\nsteps = [{ from = 0, label = "low" }, { from = 5, label = "high" }]\n'
    frame = score_rows(
        pm.parse_instrument(simple(extra=bands)), [[4, 0, 0, 0], [4, 1, 0, 0], [-1, 0, 0, 0]]
    ).to_frame()
    assert frame["band"].tolist()[:2] == ["low", "high"]
    assert frame["band"].isna().tolist() == [False, False, True]


def test_other_instrument_is_refused() -> None:
    responses = pm.read_responses(
        {"person_id": ["a"], **{f"q{i}": [1] for i in range(1, 5)}}, pm.parse_instrument(simple())
    )
    with pytest.raises(ScoringError, match="another fingerprint"):
        pm.score(pm.parse_instrument(simple(reversed_items=(1,))), responses)


def test_score_interval_from_the_standard_error() -> None:
    scores = score_rows(pm.parse_instrument(simple()), [[1, 1, 1, 1]]).with_standard_errors(
        {"total": 1.0}, confidence=0.95
    )
    frame = scores.to_frame()
    assert frame["score_upper"][0] == pytest.approx(4 + 1.959964, abs=1e-6)  # the normal quantile


def test_chunks_do_not_matter() -> None:
    rng = np.random.default_rng(1)
    n = 150_001  # three chunks, the last of one size more
    instrument = pm.parse_instrument(simple(reversed_items=(2,), aggregate="mean"))
    table = {
        "person_id": np.arange(n).astype(str).tolist(),
        **{f"q{i}": rng.integers(0, 5, n) for i in range(1, 5)},
    }
    responses = pm.read_responses(table, instrument)
    whole = pm.score(instrument, responses).of("total")
    part = pm.score(instrument, responses.select(np.arange(n) % 7 == 0)).of("total")
    assert np.array_equal(whole[::7], part)


def test_ratings_of_nobody_who_answered_are_refused() -> None:
    """Answers without ids are numbered by row, so the ratings would fit nobody."""
    rows = [(p, c, "r1", 2) for p in ("ann", "bob") for c in ("clear", "right")]
    instrument, ratings = rate(rows)
    numbered = pm.read_responses({"q1": [4, 3], "q2": [4, 2]}, instrument)
    with pytest.raises(
        ScoringError, match=r"nobody who answered was rated.*\n.*responses: 1, 2\n.*ann, bob"
    ) as caught:
        pm.score(instrument, numbered, ratings)
    assert "--person" in str(caught.value)
