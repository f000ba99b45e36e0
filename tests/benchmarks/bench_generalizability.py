"""Seconds of G studies, balanced and not.

OPENBLAS_NUM_THREADS=1 uv run python tests/benchmarks/bench_generalizability.py
"""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd
from bench_icc import median, scripts

from psychometrics.evidence.generalizability.study import generalizability


def crossed(shape, share, rng):
    places = np.indices(shape).reshape(3, -1)
    value = sum(rng.normal(size=n)[place] for n, place in zip(shape, places, strict=True))
    table = pd.DataFrame(
        {**dict(zip("pir", places, strict=True)), "value": value + rng.normal(size=len(value))}
    )
    return table[rng.random(len(table)) < share]


if __name__ == "__main__":
    rng = np.random.default_rng(1)
    for shape, share in (((500, 8, 3), 1.0), ((500, 8, 3), 0.9), ((10_000, 8, 3), 1.0)):
        table = crossed(shape, share, rng)
        seconds = median(partial(generalizability, table, "p x i x r"), 3)
        print(f"p x i x r, {' x '.join(map(str, shape))}, {share:.0%} of the cells: {seconds:.2f} s")
    table = scripts(100_000, 500, rng).rename(columns={"target": "p", "rater_id": "r"})
    print(
        f"p x r, 100,000 scripts x 2 of 500 raters, REML: {median(lambda: generalizability(table, 'p x r'), 3):.2f} s"
    )
