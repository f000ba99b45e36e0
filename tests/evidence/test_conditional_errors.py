"""Conditional standard errors as a user calls them, and what scores and norms do with them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from instruments_for_tests import simple

import psychometrics as pm
from psychometrics.errors import EstimationError
from psychometrics.evidence.error.conditional import conditional_standard_errors
from psychometrics.evidence.error.split import METHODS


def graded(n=600, k=6, seed=4, top=4):
    rng = np.random.default_rng(seed)
    return np.clip(np.rint(top / 2 + rng.normal(size=(n, 1)) + rng.normal(size=(n, k))), 0, top)


def answers(x, **more):
    return {
        "person_id": [f"p{i}" for i in range(len(x))],
        **more,
        **{f"q{i + 1}": c.astype(int) for i, c in enumerate(x.T)},
    }


def test_table_says_score_group_error_and_interval():
    x = graded()
    found = conditional_standard_errors(x, method="anova", minimum_group=30)
    frame = found.to_frame()
    assert frame["n_persons"].sum() == 600
    assert (frame["n_merged"] >= 30).all()
    half = 1.959963984540054 * frame["standard_error_of_measurement"]  # the normal quantile
    np.testing.assert_allclose(frame["score_upper"] - frame["score"], half)
    np.testing.assert_allclose(frame["score"] - frame["score_lower"], half)
    in_group = frame.groupby("merged_from")["standard_error_of_measurement"].nunique()
    assert (in_group == 1).all()


def test_methods_that_the_items_allow():
    assert conditional_standard_errors(graded()).methods == (
        "thorndike",
        "feldt",
        "mollenkopf_feldt",
        "anova",
        "lord_generalised",
    )
    binary = (graded() > 2).astype(float)
    assert conditional_standard_errors(binary).methods == METHODS[:-1]
    assert conditional_standard_errors(binary, split=3).methods == METHODS


@pytest.mark.parametrize("method", ["lord", "keats"])
def test_binomial_methods_are_refused_for_graded_items(method):
    with pytest.raises(EstimationError, match="0 and 1") as caught:
        conditional_standard_errors(graded(), method=method)
    assert caught.value.problems[0].where == method


def test_all_problems_at_once():
    with pytest.raises(EstimationError) as caught:
        conditional_standard_errors(graded(), method=["lord", "keats", "lord_generalised"], split=6)
    assert [problem.where for problem in caught.value.problems] == ["lord", "keats", "lord_generalised"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"method": "felt"}, "feldt"),
        ({"split": 1}, "2 to 6 parts"),
        ({"split": "ab"}, "one for each of 6 items"),
        ({"degree": 0}, "degree"),
        ({"minimum_group": 1}, "minimum_group"),
        ({"reliability": 1.2}, "reliability"),
        ({"confidence": 95}, "confidence"),
        ({"n_items": 6}, "n_items"),
        ({"scale": "total"}, "scale="),
    ],
)
def test_wrong_arguments_are_refused(options, words):
    with pytest.raises(EstimationError, match=words):
        conditional_standard_errors(graded(), **options)


@pytest.mark.parametrize(
    ("counts", "options", "words"),
    [
        ({0: 1, 5: 2}, {"n_items": 4}, "from 0 to 4"),
        ({0: 1, 1: 2}, {}, "n_items"),
        ({0: 1, 1: 2.5}, {"n_items": 4}, "whole numbers"),
        ({0: 1, 1: 2}, {"n_items": 4, "method": "keats"}, "reliability"),
        ({0: 1, 1: 2}, {"n_items": 4, "method": "feldt"}, "points of each person"),
    ],
)
def test_wrong_counts_are_refused(counts, options, words):
    with pytest.raises(EstimationError, match=words):
        conditional_standard_errors(counts, **options)


def test_counts_give_what_the_persons_give():
    x = (graded() > 2).astype(float)
    whole = conditional_standard_errors(x, method=["lord", "keats"])
    scores, counts = np.unique(x.sum(axis=1), return_counts=True)
    found = conditional_standard_errors(
        dict(zip(scores.tolist(), counts.tolist(), strict=True)), n_items=6, reliability=whole.reliability
    )
    for method in ("lord", "keats"):
        assert found.table(method) == pytest.approx(whole.table(method), rel=1e-12)
    assert found.standard_error_of_measurement == pytest.approx(
        whole.standard_error_of_measurement, rel=1e-12
    )


def test_averages_stand_beside_the_overall_error():
    x = graded(n=3000)
    found = conditional_standard_errors(x, split=[0, 1, 2, 3, 4, 5], method=["mollenkopf_feldt", "anova"])
    # with every item a part, the polynomial averages to the error of alpha exactly
    assert found.curve("mollenkopf_feldt").root_mean_square == pytest.approx(
        found.standard_error_of_measurement, rel=1e-10
    )
    # residuals inside score groups leave out item differences that go along with the score
    assert found.curve("anova").root_mean_square == pytest.approx(
        found.standard_error_of_measurement, rel=0.05
    )


def test_persons_with_gaps_are_counted():
    x = graded()
    whole = conditional_standard_errors(x[20:], method="anova")
    x[:20, 2] = np.nan
    found = conditional_standard_errors(pd.DataFrame(x), method="anova")
    assert (found.n_left_out, found.n_persons) == (20, 580)
    assert found.table() == whole.table()


@pytest.mark.parametrize(
    ("x", "words"),
    [
        (np.full((5, 3), np.nan), "fewer than 2 persons"),
        (np.ones((1, 3)), "fewer than 2 persons"),
        (np.full((0, 3), 1.0), ""),
    ],
)
def test_degenerate_samples_give_nan_with_a_reason(x, words):
    found = conditional_standard_errors(x, method="anova")
    assert np.isnan(found.standard_error_of_measurement)
    assert words in found.curve().reason or not len(found.groups.scores)


def test_no_variance_and_no_polynomial_say_so():
    found = conditional_standard_errors(np.ones((30, 4)), method=["keats", "mollenkopf_feldt", "anova"])
    assert "do not vary" in found.curve("keats").reason
    assert "different scores" in found.curve("mollenkopf_feldt").reason
    assert found.table("anova") == {4.0: 0.0}
    frame = found.to_frame()
    assert frame["reason"].notna().tolist() == [True, True, False]


def test_one_item_is_refused_by_name():
    with pytest.raises(EstimationError, match="2 items"):
        conditional_standard_errors(np.ones((30, 1)), method="feldt")


def test_curve_must_be_named():
    found = conditional_standard_errors(graded())
    with pytest.raises(EstimationError, match="not among"):
        found.curve("anowa")
    counts = conditional_standard_errors({0: 2, 1: 5, 2: 2}, n_items=2, reliability=0.5)
    with pytest.raises(EstimationError, match="there are several methods"):
        counts.curve()
    with pytest.raises(EstimationError, match="no scale of an instrument"):
        found.for_scores("anova")


def test_of_several_methods_anova_goes_to_scores_and_the_result_says_so():
    instrument = pm.parse_instrument(simple())
    found = conditional_standard_errors(pm.read_responses(answers(graded(k=4)), instrument))
    assert len(found.methods) > 1
    assert found.for_scores() == found.for_scores("anova")
    assert "anova goes to scores" in repr(found)


@pytest.mark.parametrize(("aggregate", "factor"), [("sum", 1.0), ("mean", 1 / 4), ("percent", 100 / 16)])
def test_errors_go_into_scores_in_the_metric_of_the_scale(aggregate, factor):
    instrument = pm.parse_instrument(simple(aggregate=aggregate, reversed_items=(2,)))
    x = graded(k=4)
    responses = pm.read_responses(answers(x), instrument)
    errors = conditional_standard_errors(responses, method="anova")
    scores = pm.score(instrument, responses)
    turned = x.copy()
    turned[:, 1] = 4 - turned[:, 1]
    plain = conditional_standard_errors(turned, method="anova").table()
    found = scores.with_standard_errors(errors.for_scores())
    expected = [plain[total] * factor for total in turned.sum(axis=1)]
    np.testing.assert_allclose(found.errors()[0], expected, rtol=1e-9)
    frame = found.to_frame()
    np.testing.assert_allclose(frame["standard_error_of_measurement"], expected, rtol=1e-9)
    top = scores.instrument.scale("total").maximum
    upper = np.minimum(frame["raw_score"] + 1.959963984540054 * np.array(expected), top)
    np.testing.assert_allclose(frame["score_upper"], upper, rtol=1e-9)


def test_score_of_a_single_pattern_takes_the_error_of_its_neighbour():
    instrument = pm.parse_instrument(simple())
    x = np.vstack([graded(k=4), np.full((30, 4), 4.0)])
    errors = conditional_standard_errors(
        pm.read_responses(answers(x), instrument), method="anova", minimum_group=2
    )
    table, used = errors.table(), errors.for_scores()["total"]
    assert table[16.0] == 0.0
    assert 16.0 not in used
    scores = pm.score(instrument, pm.read_responses(answers(x[-1:]), instrument)).with_standard_errors(
        {"total": used}
    )
    assert scores.errors()[0, 0] == used[max(used)] > 0
