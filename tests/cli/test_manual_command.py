"""``psychometrics report manual``, called as builder of a typer app would."""

from __future__ import annotations

from pathlib import Path

import manuals_for_tests as made
import pytest
import typer
from typer.testing import CliRunner

from psychometrics.cli.report.manual import manual_command
from psychometrics.errors import ReportError
from psychometrics.report.manual.statements import read_statements

app = typer.Typer()
app.command("manual")(manual_command)


@app.callback()
def _root() -> None:
    """A group, so that the command has its name."""


@pytest.fixture
def files(tmp_path: Path) -> Path:
    (tmp_path / "desk.toml").write_text(made.DEFINITION, encoding="utf-8")
    made.responses(30).to_frame().to_csv(tmp_path / "responses.csv", index=False)
    made.ratings(30).to_frame().to_csv(tmp_path / "ratings.csv", index=False)
    (tmp_path / "said.toml").write_text(
        'reviewed = "A. Nobody"\n[statements]\n"purpose.users" = "Anybody."\n'
        '[[changes]]\nversion = "2.1.0"\nwhat = "A photo."\n',
        encoding="utf-8",
    )
    return tmp_path


def run(*words: object) -> str:
    found = CliRunner().invoke(app, ["manual", *map(str, words)])
    assert found.exit_code == 0, (found.output, found.exception)
    return found.stdout


def test_page_from_files(files: Path) -> None:
    out = files / "manual.html"
    run(
        files / "desk.toml",
        files / "responses.csv",
        "--ratings",
        files / "ratings.csv",
        "--criteria",
        "boss",
        "--groups",
        "wing",
        "--statements",
        files / "said.toml",
        "--simulated",
        "--out",
        out,
    )
    page = out.read_text(encoding="utf-8")
    for text in (
        "SIMULATED DATA",
        "Stated by the authors",
        "Anybody.",
        "A. Nobody",
        "A photo.",
        "boss",
        "wing",
    ):
        assert text in page


def test_standard_output_is_markdown(files: Path) -> None:
    text = run(files / "desk.toml")
    assert text.startswith("# Tidy Desk Inventory\n")
    assert "![" not in text
    assert run(files / "desk.toml", "--out", "-") == text


def test_wrong_words(files: Path) -> None:
    found = CliRunner().invoke(app, ["manual", str(files / "desk.toml"), "--out", "manual.pdf"])
    assert found.exit_code == 2
    assert not (files / "manual.pdf").exists()
    found = CliRunner().invoke(
        app, ["manual", str(files / "desk.toml"), str(files / "responses.csv"), "--groups", "wings"]
    )
    assert isinstance(found.exception, ReportError)
    assert 'Did you mean "wing"?' in str(found.exception)


def test_statements_that_do_not_fit(tmp_path: Path) -> None:
    path = tmp_path / "said.toml"
    path.write_text(
        'reviewd = "x"\nreviewed = 1\nchanges = [{ version = "1" }]\n[statements]\n"purpose.user" = "x"\n"purpose.users" = 3\n',
        encoding="utf-8",
    )
    with pytest.raises(ReportError) as caught:
        read_statements(path)
    assert [one.where for one in caught.value.problems] == [
        "reviewd",
        "statements.purpose.user",
        "statements.purpose.users",
        "changes.0",
        "reviewed",
    ]
    path.write_text("= broken", encoding="utf-8")
    with pytest.raises(ReportError, match="cannot be read as TOML"):
        read_statements(path)
