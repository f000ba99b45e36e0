"""Time of polychoric correlations: 50 items of 5 options, simulated persons; psych beside it when R is there.

``python tests/benchmarks/bench_polychoric.py`` prints medians of several runs in one process; the ratio takes the
slower of two medians of ours, before and after psych. psych is called as
``polychoric(x, correct = 0, smooth = FALSE)``, without standard errors, which it does not give.
"""

from __future__ import annotations

import shutil
import statistics
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

import numpy as np
from threadpoolctl import threadpool_limits

from psychometrics.evidence.consistency.categorical_omega import categorical_omega
from psychometrics.evidence.consistency.polychoric import polychoric_correlations
from psychometrics.kernels.polychoric.fitting import fit_pairs
from psychometrics.kernels.polychoric.polyserial import polyserial
from psychometrics.kernels.polychoric.tables import pair_tables
from psychometrics.tallying import ItemTally

PSYCH = """
suppressMessages(library(psych))
x <- as.matrix(read.csv("{path}", header = FALSE))
cat(sapply(1:3, function(i) system.time(polychoric(x, correct = 0, smooth = FALSE, progress = FALSE))[["elapsed"]]))
cat("\\n", as.character(packageVersion("psych")))
"""


def simulated(n: int) -> np.ndarray:
    rng = np.random.default_rng(1)
    latent = 0.7 * rng.normal(size=(n, 1)) + 0.7 * rng.normal(size=(n, 50))
    return np.searchsorted([-1.3, -0.4, 0.4, 1.3], latent).astype(float)


def median(run: Callable[[], object], times: int = 7) -> float:
    run()
    spent = []
    for _ in range(times):
        start = perf_counter()
        run()
        spent.append(perf_counter() - start)
    return statistics.median(spent)


def psych(x: np.ndarray) -> tuple[float, str] | None:
    if shutil.which("Rscript") is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.csv"
        np.savetxt(path, x, fmt="%d", delimiter=",")
        done = subprocess.run(
            ["Rscript", "-e", PSYCH.format(path=path)], capture_output=True, text=True, check=True
        )
    times, version = done.stdout.strip().splitlines()
    return statistics.median(float(one) for one in times.split()), version.strip()


def main() -> None:
    for n in (5_000, 100_000):
        x = simulated(n)
        counts = ItemTally.from_points(x)
        tables = pair_tables(x.T.astype(np.int8), 5)
        rows = {
            "correlations alone, from counts": median(lambda: fit_pairs(tables)),  # noqa: B023
            "polychoric_correlations of a tally": median(lambda: polychoric_correlations(counts)),  # noqa: B023
            "polychoric_correlations of an array": median(lambda: polychoric_correlations(x), 3),  # noqa: B023
            "categorical_omega of an array, 10 items": median(lambda: categorical_omega(x[:, :10]), 3),  # noqa: B023
            "polyserial with the sum, 50 items": median(
                lambda: polyserial(x.T.astype(np.int8), x.sum(axis=1), 5),  # noqa: B023
                3,
            ),
        }
        print(f"{n:,} persons, 50 items of 5 options, 1,225 pairs")
        for name, seconds in rows.items():
            print(f"  {name:42s} {1000 * seconds:8.1f} ms")
        other = psych(x) if n == 5_000 else None
        if other:
            seconds, version = other
            again = median(lambda: polychoric_correlations(counts))  # noqa: B023
            ratio = seconds / max(again, rows["polychoric_correlations of a tally"])
            print(
                f"  psych {version}, polychoric {1000 * seconds:35.0f} ms: {ratio:.0f} times as long as from a tally"
            )


if __name__ == "__main__":
    with threadpool_limits(1):
        main()
