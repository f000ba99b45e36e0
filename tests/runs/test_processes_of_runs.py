"""Runs whose partitions are worked on by other processes: the same bits, the same errors."""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from batches_for_tests import FOUR, answers, cut, open_batches, write
from clusters_for_tests import same_run

from psychometrics import runs
from psychometrics.engine.files import sha256_of
from psychometrics.engine.memory import SLACK, resident
from psychometrics.engine.pool import Watch
from psychometrics.errors import RunError
from psychometrics.runs import BatchPass, run, run_batches, workers
from psychometrics.runs.worker import Worker

STRATA = ["gender", "region", "age:18,30,65"]


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Have few rows be many enough for processes; return how many each run starts."""
    monkeypatch.setattr(workers, "MANY", 1)
    started = []

    class Noted(workers.Processes):
        def __init__(self, work: Any, n: int) -> None:
            started.append(n)
            super().__init__(work, n)

    monkeypatch.setattr(workers, "Processes", Noted)
    return started


@pytest.mark.parametrize("kind", ["parquet", "csv"])
@pytest.mark.parametrize("pairs", ["all", "within_scales"])
def test_what_processes_find_is_what_memory_finds(
    kind: str, pairs: str, tmp_path: Path, elsewhere: list[int]
) -> None:
    table = answers(90, 3)
    source = write(cut(table, [20, 20, 55]), tmp_path / "in", kind, 7)
    options: dict[str, Any] = {"pairs": pairs, "norms_strata": STRATA}
    here = run_batches(open_batches(source, FOUR, workers=1), tmp_path / "here", **options)
    assert not elsewhere
    told = []
    there = run_batches(
        open_batches(source, FOUR, workers=2), tmp_path / "there", progress=told.append, **options
    )
    assert elsewhere == [2]
    assert told[-1].n_rows == 90
    if pairs == "all":
        same_run(there, table)
    assert there.summary.pack() == here.summary.pack()
    assert there.source == here.source
    assert [sha256_of(path) for path in there.files.values()] == [
        sha256_of(path) for path in here.files.values()
    ]
    assert run_batches(open_batches(source, FOUR, workers=2), tmp_path / "there", **options).n_new == 0


def test_faults_are_told_as_threads_tell_them(tmp_path: Path, elsewhere: list[int]) -> None:
    parts = cut(answers(60, 4), [20, 40])
    wrong = pa.array([9] * parts[1].num_rows)
    parts[1] = parts[1].set_column(parts[1].column_names.index("q1"), "q1", wrong)
    source = write(parts, tmp_path / "in", "parquet", 10)
    (tmp_path / "in" / "z.parquet").write_bytes(damaged(parts[0]))
    found = []
    for n in (1, 2):
        with pytest.raises(RunError) as caught:
            run_batches(open_batches(source, FOUR, workers=n), tmp_path / f"out{n}", norms_strata=STRATA)
        found.append(caught.value)
    assert elsewhere == [2]
    assert found[0].problems == found[1].problems
    assert found[0].message == found[1].message
    kept = [{path.name for path in (tmp_path / f"out{n}" / "scores").iterdir()} for n in (1, 2)]
    assert kept[0] == kept[1]
    assert len(kept[0]) == 2


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Killed(Worker):
    """Is killed over the second partition, the first time."""

    def __call__(self, partition: Any, watch: Watch) -> Any:
        done = Worker.__call__(self, partition, watch)
        flag = self.folder / "killed"
        if partition.name.endswith("1.parquet") and not flag.exists():
            flag.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return done


def test_a_process_that_is_killed_changes_nothing(
    tmp_path: Path, elsewhere: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    table = answers(60, 5)
    source = write(cut(table, [20, 40]), tmp_path / "in", "parquet", 10)
    monkeypatch.setattr(run, "Worker", Killed)
    found = run_batches(open_batches(source, FOUR, workers=2), tmp_path / "out", norms_strata=STRATA)
    assert (tmp_path / "out" / "killed").exists()
    assert found.n_new == 60
    same_run(found, table)


def test_threads_do_where_processes_would_not_pay_or_cannot_be(
    tmp_path: Path, elsewhere: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    table = answers(60, 6)
    parts = cut(table, [20, 40])
    source = write(parts, tmp_path / "in", "parquet", 10)
    run_batches(open_batches(parts, FOUR, workers=2))  # in memory already
    with monkeypatch.context() as little:
        little.setattr(workers, "BYTES", 1 << 40)  # no memory is enough for two more of them
        run_batches(open_batches(source, FOUR, workers=2))
    monkeypatch.setattr("sys.executable", "")
    run_batches(open_batches(source, FOUR, workers=2))
    monkeypatch.undo()
    monkeypatch.setattr(workers, "MANY", 61)
    run_batches(open_batches(source, FOUR, workers=2))
    assert not elsewhere


def test_as_many_processes_as_have_room(
    tmp_path: Path, elsewhere: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    source = write(cut(answers(60, 7), [20, 40]), tmp_path / "in", "parquet", 10)
    work = BatchPass(reading=open_batches(source, FOUR).reading)
    monkeypatch.setattr(workers, "BYTES", each := 500 << 20)
    for room, expected in ((4, 3), (2.5, 2), (1.5, 0)):
        memory = int((resident() + room * each) / SLACK)
        batches = runs.open_batches(source, FOUR, workers=3, memory=memory)
        plan, processes = workers.planned(
            batches, workers.Needs(counts=0, shared=0, longest=20), work, batches.source.partitions
        )
        assert (plan.workers if processes else 0) == expected
    assert not elsewhere


def damaged(table: pa.Table) -> bytes:
    """Return a Parquet file whose footer is right and whose first page is not."""
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink)
    whole = bytes(sink.getvalue())
    return whole[:4] + b"x" * 60 + whole[64:]
