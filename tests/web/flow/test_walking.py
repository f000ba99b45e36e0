from __future__ import annotations

import web_instruments_for_tests as made
from hypothesis import given, settings
from hypothesis import strategies as st

from psychometrics.responses import read_responses
from psychometrics.responses.missing import MissingReason
from psychometrics.web.flow import (
    asked_items,
    is_answered,
    next_page,
    page_plan,
    previous_page,
    progress,
    resume_page,
    stale_answers,
    unanswered,
)

few = settings(max_examples=80, deadline=None)


@st.composite
def sittings(draw):
    instrument = draw(made.instruments())
    return instrument, draw(made.answers_to(instrument))


@few
@given(sittings())
def test_what_is_not_asked_is_not_applicable_when_the_answers_are_read(sitting):
    instrument, answers = sitting
    if not instrument.items:
        return
    stale = stale_answers(instrument, answers)
    row = {item.id: [None if item.id in stale else answers.get(item.id)] for item in instrument.items}
    read = read_responses({"person_id": ["a"], **row}, instrument)
    not_applicable = {
        item.id
        for item, code in zip(instrument.items, read.codes[:, 0], strict=True)
        if code == MissingReason.NOT_APPLICABLE
    }
    asked = asked_items(instrument, answers)
    assert not_applicable == {item.id for item in instrument.items} - set(asked)
    assert not read.notes


@few
@given(sittings())
def test_forth_and_back_visits_the_same_pages(sitting):
    instrument, answers = sitting
    plan, asked = page_plan(instrument), asked_items(instrument, answers)
    forth, number = [], 0
    while (page := next_page(plan, asked, number)) is not None:
        forth.append(page)
        number = page.number
    back, number = [], len(plan.pages) + 1
    while (page := previous_page(plan, asked, number)) is not None:
        back.append(page)
        number = page.number
    assert forth == back[::-1]
    assert {item_id for page in forth for item_id in page.item_ids} >= set(asked)


@few
@given(sittings())
def test_progress_counts_what_is_asked_and_resumes_at_the_first_gap(sitting):
    instrument, answers = sitting
    plan, asked = page_plan(instrument), asked_items(instrument, answers)
    done = progress(instrument, answers)
    assert done.n_asked == len(asked)
    assert done.n_answered == sum(is_answered(answers.get(item_id)) for item_id in asked)
    assert 0 <= done.share <= 1
    left = unanswered(instrument, answers)
    page = resume_page(plan, instrument, answers)
    assert (page is None) == done.complete == (not left)
    assert page is None or left[0] in page.item_ids


def test_a_change_of_mind_closes_a_branch_and_opens_it_again_with_its_answers():
    instrument = made.definition(
        [made.item("i1"), made.item("i2"), made.item("i3")],
        made.branch(["i2"], 'item = "i1", options = [1, 2]')
        + made.branch(["i3"], 'points_of = ["i2"], at_least = 1'),
    )
    answers = {"i1": 1, "i2": 2, "i3": 0}
    assert asked_items(instrument, answers) == ("i1", "i2", "i3")
    changed = {**answers, "i1": 0}
    assert asked_items(instrument, changed) == ("i1",)
    assert stale_answers(instrument, changed) == ("i2", "i3")
    assert stale_answers(instrument, {**changed, "i1": 2}) == ()


def test_a_text_of_blanks_is_no_answer():
    assert not is_answered(" \n\t") and not is_answered(None)
    assert is_answered(0) and is_answered("0")
