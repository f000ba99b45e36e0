"""Frames of Spark that are unlike the others, sessions that are not what was asked for, and word of what is done."""

from __future__ import annotations

import gc
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pytest
import spark_for_tests
from batches_for_tests import FOUR, answers, cut, open_batches, write
from clusters_for_tests import STRATA, same_run
from spark_for_tests import parts_frame

import psychometrics as pm
from psychometrics.engine.progress import Progress
from psychometrics.runs import run_batches
from psychometrics.runs.clusters import spark_cluster, spark_task, spark_telling
from psychometrics.runs.clusters.spark_rows import RowsPartition

pytest.importorskip("pyspark", reason="PYSPARK IS NOT INSTALLED: runs on Spark are not tested")
needs_java = pytest.mark.skipif(bool(spark_for_tests.LACKING), reason=spark_for_tests.LACKING)
pytestmark = [
    pytest.mark.filterwarnings("ignore:PySpark does not yet fully support pandas:FutureWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]


@pytest.fixture(scope="module")
def spark() -> object:
    return spark_for_tests.session()


def test_small_batches_are_put_together_and_large_ones_cut() -> None:
    table = answers(50)
    for size, sizes in ((10, [*[7] * 6, 8]), (20, [14, 14, 14, 8]), (3, [*[3, 3, 1] * 7, 1])):
        rows = RowsPartition(name="p", schema=table.schema, rows=iter(table.to_batches(max_chunksize=7)))
        read = list(rows.batches(["person_id"], size))
        assert [one.num_rows for one in read] == sizes
        assert pa.concat_tables(read).column("person_id").equals(table.column("person_id"))


def test_what_a_worker_has_loaded_is_not_looked_through_after_each_of_its_tasks() -> None:
    gc.unfreeze()
    try:
        assert list(spark_task.sent(reversed)([1, 2])) == [2, 1]
        loaded = gc.get_freeze_count()
        assert loaded > 10_000
        assert list(spark_task.sent(reversed)([1, 2])) == [2, 1]
        assert gc.get_freeze_count() <= loaded  # once is enough
    finally:
        gc.unfreeze()


@needs_java
def test_columns_may_have_dots_blanks_and_backticks_in_their_names(spark: object) -> None:
    table = answers(40)
    odd = table.rename_columns(
        ["who.is it`", "gender", "region", "age.in years", *[f"a.q{i}" for i in range(1, 5)]]
    )
    rename = {"age.in years": "age", **{f"a.q{i}": f"q{i}" for i in range(1, 5)}}
    frame = parts_frame(cut(odd, [11]))
    run = run_batches(
        open_batches(frame, FOUR, person="who.is it`", rename=rename), norms_strata=["gender", "region"]
    )
    local = run_batches(open_batches(table, FOUR), norms_strata=["gender", "region"])
    assert run.summary.pack() == local.summary.pack()
    lazy = pm.score_frame(
        FOUR, frame, person="who.is it`", rename=rename, columns=["age"], layout="wide"
    ).toArrow()
    assert lazy.column("age").to_pylist() == table.column("age").to_pylist()


@needs_java
def test_what_is_done_is_told_while_it_runs(
    spark: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spark_telling, "TICK", 0.01)
    table, told = answers(90), list[Progress]()
    folder = write(cut(table, [20, 50]), tmp_path / "in")
    run = run_batches(open_batches(folder, FOUR), norms_strata=STRATA, engine="spark", progress=told.append)
    same_run(run, table)
    assert len(told) > 1  # not only at the end
    assert [one.n_rows for one in told] == sorted(one.n_rows for one in told)
    assert {(one.n_total, one.n_partitions) for one in told} == {(90, 3)}


@needs_java
def test_another_master_than_that_of_the_session_is_refused(spark: Any) -> None:
    frame = parts_frame([answers(5)])
    for source, asked in ((frame, {}), (answers(5), {"engine": "spark"})):
        with pytest.raises(pm.RunError, match="a Spark session is active already, on local") as caught:
            run_batches(open_batches(source, FOUR), cluster="local[7]", **{"engine": "spark", **asked})
        assert "Leave cluster out" in caught.value.hint
    with pytest.raises(pm.RunError, match="cluster=5 is no Spark session"):
        run_batches(open_batches(answers(5), FOUR), engine="spark", cluster=5)
    master = spark.sparkContext.master
    assert run_batches(open_batches(frame, FOUR), engine="spark", cluster=master).n_rows == 5


@needs_java
def test_data_of_another_engine_beside_a_spark_frame_are_refused(spark: object) -> None:
    dd = pytest.importorskip("dask.dataframe", reason="DASK IS NOT INSTALLED")
    frame = parts_frame([answers(5)])
    other = dd.from_pandas(answers(5).to_pandas(types_mapper=None), npartitions=1)
    with pytest.raises(
        pm.RunError, match="the second occasion, the Dask frame, cannot be worked on by spark"
    ):
        run_batches(open_batches(frame, FOUR), retest=open_batches(other, FOUR))
    with pytest.raises(pm.RunError, match="the frame of ratings cannot be worked on by spark"):
        run_batches(open_batches(frame, FOUR, ratings=other))
    with pytest.raises(
        pm.RunError, match="the frame of ratings of the second occasion cannot be worked on by spark"
    ):
        run_batches(open_batches(frame, FOUR), retest=open_batches(answers(5), FOUR, ratings=other))
    with pytest.raises(pm.RunError, match="the frame of ratings cannot be worked on by spark"):
        pm.score_frame(FOUR, frame, other)


class Builder:
    """Makes a session that knows its master only."""

    def __init__(self, default: str = "yarn", error: Exception | None = None) -> None:
        self.builder, self.error = self, error
        self.sparkContext = SimpleNamespace(master=default, pythonExec="python3")

    def master(self, master: str) -> Builder:
        self.sparkContext.master = master
        return self

    def config(self, name: str, value: str) -> Builder:
        self.said = (name, value)
        return self

    remote = master

    def getOrCreate(self) -> Builder:  # noqa: N802
        if self.error is not None:
            raise self.error
        return self


@pytest.mark.parametrize(
    ("master", "said", "run"),
    [
        ("local[2]", None, sys.executable),
        ("local[2]", "/usr/bin/python3.13", "python3"),
        ("yarn", None, "python3"),
        (None, None, "python3"),
    ],
)
def test_workers_of_this_machine_run_the_python_of_the_caller(
    master: str | None, said: str | None, run: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PYSPARK_PYTHON", raising=False)
    if said is not None:
        monkeypatch.setenv("PYSPARK_PYTHON", said)
    session = spark_cluster._new(Builder(), master)
    assert session.sparkContext.pythonExec == run
    assert session.said == ("spark.ui.showConsoleProgress", "false")  # the bar of the run is enough


def test_spark_connect_without_its_packages_is_told() -> None:
    lacking = ImportError(
        "[PACKAGE_NOT_INSTALLED] grpcio >= 1.48.1 must be installed; however, it was not found."
    )
    with pytest.raises(pm.MissingPackageError, match="grpcio") as caught:
        spark_cluster._new(Builder(error=lacking), "sc://127.0.0.1:15002")
    assert 'pip install "pyspark[connect]"' in caught.value.hint


CAST = """[CAST_INVALID_INPUT] The value 'x' of the type "STRING" cannot be cast to "INT". SQLSTATE: 22018
== DataFrame ==
"cast" was called from
/home/me/answers.py:41
"""


def test_the_cause_of_an_error_of_spark_is_its_first_line() -> None:
    (problem,) = spark_cluster.spark_fault(CAST, "the Spark frame").problems
    assert problem.what.startswith("[CAST_INVALID_INPUT] The value 'x'")


SERVER = """[USER_RAISED_EXCEPTION] no such clinic SQLSTATE: P0001

JVM stacktrace:
org.apache.spark.SparkRuntimeException
	at org.apache.spark.sql.errors.QueryExecutionErrors.raiseError(QueryExecutionErrors.scala:3082)
	at java.util.concurrent.ThreadPoolExecutor.runWorker(ThreadPoolExecutor.java:1136)
Caused by: java.lang.RuntimeException: of the server
"""


def test_the_cause_of_an_error_of_a_server_is_what_it_says_before_its_calls() -> None:
    (problem,) = spark_cluster.spark_fault(SERVER, "the Spark frame").problems
    assert problem.what == "[USER_RAISED_EXCEPTION] no such clinic SQLSTATE: P0001"


def test_a_file_at_the_end_of_a_sentence_is_named_without_its_full_stop() -> None:
    said = "[FAILED_READ_FILE] Encountered error while reading file file:///in/part%20001.parquet. SQLSTATE: KD001"
    (problem,) = spark_cluster.spark_fault(said, "the Spark frame").problems
    assert problem.where == "part 001.parquet"


class Remote:
    """A session of Spark Connect: it knows its server and has no context."""

    client = SimpleNamespace(_builder=SimpleNamespace(endpoint="spark.example.org:15002"))


Remote.__module__ = "pyspark.sql.connect.session"


def test_another_server_than_that_of_the_session_is_refused() -> None:
    spark_cluster._same_master(Remote(), None)
    spark_cluster._same_master(Remote(), "sc://spark.example.org")
    spark_cluster._same_master(Remote(), "sc://spark.example.org:15002/;token=secret")
    for other in ("local[2]", "spark://spark.example.org:15002", "sc://spark.example.org:443"):
        with pytest.raises(pm.RunError, match=r"active already, on sc://spark\.example\.org:15002"):
            spark_cluster._same_master(Remote(), other)


@needs_java
def test_columns_of_any_type_may_stand_beside_the_answers(spark: Any) -> None:
    table = answers(20)
    frame = parts_frame(cut(table, [7])).selectExpr(
        "*", "timestamp'2026-01-02 03:04:05' as at", "interval '1' month as every"
    )
    run = run_batches(open_batches(frame, FOUR))
    assert run.summary.pack() == run_batches(open_batches(table, FOUR)).summary.pack()


@needs_java
def test_a_column_that_is_there_twice_is_refused(spark: Any) -> None:
    frame = parts_frame([answers(5)]).selectExpr("*", "q1 as age")
    with pytest.raises(pm.RunError, match="the Spark frame"):
        open_batches(frame, FOUR)
