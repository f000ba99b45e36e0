"""Folders on a cluster: paths that hold wherever a worker stands, folders that only some machines see, full disks."""

from __future__ import annotations

import errno
import os
import shutil
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from batches_for_tests import FOUR, answers, cut, open_batches, write

import psychometrics as pm
from psychometrics.engine.lock import locked
from psychometrics.engine.progress import Progress
from psychometrics.runs import run_batches
from psychometrics.runs.clusters import job as jobs
from psychometrics.runs.clusters import telling

pytest.importorskip("dask", reason="DASK IS NOT INSTALLED: runs on Dask are not tested")
HERE = {"engine": "dask", "cluster": "synchronous"}


def worker(monkeypatch: pytest.MonkeyPatch, before: Callable[[Any], Any]) -> None:
    """Have partitions worked on as by a worker of another place."""
    own = jobs.do_part

    def do_part(job: Any, *part: Any) -> Any:
        here = Path.cwd()
        try:
            return own(before(job), *part)
        finally:
            os.chdir(here)

    monkeypatch.setattr("psychometrics.runs.clusters.dask_graph.do_part", do_part)


def test_relative_paths_hold_where_workers_stand_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table, elsewhere = answers(60), tmp_path / "elsewhere"
    elsewhere.mkdir()
    write(cut(table, [20, 40]), tmp_path / "in")
    monkeypatch.chdir(tmp_path)

    def there(job: Any) -> Any:
        os.chdir(elsewhere)
        return job

    worker(monkeypatch, there)
    run = run_batches(open_batches("in", FOUR), "out", **HERE)
    assert not list(elsewhere.iterdir())
    assert all(file.exists() and not file.is_absolute() for file in run.files.values())
    assert run_batches(open_batches("in", FOUR), "out", **HERE).n_new == 0


@pytest.mark.parametrize("at_once", [True, False])
def test_a_task_that_is_done_twice_counts_once_and_leaves_whole_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at_once: bool
) -> None:
    table = answers(90)
    batches = open_batches(write(cut(table, [20, 50]), tmp_path / "in"), FOUR)
    own = jobs.do_part

    def do_twice(*part: Any) -> Any:
        """Return what the second attempt has found."""
        both = threading.Barrier(2)

        def attempt(_: int) -> Any:
            if at_once:
                both.wait()
            return own(*part)

        with ThreadPoolExecutor(2 if at_once else 1) as pool:
            return list(pool.map(attempt, range(2)))[1]

    monkeypatch.setattr("psychometrics.runs.clusters.dask_graph.do_part", do_twice)
    told = list[Progress]()
    run = run_batches(batches, tmp_path / "out", progress=told.append, **HERE)
    local = run_batches(batches, tmp_path / "local")
    assert run.summary.pack() == local.summary.pack()
    assert run.n_new == told[-1].n_rows == 90  # none of it was there before this run
    assert {name: file.read_bytes() for name, file in run.files.items()} == {
        name: file.read_bytes() for name, file in local.files.items()
    }
    assert not list(tmp_path.rglob("*.part"))
    assert run_batches(batches, tmp_path / "out", **HERE).n_new == 0


def test_a_worker_that_does_not_see_the_folder_says_so_and_writes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, local = write(cut(answers(60), [20, 40]), tmp_path / "in"), tmp_path / "of this worker"

    def lost(job: Any) -> Any:
        return replace(job, plan=replace(job.plan, folder=replace(job.plan.folder, path=local)))

    worker(monkeypatch, lost)
    with pytest.raises(pm.RunError, match=r"part001\.parquet") as caught:
        run_batches(open_batches(folder, FOUR), tmp_path / "out", **HERE)
    assert "does not see the run in" in str(caught.value)
    assert "all workers and this process share" in str(caught.value)
    assert not local.exists()


def test_what_a_worker_of_an_earlier_run_leaves_late_is_not_taken(tmp_path: Path) -> None:
    folder, out, late = write(cut(answers(60), [20]), tmp_path / "in"), tmp_path / "out", tmp_path / "late"
    batches = open_batches(folder, FOUR)
    run_batches(batches, out, **HERE)
    shutil.copytree(out, late)
    wide = run_batches(batches, out, layout="wide", resume=False, **HERE)
    bytes_of = {name: file.read_bytes() for name, file in wide.files.items()}
    for name in (
        "scores",
        ".run",
    ):  # as a worker would that goes on after the process that started it was killed
        shutil.copytree(late / name, out / name, dirs_exist_ok=True)
    again = run_batches(batches, out, layout="wide", **HERE)
    assert again.n_new == 60
    assert {name: file.read_bytes() for name, file in again.files.items()} == bytes_of


def test_a_full_disk_is_called_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    folder, out = write(cut(answers(60), [20, 40]), tmp_path / "in"), tmp_path / "out"
    with monkeypatch.context() as patched:
        patched.setattr("psychometrics.runs.writing.ScoreFile.write", full)
        with pytest.raises(pm.RunError, match="the disk is full") as caught:
            run_batches(open_batches(folder, FOUR), out, **HERE)
    assert "run again in the same folder" in caught.value.hint
    assert not list((out / "scores").glob("*"))
    assert run_batches(open_batches(folder, FOUR), out, **HERE).n_new == 60


def test_signs_of_life_are_given_while_the_cluster_is_silent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(telling, "SIGN_OF_LIFE", 0.001)
    with locked(tmp_path) as alive:
        (lock,) = tmp_path.iterdir()
        os.utime(lock, (0, 0))
        with telling.signs_of_life(alive):
            while lock.stat().st_mtime == 0:
                pass
        assert lock.stat().st_mtime > 0


def test_two_runs_in_one_folder(tmp_path: Path) -> None:
    folder = write([answers(5)], tmp_path / "in")
    with locked(tmp_path / "out"), pytest.raises(pm.RunError, match="another run works in this folder"):
        run_batches(open_batches(folder, FOUR), tmp_path / "out", **HERE)


def test_what_is_refused_here_is_refused_on_a_cluster(tmp_path: Path) -> None:
    folder = write(cut(answers(30), [10]), tmp_path / "in")
    batches = open_batches(folder, FOUR)
    with pytest.raises(pm.RunError, match="layout='tall'"):
        run_batches(batches, tmp_path / "out", layout="tall", **HERE)  # type: ignore[arg-type]
    with pytest.raises(pm.RunError, match="two occasions"):
        run_batches(batches, tmp_path / "out", retest=("t1", "t1"), **HERE)
    with pytest.raises(pm.RunError, match="would find the scores in it"):
        run_batches(batches, folder / "out", **HERE)
    assert not (tmp_path / "out").exists()


def test_files_of_somebody_else_stay(tmp_path: Path) -> None:
    folder, out = write(cut(answers(30), [10]), tmp_path / "in"), tmp_path / "out"
    (out / ".run").mkdir(parents=True)
    (out / ".run" / "keep.txt").write_text("x", encoding="utf-8")
    (out / "scores").mkdir()
    (out / "scores" / "mine.parquet").write_text("x", encoding="utf-8")
    with pytest.raises(pm.RunError, match="holds files that no run has made"):
        run_batches(open_batches(folder, FOUR), out, resume=False, **HERE)
    (out / "scores" / "mine.parquet").unlink()
    assert run_batches(open_batches(folder, FOUR), out, resume=False, **HERE).n_rows == 30
    assert (out / ".run" / "keep.txt").exists()


def test_persons_who_are_numbered_are_numbered_anew_when_files_come_before(tmp_path: Path) -> None:
    table = answers(30).drop_columns(["person_id"])
    folder, out = write(cut(table, [10]), tmp_path / "in"), tmp_path / "out"
    run_batches(open_batches(folder, FOUR), out, **HERE)
    pq.write_table(table.slice(0, 5), folder / "a.parquet")  # now the first by name
    run = run_batches(open_batches(folder, FOUR), out, **HERE)
    ids = [pq.read_table(file).column("person_id").unique().to_pylist() for file in run.files.values()]
    assert sorted(int(one) for own in ids for one in own) == list(range(1, 36))
