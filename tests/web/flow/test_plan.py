from __future__ import annotations

import pytest
import web_instruments_for_tests as made
from hypothesis import given, settings

from psychometrics.errors import InstrumentError
from psychometrics.instrument import load_instrument
from psychometrics.web.flow import page_plan

few = settings(max_examples=60, deadline=None)


@few
@given(made.instruments())
def test_every_item_stands_on_one_page_in_the_order_of_the_file(instrument):
    plan = page_plan(instrument)
    shown = [item_id for page in plan.pages for item_id in page.item_ids]
    assert shown == [entry.id for entry in instrument.definition.items]
    assert [page.number for page in plan.pages] == list(range(1, len(plan.pages) + 1))


@few
@given(made.instruments())
def test_a_page_holds_one_task_or_questions_with_the_same_options(instrument):
    options = {entry.id: getattr(entry, "options", None) for entry in instrument.definition.items}
    for page in page_plan(instrument).pages:
        kinds = {options[item_id] for item_id in page.item_ids}
        assert len(kinds) == 1
        assert len(page.item_ids) == 1 if page.kind == "task" else len(page.item_ids) <= 6


@few
@given(made.instruments())
def test_no_item_shares_a_page_with_the_answer_that_decides_about_it(instrument):
    plan = page_plan(instrument)
    for branch in instrument.branches:
        for item_id in branch.items:
            for decider in {branch.item, *branch.points_of} - {None}:
                assert plan.page_of[item_id] != plan.page_of[decider]


def test_a_long_run_is_cut_into_blocks_of_about_equal_length():
    instrument = made.definition([made.item(f"i{n}") for n in range(7)])
    assert [len(page.item_ids) for page in page_plan(instrument).pages] == [4, 3]


def test_the_flagship_has_three_levels_of_questions_and_tasks():
    pages = page_plan(load_instrument("skill-rust-backend")).pages
    assert [len(page.item_ids) for page in pages] == [6, 1, 1] * 3
    assert [page.kind for page in pages] == ["questions", "task", "task"] * 3


def test_a_definition_without_wording_is_refused_in_words():
    with pytest.raises(InstrumentError, match="topics, not the wording"):
        page_plan(load_instrument("gad-7"))
