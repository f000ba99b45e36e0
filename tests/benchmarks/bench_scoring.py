"""Scoring 1,000,000 x 50 from memory: this library, pandas, polars, in turn, medians and ratios.

Run: uv run python tests/benchmarks/bench_scoring.py [n]
"""

from __future__ import annotations

import sys
import time
import tracemalloc
from collections.abc import Callable
from statistics import median

import numpy as np
import pandas as pd
import polars as pl
from instrument import ITEMS, answers, definition

import psychometrics as pm

REVERSED = [name for i, name in enumerate(ITEMS) if i % 3 == 0]


def by_pandas(frame: pd.DataFrame) -> pd.DataFrame:
    frame = frame.copy()
    frame[REVERSED] = 6 - frame[REVERSED]
    out = {}
    for letter in "ENACO":
        block = frame[[name for name in ITEMS if name[0] == letter]]
        out[letter] = block.mean(axis=1).where(block.count(axis=1) >= 5)
    return pd.DataFrame(out)


def by_polars(frame: pl.DataFrame) -> pl.DataFrame:
    keyed = {name: (6 - pl.col(name)) if name in REVERSED else pl.col(name) for name in ITEMS}
    columns = []
    for letter in "ENACO":
        mine = [keyed[name] for name in ITEMS if name[0] == letter]
        valid = pl.sum_horizontal(*[one.is_not_null().cast(pl.Int32) for one in mine])
        columns.append(pl.when(valid >= 5).then(pl.mean_horizontal(*mine)).alias(letter))
        columns.append(valid.alias(f"{letter}_n"))
    return frame.select(columns)


def timed(runs: int, **calls: Callable[[], object]) -> dict[str, float]:
    seconds: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(runs):
        for name, call in calls.items():
            start = time.perf_counter()
            call()
            seconds[name].append(time.perf_counter() - start)
    return {name: median(values) for name, values in seconds.items()}


def main(n: int = 1_000_000) -> None:
    x = answers(n)
    frame = pd.DataFrame(x, columns=ITEMS)
    table = pl.DataFrame(
        {
            name: pl.Series(column).fill_nan(None).cast(pl.Int8)
            for name, column in zip(ITEMS, x.T, strict=True)
        }
    )
    instrument = pm.parse_instrument(definition())
    start = time.perf_counter()
    responses = pm.read_responses(table, instrument)
    print(f"read from a polars frame (numbers the rows): {time.perf_counter() - start:.3f} s")
    pm.score(instrument, responses)
    result = timed(
        7,
        ours=lambda: pm.score(instrument, responses),
        pandas=lambda: by_pandas(frame),
        polars=lambda: by_polars(table),
    )
    same = np.nanmax(np.abs(by_pandas(frame).to_numpy().T - pm.score(instrument, responses).raw))
    tracemalloc.start()
    scores = pm.score(instrument, responses)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    out = scores.raw.nbytes + scores.n_valid.nbytes + scores.reason.nbytes
    print({name: round(value, 4) for name, value in result.items()})
    print(
        f"pandas / ours {result['pandas'] / result['ours']:.1f}   ours / polars {result['ours'] / result['polars']:.2f}"
    )
    print(f"largest difference to pandas {same:.1e}")
    print(
        f"peak extra memory {peak / 1e6:.0f} MB; input {responses.codes.nbytes / 1e6:.0f} MB + output {out / 1e6:.0f} MB"
    )


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
