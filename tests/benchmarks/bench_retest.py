"""Time the retest statistics. ``OPENBLAS_NUM_THREADS=1 uv run python tests/benchmarks/bench_retest.py``.

Medians of several runs within one process; simulated data.
"""

from __future__ import annotations

from collections.abc import Callable
from statistics import median
from time import perf_counter
from typing import Any

import numpy as np

from psychometrics.evidence.stability.item_stability import item_stability
from psychometrics.evidence.stability.occasions import test_retest
from psychometrics.evidence.stability.reliable_change import reliable_change
from psychometrics.kernels.stability.components import components, mean_squares
from psychometrics.kernels.stability.items import compare_profiles
from psychometrics.kernels.stability.pairs import pairs_of
from psychometrics.kernels.stability.retest import retest_of_pairs


def timed(name: str, call: Callable[[], Any], runs: int = 7) -> None:
    call()
    took = []
    for _ in range(runs):
        start = perf_counter()
        call()
        took.append(perf_counter() - start)
    print(f"{median(took) * 1000:10.1f} ms  {name}")


def main() -> None:
    rng = np.random.default_rng(1)
    n, k = 3032, 10
    base = rng.normal(3, 1, (n, 1)) + rng.normal(0, 0.7, (n, k))
    first, second = (np.clip(np.round(base + rng.normal(0, 0.7, (n, k))), 1, 6) for _ in range(2))
    cube = np.stack([first, second])
    timed("item_stability, 3,032 x 10 x 2: all of it", lambda: item_stability(first, second))
    timed("  of that variance components", lambda: components(mean_squares(cube)))
    timed("  of that profile correlations and distances", lambda: compare_profiles(first, second))
    x, y = first.sum(axis=1), second.sum(axis=1)
    timed("test_retest without tests, 3,032 persons", lambda: test_retest(x, y, tests=False))
    timed("test_retest with pingouin's tests, 3,032 persons", lambda: test_retest(x, y))
    timed("reliable_change with sensitivity, 3,032 persons", lambda: reliable_change(x, y, reliability=0.9))
    million = rng.integers(0, 61, (2, 1_000_000)).astype(float)
    timed("test_retest without tests, 1,000,000 persons", lambda: test_retest(*million, tests=False), 3)
    counted = pairs_of(*million)
    timed(f"the same from {len(counted.count):,} counts", lambda: retest_of_pairs(counted, 0.95))


if __name__ == "__main__":
    main()
