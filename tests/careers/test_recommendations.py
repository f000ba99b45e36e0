"""Recommendations: only own answers bring one up; weights move places and nothing else; every basis resolves."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from careers_for_tests import CATALOGUE, catalogue, levels_signals
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import psychometrics as pm
from psychometrics.careers import (
    Recommendations,
    load_catalogue,
    person_signals,
    recommend,
    recommend_all,
)
from psychometrics.careers.batch import RecommendationBatch
from psychometrics.errors import CareersError

ROOT = Path(__file__).resolve().parents[2]
SMALL = catalogue()
ANSWERS = hnp.arrays(np.float64, (4, 6), elements=st.sampled_from([0.0, 1.0, 2.0, 3.0, 4.0, np.nan]))
FULL = hnp.arrays(np.float64, (3, 6), elements=st.sampled_from([0.0, 1.0, 2.0, 3.0, 4.0]))
SHARE = st.floats(0, 1)
ERROR = st.sampled_from([None, 0.0, 0.7, 3.0])
NAMES = st.sampled_from(sorted(SMALL.weights))


def ids(found: Recommendations) -> list[str]:
    return [item.id for item in found]


def by_id(found: Recommendations) -> dict[str, Any]:
    return {item.id: item for item in found}


@settings(max_examples=25, deadline=None)
@given(ANSWERS, ERROR, SHARE)
def test_the_market_changes_places_and_never_what_is_recommended(
    answers: np.ndarray, error: float | None, market: float
) -> None:
    signals = levels_signals(answers, error=error)
    without, some, full = (recommend_all(signals, SMALL, market_weight=w) for w in (0.0, market, 1.0))
    assert (without.present == full.present).all()
    assert (without.present == some.present).all()
    assert (some.rank_without_market == without.rank).all()
    assert (some.rank_with_full_market == full.rank).all()


@settings(max_examples=25, deadline=None)
@given(ANSWERS, ERROR, st.dictionaries(NAMES, SHARE))
def test_strength_is_the_weighted_mean_of_the_signals_that_are_there(
    answers: np.ndarray, error: float | None, weights: dict[str, float]
) -> None:
    for found in recommend_all(levels_signals(answers, error=error), SMALL, weights=weights):
        for item in found:
            total = sum(one.weight for one in item.signals)
            assert total > 0
            assert item.strength == pytest.approx(sum(one.share for one in item.signals) / total)
            assert 0 <= item.strength <= 1
            assert all(0 <= one.value <= 1 and one.share == one.value * one.weight for one in item.signals)
            assert not {one.signal for one in item.signals} & {one.signal for one in item.missing}
            assert all(one.reason for one in item.missing)


@settings(max_examples=20, deadline=None)
@given(ANSWERS, NAMES)
def test_a_signal_of_weight_0_does_not_count(answers: np.ndarray, name: str) -> None:
    for found in recommend_all(levels_signals(answers), SMALL, weights={name: 0.0}):
        for item in found:
            kept = [one for one in item.signals if one.signal != name]
            total = sum(one.weight for one in kept)
            assert item.strength == pytest.approx(sum(one.share for one in kept) / total)


@settings(max_examples=25, deadline=None)
@given(FULL, st.integers(0, 5), ERROR)
def test_a_better_score_never_strengthens_practising_its_level(
    answers: np.ndarray, question: int, error: float | None
) -> None:
    better = answers.copy()
    better[:, question] = np.minimum(better[:, question] + 1, 4)
    level = "practise:lower" if question < 3 else "practise:upper"
    for before, after in zip(
        recommend_all(levels_signals(answers, error=error), SMALL),
        recommend_all(levels_signals(better, error=error), SMALL),
        strict=True,
    ):
        old, new = by_id(before).get(level), by_id(after).get(level)
        assert new is None or (old is not None and new.strength <= old.strength + 1e-12)


@settings(max_examples=20, deadline=None)
@given(FULL, st.integers(0, 5))
def test_a_better_score_never_takes_a_neighbour_away(answers: np.ndarray, question: int) -> None:
    better = answers.copy()
    better[:, question] = np.minimum(better[:, question] + 1, 4)
    for before, after in zip(
        recommend_all(levels_signals(answers), SMALL),
        recommend_all(levels_signals(better), SMALL),
        strict=True,
    ):
        for name, item in by_id(before).items():
            if item.kind == "go_on":
                assert by_id(after)[name].strength >= item.strength - 1e-12


@settings(max_examples=20, deadline=None)
@given(ANSWERS)
def test_ranks_run_from_1_and_the_order_is_that_of_strength(answers: np.ndarray) -> None:
    for found in recommend_all(levels_signals(answers), SMALL):
        assert [item.rank for item in found] == list(range(1, len(found) + 1))
        for name in ("rank_without_market", "rank_with_full_market"):
            assert sorted(getattr(item, name) for item in found) == list(range(1, len(found) + 1))
        strengths = [round(item.strength, 12) for item in found]
        assert strengths == sorted(strengths, reverse=True)
        assert found.to_frame().shape[0] == len(found)


def test_a_batch_can_go_to_another_process() -> None:
    batch = recommend_all(levels_signals([[2, 2, 2, 4, 4, np.nan], [4] * 6]), SMALL)
    sent = pickle.loads(pickle.dumps(batch))
    assert [one.items for one in sent] == [one.items for one in batch]


def test_one_person_alone_gets_what_the_batch_says() -> None:
    answers = [[0] * 6, [2, 2, 2, 3, 3, np.nan], [4] * 6]
    batch = recommend_all(levels_signals(answers), SMALL)
    for row, mine in enumerate(answers):
        alone = recommend_all(levels_signals([mine]), SMALL).of(0)
        assert alone.items == batch.of(row).items
    scores = batch.person.scores
    assert recommend(scores, "p1", catalogue=SMALL).items == batch.of(1).items


def test_the_same_call_gives_the_same_bytes_and_ties_go_by_kind_and_id() -> None:
    answers = [[4, 4, 4, 4, 4, 4], [0, 0, 0, 0, 0, 0]]
    first, second = (recommend_all(levels_signals(answers), SMALL) for _ in range(2))
    assert [str(one) for one in first] == [str(one) for one in second]
    even = {name: 0.0 for name in SMALL.weights if name not in ("gap", "sureness")}
    tied = recommend_all(levels_signals([[0] * 6], error=0.0), SMALL, weights=even).of(0)
    assert {item.strength for item in tied} == {1.0}
    assert ids(tied) == ["practise:lower", "practise:upper"]


def test_people_get_what_their_scores_ask_for() -> None:
    low, high, between, top = recommend_all(
        levels_signals([[0] * 6, [4, 4, 4, 0, 0, 0], [2, 2, 2, 0, 0, 0], [4] * 6], error=0.5), SMALL
    )
    assert ids(low) == ["practise:lower", "practise:upper"]  # one after the other: readiness
    assert set(ids(high)) == {"practise:upper", "go_on:near"}
    assert ids(between)[0] == "measure_again:low-cut"
    assert set(ids(top)) == {"go_on:near", "go_on:far"}
    assert by_id(top)["go_on:near"].text == (
        "You most likely reach “Lower” and “Upper”, and “Near” lies next to them."
    )
    assert by_id(high)["go_on:near"].text == "You most likely reach “Lower”, and “Near” lies next to it."
    assert "cut:high-cut" not in by_id(high)["go_on:near"].bases


def test_the_words_follow_what_is_known_of_the_score() -> None:
    missed, open_ = recommend_all(levels_signals([[0] * 6, [2] * 6]), SMALL)
    plain, reached = recommend_all(levels_signals([[1] * 6, [4] * 6], error=None), SMALL)
    starts = [
        (missed, "practise:lower", "Your true score most likely misses the cut of “Low level” at 6."),
        (open_, "practise:lower", "Your score lies so close to the cut of “Low level” at 6"),
        (plain, "practise:lower", "Your score lies below the cut of “Low level” at 6."),
        (reached, "go_on:far", "Your score reaches “Upper”, and “Far” lies next to it."),
    ]
    for found, name, start in starts:
        assert by_id(found)[name].text.startswith(start)
        assert by_id(found)[name].step[0].islower()


def test_the_definition_and_its_sources_come_with_practising() -> None:
    low, met = recommend_all(levels_signals([[0] * 6, [2] * 6]), SMALL)
    for found, statement in ((low, "Low is open."), (met, "Low is met.")):
        item = by_id(found)["practise:lower"]
        assert statement in [remark.text for remark in item.remarks]
        assert [page.url for page in item.read_on] == [
            "https://example.org/lower",
            "https://example.org/book",
        ]
        assert item.url == "https://example.org/lower"
        assert item.claims == ("shares",)
    again = by_id(met)["measure_again:low-cut"]
    assert [str(remark.text) for remark in again.remarks] == [
        "The definition gives 14 to 90 days as the time for a retest."
    ]


def test_without_errors_the_score_decides_and_what_lacks_is_said() -> None:
    found = recommend_all(levels_signals([[0] * 6], error=None), SMALL).of(0)
    item = by_id(found)["practise:lower"]
    assert [one.signal for one in item.missing] == ["gap"]
    assert not [one for one in ids(found) if one.startswith("measure_again")]


def test_a_blank_is_to_be_answered_and_no_score_is_said() -> None:
    nothing, one = recommend_all(levels_signals([[np.nan] * 6, [2, 2, np.nan, 0, 0, 0]]), SMALL)
    assert ids(nothing) == ["answer:high", "answer:low"]
    assert all(item.strength == 1 for item in nothing)
    (note,) = nothing.notes
    assert note.text.startswith("There is no score on “Low level” or “High level”, so nothing is recommended")
    assert note.bases == ("score:low", "score:high")
    assert by_id(one)["answer:low"].strength == pytest.approx(1 / 3)


def test_the_market_alone_recommends_nothing() -> None:
    own = {name: 0.0 for name in SMALL.weights if name not in ("market", "adjacency")}
    batch = recommend_all(levels_signals([[4] * 6, [0] * 6]), SMALL, market_weight=1, weights=own)
    assert not batch.present.any()
    assert [len(found) for found in batch] == [0, 0]
    assert batch.to_frame().empty
    assert repr(batch.of(0)) == "<Recommendations for p0: 0 recommendations>"


def test_market_and_adjacency_of_a_neighbour() -> None:
    item = by_id(recommend_all(levels_signals([[4] * 6]), SMALL, market_weight=1).of(0))["go_on:far"]
    shares = {one.signal: one for one in item.signals}
    assert (shares["market"].value, shares["market"].weight) == (0.9, 1.0)
    assert shares["market"].bases == ("claim:shares", "catalogue:far")
    assert shares["adjacency"].value == 0.4
    assert "authors' judgement" in shares["adjacency"].text
    assert shares["adjacency"].bases == ("catalogue:upper->far",)
    near = by_id(recommend_all(levels_signals([[4] * 6]), SMALL).of(0))["go_on:near"]
    (adjacency,) = (one for one in near.signals if one.signal == "adjacency")
    assert "authors' judgement" not in adjacency.text
    assert adjacency.bases == ("catalogue:skill->near", "claim:shares")
    assert "market" in [one.signal for one in near.missing]


def test_an_instrument_that_the_catalogue_does_not_know_says_so() -> None:
    batch = recommend_all(levels_signals([[2] * 6]), load_catalogue())
    found = batch.of(0)
    assert "nothing is recommended beyond what your own scores ask for" in found.notes[0].text
    assert {item.kind for item in found} == {"measure_again"}
    assert all(item.node == "" for item in found)


@pytest.mark.parametrize(
    ("call", "says"),
    [
        ({"market_weight": 1.5}, "expected a number from 0 to 1"),
        ({"market_weight": float("nan")}, "expected a number from 0 to 1"),
        ({"weights": {"gap": True}}, "expected a number from 0 to 1"),
        ({"weights": {"gab": 0.5, "gap": -1}}, 'Did you mean "gap"'),
        ({"language": "tlh"}, "There is: en"),
    ],
)
def test_weights_that_make_no_sense_and_languages_without_texts_are_refused(
    call: dict[str, Any], says: str
) -> None:
    with pytest.raises(CareersError, match=says):
        recommend_all(levels_signals([[2] * 6]), SMALL, **call)


def test_who_is_not_there_is_named() -> None:
    scores = levels_signals([[2] * 6, [0] * 6]).scores
    assert recommend(scores, "p1", catalogue=SMALL).person_id == "p1"
    with pytest.raises(CareersError, match='no person "p7"'):
        recommend(scores, "p7", catalogue=SMALL)
    with pytest.raises(CareersError, match="no occasions"):
        recommend(scores, "p1", occasion="2", catalogue=SMALL)
    with pytest.raises(CareersError, match="there is no row 2"):
        recommend_all(levels_signals([[2] * 6, [0] * 6]), SMALL).of(2)


def test_an_occasion_is_chosen_where_there_are_several() -> None:
    instrument = levels_signals([[2] * 6]).instrument
    frame = {f"q{i}": [0, 4] for i in range(1, 7)} | {"person_id": ["a", "a"], "occasion": ["1", "2"]}
    scores = pm.score(instrument, pm.read_responses(frame, instrument))
    with pytest.raises(CareersError, match="2 occasions"):
        recommend(scores, "a", catalogue=SMALL)
    later = recommend(scores, "a", occasion="2", catalogue=SMALL)
    assert (later.occasion, {item.kind for item in later}) == ("2", {"go_on"})


def test_hostile_titles_stay_text() -> None:
    hostile = "<script>{0}</script> \u202e 🦀"
    text = CATALOGUE.replace('title = "Near"', f'title = "{hostile}"')
    item = by_id(recommend_all(levels_signals([[4] * 6]), catalogue(text)).of(0))["go_on:near"]
    assert hostile in item.text


@pytest.fixture(scope="module")
def flagship() -> RecommendationBatch:
    folder = ROOT / "norms" / "skill-rust-backend"
    instrument = pm.load_instrument("skill-rust-backend")
    responses = pm.read_responses(folder / "simulated-2026.responses.csv.gz", instrument)
    responses = responses.select(np.arange(300))
    ratings = pm.read_ratings(folder / "simulated-2026.ratings.csv.gz", instrument)
    keep = np.isin(ratings.persons.column("person_id"), responses.persons.column("person_id"))
    scores = pm.score(instrument, responses, ratings.select(keep))
    scores = scores.with_standard_errors(
        {scale.id: 12.0 if scale.method == "rubric" else 8.0 for scale in instrument.scales}
    )
    normed = pm.load_norms("skill-rust-backend/simulated-2026").apply(scores)
    return recommend_all(person_signals(scores, normed, responses))


def test_every_basis_of_the_flagship_resolves(flagship: RecommendationBatch) -> None:
    instrument, shipped = flagship.person.instrument, load_catalogue()
    cuts = {cut.id for cut in instrument.definition.cuts}
    statements = {f"statements.{one.id}" for one in instrument.definition.statements}
    places = statements | {f"cuts.{cut}" for cut in cuts} | {"id", "retest_days"}
    known: dict[str, Any] = {
        "score": instrument.scale_ids,
        "rating": instrument.scale_ids,
        "response": instrument.scale_ids,
        "cut": cuts,
        "norms": {"skill-rust-backend/simulated-2026"},
        "definition": places,
    }
    bases = set()
    for found in flagship:
        for item in found:
            assert item.text
            assert item.bases
            said = [item.bases, *(one.bases for one in (*item.signals, *item.remarks))]
            assert all(said)
            bases |= {basis for one in said for basis in one} | {f"claim:{claim}" for claim in item.claims}
        bases |= {basis for note in found.notes for basis in note.bases}
    for basis in bases:
        kind, _, ref = basis.partition(":")
        if kind == "catalogue":
            shipped.resolve(ref)
        elif kind == "claim":
            shipped.claims.claim(ref)
        else:
            assert ref in known[kind], basis


def test_all_kinds_come_up_in_the_flagship_and_the_sample_is_said_to_be_simulated(
    flagship: RecommendationBatch,
) -> None:
    frame = flagship.to_frame()
    assert set(frame.kind) == {"practise", "measure_again", "go_on", "talk", "answer", "rate"}
    assert flagship.source.simulated
    assert flagship.of(0).source.simulated
    first = frame[frame.person_id == flagship.of(0).person_id]
    assert list(first.id) == ids(flagship.of(0))
    assert list(first.strength) == [item.strength for item in flagship.of(0)]
