"""Seconds for the whole uncertainty of 1,000,000 ranks, beside placing them: python tests/benchmarks/bench_percentile_uncertainty.py."""

from __future__ import annotations

from collections.abc import Callable
from statistics import median
from time import perf_counter
from typing import Any

import numpy as np

import psychometrics as pm
from psychometrics.norming.differences.scores import score_differences
from psychometrics.scoring.error_sources import ErrorSources, prorated_errors

N = 1_000_000


def seconds(task: Callable[[], Any], times: int = 3) -> float:
    """Median of several runs."""
    found = []
    for _ in range(times):
        start = perf_counter()
        task()
        found.append(perf_counter() - start)
    return median(found)


def main() -> None:
    """Print seconds."""
    rng = np.random.default_rng(1)

    def scores(n: int) -> dict[str, Any]:
        return {name: rng.binomial(30, rng.beta(4, 3, n)).astype(float) for name in ("a", "b")}

    norms = pm.build_norms(
        scores(5000), scale=["a", "b"], edition="e", provenance={"description": "simulated"}, simulated=True
    )
    table = {float(k): float(np.sqrt(k * (30 - k) / 29)) for k in range(31)}
    sources = ErrorSources(measurement=table, raters=2.0, missing=prorated_errors(30, standard_error=2.3))
    raters, blanks = rng.integers(1, 5, N), rng.integers(0, 4, N)
    people = scores(N)
    one = norms.apply(people, standard_errors={"a": table, "b": table})
    many = norms.apply(people, standard_errors={"a": sources, "b": sources})
    counts = {"n_raters": {"a": raters, "b": raters}, "n_missing": {"a": blanks, "b": blanks}}
    uneven = norms.apply(
        {name: x[:200_000] + rng.random(200_000) for name, x in people.items()}, standard_errors={"a": table}
    )
    tasks = {
        "apply, 1,000,000 people x 2 scales": lambda: norms.apply(people),
        "uncertainty, error along the score": one.uncertainty,
        "uncertainty, four sources": lambda: many.uncertainty(**counts),
        "uncertainty, Kelley": lambda: one.uncertainty(true_score="kelley"),
        "uncertainty, 200,000 distinct scores x 1 scale": uneven.uncertainty,
        "differences, 1 pair": lambda: score_differences(one, correlations={("a", "b"): 0.5}),
    }
    for name, task in tasks.items():
        print(f"{name:50} {seconds(task):6.2f} s", flush=True)


if __name__ == "__main__":
    main()
