"""Small data sets cut into partitions, for the tests of engines and runs."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.feather
import pyarrow.parquet as pq
from instruments_for_tests import simple, with_rubric

import psychometrics as pm
from psychometrics import runs

open_batches = partial(runs.open_batches, memory="16GiB")
"""Opens with room enough beside whatever the tests have loaded."""

FOUR = pm.parse_instrument(
    simple(4, reversed_items=(2,), aggregate="mean", rules='missing = "available_mean"\nminimum_valid = 2')
)
RUBRIC = pm.parse_instrument(with_rubric())


def answers(n: int, seed: int = 0, *, occasions: int = 0) -> pa.Table:
    """Return n rows of answers with a group, a region in a dictionary, and an age."""
    rng = np.random.default_rng(seed)
    ids = np.arange(n) if not occasions else np.arange(n) // occasions
    columns = {
        "person_id": pa.array(ids + 100),
        "gender": pa.array(rng.choice(["f", "m", "x", ""], n).tolist(), pa.string()),
        "region": pa.array(rng.choice(["south", "north"], n).tolist(), pa.string()).dictionary_encode(),
        "age": pa.array(rng.integers(15, 80, n), mask=rng.random(n) < 0.1),
    }
    if occasions:
        columns["occasion"] = pa.array([f"t{i % occasions + 1}" for i in range(n)], pa.string())
    for i in range(1, 5):
        columns[f"q{i}"] = pa.array(rng.integers(0, 5, n).astype(np.int8), mask=rng.random(n) < 0.1)
    return pa.table(columns)


def cut(table: pa.Table, ends: list[int]) -> list[pa.Table]:
    """Return the rows between the ends, empty parts too."""
    edges = [0, *sorted(min(end, table.num_rows) for end in ends), table.num_rows]
    return [table.slice(a, b - a) for a, b in zip(edges, edges[1:], strict=False)]


def write(parts: list[pa.Table], folder: Path, kind: str = "parquet", group: int = 7) -> Path:
    """Write parts as files of a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, part in enumerate(parts):
        path = folder / f"part{number:03d}.{kind}"
        if kind == "parquet":
            pq.write_table(part, path, row_group_size=group)
        elif kind == "csv":
            plain = part.set_column(2, "region", part.column("region").cast(pa.string()))
            pa.csv.write_csv(plain, path)
        else:
            pa.feather.write_feather(part, path)
    return folder


def ratings(n: int, seed: int = 0, *, first: int = 100, share: float = 0.7) -> pa.Table:
    """Return ratings of two criteria by one to three raters for some of n persons."""
    rng = np.random.default_rng(seed)
    rows = [
        (str(first + person), "task", criterion, f"r{rater}", str(rng.integers(0, 4)))
        for person in range(n)
        if rng.random() < share
        for criterion in ("clear", "right")
        for rater in rng.choice(4, rng.integers(1, 4), replace=False)
    ]
    names = ("person_id", "item_id", "criterion_id", "rater_id", "level")
    return pa.table(dict(zip(names, zip(*rows, strict=True), strict=True)))
