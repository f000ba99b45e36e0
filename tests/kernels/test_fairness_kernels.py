"""Ratios of rates, exact tests and corrections against their slow twins."""

from __future__ import annotations

from math import inf, isnan, nan

import numpy as np
import oracles_fairness
import oracles_validity
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from psychometrics.kernels.bounds import Estimate
from psychometrics.kernels.fairness.differences import GroupMoments, group_moments, variance_ratio
from psychometrics.kernels.fairness.impact import fisher_p_value, one_different_person, ratio_bounds
from psychometrics.kernels.validity.corrections import disattenuated, unrestricted

SIZES = st.integers(1, 400)


@st.composite
def two_rates(draw):
    n, n0 = draw(SIZES), draw(SIZES)
    return draw(st.integers(0, n)), n, draw(st.integers(0, n0)), n0


@given(two_rates())
@settings(max_examples=60, deadline=None)
def test_ratio_interval_as_its_twin(counts):
    x, n, x0, n0 = counts
    assume(0 < x < n and 0 < x0 < n0)
    found = ratio_bounds(*counts, 0.95)
    lower, upper = oracles_fairness.koopman(*counts, 0.95)
    assert found.lower == pytest.approx(lower, rel=1e-7)
    assert found.upper == pytest.approx(upper, rel=1e-7)


@given(two_rates(), st.sampled_from([0.5, 0.9, 0.99]))
@settings(max_examples=80, deadline=None)
def test_ratio_interval_holds_the_ratio_and_turns_over(counts, confidence):
    x, n, x0, n0 = counts
    found = ratio_bounds(*counts, confidence)
    if not x and not x0:
        assert isnan(found.lower) and found.reason
        return
    if x0:
        assert found.lower <= x / n / (x0 / n0) * (1 + 1e-12)
        assert x / n / (x0 / n0) <= found.upper * (1 + 1e-12)
    other = ratio_bounds(x0, n0, x, n, confidence)
    assert found.lower == pytest.approx(0 if other.upper == inf else 1 / other.upper, rel=1e-8)
    assert (found.upper == inf) == (x0 == 0)


def test_no_ratio_without_persons():
    assert ratio_bounds(0, 0, 1, 2, 0.95).reason == "a group without persons has no rate"
    assert isnan(fisher_p_value(0, 0, 1, 2))


@given(two_rates())
@settings(max_examples=60, deadline=None)
def test_exact_p_as_its_twin(counts):
    assert fisher_p_value(*counts) == pytest.approx(oracles_fairness.fisher_exact(*counts), rel=1e-8)


def test_one_different_person_is_moved():
    assert one_different_person(3, 10, 5, 20) == (0.4, 0.2)
    assert one_different_person(10, 10, 0, 20) == (1.0, 0.0)


def test_moments_of_few_and_of_equal_values():
    assert isnan(group_moments(np.array([])).mean)
    assert isnan(group_moments(np.array([2.0])).sd)
    assert group_moments(np.full(9, 0.1)).sd == 0


@pytest.mark.parametrize(
    ("own", "reference", "words"),
    [
        ((1, 2.0, nan), (9, 2.0, 1.0), "fewer than 2"),
        ((9, 2.0, 1.0), (9, 2.0, 0.0), "reference group do not vary"),
        ((9, 2.0, 0.0), (9, 2.0, 1.0), "the group do not vary"),
    ],
)
def test_variance_ratio_says_why_not(own, reference, words):
    parts = [GroupMoments(n=n, mean=mean, sd=sd) for n, mean, sd in (own, reference)]
    assert words in variance_ratio(*parts, 0.95).reason


@given(st.floats(-0.99, 0.99), st.floats(0.3, 3))
def test_range_correction_as_printed_and_back(r, u):
    one = Estimate(estimate=r, ci_lower=nan, ci_upper=nan)
    found = unrestricted(one, u)
    assert found.estimate == pytest.approx(oracles_validity.range_corrected(r, 1.0, u), abs=1e-14)
    assert unrestricted(found, 1 / u).estimate == pytest.approx(r, abs=1e-12)
    assert isnan(found.ci_lower)


def test_disattenuation_beyond_one_is_said_not_cut():
    found = disattenuated(Estimate(estimate=0.9, ci_lower=0.8, ci_upper=0.95), 0.8, 0.8)
    assert found.estimate == pytest.approx(1.125) and "beyond 1" in found.reason
