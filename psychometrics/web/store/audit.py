"""The log of a store: what was done and when, to whom only as a keyed hash; lines are added and never changed.

Each line holds the digest of the one before, so a line that was changed, dropped or put in between breaks the chain;
and the database refuses to change or delete one. ``subject`` is an HMAC of the person's id under a key of this store:
whoever has neither the key nor the id learns nothing, and lines about one person can still be told to belong together
(record keeping in the sense of Article 12 of Regulation (EU) 2024/1689).
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select, text

from psychometrics.web.store import schema
from psychometrics.web.store.names import to_text
from psychometrics.web.store.records import AuditLine
from psychometrics.web.store.tokens import derived_key, stored_secret

START = "0" * 64
AUDIT_LOCK = 0x6175646974  # the advisory lock of PostgreSQL: lines are added one after the other
SUBJECT_LENGTH = 32


def subject_of(connection: Connection, person_id: str) -> str:
    """Return the keyed hash by which the log knows a person."""
    key = derived_key(stored_secret(connection, "audit"), "subject")
    return hmac.new(key, person_id.encode(), hashlib.sha256).hexdigest()[:SUBJECT_LENGTH]


def record(
    connection: Connection, now: datetime, action: str, *, person_id: str | None = None, **facts: Any
) -> None:
    """Add a line to the log, in the transaction of what it is about."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": AUDIT_LOCK})
    table = schema.audit_line
    last = connection.execute(
        select(table.c.number, table.c.digest).order_by(table.c.number.desc()).limit(1)
    ).first()
    line = {
        "number": 1 if last is None else last.number + 1,
        "at": to_text(now),
        "action": action,
        "subject": "" if person_id is None else subject_of(connection, person_id),
        "facts": json.dumps(facts, sort_keys=True, ensure_ascii=True),
        "previous": START if last is None else last.digest,
    }
    connection.execute(table.insert().values(**line, digest=seal(line)))


def seal(line: Mapping[str, Any]) -> str:
    """Return the digest of a line."""
    content = {name: line[name] for name in ("number", "at", "action", "subject", "facts", "previous")}
    return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=True).encode()).hexdigest()


def lines(connection: Connection) -> tuple[AuditLine, ...]:
    """Return the whole log."""
    table = schema.audit_line
    return tuple(
        AuditLine(
            number=row.number,
            at=datetime.fromisoformat(row.at),
            action=row.action,
            subject=row.subject,
            facts=json.loads(row.facts),
            previous=row.previous,
            digest=row.digest,
        )
        for row in connection.execute(select(table).order_by(table.c.number))
    )


def broken_lines(connection: Connection) -> tuple[tuple[int, str], ...]:
    """Return the lines at which the chain breaks, with what is wrong there."""
    broken, previous, expected = [], START, 1
    for row in connection.execute(select(schema.audit_line).order_by(schema.audit_line.c.number)):
        if seal(row._asdict()) != row.digest:
            broken.append((row.number, "this line was changed after it was written"))
        elif row.previous != previous or row.number != expected:
            broken.append((row.number, "a line before this one was dropped, put in or changed"))
        previous, expected = row.digest, row.number + 1
    return tuple(broken)
