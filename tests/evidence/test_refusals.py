"""What is no table, no number and no possible covariance is refused in words; large points lose no digits."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import polars as pl
import pytest

import psychometrics as pm
from psychometrics.errors import EstimationError

RNG = np.random.default_rng(20)
POINTS = np.clip(np.round(RNG.normal(size=(60, 1)) + RNG.normal(size=(60, 5)) + 2), 0, 4)
FIRST = POINTS.sum(axis=1)
SECOND = FIRST + RNG.integers(-2, 3, 60)


def p_by_i(x: object) -> object:
    return pm.generalizability(x, "p x i")


@pytest.mark.parametrize(
    "function",
    [pm.coefficient_alpha, pm.agreement, pm.kendall_concordance, pm.intraclass_correlation, p_by_i],
)
@pytest.mark.parametrize("x", [None, {"a": [1, 2]}, "abc", pl.DataFrame({"a": [1, 2], "b": [2, 3]}).lazy()])
def test_what_is_no_table_is_named(function: Callable[[object], object], x: object) -> None:
    with pytest.raises(EstimationError, match="expected a table") as caught:
        function(x)
    assert type(x).__name__ in str(caught.value)


@pytest.mark.parametrize("function", [pm.coefficient_alpha, pm.agreement, p_by_i])
def test_columns_of_one_name_are_named(function: Callable[[object], object]) -> None:
    with pytest.raises(EstimationError, match="the same name: a"):
        function(pd.DataFrame(POINTS, columns=list("aabcd")))


WRONG = {
    "confidence is text": lambda: pm.coefficient_alpha(POINTS, confidence="0.95"),
    "confidence is nothing": lambda: pm.agreement(POINTS, confidence=None),
    "no resamples": lambda: pm.coefficient_alpha(POINTS, interval="bootstrap", resamples=0),
    "half a resample": lambda: pm.coefficient_alpha(POINTS, interval="bca", resamples=1.5),
    "negative seed": lambda: pm.coefficient_alpha(POINTS, interval="bootstrap", seed=-1),
    "groups are text": lambda: pm.coefficient_alpha(POINTS, interval="grouped_jackknife", groups="a"),
    "draws are text": lambda: pm.split_half(POINTS, draws="a"),
    "degree is broken": lambda: pm.conditional_standard_errors(POINTS, degree=2.0),
    "one item has no parts": lambda: pm.conditional_standard_errors(POINTS[:, :1]),
    "reliability is text": lambda: pm.reliable_change(FIRST, SECOND, reliability="a"),
    "one standard error": lambda: pm.reliable_change(FIRST, SECOND, standard_errors=1.0),
    "a bound is text": lambda: pm.test_retest(FIRST, SECOND, equivalence_bound="a"),
    "an edge is nan": lambda: pm.band_stability(FIRST, SECOND, edges=[float("nan")]),
    "edges are one number": lambda: pm.band_stability(FIRST, SECOND, edges=5),
    "a cut is nan": lambda: pm.generalizability(POINTS, "p x i", cut_scores=[float("nan")]),
    "no design": lambda: pm.generalizability(POINTS, None),
    "an endless test": lambda: pm.spearman_brown(0.8, float("inf")),
    "a reliability is nothing": lambda: pm.spearman_brown(None, 2),
    "half an item": lambda: pm.prophecy(0.8, 1.5),
}


@pytest.mark.parametrize("name", WRONG)
def test_arguments_of_the_wrong_kind_are_refused_in_words(name: str) -> None:
    with pytest.raises(EstimationError):
        WRONG[name]()


def test_a_covariance_beyond_both_variances_is_refused() -> None:
    with pytest.raises(EstimationError, match="beyond a correlation of 1") as caught:
        pm.composite_reliability([1, 1, 1], [[1, 2, 0], [2, 1, 0], [0, 0, 1]], [0.8, 0.7, 0.6])
    assert "column 1 and column 2" in str(caught.value)
    assert pm.difference_reliability(0.9, 0.8, -1, standard_deviations=(0.1, 0.3)).estimate < 1


def test_points_far_from_0_lose_no_digits() -> None:
    far = POINTS + 1e9
    near_errors, far_errors = (
        pm.conditional_standard_errors(x, method="lord_generalised").curve() for x in (POINTS, far)
    )
    np.testing.assert_allclose(far_errors.standard_errors, near_errors.standard_errors, rtol=1e-12)
    near, away = (pm.rater_report(x).to_frame().select_dtypes("float") for x in (POINTS, far))
    np.testing.assert_allclose(away.to_numpy(), near.to_numpy(), rtol=1e-9)
    score = POINTS.mean(axis=1)
    near, away = (pm.machine_rater(POINTS + by, score + by).to_frame() for by in (0.0, 1e6))
    np.testing.assert_allclose(away["estimate"], near["estimate"], rtol=1e-8, atol=1e-9)


def test_every_person_without_an_index_of_change_has_a_reason() -> None:
    found = pm.reliable_change([1, None, 3, 4], [2, 3, None, 4], reliability=0.8).to_frame()
    assert found["reason"].isna().tolist() == [True, False, False, True]
    assert found["reason"][1] == "no score on the first occasion"
    same = pm.reliable_change([1, 1, 1], [1, 2, 3], reliability=0.8).to_frame()
    assert (same["reason"] == "the first occasion does not vary").all()


def test_what_one_unit_or_one_rank_cannot_give_has_a_reason() -> None:
    assert set(pm.specific_agreement([[1, 2, 1]]).to_frame()["reason"]) == {"one unit: no standard error"}
    constant = np.column_stack([POINTS, np.ones(60)])
    assert "same rank" in pm.kendall_concordance(constant).reason


@pytest.mark.parametrize("n", [1, 2])
def test_one_or_two_scripts_of_a_machine_give_no_warning(n: int) -> None:
    rows = pm.machine_rater(POINTS[:n], POINTS[:n].mean(axis=1)).to_frame()
    without_interval = rows[rows["ci_lower"].isna()]
    assert len(without_interval)
    assert (without_interval["reason"] != "").all()


def test_a_bootstrap_of_agreement_needs_whole_numbers() -> None:
    for wrong in ({"replicates": -1}, {"replicates": 1.5}, {"seed": "a"}):
        with pytest.raises(EstimationError, match="whole number"):
            pm.agreement(POINTS, interval="bootstrap", **wrong)


@pytest.mark.parametrize("value", [0.1, 0.3, 0.7, 1 / 3, 100 / 7, 1e9 + 0.1])
def test_equal_values_have_no_reliability_whatever_they_round_to(value: float) -> None:
    x = np.full((37, 5), value)
    with_gaps = x.copy()
    with_gaps[3, 2] = with_gaps[5, 1] = np.nan
    for some in (x, with_gaps):
        assert np.isnan(pm.coefficient_alpha(some, missing="em").estimate)
        assert np.isnan(pm.coefficient_alpha(some).estimate)
        assert pm.intraclass_correlations(some).to_frame()["estimate"].isna().all()
        coefficients = pm.generalizability(some, "p x i").coefficients.to_frame().set_index("coefficient")
        assert coefficients.loc[["generalizability", "dependability"], "estimate"].isna().all()


def test_the_share_of_extreme_levels_is_a_share_when_there_is_one_level() -> None:
    report = pm.rater_report(np.full((30, 3), 2)).to_frame()
    assert report["extreme_share_rest"].tolist() == [1.0, 1.0, 1.0]


@pytest.mark.parametrize("by", [-3.0, 0.0, 0.1, 40.0])
@pytest.mark.parametrize("factor", [1.0, 0.5, 7.0, 1 / 3])
@pytest.mark.parametrize("interval", ["f", "surrogate"])
def test_agreement_of_means_that_cancel_is_no_huge_number(by: float, factor: float, interval: str) -> None:
    x = by + factor * np.array([[1.0, 0], [0, 1], [0, 1]])
    found = pm.intraclass_correlations(x, interval=interval).to_frame()
    there = found["estimate"].dropna()
    assert (there.abs() < 1e3).all()
    assert (found.loc[found["estimate"].isna(), "reason"] != "").all()
