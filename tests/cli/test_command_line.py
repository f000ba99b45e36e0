"""The command line as a user meets it: what is printed where, and the exit status."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest
from instruments_for_tests import simple, with_rubric

COMMAND = [sys.executable, "-c", "from psychometrics.cli import main; main()"]


def run(
    *words: str | Path, stdin: str | None = None, cwd: Path | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *map(str, words)],
        capture_output=True,
        text=True,
        input=stdin,
        cwd=cwd,
        check=False,
        env={**os.environ, "COLUMNS": "200"},
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "simple.toml").write_text(simple(), encoding="utf-8")
    rows = [f"p{i},{i % 5},{(i + 1) % 5},{i % 3},{i % 5},{'f' if i % 2 else 'm'},{18 + i}" for i in range(60)]
    (tmp_path / "a.csv").write_text(
        "person_id,q1,q2,q3,q4,gender,age\n" + "\n".join(rows) + "\n", encoding="utf-8"
    )
    return tmp_path


def test_score_prints_csv_in_a_pipe_and_words_go_to_stderr(folder: Path) -> None:
    done = run("score", folder / "simple.toml", folder / "a.csv")
    assert done.returncode == 0
    assert done.stderr == ""
    assert done.stdout.splitlines()[:2] == [
        "person_id,scale_id,raw_score,n_valid,reason,band",
        "p0,total,1,4,,",
    ]
    assert len(done.stdout.splitlines()) == 61


@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".parquet", ".json", ".html"])
def test_out_by_suffix(folder: Path, suffix: str) -> None:
    out = folder / f"out{suffix}"
    assert run("score", folder / "simple.toml", folder / "a.csv", "--out", out).returncode == 0
    if suffix == ".parquet":
        assert pq.read_table(out).num_rows == 60
        assert (
            json.loads(pq.read_schema(out).metadata[b"psychometrics_source"])["instrument"] == "simple@1.0.0"
        )
    elif suffix == ".json":
        content = json.loads(out.read_text(encoding="utf-8"))
        assert content["source"]["fingerprint"].startswith("sha256:")
        assert content["rows"][0]["raw_score"] == 1
    else:
        assert "p59" in out.read_text(encoding="utf-8")
    assert sorted(p.name for p in folder.iterdir()) == sorted(["a.csv", "simple.toml", out.name])


def test_same_input_gives_the_same_bytes(folder: Path) -> None:
    for name in ("one.json", "two.json"):
        run("score", folder / "simple.toml", folder / "a.csv", "--out", folder / name)
    assert (folder / "one.json").read_bytes() == (folder / "two.json").read_bytes()


def test_standard_input(folder: Path) -> None:
    done = run("score", folder / "simple.toml", "-", stdin="person_id,q1,q2,q3,q4\na,1,1,1,1\n")
    assert done.stdout.splitlines()[1].startswith("a,total,4,")


def test_bad_data_is_exit_1_and_writes_nothing(folder: Path) -> None:
    (folder / "bad.csv").write_text("person_id,q1,q2,q3\na,7,x,1\nb,1,1,2.5\n", encoding="utf-8")
    done = run("score", folder / "simple.toml", folder / "bad.csv", "--out", folder / "out.csv")
    assert done.returncode == 1
    assert done.stdout == ""
    for text in (
        "q1: 1 value that no option has: 7 (row 1)",
        "q2: ",
        "q3: ",
        "q4: no column for this item",
        "Hint:",
    ):
        assert text in done.stderr
    assert "Traceback" not in done.stderr
    assert not (folder / "out.csv").exists()


def test_wrong_call_is_exit_2(folder: Path) -> None:
    assert run("score", folder / "simple.toml").returncode == 2
    assert run("score", folder / "simple.toml", folder / "a.csv", "--invalid", "maybe").returncode == 2
    assert run("nonsense").returncode == 2


def test_unwritable_place_is_exit_1(folder: Path) -> None:
    (folder / "file").write_text("", encoding="utf-8")
    done = run("score", folder / "simple.toml", folder / "a.csv", "--out", folder / "file" / "out.csv")
    assert done.returncode == 1
    assert "cannot be written" in done.stderr


def test_validate_lists_all_problems(folder: Path) -> None:
    (folder / "bad.toml").write_text(simple().replace("topic", "topicc"), encoding="utf-8")
    done = run("validate", folder / "simple.toml", folder / "bad.toml")
    assert done.returncode == 1
    assert done.stdout.startswith("ok")
    assert done.stderr.count("topicc: unknown key") == 4


def test_norms_life(folder: Path) -> None:
    build = [
        "norms",
        "build",
        folder / "simple.toml",
        folder / "a.csv",
        "--to",
        folder / "n",
        "--strata",
        "gender",
        "--provenance",
        "description=made up",
    ]
    assert run(*build, "--edition", "one", "--simulated").returncode == 0
    again = run(*build, "--edition", "one")
    assert again.returncode == 1
    assert "never overwritten" in again.stderr
    edition = folder / "n" / "one.toml"
    update = [
        "norms",
        "update",
        edition,
        folder / "simple.toml",
        folder / "a.csv",
        "--to",
        folder / "n",
        "--edition",
        "two",
        "--why",
        "more",
    ]
    assert run(*update).returncode == 0
    back = [
        "norms",
        "remove",
        folder / "n" / "two.toml",
        folder / "simple.toml",
        folder / "a.csv",
        "--to",
        folder / "n",
        "--edition",
        "three",
    ]
    assert run(*back).returncode == 0
    assert (folder / "n" / "one.csv").read_bytes() == (folder / "n" / "three.csv").read_bytes()
    compared = pd.read_csv(
        _text(run("norms", "compare", edition, folder / "n" / "two.toml", "--out", "-").stdout)
    )
    assert (compared["n_second"] == 2 * compared["n_first"]).all()
    assert (compared["rank_change"] == 0).all()
    shown = run("norms", "show", edition)
    assert "SIMULATED" in shown.stdout
    assert "not stated" in shown.stdout
    scored = run("score", folder / "simple.toml", folder / "a.csv", "--norms", edition)
    assert "SIMULATED" in scored.stderr
    frame = pd.read_csv(_text(scored.stdout))
    assert frame["percentile_rank"].between(0, 100).all()
    assert set(frame["stratum"]) == {"f", "m"}


def _text(text: str) -> object:
    import io

    return io.StringIO(text)


def test_reliability_and_items(folder: Path) -> None:
    done = run("reliability", folder / "simple.toml", folder / "a.csv", "--retest", folder / "a.csv")
    assert done.returncode == 0, done.stderr
    frame = pd.read_csv(_text(done.stdout))
    assert {"coefficient_alpha", "icc_a1", "icc_c1", "pearson_r", "mean_change"} <= set(frame["statistic"])
    done = run("items", folder / "simple.toml", folder / "a.csv")
    assert done.returncode == 0, done.stderr
    assert pd.read_csv(_text(done.stdout))["item_id"].tolist() == ["q1", "q2", "q3", "q4"]
    assert "key check" in done.stderr


def test_lists() -> None:
    assert "skill-rust-backend@1.0.0" in run("instruments").stdout
    norms = run("norms", "list").stdout
    assert "skill-rust-backend/simulated-2026" in norms
    assert "SIMULATED" in norms


def test_demo_runs_and_writes(tmp_path: Path) -> None:
    done = run("demo", "--out", tmp_path / "d")
    assert done.returncode == 0, done.stderr
    for text in ("SIMULATED", "junior", "mid", "senior", "●", "icc_a1", "pm.load_norms"):
        assert text in done.stdout
    assert sorted(p.name for p in (tmp_path / "d").iterdir()) == [
        "manual.html",
        "profile.csv",
        "reliability.csv",
        "result-page.html",
        "scores.csv",
    ]
    assert pd.read_csv(tmp_path / "d" / "profile.csv")["simulated"].all()
    for name in ("manual.html", "result-page.html"):
        assert "SIMULATED" in (tmp_path / "d" / name).read_text(encoding="utf-8")


def test_progress_appears_only_on_a_terminal_and_only_when_it_takes_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import io

    from rich.console import Console

    from psychometrics.cli import progress

    def drawn(*, terminal: bool, wait: bool) -> str:
        out = io.StringIO()
        with progress.Steps(
            Console(file=out, force_terminal=terminal, width=80), "reading", "scoring"
        ) as steps:
            if wait and terminal:
                steps._timer.join(10)
            steps.next()
        return out.getvalue()

    assert drawn(terminal=True, wait=False) == ""
    assert drawn(terminal=False, wait=True) == ""
    monkeypatch.setattr(progress, "PATIENCE", 0.01)
    assert "scoring" in drawn(terminal=True, wait=True)


def test_ratings_alone_are_enough_for_rubric_scales(tmp_path: Path) -> None:
    (tmp_path / "rubric.toml").write_text(with_rubric(), encoding="utf-8")
    lines = [
        f"p{p},task,{c},r{r},{(p + r) % 4}" for p in range(8) for c in ("clear", "right") for r in (1, 2)
    ]
    (tmp_path / "r.csv").write_text(
        "person_id,item_id,criterion_id,rater_id,level\n" + "\n".join(lines) + "\n", encoding="utf-8"
    )
    done = run("score", tmp_path / "rubric.toml", "--ratings", tmp_path / "r.csv")
    assert done.returncode == 0, done.stderr
    frame = pd.read_csv(_text(done.stdout))
    assert frame[frame.scale_id == "work"]["raw_score"].notna().all()
    done = run("reliability", tmp_path / "rubric.toml", "--ratings", tmp_path / "r.csv")
    assert done.returncode == 0, done.stderr
    assert "icc(A,1)" in done.stdout


def rubric_lines(n: int, occasion: str = "") -> list[str]:
    return [
        f"p{p},task,{c},r{r},{(p + r) % 4}" + (f",{occasion}" if occasion else "")
        for p in range(n)
        for c in ("clear", "right")
        for r in (1, 2)
    ]


def test_answers_and_ratings_of_two_occasions_are_both_split(tmp_path: Path) -> None:
    (tmp_path / "rubric.toml").write_text(with_rubric(), encoding="utf-8")
    lines = [f"p{p},{o},{p % 5},{(p + 1) % 5},2026-0{o}-01" for o in (1, 2) for p in range(20)]
    (tmp_path / "a.csv").write_text("person_id,occasion,q1,q2,when\n" + "\n".join(lines), encoding="utf-8")
    head = "person_id,item_id,criterion_id,rater_id,level,occasion\n"
    (tmp_path / "r.csv").write_text(
        head + "\n".join([*rubric_lines(20, "1"), *rubric_lines(20, "2")]), encoding="utf-8"
    )
    call = ["reliability", tmp_path / "rubric.toml", tmp_path / "a.csv", "--ratings", tmp_path / "r.csv"]
    done = run(*call, "--date-column", "when")
    assert done.returncode == 0, done.stderr
    frame = pd.read_csv(_text(done.stdout))
    retest = frame[frame["evidence"] == "retest"]
    assert set(retest["scale_id"]) == {"self", "work", "both"}
    assert (retest["n_persons"] == 20).all()
    assert frame[frame["statistic"] == "icc(A,1)"]["n_persons"].tolist() == [20]
    assert "note: the occasions in order are 1, 2" in done.stderr
    assert "31 days lie between the occasions (column when)" in done.stderr
    wrong = run(*call, "--date-column", "wen")
    assert wrong.returncode == 1
    assert 'Did you mean "when"' in wrong.stderr


def test_a_date_column_without_a_second_occasion_is_a_wrong_call(folder: Path) -> None:
    done = run("reliability", folder / "simple.toml", folder / "a.csv", "--date-column", "age")
    assert done.returncode == 2


def test_ratings_that_fit_nobody_are_exit_1(tmp_path: Path) -> None:
    (tmp_path / "rubric.toml").write_text(with_rubric(), encoding="utf-8")
    (tmp_path / "a.csv").write_text(
        "who,q1,q2\n" + "\n".join(f"p{p},1,2" for p in range(8)), encoding="utf-8"
    )
    (tmp_path / "r.csv").write_text(
        "person_id,item_id,criterion_id,rater_id,level\n" + "\n".join(rubric_lines(8)), encoding="utf-8"
    )
    call = ["score", tmp_path / "rubric.toml", tmp_path / "a.csv", "--ratings", tmp_path / "r.csv"]
    done = run(*call)
    assert done.returncode == 1
    assert "nobody who answered was rated" in done.stderr
    assert "--person" in done.stderr
    assert run(*call, "--person", "who").returncode == 0


def test_validate_warns_of_what_is_seldom_meant(tmp_path: Path) -> None:
    text = with_rubric().replace(
        'items = ["q1", "q2"]\naggregate = "percent"', 'items = ["q1", "q2"]\naggregate = "mean"'
    )
    (tmp_path / "mixed.toml").write_text(text, encoding="utf-8")
    done = run("validate", tmp_path / "mixed.toml")
    assert done.returncode == 0
    assert done.stdout.startswith("ok")
    assert "warning" in done.stderr
    assert "different metrics" in done.stderr


def test_items_writes_options_and_levels_beside_the_items(folder: Path) -> None:
    done = run("items", folder / "simple.toml", folder / "a.csv", "--out", folder / "i.csv")
    assert done.returncode == 0, done.stderr
    assert f"wrote {folder / 'i.csv.options.csv'}" in done.stderr
    options = pd.read_csv(folder / "i.csv.options.csv")
    assert {"item_id", "option", "share", "flags"} <= set(options.columns)
    assert len(options) == 4 * 5
    assert not (folder / "i.csv.levels.csv").exists()


def test_at_most_eight_flagged_options_are_shown_and_the_rest_counted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import io

    import numpy as np
    from rich.console import Console

    import psychometrics as pm
    from psychometrics.cli import items

    instrument = pm.parse_instrument(simple(4))
    table = {f"q{i}": np.tile([0, 4], 40) for i in range(1, 5)}  # 1, 2 and 3 are never chosen
    found = pm.item_analysis(instrument, pm.read_responses(table, instrument))
    flagged = sum(bool(flag) for flag in found.options.flags)
    assert flagged == 12
    out = io.StringIO()
    monkeypatch.setattr(items, "tables", lambda: Console(file=out, width=100))
    items._show_flagged(found.options, "Options to look at", items.OPTION_COLUMNS)
    assert out.getvalue().count("never chosen") == 8
    assert "… 4 more rows" in out.getvalue()


def test_people_in_no_stratum_are_said_with_the_levels_there_are(tmp_path: Path) -> None:
    lines = ["person_id,gender,age," + ",".join(f"q{i}" for i in range(1, 8))]
    lines += [f"p{i},{'fm'[i % 2]},30,1,1,1,1,1,1,1" for i in range(4)]
    (tmp_path / "gad.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    done = run("score", "gad-7", tmp_path / "gad.csv", "--norms", "default", "--force-outdated")
    assert done.returncode == 0
    assert "4 of 4 in no stratum of gad-7/" in done.stderr
    assert "gender must be one of" in done.stderr and "(here: f, m)" in done.stderr
