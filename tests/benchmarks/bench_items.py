"""Alpha with its interval and the whole item table, against alpha alone elsewhere: 100,000 people x 50 items.

Run: uv run python tests/benchmarks/bench_items.py [people]
"""

from __future__ import annotations

import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pingouin

import psychometrics as pm

TIMES = 7

INSTRUMENT = """format = 1
id = "one"
version = "1.0.0"
title = "One scale"
construct = "c"
intended_use = ["a"]
misuse = ["b"]
population = "simulated"
language = "en"
licence = "CC0-1.0"
wording = "topics"
items = [
{items}
]
[option_sets.agree]
options = [{{ code = 1 }}, {{ code = 2 }}, {{ code = 3 }}, {{ code = 4 }}, {{ code = 5 }}]
[[scales]]
id = "all"
title = "All"
items = [{names}]
aggregate = "sum"
"""

R = """
suppressMessages(library(psych)); x <- read.csv("{path}")
t <- system.time(a <- suppressWarnings(psych::alpha(x, warnings = FALSE)))[["elapsed"]]; cat(t)
"""


def median_seconds(work: Callable[[], object]) -> float:
    """Return the median of several runs."""
    times = []
    for _ in range(TIMES):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def main(n: int = 100_000) -> None:
    """Print seconds and ratios."""
    rng = np.random.default_rng(1)
    latent = 0.7 * rng.normal(size=(n, 1)) + rng.normal(size=(n, 50))
    frame = pd.DataFrame(
        np.clip(np.round(latent + 3), 1, 5).astype(np.int64), columns=[f"i{k}" for k in range(50)]
    )
    names = [f'"{name}"' for name in frame.columns]
    items = "\n".join(f'{{ id = {name}, topic = "t", options = "agree" }},' for name in names)
    instrument = pm.parse_instrument(INSTRUMENT.format(items=items, names=", ".join(names)))
    responses = pm.read_responses(frame, instrument)
    theirs = median_seconds(lambda: pingouin.cronbach_alpha(frame))
    alpha = median_seconds(lambda: pm.coefficient_alpha(responses))
    table = median_seconds(lambda: pm.item_analysis(instrument, responses))
    print(f"{n:,} people x 50 items, medians of {TIMES}")
    print(f"pingouin.cronbach_alpha            {theirs:.4f} s")
    print(f"coefficient_alpha with interval    {alpha:.4f} s  ({alpha / theirs:.2f} of pingouin's)")
    print(f"item_analysis, whole table         {table:.4f} s  ({table / theirs:.2f})")
    print(f"both                               {alpha + table:.4f} s  ({(alpha + table) / theirs:.2f})")
    if shutil.which("Rscript"):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "x.csv"
            frame.to_csv(path, index=False)
            done = subprocess.run(
                ["Rscript", "-e", R.format(path=path)], capture_output=True, text=True, check=True
            )
        seconds = float(done.stdout.split()[-1])
        print(
            f"psych::alpha (R)                   {seconds:.4f} s  ({seconds / (alpha + table):.0f} times both of ours)"
        )


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
