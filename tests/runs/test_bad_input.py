"""Damaged and odd data: one error that names partition and cause; what is finished is kept, nothing is half-written."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from batches_for_tests import FOUR, RUBRIC, answers, cut, open_batches, ratings, write

import psychometrics as pm
from psychometrics.engine.faults import is_full
from psychometrics.engine.files import settle
from psychometrics.engine.lock import locked
from psychometrics.runs import run_batches
from psychometrics.runs.people import KeyFile, People


def parts(tmp_path: Path, n: int = 90) -> Path:
    return write(cut(answers(n), [n // 3, 2 * n // 3]), tmp_path / "in")


def contents(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes() for path in sorted((folder / "scores").rglob("*"))
    }


def test_files_that_cannot_be_opened_are_all_named(tmp_path: Path) -> None:
    folder = parts(tmp_path)
    (folder / "part000.parquet").write_bytes(b"no parquet at all")
    whole = (folder / "part001.parquet").read_bytes()
    (folder / "part001.parquet").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(pm.RunError, match="2 of 3 files cannot be read") as caught:
        open_batches(folder, FOUR)
    assert [one.where for one in caught.value.problems] == ["part000.parquet", "part001.parquet"]


def test_a_file_that_holds_no_answers_can_be_left_out(tmp_path: Path) -> None:
    folder = parts(tmp_path)
    (folder / "README.txt").write_text("About these data\nThey are made up.\n", encoding="utf-8")
    with pytest.raises(pm.RunError, match=r"README\.txt") as caught:
        open_batches(folder, FOUR)
    assert "take it out of the folder" in caught.value.hint


@pytest.mark.parametrize("name", ["norms.stratum", "total", "total.reason", "total.z"])
def test_columns_that_would_stand_in_the_table_twice(tmp_path: Path, name: str) -> None:
    own = name.replace("total", FOUR.scale_ids[0])
    people = answers(30).rename_columns({"region": own})
    batches = open_batches([people], FOUR, columns=[own])
    with pytest.raises(pm.RunError, match="would stand in the table of scores twice"):
        run_batches(batches, tmp_path / "out", layout="wide")


def test_a_partition_damaged_inside_is_named_and_the_others_are_kept(tmp_path: Path) -> None:
    folder = parts(tmp_path)
    path = folder / "part001.parquet"
    whole = bytearray(path.read_bytes())
    first = pq.ParquetFile(path).metadata.row_group(0).column(4)
    start = first.dictionary_page_offset or first.data_page_offset
    path.write_bytes(
        whole[:start] + b"\xff" * first.total_compressed_size + whole[start + first.total_compressed_size :]
    )
    out = tmp_path / "out"
    with pytest.raises(pm.RunError, match=r"part001\.parquet") as caught:
        run_batches(open_batches(folder, FOUR), out)
    assert caught.value.facts["partitions"] == ["part001.parquet"]
    kept = contents(out)
    assert len(kept) == 2
    assert not list(out.rglob("*.part"))
    path.write_bytes(whole)
    run = run_batches(open_batches(folder, FOUR), out)
    assert run.n_new == 30
    assert kept.items() <= contents(out).items()
    fresh = run_batches(open_batches(folder, FOUR), tmp_path / "fresh")
    assert contents(out) == contents(tmp_path / "fresh")
    assert run.item_tally == fresh.item_tally


def test_columns_codes_and_types_that_differ(tmp_path: Path) -> None:
    folder = parts(tmp_path)
    table = pq.read_table(folder / "part001.parquet")
    pq.write_table(table.rename_columns([*table.column_names[:-1], "q9"]), folder / "part001.parquet")
    other = table.set_column(0, "person_id", pa.array([f"x{i}" for i in range(table.num_rows)]))
    pq.write_table(other, folder / "part002.parquet")
    with pytest.raises(pm.RunError, match="2 of 3 partitions do not fit") as caught:
        open_batches(folder, FOUR)
    said = [str(one) for one in caught.value.problems]
    assert any("part001.parquet: q4: no column for this item" in one for one in said)
    assert any(
        "part002.parquet: person_id: holds text; expected numbers, as in part000.parquet" in one
        for one in said
    )

    folder = parts(tmp_path / "codes")
    table = pq.read_table(folder / "part002.parquet")
    bad = table.set_column(6, "q3", pa.array(np.where(np.arange(30) == 20, 7, 1).astype(np.int8)))
    pq.write_table(bad, folder / "part002.parquet", row_group_size=7)
    with pytest.raises(pm.RunError, match=r"part002\.parquet") as caught:
        run_batches(open_batches(folder, FOUR), tmp_path / "out")
    (problem,) = caught.value.problems
    assert problem.where == "part002.parquet: q3"
    assert problem.rows == (21,)
    assert "7" in problem.what
    assert "missing" in str(caught.value)
    lenient = run_batches(open_batches(folder, FOUR, invalid="missing"))
    assert "1 cells fitted no option and were made missing" in lenient.notes


@pytest.mark.parametrize("kind", ["parquet", "csv", "stream"])
@pytest.mark.parametrize("text", [False, True])
@pytest.mark.parametrize("layout", ["long", "wide"])
@pytest.mark.parametrize("rename", [{}, {"who": "person_id"}], ids=["", "renamed"])
def test_a_person_in_two_partitions_is_named(
    tmp_path: Path, kind: str, text: bool, layout: str, rename: dict[str, str]
) -> None:
    table = answers(90).rename_columns(["who" if rename else "person_id", *answers(0).column_names[1:]])
    ids = table.column(0).to_numpy().copy()
    ids[70], ids[71] = ids[3], ids[88]
    column = pa.array(ids).cast(pa.string()) if text else pa.array(ids)
    pieces = cut(table.set_column(0, table.column_names[0], column), [30, 60])
    source = iter(pieces) if kind == "stream" else write(pieces, tmp_path / "in", kind)
    with pytest.raises(pm.RunError, match="2 persons are there more than once") as caught:
        run_batches(open_batches(source, FOUR, rename=rename), tmp_path / "out", layout=layout)
    said = sorted(str(one) for one in caught.value.problems)
    assert 'person "103"' in said[0]
    assert 'person "188"' in said[1]
    if kind != "stream":
        assert f"part000.{kind}, part002.{kind}" in said[0]
        assert f"part002.{kind} twice" in said[1]
        write(cut(table, [30, 60]), tmp_path / "in", kind)
        again = open_batches(tmp_path / "in", FOUR, rename=rename)
        assert run_batches(again, tmp_path / "out", layout=layout).n_rows == 90


def test_two_persons_with_one_hash_are_two_persons(tmp_path: Path) -> None:
    hashes = np.array([5, 9], np.uint64)
    files = {}
    for name in ("a", "b"):
        keys = KeyFile()
        keys.add(hashes, None, None)
        files[name] = tmp_path / f"{name}.x"
        for made in keys.write(files[name], can_read_again=True):
            settle(tmp_path / made)
    persons = {"a": ["p", "q"], "b": ["r", "q"]}
    people = People(
        files=files, again=lambda name: iter([(pa.table({"person_id": persons[name]}), hashes)]), budget=1
    )
    assert [one.where for one in people.twice()] == ['person "q"']


def test_rising_ids_need_no_hashes_until_they_overlap(tmp_path: Path) -> None:
    folder = parts(tmp_path)
    run_batches(open_batches(folder, FOUR), tmp_path / "out")
    assert not list((tmp_path / "out" / ".run").glob("*.keys"))
    assert len(list((tmp_path / "out" / ".run").glob("*.ends"))) == 3


def test_a_file_that_has_fewer_row_groups_than_when_it_was_found(tmp_path: Path) -> None:
    table = answers(90)
    (tmp_path / "in").mkdir()
    for name, own in (("a", table.slice(0, 60)), ("b", table.slice(60))):
        pq.write_table(own, tmp_path / "in" / f"{name}.parquet", row_group_size=20)
    batches = open_batches(tmp_path / "in", FOUR)
    pq.write_table(table.slice(0, 60), tmp_path / "in" / "a.parquet")
    with pytest.raises(pm.RunError, match="1 partition could not be done") as caught:
        run_batches(batches, tmp_path / "out")
    assert [(one.where, one.what) for one in caught.value.problems] == [
        ("a.parquet", "changed since it was found")
    ]
    assert run_batches(open_batches(tmp_path / "in", FOUR), tmp_path / "out").n_new == 60


def test_scores_go_to_a_folder_of_this_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(pm.RunError, match="a folder of this machine") as caught:
        run_batches(open_batches(answers(3), FOUR), "s3://key:secret@bucket/out")
    assert "secret" not in str(caught.value)
    assert not list(tmp_path.iterdir())


def test_nothing_there(tmp_path: Path) -> None:
    with pytest.raises(pm.RunError, match="no such file or folder"):
        open_batches(tmp_path / "none", FOUR)
    (tmp_path / "empty").mkdir()
    with pytest.raises(pm.RunError, match="no data files"):
        open_batches(tmp_path / "empty", FOUR)
    with pytest.raises(pm.RunError, match="no file fits"):
        open_batches(str(tmp_path / "*.parquet"), FOUR)
    folder = write([answers(0)], tmp_path / "zero")
    with pytest.raises(pm.RunError, match="no rows"):
        run_batches(open_batches(folder, FOUR))
    with pytest.raises(pm.RunError, match="no rows"):
        run_batches(open_batches(iter([]), FOUR))
    with pytest.raises(pm.RunError, match="neither responses nor ratings"):
        open_batches(None, FOUR)
    with pytest.raises(pm.RunError, match="cannot read a int in batches"):
        open_batches(3, FOUR)
    with pytest.raises(pm.RunError, match="no rubric tasks"):
        run_batches(open_batches(answers(3), FOUR, ratings=ratings(3)))
    with pytest.raises(pm.RunError, match="ratings need the columns"):
        run_batches(
            open_batches({"person_id": ["a"], "q1": [1], "q2": [1]}, RUBRIC, ratings={"person_id": ["a"]})
        )


def test_a_folder_that_cannot_be_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = parts(tmp_path)
    (folder / "sub").mkdir()
    real = Path.iterdir

    def refuse(self: Path):
        if self.name == "sub":
            raise PermissionError(errno.EACCES, "Permission denied", str(self))
        return real(self)

    monkeypatch.setattr(Path, "iterdir", refuse)
    with pytest.raises(pm.RunError, match="Permission denied"):
        open_batches(folder, FOUR)


def test_truncated_text_files(tmp_path: Path) -> None:
    folder = write(cut(answers(40), [20]), tmp_path / "in", "csv")
    path = folder / "part001.csv"
    whole = path.read_text(encoding="utf-8").rstrip("\n")
    path.write_text(whole[: whole.rfind(",")], encoding="utf-8")
    with pytest.raises(pm.RunError, match=r"part001\.csv") as caught:
        run_batches(open_batches(folder, FOUR))
    assert "columns" in str(caught.value.problems[0]).lower()
    path.write_text(whole + '\n999,"f', encoding="utf-8")
    with pytest.raises(pm.RunError, match="cannot be read") as caught:
        open_batches(folder, FOUR)
    assert "inside a quoted cell" in str(caught.value)
    path.write_text("", encoding="utf-8")
    with pytest.raises(pm.RunError, match="cannot be read") as caught:
        open_batches(folder, FOUR)
    assert "empty" in str(caught.value)


def test_a_full_disk_ends_the_run_and_keeps_what_is_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from psychometrics.engine import files

    folder, out = write(cut(answers(300), list(range(50, 300, 50))), tmp_path / "in"), tmp_path / "out"
    real, left = files.Hashed.write, [20_000]

    def full(self: files.Hashed, data: bytes) -> int:
        left[0] -= memoryview(data).nbytes
        if left[0] < 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(self, data)

    monkeypatch.setattr(files.Hashed, "write", full)
    with pytest.raises(pm.RunError, match="the disk is full") as caught:
        run_batches(open_batches(folder, FOUR, workers=1), out)
    assert "No space left" in str(caught.value)
    assert len(caught.value.facts["partitions"]) <= 2
    kept = contents(out)
    assert 0 < len(kept) < 6
    assert not list(out.rglob("*.part"))
    monkeypatch.undo()
    run_batches(open_batches(folder, FOUR, workers=1), out)
    run_batches(open_batches(folder, FOUR, workers=1), tmp_path / "fresh")
    assert contents(out) == contents(tmp_path / "fresh")
    assert kept.items() <= contents(out).items()
    assert is_full(OSError(errno.ENOSPC, ""))
    assert not is_full(ValueError())


def test_other_settings_and_partitions_that_are_gone_are_refused(tmp_path: Path) -> None:
    folder, out = parts(tmp_path), tmp_path / "out"
    run_batches(open_batches(folder, FOUR), out)
    with pytest.raises(pm.RunError, match="other settings") as caught:
        run_batches(open_batches(folder, FOUR), out, layout="wide", norms_strata=["gender"])
    assert {one.where for one in caught.value.problems} == {"layout", "strata"}
    (folder / "part001.parquet").unlink()
    with pytest.raises(pm.RunError, match="no longer in the input"):
        run_batches(open_batches(folder, FOUR), out)
    run = run_batches(open_batches(folder, FOUR), out, resume=False)
    assert run.n_rows == 60
    assert len(contents(out)) == 2


def test_a_changed_partition_and_a_damaged_output_are_done_again(tmp_path: Path) -> None:
    folder, out = parts(tmp_path), tmp_path / "out"
    first = run_batches(open_batches(folder, FOUR), out)
    pq.write_table(
        answers(31, 8).slice(0, 30).set_column(0, "person_id", pa.array(range(1000, 1030))),
        folder / "part001.parquet",
    )
    second = run_batches(open_batches(folder, FOUR), out)
    assert second.n_new == 30
    assert second.item_tally != first.item_tally
    path = next((out / "scores").glob("part000*"))
    path.write_bytes(path.read_bytes()[:-3])
    third = run_batches(open_batches(folder, FOUR), out)
    assert third.n_new == 30
    assert third.item_tally == second.item_tally
    manifest = out / "manifest.jsonl"
    manifest.write_text(manifest.read_text(encoding="utf-8") + '{"partition": "par', encoding="utf-8")
    assert run_batches(open_batches(folder, FOUR), out).n_new == 0
    manifest.write_text(manifest.read_text(encoding="utf-8") + "nonsense\n", encoding="utf-8")
    with pytest.raises(pm.RunError, match="damaged"):
        run_batches(open_batches(folder, FOUR), out)


def test_one_run_at_a_time(tmp_path: Path) -> None:
    folder, out = parts(tmp_path), tmp_path / "out"
    with locked(out), pytest.raises(pm.RunError, match=f"process {os.getpid()} on"):
        run_batches(open_batches(folder, FOUR), out)
    (out / ".run.lock").write_text(
        json.dumps({"pid": 1, "host": "elsewhere", "since": "now"}), encoding="utf-8"
    )
    with pytest.raises(pm.RunError, match="process 1 on elsewhere"):
        run_batches(open_batches(folder, FOUR), out)
    os.utime(out / ".run.lock", (time.time() - 3600,) * 2)
    assert run_batches(open_batches(folder, FOUR), out).n_rows == 90


KILLED = """
import os, signal, sys
sys.path[:0] = {paths!r}
from pathlib import Path
from batches_for_tests import FOUR
from psychometrics.runs import open_batches, run_batches
from psychometrics.engine import files
real, told = files.Hashed.write, []
manifest = Path({out!r}) / "manifest.jsonl"
def write(self, data):
    if not told and manifest.read_text().count(chr(10)) > 2:
        told.append(1)
        os.kill(os.getpid(), signal.{how})
    return real(self, data)
files.Hashed.write = write
run_batches(open_batches({source!r}, FOUR, workers=2), {out!r})
"""


@pytest.mark.parametrize("how", ["SIGKILL", "SIGINT"])
def test_a_run_that_is_killed_goes_on_to_the_same_bytes(tmp_path: Path, how: str) -> None:
    folder, out = write(cut(answers(300), list(range(50, 300, 50))), tmp_path / "in"), tmp_path / "out"
    tests = str(Path(__file__).parents[1])
    code = KILLED.format(paths=[tests], how=how, source=str(folder), out=str(out))
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=Path(tests).parent
    )
    assert done.returncode in ((-signal.SIGKILL,) if how == "SIGKILL" else (1, 130, -signal.SIGINT)), (
        done.stderr
    )
    if how == "SIGINT":
        assert "KeyboardInterrupt" in done.stderr
        assert not list(out.rglob("*.part"))
    run = run_batches(open_batches(folder, FOUR), out)
    assert run.n_rows == 300
    assert 0 < run.n_new < 300
    run_batches(open_batches(folder, FOUR), tmp_path / "fresh")
    assert contents(out) == contents(tmp_path / "fresh")
    assert not list(out.rglob("*.part"))


def test_a_fault_of_the_program_is_no_fault_of_the_data(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("psychometrics.runs.passes.score_cells", lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        run_batches(open_batches(parts(tmp_path), FOUR), tmp_path / "out")


def test_memory_that_is_no_size_or_too_little(tmp_path: Path) -> None:
    for wrong in ("much", "", -1, 0, "1XB"):
        with pytest.raises(pm.RunError, match="is no size"):
            open_batches(answers(3), FOUR, memory=wrong)
    with pytest.raises(pm.RunError, match="too little") as caught:
        open_batches(answers(3), FOUR, memory="1MB")
    assert "at least" in caught.value.hint
    with pytest.raises(pm.RunError, match="workers=0"):
        open_batches(answers(3), FOUR, workers=0)
