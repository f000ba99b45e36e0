"""Ratings beside responses: few stand in memory; many are cut into buckets by person, and the responses with them."""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from psychometrics.engine.alike import alike
from psychometrics.engine.faults import CAUSES, fault
from psychometrics.engine.partitions import Partition, Source
from psychometrics.engine.pool import Faults
from psychometrics.engine.sources import open_source
from psychometrics.errors import ResponsesError, RunError
from psychometrics.instrument import Instrument
from psychometrics.responses import Ratings
from psychometrics.responses.missing import MissingCodes, declared_missing
from psychometrics.responses.ratings import REQUIRED, code_ratings, unrated
from psychometrics.responses.tables import LoadedTable, as_text
from psychometrics.runs.batches import Batches, read_batches
from psychometrics.runs.tables import plain_texts
from psychometrics.tallying.blocks import text_hashes

N_BUCKETS = 64
ROWS = 262_144
SPREAD = 12
"""How much more ratings take while they are read than their table does."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RatingSource:
    """Where ratings are, and the partitions of responses that go with them.

    Attributes
    ----------
    whole : Ratings or None
        All ratings, where they are few.
    responses : Source
        Partitions to work on: those of the data, or buckets that hold the ratings of their persons.
    sha256 : str
        Digest of the ratings; empty without any.
    size : int
        Bytes they take in memory.
    """

    whole: Ratings | None
    responses: Source
    sha256: str = ""
    size: int = 0

    @property
    def n_persons(self) -> int:
        """Persons with ratings in memory."""
        return 0 if self.whole is None else self.whole.persons.num_rows

    def left(self, met: npt.NDArray[np.int64]) -> Ratings | None:
        """Return the ratings of the persons that no batch had; None without ratings in memory."""
        if self.whole is None:
            return None
        rest = np.ones(self.n_persons, np.bool_)
        rest[met] = False
        return self.whole.select(rest)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BucketPartition:
    """Responses and ratings of the persons whose id falls into one bucket."""

    name: str
    folder: Path
    number: int
    schema: pa.Schema
    instrument: Instrument
    rating_codes: MissingCodes | None
    no_ratings: pa.Table
    n_rows: int
    identity: Mapping[str, Any] = field(default_factory=dict)
    first_row: int | None = None
    row_in_file: int = 0

    @property
    def size(self) -> int:
        """Bytes."""
        return sum(path.stat().st_size for path in self.folder.glob(f"{self.number:03d}.*"))

    def batches(self, columns: Sequence[str], rows: int) -> Iterator[pa.Table]:
        """Yield the responses."""
        for table in _read(self.folder / f"{self.number:03d}.responses"):
            kept = table.select([name for name in columns if name in table.column_names])
            for start in range(0, kept.num_rows, rows):
                yield kept.slice(start, rows)

    def fields(self) -> dict[str, pa.DataType]:
        """Return the type of each column of the responses."""
        return dict(zip(self.schema.names, self.schema.types, strict=True))

    def ratings(self) -> Ratings:
        """Return the ratings of these persons, which may be none."""
        tables = list(_read(self.folder / f"{self.number:03d}.ratings")) or [self.no_ratings]
        loaded = LoadedTable(table=pa.concat_tables(tables), where="ratings", sha256="bucket")
        try:
            return code_ratings(loaded, self.instrument, self.rating_codes, whole=False)
        except ResponsesError as error:  # rows of a bucket are those of no file
            problems = [replace(one, rows=()) for one in error.problems]
            raise ResponsesError(error.message, problems=problems, hint=error.hint) from error


def ratings_source(batches: Batches, state: Path, stack: ExitStack) -> RatingSource:
    """Return the ratings of a run: in memory where they take less than a quarter of it, else in buckets on disk."""
    if batches.ratings is None:
        return RatingSource(whole=None, responses=batches.source)
    if not batches.instrument.criteria:
        raise RunError(f"{batches.instrument.name} has no rubric tasks, so there is nothing to rate")
    budget = batches.ceiling // 4
    source = open_source(batches.ratings)
    held: list[pa.Table] = []
    tables = rating_tables(source)
    for table in tables:
        held.append(table)
        if sum(one.nbytes for one in held) * SPREAD > budget:
            state.mkdir(parents=True, exist_ok=True)
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="buckets-", dir=state))
            return _buckets(batches, source, _chained(held, tables), Path(folder))
    return ratings_in_memory(batches, source, held)


def _chained(held: list[pa.Table], more: Iterator[pa.Table]) -> Iterator[pa.Table]:
    while held:
        yield held.pop(0)
    yield from more


def rating_tables(source: Source) -> Iterator[pa.Table]:
    """Yield the ratings with their keys as text, so that every piece has the same types."""
    for partition in source.partitions:
        names = list(partition.fields())
        absent = [name for name in REQUIRED if name not in names]
        if absent:
            raise RunError(
                f"{partition.name}: ratings need the columns {', '.join(REQUIRED)}; without {', '.join(absent)}"
            )
        wanted = [name for name in (*REQUIRED, "occasion") if name in names]
        try:
            for table in partition.batches(wanted, ROWS):
                yield pa.table({name: as_text(table.column(name)) for name in wanted})
        except CAUSES as error:
            raise RunError(
                f"{partition.name}: cannot be read", problems=fault(partition.name, error)
            ) from error


def ratings_in_memory(batches: Batches, source: Source, held: list[pa.Table]) -> RatingSource:
    """Return ratings that are few.

    Raises
    ------
    RunError
        None at all, ratings that fit no criterion, or a criterion that nobody rated.
    """
    if not held:
        raise RunError(f"{source.where}: no ratings")
    loaded = LoadedTable(table=pa.concat_tables(held), where=source.where, sha256="")
    size = loaded.table.nbytes
    try:
        ratings = code_ratings(loaded, batches.instrument, batches.rating_codes)
    except ResponsesError as error:
        raise RunError(error.message, problems=error.problems, hint=error.hint) from error
    return RatingSource(
        whole=ratings, responses=batches.source, sha256=ratings.source.input_sha256, size=4 * size
    )


def _buckets(batches: Batches, source: Source, ratings: Iterable[pa.Table], folder: Path) -> RatingSource:
    rated, answered = _Spill(folder, "ratings"), _Spill(folder, "responses")
    seen = np.zeros(len(batches.instrument.criteria), np.int64)
    before = 0
    for table in ratings:
        seen += criteria_rated(_coded(batches, source.where, table, before))
        before += table.num_rows
        rated.add(table, "person_id")
    problems = list(
        unrated(batches.instrument, np.repeat(np.arange(len(seen)), np.minimum(seen, 1)).astype(np.int32))
    )
    if problems:
        raise RunError(f"{source.where}: the ratings cannot be used", problems=problems)
    _spill_responses(batches, answered)
    rated.close()
    answered.close()
    sha256 = _identity(source)
    codes = declared_missing(batches.rating_codes, batches.instrument.definition.missing_codes)
    whole = {
        "responses": _identity(batches.source),
        "ratings": sha256,
        "missing": codes,
        "buckets": N_BUCKETS,
    }
    schema = answered.schema or _no_responses(batches)
    parts: list[Partition] = [
        BucketPartition(
            name=f"bucket {number + 1:03d} of {N_BUCKETS}",
            folder=folder,
            number=number,
            schema=schema,
            instrument=batches.instrument,
            rating_codes=batches.rating_codes,
            no_ratings=(rated.schema or pa.schema([])).empty_table(),
            n_rows=answered.rows[number],
            identity=whole,
        )
        for number in range(N_BUCKETS)
    ]
    responses = Source(
        where=batches.source.where,
        partitions=parts,
        repeatable=batches.source.repeatable and source.repeatable,
    )
    return RatingSource(whole=None, responses=responses, sha256=sha256)


def _coded(batches: Batches, where: str, table: pa.Table, before: int) -> Ratings:
    """Return some ratings; those that fit nothing are refused here, where their rows are known: in a bucket they are not."""
    loaded = LoadedTable(table=table, where=where, sha256="piece")
    try:
        return code_ratings(loaded, batches.instrument, batches.rating_codes, whole=False)
    except ResponsesError as error:
        moved = [replace(one, rows=tuple(row + before for row in one.rows)) for one in error.problems]
        raise RunError(error.message, problems=moved, hint=error.hint) from error


def _no_responses(batches: Batches) -> pa.Schema:
    names = (batches.reading.person, *batches.instrument.item_ids)
    return pa.schema([(name, pa.null()) for name in names])


def criteria_rated(ratings: Ratings) -> npt.NDArray[np.int64]:
    """Return how often each criterion was rated; a declared missing code is no rating."""
    counts = np.bincount(ratings.criterion_index, minlength=len(ratings.instrument.criteria))
    return counts.astype(np.int64)


def _spill_responses(batches: Batches, spill: _Spill) -> None:
    """Cut the responses into buckets; what is wrong with them is found here, where partition and row are known."""
    plan = batches.plan(workers=1)
    faults = Faults()
    parts, loose = _brought_together(batches)
    for partition in parts:
        try:
            for table, place in read_batches(partition, batches.reading, plan.batch_rows):
                batches.reading.read(table, place)
                spill.add(_as_text(table, loose), batches.reading.person)
        except CAUSES as error:
            if not faults.add(partition.name, error):
                break
    if faults.partitions:
        raise RunError(
            f"{batches.source.where}: {len(faults.partitions)} partitions could not be read",
            problems=faults.problems,
            facts={"partitions": faults.partitions},
        )


def _brought_together(batches: Batches) -> tuple[Iterable[Partition], set[str]]:
    """Return the partitions with one type per column, and the answers that are numbers here and text there."""
    parts, guessed = batches.source.partitions, set(batches.reading.guessed)
    if not isinstance(parts, list):
        return parts, guessed
    fields = [one.fields() for one in parts]
    loose = {name for own in fields for name in guessed & set(own) if pa.types.is_null(own[name])}
    wanted = batches.reading.wanted(list(dict.fromkeys(name for own in fields for name in own)))
    return alike(parts, [name for name in wanted if name not in loose]), loose


def _as_text(table: pa.Table, names: set[str]) -> pa.Table:
    table = plain_texts(table)
    for place, name in enumerate(table.column_names):
        if name in names:
            table = table.set_column(place, name, as_text(table.column(name)))
    return table


def _identity(source: Source) -> str:
    if not isinstance(source.partitions, list):
        return ""
    text = json.dumps([dict(one.identity) for one in source.partitions], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


class _Spill:
    """Tables cut by the hash of a column, a file per bucket."""

    def __init__(self, folder: Path, kind: str) -> None:
        self._folder, self._kind = folder, kind
        self._open: dict[int, pa.ipc.RecordBatchStreamWriter] = {}
        self.rows = [0] * N_BUCKETS
        self.schema: pa.Schema | None = None

    def add(self, table: pa.Table, column: str) -> None:
        if column not in table.column_names:
            raise ResponsesError(
                f'no column "{column}": persons cannot be matched with their ratings',
                hint="Name the column that says who: person=.",
            )
        self.schema = self.schema or table.schema
        table = table.select(self.schema.names).cast(self.schema)
        hashes = text_hashes(as_text(table.column(column)).combine_chunks())
        bucket = (hashes >> np.uint64(32)) % np.uint64(N_BUCKETS)
        order = np.argsort(bucket, kind="stable")
        ends = np.searchsorted(bucket[order], np.arange(N_BUCKETS + 1, dtype=np.uint64))
        for number in range(N_BUCKETS):
            rows = order[ends[number] : ends[number + 1]]
            if len(rows):
                self._writer(number).write_table(table.take(pa.array(rows)))
                self.rows[number] += len(rows)

    def _writer(self, number: int) -> pa.ipc.RecordBatchStreamWriter:
        if number not in self._open:
            path = str(self._folder / f"{number:03d}.{self._kind}")
            self._open[number] = pa.ipc.new_stream(path, self.schema)
        return self._open[number]

    def close(self) -> None:
        for writer in self._open.values():
            writer.close()


def _read(path: Path) -> Iterator[pa.Table]:
    if not path.exists():
        return
    with pa.OSFile(str(path)) as file:
        for batch in pa.ipc.open_stream(file):
            yield pa.Table.from_batches([batch])
