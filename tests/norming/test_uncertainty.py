"""The whole uncertainty of a percentile rank."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from instruments_for_tests import simple
from norms_for_tests import moments
from oracles_percentile_uncertainty import mixture_limits, slow_total

import psychometrics as pm
from psychometrics.errors import NormError, ScoringError
from psychometrics.norming.uncertainty.parts import PARTS
from psychometrics.scoring.error_sources import ErrorSources, prorated_errors

WHO = {"description": "made-up people"}
BINOMIAL = {float(k): float(np.sqrt(k * (20 - k) / 19)) for k in range(21)}


def build(values, **more):
    return pm.build_norms(
        {"x": values}, scale="x", edition="e", provenance=WHO, day=date(2026, 11, 1), **more
    )


def people(n: int = 300, seed: int = 1) -> list[float]:
    rng = np.random.default_rng(seed)
    return rng.binomial(20, rng.beta(3, 2, n)).astype(float).tolist()


def asked(norms, scores, error, **options):
    return norms.apply({"x": scores}, standard_errors={"x": error}).uncertainty(**options)


ranges = st.lists(st.integers(0, 12).map(float), min_size=2, max_size=80)
errors = st.one_of(
    st.floats(0, 20),
    st.dictionaries(st.integers(0, 12).map(float), st.floats(0, 5), min_size=1, max_size=6),
)


@settings(max_examples=30, deadline=None)
@given(ranges, errors, st.floats(0, 3))
def test_the_total_holds_the_rank_and_every_part_rises_with_the_score_and_never_narrows(
    sample, error, more
) -> None:
    norms, scores = build(sample), np.linspace(-2, 14, 65).tolist()
    found = asked(norms, scores, error)
    rank, total = found.percentile_rank[0], (found.lower["total"][0], found.upper["total"][0])
    for part in ("norm_sample", "measurement", "total"):
        low, high = found.lower[part][0], found.upper[part][0]
        assert (low <= rank + 1e-9).all() and (rank <= high + 1e-9).all()
        assert (total[0] <= low + 1e-9).all() and (high <= total[1] + 1e-9).all()
        assert (np.diff(low) >= -1e-9).all() and (np.diff(high) >= -1e-9).all()
        assert (low >= 0).all() and (high <= 100).all()
    wider = asked(norms, scores, ErrorSources(measurement=error, raters=more), n_raters={"x": 2})
    assert (wider.lower["total"][0] <= total[0] + 1e-9).all() and (
        total[1] <= wider.upper["total"][0] + 1e-9
    ).all()
    surer = asked(norms, scores, error, confidence=0.8)
    assert (surer.lower["total"][0] >= total[0] - 1e-9).all() and (
        surer.upper["total"][0] <= total[1] + 1e-9
    ).all()


@settings(max_examples=30, deadline=None)
@given(ranges, st.floats(-2, 14))
def test_without_error_the_total_is_the_interval_of_the_norm_sample(sample, score) -> None:
    normed = build(sample).apply({"x": [score]}, standard_errors={"x": 0.0})
    for true_score in ("observed", "kelley"):
        found = normed.uncertainty(true_score=true_score)
        assert found.lower["total"][0, 0] == normed.percentile_lower[0, 0]
        assert found.upper["total"][0, 0] == normed.percentile_upper[0, 0]
        assert found.lower["measurement"] == found.upper["measurement"] == normed.percentile_rank


@pytest.mark.parametrize("score", [0.0, 12.0, 19.0])
@pytest.mark.parametrize("error", [0.5, 2.3, BINOMIAL], ids=["small", "usual", "along"])
def test_agrees_with_trying_every_true_score(score, error) -> None:
    sample = people(80)
    at = (
        (lambda t: np.interp(t, list(error), list(error.values())))
        if isinstance(error, dict)
        else lambda _: error
    )
    found = asked(build(sample), [score], error)
    wanted = slow_total(sample, score, at, 0.95)
    assert [found.lower["total"][0, 0], found.upper["total"][0, 0]] == pytest.approx(wanted, abs=0.15)


def test_agrees_with_drawing_true_score_and_population_where_the_norms_are_about_straight() -> None:
    sample = people(200)
    found = asked(build(sample), [12.0], 1.5)
    wanted = mixture_limits(sample, 12.0, 1.5, 0.95)
    assert [found.lower["total"][0, 0], found.upper["total"][0, 0]] == pytest.approx(wanted, abs=1.5)


def test_a_normal_curve_adds_squares_on_the_z_scale(tmp_path) -> None:
    norms = pm.load_norms(moments(tmp_path, n=400))
    found = norms.apply({"x": [60.0]}, standard_errors={"x": 3.0}).uncertainty()
    z, margin = 1.0, 1.959963984540054 * np.sqrt(0.3**2 + 1.5 / 400)
    wanted = 100 * np.array([_phi(z - margin), _phi(z + margin)])
    assert [found.lower["total"][0, 0], found.upper["total"][0, 0]] == pytest.approx(wanted, abs=0.3)
    assert found.lower["measurement"][0, 0] == pytest.approx(100 * _phi(1 - 1.959963984540054 * 0.3))


def test_kelley_regresses_to_the_mean_of_the_norms(tmp_path) -> None:
    """Mean 50, SD 10, SEM sqrt(10): reliability .9, so 70 becomes 68 with error 3."""
    norms = pm.load_norms(moments(tmp_path, n=100_000_000))
    found = norms.apply({"x": [70.0]}, standard_errors={"x": np.sqrt(10)}).uncertainty(true_score="kelley")
    assert found.estimated_true_score[0, 0] == pytest.approx(68)
    assert found.percentile_rank[0, 0] == pytest.approx(100 * _phi(1.8))
    z = 1.959963984540054
    wanted = [100 * _phi(1.8 - z * 0.3), 100 * _phi(1.8 + z * 0.3)]
    assert [found.lower["total"][0, 0], found.upper["total"][0, 0]] == pytest.approx(wanted, abs=1e-3)


def test_reliability_of_0_puts_everybody_at_the_mean() -> None:
    sample = people()
    found = asked(build(sample), [1.0, 19.0], 50.0, true_score="kelley")
    assert found.estimated_true_score[0] == pytest.approx(np.mean(sample))
    assert found.lower["total"][0, 0] == found.lower["total"][0, 1] == found.lower["norm_sample"][0, 0]


def test_a_huge_error_says_nothing() -> None:
    found = asked(build(people()), [10.0], 1e6)
    assert found.lower["total"][0, 0] < 0.1 and found.upper["total"][0, 0] > 99.9


def test_sources_are_told_apart_and_add_up_on_the_score() -> None:
    norms, scores = build(people()), [10.0, 10.0, 10.0]
    sources = ErrorSources(measurement=1.0, raters=2.0, missing=prorated_errors(20, standard_error=1.0))
    counts = {"n_raters": {"x": [1, 4, 4]}, "n_missing": {"x": [0, 0, 5]}}
    found = asked(norms, scores, sources, **counts)
    assert found.errors["raters"][0].tolist() == [2.0, 1.0, 1.0]
    assert found.errors["missing"][0] == pytest.approx([0, 0, np.sqrt(5 / 15)])
    whole = np.sqrt([5.0, 2.0, 2.0 + 5 / 15])
    for i, error in enumerate(whole):
        alone = asked(norms, [10.0], float(error))
        for side in ("lower", "upper"):
            assert getattr(found, side)["total"][0, i] == pytest.approx(getattr(alone, side)["total"][0, 0])
    assert found.lower["missing"][0, 0] == found.percentile_rank[0, 0]
    frame = found.to_frame()
    assert frame["total_holds"].tolist()[0] == "norm sample, measurement, raters, missing"
    assert set(frame["confidence"]) == {0.95}


def test_counts_come_with_the_scores() -> None:
    instrument = pm.parse_instrument(simple(4, rules='missing = "prorate"\nminimum_valid = 2'))
    rng = np.random.default_rng(2)
    data = {f"q{i}": rng.integers(0, 5, 200).astype(float) for i in range(1, 5)}
    data["q4"][:100] = np.nan
    scores = pm.score(instrument, pm.read_responses({"person_id": list(range(200)), **data}, instrument))
    norms = pm.build_norms(scores, edition="e", provenance=WHO)
    sources = ErrorSources(measurement=2.0, missing=prorated_errors(4, standard_error=2.0))
    normed = norms.apply(scores.with_standard_errors({"total": sources}), interval="total")
    found = normed.uncertainty()
    assert found.errors["missing"][0, [0, 199]] == pytest.approx([2 * np.sqrt(1 / 3), 0])
    assert normed.errors()[0, [0, 199]] == pytest.approx([np.sqrt(4 + 4 / 3), 2])
    assert normed.percentile_lower == pytest.approx(found.lower["total"])
    assert set(normed.to_frame()["percentile_interval"]) == {"total"}
    assert ("interval", "total") in normed.source.options


def test_what_is_not_known_is_nan_with_its_reason(tmp_path) -> None:
    norms = build(people())
    assert reasons(norms.apply({"x": [5.0, np.nan]})) == [
        "no standard error of this score is known",
        "no raw score",
    ]
    rated = norms.apply({"x": [5.0]}, standard_errors={"x": ErrorSources(measurement=1.0, raters={1: 1.0})})
    assert reasons(rated) == ["no rater error is known for this number of raters"]
    assert reasons(rated, n_raters={"x": 3}) == ["no rater error is known for this number of raters"]
    blank = norms.apply({"x": [5.0]}, standard_errors={"x": ErrorSources(measurement=1.0, missing={1: 1.0})})
    assert reasons(blank) == ["no error is known for this number of missing items"]
    nameless = pm.load_norms(moments(tmp_path, n=None)).apply({"x": [60.0]}, standard_errors={"x": 3.0})
    assert reasons(nameless) == ["the size of the norm sample was not published"]
    found = nameless.uncertainty()
    assert found.lower["measurement"][0, 0] < found.percentile_rank[0, 0] < found.upper["measurement"][0, 0]
    total = norms.apply({"x": [5.0]}, interval="total")
    assert np.isnan(total.percentile_lower).all()
    assert "no total interval" in total.to_frame()["note"][0]


def reasons(normed, **options):
    found = normed.uncertainty(**options)
    assert np.isnan(found.lower["total"]).all()
    return found.to_frame()["reason"].tolist()


def test_published_points_have_measurement_limits_but_no_total() -> None:
    normed = pm.load_norms("sus/percentile-points").apply({"total": [70.0]}, standard_errors={"total": 5.0})
    found = normed.uncertainty()
    assert found.lower["measurement"][0, 0] < found.percentile_rank[0, 0] < found.upper["measurement"][0, 0]
    assert found.to_frame()["reason"][0] == "the size of the norm sample was not published"
    kelley = normed.uncertainty(true_score="kelley").to_frame()
    assert kelley["reason"][0] == "the mean and SD of the norm sample are not known"


def test_true_scores_stay_within_the_scale() -> None:
    instrument = pm.parse_instrument(simple(4))
    answers = pm.read_responses(
        {"person_id": list(range(60)), **{f"q{i}": [j % 5 for j in range(60)] for i in range(1, 5)}},
        instrument,
    )
    scores = pm.score(instrument, answers).with_standard_errors({"total": 4.0})
    norms = pm.build_norms(scores, edition="e", provenance=WHO)
    found = norms.apply(scores).uncertainty()
    assert found.upper["measurement"][0].max() == pytest.approx(90)
    assert found.lower["measurement"][0].min() == pytest.approx(10)


@pytest.mark.parametrize("value", [0.0, 7.0])
def test_one_score_value_and_scores_outside(value) -> None:
    found = asked(build([value] * 40), [value - 1, value, value + 1], 0.5)
    assert found.percentile_rank[0].tolist() == [0, 50, 100]
    assert found.lower["total"][0, 1] == 0 and found.upper["total"][0, 1] == 100
    assert not np.isnan([found.lower[part] for part in ("norm_sample", "measurement", "total")]).any()


def test_strata_have_their_own_norms() -> None:
    sample = {"x": [1.0, 2, 3, 4, 11, 12, 13, 14], "g": ["a"] * 4 + ["b"] * 4}
    norms = pm.build_norms(sample, scale="x", edition="e", provenance=WHO, strata=["g"])
    normed = norms.apply({"x": [2.0, 12.0, 12.0], "g": ["a", "b", None]}, standard_errors={"x": 1.0})
    found = normed.uncertainty()
    assert found.lower["total"][0, 0] == pytest.approx(found.lower["total"][0, 1])
    assert found.to_frame()["reason"][2] == "g is blank or in no stratum of the norms"


def test_order_and_company_change_nothing() -> None:
    norms = build(people())
    alone = asked(norms, [7.25], BINOMIAL)
    together = asked(norms, [3.0, 20.0, 7.25, 7.25, 0.0], BINOMIAL)
    for part in PARTS[:2]:
        assert together.lower[part][0, 2] == together.lower[part][0, 3] == alone.lower[part][0, 0]
    assert together.upper["total"][0, 2] == alone.upper["total"][0, 0]


def test_smoothed_norms_and_norms_along_age_give_intervals_too() -> None:
    norms = build(people())
    smooth = norms.apply({"x": [5.0, 0.0]}, standard_errors={"x": 1.5}, smoothing="log_linear").uncertainty()
    assert (smooth.lower["total"] <= smooth.lower["measurement"]).all()
    assert (smooth.upper["total"] > smooth.upper["measurement"]).all()
    rng = np.random.default_rng(4)
    age = rng.uniform(6, 12, 600)
    x = np.round(np.clip(4 * age - 12 + 5 * rng.normal(size=600), 0, 60))
    table = {"x": x, "age": age}
    along = pm.build_norms(table, scale="x", edition="e", provenance=WHO, continuous="age", simulated=True)
    normed = along.apply({"x": [20.0, 20.0], "age": [7.0, 11.0]}, standard_errors={"x": 2.0})
    found = normed.uncertainty()
    assert (found.lower["total"] <= found.lower["norm_sample"] + 1e-6).all()
    assert (found.lower["total"] < found.percentile_rank).all()
    assert found.upper["total"][0, 1] < found.lower["total"][0, 0]
    kelley = normed.uncertainty(true_score="kelley")
    assert kelley.estimated_true_score[0, 0] < 20 < kelley.estimated_true_score[0, 1]


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"confidence": 1.0}, "between 0 and 1"),
        ({"true_score": "real"}, "observed"),
        ({"n_raters": {"y": 1}}, "no such scale"),
        ({"n_raters": {"x": [1, 2, 3]}}, "one for each"),
        ({"n_missing": {"x": 0.5}}, "whole number"),
    ],
)
def test_calls_that_make_no_sense(options, says) -> None:
    normed = build(people()).apply({"x": [1.0]}, standard_errors={"x": 1.0})
    with pytest.raises(NormError, match=says):
        normed.uncertainty(**options)


def test_apply_refuses_unknown_intervals_and_errors() -> None:
    with pytest.raises(NormError, match="norm_sample"):
        build(people()).apply({"x": [1.0]}, interval="both")
    with pytest.raises(ScoringError, match="no such scale"):
        build(people()).apply({"x": [1.0]}, standard_errors={"y": 1.0})


def test_shows_itself() -> None:
    found = asked(build(people(), simulated=True), [1.0], 1.0)
    assert repr(found) == "<PercentileUncertainty in table/e: SIMULATED 1 rows, 1 scales, 95%>"
    assert found.to_dict()["rows"][0]["total_holds"] == "norm sample, measurement"


def _phi(z):
    from scipy.special import ndtr

    return float(ndtr(z))
