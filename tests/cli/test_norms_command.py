"""``psychometrics norms`` as a user meets it. Commands run in this process; one test runs two of them at once."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from instruments_for_tests import simple

import psychometrics as pm
from psychometrics.cli.app import app
from psychometrics.cli.common import words
from psychometrics.errors import PsychometricsError


@dataclass(frozen=True)
class Done:
    code: int
    out: str
    err: str


Run = Callable[..., Done]


@pytest.fixture
def norms(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run ``psychometrics norms ...`` and return what it printed."""
    monkeypatch.setenv("COLUMNS", "200")

    def run(*given: object, command: str = "norms") -> Done:
        words.cache_clear()
        capfd.readouterr()
        code = 0
        try:
            code = app([command, *map(str, given)], standalone_mode=False) or 0
        except PsychometricsError as error:
            sys.stderr.write(f"psychometrics: {error}\n")
            code = 1
        except Exception as error:  # a wrong call: the class depends on the version of typer
            sys.stderr.write(f"{error}\n")
            code = 2
        sys.stdout.flush()
        sys.stderr.flush()
        out, err = capfd.readouterr()
        return Done(code, out, err)

    return run


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "simple.toml").write_text(simple(), encoding="utf-8")
    for name, start, n in (("a", 0, 120), ("b", 500, 40)):
        rows = [
            f"p{start + i},{i % 5},{(i + 1) % 5},{i % 3},{i % 5},{'f' if i % 2 else 'm'}" for i in range(n)
        ]
        (tmp_path / f"{name}.csv").write_text(
            "person_id,q1,q2,q3,q4,gender\n" + "\n".join(rows) + "\n", encoding="utf-8"
        )
    return tmp_path


def build(norms: Run, folder: Path, edition: str = "one", *more: object) -> Done:
    return norms(
        "build",
        folder / "simple.toml",
        folder / "a.csv",
        "--edition",
        edition,
        "--to",
        folder / "n",
        "--strata",
        "gender",
        "--provenance",
        "description=made-up people",
        "--who",
        "ann",
        *more,
    )


def test_build_update_remove_withdraw(norms: Run, folder: Path) -> None:
    done = build(norms, folder)
    assert done.code == 0, done.err
    assert "disclosure: Nothing here is about fewer than 10 people." in done.err
    again = build(norms, folder)
    assert again.code == 1
    assert "never overwritten" in again.err
    one, two = folder / "n" / "one.toml", folder / "n" / "two.toml"
    change = [folder / "simple.toml", folder / "b.csv", "--to", folder / "n", "--who", "bob", "--why"]
    assert norms("update", one, *change, "more", "--edition", "two").code == 0
    assert norms("remove", two, *change, "asked to", "--edition", "three").code == 0
    assert (folder / "n" / "one.csv").read_bytes() == (folder / "n" / "three.csv").read_bytes()
    head = pm.load_norms(two).head
    assert [(step.action, step.who, step.why) for step in head.history] == [
        ("built", "ann", ""),
        ("merged", "bob", "more"),
    ]
    assert norms("withdraw", two, "--why", "erasure").code == 0
    assert not two.exists()
    check = norms("verify", folder / "n")
    assert check.code == 0
    assert "log and files agree" in check.err
    assert pd.read_csv(io.StringIO(check.out))["action"].tolist() == [
        "built",
        "merged",
        "removed",
        "withdrawn",
    ]


def test_one_person_is_removed_by_a_file_of_scores(norms: Run, folder: Path) -> None:
    build(norms, folder)
    one = folder / "n" / "one.toml"
    scored = norms(folder / "simple.toml", folder / "a.csv", command="score")
    frame = pd.read_csv(io.StringIO(scored.out))
    mine = frame[frame["person_id"] == "p3"].assign(gender="f")
    mine.to_csv(folder / "p3.csv", index=False)
    remove = ["remove", one, "--to", folder / "n", "--scores"]
    done = norms(*remove, folder / "p3.csv", "--edition", "without")
    assert done.code == 0, done.err
    assert "subtraction: total, f: the counts of simple/one differ by 1 people" in done.err
    before, after = (pm.load_norms(folder / "n" / f"{name}.toml") for name in ("one", "without"))
    assert after.head.population.n == 119
    assert before.cells[("f",), "total"].n == after.cells[("f",), "total"].n + 1
    wide = pd.DataFrame({"person_id": ["p3"], "total": mine["raw_score"], "gender": ["f"]})
    wide.to_csv(folder / "wide.csv", index=False)
    assert norms(*remove, folder / "wide.csv", "--edition", "again").code == 0
    assert (folder / "n" / "again.csv").read_bytes() == (folder / "n" / "without.csv").read_bytes()
    refused = norms(*remove, folder / "wide.csv", "--edition", "no", "--disclosure", "refuse")
    assert refused.code == 1
    assert "can be read off" in refused.err
    wide.assign(total=99).to_csv(folder / "never.csv", index=False)
    assert "never in this edition" in norms(*remove, folder / "never.csv", "--edition", "no").err
    twice = pd.concat([mine, mine])
    twice.to_csv(folder / "twice.csv", index=False)
    assert "a person has a scale twice" in norms(*remove, folder / "twice.csv", "--edition", "no").err


def test_build_of_plain_scores_weighted_to_margins(norms: Run, folder: Path) -> None:
    rng = np.random.default_rng(1)
    table = pd.DataFrame({"climate": rng.integers(0, 9, 300), "gender": ["f"] * 200 + ["m"] * 100})
    table.to_csv(folder / "plain.csv", index=False)
    (folder / "margins.csv").write_text(
        "variable,level,share\ngender,f,0.5\ngender,m,0.5\n", encoding="utf-8"
    )
    options = [
        "--scores",
        folder / "plain.csv",
        "--scale",
        "climate",
        "--to",
        folder / "n",
        "--provenance",
        "description=x",
    ]
    done = norms("build", *options, "--edition", "w", "--margins", folder / "margins.csv")
    assert done.code == 0, done.err
    assert pm.load_norms(folder / "n" / "w.toml").head.kind == "weighted_counts"
    table[:3].to_csv(folder / "few.csv", index=False)
    more = ["--scores", folder / "few.csv", "--to", folder / "n"]
    assert norms("update", folder / "n" / "w.toml", *more, "--edition", "w2").code == 0
    assert norms("remove", folder / "n" / "w2.toml", *more, "--edition", "w3").code == 0
    assert pm.load_norms(folder / "n" / "w2.toml").head.population.n == 303
    assert (folder / "n" / "w3.csv").read_bytes() == (folder / "n" / "w.csv").read_bytes()
    assert norms("build", *options, "--edition", "s", "--smoothing", "log_linear").code == 0
    assert norms("build", *options, "--edition", "m", "--margins", folder / "plain.csv").code == 1
    with (folder / "margins.csv").open("a", encoding="utf-8") as file:
        file.write("gender,f,0.6\n")
    done = norms("build", *options, "--edition", "t", "--margins", folder / "margins.csv")
    assert done.code == 1
    assert "level f: there twice" in " ".join(done.err.split())


def test_wrong_calls(norms: Run, folder: Path) -> None:
    build(norms, folder)
    one = folder / "n" / "one.toml"
    to = ["--edition", "x", "--to", folder / "n"]
    assert norms("update", one, *to).code == 2
    assert norms("update", one, folder / "simple.toml", *to).code == 2
    assert (
        norms("update", one, folder / "simple.toml", folder / "a.csv", "--scores", folder / "a.csv", *to).code
        == 2
    )
    assert norms("update", one, "--scores", folder / "a.csv", "--missing-code", "9", *to).code == 2
    assert (
        norms("drift", one, folder / "simple.toml", folder / "a.csv", "--monitor", folder / "s.json").code
        == 2
    )
    assert norms("bands", one, one, folder / "simple.toml", folder / "a.csv", "--ranks", "low").code == 2
    assert norms("show", one, "--today", "tomorrow").code == 2


def test_list_show_and_ageing(norms: Run, folder: Path) -> None:
    build(norms, folder, "one", "--provenance", "collected=2010")
    one = folder / "n" / "one.toml"
    assert "warning" not in norms("show", one, "--today", "2020-01-01").err
    assert "outdated (more than 15 years)" in norms("show", one, "--today", "2027-01-01").err
    assert "no longer usable" in norms("show", one, "--today", "2031-01-01").err
    listed = norms("list", "--folder", folder, "--today", "2031-01-01").out
    assert "simple/one" in listed
    assert "unusable 20" in listed
    assert "gad-7/de-2008" in norms("list").out


def test_scoring_with_old_norms_needs_a_word(norms: Run, folder: Path) -> None:
    build(norms, folder, "one", "--provenance", "collected=2001")
    score = [folder / "simple.toml", folder / "a.csv", "--norms", folder / "n" / "one.toml"]
    refused = norms(*score, command="score")
    assert refused.code == 1
    assert "--force-outdated" in refused.err
    forced = norms(*score, "--force-outdated", command="score")
    assert forced.code == 0
    assert "no longer usable" in forced.err
    assert "no longer usable" in pd.read_csv(io.StringIO(forced.out))["note"][0]


def test_verify_says_what_was_changed(norms: Run, folder: Path) -> None:
    build(norms, folder)
    kept = norms("verify", folder / "n").err.split("last digest: ")[1][:64]
    assert norms("verify", folder / "n", "--last-digest", kept).code == 0
    assert norms("verify", folder / "n", "--last-digest", "f" * 64).code == 1
    path = folder / "n" / "one.toml"
    path.write_text(path.read_text(encoding="utf-8").replace("made-up", "real"), encoding="utf-8")
    done = norms("verify", folder / "n")
    assert done.code == 1
    assert "its head is not the one that was written" in done.err
    assert "the head is not the one" in norms("show", path).err


def test_compare_hides_what_one_person_would_give_away(norms: Run, folder: Path) -> None:
    build(norms, folder)
    one, two = folder / "n" / "one.toml", folder / "n" / "two.toml"
    pd.DataFrame({"total": [4], "gender": ["f"]}).to_csv(folder / "one.csv", index=False)
    norms("update", one, "--scores", folder / "one.csv", "--edition", "two", "--to", folder / "n")
    frame = pd.read_csv(io.StringIO(norms("compare", one, two, "--out", "-").out))
    assert frame["n_first"].isna().tolist() == [True, False]
    assert "differ by fewer than 10" in frame["reason"][0]


def test_report_on_standard_output_and_in_files(norms: Run, folder: Path) -> None:
    build(norms, folder)
    one = folder / "n" / "one.toml"
    done = norms("report", one)
    assert done.code == 0
    assert done.out.startswith("# ")
    assert "not answered: How many of those asked took part?" in done.err
    for suffix in (".html", ".md"):
        assert norms("report", one, "--out", folder / f"r{suffix}").code == 0
        assert "made-up people" in (folder / f"r{suffix}").read_text(encoding="utf-8")
    assert norms("report", one, "--out", folder / "r.pdf").code == 2


def test_drift_and_monitor(norms: Run, folder: Path) -> None:
    build(norms, folder)
    one = folder / "n" / "one.toml"
    people = [one, folder / "simple.toml", folder / "b.csv"]
    done = norms("drift", *people)
    assert done.code == 0, done.err
    assert done.err.startswith("drift: ")
    assert pd.read_csv(io.StringIO(done.out))["stratum"].tolist() == ["whole sample", "f", "m"]
    state = folder / "state.json"
    watch = ["--monitor", state, "--false-alarm-every", "100", "--batch"]
    assert "no alarm; 1 batches" in norms("drift", *people, *watch, "mon").err
    high = pd.DataFrame({"total": [14] * 30, "gender": ["f", "m"] * 15})
    high.to_csv(folder / "high.csv", index=False)
    alarm = norms("drift", one, "--scores", folder / "high.csv", *watch, "tue")
    assert "ALARM: total, whole sample: mean up" in alarm.err
    assert norms("drift", *people, *watch, "tue").code == 1
    assert [row["batch"] for row in json.loads(state.read_text(encoding="utf-8"))["rows"]] == ["mon", "tue"]


def test_bands(norms: Run, folder: Path) -> None:
    build(norms, folder)
    one, two = folder / "n" / "one.toml", folder / "n" / "two.toml"
    high = pd.DataFrame({"total": [14] * 60, "gender": ["f", "m"] * 30})
    high.to_csv(folder / "high.csv", index=False)
    norms("update", one, "--scores", folder / "high.csv", "--edition", "two", "--to", folder / "n")
    done = norms("bands", one, two, folder / "simple.toml", folder / "a.csv", "--ranks", "25,75")
    assert done.code == 0, done.err
    assert pd.read_csv(io.StringIO(done.out))["share_changed"][0] > 0
    out = folder / "people.csv"
    assert (
        norms(
            "bands", one, two, folder / "simple.toml", folder / "a.csv", "--ranks", "25,75", "--out", out
        ).code
        == 0
    )
    assert len(pd.read_csv(out)) == 120


def test_two_updates_at_once_keep_both(folder: Path) -> None:
    start = [sys.executable, "-c", "from psychometrics.cli import main; main()", "norms"]
    files = [str(folder / "simple.toml"), str(folder / "a.csv")]
    to = ["--to", str(folder / "n")]
    told = ["--provenance", "description=made-up people"]
    subprocess.run([*start, "build", *files, *to, *told, "--edition", "one"], check=True, capture_output=True)
    updates = [
        subprocess.Popen(
            [*start, "update", str(folder / "n" / "one.toml"), *files, *to, "--edition", name],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        for name in ("two", "three", "two")
    ]
    told_back = [update.communicate()[1] for update in updates]
    codes = [update.returncode for update in updates]
    assert codes[1] == 0
    assert sorted([codes[0], codes[2]]) == [0, 1]
    assert any("never overwritten" in text or "never used twice" in text for text in told_back)
    from psychometrics.norming.editions.verify import verify_editions

    check = verify_editions(folder / "n")
    assert check.agree
    assert sorted(line["edition"] for line in check.lines) == ["one", "three", "two"]


def test_provenance_is_looked_at_before_people_are_read(norms: Run, tmp_path: Path) -> None:
    broken = tmp_path / "people.csv"
    broken.write_text("person_id,other\np1,1\n")
    for engine in ([], ["--engine", "batches"]):
        done = norms(
            *["build", "gad-7", broken, "--edition", "e", "--to", tmp_path / "n", *engine],
            *["--provenance", "descripton=adults"],
        )
        assert done.code == 1
        assert "provenance cannot be used" in done.err
        assert "unknown key of provenance" in done.err
        assert "missing" in done.err


def test_the_package_runs_as_a_module() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "psychometrics", "--help"], capture_output=True, text=True, check=True
    )
    assert "norms" in done.stdout
