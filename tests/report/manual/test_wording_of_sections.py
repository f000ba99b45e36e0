"""Sentences that were wrong once: what is not answered, whom a fit rests on, times that do not go together."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache

import manuals_for_tests as made
import pytest
from manuals_for_tests import bare, full

import psychometrics as pm
from psychometrics.report.manual.build import technical_manual
from psychometrics.report.manual.content import Listing, Paragraph, Table
from psychometrics.report.manual.manual import TechnicalManual
from psychometrics.report.manual.questions import QUESTIONS

ONE = re.compile(
    r"(?<![\d.,|] )(?<![\d.,])\b1 (persons|items|raters|tasks|minutes|days|limits|decimals|scales|rows)\b"
)


@cache
def phq() -> TechnicalManual:
    return technical_manual("phq-9")


def table(manual: TechnicalManual, section: str, title: str) -> Table:
    blocks = manual.section(section).blocks
    return next(one for one in blocks if isinstance(one, Table) and one.title.startswith(title))


def test_an_edition_that_does_not_know_is_quoted():
    answers = [row[3] for row in table(phq(), "norms", "What a reader of norms").rows]
    assert "Not answered: the edition says “none stated”." in answers
    assert not [one for one in answers if re.match(r"Not answered\. \w", one)]


def test_the_fit_names_the_persons_it_rests_on():
    fits = table(full(), "structure", "How near")
    row = dict(zip(fits.head, fits.rows[0], strict=True))
    assert (row["n"], row["n of the fit"]) == ("80", "78")
    assert "n of the fit: persons with every answer" in fits.below
    judged = full().section("structure").judgements
    assert all("n = 78" in one.value for one in judged)


def test_times_that_do_not_go_together_are_said():
    flagship = technical_manual("skill-rust-backend", norms=None).section("administration")
    [said] = [one.text for one in flagship.blocks if isinstance(one, Paragraph)]
    assert "add up to 6 to 12 minutes" in said
    assert (
        "the shortest time of the tasks alone, 6 minutes, is above the shortest time of the whole, 5 minutes"
        in said
    )
    assert "longest" not in said
    fits = [one.text for one in full().section("administration").blocks if isinstance(one, Paragraph)]
    assert fits == ["The times of the tasks add up to 1 minute."]


@pytest.mark.parametrize("manual", [full, bare, phq])
def test_one_is_not_many(manual):
    found = ONE.search(manual().to_markdown())
    assert not found, manual().to_markdown()[max(0, found.start() - 80) : found.end() + 20] if found else ""


def test_one_person_is_not_many():
    what = made.instrument()
    manual = technical_manual(what, made.responses(1), norms=None, smallest=1)
    assert not ONE.search(manual.to_markdown())


def test_chapters_are_many_where_they_are():
    asked = [one.asked_by for one in QUESTIONS]
    assert not [one for one in asked if re.search(r"chapter \d+ and", one)]
    assert "Standards 2014, chapters 1 and 9" in asked


def test_only_what_authors_alone_can_say_is_said_of_them():
    manual = technical_manual(pm.parse_instrument(made.DEFINITION))
    gaps = {gap.question: row for (_, gap), row in zip(manual.missing, rows(manual), strict=True)}
    assert gaps["fairness.items"][2] == "no statement of the authors was given"


def rows(manual: TechnicalManual) -> list[tuple[str, ...]]:
    return list(table(manual, "missing", "Missing").rows)


def test_notes_call_scales_by_their_titles():
    again = made.responses(20, later=True)
    manual = technical_manual(made.instrument(), made.responses(), made.ratings(), retest=again, norms=None)
    [notes] = [one.items for one in manual.section("stability").blocks if isinstance(one, Listing)]
    said = next(one for one in notes if "did not come back" in one)
    assert "on Said" in said and "on said" not in said


def test_what_raters_judge_is_not_called_free_of_judgement():
    found = full().section("scoring").finding[0]
    assert found.startswith("Scores follow from answers and ratings by rule.")
    assert "the sum of the points or the sum of other scales" in found


def test_topics_are_not_called_text_and_not_said_to_be_protected():
    ipip = technical_manual("ipip-50").section("items")
    assert "not ours" not in " ".join(ipip.finding)
    assert (
        next(one for one in ipip.blocks if isinstance(one, Table) and one.title == "Items").head[1] == "topic"
    )


def test_no_call_of_a_function_stands_in_a_note():
    what, answers = made.instrument(), made.responses()
    found = pm.reliability(what, answers, detail="all")
    rows = [replace(row, note="read omega_hierarchical() instead") for row in found.rows]
    manual = technical_manual(what, answers, reliability=replace(found, rows=tuple(rows)), norms=None)
    notes = [one.text for one in manual.section("reliability").blocks if isinstance(one, Paragraph)]
    assert any("read omega hierarchical instead" in one for one in notes)
