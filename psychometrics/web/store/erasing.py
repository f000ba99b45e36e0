"""Erase a person: answers, texts, ratings, links, and the counts in norm editions that are known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, select, text
from sqlalchemy.exc import SQLAlchemyError

from psychometrics.errors import Problem, StoreError
from psychometrics.web.store import schema
from psychometrics.web.store.audit import record, subject_of
from psychometrics.web.store.database import Database
from psychometrics.web.store.norm_counts import counted_of, hand_on, without
from psychometrics.web.store.records import Erasure, Sitting
from psychometrics.web.store.sittings import find

if TYPE_CHECKING:
    from psychometrics.norming import Norms

TRIES = 1000
NOT_SWEPT = (
    "the database could not be swept while others use it: deleted text may remain in its files; "
    "run psychometrics sittings sweep"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenEdition:
    """An edition that was given, and the folder its successor goes to; None for one in memory."""

    norms: Norms
    folder: Path | None


def given_editions(norms: Sequence[Norms | str | Path]) -> list[GivenEdition]:
    """Read the editions that were given as names or paths."""
    from psychometrics.norming import Norms, load_norms

    given = []
    for one in norms:
        if isinstance(one, Norms):
            given.append(GivenEdition(norms=one, folder=None))
        else:
            path = Path(one)
            folder = path.parent if path.suffix == ".toml" else None
            given.append(GivenEdition(norms=load_norms(str(one)), folder=folder))
    return given


def erase(
    connection: Connection, now: datetime, person_id: str, given: Sequence[GivenEdition], *, leave_norms: bool
) -> Erasure:
    """Delete a person in one transaction; editions are written last, so that a failure leaves everything."""
    sittings = find(connection, person_id=person_id)
    if not sittings:
        raise StoreError(
            "nobody of that id has a sitting in this store", hint="See: psychometrics sittings list."
        )
    ids = [one.id for one in sittings]
    connection.execute(select(schema.sitting.c.id).where(schema.sitting.c.id.in_(ids)).with_for_update())
    counted = counted_of(connection, ids)
    by_name = {one.norms.name: one for one in given}
    _refuse_unknown(counted, by_name, leave_norms=leave_norms)
    successors: dict[str, Norms] = {}
    for name in (one for one in counted if one in by_name):
        edition = _free_name(by_name[name], {one.head.edition for one in successors.values()})
        successors[name] = without(by_name[name].norms, counted[name], edition=edition, now=now)
    deleted = _delete(connection, ids)
    files = []
    for name, norms in successors.items():
        hand_on(connection, name, norms.name)
    record(connection, now, "erased", person_id=person_id, **deleted, editions=sorted(counted))
    for name, norms in successors.items():
        folder = by_name[name].folder
        if folder is not None:
            files.append(str(norms.save(folder)))
    return Erasure(
        subject=subject_of(connection, person_id),
        **deleted,
        editions=tuple(successors.values()),
        files=tuple(files),
        notes=tuple(_notes(sittings, list(counted), list(successors))),
    )


def _refuse_unknown(
    counted: dict[str, list[dict[str, object]]], by_name: dict[str, GivenEdition], *, leave_norms: bool
) -> None:
    problems = [
        Problem(where=name, what="this person was never counted in it, as far as the store knows")
        for name in by_name
        if name not in counted
    ]
    if not leave_norms:
        problems += [
            Problem(where=name, what="the person is counted in this edition, which was not given")
            for name in counted
            if name not in by_name
        ]
    if problems:
        raise StoreError(
            "nobody was erased: the norm editions do not fit what the store knows",
            problems=problems,
            hint="Give exactly the editions the person is counted in (norms=, --norms), or leave their counts as they "
            "are: leave_norms=True (--leave-norms).",
        )


def _free_name(given: GivenEdition, chosen: set[str]) -> str:
    from psychometrics.norming.editions.log import read_log

    used = {given.norms.head.edition, *chosen}
    if given.folder is not None:
        used |= {path.stem for path in given.folder.glob("*.toml")}
        used |= {str(line["edition"]) for line in read_log(given.folder)[0]}
    stem = given.norms.head.edition.rpartition("-less-")[0] or given.norms.head.edition
    return next(name for n in range(1, TRIES) if (name := f"{stem}-less-{n}") not in used)


def _delete(connection: Connection, sitting_ids: Sequence[str]) -> dict[str, int]:
    """Delete everything of some sittings; return what was deleted."""
    tables = (schema.rating, schema.assignment, schema.answer, schema.token, schema.norm_count)
    assignments = select(schema.assignment.c.id).where(schema.assignment.c.sitting_id.in_(sitting_ids))
    counts = {}
    for table in tables:
        mine = (
            table.c.assignment_id.in_(assignments)
            if table is schema.rating
            else table.c.sitting_id.in_(sitting_ids)
        )
        counts[table.name] = int(connection.execute(table.delete().where(mine)).rowcount)
    connection.execute(schema.sitting.delete().where(schema.sitting.c.id.in_(sitting_ids)))
    return {
        "sittings": len(sitting_ids),
        "answers": counts["answer"],
        "ratings": counts["rating"],
        "tokens": counts["token"],
    }


def _notes(sittings: Sequence[Sitting], counted: Sequence[str], renewed: Sequence[str]) -> list[str]:
    notes = [
        f"the files of {name} still count this person: withdraw them (psychometrics norms withdraw); "
        "the new edition takes its place"
        for name in renewed
    ]
    notes += [
        f"{name} was left as it is: this person's scores stay in its counts"
        for name in counted
        if name not in renewed
    ]
    if not counted and any(one.finished for one in sittings):
        notes.append(
            "whether these scores were counted in a norm edition is not known here (count_in was not called); "
            "if they were, take them out with psychometrics norms remove"
        )
    notes.append(
        "copies outside this store (exports, result pages, backups, archived logs of the database) are not reached"
    )
    return notes


def sweep(database: Database) -> list[str]:
    """Take what was deleted off the disk as far as the database can; return what it could not do.

    ``VACUUM`` builds a SQLite file anew, without what lay between its rows; then the write-ahead log is brought into the
    file and cut to nothing. PostgreSQL frees and overwrites rows in its own time.
    """
    try:
        busy = (
            _sweep_file(database.engine) if database.dialect == "sqlite" else _sweep_tables(database.engine)
        )
    except (SQLAlchemyError, database.engine.dialect.loaded_dbapi.Error):
        busy = True
    return [NOT_SWEPT] if busy else []


def _sweep_file(engine: Engine) -> bool:
    raw = engine.raw_connection()
    try:
        cursor = raw.cursor()
        cursor.execute("VACUUM")
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        row = cursor.fetchone()
        return row is None or row[0] != 0
    finally:
        raw.close()


def _sweep_tables(engine: Engine) -> bool:
    with engine.connect() as connection:
        alone = connection.execution_options(isolation_level="AUTOCOMMIT")
        alone.execute(text("VACUUM answer, rating, assignment, token, sitting, norm_count"))
    return False
