"""How long the contents of 10,000 result pages take. Run: python tests/benchmarks/bench_person_content.py (one process)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from statistics import median
from time import process_time

import numpy as np
import pyarrow as pa

import psychometrics as pm
from psychometrics import catalog
from psychometrics.report.person.building import person_reports
from psychometrics.responses import Responses
from psychometrics.scoring import Scores

N = 10_000
RUNS = 3


def many() -> tuple[Scores, Responses]:
    """The simulated sample over and over, with other ids."""
    instrument = pm.load_instrument("skill-rust-backend")
    folder = Path(str(catalog.root("norms") / instrument.id))
    answers = pm.read_responses(folder / "simulated-2026.responses.csv.gz", instrument)
    scores = pm.score(
        instrument, answers, pm.read_ratings(folder / "simulated-2026.ratings.csv.gz", instrument)
    )
    rows = np.arange(N) % answers.n_rows
    persons = answers.persons.take(pa.array(rows)).drop_columns(["person_id"])
    persons = persons.add_column(0, "person_id", pa.array([f"p{i}" for i in range(N)]))
    names = ("raw", "n_valid", "reason", "n_raters", "adjudicate")
    arrays = {name: getattr(scores, name)[:, rows] for name in names}
    return replace(scores, persons=persons, **arrays), replace(answers.select(rows), persons=persons)


def main() -> None:
    scores, answers = many()
    prepared, pages = [], []
    for _ in range(RUNS):
        start = process_time()
        reports = person_reports(scores, norms="default", responses=answers)
        prepared.append(process_time() - start)
        start = process_time()
        for _page in reports:
            pass
        pages.append(process_time() - start)
    print(
        f"once for {N:,} people   median {median(prepared):6.2f} s, least {min(prepared):6.2f} s of processor time"
    )
    print(
        f"{N:,} contents          median {median(pages):6.2f} s, least {min(pages):6.2f} s of processor time"
    )


if __name__ == "__main__":
    main()
