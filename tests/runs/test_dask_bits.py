"""On Dask: the same bits as in memory, whatever the partitions, the scheduler and the deaths of workers."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from batches_for_tests import FOUR, RUBRIC, answers, cut, open_batches, ratings, write
from clusters_for_tests import (
    ABOUT,
    DAY,
    MANY_SCALES,
    STRATA,
    many_scales,
    rated_answers,
    same_rated,
    same_rows,
    same_run,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import psychometrics as pm
from psychometrics.runs import run_batches
from psychometrics.runs.clusters.found import Found
from psychometrics.runs.clusters.scoring import score_frame

dd = pytest.importorskip("dask.dataframe", reason="DASK IS NOT INSTALLED: runs on Dask are not tested")
distributed = pytest.importorskip(
    "distributed", reason="DISTRIBUTED IS NOT INSTALLED: clusters are not tested"
)


def to_pandas(table: pa.Table) -> pd.DataFrame:
    return table.to_pandas(types_mapper=pd.ArrowDtype)


def identity(frame: pd.DataFrame) -> pd.DataFrame:
    return frame


def frame_of(parts: list[pa.Table]) -> object:
    """Return a Dask frame with just these partitions, empty ones too."""
    return dd.from_map(identity, [to_pandas(part) for part in parts], meta=to_pandas(parts[0].slice(0, 0)))


def computed(frame: object, **how: object) -> pa.Table:
    return pa.Table.from_pandas(frame.compute(**how), preserve_index=False)


@pytest.fixture(scope="module")
def cluster() -> Iterator[object]:
    # sparing what a cluster of tests does not need keeps its start to a second
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address="127.0.0.1:0"
    ) as made:
        yield made


@given(
    n=st.integers(1, 60),
    seed=st.integers(0, 2**32),
    ends=st.lists(st.integers(0, 60), max_size=4),
    turn=st.randoms(),
)
@settings(
    max_examples=8, deadline=None, report_multiple_bugs=False, suppress_health_check=[HealthCheck.too_slow]
)
def test_partitions_of_any_size_in_any_order(n: int, seed: int, ends: list[int], turn: Random) -> None:
    parts = cut(answers(n, seed), ends)
    turn.shuffle(parts)
    frame, whole = frame_of(parts), pa.concat_tables(parts)
    run = run_batches(open_batches(frame, FOUR), norms_strata=STRATA, cluster="synchronous", engine="dask")
    same_run(run, whole)
    assert list(run.rows.values()) == [part.num_rows for part in parts]
    scores = pm.score(FOUR, pm.read_responses(whole, FOUR))
    same_rows(computed(score_frame(FOUR, frame), scheduler="synchronous"), scores.to_arrow())


def test_processes_and_scales_that_keep_their_order_on_the_way() -> None:
    table = many_scales()
    local = run_batches(open_batches(table, MANY_SCALES))
    run = run_batches(
        open_batches(frame_of(cut(table, [20, 30])), MANY_SCALES), engine="dask", cluster="processes"
    )
    assert run.summary.pack() == local.summary.pack()
    same_rows(run.item_tally.to_arrow(), local.item_tally.to_arrow())
    same_rows(run.reliability().to_arrow(), local.reliability().to_arrow())


def test_what_is_found_adds_up_in_any_order_and_travels_as_bytes() -> None:
    found = []
    for number, part in enumerate(cut(answers(50, 3, occasions=2), [0, 7, 30])):
        run = open_batches(frame_of([part]), FOUR)
        found.append(_found(run, number))
    sums = {Found.total(Random(seed).sample(found, len(found))).pack() for seed in range(5)}
    assert len(sums) == 1
    (only,) = sums
    assert Found.unpack(only).pack() == only


def _found(batches: object, number: int) -> Found:
    from psychometrics.engine.partitions import TablePartition
    from psychometrics.runs import BatchPass
    from psychometrics.runs.clusters.counting import CountJob
    from psychometrics.runs.clusters.job import Plan, do_part

    job = CountJob(plan=Plan(work=BatchPass(reading=batches.reading), batch_rows=10), n_buckets=3)
    (whole,) = batches.source.partitions
    table = pa.concat_tables(
        list(whole.batches(batches.reading.wanted(whole.schema.names), 100)) or [whole.schema.empty_table()]
    )
    return do_part(job, "responses", number, TablePartition(name=f"partition {number}", table=table)).found


def test_threads() -> None:
    table = answers(120, 4)
    run = run_batches(
        open_batches(frame_of(cut(table, [3, 3, 100])), FOUR),
        cluster="threads",
        engine="dask",
        norms_strata=STRATA,
    )
    same_run(run, table)


def test_a_cluster_by_object_by_address_and_by_client(cluster: object) -> None:
    table = answers(120, 4)
    batches = open_batches(frame_of(cut(table, [3, 3, 100])), FOUR)
    same_run(run_batches(batches, engine="dask", cluster=cluster, norms_strata=STRATA), table)
    same_run(run_batches(batches, engine="dask", cluster=cluster.scheduler_address), table)
    with distributed.Client(cluster) as client:
        same_run(run_batches(batches, engine="dask", cluster=client), table)
        same_run(run_batches(batches), table)  # the client that is active


def dies_once(frame: pd.DataFrame, mark: str) -> pd.DataFrame:
    """Kill the process that works on the partition, the first time."""
    if not os.path.exists(mark):  # noqa: PTH110
        with open(mark, "w"):  # noqa: PTH123
            pass
        os.kill(os.getpid(), signal.SIGKILL)
    return frame


def test_a_worker_that_is_killed_changes_nothing(cluster: object, tmp_path: Path) -> None:
    table = answers(200, 6)
    frame = frame_of(cut(table, [50, 100, 150]))
    dying = frame.map_partitions(dies_once, str(tmp_path / "killed"), meta=frame._meta)
    run = run_batches(
        open_batches(dying, FOUR), tmp_path / "out", engine="dask", cluster=cluster, norms_strata=STRATA
    )
    assert (tmp_path / "killed").exists()
    same_run(run, table)
    same_rows(
        pa.concat_tables([pq.read_table(file) for file in run.files.values()]),
        pm.score(FOUR, pm.read_responses(table, FOUR)).to_arrow(),
    )


def refuses(frame: pd.DataFrame) -> pd.DataFrame:
    raise AssertionError("computed too soon")


def test_scores_are_lazy_typed_and_read_only_what_they_need() -> None:
    table = answers(40, 2)
    frame = frame_of(cut(table, [11]))
    lazy = score_frame(
        FOUR, frame.map_partitions(refuses, meta=frame._meta), columns=["region"], layout="wide"
    )
    assert lazy.npartitions == 2
    with pytest.raises(AssertionError, match="too soon"):
        lazy.compute(scheduler="synchronous")
    scores = score_frame(FOUR, frame, columns=["region", "age"], layout="wide")
    found = scores.compute(scheduler="synchronous")
    assert dict(found.dtypes) == dict(scores.dtypes)
    assert {type(dtype) for dtype in found.dtypes} == {pd.ArrowDtype}  # no Python object per row
    assert found["region"].tolist() == table.column("region").to_pylist()
    plain = dd.from_pandas(
        table.to_pandas(), npartitions=3
    )  # what pandas makes of it: floats with nan, categories
    others = score_frame(FOUR, plain, columns=["region", "age"], layout="wide")
    again = others.compute(scheduler="synchronous")
    assert dict(again.dtypes) == dict(others.dtypes)
    same_rows(
        pa.Table.from_pandas(again[["person_id", "total"]], preserve_index=False),
        pa.Table.from_pandas(found[["person_id", "total"]], preserve_index=False),
    )


def test_scores_in_norms() -> None:
    table = answers(150, 5)
    scores = pm.score(FOUR, pm.read_responses(table, FOUR))
    norms = pm.build_norms(scores, edition="x", provenance=ABOUT, strata=["gender", "age:18,30,65"], day=DAY)
    lazy = score_frame(FOUR, frame_of(cut(table, [70])), norms=norms)
    same_rows(computed(lazy, scheduler="synchronous"), norms.apply(scores).to_arrow())


@pytest.mark.parametrize("many", [False, True])
def test_ratings_join_their_persons(many: bool) -> None:
    table, long = rated_answers(), ratings(70, 4)
    frame = frame_of(cut(table, [20, 20, 21]))
    given = frame_of(cut(long, [40])) if many else long
    run = run_batches(open_batches(frame, RUBRIC, ratings=given), engine="dask", cluster="synchronous")
    same_rated(run, table, long)
    scores = pm.score(RUBRIC, pm.read_responses(table, RUBRIC), pm.read_ratings(long, RUBRIC))
    lazy = score_frame(RUBRIC, frame, given)
    same_rows(computed(lazy, scheduler="synchronous"), scores.to_arrow(), ("person_id", "scale_id"))


def test_two_occasions_are_joined_by_person(tmp_path: Path) -> None:
    table = answers(120, 9, occasions=2)
    table = table.filter([i % 7 != 0 for i in range(120)])
    local = run_batches(open_batches(table, FOUR), retest=("t1", "t2"))
    frame = frame_of(cut(table, [3, 50]))
    run = run_batches(
        open_batches(frame, FOUR), tmp_path, retest=("t1", "t2"), engine="dask", cluster="synchronous"
    )
    same_run(run, table)
    assert run.retest_tally == local.retest_tally
    same_rows(run.reliability().to_arrow(), local.reliability().to_arrow())
    assert run.n_again == local.n_again > 0
    sides = [
        frame_of(
            cut(
                table.filter(pa.compute.equal(table.column("occasion"), name)).drop_columns(["occasion"]), [9]
            )
        )
        for name in ("t1", "t2")
    ]
    again = run_batches(
        open_batches(sides[0], FOUR),
        retest=open_batches(sides[1], FOUR),
        engine="dask",
        cluster="synchronous",
    )
    assert again.retest_tally == local.retest_tally


def test_ratings_of_two_occasions() -> None:
    table, long = rated_answers(30), ratings(40, 4)
    both = pa.concat_tables([table.append_column("occasion", pa.array([name] * 30)) for name in ("t1", "t2")])
    judged = pa.concat_tables(
        [long.append_column("occasion", pa.array([name] * len(long))) for name in ("t1", "t2")]
    )
    local = run_batches(open_batches(both, RUBRIC, ratings=judged), retest=("t1", "t2"))
    run = run_batches(
        open_batches(frame_of(cut(both, [31])), RUBRIC, ratings=judged),
        retest=("t1", "t2"),
        engine="dask",
        cluster="synchronous",
    )
    same_rated(run, both, judged)
    assert run.retest_tally == local.retest_tally


@pytest.mark.parametrize("kind", ["parquet", "csv"])
def test_files_leave_the_files_that_batches_leave(tmp_path: Path, kind: str) -> None:
    table = answers(90, 3)
    folder = write(cut(table, [20, 20, 50]), tmp_path / "in", kind)
    batches = open_batches(folder, FOUR)
    local = run_batches(batches, tmp_path / "local", norms_strata=STRATA)
    run = run_batches(batches, tmp_path / "dask", norms_strata=STRATA, engine="dask", cluster="threads")
    assert run.summary.pack() == local.summary.pack()
    assert list(run.rows.items()) == list(local.rows.items())
    assert {name: file.read_bytes() for name, file in run.files.items()} == {
        name: file.read_bytes() for name, file in local.files.items()
    }
    again = run_batches(batches, tmp_path / "dask", norms_strata=STRATA, engine="dask", cluster="synchronous")
    assert again.n_new == 0
    assert again.summary.pack() == local.summary.pack()


def test_a_frame_can_be_worked_on_in_batches_too() -> None:
    table = answers(50, 8)
    run = run_batches(open_batches(frame_of(cut(table, [20])), FOUR), engine="batches", norms_strata=STRATA)
    same_run(run, table)
