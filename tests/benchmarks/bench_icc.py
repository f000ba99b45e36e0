"""Seconds and ratios of intraclass correlations, ours and pingouin's, in one run.

OPENBLAS_NUM_THREADS=1 uv run python tests/benchmarks/bench_icc.py
"""

from __future__ import annotations

import time
import warnings
from functools import partial

import numpy as np
import pandas as pd
import pingouin

from psychometrics.evidence.agreement.intraclass import intraclass_correlation, intraclass_correlations


def median(call, times=7):
    seconds = []
    for _ in range(times):
        start = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - start)
    return float(np.median(seconds))


def scripts(n, raters, rng):
    """n scripts, each read by 2 of the raters."""
    first = rng.integers(0, raters, n)
    second = (first + rng.integers(1, raters, n)) % raters
    target, rater = np.repeat(np.arange(n), 2), np.column_stack([first, second]).ravel()
    value = rng.normal(size=n)[target] + 0.5 * rng.normal(size=raters)[rater] + 0.7 * rng.normal(size=2 * n)
    return pd.DataFrame({"target": target, "rater_id": rater, "value": value})


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    rng = np.random.default_rng(1)
    x = rng.normal(size=(10_000, 1)) + rng.normal(size=(10_000, 2))
    long = pd.DataFrame({"t": np.repeat(np.arange(10_000), 2), "r": np.tile([0, 1], 10_000), "v": x.ravel()})
    ours, ten = median(lambda: intraclass_correlation(x)), median(lambda: intraclass_correlations(x))
    theirs = median(lambda: pingouin.intraclass_corr(long, targets="t", raters="r", ratings="v"))
    print(
        f"10,000 x 2: one form {ours:.5f} s, all ten {ten:.5f} s, pingouin (six) {theirs:.5f} s: {theirs / ten:.0f} times"
    )
    for n, raters in ((19_642, 43), (100_000, 500)):
        table = scripts(n, raters, rng)
        print(
            f"{n:,} scripts x 2 of {raters} raters, REML: {median(partial(intraclass_correlation, table), 3):.2f} s"
        )
