"""Stratified alpha, composites, differences, prophecy as a user calls them."""

import numpy as np
import oracles_consistency as slow
import pandas as pd
import pytest

from psychometrics.errors import EstimationError
from psychometrics.evidence.consistency.alpha import coefficient_alpha
from psychometrics.evidence.consistency.composites import composite_reliability, difference_reliability
from psychometrics.evidence.consistency.lengthening import prophecy, spearman_brown
from psychometrics.evidence.consistency.stratified_alpha import stratified_alpha
from psychometrics.tallying.item_tally import ItemTally

CLOSED = 1e-10  # a closed formula: only round-off may differ
S = np.array([[4.0, 2.0, 1.0], [2.0, 9.0, 3.0], [1.0, 3.0, 16.0]])
R = {"a": 0.8, "b": 0.9, "c": 0.7}


def sample(n=200):
    rng = np.random.default_rng(2)
    common = rng.normal(size=(n, 1))
    parts = [0.6 * common + rng.normal(size=(n, 1)) + rng.normal(size=(n, 3)) for _ in range(2)]
    return np.clip(np.rint(np.column_stack(parts) + 3), 1, 5)


def test_stratified_alpha_by_labels_names_and_places():
    x = sample()
    expected = slow.stratified_alpha(x, [[0, 1, 2], [3, 4, 5]], [1, 1])
    frame = pd.DataFrame(x, columns=list("abcdef"))
    for found in (
        stratified_alpha(x, ["v", "v", "v", "n", "n", "n"]),
        stratified_alpha(x, {"v": [0, 1, 2], "n": [3, 4, 5]}),
        stratified_alpha(frame, {"v": ["a", "b", "c"], "n": ["d", "e", "f"]}),
        stratified_alpha(ItemTally.from_points(x), ["v", "v", "v", "n", "n", "n"]),
    ):
        assert found.estimate == pytest.approx(expected, rel=CLOSED)
    assert expected > coefficient_alpha(x).estimate
    found = stratified_alpha(x, [1, 1, 1, 2, 2, 2])
    assert found.ci_lower < found.estimate < found.ci_upper
    assert found.standard_deviation == pytest.approx(x.sum(axis=1).std(ddof=1), rel=CLOSED)


def test_stratified_alpha_with_weights():
    x = sample()
    found = stratified_alpha(x, [1, 1, 1, 2, 2, 2], weights={"1": 2, "2": 0.5})
    assert found.estimate == pytest.approx(
        slow.stratified_alpha(x, [[0, 1, 2], [3, 4, 5]], [2, 0.5]), rel=CLOSED
    )
    total = x[:, :3].sum(axis=1) * 2 + x[:, 3:].sum(axis=1) * 0.5
    assert found.standard_deviation == pytest.approx(total.std(ddof=1), rel=CLOSED)


def test_interval_of_stratified_alpha_is_near_leaving_each_person_out():
    x = sample(n=100)
    groups = [[0, 1, 2], [3, 4, 5]]
    without = [slow.stratified_alpha(np.delete(x, p, axis=0), groups, [1, 1]) for p in range(100)]
    spread = np.sqrt(99 * np.var(np.log(1 - np.array(without))))
    found = stratified_alpha(x, [1, 1, 1, 2, 2, 2])
    length = np.log(1 - found.ci_lower) - np.log(1 - found.ci_upper)
    # t with 30 to 99 degrees of freedom, and terms of second order
    assert 2 * 1.97 * spread < length < 2 * 2.05 * spread


def test_strata_that_do_not_divide_the_items_are_refused_all_at_once():
    with pytest.raises(EstimationError) as caught:
        stratified_alpha(sample(), {"v": [0, 1, 1], "n": [3], "w": [4, 9]})
    text = str(caught.value)
    for words in ("no item 9", "1 item", "column 2: in more than one", "column 3: in no stratum"):
        assert words in text
    with pytest.raises(EstimationError, match="one label per item"):
        stratified_alpha(sample(), ["v", "n"])
    with pytest.raises(EstimationError, match="weights"):
        stratified_alpha(sample(), [1, 1, 1, 2, 2, 2], weights={"1": 1})


def test_composite_by_hand():
    found = composite_reliability([1, 2, 1], S, [0.8, 0.9, 0.7])
    w = np.array([1.0, 2.0, 1.0])
    error = np.array([4 * 0.2, 4 * 9 * 0.1, 16 * 0.3])
    variance = w @ S @ w
    assert found.estimate == pytest.approx(1 - error.sum() / variance, rel=CLOSED)
    assert found.standard_error_of_measurement == pytest.approx(np.sqrt(error.sum()), rel=CLOSED)
    assert [part.error_share for part in found.parts[:3]] == pytest.approx(error / error.sum(), rel=CLOSED)
    assert "without an interval" in found.reason
    named = composite_reliability({"c": 1, "a": 1, "b": 2}, pd.DataFrame(S, columns=list("abc")), R)
    assert named.estimate == pytest.approx(found.estimate, rel=CLOSED)


def test_composites_of_composites_are_the_product_of_weights():
    nested = composite_reliability({"total": {"ab": 0.5, "c": 2}, "ab": {"a": 2, "b": 4}}, S, R)
    flat = composite_reliability({"a": 1, "b": 2, "c": 2}, S, R)
    assert nested.estimate == pytest.approx(flat.estimate, rel=CLOSED)
    inner = next(part for part in nested.parts if part.name == "ab")
    expected = composite_reliability({"a": 2, "b": 4}, S, R)
    assert inner.reliability == pytest.approx(expected.estimate, rel=CLOSED)
    assert nested.parts[-1].name == "total"
    assert list(nested.to_frame()["name"]) == ["a", "b", "c", "ab", "total"]


def test_standardised_weights_are_of_standard_scores():
    sd = np.sqrt(np.diagonal(S))
    found = composite_reliability([1, 1, 1], S, R, standardized=True)
    expected = composite_reliability([1, 1, 1], S / np.outer(sd, sd), [0.8, 0.9, 0.7])
    assert found.estimate == pytest.approx(expected.estimate, rel=CLOSED)


def test_interval_of_a_composite_covers():
    """Two scales of normal items: the interval from the intervals of alpha holds the true reliability."""
    rng = np.random.default_rng(9)
    hits, replications = 0, 300
    for _ in range(replications):
        common = rng.normal(size=(150, 1))
        first = common + rng.normal(size=(150, 5)) * 1.2
        second = 0.5 * common + rng.normal(size=(150, 1)) + rng.normal(size=(150, 5)) * 1.5
        totals = np.column_stack([first.sum(axis=1), second.sum(axis=1)])
        given = [coefficient_alpha(part) for part in (first, second)]
        found = composite_reliability([1, 1], np.cov(totals, rowvar=False), given, n_persons=150)
        true = (25 + 31.25 + 25) / (25 + 31.25 + 25 + 5 * 1.44 + 5 * 2.25)
        hits += found.ci_lower <= true <= found.ci_upper
    # 95% of 300 is known to 1.3 percent
    assert 0.91 < hits / replications < 0.99


def test_intervals_of_another_level_are_not_joined():
    x = sample()
    given = [coefficient_alpha(x[:, :3], confidence=0.9), coefficient_alpha(x[:, 3:], confidence=0.9)]
    found = composite_reliability([1, 1], np.eye(2), given)
    assert np.isnan(found.ci_lower)
    assert "level 0.9" in found.reason
    assert composite_reliability([1, 1], np.eye(2), given, confidence=0.9).ci_lower > 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (([1, 2], S, R), "2 weights"),
        (([1, 1, 1], S[:2], R), "one size"),
        (([1, 1, 1], S + np.triu(S, 1), R), "not symmetric"),
        (([1, 1, 1], S, [0.8, 1.2, 0.7]), "impossible"),
        (({"a": 1, "x": 1}, S, R), "unknown"),
        (({"p": {"q": 1}, "q": {"p": 1}, "r": {"a": 1}}, S, R), "circle"),
        (({"p": {"a": 1}, "q": {"b": 1}}, S, R), "one whole"),
        (({"p": {"a": 1}, "q": 2}, S, R), "beside composites"),
        (({"a": {"b": 1}}, S, R), "both a component and a composite"),
    ],
)
def test_what_does_not_fit_is_refused(arguments, words):
    with pytest.raises(EstimationError, match=words):
        composite_reliability(*arguments)


def test_a_composite_that_does_not_vary_says_so():
    found = composite_reliability([1, -1], [[1, 1], [1, 1]], [0.8, 0.8])
    assert np.isnan(found.estimate)
    assert "does not vary" in found.reason


def test_reliability_of_a_difference_by_hand():
    found = difference_reliability(0.9, 0.8, 0.6, standard_deviations=(2, 3))
    assert found.estimate == pytest.approx(
        (4 * 0.9 + 9 * 0.8 - 2 * 0.6 * 6) / (4 + 9 - 2 * 0.6 * 6), rel=CLOSED
    )
    equal = difference_reliability(0.9, 0.8, 0.6).estimate
    assert equal == pytest.approx(((0.9 + 0.8) / 2 - 0.6) / (1 - 0.6), rel=CLOSED)
    with pytest.raises(EstimationError, match="correlation"):
        difference_reliability(0.9, 0.8, 1.6)
    with pytest.raises(EstimationError, match="positive"):
        difference_reliability(0.9, 0.8, 0.6, standard_deviations=(0, 1))


def test_prophecy_turns_the_interval_round():
    alpha = coefficient_alpha(sample())
    found = prophecy(alpha, target=0.9)
    assert found.n_items == 6
    assert found.n_items_ci_lower <= found.n_items_needed <= found.n_items_ci_upper
    back = spearman_brown(alpha, found.factor)
    assert back.target == pytest.approx(0.9, rel=CLOSED)
    assert back.target_ci_lower < 0.9 < back.target_ci_upper
    assert spearman_brown(alpha, 1).target == pytest.approx(alpha.estimate, rel=CLOSED)


def test_prophecy_says_why_not():
    assert "0 or less" in prophecy(-0.2, 10).reason
    assert np.isnan(prophecy(-0.2, 10).n_items_needed)
    assert "too negative" in spearman_brown(-0.9, 5).reason
    assert "without an interval" in spearman_brown(0.5, 2).reason
    for wrong in (lambda: prophecy(0.8, 10, 1.0), lambda: prophecy(0.8), lambda: spearman_brown(0.8, 0)):
        with pytest.raises(EstimationError):
            wrong()
    with pytest.raises(EstimationError, match="at most 1"):
        spearman_brown(1.2, 2)
