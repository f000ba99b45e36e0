"""Branches: what was not asked, whatever the order of the rules in the file."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from instruments_for_tests import simple

from psychometrics.instrument import Instrument, parse_instrument
from psychometrics.responses import MissingReason, read_responses

N_ITEMS = 6
Rule = tuple[tuple[str, ...], tuple[str, ...], str]


@st.composite
def rules(draw: st.DrawFn) -> list[Rule]:
    """Draw items, their deciders, and the condition as it stands in the file."""
    found = []
    for _ in range(draw(st.integers(1, 4))):
        edge = draw(st.integers(1, N_ITEMS - 1))
        before = [f"q{k}" for k in range(1, edge + 1)]
        after = [f"q{k}" for k in range(edge + 1, N_ITEMS + 1)]
        items = draw(st.lists(st.sampled_from(after), min_size=1, max_size=3, unique=True))
        deciders = draw(st.lists(st.sampled_from(before), min_size=1, max_size=2, unique=True))
        if len(deciders) == 1 and draw(st.booleans()):
            condition = f'item = "{deciders[0]}", options = [2, 3, 4]'
        else:
            names = ", ".join(f'"{one}"' for one in deciders)
            condition = f"points_of = [{names}], at_least = {draw(st.integers(1, 5))}"
        found.append((tuple(items), tuple(deciders), condition))
    return found


def instrument(found: list[Rule]) -> Instrument:
    text = "".join(
        "[[branches]]\nitems = [{}]\nasked_if = {{ {} }}\n".format(
            ", ".join(f'"{one}"' for one in items), when
        )
        for items, _, when in found
    )
    return parse_instrument(simple(N_ITEMS, extra=text))


def slow(found: list[Rule], answers: dict[str, int | None]) -> set[str]:
    """Work out item by item, from the first to the last, what was surely not asked."""
    gone: set[str] = set()
    for item in (f"q{k}" for k in range(1, N_ITEMS + 1)):
        for items, deciders, when in found:
            if item not in items:
                continue
            if when.startswith("item"):
                answer = answers.get(deciders[0])
                closed = answer not in (2, 3, 4) if answer is not None else deciders[0] in gone
            else:
                most = sum(
                    answers[one] if answers.get(one) is not None else (0 if one in gone else 4)  # type: ignore[misc]
                    for one in deciders
                )
                closed = most < int(when.rpartition(" ")[2])
            if closed and answers.get(item) is None:
                gone.add(item)
    return gone


people = st.fixed_dictionaries(
    {f"q{k}": st.one_of(st.none(), st.integers(0, 4)) for k in range(1, N_ITEMS + 1)}
)


@settings(max_examples=150, deadline=None)
@given(rules(), st.randoms(use_true_random=False), st.lists(people, min_size=1, max_size=4))
def test_the_order_of_the_rules_changes_nothing(
    found: list[Rule], random: Random, rows: list[dict[str, int | None]]
) -> None:
    shuffled = random.sample(found, len(found))
    table = {"person_id": [f"p{k}" for k in range(len(rows))]}
    table |= {f"q{k}": [row[f"q{k}"] for row in rows] for k in range(1, N_ITEMS + 1)}
    one, other = (read_responses(table, instrument(each)) for each in (found, shuffled))
    assert np.array_equal(one.codes, other.codes) and one.notes == other.notes
    for place, row in enumerate(rows):
        not_asked = one.codes[:, place] == MissingReason.NOT_APPLICABLE
        assert {f"q{k + 1}" for k in np.flatnonzero(not_asked)} == slow(found, row)


@pytest.mark.parametrize("turned", [False, True])
def test_a_chain_is_closed_to_its_end(turned: bool) -> None:
    chain: list[Rule] = [
        (("q2",), ("q1",), 'item = "q1", options = [4]'),
        (("q3",), ("q2",), 'item = "q2", options = [4]'),
        (("q4", "q5", "q6"), ("q3",), 'points_of = ["q3"], at_least = 1'),
    ]
    made = instrument(chain[::-1] if turned else chain)
    blank = {f"q{k}": [None] for k in range(2, N_ITEMS + 1)}
    read = read_responses({"person_id": ["a"], "q1": [0], **blank}, made)
    assert (read.codes[1:, 0] == MissingReason.NOT_APPLICABLE).all()


def test_an_answer_that_two_rules_leave_out_is_counted_once() -> None:
    twice: list[Rule] = [
        (("q3",), ("q1",), 'item = "q1", options = [4]'),
        (("q3",), ("q2",), 'item = "q2", options = [4]'),
    ]
    table = {"person_id": ["a"], **{f"q{k}": [0] for k in range(1, N_ITEMS + 1)}}
    notes = read_responses(table, instrument(twice)).notes
    assert len(notes) == 1 and "1 " in notes[0]
