"""``psychometrics report person`` as a user meets it, in this process."""

from __future__ import annotations

import json
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from psychometrics import catalog
from psychometrics.cli.common import words
from psychometrics.cli.report import app
from psychometrics.errors import PsychometricsError

FLAGSHIP = "skill-rust-backend"
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Answers and ratings of five people."""
    source = Path(str(catalog.root("norms") / FLAGSHIP))
    folder = tmp_path_factory.mktemp("data")
    answers = pd.read_csv(source / "simulated-2026.responses.csv.gz", dtype=str).head(5)
    ratings = pd.read_csv(source / "simulated-2026.ratings.csv.gz", dtype=str)
    answers.to_csv(folder / "answers.csv", index=False)
    ratings[ratings["person_id"].isin(answers["person_id"])].to_csv(folder / "ratings.csv", index=False)
    return folder


@pytest.fixture
def report(data: Path, capfd: pytest.CaptureFixture[str]) -> Run:
    def run(*given: object) -> tuple[int, str, str]:
        words.cache_clear()
        capfd.readouterr()
        call = [
            "person",
            FLAGSHIP,
            data / "answers.csv",
            "--ratings",
            data / "ratings.csv",
            "--norms",
            "default",
            *given,
        ]
        code = 0
        try:
            code = app(list(map(str, call)), standalone_mode=False) or 0
        except PsychometricsError as error:
            sys.stderr.write(f"psychometrics: {error}\n")
            code = 1
        except Exception as error:  # a wrong call: the class depends on the version of typer
            sys.stderr.write(f"{error}\n")
            code = 2
        sys.stdout.flush()
        out, err = capfd.readouterr()
        return code, out, err

    return run


def test_one_page_goes_to_a_file(report: Run, tmp_path: Path) -> None:
    code, out, err = report("--person", "P0002", "--out", tmp_path / "page.html")
    assert (code, out) == (0, "") and "wrote" in err and "100 are needed to compute reliability" in err
    text = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert text.startswith("<!doctype html>") and "P0002" in text and "SIMULATED" in text


def test_one_page_goes_to_a_pipe(report: Run) -> None:
    code, out, _ = report(
        "--person", "P0002", "--format", "json", "--today", "2026-11-26", "--market-weight", "1"
    )
    assert code == 0
    content = json.loads(out)
    assert content["person_id"] == "P0002" and content["market_weight"] == 1


def test_everybody_goes_to_a_folder_or_a_zip(report: Run, tmp_path: Path) -> None:
    assert report("--out", tmp_path / "pages")[0] == 0
    assert len(list((tmp_path / "pages").iterdir())) == 6
    code, _, err = report(
        "--out", tmp_path / "pages.zip", "--format", "json", "--person", "P0003", "--person", "P0001"
    )
    assert code == 0 and "wrote 2 pages" in err
    assert zipfile.ZipFile(tmp_path / "pages.zip").namelist() == ["index.csv", "P0001.json", "P0003.json"]
    assert report("--out", tmp_path / "pages.zip")[0] == 1
    assert report("--out", tmp_path / "pages.zip", "--replace")[0] == 0


def test_many_pages_do_not_go_to_one_file(report: Run, tmp_path: Path) -> None:
    code, _, err = report("--out", tmp_path / "page.html")
    assert code == 2 and "5 pages and one file" in err
    assert list(tmp_path.iterdir()) == []


def test_unknown_people_are_named_with_the_nearest(report: Run, tmp_path: Path) -> None:
    code, _, err = report("--person", "P00O2", "--person", "nobody", "--out", tmp_path / "x.html")
    assert code == 1 and 'Did you mean "P000' in err and "nobody" in err
    assert report("--person", "P0002", "--at", "7")[0] == 1


@pytest.mark.parametrize(
    ("form", "options"),
    [
        (
            "badge",
            (
                "--issuer-id",
                "https://example.org/issuer",
                "--issuer-name",
                "Example",
                "--when",
                "2026-11-26T10:00:00Z",
            ),
        ),
        (
            "xapi",
            (
                "--base",
                "https://example.org/i",
                "--home",
                "https://example.org",
                "--when",
                "2026-11-26T10:00:00Z",
            ),
        ),
    ],
)
def test_badges_and_statements(report: Run, form: str, options: tuple[str, ...]) -> None:
    code, out, _ = report("--format", form, *options)
    assert code == 0
    records = json.loads(out)
    assert isinstance(records, list) and records and all("id" in one for one in records)
    code, _, err = report("--format", form)
    assert code == 2 and "--when" in err


def test_old_norms_and_no_catalogue(report: Run) -> None:
    code, out, _ = report("--person", "P0002", "--format", "json", "--force-outdated", "--catalogue", "none")
    assert code == 0 and json.loads(out)["recommendations"] == []


def test_a_second_occasion_gives_the_smallest_change(report: Run, data: Path) -> None:
    code, out, _ = report(
        "--person",
        "P0002",
        "--format",
        "json",
        "--retest",
        data / "answers.csv",
        "--retest-ratings",
        data / "ratings.csv",
    )
    assert code == 0 and json.loads(out)["retest"]
