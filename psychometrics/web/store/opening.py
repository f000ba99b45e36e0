"""Open a store: a SQLite file, or a PostgreSQL database by its URL."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from psychometrics.errors import MissingPackageError, StoreError

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from psychometrics.web.store.store import Store

Clock = Callable[[], datetime]
WAIT = 15.0
POSTGRES = ("postgresql://", "postgres://", "postgresql+psycopg://")


def now() -> datetime:
    """Return the time in UTC."""
    return datetime.now(UTC)


def open_store(where: str | Path, *, create: bool = True, clock: Clock = now) -> Store:
    """Open a store of taken assessments, and bring its tables up to date.

    Parameters
    ----------
    where : str or Path
        Path of a SQLite file, or ``postgresql://user@host/database``.
    create : bool
        With False a SQLite file that is not there is an error instead of a new store.
    clock : callable
        Gives the time in UTC; tests give their own.

    Returns
    -------
    Store
        ``with open_store(...) as store`` closes it at the end.

    Raises
    ------
    StoreError
        The file is no store, or was written by a newer version of this library; the database does not answer.
    MissingPackageError
        The extra ``web`` (for PostgreSQL: ``postgres``) is not installed.

    Notes
    -----
    SQLite runs in write-ahead mode with ``synchronous=FULL``: an acknowledged answer is on the disk. Deleted content
    is overwritten with zeros (``secure_delete``). The file is made readable for its owner alone.
    """
    try:
        import sqlalchemy
    except ImportError as error:
        raise MissingPackageError(
            "the store needs SQLAlchemy", hint='Install it: pip install "psychometrics-engine[web]"'
        ) from error
    from psychometrics.web.store.database import Database, refused
    from psychometrics.web.store.migrations import migrate
    from psychometrics.web.store.store import Store

    text = str(where)
    postgres = text.startswith(POSTGRES)
    path = None if postgres else Path(text.removeprefix("sqlite:///"))
    engine = _postgres(text) if path is None else _sqlite(path, create=create)
    database = Database(engine, check=None if path is None else _same_file(path))
    try:
        database.write(lambda connection: migrate(connection, clock()))
    except StoreError as error:
        engine.dispose()
        name = engine.url.render_as_string(hide_password=True) if postgres else text
        raise StoreError(f"{name}: {error.message}", hint=error.hint) from error
    except sqlalchemy.exc.SQLAlchemyError as error:
        engine.dispose()
        raise refused(error) from error
    return Store(database=database, clock=clock, where=text)


def _postgres(url: str) -> Engine:
    from sqlalchemy import create_engine, event

    rest = url.partition("://")[2]
    try:
        engine = create_engine(
            f"postgresql+psycopg://{rest}",
            hide_parameters=True,
            pool_size=10,
            max_overflow=10,
        )
    except ImportError as error:
        raise MissingPackageError(
            "a store in PostgreSQL needs psycopg",
            hint='Install it: pip install "psychometrics-engine[postgres]"',
        ) from error

    @event.listens_for(engine, "connect")
    def _durable(raw: Any, _record: Any) -> None:
        with raw.cursor() as cursor:
            cursor.execute("SET synchronous_commit = on")
        raw.commit()

    return engine


def _sqlite(path: Path, *, create: bool) -> Engine:
    from sqlalchemy import URL, create_engine, event

    _check_path(path, create=create)
    engine = create_engine(
        URL.create("sqlite", database=str(path)),
        hide_parameters=True,
        pool_size=16,
        max_overflow=48,
        connect_args={"check_same_thread": False, "timeout": WAIT},
    )

    @event.listens_for(engine, "connect")
    def _prepare(raw: Any, _record: Any) -> None:
        raw.isolation_level = None  # transactions begin where database.py says so
        _set_up(raw)

    return engine


def _check_path(path: Path, *, create: bool) -> None:
    if str(path) == ":memory:":
        raise StoreError(
            "a store in memory would be another one on every connection", hint="Give the path of a file."
        )
    if path.is_dir():
        raise StoreError(f"{path}: is a folder", hint="Give the path of a file.")
    if not path.exists() and not create:
        raise StoreError(f"{path}: no such store", hint="Make one: psychometrics sittings invite, or take.")
    try:
        opened = os.open(path, os.O_CREAT | os.O_RDWR, 0o600)
        try:
            if os.fstat(opened).st_size == 0:  # made a moment ago, here or by the owner's hand
                path.chmod(0o600)
        finally:
            os.close(opened)
    except OSError as error:
        raise StoreError(
            f"{path}: cannot be opened ({error.strerror or error})",
            hint="Check the folder and its permissions.",
        ) from error


def _same_file(path: Path) -> Callable[[], None]:
    """Return what raises where the file was moved, deleted or replaced: open connections would go on writing to it."""
    was, name = path.stat(), str(path)

    def check() -> None:
        try:
            there = os.path.samestat(was, os.stat(name))  # noqa: PTH116  (a third of the time, twice a request)
        except OSError:
            there = False
        if not there:
            raise StoreError(
                f"{path}: the file of this store was moved, deleted or replaced while it was open",
                hint="Put it back, or end this process and start it anew with the file that is there.",
            )

    return check


def _set_up(raw: Any) -> None:
    """Set what must hold on every connection; the switch to write-ahead mode does not wait by itself, so we do."""
    import sqlite3

    until = time.monotonic() + WAIT
    raw.execute(f"PRAGMA busy_timeout={int(WAIT * 1000)}")
    while True:
        try:
            raw.execute("PRAGMA journal_mode=WAL")
            break
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > until:
                raise
            time.sleep(0.02)
    for pragma in ("synchronous=FULL", "foreign_keys=ON", "secure_delete=ON", "temp_store=MEMORY"):
        raw.execute(f"PRAGMA {pragma}")
