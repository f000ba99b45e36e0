"""A small instrument with bands and a retest window, and simulated answers on several occasions."""

from __future__ import annotations

from typing import Any

import numpy as np
from instruments_for_tests import simple

from psychometrics.instrument import Instrument, parse_instrument
from psychometrics.responses import read_responses
from psychometrics.scoring import Scores, score

BANDS = """
[[bands]]
id = "level"
scale = "total"
basis = "criterion"
rationale = "for the test"
steps = [{ from = 0, label = "low" }, { from = 6, label = "mid" }, { from = 11, label = "high" }]

[[cuts]]
id = "pass"
scale = "total"
label = "Pass"
at = 8
basis = "criterion"
rationale = "for the test"
"""


def instrument(extra: str = BANDS, window: str = "retest_days = [7, 21]") -> Instrument:
    return parse_instrument(
        simple(extra=extra).replace('wording = "topics"', f'wording = "topics"\n{window}')
    )


def answers(
    n: int, seed: int, *, keep: Any = None, day: str = "2026-01-01", shift: Any = None
) -> dict[str, Any]:
    """Answers of persons p0..p(n-1) that hang together over seeds; ``keep`` says who is there."""
    rng = np.random.default_rng(99)
    trait = rng.normal(size=n)
    noise = np.random.default_rng(seed).normal(size=(4, n))
    codes = np.clip(np.round(2 + trait + 0.7 * noise), 0, 4).astype(int)
    keep = np.arange(n) if keep is None else keep
    days = np.zeros(n, int) if shift is None else shift
    return {
        "person_id": [f"p{i}" for i in keep],
        "completed_on": (np.datetime64(day) + days)[keep],
        **{f"q{j + 1}": codes[j, keep] for j in range(4)},
    }


def scored(what: Instrument, table: dict[str, Any]) -> Scores:
    return score(what, read_responses(table, what))
