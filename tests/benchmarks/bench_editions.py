"""Updating an edition costs what the new scores cost, not what the edition holds; run it by hand.

    uv run python tests/benchmarks/bench_editions.py [repeats]

Editions of 1, 10 and 100 million SIMULATED people (61 scores, two genders by five age bands), each updated with
1,000,000 new scores: counted, merged, checked for disclosure, saved with its line in the log. Medians.
"""

from __future__ import annotations

import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from statistics import median
from time import perf_counter

import numpy as np
import pyarrow as pa

import psychometrics as pm
from psychometrics.norming.cells.counts import CountCell
from psychometrics.norming.drift.drift import norm_drift
from psychometrics.norming.drift.monitor import drift_monitor
from psychometrics.norming.editions.disclosure import disclosure_check
from psychometrics.norming.editions.log import withdraw_edition

STRATA = ["gender=f,m", "age:18,30,40,50,60,80"]
WHO = {"description": "SIMULATED people"}


def people(rng: np.random.Generator, n: int) -> pa.Table:
    """Return n SIMULATED people with a score, a gender and an age."""
    gender = pa.DictionaryArray.from_arrays(pa.array(rng.integers(0, 2, n, np.int8)), ["f", "m"])
    scores = rng.binomial(60, rng.beta(4, 6, n)).astype(np.float64)
    return pa.table({"total": scores, "gender": gender, "age": rng.integers(18, 80, n)})


def build(table: pa.Table, edition: str) -> pm.Norms:
    """Count them."""
    return pm.build_norms(
        table, scale="total", edition=edition, provenance=WHO, strata=STRATA, simulated=True
    )


def grown(norms: pm.Norms, n: int) -> pm.Norms:
    """Return the edition with n people: its counts drawn again, for nobody can score 100 million in a benchmark."""
    rng = np.random.default_rng(2)
    sizes = np.array([cell.counts.sum() for cell in norms.cells.values()], float)  # type: ignore[attr-defined]
    drawn = rng.multinomial(n, sizes / sizes.sum())
    cells = {}
    for (place, cell), size in zip(norms.cells.items(), drawn, strict=True):
        counts = rng.multinomial(size, cell.counts / cell.counts.sum())  # type: ignore[attr-defined]
        cells[place] = CountCell(scores=cell.scores[counts > 0], counts=counts[counts > 0])  # type: ignore[attr-defined]
    population = norms.head.population.model_copy(update={"n": n})
    head = norms.head.model_copy(update={"population": population, "edition": f"of-{n}"})
    return pm.Norms(head=head, cells=cells, source=norms.source)


def as_if_real(norms: pm.Norms) -> pm.Norms:
    """Return the edition without its mark, so that the check has something to do."""
    return replace(norms, head=norms.head.model_copy(update={"simulated": False}))


def update(folder: Path, old: pm.Norms, table: pa.Table) -> dict[str, float]:
    """Time the steps of one update."""
    marks = [perf_counter()]
    new = build(table, "new")
    marks.append(perf_counter())
    merged = old.merge(new, edition="updated")
    marks.append(perf_counter())
    disclosure_check(as_if_real(merged), against=[as_if_real(old)])
    marks.append(perf_counter())
    merged.save(folder)
    marks.append(perf_counter())
    names = ("count the new", "merge", "check", "save and log")
    return {**dict(zip(names, np.diff(marks), strict=True)), "all": marks[-1] - marks[0]}


def main(repeats: int) -> None:
    """Print the table."""
    rng = np.random.default_rng(1)
    table = people(rng, 1_000_000)
    base = build(table, "base")
    print(f"update with 1,000,000 scores, median of {repeats}, in seconds")
    print(f"{'edition':>12} {'count the new':>14} {'merge':>9} {'check':>9} {'save and log':>13} {'all':>7}")
    for n in (1_000_000, 10_000_000, 100_000_000):
        old, runs = grown(base, n), []
        for _ in range(repeats):
            with tempfile.TemporaryDirectory() as folder:
                runs.append(update(Path(folder), old, table))
        row = {name: median(run[name] for run in runs) for name in runs[0]}
        print(
            f"{n:12,} {row['count the new']:14.3f} {row['merge']:9.4f} {row['check']:9.4f} "
            f"{row['save and log']:13.4f} {row['all']:7.3f}"
        )
    _others(grown(base, 100_000_000), build(table, "new"), repeats)


def _others(old: pm.Norms, new: pm.Norms, repeats: int) -> None:
    """Time drift and the log."""
    monitor = drift_monitor(old)
    tasks = {
        "drift, edition of 100,000,000 against counts of 1,000,000 (11 rows, exact p)": lambda: norm_drift(
            old, new
        ),
        "one batch of a monitor, from counts": lambda: monitor.add(old, new, batch="a"),
    }
    for name, task in tasks.items():
        times = []
        for _ in range(repeats):
            start = perf_counter()
            task()
            times.append(perf_counter() - start)
        print(f"{name}: {median(times):.3f} s")
    with tempfile.TemporaryDirectory() as folder:
        norms = old
        for i in range(200):
            norms = norms.merge(new, edition=f"m{i}")
            norms.save(folder)
        start = perf_counter()
        norms.merge(new, edition="last").save(folder)
        print(f"save into a folder with 200 editions in its log: {perf_counter() - start:.3f} s")
        withdraw_edition(folder, "m0", why="benchmark")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
