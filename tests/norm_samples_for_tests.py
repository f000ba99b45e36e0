"""Made-up samples with weighting variables."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np

import psychometrics as pm
from psychometrics.norming.build import build_norms

WHO = {"description": "made-up people"}
DAY = date(2026, 11, 1)
MARGINS: dict[Any, dict[Any, float]] = {
    "sex": {"f": 0.5, "m": 0.5},
    "age:18,30,65": {"18-29": 0.3, "30-64": 0.7},
}


def sample(n: int = 200, seed: int = 1) -> dict[str, Any]:
    """Draw people; women and the young are too many, men score higher."""
    rng = np.random.default_rng(seed)
    sex = rng.choice(["f", "m"], n, p=[0.7, 0.3])
    age = np.where(rng.random(n) < 0.5, rng.integers(18, 30, n), rng.integers(30, 65, n))
    x = rng.binomial(12, np.where(sex == "m", 0.6, 0.45))
    return {"x": x.astype(float), "sex": sex, "age": age}


def norms_of(table: dict[str, Any], **options: Any) -> pm.Norms:
    """Build norms of the score x."""
    return build_norms(table, scale="x", edition="e", provenance=WHO, day=DAY, **options)


def part(table: dict[str, Any], rows: Any) -> dict[str, Any]:
    """Take some rows."""
    return {name: values[rows] for name, values in table.items()}
