"""How long equating takes, and how long R needs for the log-linear fits of the same bootstrap alone.

    uv run python tests/benchmarks/bench_equating.py

ACT mathematics, 4,329 and 4,152 persons, 41 scores; 1,000 resamples, log-linear presmoothing of degree 6. R's equate fits
two glm per resample besides drawing, tabulating and equating; the two glm alone are timed here, with Rscript if it is
there, in the same run. Medians of several runs.
"""

from __future__ import annotations

import shutil
import statistics
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from psychometrics.norming.equating import equate

DATA = Path(__file__).parents[1] / "reference" / "data" / "equate__ACTmath.csv"
SCORES = range(41)
REPLICATIONS = 1000
GLM = """
act <- read.csv("{path}"); s <- act$scale; n <- {fits}
d <- lapply(list(act$xcount, act$ycount), function(f) rmultinom(n, sum(f), f / sum(f)))
t <- system.time(for (i in seq_len(n)) for (m in d) suppressWarnings(
  glm(m[, i] ~ s + I(s^2) + I(s^3) + I(s^4) + I(s^5) + I(s^6), family = poisson)))
cat(t[["elapsed"]])
"""


def median_time(run: Callable[[], object], times: int = 5) -> float:
    found = []
    for _ in range(times):
        start = time.perf_counter()
        run()
        found.append(time.perf_counter() - start)
    return statistics.median(found)


def r_fits(resamples: int = 200) -> float:
    """Return the seconds that R's glm needs for the fits of 1,000 resamples; nan without R."""
    if shutil.which("Rscript") is None:
        return float("nan")
    code = GLM.format(path=DATA, fits=resamples)
    done = subprocess.run(["Rscript", "-e", code], capture_output=True, text=True, check=True)
    return float(done.stdout) * REPLICATIONS / resamples


def main() -> None:
    scores, first, second = np.genfromtxt(DATA, delimiter=",", skip_header=1).T
    x, y = (dict(zip(scores, counts, strict=True)) for counts in (first, second))
    cases = {
        "equipercentile, delta": {},
        "equipercentile, log-linear 6, delta": {"presmoothing": "log_linear", "degree": 6},
        "equipercentile, log-linear, degree by AIC, delta": {"presmoothing": "log_linear"},
        "equipercentile, bootstrap": {"standard_error": "bootstrap"},
        "equipercentile, log-linear 6, bootstrap": {
            "presmoothing": "log_linear",
            "degree": 6,
            "standard_error": "bootstrap",
        },
        "kernel, log-linear 6, delta": {"method": "kernel", "presmoothing": "log_linear", "degree": 6},
        "kernel, log-linear 6, bootstrap": {
            "method": "kernel",
            "presmoothing": "log_linear",
            "degree": 6,
            "standard_error": "bootstrap",
        },
    }
    times = {}
    for name, options in cases.items():
        times[name] = median_time(
            lambda options=options: equate(
                x, y, x_scores=SCORES, y_scores=SCORES, replications=REPLICATIONS, **options
            )
        )
        print(f"{name:50s} {1000 * times[name]:9.1f} ms")
    fits = statistics.median(r_fits() for _ in range(3))
    ours = times["equipercentile, log-linear 6, bootstrap"]
    print(
        f"{'R: 2,000 glm fits of that bootstrap alone':50s} {1000 * fits:9.1f} ms  ({fits / ours:.0f} times ours)"
    )


if __name__ == "__main__":
    main()
