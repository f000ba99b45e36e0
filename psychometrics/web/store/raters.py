"""Raters and their links, and what a rater sees and says: one answer at a time, blind."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from psychometrics.errors import Problem, StoreError, did_you_mean
from psychometrics.instrument import Instrument
from psychometrics.instrument.instrument import Code, Criterion
from psychometrics.responses.coding import describe_codes
from psychometrics.web.store import schema
from psychometrics.web.store.answering import LONGEST_SECONDS, text_of
from psychometrics.web.store.audit import record
from psychometrics.web.store.definitions import tasks
from psychometrics.web.store.names import name_problems, refuse, to_text, to_time
from psychometrics.web.store.records import Assignment, Rater, RaterTask
from psychometrics.web.store.sittings import LINK, add_token, is_live, needed, revoke
from psychometrics.web.store.tokens import expiry, new_token


def add_rater(connection: Connection, now: datetime, rater_id: str, valid_days: float) -> str:
    """Enter a rater and return the token of a new link; earlier links of this rater end."""
    refuse("this rater cannot be entered", name_problems("rater_id", rater_id))
    expires = expiry(now, valid_days)
    table = schema.rater
    if connection.execute(select(table.c.id).where(table.c.id == rater_id)).scalar() is None:
        connection.execute(table.insert().values(id=rater_id, added=to_text(now)))
    revoke(connection, now, schema.token.c.rater_id == rater_id)
    token = new_token()
    add_token(connection, now, token, expires, rater_id=rater_id)
    record(connection, now, "rater invited", rater=rater_id)
    return token


def by_key(connection: Connection, now: datetime, key: str) -> Rater | None:
    """Return the rater of a live link, by the link's hash."""
    link = connection.execute(LINK, {"key": key}).first()
    if link is None or not is_live(link, now, key) or link.rater_id is None:
        return None
    return Rater(id=link.rater_id, key=key, expires=to_time(link.expires))


def known(connection: Connection) -> list[str]:
    """Return the ids of all raters, sorted."""
    return list(connection.execute(select(schema.rater.c.id).order_by(schema.rater.c.id)).scalars())


def tasks_for(connection: Connection, rater_id: str) -> tuple[Assignment, ...]:
    """Return what a rater is to rate and has rated, in an order that does not follow persons."""
    table, sittings = schema.assignment, schema.sitting
    query = (
        select(table, sittings.c.instrument)
        .join(sittings, sittings.c.id == table.c.sitting_id)
        .where(table.c.rater_id == rater_id)
        .order_by(sittings.c.instrument, table.c.item_id, table.c.id)
    )
    return tuple(
        Assignment(
            id=row.id,
            instrument=row.instrument,
            item_id=row.item_id,
            created=datetime.fromisoformat(row.created),
            finished=to_time(row.finished),
        )
        for row in connection.execute(query)
    )


def needed_assignment(
    connection: Connection, assignment_id: str, rater_id: str, *, lock: bool = False
) -> Row[Any]:
    """Return an assignment of this rater; one of another rater is as if it were not there."""
    table = schema.assignment
    query = select(table).where((table.c.id == assignment_id) & (table.c.rater_id == rater_id))
    row = connection.execute(query.with_for_update() if lock else query).first()
    if row is None:
        raise StoreError(
            "no such task for this rater", hint="It may have been erased with the person's answers."
        )
    return row


def task(connection: Connection, instrument: Instrument, row: Row[Any]) -> RaterTask:
    """Return what a rater sees of an assignment."""
    answers = schema.answer
    mine = (answers.c.sitting_id == row.sitting_id) & (answers.c.item_id == row.item_id)
    words = connection.execute(select(answers.c.words).where(mine)).scalar()
    criteria = criteria_of(instrument, row.item_id)
    given = _levels(connection, row.id)
    entry = tasks(instrument)[row.item_id]
    return RaterTask(
        assignment_id=row.id,
        instrument=instrument.name,
        item_id=row.item_id,
        task_text=entry.text or entry.topic or "",
        answer_text=text_of(words) or "",
        criteria=criteria,
        levels={one.id: level_code(one, given[one.id]) for one in criteria if one.id in given},
        finished=to_time(row.finished),
    )


def _levels(connection: Connection, assignment_id: str) -> dict[str, str]:
    table = schema.rating
    query = select(table.c.criterion_id, table.c.level).where(table.c.assignment_id == assignment_id)
    return {row.criterion_id: row.level for row in connection.execute(query)}


def criteria_of(instrument: Instrument, item_id: str) -> tuple[Criterion, ...]:
    """Return the criteria of a task, in file order."""
    return tuple(one for one in instrument.criteria if one.item_id == item_id)


def level_code(criterion: Criterion, kept: object) -> Code:
    """Return the level that is written like this."""
    return next(code for code in criterion.codes if str(code) == str(kept))


def save_ratings(
    connection: Connection,
    at: datetime,
    instrument: Instrument,
    row: Row[Any],
    *,
    levels: Mapping[str, Code],
    seconds: float,
    visit: str,
) -> None:
    """Write a rater's levels on every criterion of an answer; again overwrites them."""
    criteria = criteria_of(instrument, row.item_id)
    by_name = {name: one for one in criteria for name in (one.id, one.criterion_id)}
    refuse("this rating is not complete or does not fit", list(_problems(criteria, by_name, levels, seconds)))
    table = schema.rating
    before = _levels(connection, row.id)
    after = {by_name[name].id: str(level) for name, level in levels.items()}
    if before != after:
        connection.execute(table.delete().where(table.c.assignment_id == row.id))
        connection.execute(
            table.insert(),
            [
                {"assignment_id": row.id, "criterion_id": name, "level": level, "at": to_text(at)}
                for name, level in after.items()
            ],
        )
    again = bool(visit) and visit == row.visit
    schedule = schema.assignment
    connection.execute(
        schedule.update()
        .where(schedule.c.id == row.id)
        .values(
            finished=row.finished or to_text(at),
            seconds=row.seconds + (0.0 if again else float(seconds)),
            visit=visit,
        )
    )
    if before != after:
        person = needed(connection, row.sitting_id).person_id
        action = "rating changed" if before else "rated"
        record(connection, at, action, person_id=person, rater=row.rater_id, task=row.item_id)


def _problems(
    criteria: tuple[Criterion, ...],
    by_name: Mapping[str, Criterion],
    levels: Mapping[str, Code],
    seconds: float,
) -> Iterator[Problem]:
    given = {by_name[name].id for name in levels if name in by_name}
    for one in criteria:
        if one.id not in given:
            yield Problem(where=one.id, what="no level", expected="one for every criterion")
    for name, level in levels.items():
        named = by_name.get(name)
        if named is None:
            hint = did_you_mean(name, [part.id for part in criteria])
            yield Problem(where=ascii(name)[:80], what="no criterion of this task", hint=hint)
        elif str(level) not in {str(code) for code in named.codes}:
            expected = describe_codes(named.codes)
            yield Problem(where=named.id, what=f"no level {ascii(level)[:40]}", expected=expected)
    if not (math.isfinite(seconds) and 0 <= seconds <= LONGEST_SECONDS):
        yield Problem(where="seconds", what=f"{seconds:g}", expected=f"0 to {LONGEST_SECONDS:,.0f}")
