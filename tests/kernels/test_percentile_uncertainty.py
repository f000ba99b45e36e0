"""Limits of true scores, and of ranks that two sources make uncertain."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from oracles_percentile_uncertainty import slow_wilson

from psychometrics.kernels.percentile_uncertainty import (
    ErrorCurve,
    arc,
    combined_limits,
    constant,
    regressed_limits,
    true_score_limits,
)

Z = 1.959963984540054


def test_the_arc_starts_and_ends_with_one_source_alone() -> None:
    pairs = arc(0.95)
    assert pairs.a[[0, -1]].tolist() == [0.0, pytest.approx(Z)]
    assert pairs.b[[0, -1]].tolist() == [pytest.approx(Z), 0.0]
    assert pairs.a**2 + pairs.b**2 == pytest.approx(Z**2)


def test_one_error_gives_x_plus_minus_z_s() -> None:
    lower, upper = true_score_limits(np.array([3.0, 10.0]), constant(2.0), np.array([0.0, Z]), (0.0, 12.0))
    assert lower == pytest.approx(np.array([[3, 10], [0, 10 - 2 * Z]]))
    assert upper == pytest.approx(np.array([[3, 10], [3 + 2 * Z, 12]]))


@pytest.mark.parametrize("x", [0, 1, 7, 15, 29, 30])
def test_binomial_errors_give_wilsons_interval(x: int) -> None:
    t = np.linspace(0, 30, 3001)
    curve = ErrorCurve(scores=t, errors=np.sqrt(t * (30 - t) / 30))
    (lower,), (upper,) = true_score_limits(np.array([float(x)]), curve, np.array([Z]))
    wanted = slow_wilson(x / 30, x / 30 * (1 - x / 30), 30, Z)
    assert [lower[0] / 30, upper[0] / 30] == pytest.approx(wanted, abs=1e-4)


tables = st.lists(st.floats(0, 6), min_size=1, max_size=6)


@settings(max_examples=80, deadline=None)
@given(tables, st.floats(0, 4), st.floats(0, 3))
@example([2.0, 2.2e-309], 1.0, 2.0)  # the denominator of a step is next to nothing
def test_true_score_limits_rise_with_the_score_and_widen_with_deviate_and_error(
    errors: list[float], extra: float, a: float
) -> None:
    curve = ErrorCurve(scores=np.arange(len(errors)) * 4.0, errors=np.array(errors))
    raw = np.linspace(-5, 25, 61)
    lower, upper = true_score_limits(raw, curve, np.array([a, a + 1]))
    assert (np.diff(lower, axis=1) >= -1e-9).all()
    assert (np.diff(upper, axis=1) >= -1e-9).all()
    assert (lower[0] <= raw).all() and (raw <= upper[0]).all()
    assert (lower[1] <= lower[0] + 1e-9).all() and (upper[1] >= upper[0] - 1e-9).all()
    wider_low, wider_high = true_score_limits(raw, replace(curve, extra=extra), np.array([a]))
    assert (wider_low[0] <= lower[0] + 1e-9).all() and (wider_high[0] >= upper[0] - 1e-9).all()
    for t, s in ((lower[0], curve.at(lower[0])), (upper[0], curve.at(upper[0]))):
        assert (np.abs(raw - t) <= a * s + 1e-6).all()


def test_where_all_is_normal_the_squares_add_up() -> None:
    pairs = arc(0.95, 65)
    x, s, e = np.array([10.0]), 2.0, 1.5
    lower, upper = true_score_limits(x, constant(s), pairs.a)
    least, most = combined_limits(
        lower, upper, lambda low, high, j: (low - pairs.b[j] * e, high + pairs.b[j] * e)
    )
    assert [least[0], most[0]] == pytest.approx([10 - Z * 2.5, 10 + Z * 2.5], rel=1e-4)


def test_kelleys_limits() -> None:
    """680 and 30 are the worked figures of a test with mean 500, SD 100, reliability .9 and a score of 700."""
    error = 100 * np.sqrt(0.1)
    lower, upper = regressed_limits(
        np.array([700.0]), 500, 0.9, error, np.array([0.0, 1.0]), (-np.inf, np.inf)
    )
    assert lower[:, 0] == pytest.approx([680, 650])
    assert upper[:, 0] == pytest.approx([680, 710])
