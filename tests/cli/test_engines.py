"""Files larger than memory from the command line: folders and globs, the engine chosen and said, one file or many."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from instruments_for_tests import simple, with_rubric
from typer.testing import CliRunner

from psychometrics.cli import engines
from psychometrics.cli.app import app

MEMORY = ["--memory", "16GiB"]


def run(*given: object, status: int = 0) -> tuple[str, str]:
    found = CliRunner().invoke(app, list(map(str, given)))
    if found.exception is not None and not isinstance(found.exception, SystemExit):
        if status == 1:
            return "", str(found.exception)
        raise found.exception
    assert found.exit_code == status, found.output
    return found.stdout, " ".join(found.stderr.split())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "simple.toml").write_text(simple(), encoding="utf-8")
    frame = pd.DataFrame(
        {
            "person_id": [f"p{i}" for i in range(120)],
            **{f"q{j}": [(i * j + i // 7) % 5 for i in range(120)] for j in range(1, 5)},
            "gender": ["f" if i % 2 else "m" for i in range(120)],
            "age": [18 + i % 40 for i in range(120)],
        }
    )
    frame.to_csv(tmp_path / "all.csv", index=False)
    (tmp_path / "in").mkdir()
    for number in range(3):
        part = frame.iloc[number * 40 : number * 40 + 40]
        pq.write_table(
            pa.Table.from_pandas(part, preserve_index=False), tmp_path / "in" / f"{number}.parquet"
        )
    return tmp_path


def test_scores_of_a_folder_are_those_of_the_whole(folder: Path) -> None:
    plain = folder / "plain.csv"
    run("score", folder / "simple.toml", folder / "all.csv", "--out", plain)
    _, said = run("score", folder / "simple.toml", folder / "in", "--out", folder / "many.csv", *MEMORY)
    assert "in is a folder: working in batches, in 16GiB of memory" in said
    assert "wrote" in said
    assert (folder / "many.csv").read_bytes() == plain.read_bytes()
    assert not list(folder.glob(".many.csv.run"))
    run("score", folder / "simple.toml", f"{folder}/in/*.parquet", "--out", folder / "glob.parquet", *MEMORY)
    pd.testing.assert_frame_equal(
        pd.read_parquet(folder / "glob.parquet").convert_dtypes(),
        pd.read_csv(plain).convert_dtypes(),
        check_dtype=False,
    )
    run(
        "score",
        folder / "simple.toml",
        folder / "all.csv",
        "--engine",
        "batches",
        "--out",
        folder / "out",
        *MEMORY,
    )
    assert len(list((folder / "out" / "scores").glob("*.parquet"))) == 1
    out, said = run("score", folder / "simple.toml", folder / "in", *MEMORY)
    assert out == plain.read_text(encoding="utf-8")
    run("score", folder / "simple.toml", folder / "in", "--out", folder / "wide", "--layout", "wide", *MEMORY)
    (first, *_) = sorted((folder / "wide" / "scores").glob("*.parquet"))
    assert pq.read_table(first).column_names == ["person_id", "total", "total.reason"]
    run("score", folder / "simple.toml", folder / "in", "--out", folder / "wide", "--layout", "wide", *MEMORY)
    run("score", folder / "simple.toml", folder / "in", "--out", folder / "wide", "--fresh", *MEMORY)


def test_large_input_is_read_in_batches_and_that_is_said(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, said = run("reliability", folder / "simple.toml", folder / "all.csv")
    assert "in batches" not in said
    monkeypatch.setattr(engines, "total_memory", lambda: 1000)
    plain, _ = run("reliability", folder / "simple.toml", folder / "all.csv", "--engine", "memory")
    out, said = run("reliability", folder / "simple.toml", folder / "all.csv", *MEMORY)
    assert "over a quarter of the memory of this machine: working in batches" in said
    header = plain.splitlines()[0]
    assert out.splitlines()[0] == header
    assert "grouped_jackknife" in out


def test_norms_items_and_reliability_of_a_folder(folder: Path) -> None:
    words = [
        "--edition",
        "x",
        "--provenance",
        "description=nobody",
        "--strata",
        "gender",
        "--strata",
        "age:18,30,60",
    ]
    run("norms", "build", folder / "simple.toml", folder / "all.csv", *words, "--to", folder / "one")
    run("norms", "build", folder / "simple.toml", folder / "in", *words, "--to", folder / "two", *MEMORY)
    assert (folder / "one" / "x.csv").read_bytes() == (folder / "two" / "x.csv").read_bytes()
    assert (folder / "one" / "x.toml").read_bytes() == (folder / "two" / "x.toml").read_bytes()
    norms = folder / "two" / "x.toml"
    run("score", folder / "simple.toml", folder / "all.csv", "--norms", norms, "--out", folder / "n1.csv")
    _, said = run(
        "score", folder / "simple.toml", folder / "in", "--norms", norms, "--out", folder / "n2.csv", *MEMORY
    )
    assert (folder / "n1.csv").read_bytes() == (folder / "n2.csv").read_bytes()
    out, said = run("items", folder / "simple.toml", folder / "in", "--out", folder / "items.csv", *MEMORY)
    assert "key check: not done" in said
    assert (folder / "items.csv.options.csv").exists()
    table = pq.read_table(folder / "in")
    for name in ("t1", "t2"):
        (folder / "two_times").mkdir(exist_ok=True)
        pq.write_table(
            table.append_column("occasion", pa.array([name] * 120)), folder / "two_times" / f"{name}.parquet"
        )
    out, _ = run("reliability", folder / "simple.toml", folder / "two_times", "--occasions", "t1,t2", *MEMORY)
    assert "icc_a1" in out
    out, _ = run("reliability", folder / "simple.toml", folder / "in", "--retest", folder / "in", *MEMORY)
    assert "icc_a1" in out


def test_wrong_words(folder: Path) -> None:
    one, many = folder / "all.csv", folder / "in"
    assert (
        "more than one file" in run("score", folder / "simple.toml", many, "--engine", "memory", status=2)[1]
    )
    assert "--cluster goes with" in run("score", folder / "simple.toml", one, "--cluster", "x", status=2)[1]
    assert (
        "needs the persons"
        in run("reliability", folder / "simple.toml", many, "--date-column", "d", *MEMORY, status=2)[1]
    )
    assert (
        "takes two names"
        in run("reliability", folder / "simple.toml", many, "--occasions", "a", *MEMORY, status=2)[1]
    )
    assert (
        "goes with --engine"
        in run("reliability", folder / "simple.toml", one, "--occasions", "a,b", status=2)[1]
    )
    words = ["--edition", "x", "--provenance", "description=d", "--to", folder / "n"]
    assert (
        "in batches norms are counts"
        in run(
            "norms", "build", folder / "simple.toml", many, *words, "--continuous", "age", *MEMORY, status=2
        )[1]
    )
    for suffix in (".json", ".xlsx"):
        _, said = run(
            "score", folder / "simple.toml", many, "--out", folder / f"x{suffix}", *MEMORY, status=2
        )
        assert f"not written as {suffix}" in said
    (many / "3.parquet").write_bytes(b"no")
    _, said = run("score", folder / "simple.toml", many, "--out", folder / "x.csv", *MEMORY, status=1)
    assert "3.parquet" in said
    assert not (folder / "x.csv").exists()


def test_a_rubric_without_items_has_no_item_analysis_and_ratings_alone_are_scored(folder: Path) -> None:
    (folder / "rubric.toml").write_text(with_rubric(), encoding="utf-8")
    rows = [("a", "task", c, "r", "2") for c in ("clear", "right")]
    (folder / "raters").mkdir()
    names = ["person_id", "item_id", "criterion_id", "rater_id", "level"]
    pd.DataFrame(rows, columns=names).to_csv(folder / "raters" / "r.csv", index=False)
    out, _ = run("score", folder / "rubric.toml", "--ratings", folder / "raters", *MEMORY)
    assert "work" in out
