"""Ratings of a store: raters, who rates what, and what they judged."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from psychometrics.instrument.instrument import Code
from psychometrics.web.store import assignments, raters, sittings, tokens
from psychometrics.web.store.records import Assignment, Assignments, Dispute, Rater, RaterTask
from psychometrics.web.store.stored_instruments import StoredInstruments


class StoredRatings(StoredInstruments):
    """Who rates which answer, and how."""

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
