"""Selection rates of groups stand in a manual only where persons are selected by the scores."""

from __future__ import annotations

import manuals_for_tests as made
import pytest
import typer
from typer.testing import CliRunner

import psychometrics as pm
from psychometrics.cli.report.manual import manual_command
from psychometrics.report.manual.build import technical_manual
from psychometrics.report.manual.content import Judgements, Paragraph, Table
from psychometrics.report.manual.manual import TechnicalManual

app = typer.Typer()
app.command()(manual_command)


def about(use: str, **options: object) -> TechnicalManual:
    definition = made.DEFINITION.replace("Testing this library", use)
    instrument = pm.parse_instrument(definition)
    data = pm.read_responses(made.responses().to_frame(), instrument)
    rated = pm.read_ratings(made.ratings().to_frame(), instrument)
    return technical_manual(instrument, data, rated, groups="wing", norms=None, **options)


def titles(manual: TechnicalManual) -> set[str]:
    return {b.title for b in manual.section("fairness").blocks if isinstance(b, Table | Judgements)}


def state(manual: TechnicalManual) -> str:
    return {one.id: one.answered for one in manual.review}["fairness.impact"]


def notes(manual: TechnicalManual) -> list[str]:
    return [b.text for b in manual.section("fairness").blocks if isinstance(b, Paragraph)]


RATES = {"Selection rates", "The four-fifths rule", "Scoring rates: share above the median"}


def test_no_selection_no_four_fifths_rule_and_one_sentence_says_why():
    manual = about("Screening for untidiness in care")
    assert not RATES & titles(manual)
    assert "Groups" in titles(manual)
    assert state(manual) == "not applicable"
    said = [text for text in notes(manual) if "four-fifths rule" in text]
    assert len(said) == 1
    assert "does not name selection" in said[0] and "selection=True" in said[0] and "--selection" in said[0]


@pytest.mark.parametrize(
    "use",
    [
        "One of several sources in the selection of cleaners",
        "Hiring of desk keepers",
        "Deciding who is promoted",
        "Admission to the school of desks",
    ],
)
def test_the_intended_use_names_selection(use):
    manual = about(use)
    assert titles(manual) >= RATES
    assert state(manual) == "yes"
    assert not [text for text in notes(manual) if "are not here" in text]


def test_the_caller_knows_better_than_the_words():
    assert titles(about("Testing", selection=True)) >= RATES
    against = about("Selection of cleaners", selection=False)
    assert not RATES & titles(against)
    assert [text for text in notes(against) if "selection=False" in text]


def test_without_groups_the_rates_are_missing_only_where_somebody_is_selected():
    missing = technical_manual(made.instrument(), selection=True)
    assert state(missing) == "no"
    assert state(technical_manual(made.instrument())) == "not applicable"


@pytest.mark.parametrize(
    ("name", "selects"), [("skill-rust-backend", True), ("phq-9", False), ("audit", False)]
)
def test_shipped_instruments(name, selects):
    assert (state(technical_manual(name)) == "no") is selects


@pytest.mark.parametrize(
    ("word", "said"),
    [((), "does not apply"), (("--selection",), "missing"), (("--no-selection",), "does not apply")],
)
def test_the_command_line_has_the_same_words(word, said):
    found = CliRunner().invoke(app, ["phq-9", *word])
    assert found.exit_code == 0, found.output
    row = next(line for line in found.stdout.splitlines() if "fairness.impact" in line)
    assert f"| {said} |" in row
