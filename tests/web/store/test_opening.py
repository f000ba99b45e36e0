from __future__ import annotations

import sqlite3
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from psychometrics.errors import MissingPackageError, StoreError
from psychometrics.web.store import Store, migrations, open_store
from psychometrics.web.store.database import Database
from psychometrics.web.store.opening import _postgres, _sqlite

NOW = datetime(2026, 3, 1, tzinfo=UTC)
TABLES = {
    "answer", "assignment", "audit_line", "instrument", "norm_count", "rater", "rating", "schema_version", "setting",
    "sitting", "token",
}  # fmt: skip


def database(where: str) -> Database:
    return Database(_postgres(where) if "://" in where else _sqlite(Path(where), create=True))


def test_a_file_is_durable_and_private(file_store: Store, tmp_path: Path) -> None:
    pragmas = {}
    with file_store._database.engine.connect() as connection:
        for name in ("journal_mode", "synchronous", "foreign_keys", "secure_delete", "busy_timeout"):
            pragmas[name] = connection.exec_driver_sql(f"PRAGMA {name}").scalar()
    assert pragmas == {
        "journal_mode": "wal",
        "synchronous": 2,  # FULL
        "foreign_keys": 1,
        "secure_delete": 1,
        "busy_timeout": 15_000,
    }
    assert (tmp_path / "store.sqlite").stat().st_mode & 0o077 == 0


def test_the_tables_are_those_the_code_knows(store: Store) -> None:
    from sqlalchemy import inspect

    from psychometrics.web.store.schema import metadata

    with store._database.engine.connect() as connection:
        seen = inspect(connection)
        assert set(seen.get_table_names()) == TABLES == set(metadata.tables)
        for table in metadata.tables.values():
            assert {column["name"] for column in seen.get_columns(table.name)} == set(table.columns.keys())


def test_a_store_of_version_1_is_brought_up_to_date(where: str) -> None:
    old = database(where)
    assert old.write(lambda c: migrations.migrate(c, NOW, to=1)) == 0
    rows = (
        "INSERT INTO instrument VALUES ('x@1.0.0', 's', 'f', 'd', 't')",
        "INSERT INTO sitting VALUES ('s1', 'anna', 'x@1.0.0', '1', '{}', '2026-01-01T00:00:00+00:00', NULL, NULL)",
        "INSERT INTO answer VALUES ('s1', 'i1', '3', NULL, 2.5, '', '2026-01-01T00:00:00+00:00')",
    )
    for row in rows:
        old.write(lambda c, row=row: c.execute(text(row)))
    old.close()
    with open_store(where) as store:
        assert [one.person_id for one in store.sittings()] == ["anna"]
        kept = store._database.read(lambda c: c.execute(text("SELECT code, seconds FROM answer")).all())
        assert [tuple(row) for row in kept] == [("3", 2.5)]
        assert store.audit() == ()
        versions = store._database.read(
            lambda c: c.execute(text("SELECT version FROM schema_version ORDER BY version")).scalars().all()
        )
        assert versions == list(range(1, migrations.NEWEST + 1))


def test_a_newer_store_is_refused(where: str) -> None:
    with open_store(where) as store:
        store._database.write(lambda c: c.execute(text("INSERT INTO schema_version VALUES (99, 'later')")))
    with pytest.raises(StoreError, match=r"has version 99, and this library knows versions up to"):
        open_store(where)


def test_another_database_is_refused(where: str) -> None:
    other = database(where)
    other.write(lambda c: c.execute(text("CREATE TABLE cakes (name TEXT)")))
    other.close()
    with pytest.raises(StoreError, match=r"holds something else \(tables: cakes\)"):
        open_store(where)


def test_what_is_no_database_is_refused(tmp_path: Path) -> None:
    words = tmp_path / "words.txt"
    words.write_text("not a database\n" * 100)
    with pytest.raises(StoreError, match="not a database"):
        open_store(words)
    assert words.read_text() == "not a database\n" * 100
    with pytest.raises(StoreError, match="is a folder"):
        open_store(tmp_path)
    with pytest.raises(StoreError, match="in memory"):
        open_store(":memory:")
    with pytest.raises(StoreError, match="no such store"):
        open_store(tmp_path / "absent.sqlite", create=False)
    assert not (tmp_path / "absent.sqlite").exists()
    with pytest.raises(StoreError, match="cannot be opened"):
        open_store(tmp_path / "no" / "folder.sqlite")


def test_a_database_that_does_not_answer_is_said_without_its_password() -> None:
    with pytest.raises(StoreError) as caught:
        open_store("postgresql://owner:hunter2@/none?host=/nowhere")
    assert "hunter2" not in str(caught.value)


def test_without_the_package_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "sqlalchemy", None)
    with pytest.raises(MissingPackageError, match=r"psychometrics-engine\[web\]"):
        open_store(tmp_path / "x.sqlite")


OPEN = """
import sys
from psychometrics.web.store import open_store
sys.stdin.readline()
for where in sys.argv[2:]:
    with open_store(where) as store:
        store.invite(sys.argv[1], store.add_instrument("gad-7").name)
"""


def test_processes_that_open_a_new_store_at_once_take_turns(
    all_kinds: list[str],
) -> None:
    people = ["anna", "ben"]
    running = [
        subprocess.Popen(
            [sys.executable, "-c", OPEN, one, *all_kinds], stdin=subprocess.PIPE, stderr=subprocess.PIPE
        )
        for one in people
    ]
    for process in running:  # all are up to the line that waits, or will not wait
        assert process.stdin is not None
        process.stdin.write(b"\n")
        process.stdin.flush()
    errors = [process.communicate()[1].decode() for process in running]
    assert [process.returncode for process in running] == [0, 0], errors
    for where in all_kinds:
        with open_store(where) as store:
            assert sorted(one.person_id for one in store.sittings()) == people
            assert store.verify_audit() == ()


def test_an_empty_file_becomes_a_store_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "made.sqlite"
    path.touch(0o644)
    with open_store(path, create=False) as store:
        store.add_rater("rita")
        assert all(file.stat().st_mode & 0o077 == 0 for file in tmp_path.iterdir())


def test_a_file_that_was_moved_or_replaced_is_not_written_to(file_store: Store, tmp_path: Path) -> None:
    sitting = file_store.invite("anna", file_store.add_instrument("gad-7").name).sitting_id
    path, moved = tmp_path / "store.sqlite", tmp_path / "moved.sqlite"
    path.rename(moved)
    for replace in (lambda: None, path.mkdir, lambda: (path.rmdir(), path.write_bytes(moved.read_bytes()))):
        replace()
        for asked in (
            file_store.raters,
            lambda: file_store.answers(sitting),
            lambda: file_store.save_answers(sitting, {"q1": 1}),
            lambda: file_store.add_rater("rita"),
        ):
            with pytest.raises(StoreError, match="moved, deleted or replaced"):
                asked()
    moved.replace(path)
    assert file_store.answers(sitting).codes == {} and file_store.raters() == ()
    assert file_store.save_answers(sitting, {"q1": 1}) == 1


def test_rows_of_the_file_can_be_read_by_any_sqlite(file_store: Store, tmp_path: Path) -> None:
    file_store.invite("anna", file_store.add_instrument("gad-7").name)
    with sqlite3.connect(tmp_path / "store.sqlite") as plain:
        assert plain.execute("SELECT person_id FROM sitting").fetchall() == [("anna",)]
    plain.close()


def test_a_database_that_was_restarted_is_found_again(postgres_url: str) -> None:
    ended = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname IS NOT NULL"
    with open_store(postgres_url) as store:
        sitting = store.invite("anna", store.add_instrument("gad-7").name).sitting_id
        with store._database.engine.connect() as other:
            other.exec_driver_sql(ended)
        assert store.save_answers(sitting, {"q1": 2}) == 1
        assert store.answers(sitting).codes == {"q1": 2}
