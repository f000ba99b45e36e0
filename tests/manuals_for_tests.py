"""A small made-up instrument with everything a definition can say, and people who answered it."""

from __future__ import annotations

from datetime import date
from functools import cache

import numpy as np

import psychometrics as pm
from psychometrics.report.manual.build import technical_manual
from psychometrics.report.manual.manual import TechnicalManual

DEFINITION = """
format = 1
id = "tidy-desk"
version = "2.1.0"
title = "Tidy Desk Inventory"
construct = "How tidy a person keeps a desk. Made up for tests; it measures nothing."
intended_use = ["Testing this library", "Nothing else"]
misuse = ["Any decision about a person"]
population = "Made-up adults with a desk"
language = "en"
minutes = [2, 4]
retest_days = [7, 60]
licence = "CC0-1.0"
wording = "full"
left_out = ["Everything that is real"]

[missing_codes]
"-9" = "skipped"

[raters]
minimum = 1
combine = "mean"
adjudicate_gap = 2

[[sources]]
id = "none"
citation = "Nobody (2026). Nothing about desks."
used_for = ["nothing"]

[option_sets.often]
options = [{ code = 0, label = "never" }, { code = 1, label = "rarely" }, { code = 2, label = "often" }, { code = 3, label = "always" }]

[[items]]
id = "q1"
text = "My papers lie in one pile."
options = "often"

[[items]]
id = "q2"
text = "I find my pen | at once."
options = "often"

[[items]]
id = "q3"
text = "Cups <b>stay</b> where I drank them."
options = "often"
reversed = true

[[items]]
id = "q4"
text = "I wipe the desk on Fridays."
options = "often"

[[items]]
id = "photo"
kind = "rubric"
minutes = [1, 1]
text = '''
Send a photo of your desk.

    no filters

1. As it is now.
'''

[[items.criteria]]
id = "order"
title = "Order"
levels = [
  { code = 0, label = "None", descriptor = "Nothing has a place." },
  { code = 1, label = "Some", descriptor = "Some things have a place." },
  { code = 2, label = "All", descriptor = "Everything has a place." },
]

[[items.criteria]]
id = "dust"
title = "Dust"
levels = [
  { code = 0, label = "Much", descriptor = "One can write in it." },
  { code = 1, label = "Little", descriptor = "One can see it." },
  { code = 2, label = "None", descriptor = "One cannot see it." },
]

[[scales]]
id = "said"
title = "Said"
direction = "higher: says the desk is tidier"
items = ["q1", "q2", "q3", "q4"]
aggregate = "sum"
missing = "prorate"
minimum_valid = 3

[[scales]]
id = "seen"
title = "Seen"
direction = "higher: raters saw a tidier desk"
items = ["photo"]
aggregate = "sum"

[[scales]]
id = "both"
title = "Both"
components = [{ scale = "said" }, { scale = "seen", weight = 2 }]
aggregate = "sum"

[[bands]]
id = "words"
scale = "said"
basis = "criterion"
rationale = "Half of the points."
steps = [{ from = 0, label = "untidy" }, { from = 6, label = "tidy" }]

[[cuts]]
id = "tidy"
scale = "both"
label = "tidy enough"
at = 10
basis = "criterion"
source = "none"

[[published]]
scale = "said"
statistic = "alpha"
value = 0.5
n = 12
population = "twelve desks"
source = "none"

[[statements]]
id = "tidy"
scale = "said"
at_least = 6
text = "You say that your desk is tidy."
evidence = ["none"]
"""

STATEMENTS = {
    "purpose.users": "Anybody who can read.",
    "validity.content": "Three *experts* agreed | on <all> items.",
}


@cache
def instrument() -> pm.Instrument:
    return pm.parse_instrument(DEFINITION)


def truth(n: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=n)


def responses(n: int = 80, seed: int = 1, *, later: bool = False) -> pm.Responses:
    rng = np.random.default_rng(seed + 100 * later)
    theta = truth(n, seed)
    table: dict[str, list[object]] = {"person_id": [f"p{k}" for k in range(n)]}
    for item in instrument().items:
        points = np.clip(np.round(1.5 + 0.8 * theta + rng.normal(scale=0.8, size=n)), 0, 3).astype(int)
        codes = 3 - points if item.reversed else points
        table[item.id] = [
            None if k % 40 == 39 and item.id == "q4" else int(code) for k, code in enumerate(codes)
        ]
    table["completed_on"] = ["2026-02-01" if later else "2026-01-01"] * n
    table["wing"] = [("east", "west")[k % 2] for k in range(n)]
    table["boss"] = (theta + rng.normal(size=n)).round(3).tolist()
    return pm.read_responses(table, instrument())


def ratings(n: int = 80, seed: int = 1, n_raters: int = 2, *, later: bool = False) -> pm.Ratings:
    rng = np.random.default_rng(seed + 7 + 100 * later)
    theta = truth(n, seed)
    rows = [
        (
            f"p{k}",
            "photo",
            criterion,
            f"r{rater}",
            int(np.clip(round(1 + 0.7 * theta[k] + rng.normal(scale=0.6)), 0, 2)),
        )
        for k in range(n)
        for criterion in ("order", "dust")
        for rater in range(n_raters)
    ]
    names = ("person_id", "item_id", "criterion_id", "rater_id", "level")
    columns = dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))
    return pm.read_ratings(columns, instrument())


def norms(*, simulated: bool = True) -> pm.Norms:
    scores = pm.score(instrument(), responses(200, 5), ratings(200, 5))
    return pm.build_norms(
        scores,
        edition="made-up",
        provenance={
            "description": "200 made-up desks",
            "collected": "2026-01 to 2026-02",
            "released": "2026-03-01",
        },
        simulated=simulated,
        title="Desks",
        day=date(2026, 3, 1),
    )


@cache
def full() -> TechnicalManual:
    return technical_manual(
        instrument(),
        responses(),
        ratings(),
        retest=(responses(later=True), ratings(later=True)),
        norms=norms(),
        criteria="boss",
        groups="wing",
        statements=STATEMENTS,
        reviewed="A. Nobody, 2026",
        changelog=[("2.1.0", "A photo was added.")],
        simulated=True,
        selection=True,
    )


@cache
def bare() -> TechnicalManual:
    return technical_manual(instrument())
