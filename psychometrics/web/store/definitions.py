"""Instruments in a store: the text of the definition as it was, and never another under the same name."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from threading import Lock

from sqlalchemy import Connection, select

from psychometrics import catalog
from psychometrics.errors import StoreError, did_you_mean
from psychometrics.instrument import Instrument
from psychometrics.instrument.definition import RubricItem
from psychometrics.instrument.reading import parse_instrument
from psychometrics.web.store import schema
from psychometrics.web.store.audit import record
from psychometrics.web.store.names import to_text


class Definitions:
    """The instruments of one store, each parsed once."""

    def __init__(self) -> None:
        self._parsed: dict[str, Instrument] = {}
        self._lock = Lock()

    def known(self, name: str) -> Instrument | None:
        """Return an instrument that was parsed before; what a name stands for never changes."""
        with self._lock:
            return self._parsed.get(name)

    def remember(self, instrument: Instrument) -> None:
        """Keep an instrument that the store holds, so that it is not parsed again."""
        with self._lock:
            self._parsed.setdefault(instrument.name, instrument)

    def find(self, connection: Connection, name: str) -> Instrument:
        """Return an instrument of the store by ``id@version``, or by id where there is one version."""
        known = self.known(name)
        if known is not None:
            return known
        table = schema.instrument
        row = connection.execute(select(table).where(table.c.name == name)).first()
        if row is None:
            return self._by_id(connection, name)
        if hashlib.sha256(row.definition.encode()).hexdigest() != row.sha256:
            raise StoreError(f"{name}: the definition in the store is damaged (its SHA-256 differs)")
        parsed = parse_instrument(row.definition, where=name)
        if parsed.fingerprint != row.fingerprint:
            raise StoreError(
                f"{name}: this version of the library reads the definition differently than the one that stored it",
                hint="Score with the version that stored it, or compare the two.",
            )
        self.remember(parsed)
        return parsed

    def _by_id(self, connection: Connection, name: str) -> Instrument:
        held = names(connection)
        same_id = [one for one in held if one.partition("@")[0] == name]
        if len(same_id) == 1:
            return self.find(connection, same_id[0])
        hint = f"There are: {', '.join(same_id)}." if same_id else did_you_mean(name, held)
        raise StoreError(
            f'no instrument "{name}" in this store', hint=hint or "It holds none yet: add_instrument."
        )


def names(connection: Connection) -> list[str]:
    """Return ``id@version`` of all instruments, sorted."""
    return list(
        connection.execute(select(schema.instrument.c.name).order_by(schema.instrument.c.name)).scalars()
    )


def read_definition(name: str | Path) -> tuple[Instrument, str]:
    """Return an instrument and the text of its definition, by path, id or ``id@version``."""
    entry = catalog.find_instrument(str(name))
    text = entry.read_text()
    return parse_instrument(text, where=entry.where), text


def add(connection: Connection, now: datetime, instrument: Instrument, text: str) -> None:
    """Keep a definition; the same bytes again change nothing, other bytes under the same name are refused."""
    table = schema.instrument
    digest = hashlib.sha256(text.encode()).hexdigest()
    known = connection.execute(select(table.c.sha256).where(table.c.name == instrument.name)).scalar()
    if known == digest:
        return
    if known is not None:
        raise StoreError(
            f"{instrument.name} is in this store with other words",
            hint="A released definition is never changed: give the file a new version.",
        )
    connection.execute(
        table.insert().values(
            name=instrument.name,
            sha256=digest,
            fingerprint=instrument.fingerprint,
            definition=text,
            added=to_text(now),
        )
    )
    record(connection, now, "instrument added", instrument=instrument.name, sha256=digest)


@lru_cache(maxsize=64)
def tasks(instrument: Instrument) -> Mapping[str, RubricItem]:
    """Return the tasks of an instrument by id."""
    return {item.id: item for item in instrument.definition.items if isinstance(item, RubricItem)}
