"""What one point is worth on a score: against scoring two persons who differ by one point."""

from __future__ import annotations

import numpy as np
import pytest
from instruments_for_tests import simple, with_rubric

import psychometrics as pm
from psychometrics.errors import EstimationError
from psychometrics.evidence.error.composite import composite_score_reliability
from psychometrics.evidence.error.conditional import conditional_standard_errors
from psychometrics.evidence.error.metric import point_weights, score_line, strata_of

MIXED = """
[[scales]]
id = "mixed"
title = "Mixed"
items = ["q1", "q2", "task"]
aggregate = "percent"
multiplier = 0.5
[[scales]]
id = "standardised"
title = "Standardised"
components = [{ scale = "self", weight = 3, mean = 50, sd = 20 }, { scale = "both", weight = -1, mean = 10, sd = 8 }]
aggregate = "sum"
"""


def instrument():
    return pm.parse_instrument(with_rubric() + MIXED)


def scores_of(one, points):
    """Score a person with these points on q1, q2, task.clear and task.right."""
    answers = pm.read_responses({"person_id": ["a"], "q1": [points[0]], "q2": [points[1]]}, one)
    rows = {
        "person_id": ["a"] * 2,
        "item_id": ["task"] * 2,
        "criterion_id": ["clear", "right"],
        "rater_id": ["r"] * 2,
    }
    return pm.score(one, answers, pm.read_ratings({**rows, "level": list(points[2:])}, one))


@pytest.mark.parametrize("scale", ["self", "work", "both", "mixed", "standardised"])
def test_weight_is_the_change_of_the_score(scale):
    one = instrument()
    start = [1, 2, 1, 0]
    before = scores_of(one, start).of(scale)[0]
    weights = point_weights(one, one.scale(scale))
    for place, name in enumerate(["q1", "q2", "task.clear", "task.right"]):
        moved = [value + (i == place) for i, value in enumerate(start)]
        change = scores_of(one, moved).of(scale)[0] - before
        assert change == pytest.approx(float(weights.get(name, 0)), rel=1e-12, abs=1e-12)


@pytest.mark.parametrize("aggregate", ["sum", "mean", "percent"])
def test_line_leads_from_the_sum_to_the_score(aggregate):
    one = pm.parse_instrument(simple(aggregate=aggregate, rules="multiplier = 1.25"))
    answers = pm.read_responses({"person_id": ["a"], **{f"q{i}": [i % 3] for i in range(1, 5)}}, one)
    start, slope = score_line(one, one.scale("total"))
    total = sum(i % 3 for i in range(1, 5))
    assert start + slope * total == pytest.approx(pm.score(one, answers).of("total")[0], rel=1e-12)


def test_strata_are_the_base_scales():
    one = instrument()
    assert strata_of(one, one.scale("both")) == {
        "q1": "self",
        "q2": "self",
        "task.clear": "work",
        "task.right": "work",
    }
    assert set(strata_of(one, one.scale("mixed")).values()) == {"mixed"}


def test_scale_of_items_and_criteria_has_both_errors():
    one, rng, n = instrument(), np.random.default_rng(3), 80
    skill = rng.normal(size=n)
    table = {"person_id": [f"p{i}" for i in range(n)]}
    table |= {f"q{i}": np.clip(np.rint(2 + skill + rng.normal(size=n)), 0, 4).astype(int) for i in (1, 2)}
    rows = [
        (f"p{p}", "task", criterion, rater, int(np.clip(np.rint(1.5 + skill[p] + rng.normal()), 0, 3)))
        for p in range(n)
        for criterion in ("clear", "right")
        for rater in ("a", "b")
    ]
    names = ("person_id", "item_id", "criterion_id", "rater_id", "level")
    ratings = pm.read_ratings(dict(zip(names, map(list, zip(*rows, strict=True)), strict=True)), one)
    responses = pm.read_responses(table, one)
    found = composite_score_reliability(one, responses, ratings, scale="mixed", tasks="fixed")
    frame = found.components().to_frame()
    assert found.n_items == 2
    assert found.n_tasks == 1
    assert (frame["variance"][frame["component"].isin(["items", "raters, within tasks"])] > 0).all()
    scores = pm.score(one, responses, ratings).of("mixed")
    assert found.standard_deviation == pytest.approx(np.std(scores, ddof=1), rel=1e-10)
    with pytest.raises(EstimationError, match="raters too"):
        conditional_standard_errors(responses, scale="mixed")
