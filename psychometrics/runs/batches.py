"""Data larger than memory, opened: where they are, how they are read, how much of them fits at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa

from psychometrics.engine.alike import as_before
from psychometrics.engine.chunks import n_cores
from psychometrics.engine.delimited import DelimitedPartition
from psychometrics.engine.faults import CAUSES, fault
from psychometrics.engine.memory import SLACK, MemoryPlan, parse_memory, plan_rows, resident
from psychometrics.engine.partitions import Partition, Source
from psychometrics.engine.room import Room
from psychometrics.engine.sources import STREAM_BYTES, open_source
from psychometrics.errors import Problem, ResponsesError, RunError
from psychometrics.instrument import Instrument, load_instrument
from psychometrics.responses import Responses
from psychometrics.responses.missing import MissingCodes, declared_missing
from psychometrics.runs.reading import Place, Reading
from psychometrics.runs.strata import Strata

BYTES_OF_ID = 200
"""What a row takes beside its answers: id as it came, as text, hashes, labels, the table of scores."""
NO_ANSWERS = "If one holds no answers, take it out of the folder, or give a glob that leaves it out."
LEAST = 8 << 20
PART_OF_STREAM = 16
"""Which part of the memory a part of a stream may take; there is one for each worker, the next, and one just done."""
STEP, SHARE = 4_096, 14
"""Rows with texts that are read at once, for so many are held before it is seen how long they are: as few as this, or one for
each 2 ** 14 bytes that a batch may take."""
PROBE = 1_024
"""Rows that are looked at before, to see whether texts are so long that fewer must be read at once."""
COPIES = 10
"""How often a text is held at the worst moment: as read, as text, cut, in the table of scores, as it is written; twice, for
allocators keep what was given back."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Batches:
    """Responses that are read part by part; from :func:`open_batches`.

    Attributes
    ----------
    instrument : Instrument
    given : Any
        What was opened.
    typed : tuple of str
        Columns of text files that were looked through.
    source : Source
        The partitions.
    reading : Reading
        How they are read.
    ratings : Any
        Ratings as they were given: a source; None where there are none.
    memory : str or int
        The ceiling of the run.
    workers : int
        Partitions worked on side by side.
    """

    instrument: Instrument
    given: Any
    typed: tuple[str, ...]
    source: Source
    reading: Reading
    ratings: Any
    rating_codes: MissingCodes | None
    memory: str | int
    workers: int

    @property
    def n_rows(self) -> int | None:
        """Rows in all; None for a stream."""
        return self.source.n_rows

    @property
    def partitions(self) -> tuple[str, ...]:
        """Names of the partitions; none for a stream."""
        parts = self.source.partitions
        return tuple(one.name for one in parts) if isinstance(parts, list) else ()

    def __iter__(self) -> Iterator[Responses]:
        """Yield the responses of one batch after the other."""
        plan = self.plan(workers=1)
        for partition in self.source.partitions:
            for table, place in read_batches(partition, self.reading, plan.batch_rows):
                yield read_one(self.reading, table, place).responses

    @property
    def ceiling(self) -> int:
        """Return the bytes the process may take."""
        return parse_memory(self.memory)

    @property
    def spare(self) -> int:
        """Return the bytes that a step beside the batches may take now: a quarter of all, or what is left."""
        left = int(self.ceiling * SLACK) - resident()
        return max(LEAST, min(self.ceiling // 4, left))

    def plan(
        self, *, workers: int | None = None, counts: int = 0, shared: int = 0, held: int | None = None
    ) -> MemoryPlan:
        """Return how many rows a batch may have so that all workers together stay below the ceiling.

        ``counts`` are the bytes that each needs to count; ``held`` is what the process, or all processes, hold before they
        begin: by default what this one holds.
        """
        workers = self.workers if workers is None else workers
        per_row = _bytes_of_row(self.instrument)
        fixed = counts + (16 << 20)
        shared += (workers + 2) * self.source.held
        return plan_rows(
            self.memory, workers=workers, per_row=per_row, fixed=fixed, shared=shared + fixed, held=held
        )

    def with_strata(self, strata: Strata, placed_by: Sequence[str] = ()) -> Batches:
        """Return the same, reading also the columns that divide the sample; checks that they are there."""
        reading = replace(self.reading, strata=strata, placed_by=tuple(placed_by))
        if reading.kept == self.reading.kept:
            return replace(self, reading=reading)
        source = self.source
        parts = source.partitions if isinstance(source.partitions, list) else []
        if any(isinstance(one, DelimitedPartition) for one in parts):
            typed = [*self.typed, *reading.in_data(reading.kept)]
            source = open_source(self.given, typed=typed, guessed=reading.guessed)
        _check(source, reading)
        return replace(self, reading=reading, source=source)

    def __repr__(self) -> str:
        rows = "" if self.n_rows is None else f"{self.n_rows:,} rows in "
        parts = f"{len(self.partitions):,} partitions" if self.partitions else "a stream"
        return f"<Batches to {self.instrument.name}: {rows}{parts}, memory {self.memory}>"


def open_batches(
    source: Any,
    instrument: Instrument | str,
    *,
    person: str = "person_id",
    occasion: str = "occasion",
    rename: Mapping[str, str] | None = None,
    missing_codes: MissingCodes | None = None,
    invalid: Literal["error", "missing"] = "error",
    missing_columns: Literal["error", "not_presented"] = "error",
    columns: Iterable[str] = (),
    numbers: Iterable[str] = (),
    ratings: Any = None,
    rating_missing_codes: MissingCodes | None = None,
    memory: str | int = "1GiB",
    workers: int | None = None,
) -> Batches:
    """Open responses that need not fit into memory. Only names, sizes and footers are read.

    Parameters
    ----------
    source : path, URI, glob, list of these, frame, stream or iterable
        Parquet, Arrow, CSV and TSV files (``.csv.gz`` too), a folder of them (``gender=f/`` becomes a column), object
        stores through ``pyarrow.fs`` (``s3://``, ``gs://``), also as ``SubTreeFileSystem("bucket/folder", store)``; a
        pyarrow table or RecordBatchReader, a DuckDB relation or result, an ADBC cursor, or any iterable of tables,
        record batches or frames. None where there are ratings only.
    instrument : Instrument or str
        What was asked.
    person, occasion, rename, missing_codes, invalid, missing_columns
        As for :func:`read_responses`.
    columns : iterable of str
        Person columns to write beside the scores (wide tables).
    numbers : iterable of str
        Columns of CSV files that hold numbers or labels that matter: they are looked through once, to read them as
        reading the whole file at once would. Those of the strata are, by themselves.
    ratings : as source, optional
        Ratings in long form, as for :func:`read_ratings`; many or few.
    rating_missing_codes : mapping or list, optional
        Codes in ``level`` that mean "not rated".
    memory : str or int
        What the whole run may take, other processes that it starts included: ``"1GiB"``, ``"800MB"``, or bytes.
    workers : int, optional
        Partitions worked on side by side; as many as there are cores by default.

    Returns
    -------
    Batches

    Raises
    ------
    RunError
        Nothing there; files that are damaged, or whose columns do not fit: all of them at once.
    """
    if isinstance(instrument, str | Path):
        instrument = load_instrument(instrument)
    if source is None and ratings is None:
        raise RunError("neither responses nor ratings", hint="Give a source, ratings=, or both.")
    reading = Reading(
        instrument=instrument,
        person=person,
        occasion=occasion,
        rename=dict(rename or {}),
        missing=declared_missing(missing_codes, instrument.definition.missing_codes),
        invalid=invalid,
        missing_columns=missing_columns,
        columns=tuple(name for name in dict.fromkeys(columns) if name not in (person, occasion)),
        strata=Strata.of(()),
    )
    typed = reading.in_data([*reading.columns, *numbers])
    opened = Source(where="no responses", partitions=[], repeatable=True)
    if source is not None:
        held = min(STREAM_BYTES, parse_memory(memory) // PART_OF_STREAM)
        opened = open_source(source, typed=typed, guessed=reading.guessed, held=held)
        if not isinstance(opened.partitions, list):
            own = as_before(opened.partitions, reading.in_data(reading.columns))
            opened = replace(opened, partitions=own)
        _check(opened, reading)
    workers = n_cores() if workers is None else workers
    if not isinstance(workers, int) or workers < 1:
        raise RunError(f"workers={workers!r}", hint="Give a whole number, 1 or more.")
    batches = Batches(
        instrument=instrument,
        given=source,
        typed=typed,
        source=opened,
        reading=reading,
        ratings=ratings,
        rating_codes=rating_missing_codes,
        memory=memory,
        workers=workers,
    )
    batches.plan(workers=1)
    return batches


def _check(source: Source, reading: Reading) -> None:
    """Refuse partitions whose columns do not fit, all at once."""
    _not_named_as_who(reading)
    if not isinstance(source.partitions, list):
        return
    problems: list[Problem] = []
    wrong: list[str] = []
    kinds: dict[str, tuple[str, str]] = {}
    for partition in source.partitions:
        own = [*reading.check(partition.fields()), *_types(partition, reading, kinds)]
        wrong += [partition.name] * bool(own)
        problems += fault(partition.name, ResponsesError("", problems=own)) if own else ()
    if not problems:
        return
    n = len(source.partitions)
    raise RunError(
        f"{source.where}: the columns of {len(wrong)} of {n} partition{'s' * (n > 1)} do not fit {reading.instrument.name}",
        problems=problems,
        hint=NO_ANSWERS if len(wrong) < n else "",
        facts={"partitions": wrong},
    )


def _not_named_as_who(reading: Reading) -> None:
    """Refuse columns that would stand where the id or the occasion does, which other columns hold."""
    own = {"person_id": reading.person, "occasion": reading.occasion}
    problems = [
        Problem(where=name, what=f'another column, "{own[name]}", is read as this')
        for name in reading.kept
        if name in own
    ]
    if problems:
        raise RunError(
            "columns that are kept beside the scores would stand in the place of others",
            problems=problems,
            hint="Rename them in the data, or leave them out.",
        )


def identity_of(partition: Partition, reading: Reading) -> dict[str, Any]:
    """Return what tells whether a partition would be read as before.

    Where no column says who, persons are numbered, and the rows of the partitions before count too.
    """
    names = [reading.rename.get(name, name) for name in partition.fields()]
    numbered = {} if reading.person in names else {"first_row": partition.first_row}
    return {**partition.identity, **numbered}


def _types(partition: Partition, reading: Reading, kinds: dict[str, tuple[str, str]]) -> Iterator[Problem]:
    """Yield columns that hold another kind of value than in an earlier partition."""
    for name, kind in partition.fields().items():
        if name not in reading.wanted([name]) or pa.types.is_null(kind):
            continue
        own = kind_of(kind)
        first, where = kinds.setdefault(name, (own, partition.name))
        if own != first:
            yield Problem(where=name, what=f"holds {own}", expected=f"{first}, as in {where}")


def kind_of(kind: pa.DataType) -> str:
    """Say in a word what a column holds."""
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    if pa.types.is_integer(kind) or pa.types.is_floating(kind):
        return "numbers"
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return "text"
    return str(kind)


def _option_sets(instrument: Instrument) -> int:
    return sum(len(item.codes) + 1 for item in instrument.items)


def _bytes_of_row(instrument: Instrument) -> int:
    """Return what a row takes at the worst moment, if its id and its texts are short."""
    n_items, n_scales = len(instrument.items), len(instrument.scales)
    return BYTES_OF_ID + 4 * n_items + _option_sets(instrument) // 4 + 40 * n_scales


def fitting_rows(partition: Partition, names: Sequence[str], room: Room) -> int:
    """Return how many rows to read at once: fewer where ids or texts are long, as the first rows of the partition say."""
    fields = partition.fields()
    texts = [name for name in names if not _is_short(fields[name])]
    if not texts:
        return room.rows
    rows = min(room.rows, max(STEP, room.size >> SHARE))
    if partition.n_rows is None:
        return rows  # a frame that is not computed yet would be computed twice
    first = next(iter(partition.batches(texts, min(rows, PROBE))), None)
    return rows if first is None or not first.num_rows else min(rows, room.fitting(first))


def _is_short(kind: pa.DataType) -> bool:
    """Say whether the values of a column are numbers, or places in a list of few texts."""
    return bool(pa.types.is_primitive(kind) or pa.types.is_dictionary(kind))


def room_for(instrument: Instrument, rows: int) -> Room:
    """Return what a batch may take that was planned to have so many rows."""
    per_row, n_items = _bytes_of_row(instrument), len(instrument.items)
    return Room(rows=rows, per_row=per_row, texts=BYTES_OF_ID, numbers=n_items, copies=COPIES)


def tables_of(
    partition: Partition, names: Sequence[str], instrument: Instrument, rows: int
) -> Iterator[pa.Table]:
    """Return the columns of a partition: at most so many rows at a time, fewer where texts are long."""
    room = room_for(instrument, rows)
    return room.batches(partition.batches(names, fitting_rows(partition, names, room)))


def read_batches(partition: Partition, reading: Reading, rows: int) -> Iterator[tuple[pa.Table, Place]]:
    """Yield the tables of a partition with the place of each: at most so many rows, fewer where texts are long."""
    fields = partition.fields()
    problems = reading.check(fields)
    if problems:
        raise ResponsesError("the columns do not fit", problems=problems)
    before = 0
    names = reading.wanted(list(fields))
    for table in tables_of(partition, names, reading.instrument, rows):
        first = None if partition.first_row is None else partition.first_row + before
        yield (
            table,
            Place(partition=partition.name, row_in_file=partition.row_in_file + before, first_row=first),
        )
        before += table.num_rows
        del table


def read_one(reading: Reading, table: pa.Table, place: Place) -> Any:
    """Return the responses of a batch; an error names the partition."""
    try:
        return reading.read(table, place)
    except CAUSES as error:
        problems = fault(place.partition, error)
        raise RunError(f"{place.partition}: cannot be read", problems=problems) from error
