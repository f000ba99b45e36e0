"""The second occasion of a retest in data of its own: scored where it is, or in buckets with its ratings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from psychometrics.engine.partitions import Partition
from psychometrics.runs.clusters.buckets import (
    SECOND,
    Occasions,
    Piece,
    as_tables,
    scores_alone,
    table_pieces,
)
from psychometrics.runs.clusters.counting import works
from psychometrics.runs.clusters.found import Found
from psychometrics.runs.clusters.job import Parted
from psychometrics.runs.clusters.joining import JoinJob
from psychometrics.runs.passes import BatchPass


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AnsweredAgain:
    """Answers without ratings: each partition is scored, and its scores are sent.

    Attributes
    ----------
    work : BatchPass
    batch_rows : int
    """

    work: BatchPass
    batch_rows: int

    def part(self, side: str, number: int, partition: Partition, n_buckets: int) -> Parted:
        """Score a partition."""
        pieces: list[Piece] = []
        for done in works(self.work, partition, self.batch_rows, wants_table=True, counter=None):
            assert done.table is not None  # noqa: S101
            rows = scores_alone(self.work.reading.instrument, done.table)
            pieces += table_pieces(rows, "person_id", side, number, n_buckets)
        return Parted(Found(), pieces)

    def meet(self, name: str, pieces: Sequence[Piece], both: Occasions) -> Found:  # noqa: ARG002
        """Put the scores that were sent to a bucket beside those of the first occasion."""
        both.add(SECOND, as_tables(piece for piece in pieces if piece.kind == SECOND))
        return Found()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RatedAgain:
    """Answers and ratings, which meet in the buckets of the run and are scored there.

    Attributes
    ----------
    join : JoinJob
        How they meet; into how many buckets they are cut is the run's to say.
    """

    join: JoinJob

    def part(self, side: str, number: int, partition: Partition, n_buckets: int) -> Parted:
        """Check a partition and cut it."""
        parted = replace(self.join, n_buckets=n_buckets).part(side, number, partition)
        # columns need not hold what those of the first occasion hold
        return parted._replace(found=replace(parted.found, kinds={}))

    def meet(self, name: str, pieces: Sequence[Piece], both: Occasions) -> Found:
        """Score the persons of a bucket, and put them beside those of the first occasion."""
        found = Found()
        for done in self.join.dones(name, pieces):
            assert done.table is not None  # noqa: S101
            both.add(SECOND, [scores_alone(self.join.plan.work.reading.instrument, done.table)])
            found += self.join.met(done)
        return found
