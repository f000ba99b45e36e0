"""An item without a column: refused by every command that reads responses, taken as not presented where that is said."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from instruments_for_tests import simple
from typer.testing import CliRunner

import psychometrics as pm
from psychometrics.cli.app import app
from psychometrics.errors import PsychometricsError

BATCHES = ["--engine", "batches", "--memory", "16GiB"]
NEW = ["--edition", "new", "--to", "new"]
BUILD = [*NEW, "--provenance", "description=made-up people"]
OLD = ["n/old.toml"]
READ = ["i.toml", "a.csv"]
COMMANDS = {
    "score": ["score", *READ],
    "score in batches": ["score", *READ, *BATCHES],
    "items": ["items", *READ],
    "items in batches": ["items", *READ, *BATCHES],
    "reliability": ["reliability", *READ, "--retest", "a.csv"],
    "reliability in batches": ["reliability", *READ, "--retest", "a.csv", *BATCHES],
    "norms build": ["norms", "build", *READ, *BUILD],
    "norms build in batches": ["norms", "build", *READ, *BUILD, *BATCHES],
    "norms update": ["norms", "update", *OLD, *READ, *NEW],
    "norms remove": ["norms", "remove", *OLD, *READ, *NEW],
    "norms drift": ["norms", "drift", *OLD, *READ],
    "norms bands": ["norms", "bands", *OLD, *OLD, *READ, "--ranks", "25,75"],
    "report person": ["report", "person", *READ, "--person", "p1"],
    "report manual": ["report", "manual", *READ],
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Hold an instrument of four items, answers to three of them, and an edition made of the same people."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "i.toml").write_text(simple(rules='missing = "prorate"\nminimum_valid = 2'), encoding="utf-8")
    frame = pd.DataFrame(
        {
            "person_id": [f"p{i}" for i in range(120)],
            **{f"q{j}": [(i * j + i // 7) % 5 for i in range(120)] for j in range(1, 4)},
        }
    )
    frame.to_csv(tmp_path / "a.csv", index=False)
    instrument = pm.load_instrument("i.toml")
    scores = pm.score(instrument, pm.read_responses("a.csv", instrument, missing_columns="not_presented"))
    more = pd.concat([frame, frame.assign(person_id=[f"r{i}" for i in range(120)])])
    both = pm.score(instrument, pm.read_responses(more, instrument, missing_columns="not_presented"))
    assert scores.n_rows * 2 == both.n_rows
    pm.build_norms(both, edition="old", provenance={"description": "made-up people"}).save("n")
    return tmp_path


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("words", COMMANDS.values(), ids=COMMANDS)
def test_every_command_refuses_a_missing_column_unless_told(words: list[str]) -> None:
    refused = CliRunner().invoke(app, words)
    assert isinstance(refused.exception, PsychometricsError)
    assert "q4: no column for this item" in str(refused.exception)
    assert "--missing-columns not_presented" in str(refused.exception)
    assert 'missing_columns="not_presented"' in str(refused.exception)
    done = CliRunner().invoke(app, [*words, "--missing-columns", "not_presented"])
    assert done.exit_code == 0, (done.output, done.exception)


@pytest.mark.usefixtures("folder")
def test_memory_and_batches_take_an_item_without_a_column_alike() -> None:
    flag = ["--missing-columns", "not_presented"]
    plain = CliRunner().invoke(app, ["score", *READ, *flag])
    batches = CliRunner().invoke(app, ["score", *READ, *flag, *BATCHES])
    assert plain.stdout == batches.stdout
    assert plain.stdout.splitlines()[1].startswith("p0,total,0,3,")


@pytest.mark.usefixtures("folder")
def test_missing_columns_is_for_tables_of_responses() -> None:
    flag = ["--missing-columns", "not_presented"]
    store = CliRunner().invoke(app, ["score", "i.toml", "store:taken.sqlite", *flag])
    assert store.exit_code == 2
    assert "for tables, not for a store" in " ".join(store.stderr.split())
    scores = CliRunner().invoke(app, ["norms", "update", *OLD, "--scores", "a.csv", *NEW, *flag])
    assert scores.exit_code == 2
    assert "not for --scores" in " ".join(scores.stderr.split())


@pytest.mark.usefixtures("folder")
def test_the_way_out_is_said_once_and_a_column_to_rename_comes_first() -> None:
    frame = pd.read_csv("a.csv").rename(columns={"q1": "Q1"}).drop(columns="q2")
    frame.to_csv("odd.csv", index=False)
    said = str(CliRunner().invoke(app, ["score", "i.toml", "odd.csv"]).exception)
    assert 'q1: no column for this item. Rename the column "Q1"?' in said
    assert said.count("--missing-columns") == 1
