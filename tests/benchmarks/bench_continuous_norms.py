"""Time of fitting and applying continuous norms. People are simulated.

Fitting with selection of powers on 4,542 people of exact ages with scores 0..228, and applying an edition to 1,000,000 people.

Run: OPENBLAS_NUM_THREADS=1 uv run python tests/benchmarks/bench_continuous_norms.py
"""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median

import numpy as np
import pyarrow as pa

import psychometrics as pm
from psychometrics.norming.continuous.settings import ContinuousNorming


def people(n: int, seed: int) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    age = rng.uniform(3, 17, n)
    share = 1 / (1 + np.exp(-(0.35 * (age - 9) + rng.normal(0, 0.5, n))))
    return {"x": rng.binomial(228, share).astype(float), "age": age}


def timed(run: Callable[[], object], times: int) -> str:
    seconds = []
    for _ in range(times):
        start = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - start)
    return f"median of {times}: {median(seconds):.3f} s (min {min(seconds):.3f}, max {max(seconds):.3f})"


def build(sample: dict[str, np.ndarray], method: str) -> pm.Norms:
    along = ContinuousNorming(column="age", score_range=(0, 228))
    return pm.build_norms(
        sample,
        scale="x",
        edition="e",
        provenance={"description": "simulated"},
        simulated=True,
        continuous=along,
        method=method,
    )


def main() -> None:
    sample = people(4542, 1)
    for method, times in (
        ("taylor", 11),
        ("beta_binomial", 5),
        ("normal", 5),
        ("shash", 3),
        ("box_cox_t", 3),
    ):
        print(f"build, {method}, 4,542 people: {timed(lambda m=method: build(sample, m), times)}")
    many = people(1_000_000, 2)
    ids = pa.array(np.arange(1_000_000)).cast(pa.string())
    low, high = sample["age"].min(), sample["age"].max()
    table = pa.table({"person_id": ids, "x": many["x"], "age": np.clip(many["age"], low, high)})
    for method in ("taylor", "beta_binomial"):
        norms = build(sample, method)
        print(f"apply, {method}, 1,000,000 people: {timed(lambda n=norms: n.apply(table), 9)}")


if __name__ == "__main__":
    main()
