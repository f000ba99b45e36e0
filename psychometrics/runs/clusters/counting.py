"""Score and count every partition where it is; ratings of everybody stand in memory, where there are any."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pyarrow as pa

from psychometrics.engine.partitions import Partition
from psychometrics.errors import RunError
from psychometrics.runs.batches import read_batches
from psychometrics.runs.clusters.buckets import (
    FIRST,
    KEYS,
    OF_SECOND,
    SECOND,
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
from psychometrics.runs.clusters.keeping import keep, kept, scores_path, written_scores
from psychometrics.runs.passes import BatchPass, Done
from psychometrics.runs.reading import Place, ReadBatch
from psychometrics.runs.summary import Summary
from psychometrics.runs.writing import ScoreFile
from psychometrics.tallying.counter import ItemCounter
from psychometrics.version import VERSION


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CountJob:
    """One pass over the data: scores, counts, hashes of persons, occasions."""

    plan: Plan
    n_buckets: int
    version: str = VERSION

    @property
    def only_hashes(self) -> bool:
        """Whether no scores of occasions are sent."""
        return not self.plan.retests

    def part(self, side: str, number: int, partition: Partition) -> Parted:
        """Score and count a partition."""
        if side in OF_SECOND and self.plan.second is not None:
            return self.plan.second.part(side, number, partition, self.n_buckets)
        before = kept(self.plan.folder, partition, number, self.n_buckets, self.plan.work.reading)
        if before is not None:
            return before
        return self._first(number, partition)

    def bucket(self, number: int, pieces: Sequence[Piece]) -> Found:
        """Return who is there twice, and the pairs of scores of two occasions."""
        repeated, again = repeated_keys(piece for piece in pieces if piece.kind == KEYS)
        summary, met = Summary(), Found()
        if self.plan.retests:
            both = Occasions(self.plan.work.reading.instrument)
            both.add(FIRST, as_tables(piece for piece in pieces if piece.kind == FIRST))
            if self.plan.second is None:
                both.add(SECOND, as_tables(piece for piece in pieces if piece.kind == SECOND))
            else:
                met = self.plan.second.meet(bucket_name(self, number), pieces, both)
            summary = Summary(tallies={"retest": both.tally()})
        return met + Found(summary=summary, repeated=repeated, n_again=again)

    def _first(self, number: int, partition: Partition) -> Parted:
        bag, pieces = KeyBag(), list[Piece]()
        with written_scores(self.plan.folder, partition.name) as scores:
            summary = self._count(number, partition, bag, pieces, scores)
        rises = bag.rises and not self.plan.retests
        if not rises:
            pieces += bag.pieces(number, self.n_buckets)
        done = PartDone(
            name=partition.name,
            number=number,
            n_rows=summary.n_rows,
            file=scores_path(partition.name) if self.plan.keeps else "",
            ends=bag.ends if rises else None,
            keyed=not rises and summary.n_rows > 0,
        )
        names = self.plan.work.reading.wanted(list(partition.fields()))
        found = Found(summary=summary, parts=(done,), kinds=kinds_in(partition, number, names))
        parted = Parted(found, pieces)
        keep(self.plan.folder, partition, parted, self.n_buckets, self.plan.work.reading)
        return parted

    def _count(
        self, number: int, partition: Partition, bag: KeyBag, pieces: list[Piece], scores: ScoreFile | None
    ) -> Summary:
        work = self.plan.work
        counter = work.counter()
        summary: Summary | None = None
        for done in works(
            work, partition, self.plan.batch_rows, self.plan.retests or self.plan.keeps, counter
        ):
            if done.table is not None and scores is not None:
                scores.write(done.table)
            if done.table is not None and self.plan.retests:
                pieces += self._occasions(done.table, number)
            if done.batch is not None:
                own = done.batch.keys
                bag.add(own, done.inside if own.person is not own.row and work.count_scores else None)
            summary = done.summary if summary is None else summary + done.summary
        summary = Summary() if summary is None else summary
        if partition.n_rows is not None and summary.n_rows != partition.n_rows:
            raise RunError(
                f"{summary.n_rows:,} rows could be read, and it should have {partition.n_rows:,}",
                hint="The file is not whole, or changed while it was read.",
            )
        return summary if "items" in summary.tallies else work.with_counted(summary, counter)

    def _occasions(self, table: pa.Table, number: int) -> Iterator[Piece]:
        instrument = self.plan.work.reading.instrument
        for kind, rows in split_occasions(instrument, table, self.plan.occasions):
            yield from table_pieces(rows, "person_id", kind, number, self.n_buckets)


def works(
    work: BatchPass, partition: Partition, rows: int, wants_table: bool, counter: ItemCounter | None
) -> Iterator[Done]:
    """Yield what each batch of a partition comes to; one batch without rows where there are none."""
    some = False
    for table, place in read_batches(partition, work.reading, rows):
        some = True
        batch = work.reading.read(table, place)
        yield work.work_on(batch, work.ratings, map_too=wants_table, counter=counter)
    if not some:
        yield work.work_on(no_rows(work, partition), work.ratings, map_too=wants_table)


def no_rows(work: BatchPass, partition: Partition) -> ReadBatch:
    """Return a batch without rows that has the columns of the others."""
    fields = partition.fields()
    names = work.reading.wanted(list(fields))
    empty = pa.schema([(name, fields[name]) for name in names]).empty_table()
    return work.reading.read(empty, Place(partition=partition.name, first_row=partition.first_row or 0))
