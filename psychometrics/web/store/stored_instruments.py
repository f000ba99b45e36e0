"""The instruments of a store, and what all its other verbs share: the database, the clock, the definitions."""

from __future__ import annotations

from pathlib import Path

from psychometrics.instrument import Instrument
from psychometrics.web.store import definitions
from psychometrics.web.store.database import Database
from psychometrics.web.store.opening import Clock


class StoredInstruments:
    """The instruments of one database."""

    def __init__(self, *, database: Database, clock: Clock, where: str) -> None:
        self.where = where
        self._database = database
        self._clock = clock
        self._definitions = definitions.Definitions()

    def add_instrument(self, name: str | Path) -> Instrument:
        """Keep the definition of an instrument: its text, SHA-256 and fingerprint.

        Parameters
        ----------
        name : str or Path
            An id, ``id@version`` or the path of a definition.

        Raises
        ------
        StoreError
            The store holds other words under the same ``id@version``.
        """
        instrument, text = definitions.read_definition(name)
        self._database.arrange(lambda c: definitions.add(c, self._clock(), instrument, text))
        self._definitions.remember(instrument)
        return instrument

    def instrument(self, name: str) -> Instrument:
        """Return an instrument of this store."""
        known = self._definitions.known(name)
        return known or self._database.read(lambda c: self._definitions.find(c, name))

    def instruments(self) -> tuple[Instrument, ...]:
        """Return all instruments of this store, by name."""
        return self._database.read(
            lambda c: tuple(self._definitions.find(c, name) for name in definitions.names(c))
        )
