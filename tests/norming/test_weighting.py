"""Raking a sample: margins, caps, coverage, and everything that cannot be weighted."""

from __future__ import annotations

import numpy as np
import pytest
from norm_samples_for_tests import MARGINS, sample
from oracles_norm_errors import slow_rake

from psychometrics.errors import NormError
from psychometrics.norming.weighting.weighting import given_weights, rake


def test_weights_are_those_of_raking_person_by_person():
    table = sample(60)
    people = [(s, "18-29" if a < 30 else "30-64") for s, a in zip(table["sex"], table["age"], strict=True)]
    theirs = slow_rake(people, [MARGINS["sex"], MARGINS["age:18,30,65"]], rounds=40)
    found = rake(table, MARGINS)
    assert found.of(table) == pytest.approx(theirs, rel=1e-9)
    assert found.n_persons == 60
    assert found.design_effect == pytest.approx(60 / found.effective_n)
    assert found.effective_n == pytest.approx(sum(theirs) ** 2 / sum(w * w for w in theirs), rel=1e-9)


def test_the_table_shows_coverage_of_the_margins():
    frame = rake(sample(), MARGINS).to_frame()
    assert frame["margin"].tolist() == ["sex", "sex", "age_band", "age_band"]
    assert frame["reached_share"].to_numpy() == pytest.approx(frame["wanted_share"].to_numpy())
    assert frame["n_persons"].sum() == 400


def test_population_numbers_and_shares_are_the_same():
    table = sample()
    ours = rake(table, {"sex": {"f": 41_000, "m": 41_000}}).weights
    assert ours.tolist() == rake(table, {"sex": {"f": 0.5, "m": 0.5}}).weights.tolist()


def test_one_crossed_margin_is_post_stratification():
    table = sample()
    shares = {("f", "18-29"): 0.1, ("f", "30-64"): 0.4, ("m", "18-29"): 0.2, ("m", "30-64"): 0.3}
    found = rake(table, {("sex", "age:18,30,65"): shares})
    for cell in found.table.cells:
        assert cell.weight == pytest.approx(shares[tuple(cell.labels)] * 200 / cell.n_persons)


def test_base_weights_are_where_raking_starts():
    table = {**sample(), "w": np.where(np.arange(200) % 2, 3.0, 1.0)}
    found = rake(table, MARGINS, base="w")
    weights = found.of(table)
    same = (table["sex"] == "f") & (table["age"] < 30)
    assert weights[same & (table["w"] == 3)][0] / weights[same & (table["w"] == 1)][0] == pytest.approx(3)
    assert given_weights(table, "w").of(table) == pytest.approx(table["w"] / table["w"].mean())


def test_a_cap_is_kept_and_what_it_costs_is_said():
    table = sample(400)
    margins = {"sex": {"f": 0.1, "m": 0.9}}
    assert rake(table, margins).weights.max() > 2
    found = rake(table, margins, cap=2)
    assert found.weights.max() <= 2 * (1 + 1e-9)
    assert found.n_capped == (table["sex"] == "m").sum()
    assert found.margin_error > 0.05
    assert "not reached" in found.to_frame()["note"].str.cat()


def test_thin_levels_are_said():
    assert rake(sample(40), MARGINS).to_frame()["note"].str.contains("fewer than 30").any()


def test_levels_nobody_fills_are_all_named():
    with pytest.raises(NormError) as error:
        rake(sample(), {"sex": {"f": 0.4, "m": 0.4, "x": 0.1, "y": 0.1}})
    assert [p.what for p in error.value.problems] == ["nobody in x, share 0.1", "nobody in y, share 0.1"]


def test_people_outside_the_levels_are_refused_or_left_out():
    table = {**sample(6), "sex": ["f", "m", None, "f", "d", "m"]}
    with pytest.raises(NormError, match=r"2 people are blank or in no level of the margin \(rows 3, 5\)"):
        rake(table, {"sex": {"f": 1, "m": 1}})
    found = rake(table, {"sex": {"f": 1, "m": 1}}, outside="leave_out")
    assert found.n_outside == 2
    assert np.isnan(found.of(table)).tolist() == [False, False, True, False, True, False]


def test_contradictions_are_all_named():
    margins = {
        "sex": {"f": 0.5, "m": 0.5},
        ("sex", "age:18,30,65"): {
            ("f", "18-29"): 0.3,
            ("f", "30-64"): 0.4,
            ("m", "18-29"): 0.1,
            ("m", "30-64"): 0.2,
        },
    }
    with pytest.raises(NormError) as error:
        rake(sample(), margins)
    assert [p.where for p in error.value.problems] == ["f", "m"]


def test_margins_that_cannot_be_reached_together_are_refused():
    table = {"a": ["0", "0", "1"], "b": ["0", "0", "1"]}
    with pytest.raises(NormError, match="cannot all be reached"):
        rake(table, {"a": {"0": 0.5, "1": 0.5}, "b": {"0": 0.2, "1": 0.8}})


@pytest.mark.parametrize(
    ("margins", "words"),
    [
        ({}, "no margins"),
        ({"sex": {"f": -1, "m": 2}}, "0 or more"),
        ({"sex": {"f": 0, "m": 0}}, "all shares are 0"),
        ({"sex": {}}, "no levels"),
        ({"size": {"s": 1}}, "size: no such column"),
        ({("sex", "age:18,30,65"): {("f",): 1}}, "2 labels"),
        ({"age:18,30,65": {"18-29": 1, "65-99": 1}}, "bands"),
    ],
)
def test_margins_that_make_no_sense(margins, words):
    with pytest.raises(NormError, match=words):
        rake(sample(), margins)


def test_options_that_make_no_sense():
    table = sample(10)
    for options, words in (
        ({"cap": 1}, "above 1"),
        ({"base": "w"}, 'no column "w"'),
        ({"outside": "drop"}, "not known"),
    ):
        with pytest.raises(NormError, match=words):
            rake(table, MARGINS, **options)
    with pytest.raises(NormError, match="first in row 2"):
        given_weights({"w": [1.0, -1.0]}, "w")
    with pytest.raises(NormError, match="all weights are 0"):
        given_weights({"w": [0.0, 0.0]}, "w")
