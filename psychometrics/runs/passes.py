"""What a run does with each part of the data: pure functions that any engine can call.

``summarise(table) -> Summary``, ``merge(a, b) -> Summary``, ``finish(summary)``, and ``map(table) -> table of scores``.
An engine decides only where they are called. Nothing here looks at files, threads or other parts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from psychometrics.norming import NormedScores, Norms
from psychometrics.responses import Ratings
from psychometrics.responses.tables import digest_table
from psychometrics.runs.keys import row_digest
from psychometrics.runs.rated import match_ratings
from psychometrics.runs.reading import Place, ReadBatch, Reading
from psychometrics.runs.strata import inside
from psychometrics.runs.summary import Summary
from psychometrics.runs.tables import Layout, score_table
from psychometrics.scoring import Scores, score
from psychometrics.scoring.score import Scored, score_cells
from psychometrics.tallying.counter import ItemCounter
from psychometrics.tallying.counting import count_codes, counted_so_far, item_counter
from psychometrics.tallying.item_tally import Pairs
from psychometrics.tallying.rating_tally import tally_ratings
from psychometrics.tallying.score_tally import ScoreTally, count_scores


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Done:
    """What a batch came to: its counts, its table of scores, and the hashes of its persons."""

    summary: Summary
    table: pa.Table | None
    batch: ReadBatch | None
    inside: Any = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BatchPass:
    """All that is done with a batch; can be sent to another process.

    Attributes
    ----------
    reading : Reading
        How the table is read.
    pairs : {"all", "within_scales"} or None
        Which pairs of items are counted; None for no item tally.
    blocks : int
        Blocks of persons of the item tally.
    count_scores : bool
        Whether scores are counted by stratum.
    layout : {"long", "wide"} or None
        The table of scores; None for none.
    norms : Norms or None
        Where scores are placed.
    apply_options : mapping
        Options of :meth:`Norms.apply`.
    ratings : Ratings or None
        Ratings of everybody, where they are few enough to stand in memory; each batch takes those of its persons.
    """

    reading: Reading
    pairs: Pairs | None = "all"
    blocks: int = 32
    count_scores: bool = True
    layout: Layout | None = "long"
    norms: Norms | None = None
    apply_options: Mapping[str, Any] = field(default_factory=dict)
    ratings: Ratings | None = None

    def settings(self) -> dict[str, Any]:
        """Return all that decides what is found and written, as plain data."""
        return {
            **self.reading.settings(),
            "layout": self.layout,
            "pairs": self.pairs,
            "blocks": self.blocks,
            "tally": self.count_scores,
            "norms": None if self.norms is None else self.norms.name,
            "norms_sha256": None if self.norms is None else digest_table(self.norms.to_arrow()),
            "apply": {name: str(one) for name, one in sorted(self.apply_options.items())},
        }

    def summarise(self, table: pa.Table, place: Place | None = None) -> Summary:
        """Return the counts of a part of the data.

        Raises
        ------
        ResponsesError
            The part does not fit the instrument; ``problems`` has all of it.
        """
        return self.work(table, place, map_too=False).summary

    def map(self, table: pa.Table, place: Place | None = None) -> pa.Table:
        """Return the table of scores of a part of the data, row by row the same as that of the whole."""
        found = self.work(table, place, count=False).table
        return pa.table({}) if found is None else found

    def work(
        self, table: pa.Table, place: Place | None = None, *, count: bool = True, map_too: bool = True
    ) -> Done:
        """Return both at once: the batch is read and scored only once."""
        batch = self.reading.read(table, place or Place(partition="this part"))
        return self.work_on(batch, self.ratings, count=count, map_too=map_too)

    @property
    def best_rows(self) -> int:
        """Rows of a batch beyond which nothing gets quicker: few fit the cache, many share what each batch costs."""
        return 524_288 if self.pairs == "all" else 262_144

    def counter(self) -> ItemCounter | None:
        """Return a counter of options that batches of one partition share; None where none are counted."""
        if self.pairs is None or not self.reading.instrument.items:
            return None
        return item_counter(self.reading.instrument, self.blocks, self.pairs)

    @property
    def bytes_to_count(self) -> int:
        """Return the bytes that counting options takes, whatever the rows."""
        counter = self.counter()
        return 0 if counter is None else counter.nbytes

    def with_counted(self, summary: Summary, counter: ItemCounter | None) -> Summary:
        """Return the summary with what a counter has counted."""
        if counter is None or self.pairs is None:
            return summary
        items = counted_so_far(self.reading.instrument, counter, self.pairs)
        return replace(summary, tallies={"items": items, **summary.tallies})

    def work_on(
        self,
        batch: ReadBatch,
        ratings: Ratings | None,
        *,
        count: bool = True,
        map_too: bool = True,
        counter: ItemCounter | None = None,
    ) -> Done:
        """Return counts and scores of responses that were read, with the ratings of these persons or of more.

        With a ``counter`` options are counted there, and are not in the summary.
        """
        responses = batch.responses
        found = match_ratings(ratings, responses.persons)
        scored = None
        if self.layout is not None or self.count_scores:
            scored = score_cells(self.reading.instrument, responses, found.ratings, keep=self.count_scores)
        scores = None if scored is None else scored.scores
        summary = Summary()
        within = inside(batch.labels, responses.n_rows)
        if count:
            summary = Summary(
                n_rows=responses.n_rows,
                n_invalid=batch.n_invalid,
                n_anyway=batch.n_anyway,
                n_outside=responses.n_rows - int(np.count_nonzero(within)),
                tallies=self._tallies(batch, scored, found.ratings, counter, within),
                levels=self.reading.strata.levels(batch.labels),
                digest=row_digest(responses.codes, batch.keys.row, batch.labels),
                rated=found.rows,
                n_not_rated=found.n_without,
            )
        table, n_unplaced = self._table(scores) if map_too and scores is not None else (None, 0)
        return Done(summary=replace(summary, n_unplaced=n_unplaced), table=table, batch=batch, inside=within)

    def only_rated(self, ratings: Ratings, *, count: bool = True) -> Done:
        """Return counts and scores of persons who were rated and gave no answers."""
        scores = score(self.reading.instrument, None, ratings)
        scores = replace(scores, persons=self._with_columns(scores.persons))
        labels = self.reading.strata.labels(scores.persons)
        within = inside(labels, scores.n_rows)
        n_outside = scores.n_rows - int(np.count_nonzero(within))
        summary = Summary()
        table, n_unplaced = self._table(scores)
        if count:
            tallies: dict[str, Any] = {"ratings": tally_ratings(ratings)} if self.pairs is not None else {}
            if self.count_scores:
                tallies |= self._count(scores, labels, within)
            summary = Summary(
                n_rows=scores.n_rows,
                n_outside=n_outside,
                n_unplaced=n_unplaced,
                tallies=tallies,
                levels=self.reading.strata.levels(labels),
            )
        return Done(summary=summary, table=table, batch=None)

    def _with_columns(self, persons: pa.Table) -> pa.Table:
        """Add the columns that only responses have, blank."""
        for name in self.reading.kept:
            if name not in persons.column_names:
                persons = persons.append_column(name, pa.nulls(persons.num_rows, pa.string()))
        return persons

    def _tallies(
        self,
        batch: ReadBatch,
        scored: Scored | None,
        ratings: Ratings | None,
        counter: ItemCounter | None,
        within: npt.NDArray[np.bool_],
    ) -> dict[str, Any]:
        tallies: dict[str, Any] = {}
        instrument = self.reading.instrument
        if self.pairs is not None and instrument.items:
            blocks = (batch.keys.person % np.uint64(self.blocks)).astype(np.uint8)
            if counter is None:
                codes = batch.responses.codes
                tallies["items"] = count_codes(instrument, codes, blocks, self.blocks, self.pairs)
            else:
                counter.add(batch.responses.codes, blocks)
        if self.pairs is not None and ratings is not None:
            tallies["ratings"] = tally_ratings(ratings)
        if self.count_scores and scored is not None:
            tallies |= self._count(scored.scores, batch.labels, within, scored.cells)
        return tallies

    def _count(
        self,
        scores: Scores,
        labels: Mapping[str, pa.Array],
        within: npt.NDArray[np.bool_],
        cells: Any = None,
    ) -> dict[str, ScoreTally]:
        """Count scores by stratum; those in none by themselves: norms leave them out, reliability does not."""
        source = self.reading.counted_source()
        found = {"scores": count_scores(scores.raw, scores.scale_ids, labels, source, cells)}
        if not within.all():
            found["outside"] = count_scores(scores.raw[:, ~within], scores.scale_ids, {}, source)
        return found

    def _table(self, scores: Scores) -> tuple[pa.Table | None, int]:
        """Return the table of scores, and how many persons are in no stratum of the norms."""
        if self.layout is None:
            return None, 0
        normed = self._place(scores)
        n_unplaced = 0 if normed is None else int(np.count_nonzero(normed.stratum < 0))
        if self.layout == "wide":
            names = ("person_id", "occasion", *self.reading.columns)
            kept = scores.persons.select([name for name in names if name in scores.persons.column_names])
            return score_table(replace(scores, persons=kept), normed, "wide"), n_unplaced
        return score_table(scores, normed, "long"), n_unplaced

    def _place(self, scores: Scores) -> NormedScores | None:
        return None if self.norms is None else self.norms.apply(scores, **self.apply_options)
