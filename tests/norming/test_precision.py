"""Precision of norm figures: delta method and bootstrap, weights, and nothing to say."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from norm_samples_for_tests import MARGINS, norms_of, sample

import psychometrics as pm
from psychometrics.errors import NormError
from psychometrics.norming.cells.moments import MomentCell
from psychometrics.norming.precision.precision import norm_precision
from psychometrics.norming.weighting.weighting import given_weights, rake


@pytest.mark.parametrize("weights", [False, True])
@pytest.mark.parametrize("standard", ["linear", "normalised"])
def test_the_bootstrap_agrees_with_the_delta_method(weights, standard):
    table = sample(600)
    norms = norms_of(table, weights=rake(table, MARGINS) if weights else None)
    options = {"standard": standard, "percentiles": (10, 50, 90)}
    delta = norm_precision(norms, **options).to_frame()
    drawn = norm_precision(norms, method="bootstrap", replications=600, **options).to_frame()
    assert delta["estimate"].equals(drawn["estimate"])
    ratio = (drawn["standard_error"] / delta["standard_error"])[
        delta["statistic"].isin(["mean", "sd", "percentile_rank"])
    ]
    assert ratio.median() == pytest.approx(1, abs=0.06)
    assert ratio.between(0.75, 1.3).all()


def test_rows_are_what_placing_gives():
    table = sample()
    norms = norms_of(table, weights=rake(table, MARGINS))
    frame = norm_precision(norms).to_frame()
    ranks = frame[frame["statistic"] == "percentile_rank"]
    placed = norms.apply({"x": ranks["at"].to_numpy()})
    assert ranks["estimate"].to_numpy() == pytest.approx(placed.percentile_rank[0])
    assert ranks["ci_lower"].to_numpy() == pytest.approx(placed.percentile_lower[0])
    assert (frame["effective_n"] < 200).all()


def test_t_is_ten_times_z_and_stanine_limits_are_where_stanines_change():
    norms = norms_of(sample())
    frame = norm_precision(norms).to_frame().set_index("statistic")
    assert frame.loc["t", "standard_error"].to_numpy() == pytest.approx(
        10 * frame.loc["z", "standard_error"].to_numpy()
    )
    limits = frame.loc["stanine_limit", "estimate"].to_numpy()
    cell = norms.cells[(), "x"]
    assert limits == pytest.approx(cell.mean + cell.sd * np.arange(-1.75, 2, 0.5))


def test_one_score_one_person_no_weight():
    frame = norm_precision(norms_of({"x": [4.0] * 30})).to_frame().set_index("statistic")
    assert frame.loc["mean", "standard_error"] == 0
    assert frame.loc["sd", "reason"] == "all people have one score"
    assert set(frame.loc["percentile_point", "reason"]) == {"all people have one score"}
    frame = norm_precision(norms_of({"x": [4.0]})).to_frame().set_index("statistic")
    assert frame.loc["mean", "reason"] == "one person"
    table = {"x": [1.0, 2.0, 3.0], "g": ["a", "a", "b"], "w": [1.0, 1.0, 0.0]}
    frame = norm_precision(norms_of(table, weights=given_weights(table, "w"), strata=["g"])).to_frame()
    assert frame[frame["stratum"] == "b"]["reason"].tolist() == ["everybody here has weight 0"]
    for method in ("delta", "bootstrap"):
        told = norm_precision(norms_of({"x": [4.0] * 30}), method=method, replications=20).to_frame()
        told = told[~told["statistic"].isin(["mean", "percentile_rank"])]
        assert (
            told["standard_error"].notna() | (told["reason"] != "") | (told["statistic"].isin(["z", "t"]))
        ).all()


def test_published_figures_have_no_errors_and_say_so():
    frame = norm_precision(pm.load_norms("gad-7/de-2008")).to_frame()
    assert frame["standard_error"].isna().all()
    assert (frame["reason"] == "no counts: the edition holds published figures or a model").all()


def test_a_published_mean_has_an_error_where_n_is_known():
    cell = MomentCell(n=100, mean=20.0, sd=5.0)
    norms = replace(norms_of(sample()), cells={((), "x"): cell})
    assert norm_precision(norms).to_frame()["standard_error"][0] == 0.5


@pytest.mark.parametrize(
    "options",
    [{"confidence": 1}, {"percentiles": [0]}, {"standard": "x"}, {"method": "x"}, {"replications": 1}],
)
def test_options_that_make_no_sense(options):
    with pytest.raises(NormError):
        norm_precision(norms_of(sample()), **options)
