"""Responses and ratings that are both large meet in buckets, by a hash of the person, and are scored there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa

from psychometrics.engine.partitions import Partition, Source
from psychometrics.errors import Problem, ResponsesError
from psychometrics.responses import Ratings
from psychometrics.responses.missing import MissingCodes
from psychometrics.responses.ratings import code_ratings
from psychometrics.responses.tables import LoadedTable
from psychometrics.runs.batches import read_batches
from psychometrics.runs.clusters.buckets import (
    OF_FIRST,
    KeyBag,
    Occasions,
    Piece,
    as_tables,
    repeated_keys,
    split_occasions,
    table_pieces,
)
from psychometrics.runs.clusters.found import Found, PartDone
from psychometrics.runs.clusters.job import Parted, Plan, bucket_name, kinds_in
from psychometrics.runs.clusters.keeping import scores_path, written_scores
from psychometrics.runs.passes import BatchPass, Done
from psychometrics.runs.ratings import criteria_rated, rating_tables
from psychometrics.runs.reading import MOST_ROWS, Place
from psychometrics.runs.summary import Summary, nobody
from psychometrics.version import VERSION


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class JoinJob:
    """Partitions are cut into buckets by person; each bucket is scored and counted with its ratings.

    Attributes
    ----------
    plan : Plan
    rating_codes : mapping or list or None
        Codes in ``level`` that mean "not rated".
    no_responses, no_ratings : Table
        Both sides without rows.
    sides : tuple of str
        What responses and ratings are called.
    """

    plan: Plan
    n_buckets: int
    rating_codes: MissingCodes | None
    no_responses: pa.Table
    no_ratings: pa.Table
    sides: tuple[str, str] = OF_FIRST
    only_hashes: bool = False
    version: str = VERSION

    def part(self, side: str, number: int, partition: Partition) -> Parted:
        """Check a partition and cut it; what is wrong is found here, where partition and row are known."""
        if side in self.sides:
            return (self._responses, self._ratings)[self.sides.index(side)](number, partition)
        assert self.plan.second is not None  # noqa: S101
        return self.plan.second.part(side, number, partition, self.n_buckets)

    def bucket(self, number: int, pieces: Sequence[Piece]) -> Found:
        """Score and count the persons of a bucket."""
        name = bucket_name(self, number)
        bag, summary, met = KeyBag(), Summary(), Found()
        instrument = self.plan.work.reading.instrument
        both = Occasions(instrument)
        with written_scores(self.plan.folder, name) as scores:
            for done in self.dones(name, pieces):
                summary += done.summary
                met += self.met(done)
                if done.batch is not None:
                    own = done.batch.keys
                    bag.add(own, done.inside if own.person is not own.row else None)
                if done.table is not None and scores is not None:
                    scores.write(done.table)
                if done.table is not None and self.plan.retests:
                    for kind, rows in split_occasions(instrument, done.table, self.plan.occasions):
                        both.add(kind, [rows])
        if self.plan.second is not None:
            met += self.plan.second.meet(name, pieces, both)
        if self.plan.retests:
            summary += Summary(tallies={"retest": both.tally()})
        repeated, again = repeated_keys(bag.pieces(0, 1))
        file = scores_path(name) if self.plan.keeps else ""
        done_part = PartDone(name=name, number=number, n_rows=summary.n_rows, file=file, keyed=True)
        return met + Found(
            summary=summary,
            parts=(done_part,),
            repeated=repeated,
            n_again=again if self.plan.work.count_scores else 0,
        )

    def met(self, done: Done) -> Found:
        """Say whether somebody answered, and whether one of them was rated."""
        own, rows = (self.sides[0],), done.summary.n_rows
        if done.batch is None or not rows:
            return Found()
        return Found(answered=own, matched=own if done.summary.n_not_rated < rows else ())

    def dones(self, name: str, pieces: Sequence[Piece]) -> Iterator[Done]:
        """Yield what the persons of a bucket come to: who answered, then who was only rated."""
        work, (responses, ratings) = self.plan.work, self.sides
        judged = self._coded(as_tables(piece for piece in pieces if piece.kind == ratings), name, before=None)
        met = [nobody()]
        for table in as_tables(piece for piece in pieces if piece.kind == responses) or [self.no_responses]:
            batch = work.reading.read(table, Place(partition=name))
            done = work.work_on(batch, judged)
            met.append(done.summary.rated)
            yield replace(
                done, summary=replace(done.summary, rated=nobody())
            )  # these rows are of this bucket
        left = np.ones(judged.persons.num_rows, np.bool_)
        left[np.concatenate(met)] = False
        if left.any():
            yield work.only_rated(judged.select(left))

    def _coded(self, tables: Sequence[pa.Table], where: str, *, before: int | None) -> Ratings:
        """Return some ratings; rows in errors count from ``before`` in the file, and in a bucket (None) there are none."""
        table = pa.concat_tables(tables, promote_options="default") if tables else self.no_ratings
        loaded = LoadedTable(table=table, where=where, sha256="bucket")
        try:
            return code_ratings(loaded, self.plan.work.reading.instrument, self.rating_codes, whole=False)
        except ResponsesError as error:
            moved = [_moved(one, before) for one in error.problems]
            raise ResponsesError(error.message, problems=moved, hint=error.hint) from error

    def _responses(self, number: int, partition: Partition) -> Parted:
        reading = self.plan.work.reading
        need_person(reading.person, partition)
        pieces: list[Piece] = []
        for table, place in read_batches(partition, reading, self.plan.batch_rows):
            reading.read(table, place)
            pieces += table_pieces(table, reading.person, self.sides[0], number, self.n_buckets)
        names = reading.wanted(list(partition.fields()))
        return Parted(Found(kinds=kinds_in(partition, number, names)), pieces)

    def _ratings(self, number: int, partition: Partition) -> Parted:
        instrument, side = self.plan.work.reading.instrument, self.sides[1]
        pieces: list[Piece] = []
        seen = np.zeros(len(instrument.criteria), np.int64)
        one = Source(where=partition.name, partitions=[partition], repeatable=True)
        before = partition.row_in_file
        for table in rating_tables(one):
            if table.num_rows:
                seen += criteria_rated(self._coded([table], partition.name, before=before))
            before += table.num_rows
            pieces += table_pieces(table, "person_id", side, number, self.n_buckets)
        rated = tuple((side, criterion) for criterion in np.flatnonzero(seen).tolist())
        return Parted(Found(criteria=rated), pieces)


def _moved(one: Problem, before: int | None) -> Problem:
    """Count the rows from the start of the file, of very many the first thousand."""
    rows = () if before is None else tuple(row + before for row in one.rows[:MOST_ROWS])
    return replace(one, rows=rows)


def need_person(person: str, partition: Partition) -> None:
    """Refuse data that do not say who: their ratings could not be found."""
    if person not in partition.fields():
        raise ResponsesError(
            f'no column "{person}": persons cannot be matched with their ratings',
            hint="Name the column that says who: person=.",
        )


def empty_side(work: BatchPass, fields: dict[str, Any]) -> pa.Table:
    """Return responses without rows; where there are none at all, with every column."""
    if not fields:
        fields = dict.fromkeys((work.reading.person, *work.reading.instrument.item_ids), pa.null())
    names = work.reading.wanted(list(fields))
    return pa.schema([(name, fields[name]) for name in names]).empty_table()
