"""Errors along the score, and how surely cuts are met: in scores and in normed scores."""

from __future__ import annotations

import math
from datetime import date

import numpy as np
import pytest
from instruments_for_tests import simple
from scipy.stats import norm

import psychometrics as pm
from psychometrics.errors import ScoringError
from psychometrics.scoring.cuts import reach
from psychometrics.scoring.score_errors import errors_at


def cut(name, at, metric="raw"):
    return (
        f'[[cuts]]\nid = "{name}"\nscale = "total"\nlabel = "{name}"\nat = {at}\nmetric = "{metric}"\n'
        f'basis = "{"criterion" if metric == "raw" else "norm"}"\nrationale = "test"\n'
    )


def scored(rows, *cuts):
    instrument = pm.parse_instrument(simple(extra="".join(cuts)))
    table = {"person_id": [f"p{i}" for i in range(len(rows))]}
    table |= {f"q{i + 1}": [row[i] for row in rows] for i in range(4)}
    return pm.score(instrument, pm.read_responses(table, instrument, missing_codes=[-1]))


ROWS = [[1, 1, 1, 1], [2, 2, 2, 2], [4, 4, 4, 4], [-1, 0, 0, 0]]


def test_table_is_read_between_and_beyond_its_scores():
    found = errors_at({10.0: 2.0, 0.0: 1.0}, np.array([-5.0, 0.0, 5.0, 10.0, 20.0, math.nan]))
    np.testing.assert_array_equal(found, [1.0, 1.0, 1.5, 2.0, 2.0, math.nan])


def test_one_number_is_the_same_as_a_level_table():
    scores = scored(ROWS)
    one, table = (scores.with_standard_errors({"total": e}).to_frame() for e in (1.5, {0.0: 1.5, 16.0: 1.5}))
    for name in ("score_lower", "score_upper"):
        np.testing.assert_array_equal(one[name], table[name])


@pytest.mark.parametrize(
    ("errors", "where"),
    [
        ({"sum": 1.0}, "sum"),
        ({"total": -1.0}, "total"),
        ({"total": {}}, "total"),
        ({"total": {0.0: math.inf}}, "total"),
        ({"total": {0.0: math.nan}}, "total"),
    ],
)
def test_unusable_errors_are_refused(errors, where):
    with pytest.raises(ScoringError) as caught:
        scored(ROWS).with_standard_errors(errors)
    assert caught.value.problems[0].where == where


def test_cuts_say_how_surely_they_are_met():
    scores = scored(ROWS, cut("low", 4), cut("high", 9))
    frame = scores.with_standard_errors({"total": {0.0: 1.0, 8.0: 2.0, 16.0: 0.0}}).cuts().to_frame()
    assert frame["cut"].tolist() == ["low", "high"] * 4
    assert frame["met"].tolist()[:6] == [True, False, True, False, True, True]
    expected = [
        norm.cdf((4 - 4) / 1.5),
        norm.cdf((4 - 9) / 1.5),
        norm.cdf((8 - 4) / 2),
        norm.cdf((8 - 9) / 2),
        1.0,
        1.0,
    ]
    np.testing.assert_allclose(frame["probability"][:6].astype(float), expected, rtol=1e-12)
    assert frame["reason"].tolist()[6:] == ["no raw score", "no raw score"]
    assert frame["probability"].isna().tolist()[6:] == [True, True]


def test_without_errors_cuts_are_met_or_not_with_no_probability():
    frame = scored(ROWS, cut("low", 4)).cuts().to_frame()
    assert frame["met"].tolist()[:3] == [True, True, True]
    assert frame["probability"].isna().all()
    assert "no standard error" in frame["reason"][0]


def test_no_cuts_give_an_empty_table():
    assert len(scored(ROWS).cuts().to_frame()) == 0


def test_error_of_zero_decides():
    found = reach(np.array([1.0, 2.0, 3.0]), np.array([2.0, 2.0, 2.0]), np.zeros(3))
    np.testing.assert_array_equal(found, [0.0, 1.0, 1.0])


def normed(rows, *cuts, sample=None, **errors):
    scores = scored(rows, *cuts)
    rng = np.random.default_rng(2)
    sample = rng.integers(0, 5, (300, 4)).tolist() if sample is None else sample
    norms = pm.build_norms(
        scored(sample, *cuts),
        edition="e",
        provenance={"description": "made-up people"},
        day=date(2026, 11, 1),
    )
    return norms.apply(scores.with_standard_errors({"total": errors["error"]}) if errors else scores)


def test_normed_scores_use_the_same_errors_and_cuts():
    error = {0.0: 1.0, 8.0: 2.0, 16.0: 0.0}
    profile = normed(ROWS, cut("low", 4), error=error)
    plain = scored(ROWS, cut("low", 4)).with_standard_errors({"total": error})
    ours, theirs = profile.to_frame(), plain.to_frame()
    for name in ("standard_error_of_measurement", "score_lower", "score_upper"):
        np.testing.assert_array_equal(ours[name], theirs[name])
    np.testing.assert_array_equal(profile.cuts().probability(), plain.cuts().probability())


@pytest.mark.parametrize(("metric", "at"), [("percentile_rank", 80), ("z", 0.8), ("t", 58)])
def test_cut_on_a_normed_metric_goes_back_to_the_lowest_raw_score_that_meets_it(metric, at):
    every = [[min(4, max(0, total - 4 * i)) for i in range(4)] for total in range(17)]
    sample = [
        row
        for row, times in zip(every, [1, 2, 4, 8, 9, 9, 10, 12, 12, 11, 9, 7, 5, 4, 2, 1, 1], strict=True)
        for _ in range(times)
    ]
    profile = normed(every, cut("norm", at, metric), sample=sample, error=1.0)
    found = profile.cuts()
    place = {"percentile_rank": profile.percentile_rank, "z": profile.z, "t": profile.t}[metric][0]
    lowest = float(np.flatnonzero(place >= at)[0])
    np.testing.assert_array_equal(found.raw_cut[0], lowest)
    np.testing.assert_array_equal(found.met[0], (place >= at).astype(float))
    assert found.probability()[0][int(lowest)] == 0.5
