"""Ratings and second occasions: joined with the right persons, in memory and in buckets alike, or refused in words."""

from __future__ import annotations

import errno
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from batches_for_tests import FOUR, RUBRIC, answers, open_batches, ratings, write

import psychometrics as pm
from psychometrics.runs import run_batches


@pytest.fixture(params=[False, True], ids=["memory", "buckets"])
def many(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    if request.param:
        monkeypatch.setattr("psychometrics.runs.ratings.SPREAD", 10**9)
    return bool(request.param)


def rated(n: int = 20) -> pa.Table:
    return pa.table({"person_id": np.arange(100, 100 + n), **{q: np.arange(n) % 5 for q in ("q1", "q2")}})


@pytest.mark.usefixtures("many")
def test_columns_of_persons_who_were_rated_only_are_blank(tmp_path: Path) -> None:
    table = rated().append_column("years", pa.array(range(20)))
    folder = write([table.slice(0, 7), table.slice(7)], tmp_path / "in")
    batches = open_batches(folder, RUBRIC, ratings=ratings(40), rename={"years": "age"}, columns=["age"])
    run_batches(batches, tmp_path / "out", layout="wide")
    found = pa.concat_tables([pq.read_table(path) for path in (tmp_path / "out" / "scores").iterdir()])
    ages = dict(zip(found.column("person_id").to_pylist(), found.column("age").to_pylist(), strict=True))
    assert ages.pop("100") == 0
    assert all(age == int(who) - 100 if int(who) < 120 else age is None for who, age in ages.items())


@pytest.mark.usefixtures("many")
def test_ratings_of_other_persons_only_are_refused() -> None:
    for given in (ratings(30, first=900), iter([ratings(30, first=900)])):
        with pytest.raises(pm.RunError, match="nobody who answered was rated"):
            run_batches(open_batches(rated(), RUBRIC, ratings=given))


@pytest.mark.usefixtures("many")
def test_a_criterion_with_missing_codes_alone_was_not_rated() -> None:
    given = ratings(30).to_pandas()
    given.loc[given.criterion_id == "right", "level"] = "NA"
    table = pa.Table.from_pandas(given, preserve_index=False)
    with pytest.raises(pm.RunError, match="a table: ") as caught:
        run_batches(open_batches(rated(), RUBRIC, ratings=table, rating_missing_codes=["NA"]))
    assert [(one.where, one.what) for one in caught.value.problems] == [
        ("task.right", "nobody rated this criterion")
    ]


def test_buckets_read_with_other_missing_codes_are_done_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("psychometrics.runs.ratings.SPREAD", 10**9)
    table = pa.concat_tables([ratings(30), ratings(30, 1, first=130)]).to_pandas()
    table.loc[table.index[:20], "level"] = "8"
    pq.write_table(pa.Table.from_pandas(table, preserve_index=False), tmp_path / "ratings.parquet")
    folder = write([rated()], tmp_path / "in")

    def run(reason: str) -> pm.BatchRun:
        codes = {"8": reason}
        batches = open_batches(folder, RUBRIC, ratings=tmp_path / "ratings.parquet", rating_missing_codes=codes)
        return run_batches(batches, tmp_path / "out")

    assert [run(reason).n_new for reason in ("skipped", "skipped", "not_presented")] == [20, 0, 20]


@pytest.mark.usefixtures("many")
@pytest.mark.parametrize(
    ("column", "value", "words"),
    [("level", "7", "no option has"), ("item_id", "tusk", "no such criterion"), ("person_id", None, "blank")],
)
def test_ratings_that_fit_nothing_are_named_by_their_row(column: str, value: str | None, words: str) -> None:
    good = ratings(30)
    row = {name: good.column(name)[3].as_py() for name in good.column_names} | {
        "rater_id": "r9",
        column: value,
    }
    bad = pa.Table.from_pylist([row], schema=good.schema)
    with pytest.raises(pm.RunError, match=words) as caught:
        run_batches(open_batches(rated(), RUBRIC, ratings=pa.concat_tables([good, bad, good.slice(0, 0)])))
    assert caught.value.problems[0].rows == (good.num_rows + 1,)


def of_criterion(table: pa.Table, criterion: str) -> pa.Table:
    return table.filter(pa.compute.equal(table.column("criterion_id"), criterion))


@pytest.mark.usefixtures("many")
def test_a_criterion_that_stands_in_another_piece_is_no_fault(tmp_path: Path) -> None:
    clear, right = (of_criterion(ratings(30), criterion) for criterion in ("clear", "right"))
    odd = clear.set_column(4, "level", pa.array(["9", *clear.column("level").to_pylist()[1:]]))
    batches = open_batches(rated(), RUBRIC, ratings=write([odd, right], tmp_path / "ratings"))
    with pytest.raises(pm.RunError) as caught:
        run_batches(batches)
    assert [(one.where, one.rows) for one in caught.value.problems] == [("level of task.clear", (1,))]


@pytest.mark.usefixtures("many")
@pytest.mark.parametrize("level", ["9", None], ids=["odd", "unrated"])
def test_the_place_of_ratings_is_said_once(level: str | None, tmp_path: Path) -> None:
    clear = of_criterion(ratings(30), "clear")
    odd = clear.set_column(4, "level", pa.array([level] * len(clear), pa.string()))
    folder = write([odd], tmp_path / "ratings")
    with pytest.raises(pm.RunError) as caught:
        run_batches(open_batches(rated(), RUBRIC, ratings=folder))
    assert caught.value.message.startswith(f"{folder}: ")
    assert str(caught.value).count(str(folder)) == 1


def test_ratings_that_are_twice_have_rows_in_memory_and_none_in_buckets(many: bool, tmp_path: Path) -> None:
    good = ratings(30)
    batches = open_batches(rated(), RUBRIC, ratings=write([good, good.slice(7, 1)], tmp_path / "ratings"))
    with pytest.raises(pm.RunError) as caught:
        run_batches(batches)
    (problem,) = caught.value.problems
    assert 'rater "r0", person "101", task.right' in problem.where
    assert problem.what == "2 ratings"
    assert problem.rows == (() if many else (8, good.num_rows + 1))


@pytest.mark.usefixtures("many")
def test_answers_that_are_numbers_here_and_text_there(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "a.csv").write_text("person_id,q1,q2\n100,1,2\n101,03,1\n", encoding="utf-8")
    (folder / "b.csv").write_text("person_id,q1,q2\n102,NA,1\n103,2,2\n", encoding="utf-8")
    pq.write_table(pa.table({"person_id": ["104"], "q1": [4.0], "q2": [None]}), folder / "c.parquet")
    pq.write_table(pa.table({"person_id": ["105"], "q1": [2], "q2": [3]}), folder / "d.parquet")
    batches = open_batches(folder, RUBRIC, ratings=ratings(6, share=1.0), missing_codes=["NA"])
    run = run_batches(batches)
    assert run.n_rows == 6
    assert run.item_tally.counts("q1").tolist() == [0, 1, 2, 1, 1, 1]


def test_second_occasions_that_cannot_be_joined() -> None:
    table = answers(20, occasions=2)
    for wrong in (("t1", "t1"), ("t1", "t2", "t3"), ("t1",), "t1", (1, 2)):
        with pytest.raises(pm.RunError, match="retest="):
            run_batches(open_batches(table, FOUR), retest=wrong)
    numbered = open_batches(answers(20).drop_columns(["person_id"]), FOUR)
    for first, second in ((numbered, ("t1", "t2")), (open_batches(answers(20), FOUR), numbered)):
        with pytest.raises(pm.RunError, match="cannot be joined"):
            run_batches(first, retest=second)


def test_a_full_disk_while_occasions_are_joined(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("psychometrics.runs.retest._Buckets.add", full)
    with pytest.raises(pm.OutputError, match="No space left"):
        run_batches(open_batches(answers(20, occasions=2), FOUR), tmp_path / "out", retest=("t1", "t2"))
    assert not list((tmp_path / "out").glob("retest-*"))
