"""Who is in a partition, read once more: from the data, or from the scores that were written."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from psychometrics.engine.manifest import Finished
from psychometrics.engine.partitions import Partition
from psychometrics.runs.batches import read_batches
from psychometrics.runs.keys import Hashes, keys_of
from psychometrics.runs.passes import BatchPass
from psychometrics.runs.writing import SCORES


def persons_again(partition: Partition, work: BatchPass) -> Iterator[tuple[pa.Table, Hashes]]:
    """Read who is in a partition once more, without the answers."""
    reading = work.reading
    who = [name for name in (reading.person, reading.occasion) if name in partition.fields()]
    for table, place in read_batches(partition, reading, 1 << 20):
        persons = reading.persons(table.select([name for name in table.column_names if name in who]), place)
        yield persons, keys_of(persons, None).row


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
