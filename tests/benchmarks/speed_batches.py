"""What reading in batches costs beside doing it at once, and what each kind of output costs.

Run: uv run python tests/benchmarks/speed_batches.py [--people 2000000] --folder DIR

Seconds of all cores together, which a busy machine disturbs less than seconds on the clock; medians of three turns.
"""

from __future__ import annotations

import argparse
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import pyarrow as pa
import pyarrow.parquet as pq
from instrument import definition
from large_data import generate

import psychometrics as pm
from psychometrics.runs import open_batches, run_batches

TURNS = 3
STRATA = ["gender", "age_band"]


def cores(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


def at_once(files: list[Path], instrument: pm.Instrument) -> None:
    table = pa.concat_tables([pq.read_table(path) for path in files])
    responses = pm.read_responses(table, instrument)
    scores = pm.score(instrument, responses)
    pm.tally(instrument, responses)
    pm.tally_scores(scores, strata=STRATA)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=2_000_000)
    parser.add_argument("--folder", type=Path, required=True)
    given = parser.parse_args()
    files, out = generate(given.folder / "people", given.people), given.folder / "out"
    instrument = pm.parse_instrument(definition())

    def run(**options: object) -> Callable[[], object]:
        def work() -> None:
            shutil.rmtree(out, ignore_errors=True)
            batches = open_batches(files, instrument, memory="8GiB", workers=int(options.get("workers", 2)))  # type: ignore[call-overload]
            rest = {name: one for name, one in options.items() if name != "workers"}
            run_batches(batches, out if "layout" in rest else None, norms_strata=STRATA, **rest)  # type: ignore[arg-type]

        return work

    kinds: dict[str, Callable[[], object]] = {
        "at once, all pairs, no files": lambda: at_once(files, instrument),
        "batches, all pairs, no files": run(),
        "batches, pairs within scales, no files": run(pairs="within_scales"),
        "the same, one worker": run(pairs="within_scales", workers=1),
        "batches, pairs within scales, wide": run(pairs="within_scales", layout="wide"),
        "batches, pairs within scales, long": run(pairs="within_scales", layout="long"),
        "batches, scores only, wide": run(tally=False, layout="wide"),
    }
    found: dict[str, list[float]] = {name: [] for name in kinds}
    for _ in range(TURNS):
        for name, work in kinds.items():
            found[name].append(cores(work))
    first = median(next(iter(found.values())))
    for name, seconds in found.items():
        per_million = median(seconds) / given.people * 1e6
        print(
            f"{name:42} {per_million:6.2f} s of cores per million people, {median(seconds) / first:5.2f} of the first"
        )
    shutil.rmtree(out, ignore_errors=True)


if __name__ == "__main__":
    main()
