"""Rows cut by a hash of their person, so that all rows of a person meet in one bucket."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from psychometrics.errors import Problem, RunError
from psychometrics.instrument import Instrument
from psychometrics.responses.tables import as_text
from psychometrics.runs.keys import Keys
from psychometrics.runs.retest import scores_of_rows, wide_rows
from psychometrics.tallying import RetestTally, tally_retest
from psychometrics.tallying.blocks import text_hashes

Hashes = npt.NDArray[np.uint64]
KEYS, RESPONSES, RATINGS, FIRST, SECOND = "keys", "responses", "ratings", "first", "second"
SECOND_RATINGS = "second ratings"
OF_FIRST, OF_SECOND = (RESPONSES, RATINGS), (SECOND, SECOND_RATINGS)
"""What is sent of an occasion: answers, or scores that were made of them, and ratings."""


class Piece(NamedTuple):
    """What a partition sends to a bucket.

    Attributes
    ----------
    bucket : int
    number : int
        Which partition sent it, and which of its pieces it is.
    kind : str
        What it holds: hashes, rows of responses or ratings, scores of an occasion.
    data : bytes
    """

    bucket: int
    number: int
    kind: str
    data: bytes


def bucket_of(person: Hashes, n_buckets: int) -> npt.NDArray[np.intp]:
    """Return the bucket of each hash of a person."""
    return ((person >> np.uint64(32)) % np.uint64(n_buckets)).astype(np.intp)


def hashes_of(table: pa.Table, column: str) -> Hashes:
    """Return the hash of the person of each row."""
    ids = as_text(table.column(column)).combine_chunks()
    return text_hashes(ids)


def _cut(buckets: npt.NDArray[np.intp], n_buckets: int) -> Iterator[tuple[int, npt.NDArray[np.intp]]]:
    """Yield each bucket that has rows, and its rows in their order."""
    order = np.argsort(buckets, kind="stable")
    ends = np.searchsorted(buckets[order], np.arange(n_buckets + 1))
    for bucket in np.flatnonzero(np.diff(ends)):
        yield int(bucket), order[ends[bucket] : ends[bucket + 1]]


def table_pieces(table: pa.Table, person: str, kind: str, number: int, n_buckets: int) -> Iterator[Piece]:
    """Yield the rows of a table bucket by bucket."""
    for bucket, rows in _cut(bucket_of(hashes_of(table, person), n_buckets), n_buckets):
        yield Piece(bucket, number, kind, as_bytes(table.take(pa.array(rows))))


def as_bytes(table: pa.Table) -> bytes:
    """Return a table as an Arrow stream."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table.combine_chunks())
    return bytes(sink.getvalue().to_pybytes())


def as_tables(pieces: Iterable[Piece]) -> list[pa.Table]:
    """Return the tables of pieces: those of the same columns and types as one, in the order of the partitions."""
    groups: dict[pa.Schema, list[pa.Table]] = {}
    for piece in sorted(pieces, key=lambda one: one.number):
        table = pa.ipc.open_stream(piece.data).read_all()
        groups.setdefault(table.schema, []).append(table)
    return [pa.concat_tables(own).combine_chunks() for own in groups.values()]


class KeyBag:
    """Collects the hashes of the persons of a partition; ids that rise need no hashes."""

    def __init__(self) -> None:
        self._person: list[Hashes] = []
        self._row: list[Hashes] = []
        self._inside: list[npt.NDArray[np.bool_]] = []
        self._rising = True
        self.ends: tuple[int, int] | None = None

    def add(self, keys: Keys, inside: npt.NDArray[np.bool_] | None) -> None:
        """Take the hashes of a batch; ``inside`` says who is in the norm sample, where persons can repeat."""
        if not len(keys.row):
            return
        own = keys.rising
        self._rising = self._rising and own is not None and (self.ends is None or own[0] > self.ends[1])
        if self._rising and own is not None:
            self.ends = (own[0] if self.ends is None else self.ends[0], own[1])
        self._person.append(keys.person)
        self._row.append(keys.row)
        self._inside.append(np.zeros(len(keys.row), np.bool_) if inside is None else inside)

    @property
    def rises(self) -> bool:
        """Whether ids rise from the first row to the last; also where there are no rows."""
        return self._rising

    def pieces(self, number: int, n_buckets: int) -> Iterator[Piece]:
        """Yield the hashes bucket by bucket."""
        if not self._row:
            return
        person, row = np.concatenate(self._person), np.concatenate(self._row)
        inside = np.concatenate(self._inside)
        for bucket, rows in _cut(bucket_of(person, n_buckets), n_buckets):
            own = row[rows]
            again = person[rows][inside[rows]]
            head = np.array([len(own)], np.uint64)
            yield Piece(bucket, number, KEYS, np.concatenate([head, own, again]).tobytes())


def repeated_keys(pieces: Iterable[Piece]) -> tuple[Hashes, int]:
    """Return the hashes that several rows of a bucket have, and how many rows are of persons who are there already."""
    rows, again = [np.empty(0, np.uint64)], [np.empty(0, np.uint64)]
    for piece in pieces:
        numbers = np.frombuffer(piece.data, np.uint64)
        n = int(numbers[0])
        rows.append(numbers[1 : n + 1])
        again.append(numbers[n + 1 :])
    hashes, persons = np.sort(np.concatenate(rows)), np.concatenate(again)
    return np.unique(hashes[1:][hashes[1:] == hashes[:-1]]), len(persons) - len(np.unique(persons))


class Occasions:
    """Collects the scores of two occasions of the persons of a bucket."""

    def __init__(self, instrument: Instrument) -> None:
        self._instrument = instrument
        self._sides: dict[str, list[pa.Table]] = {FIRST: [], SECOND: []}

    def add(self, kind: str, tables: Iterable[pa.Table]) -> None:
        """Take scores of an occasion."""
        self._sides[kind] += tables

    def check(self) -> None:
        """Refuse persons who stand twice on one side, all of them."""
        problems = [problem for kind, own in self._sides.items() if own for problem in _twice(kind, own)]
        if problems:
            raise RunError("persons stand twice on an occasion", problems=problems)

    def tally(self) -> RetestTally:
        """Return how many persons went from each score to each score."""
        self.check()
        sides = [
            scores_of_rows(self._instrument, pa.concat_tables(own) if own else None)
            for own in self._sides.values()
        ]
        return tally_retest(*sides)


def _twice(kind: str, tables: Sequence[pa.Table]) -> Iterator[Problem]:
    counts = pc.value_counts(pa.concat_tables(tables).column("person_id"))
    for one in counts.filter(pc.greater(counts.field("counts"), 1)).to_pylist():
        yield Problem(
            where=f'person "{one["values"]}"',
            what=f"{one['counts']} rows on the {kind} occasion",
            expected="one",
            hint="Give one occasion on each side.",
        )


def split_occasions(
    instrument: Instrument, table: pa.Table, occasions: tuple[str, str] | None
) -> Iterator[tuple[str, pa.Table]]:
    """Yield the scores of each occasion that a table holds, a row per person; None for the first alone."""
    if occasions is None:
        yield FIRST, scores_alone(instrument, table)
        return
    wide = score_columns(instrument, table)
    if "occasion" not in wide.column_names:
        raise RunError("the data have no column occasion", hint="Name it: occasion=.")
    for kind, name in zip((FIRST, SECOND), occasions, strict=True):
        mine = pc.equal(wide.column("occasion"), name)
        yield kind, wide.filter(mine).drop_columns(["occasion"])


def score_columns(instrument: Instrument, table: pa.Table) -> pa.Table:
    """Return a table of scores of any layout with a row per person: who, when, a column per scale."""
    if "scale_id" in table.column_names and "raw_score" in table.column_names:
        return wide_rows(instrument, table)
    who = [name for name in ("person_id", "occasion") if name in table.column_names]
    return table.select([*who, *instrument.scale_ids])


def scores_alone(instrument: Instrument, table: pa.Table) -> pa.Table:
    """Return a table of scores of any layout with a row per person, without the column that says when."""
    wide = score_columns(instrument, table)
    return wide.drop_columns(["occasion"]) if "occasion" in wide.column_names else wide
