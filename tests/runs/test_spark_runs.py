"""On Spark: the same bits as in memory, whatever the partitions and the deaths of workers, and clear errors."""

from __future__ import annotations

import sys
import time
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import spark_for_tests
from batches_for_tests import FOUR, RUBRIC, answers, cut, open_batches, ratings, write
from clusters_for_tests import (
    ABOUT,
    DAY,
    MANY_SCALES,
    STRATA,
    many_scales,
    rated_answers,
    retest_in_memory,
    same_rated,
    same_rows,
    same_run,
    sitting,
)
from spark_for_tests import DiesOnce, parts_frame

import psychometrics as pm
from psychometrics.runs import run_batches
from psychometrics.runs.clusters.scoring import score_frame

pytest.importorskip("pyspark", reason="PYSPARK IS NOT INSTALLED: runs on Spark are not tested")
pytestmark = [
    pytest.mark.skipif(bool(spark_for_tests.LACKING), reason=spark_for_tests.LACKING),
    pytest.mark.filterwarnings("ignore:PySpark does not yet fully support pandas:FutureWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]


@pytest.fixture(scope="module")
def spark() -> object:
    return spark_for_tests.session()


@pytest.mark.parametrize(
    ("n", "ends", "seed"),
    [(1, [], 0), (60, [0, 0, 1, 59], 1), (200, [5, 190], 2), (120, list(range(10, 120, 10)), 3)],
)
def test_partitions_of_any_size_in_any_order(spark: object, n: int, ends: list[int], seed: int) -> None:
    parts = cut(answers(n, seed), ends)
    Random(seed).shuffle(parts)
    frame, whole = parts_frame(parts), pa.concat_tables(parts)
    run = run_batches(open_batches(frame, FOUR), norms_strata=STRATA)
    same_run(run, whole)
    assert list(run.rows.values()) == [part.num_rows for part in parts]


def test_scales_keep_their_order_on_the_way(spark: object) -> None:
    table = many_scales()
    local = run_batches(open_batches(table, MANY_SCALES))
    run = run_batches(open_batches(parts_frame(cut(table, [20, 30])), MANY_SCALES))
    assert run.summary.pack() == local.summary.pack()
    same_rows(run.item_tally.to_arrow(), local.item_tally.to_arrow())
    same_rows(run.reliability().to_arrow(), local.reliability().to_arrow())


def test_scores_are_lazy_and_the_same(spark: object) -> None:
    table = answers(80, 4)
    frame = parts_frame(cut(table, [3, 3, 70]))
    scores = pm.score(FOUR, pm.read_responses(table, FOUR))
    lazy = score_frame(FOUR, frame)
    assert [kind for _, kind in lazy.dtypes] == ["string", "string", "double", "smallint", "string", "string"]
    same_rows(lazy.toArrow(), scores.to_arrow(), ("person_id",))
    wide = score_frame(FOUR, frame, layout="wide", columns=["region", "age"]).toArrow()
    assert wide.column("age").to_pylist() == table.column("age").to_pylist()
    same_rows(
        wide.select(["person_id", "total"]), scores.wide().select(["person_id", "total"]), ("person_id",)
    )
    norms = pm.build_norms(scores, edition="x", provenance=ABOUT, strata=["gender", "age:18,30,65"], day=DAY)
    same_rows(score_frame(FOUR, frame, norms=norms).toArrow(), norms.apply(scores).to_arrow(), ("person_id",))


@pytest.mark.parametrize("many", [False, True])
def test_ratings_join_their_persons(spark: object, many: bool) -> None:
    table, long = rated_answers(), ratings(70, 4)
    frame = parts_frame(cut(table, [20, 20, 21]))
    given = parts_frame(cut(long, [40])) if many else long
    same_rated(run_batches(open_batches(frame, RUBRIC, ratings=given)), table, long)
    if many:
        scores = pm.score(RUBRIC, pm.read_responses(table, RUBRIC), pm.read_ratings(long, RUBRIC))
        same_rows(score_frame(RUBRIC, frame, given).toArrow(), scores.to_arrow(), ("person_id", "scale_id"))


def test_two_occasions_are_joined_by_person(spark: object) -> None:
    table = answers(120, 9, occasions=2)
    table = table.filter([i % 7 != 0 for i in range(120)])
    local = run_batches(open_batches(table, FOUR), retest=("t1", "t2"))
    run = run_batches(open_batches(parts_frame(cut(table, [3, 50])), FOUR), retest=("t1", "t2"))
    same_run(run, table)
    assert run.retest_tally == local.retest_tally
    assert run.n_again == local.n_again > 0
    sides = [
        parts_frame(
            [table.filter(pa.compute.equal(table.column("occasion"), name)).drop_columns(["occasion"])]
        )
        for name in ("t1", "t2")
    ]
    again = run_batches(open_batches(sides[0], FOUR), retest=open_batches(sides[1], FOUR))
    assert again.retest_tally == local.retest_tally


@pytest.mark.parametrize(("first", "second"), [(True, True), (True, False), (False, True)])
def test_a_second_occasion_with_ratings(spark: object, first: bool, second: bool) -> None:
    one, two = sitting(60, 1, rated=first), sitting(50, 2, rated=second)

    def opened(table: pa.Table, long: pa.Table | None) -> pm.Batches:
        judged = None if long is None else parts_frame(cut(long, [40]))
        return open_batches(parts_frame(cut(table, [20, 20, 33])), RUBRIC, ratings=judged)

    run = run_batches(opened(*one), retest=opened(*two))
    local = run_batches(
        open_batches(one[0], RUBRIC, ratings=one[1]), retest=open_batches(two[0], RUBRIC, ratings=two[1])
    )
    assert run.retest_tally == local.retest_tally == retest_in_memory(one, two)
    assert run.source == local.source
    if one[1] is not None:
        same_rated(run, *one)
    else:
        assert run.summary.pack() == local.summary.pack()


def test_ratings_of_a_second_occasion_that_do_not_fit(spark: object) -> None:
    table, long = rated_answers(), ratings(70, 4)
    first = open_batches(table, RUBRIC, ratings=long)
    odd = long.set_column(4, "level", pa.array(["9", *long.column("level").to_pylist()[1:]]))
    clear = long.filter(pa.compute.equal(long.column("criterion_id"), "clear"))
    others = ratings(9, first=900)
    for given, words in (
        (odd, "ratings of the second occasion, partition"),
        (clear, "the second occasion, task.right: nobody rated this criterion"),
        (others, "the second occasion, nobody who answered was rated"),
    ):
        again = open_batches(table, RUBRIC, ratings=parts_frame([given]))
        with pytest.raises(pm.RunError, match=words):
            run_batches(first, retest=again, engine="spark")


@pytest.mark.parametrize("kind", ["parquet", "csv"])
def test_files_leave_the_files_that_batches_leave(spark: object, tmp_path: Path, kind: str) -> None:
    table = answers(90, 3)
    batches = open_batches(write(cut(table, [20, 20, 50]), tmp_path / "in", kind), FOUR)
    local = run_batches(batches, tmp_path / "local", norms_strata=STRATA)
    run = run_batches(batches, tmp_path / "spark", norms_strata=STRATA, engine="spark")
    assert run.summary.pack() == local.summary.pack()
    assert list(run.rows.items()) == list(local.rows.items())
    assert {name: file.read_bytes() for name, file in run.files.items()} == {
        name: file.read_bytes() for name, file in local.files.items()
    }
    again = run_batches(batches, tmp_path / "spark", norms_strata=STRATA, engine="spark", cluster=spark)
    assert again.n_new == 0
    assert again.summary.pack() == local.summary.pack()


CLUSTER = spark_for_tests.MASTER.startswith("local-cluster")


@pytest.mark.parametrize(
    "executor",
    [
        False,
        pytest.param(
            True,
            marks=pytest.mark.skipif(
                not CLUSTER,
                reason="NEEDS PSYCHOMETRICS_SPARK_MASTER=local-cluster[2,1,1024]: no executor is killed",
            ),
        ),
    ],
)
def test_a_worker_that_is_killed_changes_nothing(spark: object, tmp_path: Path, executor: bool) -> None:
    table = answers(200, 6)
    frame = parts_frame(cut(table, [50, 100, 150]))
    dying = frame.mapInArrow(DiesOnce(str(tmp_path / "killed"), executor=executor), frame.schema)
    run = run_batches(open_batches(dying, FOUR), tmp_path / "out", norms_strata=STRATA)
    assert (tmp_path / "killed").exists()
    same_run(run, table)
    same_rows(
        pa.concat_tables([pq.read_table(file) for file in run.files.values()]),
        pm.score(FOUR, pm.read_responses(table, FOUR)).to_arrow(),
    )
    assert not list(tmp_path.rglob("*.part"))


def foreign(table: pa.Table) -> pa.Table:
    return table.set_column(6, "q3", pa.array([1] * 19 + [7], pa.int8()))


def nobody(table: pa.Table) -> pa.Table:
    return table.set_column(0, "person_id", pa.array([None] * 3 + [5] * 17, pa.int64()))


@pytest.mark.parametrize(
    ("change", "where"), [(foreign, "partition 1: q3"), (nobody, "partition 1: person_id")]
)
def test_cells_that_do_not_fit_name_partition_and_row(
    spark: object, change: Callable[[pa.Table], pa.Table], where: str
) -> None:
    first, second, third = cut(answers(60), [20, 40])
    frame = parts_frame([first, change(second), third])
    with pytest.raises(pm.RunError, match="partition 1") as caught:
        run_batches(open_batches(frame, FOUR))
    (problem,) = caught.value.problems
    assert problem.where == where
    assert problem.rows in ((20,), (1, 2, 3))


def test_a_lazy_frame_names_the_partition_when_it_is_computed(spark: object) -> None:
    from pyspark.errors import PythonException

    first, second, third = cut(answers(60), [20, 40])
    lazy = score_frame(FOUR, parts_frame([first, foreign(second), third]))
    with pytest.raises(PythonException, match="partition 1: q3"):
        lazy.collect()


def test_columns_that_do_not_fit_are_found_before_anything_is_computed(spark: object) -> None:
    table = answers(4)
    frame = parts_frame([table.rename_columns([*table.column_names[:-1], "q9"])])
    for call in (lambda: open_batches(frame, FOUR), lambda: score_frame(FOUR, frame)):
        with pytest.raises(pm.RunError, match="do not fit") as caught:
            call()
        assert "q4" in str(caught.value)
    with pytest.raises(pm.RunError, match='Run it there: engine="spark"'):
        run_batches(open_batches(parts_frame([table]), FOUR), engine="batches")
    with pytest.raises(pm.RunError, match="cannot be worked on by dask"):
        run_batches(open_batches(parts_frame([table]), FOUR), engine="dask")


@pytest.mark.parametrize("text", [False, True])
def test_a_person_in_two_partitions_is_named(spark: object, text: bool) -> None:
    table = answers(90)
    ids = table.column("person_id").to_numpy().copy()
    ids[70], ids[71] = ids[3], ids[88]
    column = pa.array(ids).cast(pa.string()) if text else pa.array(ids)
    frame = parts_frame(cut(table.set_column(0, "person_id", column), [30, 60]))
    with pytest.raises(pm.RunError, match="2 persons are there more than once") as caught:
        run_batches(open_batches(frame, FOUR))
    said = sorted(str(one) for one in caught.value.problems)
    assert 'person "103": 2 rows, in partition 0, partition 2' in said[0]
    assert 'person "188": 2 rows, in partition 2 twice' in said[1]


def test_a_damaged_file_under_a_spark_frame_is_named(spark: object, tmp_path: Path) -> None:
    folder = write(cut(answers(60).drop_columns(["region"]), [20, 40]), tmp_path / "in")
    frame = spark.read.parquet(str(folder))
    whole = (folder / "part001.parquet").read_bytes()
    (folder / "part001.parquet").write_bytes(whole[:40] + b"\xff" * (len(whole) - 40))
    with pytest.raises(pm.RunError, match=r"part001\.parquet") as caught:
        run_batches(open_batches(frame, FOUR))
    assert caught.value.problems[0].what


def test_a_worker_without_a_package_is_named(spark: object, monkeypatch: pytest.MonkeyPatch) -> None:
    ghost = types.ModuleType("ghost_of_a_package")

    def work(job: object, side: str, number: int, partition: object) -> Iterator[object]:
        yield from ()

    work.__module__, work.__qualname__, ghost.work = "ghost_of_a_package", "work", work
    monkeypatch.setitem(sys.modules, "ghost_of_a_package", ghost)
    monkeypatch.setattr("psychometrics.runs.clusters.on_spark._part_rows", work)
    with pytest.raises(pm.RunError, match="a worker cannot run psychometrics") as caught:
        run_batches(open_batches(parts_frame([answers(5)]), FOUR))
    (problem,) = caught.value.problems
    assert problem.where.startswith("partition 0")
    assert "No module named 'ghost_of_a_package'" in problem.what
    assert "Install psychometrics-engine" in caught.value.hint


def test_a_master_that_does_not_answer(spark: object) -> None:
    begin = time.monotonic()
    for master in ("spark://127.0.0.1:1", "sc://127.0.0.1:1", "spark://no-such-host.invalid:7077"):
        with pytest.raises(pm.RunError, match="no Spark master answers") as caught:
            run_batches(open_batches(answers(5), FOUR), engine="spark", cluster=master)
        assert "that the master runs" in caught.value.hint
    assert time.monotonic() - begin < 10


def test_without_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyspark", None)
    with pytest.raises(pm.MissingPackageError, match="pyspark") as caught:
        run_batches(open_batches(answers(5), FOUR), engine="spark")
    assert 'pip install "psychometrics-engine[spark]"' in str(caught.value)


def test_nothing_there(spark: object) -> None:
    with pytest.raises(pm.RunError, match="no rows"):
        run_batches(open_batches(parts_frame([answers(0), answers(0)]), FOUR))
    long = ratings(20)
    run = run_batches(open_batches(None, RUBRIC, ratings=long), engine="spark")
    assert run.score_tally == pm.tally_scores(pm.score(RUBRIC, None, pm.read_ratings(long, RUBRIC)))
