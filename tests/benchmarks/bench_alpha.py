"""How long do consistency coefficients take? 100,000 people x 50 items; CPU time, medians of 7, ratios within one run.

Run: OPENBLAS_NUM_THREADS=1 uv run python tests/benchmarks/bench_alpha.py
"""

from __future__ import annotations

from collections.abc import Callable
from statistics import median
from time import process_time

import numpy as np
import pandas as pd
import pingouin

from psychometrics.evidence.consistency.alpha import coefficient_alpha
from psychometrics.evidence.consistency.greatest_lower_bound import greatest_lower_bound
from psychometrics.evidence.consistency.lambdas import guttman_lambdas
from psychometrics.evidence.consistency.splits import split_half
from psychometrics.tallying.item_tally import ItemTally


def seconds(call: Callable[[], object], repeats: int = 7) -> float:
    """Return the median CPU time of a call."""
    call()
    times = []
    for _ in range(repeats):
        start = process_time()
        call()
        times.append(process_time() - start)
    return median(times)


def main() -> None:
    """Print times, and how many times as long pingouin takes for alpha of the same table."""
    rng = np.random.default_rng(1)
    loading = 0.6
    x = np.clip(np.rint(3 + loading * rng.normal(size=(100_000, 1)) + rng.normal(size=(100_000, 50))), 1, 5)
    frame = pd.DataFrame(x)
    gaps = x.copy()
    gaps[rng.random(x.shape) < 0.05] = np.nan
    columns = np.asfortranarray(x)
    counts = ItemTally.from_points(x, blocks=20)
    other = seconds(lambda: pingouin.cronbach_alpha(frame))
    print(f"{'pingouin alpha with Feldt, frame':55} {other:8.4f} s")
    cases: dict[str, Callable[[], object]] = {
        "alpha with default interval, array": lambda: coefficient_alpha(x),
        "alpha with default interval, Fortran order": lambda: coefficient_alpha(columns),
        "alpha with default interval, frame": lambda: coefficient_alpha(frame),
        "alpha with Feldt, array": lambda: coefficient_alpha(x, interval="feldt"),
        "alpha with default interval, 5% missing": lambda: coefficient_alpha(gaps),
        "alpha with grouped jackknife, tally of 20 blocks": lambda: coefficient_alpha(counts),
        "alpha with Feldt, tally": lambda: coefficient_alpha(counts, interval="feldt"),
        "alpha with default interval, 500 x 10": lambda: coefficient_alpha(x[:500, :10]),
        "alpha with BCa, 2,000 samples, 500 x 10": lambda: coefficient_alpha(x[:500, :10], interval="bca"),
        "lambdas with intervals, 500 x 10": lambda: guttman_lambdas(x[:500, :10]),
        "all 1,352,078 split halves, 500 x 24": lambda: split_half(x[:500, :24]),
        "greatest lower bound, 500 x 10": lambda: greatest_lower_bound(x[:500, :10]),
    }
    for name, call in cases.items():
        time = seconds(call)
        print(f"{name:55} {time:8.4f} s  {other / time:8.1f} x")


if __name__ == "__main__":
    main()
