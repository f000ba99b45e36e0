"""Errors of scores by source; prorating."""

from __future__ import annotations

import numpy as np
import pytest
from instruments_for_tests import simple, with_rubric
from oracles_percentile_uncertainty import slow_prorated

import psychometrics as pm
from psychometrics.errors import ScoringError
from psychometrics.scoring.error_sources import ErrorSources, prorated_errors
from psychometrics.scoring.score_errors import check_errors, errors_at


@pytest.mark.parametrize("m", [0, 1, 2, 4])
def test_prorated_errors_are_the_mean_over_all_sets_of_missing_items(m: int) -> None:
    rng = np.random.default_rng(m)
    V = np.cov(rng.normal(size=(40, 5)) + rng.normal(size=(40, 1)), rowvar=False)
    means = rng.normal(size=5)
    found = prorated_errors(5, covariances=V, item_means=means)
    assert found[m] == pytest.approx(slow_prorated(V, means, m), rel=1e-10, abs=1e-12)
    alike = prorated_errors(5, covariances=V)
    assert alike[m] == pytest.approx(slow_prorated(V, np.zeros(5), m), rel=1e-10, abs=1e-12)


def test_with_the_sem_it_is_the_error_of_the_shorter_test_stretched() -> None:
    found = prorated_errors(10, standard_error=3.0)
    assert 9 + found[4] ** 2 == pytest.approx(9 * 10 / 6)


@pytest.mark.parametrize(
    ("call", "says"),
    [
        ({"n_items": 1, "standard_error": 1.0}, "from 2 items on"),
        ({"n_items": 3}, "either standard_error or covariances"),
        ({"n_items": 3, "standard_error": -1.0}, "0 or more"),
        ({"n_items": 3, "covariances": np.eye(2)}, "3 by 3"),
        ({"n_items": 3, "standard_error": 1.0, "item_means": [1, 2]}, "one mean for each"),
    ],
)
def test_what_makes_no_sense_is_refused(call: dict, says: str) -> None:
    with pytest.raises(ScoringError, match=says):
        prorated_errors(**call)


def test_the_whole_error_is_the_root_of_the_squares() -> None:
    sources = ErrorSources(measurement={0: 1.0, 10: 3.0}, raters=2.0, missing={1: 1.5})
    raw = np.array([5.0, 5.0, 5.0, np.nan])
    found = errors_at(sources, raw, np.array([1, 4, -1, 1]), np.array([0, 1, 0, 0]))
    assert found[:2] == pytest.approx([np.sqrt(4 + 4), np.sqrt(4 + 1 + 1.5**2)])
    assert np.isnan(found[2:]).all()
    assert np.isnan(errors_at(sources, raw)).all()
    by_number = ErrorSources(measurement=0.0, raters={1: 2.0, 2: 1.6})
    assert errors_at(by_number, raw[:3], np.array([1, 2, 3]))[:2] == pytest.approx([2.0, 1.6])
    assert np.isnan(errors_at(by_number, raw[:3], np.array([1, 2, 3]))[2])
    assert np.isnan(errors_at(ErrorSources(measurement=1.0, missing={1: 0.5}), raw[:1], None, np.array([2])))


def test_wrong_sources_are_named_all_at_once() -> None:
    wrong = {
        "a": ErrorSources(measurement=-1.0),
        "b": ErrorSources(measurement={}),
        "c": ErrorSources(measurement=1.0, raters={-1: 1.0}),
        "d": ErrorSources(measurement={float("nan"): 1.0}),
    }
    with pytest.raises(ScoringError) as caught:
        check_errors(wrong, list("abcd"))
    assert [problem.where for problem in caught.value.problems] == list("abcd")


def test_scores_know_their_missing_items() -> None:
    instrument = pm.parse_instrument(simple(4, rules='missing = "prorate"\nminimum_valid = 2'))
    answers = pm.read_responses(
        {"person_id": ["a", "b"], "q1": [4, 3], "q2": [4, None], "q3": [2, 3], "q4": [1, None]}, instrument
    )
    scores = pm.score(instrument, answers)
    assert scores.n_missing().tolist() == [[0, 2]]
    sources = ErrorSources(measurement=1.0, missing=prorated_errors(4, standard_error=1.0))
    assert scores.with_standard_errors({"total": sources}).errors()[0] == pytest.approx([1.0, np.sqrt(2)])
    refusing = pm.parse_instrument(simple(4))
    assert pm.score(refusing, pm.read_responses({"person_id": ["a"], **{f"q{i}": [1] for i in range(1, 5)}}, refusing)).n_missing().tolist() == [[0]]  # fmt: skip


def test_scores_know_their_raters() -> None:
    instrument = pm.parse_instrument(with_rubric())
    rows = [("a", "r1"), ("a", "r2"), ("b", "r1")]
    ratings = pm.read_ratings(
        {
            "person_id": [p for p, _ in rows for _ in range(2)],
            "item_id": ["task"] * 6,
            "rater_id": [r for _, r in rows for _ in range(2)],
            "criterion_id": ["clear", "right"] * 3,
            "level": [1, 2, 2, 2, 3, 3],
        },
        instrument,
    )
    answers = pm.read_responses({"person_id": ["a", "b"], "q1": [1, 2], "q2": [2, 2]}, instrument)
    scores = pm.score(instrument, answers, ratings)
    errors = scores.with_standard_errors({"work": ErrorSources(measurement=3.0, raters=4.0)}).errors()
    row = scores.scale_ids.index("work")
    assert errors[row] == pytest.approx([np.sqrt(9 + 8), 5.0])
    assert np.isnan(errors[scores.scale_ids.index("self")]).all()
