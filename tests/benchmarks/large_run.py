"""Scores, item counts, norms by 8 strata and reliability of many people in one pass, beside polars' scan of the same files.

Run: uv run python tests/benchmarks/large_run.py --people 100000000 --folder DIR [--curve] [--turns 1]

Both run by themselves, in turn, on two cores: polars with two threads, ours with two processes or, where there are few people,
two threads. polars computes the five scale means of every person and
nothing else: once adding them up (nothing is written), once writing them to Parquet as we do. ``--curve`` runs 1, 10 and
100 million (up to ``--people``) and shows what a batch of new people costs beside each.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import resource
import shutil
import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from typing import Any

THREADS = 2
STRATA = ["gender", "age_band"]


def ours(files: list[Path], out: Path, memory: str) -> dict[str, Any]:
    from instrument import definition

    import psychometrics as pm
    from psychometrics.runs import open_batches, run_batches

    start = time.perf_counter()
    instrument = pm.parse_instrument(definition())
    batches = open_batches(files, instrument, memory=memory, workers=THREADS)
    run = run_batches(
        batches, out, layout="wide", pairs="within_scales", norms_strata=STRATA, progress=_progress()
    )
    passed = time.perf_counter() - start
    table = run.reliability()
    norms = run.build_norms(edition="large", provenance={"description": "simulated"}, simulated=True)
    return {
        "n_rows": run.n_rows,
        "pass": passed,
        "alpha": [row.estimate for row in table.rows if row.statistic == "coefficient_alpha"],
        "cells": len(norms.cells),
        "written": sum(path.stat().st_size for path in run.files.values()),
        "sha256": run.source.input_sha256,
    }


def _progress() -> Any:
    last = [0.0]

    def tell(now: Any) -> None:
        if now.seconds - last[0] > 30:
            last[0] = now.seconds
            left = "" if now.seconds_left is None else f", {now.seconds_left:,.0f} s left"
            print(
                f"  {now.n_rows:,} rows, {now.rows_per_second:,.0f} rows/s{left}", file=sys.stderr, flush=True
            )

    return tell


def polars(files: list[Path], out: Path | None) -> dict[str, Any]:
    import polars as pl
    from instrument import ITEMS

    turned = {name for place, name in enumerate(ITEMS) if place % 3 == 0}
    means = [
        pl.mean_horizontal(
            [6 - pl.col(i) if i in turned else pl.col(i) for i in ITEMS if i[0] == letter]
        ).alias(letter)
        for letter in "ENACO"
    ]
    scan = pl.scan_parquet(files).select("person_id", *means)
    if out is None:
        found = scan.select(pl.all().sum(), pl.len().alias("n")).collect(engine="streaming")
        return {"n_rows": found["n"][0]}
    scan.sink_parquet(out, compression="lz4")
    return {"n_rows": pl.scan_parquet(out).select(pl.len()).collect().item()}


def peak() -> int:
    """Return the most bytes of memory that this process ever held, and each of its children as much as the largest did.

    They need not have held it at the same time, and libraries that they share count for each: it is never too little.
    """
    found = re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text(encoding="ascii"))
    largest = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
    return (int(found[1]) * 1024 if found else 0) + THREADS * largest


def child(what: str, files: list[Path], out: Path, memory: str) -> None:
    start = time.perf_counter()
    if what == "ours":
        found = ours(files, out, memory)
    else:
        found = polars(files, None if what == "polars-sum" else out / "polars.parquet")
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    found |= {
        "seconds": time.perf_counter() - start,
        "cores": sum(one.ru_utime + one.ru_stime for one in used),
        "peak": peak(),
    }
    print(json.dumps(found))


def measured(what: str, files: list[Path], folder: Path, memory: str) -> dict[str, Any]:
    out = folder / "out"
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    environment = {**os.environ, "POLARS_MAX_THREADS": str(THREADS), "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, __file__, "--child", what, "--folder", str(folder), "--memory", memory],
        input="\n".join(map(str, files)),
        stdout=subprocess.PIPE,
        env=environment,
        text=True,
        check=True,
    )
    return dict(json.loads(done.stdout))


def warm(files: list[Path]) -> None:
    """Read every file once, so that nobody finds more of it in memory than the other."""
    for path in files:
        with path.open("rb") as file:
            while file.read(1 << 24):
                pass


def compare(files: list[Path], folder: Path, turns: int, memory: str) -> None:
    kinds = ("polars-sum", "polars-sink", "ours")  # what is left in the folder is ours
    found: dict[str, list[dict[str, Any]]] = {kind: [] for kind in kinds}
    warm(files)
    for _ in range(turns):
        for kind in kinds:
            found[kind].append(measured(kind, files, folder, memory))
    rate = {}
    for kind, rows in found.items():
        seconds, n = median(row["seconds"] for row in rows), rows[0]["n_rows"]
        rate[kind] = n / seconds
        print(
            f"{kind:12} {n:>12,} rows {seconds:9.2f} s {rate[kind]:>12,.0f} rows/s, "
            f"cores {median(row['cores'] for row in rows):8.2f} s, peak {max(row['peak'] for row in rows) / 2**30:.2f} GiB"
        )
    for other in kinds[:-1]:
        print(f"rows/s beside {other}: {rate['ours'] / rate[other]:.2f}")
    last = found["ours"][-1]
    print(
        f"alpha {', '.join(f'{a:.3f}' for a in last['alpha'])}; {last['cells']} cells of norms; digest {last['sha256'][:16]}"
    )
    print(
        f"of which the pass {last['pass']:.2f} s; reliability and norms finished from the counts in the rest"
    )
    print(f"scores written: {last['written'] / 1e9:.2f} GB")


def update_cost(files: list[Path], folder: Path) -> None:
    """Say what adding a million new people to a finished edition and tally takes, however many there were."""
    from instrument import definition

    import psychometrics as pm
    from psychometrics.runs import open_batches, run_batches

    instrument = pm.parse_instrument(definition())
    options: dict[str, Any] = {"pairs": "within_scales", "norms_strata": STRATA, "layout": "wide"}
    about: dict[str, Any] = {"provenance": {"description": "simulated"}, "simulated": True}
    whole = run_batches(open_batches(files, instrument), folder / "out", **options)
    new = run_batches(open_batches([files[0]], instrument), **options)
    old, more = whole.build_norms(edition="old", **about), new.build_norms(edition="new", **about)
    start = time.perf_counter()
    old.merge(more, edition="both")
    counted = whole.item_tally + new.item_tally
    print(
        f"  adding {new.n_rows:,} to {whole.n_rows:,}: {time.perf_counter() - start:.3f} s ({counted.n_persons:,} counted)"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=1_000_000)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--turns", type=int, default=1)
    parser.add_argument("--memory", default="1GiB")
    parser.add_argument("--curve", action="store_true")
    parser.add_argument("--child", default="")
    given = parser.parse_args()
    if given.child:
        child(
            given.child,
            [Path(line) for line in sys.stdin.read().split("\n")],
            given.folder / "out",
            given.memory,
        )
        return
    from large_data import FILE_ROWS, generate

    start = time.perf_counter()
    files = generate(given.folder / "people", given.people)
    print(
        f"{given.people:,} SIMULATED people in {len(files)} files ({time.perf_counter() - start:.0f} s to make what was missing)"
    )
    sizes = [n for n in (10**6, 10**7, 10**8, 10**9) if n < given.people] if given.curve else []
    for n in [*sizes, given.people]:
        part = files[: -(-n // FILE_ROWS)]
        compare(part, given.folder, given.turns, given.memory)
        if given.curve:
            update_cost(part, given.folder)
    shutil.rmtree(given.folder / "out", ignore_errors=True)


if __name__ == "__main__":
    main()
