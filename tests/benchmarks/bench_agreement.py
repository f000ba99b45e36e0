"""How long agreement takes. Run: python tests/benchmarks/bench_agreement.py (several runs, one process)."""

from __future__ import annotations

from statistics import median
from time import perf_counter

import numpy as np
import pandas as pd

from psychometrics.evidence.agreement.adjudication import adjudication_queue
from psychometrics.evidence.agreement.agreement import agreement, agreement_table
from psychometrics.evidence.agreement.machine_rater import machine_rater
from psychometrics.evidence.agreement.rater_report import rater_report

RUNS = 15


def timed(what, call, runs=RUNS):
    times = []
    for _ in range(runs):
        start = perf_counter()
        call()
        times.append(perf_counter() - start)
    print(f"{what:58s} median {median(times) * 1000:8.1f} ms, least {min(times) * 1000:8.1f} ms")


def levels(rng, truth, size):
    return np.clip(np.round(3 + truth + rng.normal(0, 0.7, size)), 1, 5)


def main() -> None:
    rng = np.random.default_rng(0)
    x = levels(rng, rng.normal(size=(10_000, 1)), (10_000, 3))
    for name in ("gwet", "fleiss", "conger", "krippendorff"):
        timed(f"{name}, 10,000 x 3", lambda name=name: agreement(x, coefficient=name, weights="quadratic"))
    timed(
        "krippendorff ordinal, 10,000 x 3", lambda: agreement(x, coefficient="krippendorff", level="ordinal")
    )
    timed("all coefficients, 10,000 x 3", lambda: agreement_table(x, weights="quadratic"))
    timed("gwet, 10,000 x 3, jackknife", lambda: agreement(x, interval="jackknife"))
    timed("gwet, 10,000 x 3, bootstrap of 2000", lambda: agreement(x, interval="bootstrap"))
    n, truth = 100_000, rng.normal(size=100_000)
    first = rng.integers(0, 500, n)
    second = (first + rng.integers(1, 500, n)) % 500
    two = np.r_[levels(rng, truth, n), levels(rng, truth, n)].astype(int)
    frame = pd.DataFrame(
        {"person_id": np.tile(np.arange(n), 2), "rater_id": np.r_[first, second], "level": two}
    )
    timed(
        "gwet, long frame, 100,000 scripts x 2 of 500 raters", lambda: agreement(frame, weights="quadratic")
    )
    timed("conger, the same", lambda: agreement(frame, coefficient="conger"))
    timed("rater report, the same (200,000 ratings)", lambda: rater_report(frame), 3)
    timed("adjudication queue, the same", lambda: adjudication_queue(frame, gap=2), 3)
    human = np.column_stack([two[:n], two[n:]]).astype(float)
    human[rng.random(n) < 0.7, 1] = np.nan
    machine = 3 + truth + rng.normal(0, 0.4, n)
    timed("machine rater, 100,000 scripts", lambda: machine_rater(human, machine), 3)


if __name__ == "__main__":
    main()
