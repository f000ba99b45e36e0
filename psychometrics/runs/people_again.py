"""Who is in a partition, read once more: from the data, or from the scores that were written."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from psychometrics.engine.manifest import Finished
from psychometrics.engine.partitions import Partition
from psychometrics.runs.batches import tables_of
from psychometrics.runs.keys import Hashes, keys_of
from psychometrics.runs.reading import Place, Reading
from psychometrics.runs.writing import SCORES

ROWS = 1 << 18


def persons_again(partition: Partition, reading: Reading) -> Iterator[tuple[pa.Table, Hashes]]:
    """Read who is in a partition once more, without the answers."""
    before = 0
    for table in _who(partition, reading):
        first = None if partition.first_row is None else partition.first_row + before
        persons = reading.persons(table, Place(partition=partition.name, first_row=first))
        before += table.num_rows
        yield persons, keys_of(persons, None).row


def _who(partition: Partition, reading: Reading) -> Iterator[pa.Table]:
    """Yield the columns that say who and when, by the names they are read as."""
    fields = partition.fields()
    who = [name for name in reading.in_data((reading.person, reading.occasion)) if name in fields]
    names = who or list(fields)[:1]  # where nothing says who, persons are numbered: rows must be there
    for table in tables_of(partition, names, reading.instrument, ROWS):
        yield table.select(who).rename_columns([reading.rename.get(name, name) for name in who])


def persons_written(folder: Path, finished: Finished) -> Iterator[tuple[pa.Table, Hashes]]:
    """Read who is in a partition of a stream from the scores that were written."""
    for name in finished.files:
        if not name.startswith(SCORES):
            continue
        file = pq.ParquetFile(folder / name)
        names = file.schema_arrow.names
        who = [one for one in ("person_id", "occasion") if one in names]
        for group in range(file.num_row_groups):
            table = file.read_row_group(group, columns=[*who, *(["scale_id"] if "scale_id" in names else [])])
            if "scale_id" in names:
                first = table.column("scale_id")[0] if table.num_rows else None
                table = table.filter(pc.equal(table.column("scale_id"), first)) if table.num_rows else table
            persons = table.select(who)
            yield persons, keys_of(persons, None).row
