"""The store: every verb on taken assessments, each one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from psychometrics.responses import Ratings, Responses
from psychometrics.scoring import Scores, score
from psychometrics.web.store import audit, collecting, erasing, norm_counts, tokens
from psychometrics.web.store.records import AuditLine, Erasure
from psychometrics.web.store.stored_ratings import StoredRatings
from psychometrics.web.store.stored_sittings import StoredSittings

if TYPE_CHECKING:
    from psychometrics.norming import Norms


class Store(StoredSittings, StoredRatings):
    """Taken assessments in one database; safe to use from many threads and processes at once.

    Every method is one transaction: when it returns, what it did is on the disk; when it raises, nothing of it is.
    ``instrument`` is always the name ``id@version``, or the id where the store holds one version.
    """

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
