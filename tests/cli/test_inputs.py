"""What a command reads is read once and never written over; what cannot be done is said before any work is done."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest
import typer
from instruments_for_tests import simple
from typer.testing import CliRunner

from psychometrics.cli import main
from psychometrics.cli.app import app
from psychometrics.cli.common import PIPE_WIDTH, words
from psychometrics.cli.inputs import check_paths, many

BATCHES = ["--memory", "16GiB"]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand in a folder with an instrument, a file of answers and a folder of two."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "i.toml").write_text(simple(), encoding="utf-8")
    frame = pd.DataFrame(
        {
            "person_id": [f"p{i}" for i in range(80)],
            **{f"q{j}": [(i * j + i // 7) % 5 for i in range(80)] for j in range(1, 5)},
        }
    )
    frame.to_csv("a.csv", index=False)
    Path("in").mkdir()
    frame[:40].to_csv("in/1.csv", index=False)
    frame[40:].to_csv("in/2.csv", index=False)
    return tmp_path


def run(*given: str, status: int = 0) -> tuple[str, str]:
    words.cache_clear()
    done = CliRunner().invoke(app, list(given))
    assert done.exit_code == status, (done.output, done.exception)
    return done.stdout, " ".join(done.stderr.split())


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("out", "source"),
    [
        ("a.csv", "a.csv"),
        ("./in/../a.csv", "a.csv"),
        ("in", "in"),
        ("in/scores.csv", "in"),
        ("in/deep/scores.csv", "in/"),
        ("in/scores.csv", "in/*.csv"),
        ("in/deep/scores.csv", "in/**"),
    ],
)
def test_output_never_stands_where_input_is_read(out: str, source: str) -> None:
    with pytest.raises(typer.BadParameter, match="is among what is read"):
        check_paths(out, None, source)


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("out", "source"),
    [
        ("b.csv", "a.csv"),
        ("in/a.csv", "a.csv"),
        ("in.csv", "in"),
        ("in/_scores", "in"),
        ("in/.scores/x.csv", "in"),
        ("in/scores.parquet", "in/*.csv"),
        ("in/deep/scores.csv", "in/*.csv"),
        ("a.csv", "-"),
        ("-", "a.csv"),
        ("a.csv", "s3://bucket/a.csv"),
    ],
)
def test_other_places_are_free(out: str, source: str) -> None:
    check_paths(out, source)


@pytest.mark.usefixtures("folder")
def test_a_file_whose_name_has_wildcards_is_that_file() -> None:
    Path("[a].csv").write_text("x", encoding="utf-8")
    assert many("[a].csv") == ""
    assert many("[b].csv") == "[b].csv may be many files"
    with pytest.raises(typer.BadParameter):
        check_paths("[a].csv", "[a].csv")
    check_paths("a.csv", "[a].csv")


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    "command",
    [
        ["score", "i.toml", "a.csv", "--out", "a.csv"],
        ["score", "i.toml", "in", "--out", "in/x.csv", *BATCHES],
        ["items", "i.toml", "a.csv", "--out", "a.csv"],
        ["reliability", "i.toml", "in/1.csv", "--retest", "a.csv", "--out", "a.csv"],
        ["report", "manual", "i.toml", "--ratings", "a.md", "--out", "a.md"],
        ["report", "person", "i.toml", "in/1.csv", "--retest", "a.html", "--out", "a.html"],
        ["norms", "build", "i.toml", "in", "--to", "in/n", "--edition", "x"],
        ["norms", "drift", "n/x.toml", "i.toml", "a.csv", "--out", "a.csv"],
        ["norms", "bands", "n/x.toml", "n/x.toml", "--scores", "a.csv", "--out", "a.csv"],
    ],
    ids=" ".join,
)
def test_no_command_writes_over_what_it_reads(command: list[str]) -> None:
    before = Path("a.csv").read_bytes()
    _, said = run(*command, status=2)
    assert "is among what is read" in said
    assert Path("a.csv").read_bytes() == before


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("command", "said"),
    [
        (["score", "i.toml", "-", "--ratings", "-"], "read only once"),
        (
            ["score", "i.toml", "-", "--engine", "batches"],
            "- can only be read all at once: not with --engine",
        ),
        (["items", "i.toml", "-", "--engine", "dask"], "- can only be read all at once"),
        (
            ["reliability", "i.toml", "in", "--retest", "-"],
            "not with in is a folder, which is read in batches",
        ),
        (["score", "i.toml", "store:x", "--engine", "batches"], "store:x can only be read all at once"),
        (["score", "i.toml", "a.csv", "--layout", "wide"], "--layout wide goes with --engine batches"),
        (["score", "i.toml", "a.csv", "--strata", "gender"], "--strata goes with --norms"),
        (["score", "i.toml", "a.csv", "--memory", "much"], "--memory much is no size"),
        (["score", "i.toml", "a.csv", "--out", "x.xyz"], "not x.xyz"),
        (["score", "i.toml", "a.csv", "--out", "folder"], "not folder"),
        (["items", "i.toml", "in", "--out", "x"], "not x"),
        (["reliability", "i.toml", "in", "--out", "x"], "not x"),
        (["reliability", "i.toml", "a.csv", "--retest", "in", "--occasions", "a,b"], "not from both"),
        (["report", "person", "i.toml", "in"], "in is a folder, and here one file is read"),
        (["report", "manual", "i.toml", "in/*.csv"], "and here one file is read"),
        (["score", "i.toml", "in", "--out", "s3://b/out/"], "not to an address such as s3://"),
        (["items", "i.toml", "a.csv", "--out", "gs://b/x.csv"], "not to an address such as s3://"),
        (["norms", "build", "i.toml", "in", "--to", "s3://b/n", "--edition", "x"], "not to an address"),
    ],
)
def test_words_that_do_not_go_together_are_said_before_any_work(command: list[str], said: str) -> None:
    assert said in run(*command, status=2)[1]


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("more", [[], ["--engine", "memory"], ["--engine", "batches"]])
def test_nothing_is_said_of_the_secret_of_an_address(more: list[str]) -> None:
    address = "s3://key:s3cr3t@bucket/in/*.csv?endpoint_override=127.0.0.1:1&scheme=http&wrong=s3cr3t"
    done = CliRunner().invoke(app, ["score", "i.toml", address, "--out", "x/", *more])
    said = f"{done.output} {done.exception}"
    assert "s3://bucket/in/*.csv" in said
    assert "s3cr3t" not in said


@pytest.mark.usefixtures("folder")
def test_the_second_occasion_too_may_be_a_folder() -> None:
    plain, said = run("reliability", "i.toml", "a.csv", "--retest", "in", *BATCHES)
    assert "note: in is a folder: working in batches" in said
    assert "icc_a1" in plain
    again, _ = run("reliability", "i.toml", "in", "--retest", "a.csv", *BATCHES)
    assert plain == again


@pytest.mark.usefixtures("folder")
def test_batches_say_who_did_not_come_back_as_memory_does() -> None:
    sentence = "40 of 80 persons did not come back"
    assert sentence in run("reliability", "i.toml", "a.csv", "--retest", "in/1.csv")[1]
    assert sentence in run("reliability", "i.toml", "in", "--retest", "in/1.csv", *BATCHES)[1]


@pytest.mark.usefixtures("folder")
def test_what_an_earlier_run_has_finished_is_said() -> None:
    command = ["score", "i.toml", "in", "--out", "scored", *BATCHES]
    assert "earlier run" not in run(*command)[1]
    assert "80 of 80 rows were finished by an earlier run and not done again" in run(*command)[1]
    assert "earlier run" not in run(*command, "--fresh")[1]


@pytest.mark.usefixtures("folder")
def test_one_parquet_file_of_a_run_says_where_it_came_from() -> None:
    build = ["norms", "build", "i.toml", "a.csv", "--to", "n", "--edition", "x", "--simulated"]
    run(*build, "--provenance", "description=made up")
    run("score", "i.toml", "in", "--norms", "n/x.toml", "--out", "x.parquet", *BATCHES)
    source = json.loads(pq.read_schema("x.parquet").metadata[b"psychometrics_source"])
    assert source["norms"] == "simple/x"
    assert source["simulated"] is True
    assert source["instrument"] == "simple@1.0.0"
    assert source["fingerprint"].startswith("sha256:")


@pytest.mark.usefixtures("folder")
def test_items_and_norms_take_the_name_of_the_column_that_says_when() -> None:
    frame = pd.read_csv("a.csv")
    pd.concat([frame.assign(wave=wave) for wave in (1, 2)]).to_csv("waves.csv", index=False)
    build = ["norms", "build", "i.toml", "waves.csv", "--edition", "x", "--provenance", "description=made up"]
    for command in (["items", "i.toml", "waves.csv"], [*build, "--to", "one"]):
        for engine in ([], ["--engine", "batches", *BATCHES]):
            refused = CliRunner().invoke(app, [*command, *engine])
            assert "name their column: occasion" in str(refused.exception)
            more = ["--to", "two"] if engine and "--to" in command else []
            run(*command, *engine, *more, "--occasion", "wave")


@pytest.mark.usefixtures("folder")
def test_a_new_edition_is_a_table_of_csv_in_a_pipe() -> None:
    build = ["norms", "build", "i.toml", "a.csv", "--to", "n", "--provenance", "description=made up"]
    out, _ = run(*build, "--edition", "x")
    assert out.startswith("scale_id,n,mean,sd,")
    run(*build, "--edition", "y")
    out, _ = run("norms", "compare", "n/x.toml", "n/y.toml")
    assert out.splitlines()[0].count(",") > 5


def test_no_line_of_a_log_is_broken(capsys: pytest.CaptureFixture[str]) -> None:
    words.cache_clear()
    line = "wrote " + "a long name " * 20 + "x"
    words().print(line, markup=False)
    assert capsys.readouterr().err.splitlines() == [line]
    words.cache_clear()
    assert len(line) < PIPE_WIDTH


def test_ctrl_c_while_modules_load_is_said_in_words(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Loading:
        @property
        def run(self) -> None:
            raise KeyboardInterrupt

    monkeypatch.setitem(sys.modules, "psychometrics.cli.app", Loading())
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 130
    assert "stopped" in capsys.readouterr().err


def test_help_is_there_before_the_sciences_are_loaded() -> None:
    code = "import sys; import psychometrics.cli.app; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = {name.partition(".")[0] for name in done.stdout.split()}
    assert not loaded & {"numpy", "scipy", "pyarrow", "pandas", "pydantic", "jinja2"}


@pytest.mark.parametrize("group", [[], ["norms"], ["report"], ["sittings"]], ids=str)
def test_lists_of_commands_are_not_cut_off(group: list[str]) -> None:
    done = CliRunner().invoke(app, [*group, "--help"], env={"COLUMNS": "80"})
    assert "Commands:" in done.stdout
    assert "..." not in done.stdout.replace("[ARGS]...", "")


def test_scores_without_norms_need_no_optimiser(folder: Path) -> None:
    code = (
        "import sys; from psychometrics.cli.app import app\n"
        "try: app(['score', 'i.toml', 'a.csv', '--out', 'x.csv'])\n"
        "finally: print(*sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=folder
    )
    assert "scipy.optimize" not in done.stdout.split()
