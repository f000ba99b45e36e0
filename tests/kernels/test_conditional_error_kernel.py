"""Conditional standard errors: against slow twins, against each other, and in degenerate groups."""

import numpy as np
import oracles_conditional_error as slow
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from psychometrics.kernels.consistency import conditional_error as kernel
from psychometrics.kernels.consistency.alpha import alpha_from_covariance

CLOSED = 1e-10  # a closed formula: only round-off may differ


def graded(n=200, k=6, seed=4):
    rng = np.random.default_rng(seed)
    return np.clip(np.rint(2 + rng.normal(size=(n, 1)) + rng.normal(size=(n, k))), 0, 4)


def grouped(x, minimum):
    total = x.sum(axis=1)
    scores, place, counts = np.unique(total, return_inverse=True, return_counts=True)
    groups = kernel.score_groups(scores, counts, minimum)
    return total, groups, groups.group[place]


@pytest.mark.parametrize("n_parts", [2, 3, 6])
def test_parts_error_is_the_analysis_of_variance(n_parts):
    x, part = graded(), np.arange(6) % n_parts
    _, _, person_group = grouped(x, 20)
    found = kernel.parts_error(kernel.part_sums(x, part), person_group)
    for group, value in enumerate(found):
        persons = np.flatnonzero(person_group == group)
        assert value == pytest.approx(slow.feldt(x, part, persons), rel=CLOSED)
        if n_parts == 2:
            assert value == pytest.approx(slow.thorndike(x, part, persons), rel=CLOSED)


def test_polynomial_is_polyfit_and_averages_to_alpha():
    x, part = graded(), np.arange(6) % 3
    total, groups, _ = grouped(x, 20)
    parts = kernel.part_sums(x, part)
    found = kernel.polynomial_error(parts, total, groups.scores, 3)
    np.testing.assert_allclose(
        found, slow.mollenkopf_feldt(x, part, groups.scores, 3), rtol=1e-8
    )  # polyfit's own rounding
    covariance = np.cov(parts, rowvar=False)
    average = found @ groups.counts / len(x)
    overall = covariance.sum() * (1 - alpha_from_covariance(covariance))
    assert average == pytest.approx(overall, rel=CLOSED)


def test_person_errors_are_the_loop():
    x, stratum = graded(), np.array([0, 0, 1, 1, 1, 0])
    _, groups, person_group = grouped(x, 20)
    found = kernel.group_means(kernel.person_errors(x, stratum), person_group)
    for group in range(groups.group.max() + 1):
        persons = np.flatnonzero(person_group == group)
        assert found[group] == pytest.approx(slow.lord_generalised(x, stratum, persons), rel=CLOSED)


def test_person_errors_of_right_and_wrong_items_are_lord():
    x = (graded() > 2).astype(float)
    found = kernel.person_errors(x, np.zeros(6, np.intp))
    np.testing.assert_allclose(found, kernel.lord_error(x.sum(axis=1), 6), rtol=CLOSED, atol=1e-12)


def test_lord_averages_to_kr21_and_keats_to_the_reliability():
    x = (graded(n=4000) > 2).astype(float)
    total = x.sum(axis=1)
    mean, variance = total.mean(), total.var(ddof=1)
    kr21 = kernel.kuder_richardson_21(mean, variance, 6)
    # the two averages differ from the textbook identity by the divisors n and n - 1 alone
    assert kernel.lord_error(total, 6).mean() == pytest.approx(variance * (1 - kr21), rel=2 / len(x))
    assert kernel.keats_error(total, 6, 0.7, kr21).mean() == pytest.approx(variance * 0.3, rel=2 / len(x))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(1, 30), min_size=1, max_size=25), st.integers(2, 40))
def test_groups_hold_enough_and_are_neighbours(counts, minimum):
    counts = np.array(counts)
    groups = kernel.score_groups(np.arange(len(counts), dtype=float), counts, minimum)
    assert np.all(np.diff(groups.group) >= 0)
    assert np.all(np.diff(groups.group) <= 1)
    assert groups.group[0] == 0
    sizes = groups.sizes()
    assert np.all(sizes >= min(minimum, counts.sum()))
    low, high = groups.ends()
    assert np.all((low <= groups.scores) & (groups.scores <= high))


def test_group_of_one_person_has_no_error():
    found = kernel.parts_error(np.array([[1.0, 2.0], [3.0, 3.0], [2.0, 4.0]]), np.array([0, 1, 1]))
    assert np.isnan(found[0])
    assert found[1] == pytest.approx(2.0)  # differences 0 and -2


@pytest.mark.parametrize("shape", ["rows", "columns"])
def test_order_changes_nothing(shape):
    x = graded()
    before = kernel.residual_squares(x)
    order = np.random.default_rng(0).permutation(x.shape[0 if shape == "rows" else 1])
    after = kernel.residual_squares(x[order] if shape == "rows" else x[:, order])
    expected = before[order] if shape == "rows" else before
    np.testing.assert_allclose(after, expected, rtol=1e-9, atol=1e-12)
