"""Drift of norms, held against R and published tables."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from held_against import agrees

from psychometrics.kernels.drift.cusum import cusum_run_length
from psychometrics.kernels.drift.kolmogorov_smirnov import smirnov

STORED = json.loads((Path(__file__).parent / "drift_r.json").read_text(encoding="utf-8"))

RUN_LENGTHS = {
    4.0: {0.0: 168, 0.25: 74.2, 0.5: 26.6, 0.75: 13.3, 1.0: 8.38, 1.5: 4.75, 2.0: 3.34},
    5.0: {0.0: 465, 0.25: 139, 0.5: 38.0, 0.75: 17.0, 1.0: 10.4, 1.5: 5.75, 2.0: 4.01},
}


@pytest.mark.parametrize("row", STORED["rows"], ids=lambda row: row["data"])
def test_kolmogorov_smirnov_with_ties(row: dict[str, object]) -> None:
    first, second = np.array(row["first"], np.int64), np.array(row["second"], np.int64)
    found = smirnov(first, second)
    for name, ours in (("statistic", found.statistic), ("p", found.p)):
        agrees(
            "norm drift",
            f"Kolmogorov-Smirnov {name}",
            ours,
            float(row[name]),  # type: ignore[arg-type]
            data=str(row["data"]),
            software=STORED["software"],
            rel=1e-10,
            why="both exact given the ties",
        )


@pytest.mark.parametrize("limit", RUN_LENGTHS)
def test_run_lengths_of_cumulative_sums(limit: float) -> None:
    for shift, published in RUN_LENGTHS[limit].items():
        agrees(
            "norm drift",
            f"average run length, k = .5, h = {limit:g}, shift {shift:g}",
            cusum_run_length(0.5, limit, shift),
            published,
            data="normal values",
            software="Montgomery (2013), Introduction to statistical quality control, table 9.3",
            rel=0.005,
            why="published to three digits",
        )
