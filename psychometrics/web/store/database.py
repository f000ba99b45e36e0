"""Reading and writing: one transaction each; writers to SQLite who wait together share one flush to the disk.

An answer is acknowledged when its transaction is on the disk. A flush takes milliseconds, so 200 people who answer at
once would queue for it one by one. Who holds the write lock of a SQLite file therefore commits for everyone who has
come to wait meanwhile: each job in its own savepoint, one flush for all, and only then is any of them told. PostgreSQL
does the same by itself.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from threading import Lock
from typing import Any, Generic, TypeVar

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from psychometrics.errors import PsychometricsError, StoreError

T = TypeVar("T")
Job = Callable[[Connection], T]
ARRANGE_LOCK = 0x7073796369  # an advisory lock of PostgreSQL; SQLite has one writer anyway


class Turn(Generic[T]):
    """A job that waits for its commit, then its value or its error."""

    __slots__ = ("done", "error", "job", "value")

    def __init__(self, job: Job[T]) -> None:
        self.job = job
        self.done = False
        self.value: T | None = None
        self.error: BaseException | None = None

    def outcome(self) -> T:
        """Return what the job returned, or raise what it raised."""
        if self.error is not None:
            raise self.error
        return self.value  # type: ignore[return-value]


class Database:
    """Connections to one database, and the transactions on it.

    ``check`` is called before each of them, and raises where the database is not the one that was opened.
    """

    def __init__(self, engine: Engine, *, check: Callable[[], None] | None = None) -> None:
        self.engine = engine
        self._check = check or (lambda: None)
        self.dialect = engine.dialect.name
        self._waiting: deque[Turn[Any]] = deque()
        self._writer = Lock()

    def read(self, job: Job[T]) -> T:
        """Run a job that only reads, in one consistent view of the database."""
        self._check()

        def once() -> T:
            with self.engine.begin() as connection:
                if self.dialect == "sqlite":
                    connection.exec_driver_sql("BEGIN")  # the driver of PostgreSQL begins by itself
                return job(connection)

        return _twice_if_cut_off(once)

    def look_up(self, job: Job[T]) -> T:
        """Run a job that asks one question; it needs no transaction, so SQLite begins none."""
        self._check()

        def once() -> T:
            with self.engine.connect() as connection:
                return job(connection)

        return _twice_if_cut_off(once)

    def arrange(self, job: Job[T]) -> T:
        """Run a job that looks and then writes, one at a time in the whole database; for what is done seldom.

        It is run once and in a transaction of its own, so it may also write a file before it is committed.
        """
        if self.dialect == "sqlite":
            self._check()
            turn = Turn(job)
            with self._writer:
                self._run([turn])
            return turn.outcome()

        def locked(connection: Connection) -> T:
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": ARRANGE_LOCK})
            return job(connection)

        return self.read(locked)

    def write(self, job: Job[T]) -> T:
        """Run a job in a transaction; it is on the disk when this returns, or nothing of it is.

        A job may be run twice where a neighbour of its transaction failed, so it must do nothing but talk to the
        connection.
        """
        if self.dialect != "sqlite":
            return self.read(job)  # a transaction like any other
        self._check()
        turn = Turn(job)
        self._waiting.append(turn)
        with self._writer:
            if not turn.done:
                self._commit_waiting()
        return turn.outcome()

    def _commit_waiting(self) -> None:
        batch = [self._waiting.popleft() for _ in range(len(self._waiting))]
        try:
            self._run(batch)
        finally:
            for turn in batch:
                if not turn.done:
                    turn.error, turn.done = (
                        StoreError("the write was interrupted; nothing of it was kept"),
                        True,
                    )

    def _run(self, batch: list[Turn[Any]]) -> None:
        alone = len(batch) == 1
        try:
            with self.engine.begin() as connection:
                connection.exec_driver_sql("BEGIN IMMEDIATE")
                for turn in batch:
                    _take(turn, connection)
        except SQLAlchemyError as error:
            if alone:
                batch[0].error = refused(error)
            else:  # whose fault it was is not known: each once more, for itself
                for turn in batch:
                    self._run([turn])
        for turn in batch:
            turn.done = True

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()


def _twice_if_cut_off(once: Callable[[], T]) -> T:
    """Run, and once more where the database had been restarted since the connection was last used."""
    try:
        return once()
    except DBAPIError as error:
        if not error.connection_invalidated:
            raise refused(error) from error
    except SQLAlchemyError as error:
        raise refused(error) from error
    try:
        return once()
    except SQLAlchemyError as error:
        raise refused(error) from error


def _take(turn: Turn[Any], connection: Connection) -> None:
    """Run one job in a savepoint; what it refuses undoes its own work and nobody else's.

    The savepoint is said in plain SQL: ``begin_nested`` compiles its statements anew each time, which costs as much as
    writing the answers.
    """
    turn.value, turn.error = None, None
    connection.exec_driver_sql("SAVEPOINT turn")
    try:
        turn.value = turn.job(connection)
    except SQLAlchemyError:
        raise
    except Exception as error:
        connection.exec_driver_sql("ROLLBACK TO turn")
        turn.error = error
    else:
        connection.exec_driver_sql("RELEASE turn")


def refused(error: SQLAlchemyError) -> PsychometricsError:
    """Say in words why the database refused; never with the values that were to be written."""
    what = str(error.orig) if isinstance(error, DBAPIError) else type(error).__name__
    first = what.splitlines()[0] if what else type(error).__name__
    return StoreError(
        f"the store refused: {first}",
        hint="Nothing of this was kept; what was kept before is still there. Check the disk and the database.",
    )
