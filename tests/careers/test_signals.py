"""Signals of persons: numbers from 0 to 1 from scores, with and without errors, norms, answers and ratings."""

from __future__ import annotations

import numpy as np
import pytest
from careers_for_tests import LEVELS, levels_signals
from instruments_for_tests import FREQUENCY, HEAD, simple, with_rubric
from scipy.stats import norm

import psychometrics as pm
from psychometrics.careers import person_signals, recommend_all
from psychometrics.careers.method_gaps import method_pairs
from psychometrics.errors import CareersError


def rated(levels: list[tuple[str, str, int]], answers: list[int | None]) -> tuple[pm.Scores, pm.Responses]:
    """Scores on the instrument of two methods, first of the person meant; levels are (criterion, rater, level)."""
    instrument = pm.parse_instrument(with_rubric())
    responses = pm.read_responses(
        {"person_id": ["p", "other"], "q1": [answers[0], 2], "q2": [answers[1], 2]}, instrument
    )
    whose = ["p"] * len(levels) + ["other"] * 2
    levels = [*levels, ("clear", "r1", 2), ("right", "r1", 2)]  # a criterion that nobody rated is refused
    ratings = {
        "person_id": whose,
        "item_id": ["task"] * len(levels),
        "criterion_id": [one[0] for one in levels],
        "rater_id": [one[1] for one in levels],
        "level": [one[2] for one in levels],
    }
    return pm.score(instrument, responses, pm.read_ratings(ratings, instrument)), responses


def test_signals_of_a_cut_are_what_their_words_say() -> None:
    signals = levels_signals([[1, 1, 2, 3, 3, 3]], error=2.0)
    p = norm.cdf((4 - 6) / 2)
    assert signals.of("probability", "low-cut")[0] == pytest.approx(p)
    assert signals.of("gap", "low-cut")[0] == pytest.approx(1 - p)
    assert signals.of("nearness", "low-cut")[0] == pytest.approx(1 - abs(2 * p - 1))
    assert signals.of("shortfall", "low-cut")[0] == pytest.approx((6 - 4) / 6)
    assert signals.of("shortfall", "high-cut")[0] == 0
    assert signals.of("quality", "low-cut")[0] == 1
    assert np.isnan(signals.of("percentile", "low-cut")[0])
    assert np.isnan(signals.of("few_raters", "low-cut")[0])


@pytest.mark.parametrize(
    ("answers", "blank"), [([None, None, None], 1.0), ([1, None, 1], 1 / 3), ([1, 1, 1], 0.0)]
)
def test_blanks_are_the_same_with_and_without_the_answers(answers: list[int | None], blank: float) -> None:
    signals = levels_signals([[np.nan if x is None else x for x in answers] + [1, 1, 1]])
    alone = person_signals(signals.scores)
    assert signals.of("blank", "low")[0] == pytest.approx(blank)
    assert alone.of("blank", "low")[0] == pytest.approx(blank)


def test_what_was_not_asked_is_no_blank_and_a_dont_know_is_an_answer() -> None:
    instrument = pm.parse_instrument(LEVELS)
    frame = {f"q{i}": [1] for i in range(1, 7)} | {"q1": [-7], "q2": [-8], "q3": [-9], "person_id": ["p"]}
    reasons = {-7: "not_applicable", -8: "dont_know", -9: "skipped"}
    responses = pm.read_responses(frame, instrument, missing_codes=reasons)
    signals = person_signals(pm.score(instrument, responses), responses=responses)
    assert signals.of("blank", "low")[0] == pytest.approx(1 / 2)


def test_the_gap_between_methods_without_and_with_errors() -> None:
    scores, responses = rated([("clear", "r1", 0), ("right", "r1", 0)], [4, 4])
    (pair,) = method_pairs(scores.instrument)
    assert (pair.composite_id, pair.self_report_id, pair.rubric_id) == ("both", "self", "work")
    plain = person_signals(scores, responses=responses)
    assert plain.of("method_gap", "both")[0] == 1
    assert np.isnan(plain.of("method_gap_z", "both")[0])
    with_errors = person_signals(scores.with_standard_errors({"self": 30.0, "work": 40.0}))
    assert with_errors.of("method_gap_z", "both")[0] == pytest.approx(1 / 0.5)
    exact = person_signals(scores.with_standard_errors({"self": 0.0, "work": 0.0}))
    assert np.isnan(exact.of("method_gap_z", "both")[0])


def test_right_and_wrong_answers_are_no_self_report() -> None:
    keyed = with_rubric().replace(
        'topic = "t", options = "often" }', 'topic = "t", kind = "keyed", options = "often", key = [4] }'
    )
    instrument = pm.parse_instrument(keyed)
    assert instrument.item("q1").kind == "keyed"
    assert method_pairs(instrument) == ()


@pytest.mark.parametrize(
    ("levels", "open_"),
    [
        ([], True),
        ([("clear", "r1", 2)], True),
        ([("clear", "r1", 0), ("clear", "r2", 3), ("right", "r1", 1)], True),
        ([("clear", "r1", 2), ("right", "r1", 1)], False),
    ],
)
def test_a_rating_is_open_where_one_lacks_or_raters_lie_apart(
    levels: list[tuple[str, str, int]], open_: bool
) -> None:
    scores, responses = rated(levels, [2, 2])
    signals = person_signals(scores, responses=responses)
    assert signals.of("rating_open", "work")[0] == open_
    assert np.isnan(signals.of("rating_open", "self")[0])
    found = recommend_all(signals).of(0)
    assert ("rate:work" in [item.id for item in found]) == open_


def test_talk_comes_up_in_the_direction_of_the_gap() -> None:
    for level, answer, side in ((0, 4, "above"), (3, 0, "below")):
        scores, _ = rated([("clear", "r1", level), ("right", "r1", level)], [answer, answer])
        assert [item.id for item in recommend_all(person_signals(scores)).of(0)] == [f"talk:both:{side}"]
        unsure = scores.with_standard_errors({"self": 60.0, "work": 60.0})
        assert not recommend_all(person_signals(unsure)).of(0).items


def test_cuts_on_norms_need_norms_and_say_so() -> None:
    cut = '[[cuts]]\nid = "top"\nscale = "total"\nlabel = "top half"\nat = 50\nmetric = "percentile_rank"\nbasis = "norm"\nrationale = "a choice"\n'
    instrument = pm.parse_instrument(simple(extra=cut))
    frame = {f"q{i}": [x % 5 for x in range(40)] for i in range(1, 5)} | {
        "person_id": [f"p{x}" for x in range(40)]
    }
    scores = pm.score(instrument, pm.read_responses(frame, instrument)).with_standard_errors({"total": 2.0})
    without = person_signals(scores)
    assert without.cut_ids == ()
    assert "without norms" in recommend_all(without).of(0).notes[1].text
    norms = pm.build_norms(scores, edition="x", provenance={"description": "a test"})
    normed = norms.apply(scores)
    signals = person_signals(scores, normed)
    assert signals.cut_ids == ("top",)
    assert np.nanmax(signals.of("percentile", "top")) <= 1
    probability = signals.of("probability", "top")
    assert (np.diff(probability[:5]) > 0).all()


def test_scores_norms_and_answers_of_different_people_are_refused() -> None:
    one, other = levels_signals([[1] * 6]), levels_signals([[1] * 6, [2] * 6])
    instrument = one.instrument
    frame = {f"q{i}": [1] for i in range(1, 7)} | {"person_id": ["someone"]}
    responses = pm.read_responses(frame, instrument)
    with pytest.raises(CareersError, match="not of the same people"):
        person_signals(one.scores, responses=responses)
    norms = pm.build_norms(other.scores, edition="x", provenance={"description": "a test"})
    with pytest.raises(CareersError, match="not of the same people"):
        person_signals(one.scores, norms.apply(other.scores))
    elsewhere = pm.parse_instrument(simple())
    answers = pm.read_responses({f"q{i}": [1] for i in range(1, 5)} | {"person_id": ["p0"]}, elsewhere)
    with pytest.raises(CareersError, match="the scores on levels"):
        person_signals(one.scores, responses=answers)


def test_a_standardised_composite_has_no_shortfall_and_says_so() -> None:
    items = 'items = [{ id = "q1", topic = "t", options = "often" }]\n'
    scales = """
[[scales]]
id = "one"
title = "One"
items = ["q1"]
[[scales]]
id = "z"
title = "Z"
components = [{ scale = "one", mean = 2, sd = 1 }]
[[cuts]]
id = "c"
scale = "z"
label = "c"
at = 0
basis = "criterion"
rationale = "a choice"
"""
    instrument = pm.parse_instrument(HEAD.format(id="zed") + items + FREQUENCY + scales)
    scores = pm.score(instrument, pm.read_responses({"person_id": ["p"], "q1": [1]}, instrument))
    assert np.isnan(person_signals(scores).of("shortfall", "c")[0])


def test_nobody_gets_nothing() -> None:
    instrument = pm.parse_instrument(LEVELS)
    empty: dict[str, list[object]] = {f"q{i}": [] for i in range(1, 7)} | {"person_id": []}
    responses = pm.read_responses(empty, instrument)
    batch = recommend_all(person_signals(pm.score(instrument, responses), responses=responses))
    assert len(batch) == 0
    assert list(batch) == []
    assert batch.to_frame().empty
