"""Percentile rank, interval and T for 1,000,000 scores against a sample of 10,000.

Run: uv run python tests/benchmarks/bench_norms.py
"""

from __future__ import annotations

import time
from statistics import median

import numpy as np
import pyarrow as pa

import psychometrics as pm


def main() -> None:
    rng = np.random.default_rng(1)
    norms = pm.build_norms(
        {"x": np.clip(np.round(rng.normal(30, 8, 10_000)), 0, 60)},
        scale="x",
        edition="e",
        provenance={"description": "simulated"},
        simulated=True,
    )
    persons = pa.array(np.arange(1_000_000)).cast(pa.string())
    table = pa.table({"person_id": persons, "x": np.clip(np.round(rng.normal(30, 8, 1_000_000)), 0, 60)})
    seconds = []
    for _ in range(9):
        start = time.perf_counter()
        normed = norms.apply(table)
        _ = normed.percentile_rank, normed.percentile_lower, normed.percentile_upper, normed.t
        seconds.append(time.perf_counter() - start)
    print(f"median of 9: {median(seconds):.4f} s (min {min(seconds):.4f}, max {max(seconds):.4f})")


if __name__ == "__main__":
    main()
