"""What is sent to Dask: few tasks, partitions under the names the caller knows, and word of what is done."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest
from batches_for_tests import FOUR, answers, cut, open_batches, write
from clusters_for_tests import same_run

import psychometrics as pm
from psychometrics.engine.progress import Progress
from psychometrics.errors import RunError
from psychometrics.runs import BatchPass, run_batches
from psychometrics.runs.clusters import dask_cluster
from psychometrics.runs.clusters.counting import CountJob
from psychometrics.runs.clusters.dask_graph import JobGraph, buckets_for, job_graph
from psychometrics.runs.clusters.job import Input, Plan
from psychometrics.runs.clusters.telling import Done, unheard

dd = pytest.importorskip("dask.dataframe", reason="DASK IS NOT INSTALLED: runs on Dask are not tested")
HERE = {"engine": "dask", "cluster": "synchronous"}


def to_pandas(table: pa.Table) -> pd.DataFrame:
    return table.to_pandas(types_mapper=pd.ArrowDtype)


def test_tasks_grow_with_the_partitions_not_with_partitions_times_buckets() -> None:
    n = 640
    batches = open_batches(answers(4), FOUR)
    frame = dd.from_map(to_pandas, [answers(1)] * n, meta=to_pandas(answers(0)))
    source = open_batches(frame, FOUR).source
    plan = Plan(work=BatchPass(reading=batches.reading), batch_rows=10)
    job = CountJob(plan=plan, n_buckets=buckets_for([source]))
    assert job.n_buckets == 64
    inputs = [Input(side="responses", source=source, columns=["person_id", "q1", "q2", "q3", "q4"])]
    assert len(job_graph(job, inputs).tasks) < 12 * n  # a task for each partition and bucket would be 64 n


@pytest.mark.filterwarnings("ignore:The inplace keyword")
def test_partitions_keep_their_names_where_dask_would_put_small_files_together(tmp_path: Path) -> None:
    table = answers(120)
    wide = table.append_column(
        "notes", pa.array([f"{i} many words that nobody asks for" * 9 for i in range(120)])
    )
    third = wide.column("q3").to_pylist()
    third[74] = 9
    parts = cut(
        wide.set_column(wide.column_names.index("q3"), "q3", pa.array(third, pa.int8())),
        [*range(10, 120, 10)],
    )
    frame = dd.read_parquet(write(parts, tmp_path / "in"))
    frame = frame[frame["age"] != 0]
    assert frame[["q1", "q3"]].optimize().npartitions < frame.npartitions == 12  # Dask would do so
    with pytest.raises(pm.RunError, match="partition 7") as caught:
        run_batches(open_batches(frame, FOUR), **HERE)
    (problem,) = caught.value.problems
    assert (problem.where, problem.rows) == ("partition 7: q3", (5,))


@pytest.mark.parametrize("where", ["synchronous", "distributed"])
def test_what_is_done_is_told_while_it_runs(
    tmp_path: Path, where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    distributed = pytest.importorskip("distributed")
    monkeypatch.setattr(dask_cluster, "TICK", 0.0)
    table, told = answers(90), list[Progress]()
    folder = write(cut(table, [20, 50]), tmp_path / "in")
    if where == "synchronous":
        run = run_batches(open_batches(folder, FOUR), tmp_path / "out", progress=told.append, **HERE)
        assert list(dict.fromkeys(one.partitions for one in told)) == [1, 2, 3]
        assert [one.n_rows for one in told] == sorted(one.n_rows for one in told)
        assert told[-1].n_rows == 90
        assert {one.n_total for one in told} == {90}
        assert {one.n_partitions for one in told} == {3}
        again = list[Progress]()
        run_batches(open_batches(folder, FOUR), tmp_path / "out", progress=again.append, **HERE)
        assert next(one.n_total for one in again if one.partitions == 3) == 0  # all of it was finished before
        same_run(run, table)
        return
    with distributed.LocalCluster(n_workers=1, processes=False, dashboard_address="127.0.0.1:0") as cluster:
        run = run_batches(open_batches(folder, FOUR), engine="dask", cluster=cluster, progress=told.append)
    same_run(run, table)
    assert told[-1].n_rows == 90


class Endless:
    """A future that never ends."""

    status = "pending"

    def done(self) -> bool:
        return False


class Deserted:
    """A client whose cluster has no workers left."""

    def get(self, *_: object, **__: object) -> tuple[Endless, list[Endless]]:
        return Endless(), [Endless()]

    def gather(self, futures: list[object]) -> list[Done]:
        assert not futures
        return []

    def nthreads(self) -> dict[str, int]:
        return {}


def test_a_cluster_that_has_lost_all_workers_ends_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dask_cluster, "ALONE", 0.0)
    monkeypatch.setattr(dask_cluster, "_wait", lambda *_: None)
    with pytest.raises(RunError, match="lost all its workers"):
        dask_cluster._there(Deserted(), JobGraph(tasks={}, total="a", told=("b",)), unheard)


def test_no_client_is_made_for_an_address_without_a_port(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("distributed")
    monkeypatch.setattr(
        "distributed.Client.__init__", lambda *_, **__: 1 / 0
    )  # one that is half made is noisy at the end
    with pytest.raises(RunError, match="scheduler-host: no Dask scheduler answers") as caught:
        run_batches(open_batches(answers(5), FOUR), engine="dask", cluster="scheduler-host")
    assert "missing port" in str(caught.value)


def test_a_fault_of_the_program_is_not_laid_on_the_frame(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("psychometrics.runs.clusters.counting.works", lambda *_: 1 / 0)
    frame = dd.from_pandas(to_pandas(answers(5)), npartitions=1)
    with pytest.raises(ZeroDivisionError):
        run_batches(open_batches(frame, FOUR), **HERE)


def lacks(frame: pd.DataFrame) -> pd.DataFrame:
    raise ModuleNotFoundError("No module named 's3fs'")


def test_a_package_that_the_frame_needs_is_named() -> None:
    frame = dd.from_pandas(to_pandas(answers(5)), npartitions=1)
    broken = frame.map_partitions(lacks, meta=frame._meta)
    with pytest.raises(pm.RunError, match="a package is missing where the workers run") as caught:
        run_batches(open_batches(broken, FOUR), **HERE)
    assert "s3fs" in caught.value.problems[0].what


def test_ids_in_the_index_are_refused_before_anything_is_computed() -> None:
    indexed = to_pandas(answers(5)).set_index("person_id")
    frame = dd.from_pandas(indexed, npartitions=1).map_partitions(lacks, meta=indexed.iloc[:0])
    for call in (lambda: run_batches(open_batches(frame, FOUR), **HERE), lambda: pm.score_frame(FOUR, frame)):
        with pytest.raises(pm.RunError, match='no column "person_id"') as caught:
            call()
        assert "reset_index" in caught.value.hint


def test_persons_twice_on_the_second_occasion_are_named() -> None:
    table = answers(30)
    frame = dd.from_pandas(to_pandas(table), npartitions=2)
    twice = dd.from_pandas(to_pandas(pa.concat_tables([table, table.slice(3, 2)])), npartitions=2)
    with pytest.raises(pm.RunError) as caught:
        run_batches(open_batches(frame, FOUR), retest=open_batches(twice, FOUR), **HERE)
    said = [str(one) for one in caught.value.problems]
    assert len(said) == 2
    assert all(f'person "{person}": 2 rows on the second occasion' in "".join(said) for person in (103, 104))


def test_a_column_that_is_there_twice_is_refused() -> None:
    frame = to_pandas(answers(5))
    twice = dd.from_pandas(frame.rename(columns={"age": "q1"}), npartitions=1)
    with pytest.raises(pm.RunError, match="the Dask frame"):
        open_batches(twice, FOUR)
