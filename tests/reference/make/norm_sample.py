"""Make tests/reference/data/sim_norm_sample_400.csv: 400 simulated people with sex, age band, region and a score."""

from __future__ import annotations

from pathlib import Path

import numpy as np

rng = np.random.default_rng(20264)
n = 400
sex = rng.choice(["f", "m"], n, p=[0.68, 0.32])
band = rng.choice(["18-29", "30-49", "50-64"], n, p=[0.5, 0.3, 0.2])
region = rng.choice(["east", "north", "south"], n, p=[0.2, 0.45, 0.35])
shift = (
    0.5 * (sex == "m")
    + np.select([band == "18-29", band == "30-49"], [-0.4, 0.2], 0.6)
    + 0.3 * (region == "east")
)
score = rng.binomial(25, 1 / (1 + np.exp(-(shift + rng.normal(0, 0.8, n))))) + 1
out = Path(__file__).resolve().parents[1] / "data" / "sim_norm_sample_400.csv"
lines = [",".join(map(str, row)) for row in zip(sex, band, region, score, strict=True)]
out.write_text("\n".join(["sex,band,region,score", *lines]) + "\n", encoding="utf-8")
