"""How fast result pages are made: content and rendering apart, then everything to a zip with two processes.

    python tests/benchmarks/speed_person_pages.py [N_PAGES]

The people are those of the simulated sample of the flagship instrument, as often as it takes. CPU time per page says
what a page costs; pages per minute say what this machine, with whatever else it is doing, made of it.
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import pandas as pd

import psychometrics as pm
from psychometrics import catalog
from psychometrics.report.person.building import person_reports
from psychometrics.report.person.page import page_bytes
from psychometrics.report.person.writing import write_reports
from psychometrics.report.person.writing_zip import pack

FLAGSHIP = "skill-rust-backend"
RUNS = 5
SOME = 100


def main(n_pages: int) -> None:
    instrument = pm.load_instrument(FLAGSHIP)
    tables = people(n_pages)
    answers, judged = pm.read_responses(tables[0], instrument), pm.read_ratings(tables[1], instrument)
    scores = pm.score(instrument, answers, judged)
    evidence = pm.reliability(instrument, answers, judged, scores=scores)
    start = time.perf_counter()
    made = person_reports(scores, norms="default", responses=answers, ratings=judged, reliability=evidence)
    print(f"for all at once      {time.perf_counter() - start:8.2f} s for {len(made):,} people")
    made[0]
    pages = made[:SOME]
    page_bytes(pages[0])
    shown = [page_bytes(page) for page in pages]
    print(f"content of a page    {per_page(lambda: made[:SOME]):8.2f} ms CPU")
    print(f"rendering            {per_page(lambda: [page_bytes(page) for page in pages]):8.2f} ms CPU")
    print(f"packing for a zip    {per_page(lambda: [pack('a', one) for one in shown]):8.2f} ms CPU")
    print(f"size                 {sum(map(len, shown)) / SOME / 1000:8.1f} kB")
    for workers, kind in ((2, "pages.zip"), (2, "pages"), (1, "pages.zip")):
        with tempfile.TemporaryDirectory() as folder:
            start, before = time.perf_counter(), cpu()
            write_reports(made, Path(folder) / kind, workers=workers)
            took, used = time.perf_counter() - start, cpu() - before
        print(
            f"{kind:10} {workers} worker{'s' if workers > 1 else ' '} {took:8.1f} s for {n_pages:,}: "
            f"{60 * n_pages / took:,.0f} a minute; {1000 * used / n_pages:.2f} ms CPU a page"
        )


def per_page(do: Callable[[], object]) -> float:
    """Return the median CPU time of a page in milliseconds."""
    times = []
    for _ in range(RUNS):
        start = time.process_time()
        do()
        times.append((time.process_time() - start) / SOME * 1000)
    return median(times)


def cpu() -> float:
    """Return the CPU seconds of this process and of those it started and that have ended."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def people(n: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return answers and ratings of n people: those of the sample, over and over, under ids of their own."""
    folder = Path(str(catalog.root("norms") / FLAGSHIP))
    answers, judged = (
        pd.read_csv(folder / f"simulated-2026.{kind}.csv.gz", dtype=str) for kind in ("responses", "ratings")
    )
    times = -(-n // len(answers))
    answers, judged = (
        pd.concat(
            [table.assign(person_id=table["person_id"] + f"-{k}") for k in range(times)], ignore_index=True
        )
        for table in (answers, judged)
    )
    answers = answers.head(n)
    return answers, judged[judged["person_id"].isin(answers["person_id"])]


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
