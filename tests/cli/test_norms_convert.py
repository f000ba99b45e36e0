"""``psychometrics norms convert`` gives the edition of ``Norms.convert``; ``norms update`` says when people answered."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pandas as pd
import pytest
from instruments_for_tests import simple
from typer.testing import CliRunner

import psychometrics as pm
from psychometrics.cli.app import app
from psychometrics.cli.norms import convert
from psychometrics.errors import PsychometricsError
from psychometrics.norming.equating import plan

CONVERT = ["norms", "convert", "n/old.toml", "new.toml", "new.csv", "--old-responses", "old.csv"]
NEW = ["--edition", "new", "--to", "n"]
SINGLE = ["--design", "single_group", "--method", "linear"]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand in a folder with two versions, answers of the same people to both, and norms for the first."""
    monkeypatch.chdir(tmp_path)
    old, new = simple(3), simple(4).replace('version = "1.0.0"', 'version = "2.0.0"')
    (tmp_path / "old.toml").write_text(old, encoding="utf-8")
    (tmp_path / "new.toml").write_text(new, encoding="utf-8")
    frame = pd.DataFrame(
        {
            "person_id": [f"p{i}" for i in range(120)],
            **{f"q{j}": [(i * j + i // 7) % 5 for i in range(120)] for j in range(1, 5)},
        }
    )
    frame.to_csv("new.csv", index=False)
    frame.drop(columns="q4").to_csv("old.csv", index=False)
    scores = pm.score("old.toml", pm.read_responses("old.csv", "old.toml"))
    told = {"description": "made-up people", "collected": "2025"}
    pm.build_norms(scores, edition="old", provenance=told).save("n")
    return tmp_path


def run(*given: str, status: int = 0) -> str:
    done = CliRunner().invoke(app, list(given))
    if status == 1:
        assert isinstance(done.exception, PsychometricsError)
        return str(done.exception)
    assert done.exit_code == status, (done.output, done.exception)
    return " ".join(done.stderr.split())


def test_the_edition_is_that_of_the_library() -> None:
    options = ["--old-instrument", "old.toml", "--why", "an item was added", "--who", "ann"]
    said = run(*CONVERT, *SINGLE, *NEW, *options)
    assert "note: total: linear, single group, 120 and 120 persons" in said
    assert "wrote n/new.toml" in said
    made = pm.load_norms("n/new.toml")
    new, old = (
        pm.score(f"{one}.toml", pm.read_responses(f"{one}.csv", f"{one}.toml")) for one in ("new", "old")
    )
    equating = pm.equate(new, old, design="single_group", method="linear")
    expected = pm.load_norms("n/old.toml").convert(
        equating, to=pm.load_instrument("new.toml"), edition="new", why="an item was added", who="ann"
    )
    assert made.head.conversion == expected.head.conversion
    assert made.head.history[-1] == expected.head.history[-1]
    assert made.head.fingerprint == pm.load_instrument("new.toml").fingerprint
    assert made.apply(new).percentile_rank.tolist() == expected.apply(new).percentile_rank.tolist()


def test_what_does_not_fit_is_refused_in_words() -> None:
    old = ["--old-instrument", "old.toml"]
    assert "No such command" not in run(
        *CONVERT, *NEW, status=2
    )  # --design has no default: it cannot be seen
    assert "anchor_method" in run(*CONVERT, "--design", "anchor", "--anchor", "total", *NEW, *old, status=1)
    assert "did you mean" in run(*CONVERT, *SINGLE, *NEW, *old, "--scale", "totl", status=1).lower()
    assert "no instrument" in run(*CONVERT, *SINGLE, *NEW, status=1)  # the catalogue has no simple@1.0.0
    assert "is among what is read" in run(*CONVERT[:-1], "n", *SINGLE, *NEW, *old, status=2)
    assert not Path("n/new.toml").exists()


def test_methods_and_designs_are_those_of_the_library() -> None:
    for ours, theirs in (
        (convert.Method, plan.MethodName),
        (convert.Design, plan.Design),
        (convert.AnchorMethod, plan.AnchorMethod),
    ):
        assert get_args(ours) == get_args(theirs)


def test_people_who_are_added_say_when_they_answered() -> None:
    update = ["norms", "update", "n/old.toml", "old.toml", "old.csv", "--to", "n", "--edition"]
    run(*update, "silent")
    run(*update, "told", "--provenance", "collected=2026-11")
    assert pm.load_norms("n/silent.toml").head.population.collected == "2025"
    assert pm.load_norms("n/told.toml").head.population.collected == "2025; 2026-11"
    said = run(*update, "more", "--provenance", "country=DE", status=2)
    assert "only collected is kept, not country" in said
