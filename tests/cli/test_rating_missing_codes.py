"""A code that means not rated: refused by every command that reads ratings, taken as no rating where that is said."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from instruments_for_tests import with_rubric
from pyarrow import csv
from typer.testing import CliRunner

import psychometrics as pm
from psychometrics.cli.app import app
from psychometrics.errors import PsychometricsError

BATCHES = ["--engine", "batches", "--memory", "16GiB"]
READ = ["i.toml", "a.csv", "--ratings", "r.csv"]
NEW = ["--edition", "new", "--to", "new"]
BUILD = [*NEW, "--provenance", "description=made-up people"]
OLD = ["n/old.toml"]
FLAG = ["--rating-missing-code", "9"]
COMMANDS = {
    "score": ["score", *READ],
    "score in batches": ["score", *READ, *BATCHES],
    "score ratings alone": ["score", "i.toml", "--ratings", "r.csv"],
    "items": ["items", *READ],
    "items in batches": ["items", *READ, *BATCHES],
    "reliability": ["reliability", *READ],
    "reliability in batches": ["reliability", *READ, *BATCHES],
    "retest": [
        "reliability",
        *READ[:2],
        "--ratings",
        "whole.csv",
        "--retest",
        "a.csv",
        "--retest-ratings",
        "r.csv",
    ],
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
    """Hold an instrument, answers, ratings of two raters in which one is not given, and an edition of the same people."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "i.toml").write_text(with_rubric(), encoding="utf-8")
    later = with_rubric().replace('version = "1.0.0"', 'version = "2.0.0"')
    (tmp_path / "later.toml").write_text(later, encoding="utf-8")
    people = range(120)
    answers = {
        "person_id": [f"p{i}" for i in people],
        "q1": [i % 5 for i in people],
        "q2": [i // 5 % 5 for i in people],
    }
    pd.DataFrame(answers).to_csv("a.csv", index=False)
    lines = [
        {
            "person_id": f"p{i}",
            "item_id": "task",
            "criterion_id": one,
            "rater_id": f"r{r}",
            "level": (i + r * (i % 3)) % 4,
        }
        for i in people
        for one in ("clear", "right")
        for r in (1, 2)
    ]
    whole = pd.DataFrame(lines)
    whole.to_csv("whole.csv", index=False)
    whole.loc[0, "level"] = 9
    whole.to_csv("r.csv", index=False)
    instrument = pm.load_instrument("i.toml")
    more = pd.concat(
        [pd.DataFrame(answers), pd.DataFrame(answers).assign(person_id=lambda one: "x" + one["person_id"])]
    )
    judged = pd.concat([whole, whole.assign(person_id=lambda one: "x" + one["person_id"])])
    scores = pm.score(
        instrument,
        pm.read_responses(more, instrument),
        pm.read_ratings(judged, instrument, missing_codes=[9]),
    )
    pm.build_norms(scores, edition="old", provenance={"description": "made-up people"}).save("n")
    return tmp_path


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("words", COMMANDS.values(), ids=COMMANDS)
def test_every_command_refuses_a_level_that_is_none_unless_told(words: list[str]) -> None:
    refused = CliRunner().invoke(app, words)
    assert isinstance(refused.exception, PsychometricsError)
    assert "level of task.clear: 1 value that no option has: 9 (row 1)" in str(refused.exception)
    done = CliRunner().invoke(app, [*words, *FLAG])
    assert done.exit_code == 0, (done.output, done.exception)


@pytest.mark.usefixtures("folder")
def test_converting_reads_the_ratings_of_both_versions() -> None:
    words = ["norms", "convert", *OLD, "later.toml", "a.csv", "--old-responses", "a.csv", *NEW]
    words += ["--design", "random_groups", "--old-instrument", "i.toml"]
    for given in (["whole.csv", "r.csv"], ["r.csv", "whole.csv"]):
        both = [*words, "--ratings", given[0], "--old-ratings", given[1]]
        assert "has: 9 (row 1)" in str(CliRunner().invoke(app, both).exception)
        read = CliRunner().invoke(app, [*both, *FLAG])
        assert "scores are not whole numbers" in str(
            read.exception
        )  # percentages: read, and not to be equated


@pytest.mark.usefixtures("folder")
def test_scores_are_those_of_the_library_in_memory_and_in_batches() -> None:
    instrument = pm.load_instrument("i.toml")
    ratings = pm.read_ratings("r.csv", instrument, missing_codes=[9])
    assert ratings.n_blank == 1
    scores = pm.score(instrument, pm.read_responses("a.csv", instrument), ratings)
    own = scores.to_frame()["raw_score"].tolist()
    for more in ([], BATCHES):
        done = CliRunner().invoke(app, ["score", *READ, *FLAG, *more, "--out", "s.csv"])
        assert done.exit_code == 0, (done.output, done.exception)
        assert csv.read_csv("s.csv")["raw_score"].to_pylist() == own


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("more", [[], BATCHES], ids=["memory", "batches"])
def test_a_level_cannot_mean_not_rated(more: list[str]) -> None:
    refused = CliRunner().invoke(app, ["score", *READ, "--rating-missing-code", "0", *FLAG, *more])
    assert isinstance(refused.exception, PsychometricsError)
    assert "missing code 0: is also a level of task.clear, task.right" in str(refused.exception)


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    "words",
    [
        ["score", "i.toml", "a.csv"],
        ["items", "i.toml", "a.csv"],
        ["reliability", "i.toml", "a.csv", "--retest", "a.csv"],
        ["norms", "build", "i.toml", "a.csv", *BUILD],
        ["norms", "build", "i.toml", "a.csv", *BUILD, *BATCHES],
        ["report", "person", "i.toml", "a.csv"],
        ["report", "manual", "i.toml", "a.csv"],
    ],
    ids=" ".join,
)
def test_codes_of_ratings_go_with_ratings(words: list[str]) -> None:
    wrong = CliRunner().invoke(app, [*words, *FLAG])
    assert wrong.exit_code == 2
    assert "goes with a table of ratings" in " ".join(wrong.stderr.split())


@pytest.mark.usefixtures("folder")
def test_codes_of_ratings_do_not_go_with_scores() -> None:
    wrong = CliRunner().invoke(app, ["norms", "update", *OLD, "--scores", "a.csv", *NEW, *FLAG])
    assert wrong.exit_code == 2
    assert "--rating-missing-code" in wrong.stderr
