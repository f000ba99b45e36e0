"""On Dask: a second occasion in data of its own, with ratings on either side or both, as in memory and in batches."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from batches_for_tests import FOUR, RUBRIC, answers, cut, open_batches, ratings
from clusters_for_tests import rated_answers, retest_in_memory, same_rated, same_rows, sitting

import psychometrics as pm
from psychometrics.runs import run_batches

dd = pytest.importorskip("dask.dataframe", reason="DASK IS NOT INSTALLED: runs on Dask are not tested")

HERE = {"engine": "dask", "cluster": "synchronous"}


def to_pandas(table: pa.Table) -> pd.DataFrame:
    return table.to_pandas(types_mapper=pd.ArrowDtype)


def identity(frame: pd.DataFrame) -> pd.DataFrame:
    return frame


def frame_of(table: pa.Table, ends: list[int]) -> object:
    parts = [to_pandas(part) for part in cut(table, ends)]
    return dd.from_map(identity, parts, meta=parts[0].iloc[:0])


def opened(table: pa.Table, long: pa.Table | None, ends: list[int]) -> pm.Batches:
    """Return frames of answers and of ratings, opened."""
    return open_batches(
        frame_of(table, ends), RUBRIC, ratings=None if long is None else frame_of(long, [5, 50])
    )


@pytest.mark.parametrize(("first", "second"), [(True, True), (True, False), (False, True)])
@pytest.mark.parametrize("ends", [[], [7, 7, 20, 30, 40, 41, 42, 43]])
def test_ratings_on_either_occasion(first: bool, second: bool, ends: list[int]) -> None:
    one, two = sitting(60, 1, rated=first), sitting(50, 2, rated=second)
    run = run_batches(opened(*one, ends), retest=opened(*two, ends), **HERE)
    local = run_batches(
        open_batches(one[0], RUBRIC, ratings=one[1]), retest=open_batches(two[0], RUBRIC, ratings=two[1])
    )
    assert run.retest_tally == local.retest_tally == retest_in_memory(one, two)
    assert run.retest_tally.n_second > 50 if second else run.retest_tally.n_second == 50
    stability = [
        one.reliability().to_arrow().filter(pa.compute.field("evidence") == "retest") for one in (run, local)
    ]
    assert stability[0].num_rows
    same_rows(*stability)
    assert run.source == local.source
    if one[1] is not None:
        same_rated(run, *one)
    else:
        assert run.summary.pack() == local.summary.pack()


def test_files_beside_tables_in_threads(tmp_path: Path) -> None:
    one, two = sitting(60, 1, rated=False), sitting(50, 2, rated=True)
    for number, part in enumerate(cut(one[0], [20, 30])):
        pq.write_table(part, tmp_path / f"{number}.parquet")
    batches, again = open_batches(tmp_path, RUBRIC), open_batches(two[0], RUBRIC, ratings=two[1])
    local = run_batches(batches, tmp_path.parent / "local", retest=again)
    run = run_batches(batches, tmp_path.parent / "dask", retest=again, engine="dask", cluster="threads")
    assert run.retest_tally == local.retest_tally == retest_in_memory(one, two)
    assert run.rows == local.rows
    assert {name: file.read_bytes() for name, file in run.files.items()} == {
        name: file.read_bytes() for name, file in local.files.items()
    }


def test_ratings_alone_on_the_second_occasion() -> None:
    one, long = sitting(60, 1, rated=True), ratings(80, 2)
    again = open_batches(None, RUBRIC, ratings=long)
    run = run_batches(opened(*one, [20]), retest=again, **HERE)
    second = pm.score(RUBRIC, None, pm.read_ratings(long, RUBRIC))
    first = pm.score(RUBRIC, pm.read_responses(one[0], RUBRIC), pm.read_ratings(one[1], RUBRIC))
    assert run.retest_tally == pm.tally_retest(first, second)


def test_answers_may_be_of_another_type_and_ratings_have_other_codes() -> None:
    one, two = sitting(60, 1, rated=True), sitting(50, 2, rated=True)
    texts = pa.table({name: two[0].column(name).cast(pa.string()) for name in two[0].column_names})
    levels = [{"0": "none"}.get(level, level) for level in two[1].column("level").to_pylist()]
    blank = two[1].set_column(4, "level", pa.array(levels))
    left = pm.read_ratings(blank, RUBRIC, missing_codes=["none"])
    again = open_batches(frame_of(texts, [9]), RUBRIC, ratings=blank, rating_missing_codes=["none"])
    run = run_batches(opened(*one, [20]), retest=again, **HERE)
    first = pm.score(RUBRIC, pm.read_responses(one[0], RUBRIC), pm.read_ratings(one[1], RUBRIC))
    assert run.retest_tally == pm.tally_retest(
        first, pm.score(RUBRIC, pm.read_responses(two[0], RUBRIC), left)
    )


def test_what_is_wrong_with_the_second_occasion_is_named_as_its_own() -> None:
    table, long = rated_answers(), ratings(70, 4)
    first = opened(table, long, [20])

    def refused(words: str, again: pm.Batches) -> str:
        with pytest.raises(pm.RunError, match=words) as caught:
            run_batches(first, retest=again, **HERE)
        return str(caught.value)

    odd = long.set_column(4, "level", pa.array(["9", *long.column("level").to_pylist()[1:]]))
    assert "9" in refused("ratings of the second occasion, partition 0", opened(table, odd, []))
    foreign = table.set_column(1, "q1", pa.array([*[1] * 59, 7]))
    assert "q1" in refused("second occasion, partition 1", opened(foreign, long, [30]))
    clear = long.filter(pa.compute.equal(long.column("criterion_id"), "clear"))
    said = refused("do not fit each other", opened(table, clear, []))
    assert "the second occasion, task.right: nobody rated this criterion" in said
    assert "task.clear" not in said
    refused("the second occasion, nobody who answered was rated", opened(table, ratings(9, first=900), []))
    twice = pa.concat_tables([table, table.slice(3, 1)])
    assert 'person "103": 2 rows on the second occasion' in refused(
        "could not be done", opened(twice, long, [40])
    )
    refused("the second occasion, .*no rows", open_batches(table.slice(0, 0), RUBRIC))
    refused("a stream cannot be sent", open_batches(iter([table]), RUBRIC))


def test_ratings_in_buckets_must_be_of_somebody_who_answered() -> None:
    with pytest.raises(pm.RunError, match=r"^nobody who answered was rated"):
        run_batches(opened(rated_answers(), ratings(9, first=900), [20]), **HERE)


def test_names_of_occasions_in_a_list() -> None:
    table = answers(40, 9, occasions=2)
    local = run_batches(open_batches(table, FOUR), retest=["t1", "t2"])
    assert (
        run_batches(open_batches(table, FOUR), retest=["t1", "t2"], **HERE).retest_tally == local.retest_tally
    )
