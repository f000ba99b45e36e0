"""No figure of a manual of real persons is of fewer persons than the rule says; what is hidden says so."""

from __future__ import annotations

import re
from functools import cache

import manuals_for_tests as made
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from instruments_for_tests import simple

import psychometrics as pm
from psychometrics.report.manual.build import technical_manual
from psychometrics.report.manual.content import FigureRef, Table
from psychometrics.report.manual.manual import TechnicalManual
from psychometrics.report.manual.small_cells import HIDDEN, small_cells

WHAT = pm.parse_instrument(simple(4))


def people(n: int, rare: int, seed: int = 1) -> pm.Responses:
    """Answer 1 to 3 of 0 to 4; ``rare`` persons answer 4 to everything, and nobody else does."""
    rng = np.random.default_rng(seed)
    theta = rng.normal(size=(n, 1))
    points = np.clip(np.rint(2 + theta + rng.normal(scale=0.5, size=(n, 4))), 1, 3).astype(int)
    points[:rare] = 4
    table = {f"q{i + 1}": points[:, i].tolist() for i in range(4)}
    return pm.read_responses({"person_id": [f"p{k}" for k in range(n)], **table}, WHAT)


@cache
def rare_ones() -> TechnicalManual:
    """200 persons, of whom 3 took an option that nobody else took."""
    return technical_manual(WHAT, people(200, 3))


def tables(manual: TechnicalManual, section: str, title: str) -> list[Table]:
    blocks = manual.section(section).blocks
    return [one for one in blocks if isinstance(one, Table) and one.title.startswith(title)]


def column(table: Table, name: str) -> list[str]:
    return [row[table.head.index(name)] for row in table.rows]


def test_an_option_of_few_persons_is_hidden_and_so_is_what_would_give_it_away():
    [table] = tables(rare_ones(), "analysis", "Use of every option")
    for item in ("q1", "q2", "q3", "q4"):
        rows = [dict(zip(table.head, row, strict=True)) for row in table.rows if row[0] == item]
        gone = [row for row in rows if row["persons"] == HIDDEN]
        assert "4" in {row["option"] for row in gone}
        assert len(gone) == 2
        assert all(row["share"] == row["mean of the rest"] == HIDDEN for row in gone)
        assert all(int(row["persons"]) == 0 or int(row["persons"]) >= 10 for row in rows if row not in gone)
    assert "Hidden: fewer than 10 persons" in table.below


def test_no_ceiling_gives_a_hidden_option_away():
    [table] = tables(rare_ones(), "analysis", "Items of")
    assert set(column(table, "ceiling")) == {HIDDEN}
    assert "Hidden: fewer than 10 persons" in table.below


def test_nothing_is_hidden_of_simulated_data_or_where_the_caller_says_so():
    for options in ({"simulated": True}, {"smallest": 1}):
        manual = technical_manual(WHAT, people(200, 3), **options)
        [table] = tables(manual, "analysis", "Use of every option")
        assert HIDDEN not in column(table, "persons")
        assert "3" in column(table, "persons")
        assert "Hidden" not in table.below


def test_error_along_the_score_is_never_of_few_persons_and_names_no_lowest_score():
    manual = technical_manual(WHAT, people(60, 2), smallest=25)
    [figure] = [
        one
        for one in manual.section("reliability").blocks
        if isinstance(one, FigureRef) and "error" in one.caption
    ]
    assert all(int(n) >= 25 for n in column(figure.table, "n persons"))
    [table] = tables(manual, "reliability", "Standard error at low")
    assert "until they hold 25 persons" in table.below
    [said] = column(table, "at score: error")
    assert said.startswith("up to ") and "from " in said and not re.search(r"\b16\b", said)


@pytest.mark.parametrize("n", [4, 9])
def test_few_persons_have_no_figures_at_all(n):
    manual = technical_manual(WHAT, people(n, 1))
    assert not tables(manual, "reliability", "Standard error")
    assert not tables(manual, "analysis", "Use of every option")
    [scores] = tables(manual, "sample", "Scores")
    assert column(scores, "n") == [str(n)]
    assert column(scores, "mean") == [""]
    row = dict(zip(manual.glance.scales.head, manual.glance.scales.rows[0], strict=True))
    assert "SEM" not in row or row["SEM"] == ""
    assert "fewer than 10 persons: not shown" in manual.to_markdown(None)
    assert not [f for section in manual.sections for f in section.figures]


def test_few_persons_are_shown_to_their_authors():
    manual = technical_manual(WHAT, people(9, 1), smallest=1)
    assert tables(manual, "reliability", "Standard error of measurement")
    assert "for its authors, not to be published" in manual.to_markdown(None)


def test_a_share_at_the_end_of_the_scale_is_not_of_few_persons():
    [scores] = tables(rare_ones(), "sample", "Scores")
    assert column(scores, "at the highest") == [HIDDEN]
    assert "Hidden: fewer than 10 persons" in scores.below
    page = rare_ones().to_markdown()
    assert "fewer than 10 persons have the highest possible score" in page


def test_retest_of_few_pairs_has_no_figures_and_no_dot_is_a_person():
    first = people(80, 0)
    few = technical_manual(WHAT, first, retest=people(6, 0))
    assert not tables(few, "stability", "Agreement")
    assert {one.id: one.answered for one in few.review}["stability.retest"] == "no"
    many = technical_manual(WHAT, first, retest=people(80, 0, seed=2))
    for figure in many.section("stability").figures:
        assert all(int(n) >= 10 for n in column(figure.table, "n"))


def test_a_cut_that_few_meet_does_not_say_how_many():
    manual = technical_manual(
        made.instrument(), made.responses(80), made.ratings(80), norms=None, smallest=50
    )
    [table] = tables(manual, "decisions", "Cuts and the people")
    [said] = manual.section("decisions").finding
    n = int(np.nansum(pm.score(made.instrument(), made.responses(80), made.ratings(80)).cuts().met[0]))
    assert 0 < n < 50
    assert column(table, "meet it") == column(table, "share") == [HIDDEN]
    assert said.startswith("Fewer than 50 of ")


@given(
    st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 40)), min_size=1, max_size=14),
    st.integers(1, 12),
)
def test_hidden_counts_cannot_be_worked_out_from_the_total(rows, least):
    groups, counts = [group for group, _ in rows], np.array([n for _, n in rows])
    hidden = small_cells(groups, counts, least)
    assert not ((counts > 0) & (counts < least) & ~hidden).any()
    assert not (hidden & (counts == 0)).any()
    for group in set(groups):
        mine = np.array([one == group for one in groups])
        gone, there = counts[mine & hidden], counts[mine & ~hidden]
        if len(gone) and there.any():
            assert len(gone) >= 2
            assert gone.sum() >= least
