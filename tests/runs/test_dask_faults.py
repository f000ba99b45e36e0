"""What can go wrong on Dask: one clear error that names partition and cause, soon."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from batches_for_tests import FOUR, RUBRIC, answers, cut, open_batches, ratings, write
from clusters_for_tests import rated_answers

import psychometrics as pm
from psychometrics.runs import run_batches
from psychometrics.runs.clusters.scoring import score_frame

dd = pytest.importorskip("dask.dataframe", reason="DASK IS NOT INSTALLED: runs on Dask are not tested")
distributed = pytest.importorskip(
    "distributed", reason="DISTRIBUTED IS NOT INSTALLED: clusters are not tested"
)
HERE = {"engine": "dask", "cluster": "synchronous"}


def to_pandas(table: pa.Table) -> pd.DataFrame:
    return table.to_pandas(types_mapper=pd.ArrowDtype)


def identity(frame: pd.DataFrame) -> pd.DataFrame:
    return frame


def frame_of(parts: list[pa.Table]) -> object:
    return dd.from_map(
        identity,
        [to_pandas(part) for part in parts],
        meta=to_pandas(parts[0].slice(0, 0)),
        enforce_metadata=False,
    )


def with_part(change: Callable[[pa.Table], pa.Table]) -> object:
    """Return a frame of three partitions, the second of which is not like the others."""
    first, second, third = cut(answers(60), [20, 40])
    return frame_of([first, change(second), third])


def renamed(table: pa.Table) -> pa.Table:
    return table.rename_columns([*table.column_names[:-1], "q9"])


def foreign(table: pa.Table) -> pa.Table:
    return table.set_column(6, "q3", pa.array([1] * 19 + [7]))


def other_ids(table: pa.Table) -> pa.Table:
    return table.set_column(0, "person_id", pa.array([f"x{i}" for i in range(table.num_rows)]))


def nobody(table: pa.Table) -> pa.Table:
    return table.set_column(0, "person_id", pa.array([None] * 3 + [5] * 17))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (renamed, "partition 1: q4"),
        (foreign, "partition 1: q3"),
        (other_ids, "partition 1: person_id: holds text; expected numbers, as in partition 0"),
        (nobody, "partition 1: person_id: no person id"),
    ],
)
def test_a_partition_that_is_not_like_the_others(change: Callable[[pa.Table], pa.Table], said: str) -> None:
    with pytest.raises(pm.RunError) as caught:
        run_batches(open_batches(with_part(change), FOUR), **HERE)
    assert said in str(caught.value)


def test_a_cell_that_fits_no_option_names_partition_row_and_what_to_do() -> None:
    with pytest.raises(pm.RunError, match="partition 1") as caught:
        run_batches(open_batches(with_part(foreign), FOUR), **HERE)
    (problem,) = caught.value.problems
    assert problem.where == "partition 1: q3"
    assert problem.rows == (20,)
    assert caught.value.facts["partitions"] == ["partition 1"]
    lenient = run_batches(open_batches(with_part(foreign), FOUR, invalid="missing"), **HERE)
    assert "1 cells fitted no option and were made missing" in lenient.notes
    with pytest.raises(pm.RunError, match="partition 1") as caught:
        score_frame(FOUR, with_part(foreign)).compute(scheduler="synchronous")
    assert caught.value.problems[0].rows == (20,)


def test_columns_that_do_not_fit_are_found_before_anything_is_computed() -> None:
    for call in (lambda frame: open_batches(frame, FOUR), lambda frame: score_frame(FOUR, frame)):
        with pytest.raises(pm.RunError, match="do not fit") as caught:
            call(frame_of([renamed(answers(4))]))
        assert "q4" in str(caught.value)
    numbered = dd.from_pandas(to_pandas(answers(4)).rename(columns={"q1": 1}), npartitions=1)
    with pytest.raises(pm.RunError, match="texts for names"):
        open_batches(numbered, FOUR)


def test_a_frame_without_ids_is_refused() -> None:
    frame = frame_of([answers(9).drop_columns(["person_id"])])
    with pytest.raises(pm.RunError, match="rows of a frame have no number"):
        run_batches(open_batches(frame, FOUR), **HERE)
    rated = frame_of([rated_answers().drop_columns(["person_id"])])
    with pytest.raises(pm.RunError, match="rows of a frame have no number"):
        run_batches(open_batches(rated, RUBRIC, ratings=frame_of([ratings(9)])), **HERE)


def test_files_without_ids_cannot_have_ratings(tmp_path: Path) -> None:
    folder = write([rated_answers().drop_columns(["person_id"])], tmp_path / "in")
    with pytest.raises(pm.RunError, match="persons cannot be matched"):
        run_batches(open_batches(folder, RUBRIC, ratings=frame_of([ratings(9)])), **HERE)


@pytest.mark.parametrize("text", [False, True])
def test_a_person_in_two_partitions_is_named(text: bool) -> None:
    table = answers(90)
    ids = table.column("person_id").to_numpy().copy()
    ids[70], ids[71] = ids[3], ids[88]
    column = pa.array(ids).cast(pa.string()) if text else pa.array(ids)
    frame = frame_of(cut(table.set_column(0, "person_id", column), [30, 60]))
    with pytest.raises(pm.RunError, match="2 persons are there more than once") as caught:
        run_batches(open_batches(frame, FOUR), **HERE)
    said = sorted(str(one) for one in caught.value.problems)
    assert 'person "103": 2 rows, in partition 0, partition 2' in said[0]
    assert 'person "188": 2 rows, in partition 2 twice' in said[1]


def test_a_person_twice_is_named_where_the_column_of_ids_is_renamed(tmp_path: Path) -> None:
    first, second = cut(answers(60).rename_columns(["pid", *answers(0).column_names[1:]]), [30])
    parts = [first, pa.concat_tables([first.slice(4, 1), second])]
    for source in (frame_of(parts), write(parts, tmp_path / "in")):
        with pytest.raises(pm.RunError, match="1 persons are there more than once") as caught:
            run_batches(open_batches(source, FOUR, rename={"pid": "person_id"}), **HERE)
        assert 'person "104": 2 rows' in str(caught.value)


def test_a_column_that_is_renamed_and_not_read_is_no_fault() -> None:
    frame = frame_of(cut(answers(9), [4]))
    assert run_batches(open_batches(frame, FOUR, rename={"age": "years"}), **HERE).n_rows == 9
    assert len(score_frame(FOUR, frame, rename={"age": "years"}).compute(scheduler="synchronous")) == 9


def breaks(frame: pd.DataFrame) -> pd.DataFrame:
    if 125 in frame["person_id"].tolist():
        raise OSError("the disk behind this partition is gone")
    return frame


def test_a_partition_that_cannot_be_made(tmp_path: Path) -> None:
    frame = frame_of(cut(answers(60), [20, 40]))
    broken = frame.map_partitions(breaks, meta=frame._meta)
    with pytest.raises(pm.RunError, match="partition 1: the partition could not be made") as caught:
        run_batches(open_batches(broken, FOUR), **HERE)
    assert "the disk behind" in str(caught.value)
    folder = write(cut(answers(60), [20, 40]), tmp_path / "in")
    read = dd.read_parquet(folder)
    whole = bytearray((folder / "part001.parquet").read_bytes())
    (folder / "part001.parquet").write_bytes(
        whole[:4] + b"\xff" * (len(whole) // 2) + whole[4 + len(whole) // 2 :]
    )
    with pytest.raises(pm.RunError, match="could not be made") as caught:
        run_batches(open_batches(read, FOUR), **HERE)
    assert caught.value.problems[0].what


def test_a_damaged_file_is_named_and_what_was_finished_is_kept(tmp_path: Path) -> None:
    folder, out = write(cut(answers(60), [20, 40]), tmp_path / "in"), tmp_path / "out"
    batches = open_batches(folder, FOUR)
    path = folder / "part001.parquet"
    whole = bytearray(path.read_bytes())
    first = pq.ParquetFile(path).metadata.row_group(0).column(4)
    start = first.dictionary_page_offset or first.data_page_offset
    path.write_bytes(
        whole[:start] + b"\xff" * first.total_compressed_size + whole[start + first.total_compressed_size :]
    )
    with pytest.raises(pm.RunError, match=r"part001\.parquet") as caught:
        run_batches(batches, out, **HERE)
    assert caught.value.facts["partitions"] == ["part001.parquet"]
    kept = sorted((out / "scores").iterdir())
    assert len(kept) == 2
    assert not list(out.rglob("*.part"))
    path.write_bytes(whole)
    run = run_batches(open_batches(folder, FOUR), out, **HERE)
    assert run.n_new == 20
    assert run.summary.pack() == run_batches(open_batches(folder, FOUR)).summary.pack()
    with pytest.raises(pm.RunError, match="other settings"):
        run_batches(open_batches(folder, FOUR), out, layout="wide", **HERE)
    with pytest.raises(pm.RunError, match="other settings"):
        run_batches(open_batches(folder, FOUR), out)  # begun on a cluster
    path.unlink()
    with pytest.raises(pm.RunError, match="no longer in the input"):
        run_batches(open_batches(folder, FOUR), out, **HERE)
    assert run_batches(open_batches(folder, FOUR), out, resume=False, **HERE).n_rows == 40
    assert len(list((out / "scores").iterdir())) == 2


def test_an_output_that_is_damaged_is_done_again(tmp_path: Path) -> None:
    folder, out = write(cut(answers(60), [20, 40]), tmp_path / "in"), tmp_path / "out"
    first = run_batches(open_batches(folder, FOUR), out, **HERE)
    path = first.files["part002.parquet"]
    path.write_bytes(path.read_bytes()[:-3])
    again = run_batches(open_batches(folder, FOUR), out, **HERE)
    assert again.n_new == 20
    assert again.summary.pack() == first.summary.pack()
    state = next((out / ".run").glob("part000*"))
    state.write_bytes(state.read_bytes()[:-3])
    assert run_batches(open_batches(folder, FOUR), out, **HERE).n_new == 20


def test_a_scheduler_that_does_not_answer() -> None:
    batches, begin = open_batches(answers(5), FOUR), time.monotonic()
    for address in ("tcp://127.0.0.1:1", "no address"):
        with pytest.raises(pm.RunError, match="no Dask scheduler answers") as caught:
            run_batches(batches, engine="dask", cluster=address)
        assert "dask" in caught.value.hint.lower() or "scheduler" in caught.value.hint
    assert time.monotonic() - begin < 15


HIDES = """
import sys
class Hidden:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "psychometrics":
            raise ModuleNotFoundError("No module named 'psychometrics'")
sys.meta_path.insert(0, Hidden())
"""


def test_a_worker_without_the_package_and_a_cluster_without_workers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sitecustomize.py").write_text(HIDES, encoding="utf-8")
    monkeypatch.setattr("psychometrics.runs.clusters.dask_cluster.PATIENCE", 0.5)
    with distributed.LocalCluster(n_workers=0, host="127.0.0.1", dashboard_address="127.0.0.1:0") as empty:
        with pytest.raises(pm.RunError, match="no workers"):
            run_batches(open_batches(answers(5), FOUR), engine="dask", cluster=empty)
        monkeypatch.undo()
        monkeypatch.setenv("PYTHONPATH", str(tmp_path))
        empty.scale(1)
        with pytest.raises(pm.RunError, match="1 of 1 workers cannot run psychometrics") as caught:
            run_batches(open_batches(answers(5), FOUR), engine="dask", cluster=empty)
    (problem,) = caught.value.problems
    assert "worker tcp://127.0.0.1" in problem.where
    assert "No module named 'psychometrics'" in problem.what
    assert "Install psychometrics-engine" in caught.value.hint


def test_a_worker_with_another_version(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("psychometrics.runs.clusters.job.VERSION", "0.0.1")
    with pytest.raises(pm.RunError, match="partition 0") as caught:
        run_batches(open_batches(frame_of([answers(5)]), FOUR), **HERE)
    assert "a worker has psychometrics 0.0.1" in str(caught.value)


@pytest.mark.parametrize("package", ["dask", "distributed"])
def test_without_the_extra(package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(pm.MissingPackageError, match=package) as caught:
        run_batches(open_batches(answers(5), FOUR), engine="dask", cluster="tcp://127.0.0.1:1")
    assert 'pip install "psychometrics-engine[dask]"' in str(caught.value)


def test_calls_that_have_no_meaning() -> None:
    frame = frame_of([answers(5)])
    with pytest.raises(pm.RunError, match="without an engine"):
        run_batches(open_batches(answers(5), FOUR), cluster="threads")
    with pytest.raises(pm.RunError, match='engine="ray"'):
        run_batches(open_batches(answers(5), FOUR), engine="ray")
    with pytest.raises(pm.RunError, match="cannot be worked on by spark"):
        run_batches(open_batches(frame, FOUR), engine="spark")
    with pytest.raises(pm.RunError, match="stream cannot be sent"):
        run_batches(open_batches(iter([answers(5)]), FOUR), **HERE)
    with pytest.raises(pm.RunError, match="cannot score a Table lazily"):
        score_frame(FOUR, answers(5))
    with pytest.raises(pm.RunError, match="no rows"):
        run_batches(open_batches(frame_of([answers(0)]), FOUR), **HERE)
    with pytest.raises(pm.RunError, match="no rubric tasks"):
        run_batches(open_batches(frame, FOUR, ratings=ratings(3)), **HERE)
    with pytest.raises(pm.RunError, match='nobody has the occasion "t9"'):
        run_batches(open_batches(frame_of([answers(6, occasions=2)]), FOUR), retest=("t1", "t9"), **HERE)
    with pytest.raises(pm.RunError, match="no column occasion"):
        run_batches(open_batches(frame, FOUR), retest=("t1", "t2"), **HERE)


def test_ratings_that_do_not_fit() -> None:
    frame, long = frame_of([rated_answers()]), ratings(70, 4)
    odd = long.set_column(4, "level", pa.array(["9", *long.column("level").to_pylist()[1:]]))
    with pytest.raises(pm.RunError, match="ratings, partition 0") as caught:
        run_batches(open_batches(frame, RUBRIC, ratings=frame_of([odd])), **HERE)
    assert "9" in str(caught.value)
    clear = long.filter(pa.compute.equal(long.column("criterion_id"), "clear"))
    with pytest.raises(pm.RunError, match="do not fit each other") as caught:
        run_batches(open_batches(frame, RUBRIC, ratings=frame_of([clear])), **HERE)
    assert "right" in str(caught.value)
    with pytest.raises(pm.RunError, match="nobody who answered was rated"):
        run_batches(open_batches(frame, RUBRIC, ratings=ratings(9, first=900)), **HERE)


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_rows_of_ratings_are_those_of_the_file(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = {"delimited.RANGE": 500, "delimited.PARTITION": 4_000, "parquet.ROWS": 200}
    for name, value in small.items():
        monkeypatch.setattr(f"psychometrics.engine.{name}", value)
    monkeypatch.setattr("psychometrics.runs.ratings.ROWS", 30)
    monkeypatch.setattr("psychometrics.runs.clusters.judged.SPREAD", 10**9)  # these are many
    long = ratings(200).to_pandas()
    long.loc[[150, 319], "level"] = "9"
    long.loc[319, "rater_id"] = None
    path = tmp_path / f"ratings.{kind}"
    if kind == "csv":
        long.to_csv(path, index=False, lineterminator="\n")
    else:
        pq.write_table(pa.Table.from_pandas(long, preserve_index=False), path, row_group_size=50)
    answered = write([rated_answers()], tmp_path / "in")
    with pytest.raises(pm.RunError) as caught:
        run_batches(open_batches(answered, RUBRIC, ratings=path), **HERE)
    assert len(caught.value.facts["partitions"]) == 2
    found = sorted((one.where.partition(": ")[2], row) for one in caught.value.problems for row in one.rows)
    with pytest.raises(pm.ResponsesError) as caught:
        pm.read_ratings(path, RUBRIC)
    assert found == sorted((one.where, row) for one in caught.value.problems for row in one.rows)
    assert found == [("level of task.right", 151), ("level of task.right", 320), ("rater_id", 320)]


def test_ratings_that_are_twice_name_no_rows_where_they_meet() -> None:
    long = ratings(60)
    batches = open_batches(frame_of([rated_answers()]), RUBRIC, ratings=frame_of([long, long.slice(7, 1)]))
    with pytest.raises(pm.RunError, match='rater "r0", person "101"') as caught:
        run_batches(batches, **HERE)
    (problem,) = caught.value.problems
    assert (problem.what, problem.rows) == ("2 ratings", ())


def test_a_criterion_that_stands_in_another_partition_of_ratings_is_no_fault() -> None:
    long = ratings(60)
    clear, right = (
        long.filter(pa.compute.equal(long.column("criterion_id"), name)) for name in ("clear", "right")
    )
    odd = clear.set_column(4, "level", pa.array(["9", *clear.column("level").to_pylist()[1:]]))
    batches = open_batches(frame_of([rated_answers()]), RUBRIC, ratings=frame_of([odd, right]))
    with pytest.raises(pm.RunError) as caught:
        run_batches(batches, **HERE)
    assert [one.where for one in caught.value.problems] == ["ratings, partition 0: level of task.clear"]


def test_a_fault_of_the_program_is_no_fault_of_the_data(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("psychometrics.runs.clusters.counting.works", lambda *_: 1 / 0)
    folder = write([answers(5)], tmp_path / "in")
    with pytest.raises(ZeroDivisionError):
        run_batches(open_batches(folder, FOUR), **HERE)
