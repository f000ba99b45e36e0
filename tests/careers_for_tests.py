"""A small instrument of two levels, a catalogue around it, and claims, that the tests share."""

from __future__ import annotations

from typing import Any

import numpy as np
from instruments_for_tests import FREQUENCY, HEAD, item_lines

import psychometrics as pm
from psychometrics.careers import (
    Catalogue,
    Claims,
    PersonSignals,
    parse_catalogue,
    parse_claims,
    person_signals,
)

LEVELS = (
    HEAD.format(id="levels").replace('language = "en"', 'language = "en"\nretest_days = [14, 90]')
    + item_lines(6)
    + FREQUENCY
    + """
[[sources]]
id = "book"
citation = "A book."
url = "https://example.org/book"
[[scales]]
id = "low"
title = "Low level"
items = ["q1", "q2", "q3"]
missing = "prorate"
minimum_valid = 2
[[scales]]
id = "high"
title = "High level"
items = ["q4", "q5", "q6"]
missing = "prorate"
minimum_valid = 2
[[cuts]]
id = "low-cut"
scale = "low"
label = "low"
at = 6
basis = "criterion"
rationale = "a choice"
[[cuts]]
id = "high-cut"
scale = "high"
label = "high"
at = 7
basis = "criterion"
rationale = "a choice"
[[statements]]
id = "low_open"
scale = "low"
below = 6
text = "Low is open."
evidence = ["book"]
[[statements]]
id = "low_met"
scale = "low"
at_least = 6
text = "Low is met."
evidence = ["book"]
"""
)

CLAIM = """
[[claims]]
id = "{id}"
statement = "{statement}"
kind = "{kind}"
figures = [{figures}]
does_not_prove = ["much"]
checked = 2026-11-25
checked_in = "a test"
[claims.source]
authors = "Nobody"
title = "A study"
year = 2020
venue = "Nowhere"
doi = "10.1234/abc"
n = 10
population = "nobody"
design = "none"
"""
SHARES = CLAIM.format(
    id="shares",
    statement="Of all, 40 % use near and 90 % use far.",
    kind="government",
    figures='{ id = "near", value = 40, unit = "percent", what = "users of near" }, '
    '{ id = "far", value = 90, unit = "percent", what = "users of far" }',
)
CLAIMS = f"format = 1\n{SHARES}"
REFUSED = """
format = 1
[[refused]]
id = "myth"
figure = "99 % of everything"
repeated = ["everywhere"]
why = "Nobody knows where it comes from."
traced = ["https://example.org/traced"]
checked = 2026-11-25
"""

WEIGHTS = [
    "gap",
    "shortfall",
    "readiness",
    "nearness",
    "few_raters",
    "sureness",
    "percentile",
    "adjacency",
    "market",
    "quality",
    "blank",
    "rating_open",
    "method_gap",
]
KINDS = ["practise", "measure_again", "go_on", "talk", "answer", "rate"]
HEAD_OF_CATALOGUE = (
    """
format = 1
title = "Small"
[rules]
surely_met = 0.8
surely_missed = 0.2
method_gap = 0.25
confidence = 0.95
why = "a choice"
"""
    + "".join(f'[weights.{name}]\nweight = 0.5\nwhy = "a choice"\n' for name in WEIGHTS)
    + "".join(f'[kinds.{name}]\nwhy = "a reason"\n' for name in KINDS)
)
NODES = """
[[nodes]]
id = "role"
kind = "role"
title = "A role"
text = "Does things."
links = [{ to = "skill", kind = "recurs_with", strength = 0.5, why = "w", basis = "authors_judgement" }]
[[nodes]]
id = "skill"
kind = "skill"
title = "A skill"
text = "Can do things."
instrument = "levels"
market = { claim = "shares", figure = "near" }
links = [
  { to = "role", kind = "part_of", why = "w", basis = "authors_judgement" },
  { to = "near", kind = "recurs_with", strength = 0.5, why = "w", basis = "claim:shares" },
]
[[nodes]]
id = "lower"
kind = "level"
title = "Lower"
text = "The lower level."
cut = "low-cut"
scales = ["low"]
sources = [{ title = "Lower book", url = "https://example.org/lower" }]
links = [
  { to = "skill", kind = "level_of", why = "w", basis = "authors_judgement" },
  { to = "upper", kind = "learned_next", strength = 0.9, why = "w", basis = "authors_judgement" },
]
[[nodes]]
id = "upper"
kind = "level"
title = "Upper"
text = "The upper level."
cut = "high-cut"
scales = ["high"]
links = [
  { to = "skill", kind = "level_of", why = "w", basis = "authors_judgement" },
  { to = "far", kind = "learned_next", strength = 0.4, why = "w", basis = "authors_judgement" },
]
[[nodes]]
id = "near"
kind = "skill"
title = "Near"
text = "Lies near."
claims = ["shares"]
links = [{ to = "role", kind = "part_of", why = "w", basis = "authors_judgement" }]
[[nodes]]
id = "far"
kind = "skill"
title = "Far"
text = "Lies far."
market = { claim = "shares", figure = "far" }
links = [{ to = "role", kind = "part_of", why = "w", basis = "authors_judgement" }]
"""
CATALOGUE = HEAD_OF_CATALOGUE + NODES


def claims() -> Claims:
    return parse_claims(CLAIMS, REFUSED)


def catalogue(text: str = CATALOGUE) -> Catalogue:
    return parse_catalogue(text, claims())


def levels_signals(answers: Any, *, error: float | None = 1.5) -> PersonSignals:
    """Signals of persons who gave these answers, shape (n_persons, 6); nan for a blank."""
    instrument = pm.parse_instrument(LEVELS)
    table = np.asarray(answers, np.float64)
    frame = {f"q{i + 1}": [None if np.isnan(x) else int(x) for x in table[:, i]] for i in range(6)}
    frame["person_id"] = [f"p{i}" for i in range(len(table))]
    responses = pm.read_responses(frame, instrument)
    scores = pm.score(instrument, responses)
    if error is not None:
        scores = scores.with_standard_errors({"low": error, "high": error})
    return person_signals(scores, responses=responses)
