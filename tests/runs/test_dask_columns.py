"""Partitions of a Dask frame that lack a column are named, with the column, in a run and when scores are computed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from batches_for_tests import FOUR, RUBRIC, answers, cut, open_batches, ratings, write
from clusters_for_tests import rated_answers, same_rows

import psychometrics as pm
from psychometrics.runs import run_batches
from psychometrics.runs.clusters.scoring import score_frame

dd = pytest.importorskip("dask.dataframe", reason="DASK IS NOT INSTALLED: runs on Dask are not tested")
HERE = {"engine": "dask", "cluster": "synchronous"}


def to_pandas(table: pa.Table) -> pd.DataFrame:
    return table.to_pandas(types_mapper=pd.ArrowDtype)


def identity(frame: pd.DataFrame) -> pd.DataFrame:
    return frame


def frame_of(parts: list[pa.Table]) -> object:
    meta = to_pandas(parts[0].slice(0, 0))
    return dd.from_map(identity, [to_pandas(part) for part in parts], meta=meta, enforce_metadata=False)


def lacking(*columns: str) -> object:
    """Return a frame of three partitions, the second of which lacks columns."""
    first, second, third = cut(answers(60), [20, 40])
    return frame_of([first, second.drop_columns(list(columns)), third])


def opaque(frame: object) -> object:
    return frame.map_partitions(identity, meta=frame._meta, enforce_metadata=False)


def grown(frame: object) -> object:
    frame = frame.assign(more=frame["q1"] + 1)
    return frame[frame["more"] >= 0]


CALLS = [
    lambda frame: score_frame(FOUR, frame).compute(scheduler="synchronous"),
    lambda frame: score_frame(FOUR, frame)["raw_score"].mean().compute(scheduler="threads"),
    lambda frame: run_batches(open_batches(frame, FOUR), **HERE),
]


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("before", [identity, opaque, grown])
def test_partition_and_columns_are_named(call: Callable[..., object], before: Callable[..., object]) -> None:
    with pytest.raises(pm.RunError, match="partition 1: the columns do not fit") as caught:
        call(before(lacking("q4", "q2")))
    assert [one.where for one in caught.value.problems] == ["partition 1: q2", "partition 1: q4"]
    assert caught.value.facts["partitions"] == ["partition 1"]


@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_they_are_named_from_the_workers_of_a_cluster() -> None:
    distributed = pytest.importorskip("distributed", reason="DISTRIBUTED IS NOT INSTALLED")
    lazy = score_frame(FOUR, lacking("q4"))
    with (
        distributed.LocalCluster(
            n_workers=1, threads_per_worker=1, host="127.0.0.1", dashboard_address="127.0.0.1:0"
        ) as cluster,
        distributed.Client(cluster, set_as_default=False) as client,
        pytest.raises(pm.RunError, match="partition 1: the columns do not fit") as caught,
    ):
        client.compute(lazy).result()
    assert [one.where for one in caught.value.problems] == ["partition 1: q4"]


@pytest.mark.parametrize(
    "call",
    [
        lambda frame, judged: score_frame(RUBRIC, frame, judged).compute(scheduler="synchronous"),
        lambda frame, judged: run_batches(open_batches(frame, RUBRIC, ratings=judged), **HERE),
    ],
)
def test_they_are_named_where_ratings_are_joined(call: Callable[..., object]) -> None:
    def broken(table: pa.Table, column: str) -> object:
        table = table.append_column("more", pa.array(range(table.num_rows)))
        first, second = cut(table, [20])
        return frame_of([first, second.drop_columns([column])])

    table, long = rated_answers(), ratings(70, 4)
    cases = [
        (broken(table, "q2"), frame_of([long]), "partition 1: q2"),
        (frame_of([table]), broken(long, "level"), "ratings, partition 1: level"),
    ]
    for frame, judged, where in cases:
        with pytest.raises(pm.RunError, match="the columns do not fit") as caught:
            call(frame, judged)
        assert [one.where for one in caught.value.problems] == [where]


@pytest.mark.filterwarnings("ignore:The inplace keyword")
def test_a_file_of_parquet_under_a_frame_is_named(tmp_path: Path) -> None:
    table = answers(60)
    folder = write(cut(table, [20, 40]), tmp_path / "in")
    whole = score_frame(FOUR, dd.read_parquet(folder)).compute(scheduler="synchronous")
    scores = pm.score(FOUR, pm.read_responses(table, FOUR)).to_arrow()
    same_rows(pa.Table.from_pandas(whole, preserve_index=False), scores)
    path = folder / "part001.parquet"
    pq.write_table(pq.read_table(path).drop_columns(["q4"]), path)
    for call in CALLS:
        with pytest.raises(pm.RunError, match=r"part001\.parquet: the columns do not fit") as caught:
            call(dd.read_parquet(folder))
        (problem,) = caught.value.problems
        assert (problem.where, problem.what) == ("part001.parquet: q4", "no such column in this file")


def test_columns_that_the_frame_itself_lacks_are_the_fault_of_its_graph() -> None:
    frame = lacking("age")
    older = frame.assign(q1=frame["q1"] + frame["age"] * 0)
    with pytest.raises(KeyError, match="age"):
        score_frame(FOUR, opaque(older)).compute(scheduler="synchronous")
    with pytest.raises(pm.RunError, match="partition 1: the partition could not be made"):
        run_batches(open_batches(opaque(older), FOUR), **HERE)
