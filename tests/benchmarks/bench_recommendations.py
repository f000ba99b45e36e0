"""Recommendations of 10,000 people on the flagship instrument: signals, weighing, and all words.

Run: uv run python tests/benchmarks/bench_recommendations.py
"""

from __future__ import annotations

import time
from statistics import median

import numpy as np
import pyarrow as pa

import psychometrics as pm
from psychometrics import catalog
from psychometrics.careers import person_signals, recommend_all

N = 10_000


def main() -> None:
    folder = catalog.root("norms") / "skill-rust-backend"
    instrument = pm.load_instrument("skill-rust-backend")
    responses = pm.read_responses(str(folder / "simulated-2026.responses.csv.gz"), instrument)
    rows = np.arange(N) % responses.n_rows
    table = responses.to_arrow().take(pa.array(rows))
    ids = pa.array([f"p{i}" for i in range(N)])
    table = table.set_column(table.column_names.index("person_id"), "person_id", ids)
    responses = pm.read_responses(table, instrument)
    ratings = pm.read_ratings(str(folder / "simulated-2026.ratings.csv.gz"), instrument).to_arrow()
    parts = []
    for start in range(0, N, 2000):  # the sample has 2,000 people, P0001 to P2000
        who = pa.array([f"p{start + int(name[1:]) - 1}" for name in ratings.column("person_id").to_pylist()])
        parts.append(ratings.set_column(ratings.column_names.index("person_id"), "person_id", who))
    scores = pm.score(instrument, responses, pm.read_ratings(pa.concat_tables(parts), instrument))
    scores = scores.with_standard_errors(dict.fromkeys(scores.scale_ids, 9.0))
    normed = pm.load_norms("skill-rust-backend/simulated-2026").apply(scores)
    seconds: dict[str, list[float]] = {"signals": [], "weighing": [], "words": []}
    for _ in range(5):
        start_time = time.perf_counter()
        signals = person_signals(scores, normed, responses)
        seconds["signals"].append(time.perf_counter() - start_time)
        start_time = time.perf_counter()
        batch = recommend_all(signals)
        seconds["weighing"].append(time.perf_counter() - start_time)
        start_time = time.perf_counter()
        n_items = sum(len(found) for found in batch)
        seconds["words"].append(time.perf_counter() - start_time)
    for name, times in seconds.items():
        print(f"{name:<9} median of 5: {median(times):.3f} s (min {min(times):.3f}, max {max(times):.3f})")
    print(f"{len(batch):,} people, {n_items:,} recommendations")


if __name__ == "__main__":
    main()
