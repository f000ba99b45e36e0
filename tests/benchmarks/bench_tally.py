"""All joint option counts of 1,000,000 persons x 50 items x 5 options, beside one X'X of the same data.

Run: uv run python tests/benchmarks/bench_tally.py [n_persons]

Each line comes from a fresh process, so that BLAS threads can be set and memory is its own. Ratios are of medians
within one process, the two taking turns.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable
from statistics import median

import numpy as np
import pyarrow as pa

import psychometrics as pm
from psychometrics.tallying.counter import ItemCounter
from psychometrics.tallying.counting import tally

ITEMS, OPTIONS, BLOCKS, TURNS = 50, 5, 32, 7


def sample(n: int, gaps: float) -> np.ndarray:
    rng = np.random.default_rng(1)
    codes = np.empty((ITEMS, n), np.int8)
    for row in codes:
        row[:] = rng.integers(0, OPTIONS, n, np.int8)
        if gaps:
            row[rng.random(n, np.float32) < gaps] = -1
    return codes


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """Return seconds on the clock, and seconds of all cores together (which a busy machine disturbs less)."""
    start, cores = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - start, time.process_time() - cores


def measure(n: int, gaps: float) -> None:
    codes = sample(n, gaps)
    responses = pm.Responses(
        instrument=pm.load_instrument("ipip-50"),
        codes=codes,
        persons=pa.table({"person_id": pa.array(np.arange(n)).cast(pa.string())}),
        source=pm.Source(),
    )
    points = np.ascontiguousarray(codes.T.astype(np.float64))
    product, whole = [], []
    for _ in range(TURNS):
        product.append(timed(lambda: points.T @ points))
        whole.append(timed(lambda: tally(responses.instrument, responses, blocks=BLOCKS)))
    one, other = ([median(values) for values in zip(*runs, strict=True)] for runs in (product, whole))
    print(
        f"{n:,} persons, {gaps:.0%} missing, BLAS threads {os.environ['OPENBLAS_NUM_THREADS']}: "
        f"X'X {one[0]:.3f} s, tally {other[0]:.3f} s, ratio {other[0] / one[0]:.1f}; "
        f"cores: {one[1]:.3f} s, {other[1]:.3f} s, ratio {other[1] / one[1]:.1f}"
    )


def memory(n: int, gaps: float) -> None:
    codes = sample(n, gaps)
    blocks = (np.arange(n) % BLOCKS).astype(np.uint8)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    tracemalloc.start()
    counter = ItemCounter([range(OPTIONS)] * ITEMS, [], BLOCKS, 1)
    counter.add(codes, blocks)
    counted = counter.counted()
    peak = tracemalloc.get_traced_memory()[1] / 1e6
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1e3
    print(
        f"{n:,} persons, {gaps:.0%} missing: at most {peak:.0f} MB allocated at once, of which the counts "
        f"{counted.pairs[0].nbytes / 1e6:.0f} MB; peak of the process grew by {grown:.0f} MB"
    )


def main() -> None:
    if len(sys.argv) == 4:
        {"measure": measure, "memory": memory}[sys.argv[1]](int(sys.argv[2]), float(sys.argv[3]))
        return
    n = sys.argv[1] if len(sys.argv) > 1 else "1000000"
    runs = [
        ("1", "measure", "0"),
        ("2", "measure", "0"),
        ("1", "measure", "0.02"),
        ("1", "memory", "0"),
        ("1", "memory", "0.02"),
    ]
    for threads, what, gaps in runs:
        environment = {**os.environ, "OPENBLAS_NUM_THREADS": threads}
        subprocess.run([sys.executable, __file__, what, n, gaps], env=environment, check=True)


if __name__ == "__main__":
    main()
