"""The ceiling holds: measured in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from instruments_for_tests import simple

MEASURED = r"""
import re
from pathlib import Path
import psychometrics as pm
from psychometrics.runs import open_batches, run_batches
instrument = pm.parse_instrument({text!r})
batches = open_batches({source!r}, instrument, memory={memory!r}, workers=2)
run = run_batches(batches, {out!r}, norms_strata=["gender"])
print(run.n_rows, int(re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())[1]) * 1024)
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the peak of a process is read from /proc")
@pytest.mark.parametrize("kind", ["parquet", "csv"])
def test_the_peak_stays_below_the_ceiling(tmp_path: Path, kind: str) -> None:
    n, items = {"parquet": 300_000, "csv": 120_000}[kind], 20
    rng = np.random.default_rng(0)
    columns = {f"q{i}": pa.array(rng.integers(0, 5, n).astype(np.int8)) for i in range(1, items + 1)}
    table = pa.table({"person_id": np.arange(n), "gender": rng.choice(["f", "m"], n).tolist(), **columns})
    path = tmp_path / f"x.{kind}"
    if kind == "parquet":
        pq.write_table(table, path, row_group_size=n)
    else:
        import pyarrow.csv

        pyarrow.csv.write_csv(table, path)
    ceiling = "400MB"
    code = MEASURED.format(text=simple(items), source=str(path), memory=ceiling, out=str(tmp_path / "out"))
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=Path(__file__).parents[2]
    )
    assert not done.stderr, done.stderr
    rows, peak = map(int, done.stdout.split())
    assert rows == n
    assert peak < 400e6
