"""The store: every verb on taken assessments, each one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_

from psychometrics.errors import StoreError
from psychometrics.instrument import Instrument
from psychometrics.instrument.instrument import Code
from psychometrics.responses import Ratings, Responses
from psychometrics.scoring import Scores, score
from psychometrics.web.store import (
    answering,
    assignments,
    audit,
    collecting,
    definitions,
    erasing,
    norm_counts,
    raters,
    schema,
    sittings,
    tokens,
)
from psychometrics.web.store.database import Database
from psychometrics.web.store.opening import Clock
from psychometrics.web.store.records import (
    Answers,
    Assignment,
    Assignments,
    AuditLine,
    Dispute,
    Erasure,
    Invitation,
    Progress,
    Rater,
    RaterTask,
    Sitting,
)

if TYPE_CHECKING:
    from psychometrics.norming import Norms


class Store:
    """Taken assessments in one database; safe to use from many threads and processes at once.

    Every method is one transaction: when it returns, what it did is on the disk; when it raises, nothing of it is.
    ``instrument`` is always the name ``id@version``, or the id where the store holds one version.
    """

    def __init__(self, *, database: Database, clock: Clock, where: str) -> None:
        self.where = where
        self._database = database
        self._clock = clock
        self._definitions = definitions.Definitions()

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Store {self._database.engine.url.render_as_string(hide_password=True)}>"

    @property
    def reads_at_once(self) -> bool:
        """Whether a look-up is over in a fraction of a millisecond: a file on this machine, not a server elsewhere."""
        return self._database.dialect == "sqlite"

    def close(self) -> None:
        """Close all connections."""
        self._database.close()

    # ------------------------------------------------------------------------------------------- instruments

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

    # ---------------------------------------------------------------------------------------------- sittings

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

    # ----------------------------------------------------------------------------------------------- answers

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

    # ------------------------------------------------------------------------------------------------ raters

    def add_rater(self, rater_id: str, *, valid_days: float = 30) -> str:
        """Enter a rater and return the token of a link; again gives a new link, and the old one ends."""
        return self._database.arrange(lambda c: raters.add_rater(c, self._clock(), rater_id, valid_days))

    def rater(self, token: str) -> Rater | None:
        """Return the rater of a link's token; None when it is wrong, revoked or has expired."""
        return self.rater_by_key(tokens.token_key(token))

    def rater_by_key(self, key: str) -> Rater | None:
        """Return the rater of a live link by the hash of its token."""
        return self._database.look_up(lambda c: raters.by_key(c, self._clock(), key))

    def raters(self) -> tuple[str, ...]:
        """Return the ids of all raters."""
        return tuple(self._database.read(raters.known))

    def assign(
        self, instrument: str, *, raters_per_answer: int = 1, double_share: float = 0.2, seed: int = 0
    ) -> Assignments:
        """Give every answer to a task its raters; what was handed out before stays.

        Parameters
        ----------
        instrument : str
        raters_per_answer : int
            Raters of every answer.
        double_share : float
            Share of the answers to each task that get one rater more, for the agreement of raters.
        seed : int
            The same answers, raters and seed give the same plan.

        Raises
        ------
        StoreError
            Too few raters.
        """
        known = self.instrument(instrument)
        return self._database.arrange(
            lambda c: assignments.assign(
                c,
                self._clock(),
                known,
                raters_per_answer=raters_per_answer,
                double_share=double_share,
                seed=seed,
            )
        )

    def adjudication_queue(self, instrument: str) -> tuple[Dispute, ...]:
        """Return answers whose raters lie apart by the gap of the definition or more, widest first."""
        known = self.instrument(instrument)
        return self._database.read(lambda c: assignments.disputes(c, known))

    def adjudicate(self, instrument: str, *, seed: int = 0) -> Assignments:
        """Give every dispute to a rater who has not seen the answer; that rater is as blind as the others."""
        known = self.instrument(instrument)
        return self._database.arrange(lambda c: assignments.adjudicate(c, self._clock(), known, seed=seed))

    def tasks_for(self, rater_id: str) -> tuple[Assignment, ...]:
        """Return what a rater is to rate and has rated."""
        return self._database.read(lambda c: raters.tasks_for(c, rater_id))

    def task(self, assignment_id: str, rater_id: str) -> RaterTask:
        """Return an answer with its rubric: no person, and nobody else's rating."""

        def job(c: Any) -> RaterTask:
            row = raters.needed_assignment(c, assignment_id, rater_id)
            name = sittings.needed(c, row.sitting_id).instrument
            return raters.task(c, self._definitions.find(c, name), row)

        return self._database.read(job)

    def save_ratings(
        self,
        assignment_id: str,
        rater_id: str,
        levels: Mapping[str, Code],
        *,
        seconds: float = 0.0,
        visit: str = "",
        at: datetime | None = None,
    ) -> None:
        """Write a rater's level on every criterion of an answer (by criterion id, or ``task.criterion``)."""

        def job(c: Any) -> None:
            row = raters.needed_assignment(c, assignment_id, rater_id)
            name = sittings.needed(c, row.sitting_id, lock=True).instrument
            row = raters.needed_assignment(c, assignment_id, rater_id, lock=True)
            raters.save_ratings(
                c,
                at or self._clock(),
                self._definitions.find(c, name),
                row,
                levels=levels,
                seconds=seconds,
                visit=visit,
            )

        self._database.write(job)

    # --------------------------------------------------------------------------------------------- what comes out

    def responses(
        self, instrument: str, *, finished_only: bool = True, person_id: str | None = None
    ) -> Responses:
        """Return the responses: person_id, occasion, finished, groups, seconds per item (``seconds_<item>``)."""
        known = self.instrument(instrument)
        return self._database.read(
            lambda c: collecting.collect_responses(c, known, finished_only=finished_only, person_id=person_id)
        )

    def ratings(
        self, instrument: str, *, finished_only: bool = True, person_id: str | None = None
    ) -> Ratings:
        """Return the ratings of finished sittings."""
        known = self.instrument(instrument)
        return self._database.read(
            lambda c: collecting.collect_ratings(c, known, finished_only=finished_only, person_id=person_id)
        )

    def texts(self, instrument: str) -> list[dict[str, str]]:
        """Return the answers to tasks: person_id, occasion, item_id, text."""
        known = self.instrument(instrument)
        return self._database.read(lambda c: collecting.collect_texts(c, known))

    def scores(self, instrument: str, *, person_id: str | None = None) -> Scores:
        """Score everyone who has finished, or one person; the log says that it was done."""
        known = self.instrument(instrument)
        responses = self.responses(instrument, person_id=person_id)
        ratings = self.ratings(instrument, person_id=person_id) if known.criteria else None
        scores = score(known, responses, ratings)
        self._database.write(
            lambda c: audit.record(
                c,
                self._clock(),
                "scored",
                person_id=person_id,
                instrument=known.name,
                rows=scores.n_rows,
                input_sha256=scores.source.input_sha256,
                package=scores.source.package_version,
            )
        )
        return scores

    def count_in(self, norms: Norms, scores: Scores, *, instrument: str | None = None) -> int:
        """Note which sittings an edition was built from, so that :meth:`erase` can take a person out of it.

        Parameters
        ----------
        norms : Norms
            The edition, built from ``scores``.
        scores : Scores
            From :meth:`scores`; every row must be a sitting of this store.
        instrument : str, optional
            The instrument; that of the scores when left out.
        """
        known = self.instrument(instrument or scores.instrument.name)
        return self._database.arrange(lambda c: norm_counts.count_in(c, self._clock(), known, norms, scores))

    # ------------------------------------------------------------------------------------------ erasing, the log

    def erase(
        self, person_id: str, *, norms: Sequence[Norms | str | Path] = (), leave_norms: bool = False
    ) -> Erasure:
        """Delete everything about a person, and subtract the person from norm editions.

        Parameters
        ----------
        person_id : str
        norms : sequence of Norms, names or paths
            The editions in which the person is counted. From each a new edition without the person is made; it is saved
            beside a path that was given, and returned.
        leave_norms : bool
            True leaves the counts of editions that are not given as they are, and says so.

        Returns
        -------
        Erasure
            What was deleted, the new editions, and what is left to do.

        Raises
        ------
        StoreError
            Nobody of that id; or the person is counted in an edition that was not given: nothing is deleted then.

        Notes
        -----
        SQLite overwrites what is deleted, the file is built anew and its write-ahead log is emptied. Copies elsewhere
        are not reached. The log keeps one line with a keyed hash in place of the id.
        """
        given = erasing.given_editions([norms] if isinstance(norms, str | Path) else norms)
        done = self._database.arrange(
            lambda c: erasing.erase(c, self._clock(), person_id, given, leave_norms=leave_norms)
        )
        from dataclasses import replace

        return replace(done, notes=(*done.notes, *self.sweep()))

    def sweep(self) -> tuple[str, ...]:
        """Take what was deleted off the disk; return what could not be done while others use the file."""
        return tuple(erasing.sweep(self._database))

    def audit(self) -> tuple[AuditLine, ...]:
        """Return the log."""
        return self._database.read(audit.lines)

    def verify_audit(self) -> tuple[tuple[int, str], ...]:
        """Return the lines at which the chain of the log is broken; empty when it is whole."""
        return self._database.read(audit.broken_lines)

    def record(self, action: str, *, person_id: str | None = None, **facts: Any) -> None:
        """Add a line to the log."""
        self._database.write(lambda c: audit.record(c, self._clock(), action, person_id=person_id, **facts))

    def secret(self) -> str:
        """Return the secret that signs cookies: of the environment (PSYCHOMETRICS_SECRET), else of this store."""
        return tokens.given_secret() or self._database.arrange(lambda c: tokens.stored_secret(c, "session"))
