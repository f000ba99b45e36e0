"""The table of everything known about the reliability of an instrument."""

from __future__ import annotations

import math

import numpy as np
import pytest
from instruments_for_tests import simple, with_rubric

import psychometrics as pm
from psychometrics.evidence.thresholds import THRESHOLDS, verdicts
from psychometrics.report.reliability import HEAD, reliability_lines, reliability_words


def answers(n=300, k=4, seed=3, flip=None):
    """Simulated answers 0..4 to q1..qk that hang together."""
    rng = np.random.default_rng(seed)
    trait = rng.normal(size=n)
    columns = {
        f"q{i}": np.clip(np.round(2 + trait + rng.normal(size=n)), 0, 4).astype(int) for i in range(1, k + 1)
    }
    if flip is not None:
        columns[f"q{flip}"] = 4 - columns[f"q{flip}"]
    return {"person_id": [f"p{i}" for i in range(n)], **columns}


def rated(n=200, raters=3, seed=5):
    """Simulated: every person on both criteria by two of the raters; answers to q1 and q2."""
    rng = np.random.default_rng(seed)
    quality = rng.normal(size=n)
    rows = [
        (
            f"p{p}",
            "task",
            criterion,
            f"r{rater}",
            int(np.clip(np.round(1.5 + quality[p] + 0.7 * rng.normal()), 0, 3)),
        )
        for p in range(n)
        for rater in rng.choice(raters, 2, replace=False)
        for criterion in ("clear", "right")
    ]
    names = ("person_id", "item_id", "criterion_id", "rater_id", "level")
    ratings = {name: list(column) for name, column in zip(names, zip(*rows, strict=True), strict=True)}
    own = {f"q{i}": np.clip(np.round(2 + quality + rng.normal(size=n)), 0, 4).astype(int) for i in (1, 2)}
    return {"person_id": [f"p{i}" for i in range(n)], **own}, ratings


def test_omega_is_read_first_and_the_rest_follows():
    instrument = pm.parse_instrument(simple())
    found = pm.reliability(instrument, pm.read_responses(answers(), instrument))
    assert [row.statistic for row in found.rows] == [
        "omega_total_one_factor",
        "coefficient_alpha",
        "categorical_omega",
    ]
    assert [row.read_first for row in found.rows] == [True, False, False]
    assert found.read_first()["total"].estimate == found.rows[0].estimate
    assert found.standard_errors() == {"total": found.rows[0].standard_error_of_measurement}
    assert found.for_norms()[0]["coefficient"] == "omega_total_one_factor"


def test_alpha_is_read_first_where_the_factor_model_needs_a_remark():
    instrument = pm.parse_instrument(simple())
    turned = pm.reliability(instrument, pm.read_responses(answers(flip=2), instrument))
    assert turned.rows[0].statistic == "coefficient_alpha"
    assert turned.rows[0].read_first
    assert "q2" in turned.rows[1].note
    two = pm.parse_instrument(simple(2))
    short = pm.reliability(two, pm.read_responses(answers(k=2), two))
    assert short.rows[0].statistic == "coefficient_alpha"
    assert "3 items" in short.rows[1].reason


def test_a_tally_gives_the_same_estimates_and_says_how_its_interval_came():
    instrument = pm.parse_instrument(simple())
    responses = pm.read_responses(answers(), instrument)
    persons = pm.reliability(instrument, responses, detail="all").to_frame()
    counts = pm.reliability(instrument, pm.tally(instrument, responses), detail="all").to_frame()
    assert counts["statistic"].tolist() == persons["statistic"].tolist()
    np.testing.assert_array_equal(counts["estimate"], persons["estimate"])
    assert set(counts.loc[counts["statistic"] == "coefficient_alpha", "method"]) != {"adf"}


def test_scores_of_items_and_ratings_have_their_own_row():
    instrument = pm.parse_instrument(with_rubric())
    table, judged = rated()
    responses, ratings = pm.read_responses(table, instrument), pm.read_ratings(judged, instrument)
    rows = {
        (row.scale_id, row.statistic): row
        for row in pm.reliability(instrument, responses, ratings, detail="all").rows
    }
    both = rows["both", "composite_score_reliability"]
    assert both.read_first
    assert both.ci_lower < both.estimate < both.ci_upper
    assert both.standard_error_of_measurement > 0
    assert {"icc(A,1)", "icc(A,k)"} <= {statistic for scale, statistic in rows if scale == "task"}
    assert rows["task.clear", "gwet_ac2"].n_persons == 200
    lacking = {
        row.scale_id: row for row in pm.reliability(instrument, responses).rows if row.evidence == "composite"
    }
    assert math.isnan(lacking["both"].estimate)
    assert lacking["both"].reason == "needs ratings"


def test_every_row_says_what_it_is_or_why_it_is_nothing():
    instrument = pm.parse_instrument(with_rubric())
    table, judged = rated()
    first = pm.score(instrument, pm.read_responses(table, instrument), pm.read_ratings(judged, instrument))
    again, judged_again = rated(seed=6)
    second = pm.score(
        instrument, pm.read_responses(again, instrument), pm.read_ratings(judged_again, instrument)
    )
    found = pm.reliability(
        instrument,
        pm.read_responses(table, instrument),
        pm.read_ratings(judged, instrument),
        retest=pm.test_retest(first, second, tests=False),
        detail="all",
    )
    frame = found.to_frame()
    assert frame["meaning"].str.len().min() > 10
    assert (frame["estimate"].notna() | frame["reason"].notna()).all()
    lines, words = reliability_lines(found), reliability_words(found)
    assert {len(line) for line in lines} == {len(HEAD)}
    assert len(lines) == len(found.rows)
    assert any("COSMIN" in line for line in words)


def test_small_data_end_in_reasons_not_in_errors():
    instrument = pm.parse_instrument(simple())
    one = {"person_id": ["a"], **{f"q{i}": [2] for i in range(1, 5)}}
    frame = pm.reliability(instrument, pm.read_responses(one, instrument), detail="all").to_frame()
    assert frame["estimate"].isna().all()
    assert frame["reason"].str.len().gt(0).all()


@pytest.mark.parametrize(
    ("kind", "estimate", "system", "label"),
    [
        ("consistency", 0.70, "EFPA", "adequate"),
        ("consistency", 0.6999, "EFPA", "below adequate"),
        ("consistency", 0.80, "EFPA", "good"),
        ("reliability", 0.70, "COSMIN", "sufficient"),
        ("correlation", 0.79, "COSMIN", "insufficient"),
        ("correlation", 0.80, "COSMIN", "sufficient"),
    ],
)
def test_edges_of_thresholds_are_included(kind, estimate, system, label):
    (found,) = [one for one in verdicts(kind, estimate, estimate) if one.system == system]
    assert found.label == label
    assert found.holds_at_lower_end


def test_unseen_figures_are_marked_and_doubt_is_said():
    assert all(not one.confirmed for one in THRESHOLDS if one.system.startswith("COTAN"))
    (cosmin,) = [one for one in verdicts("reliability", 0.72, 0.65) if one.system == "COSMIN"]
    assert str(cosmin) == "COSMIN: sufficient, not at the lower end of the interval"
    assert all(
        str(one).endswith("[unconfirmed bins]")
        for one in verdicts("reliability", 0.9, 0.9)
        if not one.confirmed
    )
    assert verdicts("reliability", math.nan, math.nan) == ()
