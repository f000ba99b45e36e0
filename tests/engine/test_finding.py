"""Every data file of a folder is found, once; what cannot be read is refused by name."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.feather as pf
import pyarrow.parquet as pq
import pytest

from psychometrics.engine.sources import open_source
from psychometrics.errors import RunError


def put(path: Path, *ids: int) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table({"person_id": ids}), path)
    return path


def names(source: object) -> list[str]:
    return [one.name for one in open_source(source).partitions]


def test_a_file_that_is_there_twice(tmp_path: Path) -> None:
    path = put(tmp_path / "in" / "a.parquet", 1)
    for source in ([path, path], [path, tmp_path / "in"], [path, str(tmp_path / "in" / ".." / "in")]):
        with pytest.raises(RunError, match="more than once") as caught:
            open_source(source)
        assert "the same file as" in caught.value.problems[0].what
    (tmp_path / "in" / "b.parquet").symlink_to(path)
    with pytest.raises(RunError, match=r"b\.parquet: the same file as .*a\.parquet"):
        open_source(tmp_path / "in")
    (tmp_path / "in" / "b.parquet").unlink()
    (tmp_path / "in" / "loop").symlink_to(tmp_path / "in")
    with pytest.raises(RunError, match="more than once"):
        open_source(tmp_path / "in")


def test_stars_that_find_a_folder_and_what_is_in_it_find_each_file_once(tmp_path: Path) -> None:
    put(tmp_path / "m1" / "p.parquet", 1)
    put(tmp_path / "m2" / "deep" / "p.parquet", 2)
    assert names(f"{tmp_path}/**") == ["m1/p.parquet", "m2/deep/p.parquet"]


def test_the_path_of_an_arrow_file_says_what_its_columns_do_not(tmp_path: Path) -> None:
    (tmp_path / "gender=f").mkdir()
    pf.write_feather(pa.table({"person_id": [1]}), tmp_path / "gender=f" / "a.feather")
    (part,) = open_source(tmp_path).partitions
    assert list(part.fields()) == ["person_id", "gender"]
    (table,) = part.batches(["person_id", "gender"], 10)
    assert table.to_pylist() == [{"person_id": 1, "gender": "f"}]


def test_people_are_never_passed_over(tmp_path: Path) -> None:
    put(tmp_path / "in" / "a.parquet", 1)
    for name in ("b.csv.bz2", "b.parquet.zst", "b.SAV"):
        other = tmp_path / "in" / name
        other.write_bytes(b"x")
        with pytest.raises(RunError, match="packed so") as caught:
            open_source(tmp_path / "in")
        assert name in str(caught.value)
        other.unlink()
    (tmp_path / "in" / "gone.parquet").symlink_to(tmp_path / "nowhere.parquet")
    with pytest.raises(RunError, match=r"gone\.parquet: a link to nothing"):
        open_source(tmp_path / "in")


def test_files_of_a_glob_are_named_by_what_the_stars_stand_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path / "m1" / "p.parquet", 1)
    assert names(f"{tmp_path}/*/p.parquet") == ["m1/p.parquet"]
    put(tmp_path / "m2" / "p.parquet", 2)
    assert names(f"{tmp_path}/*/p.parquet") == ["m1/p.parquet", "m2/p.parquet"]
    assert names(f"{tmp_path}/m1/*.parquet") == ["p.parquet"]
    monkeypatch.chdir(tmp_path)
    assert names("*/p.parquet") == ["m1/p.parquet", "m2/p.parquet"]


def test_a_star_in_an_address_stays_in_its_folder(tmp_path: Path) -> None:
    put(tmp_path / "a.parquet", 1)
    put(tmp_path / "deep" / "b.parquet", 2)
    assert names(f"file://{tmp_path}/*.parquet") == ["a.parquet"]
    assert names(f"file://{tmp_path}/[!b].parquet") == ["a.parquet"]
    assert names(f"file://{tmp_path}/**/*.parquet") == ["a.parquet", "deep/b.parquet"]
    assert names(f"file://{tmp_path}/*/?.parquet") == ["deep/b.parquet"]


def test_labels_of_folders_are_read_as_hive_writes_them(tmp_path: Path) -> None:
    for number, label in enumerate(["a%2Fb", "x y", "__HIVE_DEFAULT_PARTITION__"]):
        put(tmp_path / f"group={label}" / "p.parquet", number)
    for source in (tmp_path, f"{tmp_path}/*/*.parquet"):
        found = {
            value
            for one in open_source(source).partitions
            for table in one.batches(["group"], 9)
            for value in table.column("group").to_pylist()
        }
        assert found == {"a/b", "x y", None}


def test_columns_with_one_name(tmp_path: Path) -> None:
    table = pa.table([pa.array([1]), pa.array([2])], names=["q1", "q1"])
    pq.write_table(table, tmp_path / "a.parquet")
    for source in (tmp_path / "a.parquet", table):
        with pytest.raises(RunError, match="q1: 2 columns have this name"):
            open_source(source)
    with pytest.raises(RunError, match="q1: 2 columns have this name"):
        list(open_source(iter([table])).partitions)


def test_a_text_that_is_no_path() -> None:
    with pytest.raises(RunError, match="cannot be read"):
        open_source("person_id,q1\n" * 1000)


def test_a_database_that_breaks_off_says_so() -> None:
    duckdb = pytest.importorskip("duckdb")
    asked = "select case when i > 600000 then cast('x' || i as bigint) else i end as person_id from range(900000) t(i)"
    connection = duckdb.connect()
    for ask in (connection.sql, connection.execute):
        with pytest.raises(RunError, match=r"the database (broke off|gave no rows).*x600001"):
            list(open_source(ask(asked)).partitions)
    adbc = pytest.importorskip("adbc_driver_sqlite.dbapi")
    with (
        adbc.connect() as database,
        database.cursor() as cursor,
        pytest.raises(RunError, match="gave no rows"),
    ):
        open_source(cursor)
