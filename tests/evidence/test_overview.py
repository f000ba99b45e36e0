"""The table of everything known about the reliability of an instrument."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from instruments_for_tests import simple, with_rubric

import psychometrics as pm
from psychometrics.evidence.consistency.unidimensionality import unidimensionality
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


INSIDE = [(1, 2, 3, 4), (5, 6, 7, 8), (9, 10, 11, 12)]


def of_parts(n=400, seed=4):
    """Simulated answers to q1..q12: three things that hang together little."""
    rng = np.random.default_rng(seed)
    common, own = rng.normal(size=n), rng.normal(size=(n, 3))
    columns = {
        f"q{i}": np.clip(np.round(2 + 0.5 * common + 0.9 * own[:, part] + 0.6 * rng.normal(size=n)), 0, 4)
        for part, items in enumerate(INSIDE)
        for i in items
    }
    return {"person_id": [f"p{i}" for i in range(n)], **columns}


def scale_text(name, items):
    listed = ", ".join(f'"q{i}"' for i in items)
    return f'[[scales]]\nid = "{name}"\ntitle = "{name}"\nitems = [{listed}]\naggregate = "sum"\n'


def parts_text():
    return "".join(scale_text(f"part{place + 1}", items) for place, items in enumerate(INSIDE))


def test_a_misfit_of_one_factor_is_said_beside_omega():
    instrument = pm.parse_instrument(simple(12))
    omega = pm.reliability(instrument, pm.read_responses(of_parts(), instrument)).rows[0]
    assert omega.statistic == "omega_total_one_factor"
    assert "one factor does not fit" in omega.note
    assert "stratified_alpha()" in omega.note
    x = np.column_stack([of_parts()[f"q{i}"] for i in range(1, 13)])
    fit = unidimensionality(x)
    assert f"CFI {fit.value('one_factor_cfi'):.2f}" in omega.note
    assert f"RMSEA {fit.value('one_factor_rmsea'):.3f}" in omega.note


def test_one_factor_that_fits_is_not_called_a_misfit():
    instrument = pm.parse_instrument(simple(8))
    notes = [
        pm.reliability(instrument, pm.read_responses(answers(n=60, k=8, seed=seed), instrument)).rows[0].note
        for seed in range(20)
    ]
    assert notes == [""] * 20


def test_one_blank_cell_leaves_the_fit_and_says_how():
    instrument = pm.parse_instrument(simple(12))
    table = of_parts()
    table["q1"][0] = np.nan
    rows = pm.reliability(instrument, pm.read_responses(table, instrument), detail="all").rows
    fit = {row.statistic: row for row in rows if row.statistic.startswith("one_factor")}
    whole = unidimensionality(np.column_stack([table[f"q{i}"] for i in range(1, 13)]), missing="listwise")
    for statistic, row in fit.items():
        assert row.missing == "listwise"
        assert row.n_persons == 399
        assert row.estimate == pytest.approx(whole.value(statistic), rel=1e-9)
    assert "399 persons, listwise" in rows[0].note


@pytest.mark.parametrize("counted", [False, True])
def test_scales_inside_a_scale_are_strata_and_read_first(counted):
    instrument = pm.parse_instrument(simple(12, extra=parts_text()))
    data = pm.read_responses(of_parts(), instrument)
    groups = {f"part{place + 1}": [f"q{i}" for i in items] for place, items in enumerate(INSIDE)}
    given = pm.tally(instrument, data) if counted else data
    found = pm.reliability(instrument, given)
    rows = [row for row in found.rows if row.scale_id == "total"]
    assert [row.statistic for row in rows] == [
        "stratified_alpha",
        "omega_total_one_factor",
        "coefficient_alpha",
        "categorical_omega",
        "omega_hierarchical_bifactor",
    ]
    assert rows[0].read_first
    assert rows[0].estimate == pytest.approx(
        pm.stratified_alpha(given, groups, scale="total").estimate, rel=1e-12
    )
    assert found.standard_errors()["total"] == rows[0].standard_error_of_measurement
    assert rows[-1].estimate == pytest.approx(
        pm.omega_bifactor(data, groups, scale="total").value("omega_hierarchical"), rel=1e-6
    )
    assert rows[-1].estimate < rows[0].estimate
    assert "read stratified alpha" in rows[1].note
    assert "COSMIN" not in rows[0].verdict
    assert found.read_first()["part1"].statistic == "omega_total_one_factor"


def test_a_composite_of_item_scales_is_stratified_alpha_and_has_omega_hierarchical():
    whole = '[[scales]]\nid = "all"\ntitle = "All"\naggregate = "sum"\ncomponents = [{ scale = "part1" }, { scale = "part2" }, { scale = "part3" }]\n'
    instrument = pm.parse_instrument(simple(12, extra=parts_text() + whole))
    data = pm.read_responses(of_parts(), instrument)
    first, second = [row for row in pm.reliability(instrument, data).rows if row.scale_id == "all"]
    groups = {f"part{place + 1}": [f"q{i}" for i in items] for place, items in enumerate(INSIDE)}
    assert first.estimate == pytest.approx(
        pm.stratified_alpha(data, groups, scale="total").estimate, rel=1e-9
    )
    assert "stratified alpha" in first.note
    assert second.statistic == "omega_hierarchical_bifactor"


@pytest.mark.parametrize("parts", [[(1, 2), (2, 3, 4)], [(1, 2)], [(1,), (2, 3, 4)], [(1, 2), (3,)]])
def test_scales_that_overlap_leave_over_or_hold_one_item_are_no_strata(parts):
    text = "".join(scale_text(f"part{place}", items) for place, items in enumerate(parts))
    instrument = pm.parse_instrument(simple(4, extra=text))
    rows = pm.reliability(instrument, pm.read_responses(answers(), instrument)).rows
    assert next(row.statistic for row in rows if row.scale_id == "total") == "omega_total_one_factor"


def test_the_average_of_raters_says_of_how_many_and_who_is_left_out():
    instrument = pm.parse_instrument(with_rubric())
    table, judged = rated()
    for name, column in judged.items():
        judged[name] = column[1:]  # one rater judged one criterion of p0 only
    found = pm.reliability(
        instrument, pm.read_responses(table, instrument), pm.read_ratings(judged, instrument)
    )
    rows = {row.statistic: row for row in found.rows if row.scale_id == "task"}
    average, single = rows["icc(A,k)"].note, rows["icc(A,1)"].note
    assert average.startswith("k = 1.99 raters, the harmonic mean over persons; only raters who judged all 2")
    assert "1 of 400 judgements left out, 200 of 200 persons remain" in average
    assert "k =" not in single
    assert "left out" in single
    whole = pm.reliability(
        instrument, pm.read_responses(table, instrument), pm.read_ratings(rated()[1], instrument)
    )
    assert {r.statistic: r.note for r in whole.rows if r.scale_id == "task"} == {
        "icc(A,1)": "",
        "icc(A,k)": "k = 2 raters",
    }


def test_a_plain_correlation_has_no_verdict_beside_its_icc():
    instrument = pm.parse_instrument(simple())
    first, second = (pm.score(instrument, pm.read_responses(answers(seed=s), instrument)) for s in (3, 3))
    rows = pm.reliability(instrument, retest=pm.test_retest(first, second, tests=False)).rows
    verdict = {row.statistic: row.verdict for row in rows}
    assert verdict["icc_a1"]
    assert not verdict["pearson_r"]
    lonely = replace(next(row for row in rows if row.statistic == "pearson_r"), judged=True)
    assert lonely.verdict.startswith("COSMIN")


def test_unconfirmed_bins_are_only_in_the_words_of_all_details():
    instrument = pm.parse_instrument(simple())
    found = pm.reliability(instrument, pm.read_responses(answers(), instrument))
    assert "COTAN" in found.rows[0].verdict
    assert not [line for line in reliability_words(found) if "COTAN" in line]
    everything = reliability_words(found, everything=True)
    assert any("COTAN" in line and "[unconfirmed bins]" in line for line in everything)
    assert any(line.startswith("COTAN") and "not seen in the source" in line for line in everything)
