"""What is wrong with the data can be read in full from a shell: on the terminal, or in a file."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pandas as pd
import pytest
from instruments_for_tests import simple
from typer.testing import CliRunner

from psychometrics.cli import problems
from psychometrics.cli.app import app, run
from psychometrics.errors import Problem, PsychometricsError

BATCHES = ["--engine", "batches", "--memory", "16GiB"]
READ = ["i.toml", "bad.csv"]
NEW = ["--edition", "new", "--to", "new"]
OLD = ["n/old.toml"]
COMMANDS = {
    "score": ["score", *READ],
    "score in batches": ["score", *READ, *BATCHES],
    "items": ["items", *READ],
    "reliability": ["reliability", *READ],
    "norms build": ["norms", "build", *READ, *NEW, "--provenance", "description=made-up people"],
    "norms update": ["norms", "update", *OLD, *READ, *NEW],
    "norms remove": ["norms", "remove", *OLD, *READ, *NEW],
    "norms drift": ["norms", "drift", *OLD, *READ],
    "norms bands": ["norms", "bands", *OLD, *OLD, *READ],
    "norms convert": [
        *("norms", "convert", *OLD, *READ, "--old-responses", "bad.csv", "--old-instrument", "i.toml"),
        *("--design", "random_groups", *NEW),
    ],
    "report person": ["report", "person", *READ],
    "report manual": ["report", "manual", *READ],
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Hold an instrument, an edition, answers with two problems, and answers of 60 people each of whom is there twice."""
    import psychometrics as pm

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    Path("i.toml").write_text(simple(), encoding="utf-8")
    head = "person_id,q1,q2,q3,q4\n"
    whole = [f"p{i},{i % 5},{i % 4},{i % 3},1" for i in range(60)]
    Path("whole.csv").write_text(head + "\n".join(whole) + "\n", encoding="utf-8")
    Path("bad.csv").write_text(head + "a,7,1,1,1\nb,1,1,x,1\nc,8,1,1,1\n", encoding="utf-8")
    Path("twice.csv").write_text(head + "\n".join([*whole, *whole]) + "\n", encoding="utf-8")
    instrument = pm.load_instrument("i.toml")
    scores = pm.score(instrument, pm.read_responses("whole.csv", instrument))
    pm.build_norms(scores, edition="old", provenance={"description": "made-up people"}).save("n")
    return tmp_path


def from_shell(
    words: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> tuple[int, list[str]]:
    """Run as a shell does; return the exit status and the lines on standard error."""
    monkeypatch.setattr(sys, "argv", ["psychometrics", *words])
    with pytest.raises(SystemExit) as ended:
        run()
    return int(ended.value.code or 0), capsys.readouterr().err.splitlines()


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("words", COMMANDS.values(), ids=COMMANDS)
def test_every_command_that_reads_data_writes_its_problems(words: list[str]) -> None:
    done = CliRunner().invoke(app, [*words, "--problems", "p.csv"])
    assert isinstance(done.exception, PsychometricsError)
    found = pd.read_csv("p.csv")
    assert found.columns.tolist() == ["where", "row", "what", "expected", "hint"]
    assert sorted(found["row"]) == [1, 2, 3]
    assert set(found["expected"]) == {"0..4"}
    assert "wrote p.csv" in done.stderr


@pytest.mark.usefixtures("folder")
def test_lines_of_json_hold_each_problem_once() -> None:
    CliRunner().invoke(app, ["score", *READ, "--problems", "new/p.jsonl"])
    lines = [json.loads(line) for line in Path("new/p.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [(one["where"], one["rows"]) for one in lines] == [("q1", [1, 3]), ("q3", [2])]
    assert list(lines[0]) == ["where", "what", "expected", "hint", "rows"]


@pytest.mark.usefixtures("folder")
def test_a_long_message_ends_in_the_way_to_all_of_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    status, lines = from_shell(["score", "i.toml", "twice.csv"], monkeypatch, capsys)
    assert status == 1
    assert sum(": 2 rows" in line for line in lines) == problems.SHOWN == 50
    assert "  - and 10 more" in lines
    assert lines[-1] == "All of it: add --problems FILE, which ends in .csv or .jsonl."
    status, lines = from_shell(["score", "i.toml", "twice.csv", "--problems", "p.csv"], monkeypatch, capsys)
    assert status == 1 and "wrote p.csv" in lines
    assert not any("--problems" in line or ".problems" in line for line in lines)
    assert len(pd.read_csv("p.csv")) == 120


@pytest.mark.usefixtures("folder")
def test_a_short_message_is_all_of_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _, lines = from_shell(["score", *READ], monkeypatch, capsys)
    assert not any("--problems" in line for line in lines)


@pytest.mark.usefixtures("folder")
def test_rows_that_are_cut_are_in_the_file(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [f"p{i},{7 if i % 2 else 1},1,1,1" for i in range(100)]
    Path("many.csv").write_text("person_id,q1,q2,q3,q4\n" + "\n".join(rows) + "\n", encoding="utf-8")
    _, lines = from_shell(["score", "i.toml", "many.csv"], monkeypatch, capsys)
    assert "and 10 more)" in lines[1] and lines[-1] == problems.MORE
    from_shell(["score", "i.toml", "many.csv", "--problems", "p.csv"], monkeypatch, capsys)
    assert pd.read_csv("p.csv")["row"].tolist() == list(range(2, 101, 2))


@pytest.mark.usefixtures("folder")
def test_commands_without_the_option_print_all(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    many = [Problem(where=f"item {k}", what="empty") for k in range(70)]

    def fail(_: str) -> None:
        raise PsychometricsError("wrong", problems=many)

    monkeypatch.setattr("psychometrics.norming.load_norms", fail)
    _, lines = from_shell(["norms", "show", "x"], monkeypatch, capsys)
    assert len(lines) == 71 and "item 69" in lines[-1]


@pytest.mark.usefixtures("folder")
def test_validate_prints_every_problem() -> None:
    Path("bad.toml").write_text(simple(30).replace("topic", "topicc"), encoding="utf-8")
    said = CliRunner().invoke(app, ["validate", "bad.toml"]).stderr
    assert said.count("topicc: unknown key") == 30
    assert ".problems" not in said


@pytest.mark.usefixtures("folder")
def test_where_nothing_is_wrong_the_file_is_empty() -> None:
    Path("p.csv").write_text("what was wrong yesterday", encoding="utf-8")
    done = CliRunner().invoke(app, ["score", "i.toml", "whole.csv", "--problems", "p.csv"])
    assert done.exit_code == 0
    assert Path("p.csv").read_text(encoding="utf-8") == "where,row,what,expected,hint\n"
    CliRunner().invoke(app, ["score", "i.toml", "whole.csv", "--problems", "p.jsonl"])
    assert Path("p.jsonl").read_bytes() == b""


@pytest.mark.usefixtures("folder")
def test_an_error_without_a_list_is_one_line_of_the_file() -> None:
    CliRunner().invoke(app, ["score", "i.toml", "nobody.csv", "--problems", "p.csv"])
    found = pd.read_csv("p.csv")
    assert len(found) == 1 and "nobody.csv: cannot be read" in found["what"][0]


@pytest.mark.usefixtures("folder")
def test_a_file_that_cannot_be_written_hides_no_problem(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _, lines = from_shell(["score", *READ, "--problems", "i.toml/p.csv"], monkeypatch, capsys)
    assert "2 problems in the responses" in lines[0]
    assert any("p.csv: cannot be written" in line for line in lines)


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["score", *READ, "--problems", "p.txt"], "ends in .csv or .jsonl, not p.txt"),
        (["score", *READ, "--problems", "-"], "ends in .csv or .jsonl, not -"),
        (["score", *READ, "--problems", "bad.csv"], "is among what is read"),
        (["score", "i.toml", ".", *BATCHES, "--problems", "p.csv"], "is among what is read"),
        (["reliability", *READ, "--retest", "r.csv", "--problems", "r.csv"], "is among what is read"),
        (["norms", "drift", *OLD, "--scores", "s.csv", "--problems", "s.csv"], "is among what is read"),
        (["score", *READ, "--out", "p.csv", "--problems", "p.csv"], "cannot hold both"),
    ],
    ids=lambda one: one if isinstance(one, str) else " ".join(one),
)
def test_places_that_are_refused(words: list[str], said: str) -> None:
    before = Path("bad.csv").read_bytes()
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 2
    assert said in " ".join(done.stderr.replace("│", " ").split())
    assert Path("bad.csv").read_bytes() == before
