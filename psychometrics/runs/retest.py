"""Two occasions joined by person in bounded memory: scores fall into buckets by a hash of the id, then bucket by bucket."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from psychometrics.errors import OutputError, RunError
from psychometrics.instrument import Instrument
from psychometrics.result import Source
from psychometrics.runs.batches import Batches
from psychometrics.scoring import Scores
from psychometrics.tallying import RetestTally, tally_retest
from psychometrics.tallying.blocks import text_hashes

FIRST, SECOND = 0, 1
ROWS = 262_144
MOST_BUCKETS = 256
Floats = npt.NDArray[np.float64]
Piece = tuple[int, pa.Table]
"""Which occasion, and ``person_id`` with a column per scale."""


def check_retest(batches: Batches, retest: Batches | tuple[str, str] | None) -> None:
    """Refuse a second occasion that cannot be joined with the first.

    Raises
    ------
    RunError
        Not two names that differ, another instrument, or data without ids: numbers of rows are no persons.
    """
    both = (batches, retest) if isinstance(retest, Batches) else (batches,)
    if retest is None:
        return
    if isinstance(retest, Batches):
        if retest.instrument.fingerprint != batches.instrument.fingerprint:
            raise RunError(
                f"the second occasion was {retest.instrument.name}, the first {batches.instrument.name}"
            )
    elif (
        not isinstance(retest, tuple | list)
        or len(set(retest)) != 2
        or len(retest) != 2
        or not all(isinstance(one, str) for one in retest)
    ):
        raise RunError(
            f"retest={retest!r}",
            hint='Give the names of two occasions, ("first", "second"), or other batches.',
        )
    for one in both:
        parts = one.source.partitions
        for part in parts if isinstance(parts, list) else ():
            names = [one.reading.rename.get(name, name) for name in part.fields()]
            if one.reading.person not in names:
                raise RunError(
                    f'{part.name}: no column "{one.reading.person}", so persons of two occasions cannot be joined',
                    hint="Name the column that says who: person=.",
                )


def retest_of_files(
    instrument: Instrument,
    first: Sequence[Path],
    second: Sequence[Path] | None,
    occasions: tuple[str, str] | None,
    *,
    budget: int,
    folder: Path,
    simulated: bool = False,
) -> RetestTally:
    """Count how many persons went from each score to each score.

    Parameters
    ----------
    instrument : Instrument
    first, second : sequence of Path
        Files of scores; the second occasion may stand in the same files.
    occasions : tuple of str or None
        Names of the first and second occasion in the column ``occasion`` of ``first``.
    budget : int
        Bytes that may be taken.
    folder : Path
        Where the buckets go; they stay there.
    simulated : bool
        Whether the persons are simulated.

    Raises
    ------
    RunError
        A person stands twice on an occasion, or the files have no such occasion.
    """
    files = [*first, *(second or [])]
    total = sum(pq.ParquetFile(path).metadata.num_rows for path in files)
    per_row = 100 + 24 * len(instrument.scale_ids)
    n_buckets = int(min(MOST_BUCKETS, max(1, -(-total * per_row // max(budget, 1 << 20)))))
    pieces = _pieces(instrument, first, second, occasions)
    buckets = _Buckets(folder, n_buckets)
    try:
        seen = _fill(buckets, pieces)
    except OSError as error:
        raise OutputError(f"{folder}: cannot be written to ({error.strerror or error})") from error
    if occasions is not None and not min(seen):
        lacking = occasions[seen.index(0)]
        raise RunError(f'nobody has the occasion "{lacking}"', hint="Check the names of the occasions.")
    found: RetestTally | None = None
    for number in range(n_buckets):
        sides = [
            scores_of_rows(instrument, buckets.read(number, side), simulated) for side in (FIRST, SECOND)
        ]
        one = tally_retest(*sides)
        found = one if found is None else found + one
    assert found is not None  # noqa: S101
    return found


def _fill(buckets: _Buckets, pieces: Iterable[Piece]) -> list[int]:
    """Return the rows of the first and of the second occasion."""
    seen = [0, 0]
    for side, table in pieces:
        seen[side] += table.num_rows
        buckets.add(side, table)
    buckets.close()
    return seen


def _pieces(
    instrument: Instrument,
    first: Iterable[Path],
    second: Iterable[Path] | None,
    occasions: tuple[str, str] | None,
) -> Iterator[Piece]:
    if occasions is None:
        for side, paths in ((FIRST, first), (SECOND, second or ())):
            for path in paths:
                yield from (
                    (side, table.drop_columns(["occasion"] if "occasion" in table.column_names else []))
                    for table in _wide(instrument, path)
                )
        return
    for path in first:
        for table in _wide(instrument, path):
            if "occasion" not in table.column_names:
                raise RunError("the data have no column occasion", hint="Name it: occasion=.")
            for side, name in enumerate(occasions):
                mine = pc.fill_null(pc.equal(table.column("occasion"), name), fill_value=False)
                yield side, table.filter(mine).drop_columns(["occasion"])


def _wide(instrument: Instrument, path: Path) -> Iterator[pa.Table]:
    """Yield the scores of a file with a row per person, whatever its layout."""
    file = pq.ParquetFile(path)
    scales = instrument.scale_ids
    long = "scale_id" in file.schema_arrow.names and "raw_score" in file.schema_arrow.names
    who = [name for name in ("person_id", "occasion") if name in file.schema_arrow.names]
    if not long:
        for batch in file.iter_batches(ROWS, columns=[*who, *scales]):
            yield pa.Table.from_batches([batch])
        return
    for group in range(file.num_row_groups):
        yield wide_rows(instrument, file.read_row_group(group, columns=[*who, "raw_score"]))


def wide_rows(instrument: Instrument, table: pa.Table) -> pa.Table:
    """Return who and when with a column per scale, of a table with a row per person and scale."""
    who = [name for name in ("person_id", "occasion") if name in table.column_names]
    n = len(instrument.scale_ids)
    raw = table.column("raw_score").to_numpy().reshape(-1, n)
    keys = table.select(who).take(pa.array(np.arange(0, table.num_rows, n)))
    for scale, values in zip(instrument.scale_ids, raw.T, strict=True):
        keys = keys.append_column(scale, pa.array(values, from_pandas=True))
    return keys


class _Buckets:
    """Files of scores, one per bucket and occasion, written as they come."""

    def __init__(self, folder: Path, n: int) -> None:
        self._folder, self._n = folder, n
        self._open: dict[tuple[int, int], pa.ipc.RecordBatchStreamWriter] = {}

    def add(self, side: int, table: pa.Table) -> None:
        ids = table.column("person_id").combine_chunks()
        bucket = (text_hashes(ids) % np.uint64(self._n)).astype(np.intp)
        order = np.argsort(bucket, kind="stable")
        ends = np.searchsorted(bucket[order], np.arange(self._n + 1))
        for number in range(self._n):
            rows = order[ends[number] : ends[number + 1]]
            if len(rows):
                self._writer(number, side, table.schema).write_table(table.take(pa.array(rows)))

    def _writer(self, number: int, side: int, schema: pa.Schema) -> pa.ipc.RecordBatchStreamWriter:
        key = (number, side)
        if key not in self._open:
            self._open[key] = pa.ipc.new_stream(self._path(number, side), schema)
        return self._open[key]

    def close(self) -> None:
        for writer in self._open.values():
            writer.close()

    def _path(self, number: int, side: int) -> str:
        return str(self._folder / f"{number:03d}.{side}")

    def read(self, number: int, side: int) -> pa.Table | None:
        if (number, side) not in self._open:
            return None
        with pa.OSFile(self._path(number, side)) as file:
            return pa.ipc.open_stream(file).read_all()


def scores_of_rows(instrument: Instrument, table: pa.Table | None, simulated: bool = False) -> Scores:
    """Return the scores of a table with ``person_id`` and a column per scale; None for nobody."""
    n_scales = len(instrument.scale_ids)
    if table is None:
        persons, raw = pa.table({"person_id": pa.array([], pa.string())}), np.empty((n_scales, 0))
    else:
        persons = table.select(["person_id"])
        raw = np.array([table.column(scale).to_numpy() for scale in instrument.scale_ids])
    shape = raw.shape
    return Scores(
        instrument=instrument,
        persons=persons,
        raw=raw.reshape(n_scales, -1).astype(np.float64),
        n_valid=np.zeros(shape, np.int16),
        reason=np.zeros(shape, np.int8),
        n_raters=np.empty((0, 0), np.int16),
        adjudicate=np.empty((0, 0), np.bool_),
        source=Source(instrument=instrument.name, fingerprint=instrument.fingerprint, simulated=simulated),
    )
