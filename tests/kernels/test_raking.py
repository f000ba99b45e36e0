"""Raking of cells."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from psychometrics.kernels.raking import effective_size, rake_cells, trim

CODES = [np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1])]
SHARES = [np.array([0.5, 0.5]), np.array([0.3, 0.7])]
sizes = st.lists(st.integers(1, 90), min_size=4, max_size=4).map(lambda n: np.array(n, float))


@settings(max_examples=60, deadline=None)
@given(sizes)
def test_margins_are_reached_and_the_odds_ratio_stays(counts):
    found = rake_cells(counts, np.ones(4), CODES, SHARES)
    mass = counts * found.weights / counts.sum()
    assert found.settled
    assert found.error < 1e-9
    assert mass[:2].sum() == pytest.approx(0.5)
    assert mass[[0, 2]].sum() == pytest.approx(0.3)
    before, after = (m[0] * m[3] / (m[1] * m[2]) for m in (counts, mass))
    assert after == pytest.approx(before, rel=1e-8)


@given(sizes, st.floats(0.1, 10))
def test_scaling_the_base_weights_changes_nothing(counts, factor):
    base = np.array([1.0, 2.0, 0.5, 1.5])
    ours = rake_cells(counts, base, CODES, SHARES).weights
    assert rake_cells(counts, factor * base, CODES, SHARES).weights == pytest.approx(ours, rel=1e-9)


@given(sizes, st.floats(1.05, 4))
def test_no_weight_is_above_the_cap_and_their_mean_stays(counts, cap):
    found = rake_cells(counts, np.ones(4), CODES, SHARES, cap=cap)
    assert found.weights.max() <= cap * (1 + 1e-9)
    assert counts @ found.weights == pytest.approx(counts.sum())


def test_a_cap_that_does_not_bind_changes_nothing():
    counts = np.array([20.0, 30, 25, 25])
    assert rake_cells(counts, np.ones(4), CODES, SHARES, cap=50).weights == pytest.approx(
        rake_cells(counts, np.ones(4), CODES, SHARES).weights, rel=1e-12
    )


def test_trimming_spreads_what_is_cut():
    weights, counts = np.array([5.0, 1.0, 0.5]), np.array([1.0, 4.0, 2.0])
    cut = trim(weights * counts.sum() / (weights @ counts), counts, 2)
    assert cut[0] == 2
    assert cut @ counts == pytest.approx(7)
    assert cut[1] / cut[2] == pytest.approx(2)


def test_empty_crossed_cells_can_make_margins_unreachable():
    codes = [np.array([0, 1]), np.array([0, 1])]
    found = rake_cells(
        np.array([5.0, 5.0]), np.ones(2), codes, [np.array([0.5, 0.5]), np.array([0.2, 0.8])], iterations=50
    )
    assert found.error > 0.1


def test_effective_size():
    assert effective_size(np.array([10.0, 10.0]), np.ones(2)) == 20
    assert effective_size(np.array([1.0, 99.0]), np.array([1.0, 0.0])) == 1
    assert np.isnan(effective_size(np.array([3.0]), np.zeros(1)))
