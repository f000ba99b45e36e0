"""What a run over partitions has found."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from psychometrics.errors import RunError
from psychometrics.instrument import Instrument
from psychometrics.norming.build import again_notes, cells_of_counts, edition_head, outside_notes
from psychometrics.norming.edition import Smoothing
from psychometrics.norming.norms import Norms, edition_source
from psychometrics.norming.smoothing import read_smoothing
from psychometrics.responses import Ratings
from psychometrics.responses.answers import coding_notes
from psychometrics.result import Result, Source, counted
from psychometrics.runs.strata import Strata
from psychometrics.runs.summary import Summary
from psychometrics.tallying import ItemTally, RatingTally, RetestTally, ScoreTally
from psychometrics.tallying.arithmetic import Tally
from psychometrics.tallying.cells import distinct
from psychometrics.tallying.item_counts import ItemCounts

if TYPE_CHECKING:
    from psychometrics.evidence.overview.table import InstrumentReliability

T = TypeVar("T", bound=Tally)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BatchRun(Result):
    """The counts of all partitions, and where their scores are.

    Attributes
    ----------
    instrument : Instrument
    summary : Summary
        All counts.
    strata : Strata
        What divides the norm sample.
    files : mapping
        Partition -> its file of scores; none where no scores were written.
    rows : mapping
        Partition -> rows.
    retest_tally : RetestTally or None
        Pairs of scores of two occasions, where they were asked for.
    n_again : int
        Rows of persons who are in the norm sample already.
    ratings : Ratings or None
        The ratings, where they were few enough to stand in memory.
    seconds : float
        What the run took; rows finished in an earlier run took none.
    n_new : int
        Rows that this run worked on.
    """

    instrument: Instrument
    summary: Summary
    strata: Strata
    files: Mapping[str, Path]
    rows: Mapping[str, int]
    retest_tally: RetestTally | None
    n_again: int
    ratings: Ratings | None
    seconds: float
    n_new: int
    source: Source

    @property
    def n_rows(self) -> int:
        """Rows in all."""
        return self.summary.n_rows

    @property
    def rows_per_second(self) -> float:
        """Rows that this run worked on, per second."""
        return self.n_new / self.seconds if self.seconds > 0 else 0.0

    @property
    def item_tally(self) -> ItemTally:
        """Counts of options, equal to :func:`tally` of all responses."""
        return self._tally("items", ItemCounts, "tally=True").tally()

    @property
    def score_tally(self) -> ScoreTally:
        """Counts of scores by stratum, equal to :func:`tally_scores` of all scores."""
        return self._tally("scores", ScoreTally, "tally=True")

    @property
    def rating_tally(self) -> RatingTally:
        """Counts of patterns of ratings, equal to :func:`tally_ratings` of all ratings."""
        return self._tally("ratings", RatingTally, "ratings=")

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader of the scores should know about how the data were read."""
        notes = coding_notes(self.summary.n_anyway, self.summary.n_invalid)
        n = self.summary.n_not_rated
        if n:
            notes.append(f"{counted(n, 'person')} answered and {'was' if n == 1 else 'were'} not rated")
        if self.summary.n_unplaced:
            notes.append(
                f"{self.summary.n_unplaced:,} of {self.n_rows:,} people are in no stratum of the norms"
            )
        return (*notes, *outside_notes(self.summary.n_outside, self.n_rows))

    def _tally(self, name: str, kind: type[T], how: str) -> T:
        found: Tally | None = self.summary.tallies.get(name)
        if not isinstance(found, kind):
            raise RunError(f"the run counted no {name}", hint=f"Ask for them: run_batches(..., {how}).")
        return found

    def _everybody(self) -> ScoreTally:
        """Return the counts of the scores of all persons, those in no stratum too."""
        found = self.score_tally
        keys = found.scores.copy()
        keys[:, 0] = 0
        cells = {"scores": distinct(keys, found.counts)}
        whole = ScoreTally.made_of({**found.described(), "strata": []}, ("",), cells, found.source)
        outside = self.summary.tallies.get("outside")
        return whole + outside if isinstance(outside, ScoreTally) else whole

    def reliability(
        self, *, detail: Literal["main", "all"] = "main", confidence: float = 0.95
    ) -> InstrumentReliability:
        """Say how far every scale can be trusted, from the counts: see :func:`reliability`.

        The same as in memory from an ``ItemTally`` and the same scores. Agreement of raters needs the ratings
        themselves: it is there where they stand in memory. The reliability of scores that put items and tasks together
        needs persons with both, and is not.
        """
        from psychometrics.evidence.overview.reliability import reliability
        from psychometrics.evidence.stability.occasions import test_retest

        stability = None if self.retest_tally is None else test_retest(self.retest_tally, tests=False)
        return reliability(
            self.instrument,
            self.item_tally if self.instrument.items else None,
            self.ratings,
            scores=self._everybody(),
            retest=stability,
            detail=detail,
            confidence=confidence,
        )

    def build_norms(
        self,
        *,
        edition: str,
        provenance: Mapping[str, str],
        smoothing: str | Smoothing | None = None,
        simulated: bool = False,
        reliability: Iterable[Mapping[str, Any]] = (),
        title: str | None = None,
        day: date | None = None,
    ) -> Norms:
        """Make a norm edition of the counts, divided by the strata of the run: the same as :func:`build_norms`.

        Add it to an earlier edition with :meth:`Norms.merge`.
        """
        variables = self.strata.variables(self.summary.levels)
        cells = cells_of_counts(self.score_tally, variables)
        if not cells:
            raise RunError(
                "no score falls into any stratum",
                hint="Check that the sample has scores and the strata fit it.",
            )
        notes = outside_notes(self.summary.n_outside, self.n_rows) + again_notes(self.n_again)
        n = self.n_rows - self.summary.n_outside
        head = edition_head(
            self.instrument,
            edition,
            provenance,
            variables,
            simulated,
            reliability,
            title,
            day,
            n,
            notes,
        )
        if smoothing is not None:
            head = head.model_copy(update={"smoothing": read_smoothing(smoothing)})
        return Norms(head=head, cells=cells, source=edition_source(head))

    def columns(self) -> Mapping[str, Any]:
        """One row per partition: its rows, and its file of scores."""
        return {
            "partition": list(self.rows),
            "n_rows": list(self.rows.values()),
            "scores": [str(self.files[name]) if name in self.files else None for name in self.rows],
        }

    def __repr__(self) -> str:
        return f"<BatchRun of {self.instrument.name}: {self.n_rows:,} rows in {len(self.rows):,} partitions>"
