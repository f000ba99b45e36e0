"""What an engine carries out: a job has work for each partition, and work for each bucket where rows of persons meet."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple, Protocol

import numpy as np
import pyarrow as pa

from psychometrics.engine.chunks import on_this_thread
from psychometrics.engine.faults import CAUSES
from psychometrics.engine.partitions import Partition, Source
from psychometrics.errors import RunError
from psychometrics.runs.batches import kind_of
from psychometrics.runs.clusters.buckets import (
    RATINGS,
    SECOND,
    SECOND_RATINGS,
    KeyBag,
    Occasions,
    Piece,
    repeated_keys,
)
from psychometrics.runs.clusters.found import Found, Hashes
from psychometrics.runs.clusters.places import SharedFolder
from psychometrics.runs.clusters.telling import Tell
from psychometrics.runs.keys import keys_of
from psychometrics.runs.passes import BatchPass
from psychometrics.runs.people_again import persons_again
from psychometrics.runs.reading import Reading
from psychometrics.version import VERSION

HELD_BY_WORKER = 300 << 20
"""Bytes that a worker holds before it begins: Python and the packages."""


class Parted(NamedTuple):
    """What a partition has found, and what it sends to buckets."""

    found: Found
    pieces: list[Piece]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Input:
    """Data that go into a job.

    Attributes
    ----------
    side : str
        What they are to the job.
    source : Source
    columns : sequence of str
        Columns that are needed.
    """

    side: str
    source: Source
    columns: Sequence[str]


class Job(Protocol):
    """Work that can be sent to other processes."""

    @property
    def version(self) -> str:
        """Version of the package that made the job."""
        ...

    @property
    def n_buckets(self) -> int:
        """Into how many buckets rows are cut."""
        ...

    @property
    def only_hashes(self) -> bool:
        """Whether hashes are all that is sent to buckets, no rows."""
        ...

    def part(self, side: str, number: int, partition: Partition) -> Parted:
        """Work on one partition of one input."""
        ...

    def bucket(self, number: int, pieces: Sequence[Piece]) -> Found:
        """Work on what all partitions have sent to one bucket."""
        ...


class Engine(Protocol):
    """Carries out jobs on a cluster."""

    def n_buckets(self, sources: Sequence[Source], *, joins: bool) -> int:
        """Return into how many buckets rows of these sources are cut; ``joins`` says that whole rows are sent."""
        ...

    def run(self, job: Job, inputs: Sequence[Input], tell: Tell) -> Found:
        """Return what all partitions and buckets have found, added up on the workers; tell what is done meanwhile."""
        ...


def do_part(job: Job, side: str, number: int, partition: Partition) -> Parted:
    """Work on a partition; what is wrong with the data is part of what is found."""
    try:
        _same_version(job)
        with on_this_thread():
            return job.part(side, number, partition)
    except CAUSES as error:
        return Parted(Found.of_fault(partition.name, error), [])


def do_bucket(job: Job, number: int, pieces: Sequence[Piece]) -> Found:
    """Work on a bucket; what is wrong with the data is part of what is found."""
    try:
        with on_this_thread():
            return job.bucket(number, pieces)
    except CAUSES as error:
        return Found.of_fault(bucket_name(job, number), error)


def bucket_name(job: Job, number: int) -> str:
    """Return what messages call a bucket."""
    return f"bucket {number + 1:03d} of {job.n_buckets}"


def part_name(side: str, number: int) -> str:
    """Return what messages call a partition of a frame."""
    which = {
        RATINGS: "ratings, ",
        SECOND: "second occasion, ",
        SECOND_RATINGS: "ratings of the second occasion, ",
    }.get(side, "")
    return f"{which}partition {number}"


def _same_version(job: Job) -> None:
    if job.version != VERSION:
        raise RunError(
            f"a worker has psychometrics {VERSION}, and the run was started with {job.version}",
            hint="Install the same version of psychometrics-engine on all workers.",
        )


def kinds_in(
    partition: Partition, number: int, names: Iterable[str]
) -> dict[tuple[str, str], tuple[int, str]]:
    """Return what the columns of a partition hold."""
    fields = partition.fields()
    return {
        (name, kind_of(fields[name])): (number, partition.name)
        for name in names
        if name in fields and not pa.types.is_null(fields[name])
    }


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class KeysJob:
    """Finds hashes that several rows have, where ids rise in each partition and partitions overlap."""

    reading: Reading
    n_buckets: int
    only_hashes: bool = True
    version: str = VERSION

    def part(self, side: str, number: int, partition: Partition) -> Parted:  # noqa: ARG002
        """Send the hashes of all rows."""
        reading = replace(self.reading, strata=self.reading.strata.of(()), columns=(), placed_by=())
        bag = KeyBag()
        for persons, _ in persons_again(partition, reading):
            bag.add(keys_of(persons, None), None)
        return Parted(Found(), list(bag.pieces(number, self.n_buckets)))

    def bucket(self, number: int, pieces: Sequence[Piece]) -> Found:  # noqa: ARG002
        """Return the hashes that are there more than once."""
        return Found(repeated=repeated_keys(pieces)[0])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class WhoJob:
    """Reads the ids behind hashes: two persons may share a hash."""

    reading: Reading
    wanted: Hashes
    n_buckets: int = 1
    only_hashes: bool = True
    version: str = VERSION

    def part(self, side: str, number: int, partition: Partition) -> Parted:  # noqa: ARG002
        """Return who has one of the hashes."""
        reading = replace(self.reading, strata=self.reading.strata.of(()), columns=(), placed_by=())
        who: list[tuple[str | None, ...]] = []
        for persons, hashes in persons_again(partition, reading):
            rows = np.flatnonzero(np.isin(hashes, self.wanted))
            found = persons.take(pa.array(rows)).to_pylist()
            who += [(partition.name, *person.values()) for person in found]
        return Parted(Found(who=tuple(who)), [])

    def bucket(self, number: int, pieces: Sequence[Piece]) -> Found:  # noqa: ARG002
        """Nothing is sent."""
        return Found()


class SecondOccasion(Protocol):
    """The second occasion of a retest, where it stands in data of its own."""

    def part(self, side: str, number: int, partition: Partition, n_buckets: int) -> Parted:
        """Work on one partition of its data."""
        ...

    def meet(self, name: str, pieces: Sequence[Piece], both: Occasions) -> Found:
        """Put the scores of its persons in a bucket beside those of the first, out of all that was sent there."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Plan:
    """What all kinds of counting jobs need.

    Attributes
    ----------
    work : BatchPass
        What is done with a batch.
    batch_rows : int
        Rows of a batch.
    folder : SharedFolder or None
        Where scores go; seen by all workers.
    occasions : tuple of str or None
        Names of the two occasions of a retest in the data.
    second : SecondOccasion or None
        How the second occasion is scored, where it stands in data of its own.
    """

    work: BatchPass
    batch_rows: int
    folder: SharedFolder | None = None
    occasions: tuple[str, str] | None = None
    second: SecondOccasion | None = None

    @property
    def retests(self) -> bool:
        """Whether two occasions are joined."""
        return self.occasions is not None or self.second is not None

    @property
    def keeps(self) -> bool:
        """Whether scores are written."""
        return self.folder is not None
