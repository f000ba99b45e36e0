"""Percentile ranks by every definition."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.stats.mstats import plotting_positions

from psychometrics.kernels.percentile_definitions import DEFINITIONS, PLOTTING_POSITIONS
from psychometrics.kernels.percentiles import rank_table
from psychometrics.kernels.standard_scores import STANDARD_SCALES, stanine, sten

ALPHAS = {
    "blom": 3 / 8,
    "tukey": 1 / 3,
    "van_der_waerden": 0,
    "rankit": 1 / 2,
    "levenbach": 0.3,
    "yu_huang": 0.326,
}
samples = st.lists(st.integers(0, 9), min_size=1, max_size=40)


def table(sample, method):
    scores, counts = np.unique(np.array(sample, float), return_counts=True)
    return rank_table(scores, counts.astype(np.int64), method=method)


@pytest.mark.parametrize("method", ALPHAS)
def test_plotting_positions_without_ties_are_those_of_scipy(method):
    sample = [3.0, 1.0, 4.0, 7.0, 9.0, 2.0]
    theirs = np.sort(plotting_positions(sample, ALPHAS[method], ALPHAS[method]))
    assert table(sample, method).percentile_rank[1::2] == pytest.approx(100 * theirs, rel=1e-12)


def test_filliben_without_ties_is_that_of_a_probability_plot():
    sample = np.arange(8.0)
    (theirs, _) = stats.probplot(sample, fit=False)
    assert table(sample, "filliben").z[1::2] == pytest.approx(theirs, rel=1e-9)


@pytest.mark.parametrize(
    ("method", "rank"),
    [("blom", 2.125 / 5.25), ("levenbach", 2.2 / 5.4), ("tukey", (2.5 - 1 / 3) / (5 + 1 / 3))],
)
def test_tied_people_share_their_mean_rank(method, rank):
    found = table([1, 2, 2, 4, 5], method).percentile_rank[3]
    assert found == pytest.approx(100 * rank)


@settings(max_examples=60, deadline=None)
@given(samples, st.sampled_from(DEFINITIONS))
def test_ranks_rise_within_bounds(sample, method):
    found = table(sample, method)
    for values in (found.percentile_rank, found.lower, found.upper):
        assert (np.diff(values) >= -1e-9).all()
        assert ((values >= 0) & (values <= 100)).all()
    assert (found.lower <= found.percentile_rank + 1e-9).all()
    assert (found.upper >= found.percentile_rank - 1e-9).all()
    if method in PLOTTING_POSITIONS and method != "rankit":
        assert np.isfinite(found.z).all()


@given(samples)
def test_rankit_is_the_mid_rank(sample):
    assert table(sample, "rankit").percentile_rank.tolist() == table(sample, "mid").percentile_rank.tolist()


@given(samples, st.sampled_from(sorted(PLOTTING_POSITIONS)))
def test_turning_the_scale_round_turns_positions_round(sample, method):
    ours = table(sample, method).percentile_rank
    assert table([-x for x in sample], method).percentile_rank[::-1] == pytest.approx(100 - ours, abs=1e-9)


def test_steps_of_stanines_and_stens_hold_their_lower_limit():
    z = np.array([-9, -1.75, -0.25, 0.25, 1.75, 9, np.nan])
    assert stanine(z).tolist()[:-1] == [1, 2, 5, 6, 9, 9]
    assert np.isnan(stanine(z)[-1])
    assert sten(np.array([-2.1, -2.0, 0.0, 1.99, 2.0])).tolist() == [1, 2, 6, 9, 10]
    assert STANDARD_SCALES["stanine"].at_end(z).tolist() == [-1, 0, 0, 0, 1, 1, 0]


def test_normal_curve_equivalents_meet_the_percentile_rank_at_1_50_and_99():
    z = stats.norm.ppf([0.01, 0.5, 0.99])
    assert STANDARD_SCALES["nce"].of(z) == pytest.approx([1, 50, 99])
