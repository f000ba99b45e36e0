from __future__ import annotations

import math
import threading

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from store_clock_for_tests import Clock

from psychometrics.errors import StoreError
from psychometrics.web.flow import asked_items
from psychometrics.web.store import Store

TASK = "j_task1"


@pytest.fixture
def sitting(store: Store) -> str:
    return store.invite("anna", store.add_instrument("skill-rust-backend").name).sitting_id


def test_answers_come_back_as_the_instrument_writes_them(store: Store, sitting: str, clock: Clock) -> None:
    assert store.save_answers(sitting, {"j1": "3", "j2": 0, "j3": None, TASK: "let x = 1;"}) == 4
    answers = store.answers(sitting)
    assert answers.codes == {"j1": 3, "j2": 0, "j3": None}
    assert answers.texts == {TASK: "let x = 1;"}
    assert answers.get("j1") == 3 and answers.get(TASK) == "let x = 1;" and answers.get("j9") is None
    assert answers.shown == {"j1", "j2", "j3", TASK}
    assert store.sittings()[0].started == clock.now


def test_a_later_answer_replaces_an_earlier_one(store: Store, sitting: str) -> None:
    for _ in range(2):
        store.save_answers(sitting, {"j1": 1, TASK: "first"})
    store.save_answers(sitting, {"j1": 2, TASK: None})
    assert store.answers(sitting).codes == {"j1": 2}
    assert store.answers(sitting).texts == {TASK: None}
    store.save_answers(sitting, {})
    assert store.answers(sitting).codes == {"j1": 2}


def test_seconds_add_up_and_a_page_sent_twice_adds_once(store: Store, sitting: str) -> None:
    store.save_answers(sitting, {"j1": 1}, seconds={"j1": 2.5}, visit="a")
    store.save_answers(sitting, {"j1": 1}, seconds={"j1": 2.5}, visit="a")
    assert store.answers(sitting).seconds == {"j1": 2.5}
    store.save_answers(sitting, {"j1": 1}, seconds={"j1": 1.0}, visit="b")
    store.save_answers(sitting, {"j1": 1}, seconds={"j1": 0.5})
    store.save_answers(sitting, {"j1": 1}, seconds={"j1": 0.5})
    store.save_answers(sitting, {"j1": 1, "j2": 1})  # no time was measured, which is not 0
    assert store.answers(sitting).seconds == {"j1": 4.5}
    store.save_answers(sitting, {"j2": 1}, seconds={"j2": 2.0})
    assert store.answers(sitting).seconds == {"j1": 4.5, "j2": 2.0}


def test_everything_wrong_is_said_at_once_and_nothing_is_kept(store: Store, sitting: str) -> None:
    answers = {
        "j1": 9,
        "j2": "x" * 200,
        "jj": 1,
        TASK: "x" * 20_001,
        "j_task2": 4,
        "j3": True,
        "j4": 2,
        "<b>\0": 1,
    }
    seconds = {"j4": -1.0, "j1": math.nan, "m1": 3.0, "j2": 1e9}
    with pytest.raises(StoreError) as caught:
        store.save_answers(sitting, answers, seconds=seconds, visit="x" * 65)
    assert [problem.where for problem in caught.value.problems] == [
        "j1", "j2", "'jj'", TASK, "j_task2", "j3", "'<b>\\x00'",
        "seconds of 'j4'", "seconds of 'j1'", "seconds of 'm1'", "seconds of 'j2'", "visit",
    ]  # fmt: skip
    assert "\0" not in str(caught.value)
    assert store.answers(sitting).codes == {}


def test_a_finished_sitting_takes_nothing_more(store: Store, sitting: str) -> None:
    store.save_answers(sitting, {"j1": 1})
    store.finish(sitting)
    with pytest.raises(StoreError, match="is finished"):
        store.save_answers(sitting, {"j1": 2})
    assert store.answers(sitting).codes == {"j1": 1}
    with pytest.raises(StoreError, match="no such sitting"):
        store.save_answers("nobody", {"j1": 2})


HOSTILE = [
    "<script>alert(1)</script>",
    "a\0b",
    "\ud800 alone",
    "\u202ereversed",
    "🦀" * 5_000,
    "line\r\nline\tend ",
    "'; DROP TABLE answer; --",
    " ",
    "x" * 20_000,
]


@pytest.mark.parametrize("words", HOSTILE, ids=range(len(HOSTILE)))
def test_what_a_person_wrote_comes_back_as_it_was(store: Store, sitting: str, words: str) -> None:
    store.save_answers(sitting, {TASK: words})
    assert store.answers(sitting).texts == {TASK: words}


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(words=st.text(st.characters(), max_size=60))
def test_any_text_comes_back_as_it_was(store: Store, sitting: str, words: str) -> None:
    store.save_answers(sitting, {TASK: words})
    assert store.answers(sitting).texts == {TASK: words or None}


def test_progress_counts_what_is_asked(store: Store) -> None:
    made = store.invite("anna", store.add_instrument("audit").name)
    asked = store.progress(made.sitting_id).asked
    assert len(asked) == 10
    first = store.instrument("audit").items[0]
    store.save_answers(made.sitting_id, {first.id: first.codes[0]})  # never drinks
    progress = store.progress(made.sitting_id)
    assert progress.answered == (first.id,)
    assert set(asked) > set(progress.asked) and first.id in progress.asked
    assert progress.share == pytest.approx(1 / len(progress.asked)) and not progress.finished
    store.finish(made.sitting_id)
    assert store.progress(made.sitting_id).finished


def test_branches_leave_out_only_what_is_surely_not_asked(store: Store) -> None:
    instrument = store.add_instrument("audit")
    first = instrument.items[0]
    everything = tuple(item.id for item in instrument.items)
    assert asked_items(instrument, {}) == everything
    assert asked_items(instrument, {first.id: None}) == everything
    assert len(asked_items(instrument, {first.id: first.codes[0]})) < len(everything)
    assert asked_items(instrument, {first.id: first.codes[-1]}) == everything


def test_at_the_end_answers_that_are_not_asked_are_taken_back(store: Store) -> None:
    instrument = store.add_instrument("audit")
    made = store.invite("anna", instrument.name)
    store.save_answers(made.sitting_id, dict.fromkeys(instrument.item_ids, 2), seconds={"q2": 3.0})
    store.save_answers(made.sitting_id, {"q1": 0})
    assert store.answers(made.sitting_id).codes["q2"] == 2
    store.finish(made.sitting_id)
    answers = store.answers(made.sitting_id)
    assert {one for one, code in answers.codes.items() if code is not None} == {"q1", "q9", "q10"}
    assert answers.seconds["q2"] == 3.0, "the time was spent all the same"
    assert store.progress(made.sitting_id).share == 1 and store.responses(instrument.name).notes == ()


def test_many_at_once_lose_nothing_and_one_bad_neighbour_hurts_nobody(store: Store) -> None:
    name = store.add_instrument("gad-7").name
    people = [store.invite(f"p{k}", name).sitting_id for k in range(12)]
    refused = []

    def answer(k: int) -> None:
        for item in range(1, 8):
            try:
                store.save_answers(people[k], {f"q{item}": (k + item) % 4 if k else 17})
            except StoreError as error:
                refused.append(error)

    threads = [threading.Thread(target=answer, args=(k,)) for k in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 7
    assert store.answers(people[0]).codes == {}
    for k in range(1, 12):
        assert store.answers(people[k]).codes == {f"q{item}": (k + item) % 4 for item in range(1, 8)}
