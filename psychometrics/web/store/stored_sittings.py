"""Sittings of a store: inviting, answering, handing in."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import and_

from psychometrics.errors import StoreError
from psychometrics.instrument.instrument import Code
from psychometrics.web.store import answering, audit, schema, sittings, tokens
from psychometrics.web.store.records import Answers, Invitation, Progress, Sitting
from psychometrics.web.store.stored_instruments import StoredInstruments


class StoredSittings(StoredInstruments):
    """Who takes what, by which link, with which answers."""

    def invite(
        self,
        person_id: str,
        instrument: str,
        *,
        occasion: str = "1",
        valid_days: float = 14,
        groups: Mapping[str, str] | None = None,
    ) -> Invitation:
        """Make a sitting for a person and the link to it.

        Inviting again to the same instrument and occasion gives a new link to the same sitting; the old one ends.

        Parameters
        ----------
        person_id : str
        instrument : str
        occasion : str
            Which time the person takes it.
        valid_days : float
            Days until the link ends.
        groups : mapping, optional
            What is known of the person, such as ``{"age": "34"}``; columns of the responses.
        """
        known = self.instrument(instrument)
        return self._database.arrange(
            lambda c: sittings.invite(
                c,
                self._clock(),
                known,
                person_id=person_id,
                occasion=occasion,
                valid_days=valid_days,
                groups=groups or {},
            )
        )

    def sitting(self, token: str) -> Sitting | None:
        """Return the sitting of a link's token; None when it is wrong, revoked or has expired."""
        return self.sitting_by_key(tokens.token_key(token))

    def sitting_by_key(self, key: str) -> Sitting | None:
        """Return the sitting of a live link by the hash of its token (``Sitting.key``)."""
        return self._database.look_up(lambda c: sittings.by_key(c, self._clock(), key))

    def sittings(self, *, instrument: str | None = None, person_id: str | None = None) -> tuple[Sitting, ...]:
        """Return sittings, oldest first."""
        name = None if instrument is None else self.instrument(instrument).name
        return self._database.read(lambda c: sittings.find(c, instrument=name, person_id=person_id))

    def revoke(
        self, *, sitting_id: str | None = None, rater_id: str | None = None, token: str | None = None
    ) -> int:
        """End links before their time: of a sitting, of a rater, or one; return how many were open."""
        table = schema.token
        given = {
            table.c.sitting_id: sitting_id,
            table.c.rater_id: rater_id,
            table.c.hash: None if token is None else tokens.token_key(token),
        }
        chosen = [column == value for column, value in given.items() if value is not None]
        if not chosen:
            raise StoreError("nobody's links are named", hint="Give sitting_id, rater_id or token.")

        def job(c: Any) -> int:
            ended = sittings.revoke(c, self._clock(), and_(*chosen))
            audit.record(c, self._clock(), "links revoked", links=ended)
            return ended

        return self._database.write(job)

    def save_answers(
        self,
        sitting_id: str,
        answers: Mapping[str, Code | None],
        *,
        seconds: Mapping[str, float] | None = None,
        visit: str = "",
        at: datetime | None = None,
    ) -> int:
        """Write answers; they are on the disk when this returns.

        Parameters
        ----------
        sitting_id : str
        answers : mapping of item or task id to code, text or None
            None: shown and left blank. A code may come as text, as forms send it. A later answer replaces an earlier.
        seconds : mapping, optional
            Time spent on each item since it was last saved; added up.
        visit : str
            A name for the page that was filled in; the same page sent twice adds its seconds once.
        at : datetime, optional
            When; now when left out.

        Returns
        -------
        int
            How many answers were written.

        Raises
        ------
        StoreError
            Unknown items, codes that no option has, texts beyond 20,000 characters: all problems at once, and nothing
            written. The sitting is finished, or there is none.
        """

        def job(c: Any) -> int:
            row = sittings.needed(c, sitting_id, lock=True)
            known = self._definitions.find(c, row.instrument)
            when = at or self._clock()
            return answering.save(c, when, known, row, answers=answers, seconds=seconds or {}, visit=visit)

        return self._database.write(job)

    def answers(self, sitting_id: str) -> Answers:
        """Return what a person has answered so far."""

        def job(c: Any) -> Answers:
            kept = answering.rows(c, sitting_id)
            return answering.read(self._definitions.find(c, kept[0].instrument), kept)

        return self._database.look_up(job)

    def progress(self, sitting_id: str) -> Progress:
        """Return what is asked of a person, given the answers so far, and what of it is answered."""

        def job(c: Any) -> Progress:
            kept = answering.rows(c, sitting_id)
            known = self._definitions.find(c, kept[0].instrument)
            answers = answering.read(known, kept)
            return answering.progress(known, answers, finished=kept[0].finished is not None)

        return self._database.look_up(job)

    def finish(self, sitting_id: str) -> Sitting:
        """Close a sitting: its answers count, and can no longer be changed. Again changes nothing.

        Answers to items that, given the others, are not asked are taken back in the same transaction.
        """

        def job(c: Any) -> Sitting:
            row = sittings.needed(c, sitting_id, lock=True)
            if row.finished is None:
                known = self._definitions.find(c, row.instrument)
                answering.take_back_stale(c, self._clock(), known, sitting_id)
            return sittings.finish(c, self._clock(), row)

        return self._database.write(job)
