"""Sittings and the links to them."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select

from psychometrics.errors import Problem, StoreError
from psychometrics.instrument import Instrument
from psychometrics.web.store import schema
from psychometrics.web.store.audit import record
from psychometrics.web.store.names import group_problems, name_problems, refuse, to_text, to_time
from psychometrics.web.store.records import Invitation, Sitting
from psychometrics.web.store.tokens import expiry, new_token, same, token_key


def invite(
    connection: Connection,
    now: datetime,
    instrument: Instrument,
    *,
    person_id: str,
    occasion: str,
    valid_days: float,
    groups: Mapping[str, str],
) -> Invitation:
    """Make a sitting and its link; for a sitting that is there, a new link in place of the old ones."""
    refuse("this person cannot be invited", invitation_problems(instrument, person_id, occasion, groups))
    expires = expiry(now, valid_days)
    table = schema.sitting
    mine = (table.c.person_id == person_id) & (table.c.instrument == instrument.name)
    known = connection.execute(select(table).where(mine & (table.c.occasion == occasion))).first()
    text = json.dumps(dict(groups), sort_keys=True)
    if known is None:
        sitting_id = secrets.token_hex(16)
        connection.execute(
            table.insert().values(
                id=sitting_id,
                person_id=person_id,
                instrument=instrument.name,
                occasion=occasion,
                person_groups=text,
                created=to_text(now),
            )
        )
    else:
        sitting_id = known.id
        if groups and known.person_groups != text:
            connection.execute(table.update().where(table.c.id == sitting_id).values(person_groups=text))
        revoke(connection, now, schema.token.c.sitting_id == sitting_id)
    token = new_token()
    add_token(connection, now, token, expires, sitting_id=sitting_id)
    record(connection, now, "invited", person_id=person_id, instrument=instrument.name, occasion=occasion)
    return Invitation(
        token=token,
        sitting_id=sitting_id,
        person_id=person_id,
        instrument=instrument.name,
        occasion=occasion,
        expires=expires,
    )


def invitation_problems(
    instrument: Instrument, person_id: object, occasion: str, groups: Mapping[str, str]
) -> list[Problem]:
    """Return why a person cannot be invited so."""
    return [
        *name_problems("person_id", person_id),
        *name_problems("occasion", occasion),
        *group_problems(groups, frozenset(instrument.item_ids)),
    ]


def add_token(connection: Connection, now: datetime, token: str, expires: datetime, **whose: str) -> None:
    """Keep the hash of a token."""
    connection.execute(
        schema.token.insert().values(
            hash=token_key(token), created=to_text(now), expires=to_text(expires), **whose
        )
    )


def revoke(connection: Connection, now: datetime, which: Any) -> int:
    """End links before their time; return how many were still open."""
    table = schema.token
    open_links = which & table.c.revoked.is_(None)
    return int(connection.execute(table.update().where(open_links).values(revoked=to_text(now))).rowcount)


LINK = select(schema.token).where(schema.token.c.hash == bindparam("key"))
SITTING_OF_LINK = (
    select(schema.sitting, schema.token.c.hash, schema.token.c.expires, schema.token.c.revoked)
    .join(schema.token, schema.token.c.sitting_id == schema.sitting.c.id)
    .where(schema.token.c.hash == bindparam("key"))
)
SITTING = select(schema.sitting).where(schema.sitting.c.id == bindparam("sitting_id"))
SITTING_LOCKED = SITTING.with_for_update()


def is_live(link: Row[Any] | None, now: datetime, key: str) -> bool:
    """Return whether a link is the one that was asked for, was not revoked and has not expired."""
    return link is not None and same(link.hash, key) and link.revoked is None and link.expires > to_text(now)


def by_key(connection: Connection, now: datetime, key: str) -> Sitting | None:
    """Return the sitting of a live link, by the link's hash."""
    row = connection.execute(SITTING_OF_LINK, {"key": key}).first()
    if row is None or not is_live(row, now, key):
        return None
    return as_sitting(row, key=key, expires=to_time(row.expires))


def needed(connection: Connection, sitting_id: str, *, lock: bool = False) -> Row[Any]:
    """Return the row of a sitting, or say that there is none; ``lock`` makes others wait who would change it."""
    query = SITTING_LOCKED if lock else SITTING
    row = connection.execute(query, {"sitting_id": sitting_id}).first()
    if row is None:
        raise no_such_sitting()
    return row


def no_such_sitting() -> StoreError:
    """Return what is said of a sitting that is not there."""
    return StoreError("no such sitting in this store", hint="It may have been erased.")


def finish(connection: Connection, now: datetime, row: Row[Any]) -> Sitting:
    """Close a sitting, whose row the caller holds; again changes nothing."""
    if row.finished is None:
        table = schema.sitting
        connection.execute(table.update().where(table.c.id == row.id).values(finished=to_text(now)))
        record(
            connection,
            now,
            "finished",
            person_id=row.person_id,
            instrument=row.instrument,
            occasion=row.occasion,
        )
        row = needed(connection, row.id)
    return as_sitting(row)


def find(
    connection: Connection, *, instrument: str | None = None, person_id: str | None = None
) -> tuple[Sitting, ...]:
    """Return sittings in the order in which they were made."""
    table = schema.sitting
    query = select(table).order_by(table.c.created, table.c.id)
    if instrument is not None:
        query = query.where(table.c.instrument == instrument)
    if person_id is not None:
        query = query.where(table.c.person_id == person_id)
    return tuple(as_sitting(row) for row in connection.execute(query))


def as_sitting(row: Row[Any], *, key: str = "", expires: datetime | None = None) -> Sitting:
    """Turn a row into its record."""
    return Sitting(
        id=row.id,
        person_id=row.person_id,
        instrument=row.instrument,
        occasion=row.occasion,
        groups=json.loads(row.person_groups),
        created=datetime.fromisoformat(row.created),
        started=to_time(row.started),
        finished=to_time(row.finished),
        key=key,
        expires=expires,
    )
