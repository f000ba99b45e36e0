"""How a database comes to the tables of today: numbered steps, each run once, all in one transaction.

A step that was released is never changed; what comes later is a new step. ``{binary}`` stands for the type of bytes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, inspect, text

from psychometrics.errors import StoreError

BINARY = {"sqlite": "BLOB", "postgresql": "BYTEA"}
MIGRATION_LOCK = 0x7073796368  # any number, the same in every process: the advisory lock of PostgreSQL


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step: statements for every database, and those for one alone."""

    version: int
    statements: tuple[str, ...]
    only: tuple[tuple[str, tuple[str, ...]], ...] = ()

    def of(self, dialect: str) -> Iterator[str]:
        """Return the statements for a database."""
        for statement in self.statements:
            yield statement.replace("{binary}", BINARY[dialect])
        yield from dict(self.only).get(dialect, ())


FIRST = (
    "CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT NOT NULL)",
    """CREATE TABLE instrument (name TEXT PRIMARY KEY, sha256 TEXT NOT NULL, fingerprint TEXT NOT NULL,
    definition TEXT NOT NULL, added TEXT NOT NULL)""",
    """CREATE TABLE sitting (id TEXT PRIMARY KEY, person_id TEXT NOT NULL,
    instrument TEXT NOT NULL REFERENCES instrument (name), occasion TEXT NOT NULL, person_groups TEXT NOT NULL,
    created TEXT NOT NULL, started TEXT, finished TEXT, UNIQUE (person_id, instrument, occasion))""",
    "CREATE INDEX sitting_of_instrument ON sitting (instrument)",
    "CREATE TABLE rater (id TEXT PRIMARY KEY, added TEXT NOT NULL)",
    """CREATE TABLE token (hash TEXT PRIMARY KEY, sitting_id TEXT REFERENCES sitting (id),
    rater_id TEXT REFERENCES rater (id), created TEXT NOT NULL, expires TEXT NOT NULL, revoked TEXT,
    CHECK ((sitting_id IS NULL) <> (rater_id IS NULL)))""",
    "CREATE INDEX token_of_sitting ON token (sitting_id)",
    "CREATE INDEX token_of_rater ON token (rater_id)",
    """CREATE TABLE answer (sitting_id TEXT NOT NULL REFERENCES sitting (id), item_id TEXT NOT NULL, code TEXT,
    words {binary}, seconds DOUBLE PRECISION, visit TEXT NOT NULL, at TEXT NOT NULL,
    PRIMARY KEY (sitting_id, item_id))""",
    """CREATE TABLE assignment (id TEXT PRIMARY KEY, sitting_id TEXT NOT NULL REFERENCES sitting (id),
    item_id TEXT NOT NULL, rater_id TEXT NOT NULL REFERENCES rater (id), reason TEXT NOT NULL,
    created TEXT NOT NULL, finished TEXT, seconds DOUBLE PRECISION NOT NULL, visit TEXT NOT NULL,
    UNIQUE (sitting_id, item_id, rater_id))""",
    "CREATE INDEX assignment_of_rater ON assignment (rater_id)",
    """CREATE TABLE rating (assignment_id TEXT NOT NULL REFERENCES assignment (id), criterion_id TEXT NOT NULL,
    level TEXT NOT NULL, at TEXT NOT NULL, PRIMARY KEY (assignment_id, criterion_id))""",
)
AUDIT = (
    """CREATE TABLE audit_line (number INTEGER PRIMARY KEY, at TEXT NOT NULL, action TEXT NOT NULL,
    subject TEXT NOT NULL, facts TEXT NOT NULL, previous TEXT NOT NULL, digest TEXT NOT NULL)""",
    """CREATE TABLE norm_count (edition TEXT NOT NULL, sitting_id TEXT NOT NULL REFERENCES sitting (id),
    scores TEXT NOT NULL, counted TEXT NOT NULL, PRIMARY KEY (edition, sitting_id))""",
)
APPEND_ONLY = (
    (
        "sqlite",
        tuple(
            f"CREATE TRIGGER audit_no_{verb.lower()} BEFORE {verb} ON audit_line "
            "BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END"
            for verb in ("UPDATE", "DELETE")
        ),
    ),
    (
        "postgresql",
        (
            """CREATE FUNCTION audit_append_only() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN RAISE EXCEPTION 'the log is append-only'; END $$""",
            """CREATE TRIGGER audit_no_change BEFORE UPDATE OR DELETE ON audit_line
            FOR EACH ROW EXECUTE FUNCTION audit_append_only()""",
        ),
    ),
)
STEPS = (
    Step(version=1, statements=FIRST),
    Step(version=2, statements=AUDIT, only=APPEND_ONLY),
)
NEWEST = STEPS[-1].version


def migrate(connection: Connection, now: datetime, *, to: int = NEWEST) -> int:
    """Bring a database to a version, inside the caller's transaction; return the version it had.

    Two processes that open a database at once take turns: SQLite by the write transaction, PostgreSQL by an
    advisory lock.

    Raises
    ------
    StoreError
        The database is newer than this library, or is no store.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": MIGRATION_LOCK})
    had = version_of(connection)
    if had > NEWEST:
        raise StoreError(
            f"this store has version {had}, and this library knows versions up to {NEWEST}",
            hint="Open it with the version of psychometrics-engine that wrote it, or a newer one.",
        )
    for step in STEPS:
        if had < step.version <= to:
            for statement in step.of(connection.dialect.name):
                connection.exec_driver_sql(statement)
            connection.execute(
                text("INSERT INTO schema_version (version, applied) VALUES (:version, :applied)"),
                {"version": step.version, "applied": now.isoformat()},
            )
    return had


def version_of(connection: Connection) -> int:
    """Return the version of a database, 0 for an empty one; its version table is made when there is none."""
    tables = set(inspect(connection).get_table_names())
    if "schema_version" not in tables:
        if tables:
            raise StoreError(
                f"this database holds something else (tables: {', '.join(sorted(tables)[:6])})",
                hint="Give a file or database of its own.",
            )
        connection.exec_driver_sql(
            "CREATE TABLE schema_version (version INTEGER PRIMARY KEY, applied TEXT NOT NULL)"
        )
    newest = connection.execute(text("SELECT MAX(version) FROM schema_version")).scalar()
    return int(newest or 0)
