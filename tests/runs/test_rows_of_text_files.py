"""Errors in files of text name rows and lines of the file, however it is cut: those that are named in memory."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from batches_for_tests import open_batches
from instruments_for_tests import simple
from typer.testing import CliRunner

import psychometrics as pm
from psychometrics.cli.app import app
from psychometrics.engine import delimited, text_faults
from psychometrics.responses import tables
from psychometrics.runs import run_batches

FOUR = pm.parse_instrument(simple(4))
N, WRONG = 120, (77, 90, 91)
NAMES = ["who", "Q1", "q2", "q3", "q4", "note"]
RENAME = {"who": "person_id", "Q1": "q1"}
PLAIN, QUOTED, STRAY = "x", '"one\n\ntwo, ""three""\r\nfour\rfive"', '5" x'
BOM = "\ufeff"


def lines(note: str, wrong: dict[str, str]) -> list[str]:
    """Return a header, and rows some of which hold something else in one column, or nothing from there on."""
    out = [",".join(NAMES)]
    for row in range(1, N + 1):
        cells = dict(zip(NAMES, [f"p{row}", "1", "2", "3", "4", note], strict=True))
        if row in WRONG:
            cells |= wrong
        out.append(",".join(cells.values()))
    return out


@pytest.fixture(params=[(60, 2_500), (300, 100_000), (4 << 20, 128 << 20)], ids=["small", "ranges", "whole"])
def cut(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delimited, "RANGE", request.param[0])
    monkeypatch.setattr(delimited, "PARTITION", request.param[1])
    monkeypatch.setattr(text_faults, "BLOCK", 7)
    monkeypatch.setattr(tables, "BLOCK", request.param[0])


def found(path: Path, **options: object) -> dict[str, set[int]]:
    """Return the rows of each place and fault that a run names, whatever the partition."""
    with pytest.raises(pm.RunError) as caught:
        run_batches(open_batches(path, FOUR, rename=RENAME, workers=1), **options)
    return gathered(caught.value, path.name)


def gathered(error: pm.PsychometricsError, name: str) -> dict[str, set[int]]:
    rows: dict[str, set[int]] = {}
    for one in error.problems:
        parts = [part for part in one.where.split(": ") if part and not part.startswith(name)]
        key = ": ".join([*parts, one.what.split(" that ")[0].lstrip("0123456789 ").removesuffix("s")])
        rows.setdefault(key, set()).update(one.rows)
    return rows


def in_memory(path: Path) -> dict[str, set[int]]:
    with pytest.raises(pm.ResponsesError) as caught:
        pm.read_responses(path, FOUR, rename=RENAME)
    return gathered(caught.value, path.name)


@pytest.mark.usefixtures("cut")
@pytest.mark.parametrize(
    ("note", "end", "mark"),
    [
        (PLAIN, "\n", ""),
        (PLAIN, "\r", ""),
        (PLAIN, "\r\n", BOM),
        (PLAIN, "\n\n\n", ""),
        (QUOTED, "\n", BOM),
        (QUOTED, "\r\r", ""),
        (QUOTED, "\r\n\r\n", ""),
        (STRAY, "\n", ""),
        (STRAY, "\r", BOM),
    ],
)
def test_rows_are_those_of_the_file(note: str, end: str, mark: str, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"

    def written(wrong: dict[str, str], encoding: str = "utf-8") -> Path:
        text = mark + end.join(lines(note, wrong)) + end
        path.write_bytes(text.encode("utf-8").replace("é".encode(), "é".encode(encoding)))
        return path

    assert found(written({"who": "", "q2": "9"})) == in_memory(path)
    assert set(WRONG) in in_memory(path).values()
    assert found(written({"q4": "4,5"})) == in_memory(path) == {"column": set(WRONG)}
    first = next(iter(found(written({"q3": "é"}, "latin-1"))))
    assert first == f'line {line_of(path)}: byte 0xe9 after "p77,1,2,"'
    assert list(in_memory(path)) == [first]


def line_of(path: Path) -> int:
    """Return the line of the first byte of Latin-1, as an editor counts."""
    return len(path.read_bytes().split(b"\xe9")[0].replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n"))


@pytest.mark.usefixtures("cut")
def test_rows_that_are_short_and_rows_that_are_long_are_all_named(tmp_path: Path) -> None:
    rows = lines("x", {})
    rows[5], rows[100], rows[120] = "p5,1,2", "p100,1,2,3,4,x,y", "p120"
    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzip.compress("\n".join(rows).encode()))
    with pytest.raises(pm.RunError) as caught:
        run_batches(open_batches(path, FOUR, rename=RENAME, workers=1))
    said = sorted((one.rows, one.what, one.expected) for one in caught.value.problems)
    expected = "6, as in the header"
    assert said == [
        ((5,), "3 columns", expected),
        ((100,), "7 columns", expected),
        ((120,), "1 column", expected),
    ]


@pytest.mark.usefixtures("cut")
def test_columns_that_are_looked_through_first_name_rows_too(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("\n".join(lines("x", {"note": "x,y"})), encoding="utf-8")
    with pytest.raises(pm.RunError, match="1 of 1 files cannot be read") as caught:
        open_batches(path, FOUR, rename=RENAME, columns=["note"])
    (problem,) = caught.value.problems
    assert (problem.where, problem.rows) == ("a.csv", WRONG)


def test_of_very_many_rows_the_first_thousand_are_named(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f"{','.join(NAMES)}\n" + "p1,2\n" * 3_000, encoding="utf-8")
    with pytest.raises(pm.RunError) as caught:
        run_batches(open_batches(path, FOUR, rename=RENAME))
    (problem,) = caught.value.problems
    assert problem.rows == tuple(range(1, 1_001))


@pytest.mark.usefixtures("cut")
@pytest.mark.parametrize("wrong", [{"q2": "9"}, {"q2": "2,3"}], ids=["cell", "long"])
def test_the_command_line_names_the_same_rows(wrong: dict[str, str], tmp_path: Path) -> None:
    path, definition = tmp_path / "a.csv", tmp_path / "four.toml"
    definition.write_text(simple(4), encoding="utf-8")
    path.write_text("\r\n".join(lines(QUOTED, wrong)), encoding="utf-8", newline="")
    words = ["score", definition, path, "--engine", "batches", "--memory", "16GiB", "--rename", "Q1=q1"]
    words += ["--rename", "who=person_id"]
    done = CliRunner().invoke(app, [str(word) for word in words])
    assert isinstance(done.exception, pm.RunError), done.output
    assert set(WRONG) in gathered(done.exception, path.name).values()


def test_rows_are_those_of_the_file_on_a_cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("dask.dataframe", reason="DASK IS NOT INSTALLED: runs on Dask are not tested")
    monkeypatch.setattr(delimited, "RANGE", 300)
    monkeypatch.setattr(delimited, "PARTITION", 5_000)
    path = tmp_path / "a.csv"
    path.write_text("\n".join(lines(QUOTED, {"q2": "2,3"})), encoding="utf-8")
    assert found(path, engine="dask", cluster="synchronous") == {"column": set(WRONG)}
