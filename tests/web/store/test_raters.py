from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sittings_for_tests import FLAGSHIP, TASKS, rate_all, take

from psychometrics.errors import StoreError
from psychometrics.web.store import Store, assigning
from psychometrics.web.store.assigning import Answer


@pytest.fixture
def rated(store: Store) -> Store:
    """Return a store in which four people took the flagship and three raters are entered."""
    for person in ("anna", "ben", "cara", "dora"):
        take(store, person)
    for rater_id in ("r1", "r2", "r3"):
        store.add_rater(rater_id)
    return store


def test_a_rater_is_blind(rated: Store) -> None:
    rated.assign(FLAGSHIP, raters_per_answer=2, double_share=0)
    for one in rated.tasks_for("r1"):
        task = rated.task(one.id, "r1")
        for other in ("r2", "r3"):
            for theirs in rated.tasks_for(other):
                levels = {c.criterion_id: 3 for c in rated.task(theirs.id, other).criteria}
                rated.save_ratings(theirs.id, other, levels)
        assert rated.task(one.id, "r1") == task
        assert task.levels == {}
        shown = repr((task, one))
        sittings = [sitting.id for sitting in rated.sittings()]
        assert not any(sitting_id in shown for sitting_id in sittings)
        names = {field.name for record in (task, one) for field in dataclasses.fields(record)}
        assert not names & {"person_id", "sitting_id", "rater_id", "reason", "occasion"}
        assert task.answer_text.endswith(f"on {task.item_id}") and task.task_text
        break


def test_another_raters_task_is_not_there(rated: Store) -> None:
    rated.assign(FLAGSHIP)
    mine = rated.tasks_for("r1")[0]
    for call in (
        lambda: rated.task(mine.id, "r2"),
        lambda: rated.save_ratings(mine.id, "r2", {}),
        lambda: rated.task("nothing", "r1"),
    ):
        with pytest.raises(StoreError, match="no such task for this rater"):
            call()


def test_ratings_are_complete_or_refused(rated: Store) -> None:
    rated.assign(FLAGSHIP)
    one = next(task for task in rated.tasks_for("r1") if task.item_id == "j_task1")
    with pytest.raises(StoreError) as caught:
        rated.save_ratings(one.id, "r1", {"explains_move": 9, "nonsense": 1}, seconds=-1)
    assert [problem.where for problem in caught.value.problems] == [
        "j_task1.borrowing_signature",
        "j_task1.clone_cost",
        "j_task1.explains_move",
        "'nonsense'",
        "seconds",
    ]
    assert rated.task(one.id, "r1").levels == {}
    levels = {"explains_move": "3", "j_task1.borrowing_signature": 0, "clone_cost": 1}
    for _ in range(2):
        rated.save_ratings(one.id, "r1", levels, seconds=10, visit="a")
    task = rated.task(one.id, "r1")
    assert task.levels == {
        "j_task1.explains_move": 3,
        "j_task1.borrowing_signature": 0,
        "j_task1.clone_cost": 1,
    }
    assert task.finished is not None
    rated.save_ratings(one.id, "r1", {**levels, "clone_cost": 2})
    actions = [line.action for line in rated.audit()]
    assert actions.count("rated") == 1 and actions.count("rating changed") == 1


def test_assigning_again_adds_only_what_is_new(rated: Store) -> None:
    first = rated.assign(FLAGSHIP, double_share=0.25)
    assert first.answers == 24 and first.double_rated == 6 and first.new == 30
    assert max(first.per_rater.values()) - min(first.per_rater.values()) <= 1
    again = rated.assign(FLAGSHIP, double_share=0.25)
    assert again.new == 0 and again.per_rater == first.per_rater
    take(rated, "erin", tasks=TASKS[:2])
    more = rated.assign(FLAGSHIP, double_share=0.25)
    assert more.answers == 26 and more.new >= 2
    assert sum(more.per_rater.values()) == 30 + more.new


def test_unfinished_and_blank_answers_are_not_handed_out(store: Store) -> None:
    take(store, "anna", tasks=TASKS[:1])
    made = store.invite("ben", FLAGSHIP)
    store.save_answers(made.sitting_id, {"j_task1": "not yet finished"})
    store.add_rater("r1")
    assert store.assign(FLAGSHIP, double_share=0).answers == 1


def test_too_few_raters_are_said(store: Store) -> None:
    take(store, "anna")
    with pytest.raises(StoreError, match="0 raters in this store, and 2 are needed"):
        store.assign(FLAGSHIP)
    store.add_rater("r1")
    assert store.assign(FLAGSHIP, double_share=0).new == 6
    with pytest.raises(StoreError, match="make no sense"):
        store.assign(FLAGSHIP, double_share=1.5)


def test_nobody_rates_an_own_answer(store: Store) -> None:
    take(store, "rita")
    store.add_rater("rita")
    with pytest.raises(StoreError, match="too few raters"):
        store.assign(FLAGSHIP, double_share=0)
    assert store.tasks_for("rita") == ()
    store.add_rater("other")
    assert store.assign(FLAGSHIP, double_share=0).per_rater == {"other": 6, "rita": 0}


def test_a_dispute_goes_to_a_third_rater_and_is_settled(rated: Store) -> None:
    rated.assign(FLAGSHIP, raters_per_answer=2, double_share=0)
    rate_all(rated, levels=(0, 2, 3))
    queue = rated.adjudication_queue(FLAGSHIP)
    assert queue and all(one.gap >= one.limit == 2 for one in queue)
    assert [one.gap for one in queue] == sorted((one.gap for one in queue), reverse=True)
    assert all(one.adjudicator is None and len(one.levels) == 2 for one in queue)
    places = {(one.sitting_id, one.item_id) for one in queue}
    done = rated.adjudicate(FLAGSHIP)
    assert done.new == len(places)
    for one in rated.adjudication_queue(FLAGSHIP):
        assert one.adjudicator not in {None, *one.levels}
    assert rated.adjudicate(FLAGSHIP).new == 0
    assert rate_all(rated, levels=(1,)) == len(places)
    assert rated.adjudication_queue(FLAGSHIP) == ()
    assert len(rated.ratings(FLAGSHIP).levels) > 0


answers_of_people = st.lists(
    st.tuples(st.integers(0, 30), st.sampled_from(("t1", "t2", "t3"))), unique=True, max_size=60
)


def answers_from(places: list[tuple[int, str]]) -> list[Answer]:
    return sorted(
        Answer(sitting_id=f"s{person}", person_id=f"p{person}", occasion="1", item_id=item)
        for person, item in places
    )


@settings(max_examples=60, deadline=None)
@given(
    places=answers_of_people,
    n_raters=st.integers(3, 7),
    per_answer=st.integers(1, 2),
    share=st.sampled_from((0.0, 0.2, 0.5, 1.0)),
    seed=st.integers(0, 5),
)
def test_a_plan_is_fair_exact_and_always_the_same(
    places: list[tuple[int, str]], n_raters: int, per_answer: int, share: float, seed: int
) -> None:
    answers, raters = answers_from(places), [f"r{k}" for k in range(n_raters)]

    def plan() -> assigning.Plan:
        made = assigning.start(answers, raters, {}, seed)
        assigning.assign(made, answers, raters_per_answer=per_answer, double_share=share)
        return made

    made = plan()
    assert made.added == plan().added
    assert set(made.held) == {answer.place for answer in answers}
    for who in made.held.values():
        assert len(set(who)) == len(who)
    load = [sum(rater_id in who for who in made.held.values()) for rater_id in raters]
    assert max(load) - min(load) <= 1
    for item in {answer.item_id for answer in answers}:
        mine = [made.held[answer.place] for answer in answers if answer.item_id == item]
        assert sum(len(who) == per_answer + 1 for who in mine) == int(share * len(mine) + 1e-9)
        assert all(len(who) in (per_answer, per_answer + 1) for who in mine)


@settings(max_examples=40, deadline=None)
@given(places=answers_of_people, cut=st.integers(0, 60))
def test_answers_that_come_later_change_nothing_before(places: list[tuple[int, str]], cut: int) -> None:
    answers, raters = answers_from(places), ["r1", "r2", "r3", "r4"]
    first = assigning.start(answers[:cut], raters, {}, 1)
    assigning.assign(first, answers[:cut], raters_per_answer=1, double_share=0.5)
    then = assigning.start(answers, raters, first.held, 1)
    assigning.assign(then, answers, raters_per_answer=1, double_share=0.5)
    for place, who in first.held.items():
        assert then.held[place] == who
    for item in {answer.item_id for answer in answers}:
        mine = [then.held[answer.place] for answer in answers if answer.item_id == item]
        assert sum(len(who) == 2 for who in mine) == len(mine) // 2
