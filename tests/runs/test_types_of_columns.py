"""Person columns that are kept have one type in all files of a run, also those of a stream, and those that are renamed."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest
from batches_for_tests import FOUR, answers, cut, open_batches, write

import psychometrics as pm
from psychometrics.engine import sources
from psychometrics.runs import BatchRun, run_batches

RENAME = {"alter": "age"}
Column = pa.Array | pa.ChunkedArray


@pytest.fixture(autouse=True)
def short_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "STREAM_ROWS", 30)


def three(kind: pa.DataType, name: str = "age") -> list[pa.Table]:
    """Return three tables, the second of which holds the ages in another type."""
    first, second, third = cut(answers(90), [30, 60])
    column = pa.nulls(30) if pa.types.is_null(kind) else second.column("age").cast(kind)
    tables = first, second.set_column(3, "age", column), third
    return [
        table.rename_columns([name if one == "age" else one for one in table.column_names])
        for table in tables
    ]


def schemas(run: BatchRun) -> set[str]:
    return {str(pq.read_schema(path).remove_metadata()) for path in run.files.values()}


@pytest.mark.parametrize("name", ["age", "alter"])
@pytest.mark.parametrize("kind", [pa.int8(), pa.float64(), pa.null()], ids=str)
@pytest.mark.parametrize("streams", [True, False], ids=["stream", "files"])
def test_files_of_a_run_have_one_schema(streams: bool, kind: pa.DataType, name: str, tmp_path: Path) -> None:
    rename = {name: "age"} if name != "age" else {}
    source = iter(three(kind, name)) if streams else write(three(kind, name), tmp_path / "in")
    batches = open_batches(source, FOUR, columns=["age"], rename=rename)
    run = run_batches(batches, tmp_path / "out", layout="wide")
    assert len(run.files) == 3
    assert len(schemas(run)) == 1
    found = pa.concat_tables([pq.read_table(path) for path in run.files.values()])
    whole = pa.concat_tables(three(kind), promote_options="permissive").column("age")
    assert found.column("age").to_pylist() == [None if one is None else int(one) for one in whole.to_pylist()]


def test_frames_of_a_query_that_have_gaps_here_and_there(tmp_path: Path) -> None:
    frames = [table.to_pandas() for table in cut(answers(90), [30, 60])]
    frames[0]["age"] = 20
    assert {str(frame["age"].dtype) for frame in frames} == {"int64", "float64"}
    run = run_batches(open_batches(iter(frames), FOUR, columns=["age"]), tmp_path / "out", layout="wide")
    ages = pd.concat(frames)["age"].tolist()
    found = [one for path in run.files.values() for one in pq.read_table(path).column("age").to_pylist()]
    assert found == [None if pd.isna(one) else int(one) for one in ages]
    assert len(schemas(run)) == 1


def test_a_part_of_a_stream_that_cannot_be_cast_is_named_with_both_types(tmp_path: Path) -> None:
    batches = open_batches(iter(three(pa.string())), FOUR, columns=["age"])
    with pytest.raises(pm.RunError, match="1 partition could not be done: rows 31-60") as caught:
        run_batches(batches, tmp_path / "out", layout="wide")
    (problem,) = caught.value.problems
    assert (problem.where, problem.what) == ("rows 31-60: age", "holds string")
    assert problem.expected == "int64, as in the parts before"


def test_answers_may_change_their_type(tmp_path: Path) -> None:
    first, second, third = cut(answers(90), [30, 60])
    place = second.column_names.index("q1")
    other = second.set_column(place, "q1", second.column("q1").cast(pa.string()))
    run = run_batches(open_batches(iter([first, other, third]), FOUR), tmp_path / "out", layout="wide")
    assert run.item_tally == run_batches(open_batches(answers(90), FOUR)).item_tally


def test_columns_of_text_files_that_are_renamed_are_looked_through_too(tmp_path: Path) -> None:
    (table,) = cut(answers(60), [])
    plain = table.set_column(2, "region", table.column("region").cast(pa.string()))
    for name in ("age", "alter"):
        names = [name if one == "age" else one for one in plain.column_names]
        pa.csv.write_csv(plain.rename_columns(names), tmp_path / f"{name}.csv")
    runs = [
        run_batches(
            open_batches(tmp_path / f"{name}.csv", FOUR, columns=["age"], rename=rename),
            tmp_path / name,
            layout="wide",
            norms_strata=["age:18,30,65"],
        )
        for name, rename in (("age", {}), ("alter", RENAME))
    ]
    assert schemas(runs[0]) == schemas(runs[1])
    tables = [pq.read_table(*run.files.values()) for run in runs]
    assert tables[0].equals(tables[1])
    assert tables[0].schema.field("age").type == pa.int64()


def test_numbers_of_a_renamed_column_stay_numbers_where_only_the_norm_sample_needs_them(
    tmp_path: Path,
) -> None:
    (table,) = cut(answers(60), [])
    plain = table.set_column(2, "region", table.column("region").cast(pa.string()))
    names = ["alter" if one == "age" else one for one in plain.column_names]
    pa.csv.write_csv(plain.rename_columns(names), tmp_path / "a.csv")
    run = run_batches(open_batches(tmp_path / "a.csv", FOUR, rename=RENAME), norms_strata=["age:18,30,65"])
    assert run.n_rows == 60
