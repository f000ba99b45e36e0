"""Who is in a partition, read once more: the persons and hashes of the first time, without the answers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.feather
import pyarrow.parquet as pq
import pytest
from batches_for_tests import FOUR, answers, open_batches, write

from psychometrics.engine.parquet import ParquetPartition
from psychometrics.runs import people_again, run_batches
from psychometrics.runs.batches import read_batches
from psychometrics.runs.people_again import persons_again

WHO = {"who": "person_id", "when": "occasion"}


def written(table: pa.Table, path: Path) -> Path:
    if path.suffix == ".parquet":
        pq.write_table(table, path, row_group_size=7)
    elif path.suffix == ".csv":
        pa.csv.write_csv(table, path)
    else:
        pa.feather.write_feather(table, path)
    return path


@pytest.mark.parametrize("kind", ["parquet", "csv", "feather"])
@pytest.mark.parametrize("renames", [False, True], ids=["", "renamed"])
@pytest.mark.parametrize(
    "without", [[], ["occasion"], ["person_id"], ["person_id", "occasion"]], ids="-".join
)
def test_persons_are_those_of_the_first_time(
    kind: str, renames: bool, without: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(people_again, "ROWS", 9)
    table = answers(60, occasions=2).drop_columns([*without, "region"])
    rename = {column: name for column, name in WHO.items() if renames and name not in without}
    named = table.rename_columns({name: column for column, name in rename.items()})
    path = written(named, tmp_path / f"a.{kind}")
    batches = open_batches(path, FOUR, rename=rename, columns=["age"])
    (partition,) = batches.source.partitions
    first = [batches.reading.read(*one) for one in read_batches(partition, batches.reading, 13)]
    again = list(persons_again(partition, batches.reading))
    persons = pa.concat_tables([one.responses.persons for one in first]).drop_columns("age")
    assert pa.concat_tables([one for one, _ in again]).equals(persons)
    hashes = np.concatenate([one.keys.row for one in first])
    np.testing.assert_array_equal(np.concatenate([own for _, own in again]), hashes)
    assert len(again) > 1


def test_answers_are_not_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    table = answers(60)
    pieces = [table.take(pa.array(range(start, 60, 2))) for start in (0, 1)]  # ids rise in both, and overlap
    real, asked = ParquetPartition.batches, []

    def told(self: ParquetPartition, columns: Sequence[str], rows: int) -> Iterator[pa.Table]:
        asked.append(list(columns))
        return real(self, columns, rows)

    monkeypatch.setattr(ParquetPartition, "batches", told)
    run = run_batches(open_batches(write(pieces, tmp_path / "in"), FOUR, workers=1))
    assert run.n_rows == 60
    answered = ["person_id", "q1", "q2", "q3", "q4"]
    assert asked == [answered, answered, ["person_id"], ["person_id"]]
