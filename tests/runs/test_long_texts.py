"""The ceiling holds where ids and texts are long, and a run is not refused after its work is done."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest
from batches_for_tests import FOUR, answers, open_batches, write
from instruments_for_tests import simple

from psychometrics.engine.sources import open_source
from psychometrics.runs import run_batches
from psychometrics.runs.batches import fitting_rows, read_batches, room_for

CEILING = 330_000_000
MEASURED = r"""
import re
from pathlib import Path
import pyarrow as pa
import psychometrics as pm
from psychometrics.runs import open_batches, run_batches
source = {source!r}
if source.endswith(".arrows"):
    source = pa.ipc.open_stream(pa.OSFile(source))
batches = open_batches(source, pm.parse_instrument({text!r}), columns=["note"], memory={memory}, workers=2)
run = run_batches(batches, {out!r}, layout="wide")
print(run.n_rows, int(re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())[1]) * 1024)
"""


measures = pytest.mark.skipif(
    not Path("/proc/self/status").exists(), reason="the peak of a process is read from /proc"
)


def long_from(start: int, n: int) -> pa.Table:
    """Return rows whose notes are long from one row on."""
    return pa.table(
        {
            "person_id": [f"p{i}" for i in range(n)],
            "note": [f"x{i} " * (300 if i >= start else 1) for i in range(n)],
            **{f"q{i}": pa.array((np.arange(n) % 5).astype(np.int8)) for i in range(1, 5)},
        }
    )


def without_patterns(table: pa.Table) -> pa.Table:
    """Return the table with notes of a thousand letters that hardly pack."""
    rng = np.random.default_rng(0)
    return table.set_column(1, "note", pa.array([rng.bytes(500).hex() for _ in range(table.num_rows)]))


def written(table: pa.Table, path: Path) -> str:
    if path.suffix == ".parquet":
        pq.write_table(table, path, row_group_size=table.num_rows)
    elif path.suffix == ".csv":
        pa.csv.write_csv(table, path)
    else:
        with pa.ipc.new_stream(path, table.schema) as stream:
            stream.write_table(table, max_chunksize=2_048)
    return str(path)


def peak_of_a_run(source: str, n: int, out: Path) -> int:
    """Return the most bytes that a process took for a run over n rows."""
    code = MEASURED.format(text=simple(4), source=source, memory=CEILING, out=str(out))
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=Path(__file__).parents[2]
    )
    assert not done.stderr, done.stderr
    rows, peak = map(int, done.stdout.split())
    assert rows == n
    return peak


@measures
@pytest.mark.parametrize("start", [0, 70_000], ids=["throughout", "later"])
@pytest.mark.parametrize("kind", ["parquet", "csv", "arrows"])
def test_the_peak_stays_below_the_ceiling_with_long_texts(tmp_path: Path, kind: str, start: int) -> None:
    source = written(long_from(start, 120_000), tmp_path / f"a.{kind}")
    assert peak_of_a_run(source, 120_000, tmp_path / "out") < CEILING


@measures
def test_a_row_group_is_not_held_whole_where_its_texts_do_not_pack(tmp_path: Path) -> None:
    source = written(without_patterns(long_from(0, 120_000)), tmp_path / "a.parquet")
    assert Path(source).stat().st_size > CEILING / 3
    assert peak_of_a_run(source, 120_000, tmp_path / "out") < CEILING


def test_few_rows_are_read_at_once_where_texts_are_long(tmp_path: Path) -> None:
    room = room_for(FOUR, 10_000)
    for length, fewer in ((5, False), (5_000, True)):
        table = answers(200).set_column(0, "person_id", pa.array([f"{i:0{length}d}" for i in range(200)]))
        for kind in ("parquet", "csv"):
            (partition,) = open_source(write([table], tmp_path / f"{kind}{length}", kind)).partitions
            found = fitting_rows(partition, ["person_id", "q1"], room)
            assert (found < 200) is fewer
            assert found >= 1


@pytest.mark.parametrize("kind", ["parquet", "csv"])
def test_batches_have_fewer_rows_where_long_texts_come_later(tmp_path: Path, kind: str) -> None:
    n, start, rows = 30_000, 20_000, 10_000
    batches = open_batches(written(long_from(start, n), tmp_path / f"a.{kind}"), FOUR, columns=["note"])
    (partition,) = batches.source.partitions
    room = room_for(FOUR, rows)
    tables = [table for table, _ in read_batches(partition, batches.reading, rows)]
    assert pa.concat_tables(tables).column("person_id").to_pylist() == [f"p{i}" for i in range(n)]
    assert all(table.num_rows <= rows and room.needed(table) <= room.size for table in tables)
    sizes = [table.num_rows for table in tables]
    assert sizes[0] > rows / 2 > 40 * max(sizes[-2:])


def test_a_run_is_not_refused_after_its_work_is_done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from psychometrics.runs.worker import Worker

    real = Worker.__call__

    def filled(self: Worker, *args: object) -> object:
        for where in ("engine.memory", "runs.batches"):
            monkeypatch.setattr(f"psychometrics.{where}.resident", lambda: 1 << 40)
        return real(self, *args)

    monkeypatch.setattr(Worker, "__call__", filled)
    table = answers(40, occasions=2).set_column(0, "person_id", pa.array([f"p{i // 2}" for i in range(40)]))
    run = run_batches(open_batches(write([table], tmp_path / "in"), FOUR), retest=("t1", "t2"))
    assert run.n_rows == 40
