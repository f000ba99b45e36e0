"""How long omega takes: default interval and others, structures, unidimensionality; simulated data.

Run: OPENBLAS_NUM_THREADS=1 uv run python tests/benchmarks/bench_omega.py
Medians of several runs, in seconds of one processor: other work on the machine does not count.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from psychometrics.evidence.consistency.alpha import coefficient_alpha
from psychometrics.evidence.consistency.omega import coefficient_omega
from psychometrics.evidence.consistency.omega_bifactor import omega_bifactor
from psychometrics.evidence.consistency.omega_hierarchical import omega_hierarchical
from psychometrics.evidence.consistency.unidimensionality import unidimensionality

RUNS = 9


def draw(n: int, k: int) -> np.ndarray:
    """Draw five-category items: a general factor and one for each ten items."""
    rng = np.random.default_rng(1)
    own = np.repeat(rng.normal(size=(n, -(-k // 10))), 10, axis=1)[:, :k]
    latent = 0.6 * rng.normal(size=(n, 1)) + 0.4 * own + 0.7 * rng.normal(size=(n, k))
    return np.digitize(latent, (-1.3, -0.4, 0.4, 1.3)).astype(float)


def median_time(call: Callable[[], object], runs: int = RUNS) -> float:
    """Return the median processor time of several runs, after one that does not count."""
    call()
    times = []
    for _ in range(runs):
        start = time.process_time()
        call()
        times.append(time.process_time() - start)
    return float(np.median(times))


def main() -> None:
    """Print one line per call."""
    for n, k in ((500, 10), (5000, 50)):
        x = draw(n, k)
        groups = {f"group {start}": range(start, start + k // 2) for start in (0, k // 2)}
        calls: dict[str, Callable[[], object]] = {
            "alpha, adf": lambda x=x: coefficient_alpha(x),
            "omega, adf (default)": lambda x=x: coefficient_omega(x),
            "omega, grouped jackknife": lambda x=x: coefficient_omega(x, interval="grouped_jackknife"),
            "omega hierarchical, 3 factors": lambda x=x: omega_hierarchical(x),
            "omega bifactor, 2 groups": lambda x=x, groups=groups: omega_bifactor(x, groups),
            "unidimensionality": lambda x=x: unidimensionality(x),
        }
        if n == 500:
            calls["omega, bca, 500 resamples"] = lambda x=x: coefficient_omega(
                x, interval="bca", replicates=500
            )
            calls["omega, bca, 2000 resamples"] = lambda x=x: coefficient_omega(
                x, interval="bca", replicates=2000
            )
        times = {name: median_time(call, 3 if "resamples" in name else RUNS) for name, call in calls.items()}
        for name, seconds in times.items():
            ratio = seconds / times["alpha, adf"]
            print(
                f"{n:5} persons x {k:2} items  {name:30} {1000 * seconds:9.1f} ms  {ratio:8.1f} x alpha",
                flush=True,
            )


if __name__ == "__main__":
    main()
