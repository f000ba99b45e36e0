"""Everything that can be read in batches becomes partitions that hold all rows, once each, in order."""

from __future__ import annotations

import gzip
import io
import sqlite3
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.feather
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from psychometrics.engine import delimited, parquet, sources
from psychometrics.engine.sources import open_source
from psychometrics.errors import RunError

TABLE = pa.table({"person_id": [f"p{i}" for i in range(50)], "q1": pa.array(np.arange(50) % 5, pa.int8())})


def rows(
    source: object, columns: tuple[str, ...] = ("person_id", "q1"), size: int = 7, **options: object
) -> pa.Table:
    opened = open_source(source, **options)
    parts = [batch for one in opened.partitions for batch in one.batches(list(columns), size)]
    assert all(part.num_rows <= size for part in parts)
    return pa.concat_tables(parts, promote_options="permissive") if parts else pa.table({})


def same(found: pa.Table, table: pa.Table = TABLE) -> None:
    assert found.to_pydict() == table.select(found.column_names).to_pydict()


def test_files_folders_globs_and_uris(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "in" / "deep").mkdir(parents=True)
    pq.write_table(TABLE.slice(0, 20), tmp_path / "in" / "a.parquet", row_group_size=6)
    pq.write_table(TABLE.slice(20), tmp_path / "in" / "deep" / "b.parquet")
    (tmp_path / "in" / "_note.csv").write_text("x\n", encoding="utf-8")
    (tmp_path / "in" / "readme.md").write_text("x\n", encoding="utf-8")
    for source in (
        tmp_path / "in",
        str(tmp_path / "in"),
        f"file://{tmp_path}/in",
        f"file://{tmp_path}/in/**.parquet",
        f"{tmp_path}/in/**/*.parquet",
        [tmp_path / "in" / "a.parquet", str(tmp_path / "in" / "deep")],
    ):
        same(rows(source))
    opened = open_source(tmp_path / "in")
    assert [one.name for one in opened.partitions] == ["a.parquet", "deep/b.parquet"]
    assert [one.first_row for one in opened.partitions] == [0, 20]
    assert (opened.n_rows, opened.repeatable) == (50, True)
    assert opened.size > 0
    monkeypatch.setattr(parquet, "ROWS", 12)
    names = [one.name for one in open_source(tmp_path / "in" / "a.parquet").partitions]
    assert names == ["a.parquet row groups 0-1", "a.parquet row groups 2-3"]
    same(rows(tmp_path / "in"))
    identity = open_source(tmp_path / "in").partitions[0].identity
    assert identity["groups"] == [0, 1]
    assert {"path", "size", "stamp"} <= set(identity)


def test_a_file_that_is_two_names_and_kinds_that_are_unknown(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        pq.write_table(TABLE, tmp_path / folder / "x.parquet")
    opened = open_source([tmp_path / "a" / "x.parquet", tmp_path / "b" / "x.parquet"])
    assert len({one.name for one in opened.partitions}) == 2
    path = tmp_path / "x.docx"
    path.write_bytes(b"x")
    with pytest.raises(RunError, match="cannot be read") as caught:
        open_source(path)
    assert "cannot tell what kind of file" in caught.value.problems[0].what
    with pytest.raises(RunError, match=r"nothing://there/\*.parquet: cannot be read"):
        open_source("nothing://there/*.parquet")


def test_arrow_files_and_compressed_text(tmp_path: Path) -> None:
    pyarrow.feather.write_feather(TABLE, tmp_path / "a.feather", chunksize=9)
    same(rows(tmp_path / "a.feather"))
    buffer = io.BytesIO()
    pa.csv.write_csv(TABLE, buffer)
    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzip.compress(buffer.getvalue()))
    found = rows(path)
    assert found.column("q1").to_pylist() == [str(v) for v in TABLE.column("q1").to_pylist()]
    path.write_bytes(gzip.compress(buffer.getvalue())[:-40])
    with pytest.raises(RunError) as caught:
        open_source(path)
    assert "gzip" in str(caught.value)


CELLS = st.text(
    st.characters(codec="utf-8", exclude_characters="\r\0", exclude_categories=["Cs"]), max_size=6
)


@given(cells=st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=12), size=st.integers(1, 40))
@settings(max_examples=60, deadline=None)
def test_text_files_are_cut_where_lines_end(
    cells: list[tuple[str, str]], size: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    table = pa.table(
        {
            "person_id": [f"p{i}" for i in range(len(cells))],
            "a": [a for a, _ in cells],
            "b": [b for _, b in cells],
        }
    )
    path = tmp_path_factory.mktemp("csv") / "x.csv"
    pa.csv.write_csv(table, path, pa.csv.WriteOptions(quoting_style="all_valid"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(delimited, "RANGE", size)
        patch.setattr(delimited, "PARTITION", 3 * size)
        opened = open_source(path)
        found = pa.concat_tables(
            [batch for one in opened.partitions for batch in one.batches(["person_id", "a", "b"], 5)]
        )
    assert opened.n_rows == len(cells)
    assert found.column("person_id").to_pylist() == table.column("person_id").to_pylist()
    for name in ("a", "b"):
        assert found.column(name).to_pylist() == [cell or None for cell in table.column(name).to_pylist()]


def test_types_of_text_columns_are_those_of_the_whole(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.csv").write_text("person_id,age,level,q1\n01,20,1,3\n", encoding="utf-8")
    (tmp_path / "in" / "b.csv").write_text("person_id,age,level,q1\n02,20.5,x,3", encoding="utf-8")
    opened = open_source(tmp_path / "in", typed=["age", "level"])
    for one in opened.partitions:
        kinds = one.fields()
        assert (kinds["age"], kinds["level"], kinds["person_id"]) == (pa.float64(), pa.string(), pa.string())
        assert one.n_rows == 1


def test_streams_and_database_results() -> None:
    duckdb = pytest.importorskip("duckdb")
    batches = TABLE.to_batches(max_chunksize=9)
    same(rows(TABLE))
    same(rows(pa.RecordBatchReader.from_batches(TABLE.schema, batches)))
    same(rows(iter(batches)))
    same(rows(batch.to_pydict() for batch in batches))
    same(rows(TABLE.to_pydict()))
    same(rows(TABLE.to_pandas()))
    same(rows(part.to_pandas() for part in (TABLE.slice(0, 3), TABLE.slice(3))))
    polars = pytest.importorskip("polars")
    same(rows(polars.from_arrow(TABLE)))
    connection = duckdb.connect()
    connection.register("answers", TABLE)
    same(rows(connection.sql("select * from answers order by cast(substr(person_id, 2) as int)")))
    same(rows(connection.execute("select * from answers order by cast(substr(person_id, 2) as int)")))
    adbc = pytest.importorskip("adbc_driver_sqlite.dbapi")
    with adbc.connect() as database, database.cursor() as cursor:
        cursor.adbc_ingest("answers", TABLE)
        cursor.execute("select * from answers order by rowid")
        same(rows(cursor))
    for wrong in (3, None, sqlite3.connect(":memory:")):
        with pytest.raises(RunError, match="in batches"):
            open_source(wrong)
    with pytest.raises(RunError, match="the stream gave a int"):
        rows(iter([3]))


def test_a_stream_is_read_no_further_than_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "STREAM_ROWS", 10)
    taken = []

    def stream():
        for number in range(5):
            taken.append(number)
            yield TABLE.slice(number * 10, 10)

    opened = open_source(stream())
    assert opened.n_rows is None
    parts = iter(opened.partitions)
    assert next(parts).name == "rows 1-10"
    assert taken == [0]
    assert [one.name for one in parts] == ["rows 11-20", "rows 21-30", "rows 31-40", "rows 41-50"]


@given(st.lists(st.integers(0, 25), max_size=8), st.integers(1, 12))
@settings(max_examples=40, deadline=None)
def test_tables_of_a_stream_are_cut_into_equal_parts(sizes: list[int], rows_: int) -> None:
    whole = pa.table({"x": np.arange(sum(sizes))})
    ends = np.cumsum([0, *sizes])
    tables = [whole.slice(a, b - a) for a, b in zip(ends, ends[1:], strict=False)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sources, "STREAM_ROWS", rows_)
        parts = list(open_source(iter(tables)).partitions)
    assert [v for one in parts for v in one.table.column("x").to_pylist()] == list(range(sum(sizes)))
    assert all(one.n_rows == rows_ for one in parts[:-1])


def test_a_stream_that_changes_its_columns() -> None:
    with pytest.raises(RunError, match="changes its columns: q1, q2"):
        rows(iter([TABLE, TABLE.rename_columns(["person_id", "q2"])]))
