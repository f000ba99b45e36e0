"""Differences between scales and between occasions."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from instruments_for_tests import simple, with_rubric
from scipy.stats import norm, t

import psychometrics as pm
from psychometrics.errors import NormError
from psychometrics.norming.differences.correlations import scale_correlations
from psychometrics.norming.differences.scores import score_differences

WHO = {"description": "made-up people"}


def sample(n: int = 500, r: float = 0.6, seed: int = 3):
    z = np.random.default_rng(seed).multivariate_normal([0, 0], [[1, r], [r, 1]], n)
    x = np.round(50 + 10 * z)
    return {"a": x[:, 0], "b": x[:, 1]}


def build(table, **more):
    return pm.build_norms(table, scale=["a", "b"], edition="e", provenance=WHO, **more)


@pytest.fixture(scope="module")
def table():
    return sample()


@pytest.fixture(scope="module")
def norms(table):
    return build(table)


def linear(norms, a, b, errors=(3.0, 4.0)):
    scores = {"a": np.atleast_1d(a).astype(float), "b": np.atleast_1d(b).astype(float)}
    return norms.apply(scores, standard="linear", standard_errors=dict(zip("ab", errors, strict=True)))


def test_reliable_and_rare_are_two_questions(norms, table) -> None:
    precise = linear(norms, 56, 48, (0.5, 0.5))
    found = score_differences(precise, correlations={("a", "b"): 0.2})
    assert found.reliable[0, 0] == 1 and found.base_rate[0, 0] > 0.3
    vague = linear(norms, 65, 45, (9.0, 9.0))
    found = score_differences(vague, correlations={("b", "a"): 0.9})
    assert found.reliable[0, 0] == 0 and found.base_rate[0, 0] < 0.01
    assert found.exceeds_standard_error[0, 0] == 1


def test_figures_of_linear_scores(norms, table) -> None:
    sds = [table[name].std(ddof=1) for name in "ab"]
    means = [table[name].mean() for name in "ab"]
    d = (60 - means[0]) / sds[0] - (45 - means[1]) / sds[1]
    se = np.hypot(3 / sds[0], 4 / sds[1])
    own = scale_correlations(norms.apply(table, standard="linear"))
    r = np.corrcoef(table["a"], table["b"])[0, 1]
    assert own.of("b", "a") == (pytest.approx(r), 500)
    found = score_differences(linear(norms, 60, 45), correlations=own, confidence=0.9)
    assert found.difference[0, 0] == pytest.approx(d)
    assert found.standard_error[0, 0] == pytest.approx(se)
    assert [found.ci_lower[0, 0], found.ci_upper[0, 0]] == pytest.approx(
        [d - 1.6448536 * se, d + 1.6448536 * se]
    )
    assert found.probability[0, 0] == pytest.approx(2 * norm.sf(d / se))
    rare = t.sf(d / np.sqrt((2 - 2 * r) * 501 / 500), 499)
    assert found.base_rate_same_direction[0, 0] == pytest.approx(rare)
    assert found.base_rate[0, 0] == pytest.approx(2 * rare)
    assert found.base_rate_lower[0, 0] < found.base_rate[0, 0] < found.base_rate_upper[0, 0]


def test_shared_error_narrows_the_difference(norms) -> None:
    people = linear(norms, 60, 45)
    alone = score_differences(people)
    shared = score_differences(people, error_correlations={("b", "a"): 0.5})
    assert shared.standard_error[0, 0] < alone.standard_error[0, 0]
    assert shared.difference[0, 0] == alone.difference[0, 0]


def test_joint_counts_are_counted(norms, table) -> None:
    pairs, counts = np.unique(np.column_stack([table["a"], table["b"]]), axis=0, return_counts=True)
    joint = {("b", "a"): (pairs[:, 1], pairs[:, 0], counts)}
    people = norms.apply(table, standard_errors={"a": 3.0, "b": 3.0})
    found = score_differences(people, joint=joint)
    d = found.difference[0]
    i = int(np.argmax(d))
    assert found.base_rate_same_direction[0, i] == pytest.approx(np.mean(d >= d[i]))
    assert found.base_rate[0, 7] == pytest.approx(np.mean(np.abs(d) >= abs(d[7]) - 1e-12))
    modelled = score_differences(people, correlations=scale_correlations(people))
    assert np.abs(found.base_rate - modelled.base_rate).max() < 0.08
    assert set(found.to_frame()["base_rate_from"]) == {"joint counts"}


def test_change_between_occasions_is_later_minus_earlier(norms) -> None:
    errors = {"a": 3.0, "b": 3.0}
    first = norms.apply(
        {"person_id": ["p", "q", "r"], "a": [50.0, 40, 60], "b": [50.0, 50, 50]}, standard_errors=errors
    )
    second = norms.apply(
        {"person_id": ["r", "x", "p"], "a": [62.0, 1, 58], "b": [50.0, 50, 50]}, standard_errors=errors
    )
    found = score_differences(first, second, correlations={"a": 0.8})
    frame = found.to_frame().query("first_scale == 'a'")
    assert frame["person_id"].tolist() == ["p", "r"]
    assert (frame["difference"] > 0).all()
    assert (found.n_only_first, found.n_only_second) == (1, 1)
    assert "2 rows without partner left out" in repr(found)
    assert frame["base_rate"].notna().all()
    assert found.to_frame().query("first_scale == 'b'")["reason"].str.contains("no base rate").all()


def test_a_retest_tally_gives_base_rates_of_change() -> None:
    instrument = pm.parse_instrument(simple(3))
    rng = np.random.default_rng(8)
    trait = rng.integers(0, 4, 300)

    def occasion():
        answers = {f"q{i}": np.clip(trait + rng.integers(-1, 2, 300), 0, 4) for i in (1, 2, 3)}
        return pm.score(instrument, pm.read_responses({"person_id": list(range(300)), **answers}, instrument))

    one, two = (occasion().with_standard_errors({"total": 1.4}) for _ in range(2))
    norms = pm.build_norms(one, edition="e", provenance=WHO)
    joint = pm.tally_retest(one, two)
    usual = one.raw[0] > 0
    found = score_differences(norms.apply(one), norms.apply(two), joint=pm.tally_retest(one, one))
    assert found.base_rate[0][found.difference[0] == 0] == pytest.approx(1)
    assert usual.any() and joint.n_both == 300


def test_scales_that_share_items_are_compared_only_on_demand() -> None:
    instrument = pm.parse_instrument(with_rubric())
    answers = pm.read_responses({"person_id": ["a", "b"], "q1": [1, 2], "q2": [2, 2]}, instrument)
    scores = pm.score(instrument, answers)
    normed = pm.build_norms(scores, edition="e", provenance=WHO).apply(scores)
    shared = {"self", "work"}
    composites = [s for s in normed.scale_ids if s not in shared]
    assert score_differences(normed).pairs == (("self", "work"),)
    if composites:
        assert score_differences(normed, pairs=[("self", composites[0])]).pairs == (("self", composites[0]),)


@settings(max_examples=10, deadline=None)
@given(st.floats(30, 70), st.floats(30, 70), st.floats(0, 8), st.floats(0.01, 4), st.floats(-0.9, 0.9))
def test_wider_errors_and_rarer_differences(a, b, error, more, r) -> None:
    norms = NORMS[0]
    found = score_differences(linear(norms, a, b, (error, error)), correlations={("a", "b"): r})
    wider = score_differences(linear(norms, a, b, (error + more, error)), correlations={("a", "b"): r})
    assert wider.standard_error[0, 0] > found.standard_error[0, 0]
    assert wider.probability[0, 0] >= found.probability[0, 0] - 1e-12
    assert wider.base_rate[0, 0] == found.base_rate[0, 0]
    turned = score_differences(
        linear(norms, a, b, (error, error)), pairs=[("b", "a")], correlations={("a", "b"): r}
    )
    assert turned.difference[0, 0] == -found.difference[0, 0]
    assert turned.base_rate[0, 0] == found.base_rate[0, 0]


NORMS = [build(sample())]


def test_the_error_of_a_normalised_z_is_the_slope_times_the_error(norms) -> None:
    people = norms.apply({"a": [50.0], "b": [50.0]}, standard_errors={"a": 3.0, "b": 3.0})
    found = score_differences(people)
    assert found.standard_error[0, 0] == pytest.approx(np.hypot(0.3, 0.3), rel=0.12)


def test_degenerate_scores_have_reasons(norms) -> None:
    people = norms.apply(
        {"a": [50.0, 200.0, np.nan], "b": [50.0, 50.0, 50.0]}, standard_errors={"a": 3.0, "b": 3.0}
    )
    frame = score_differences(people).to_frame()
    assert frame["reason"].tolist()[1:] == ["one of the two scores has no z in these norms"] * 2
    assert frame["reason"][0].startswith("no base rate")
    assert frame["reliable"].isna().tolist() == [False, True, True]
    without = score_differences(norms.apply({"a": [50.0], "b": [40.0]}), correlations={("a", "b"): 0.5})
    assert without.to_frame()["reason"][0].startswith("the standard error of one")
    assert without.base_rate[0, 0] < 1
    exact = score_differences(linear(norms, 50, 40, (0.0, 0.0)), correlations={("a", "b"): 1.0})
    assert (exact.probability[0, 0], exact.reliable[0, 0]) == (0.0, 1.0)


def test_correlations_of_few_or_of_no_variance_are_nan() -> None:
    norms = build({"a": [1.0, 1, 1], "b": [1.0, 2, 3]})
    own = scale_correlations(norms.apply({"a": [1.0, 1, 1], "b": [1.0, 2, 3]}))
    assert np.isnan(own.of("a", "b")[0])
    assert own.to_frame()["reason"][0].startswith("fewer than 3")
    assert repr(own) == "<ScaleCorrelations: 2 scales, 3 persons>"


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"pairs": [("a", "c")]}, "no such scale"),
        ({"correlations": {("a", "b"): 1.5}}, "from -1 to 1"),
        ({"confidence": 0.0}, "between 0 and 1"),
        ({"joint": {("a", "b"): ([1.0], [2.0], [1.5])}}, "whole numbers"),
        ({"joint": {("a", "b"): ([1.0], [2.0, 3.0], [1])}}, "one length"),
    ],
)
def test_calls_that_make_no_sense(norms, options, says) -> None:
    with pytest.raises(NormError, match=says):
        score_differences(linear(norms, 50, 50) if "joint" not in options else norms.apply({"a": [50.0], "b": [50.0]}), **options)  # fmt: skip


def test_occasions_must_fit(norms) -> None:
    one = norms.apply({"person_id": ["p"], "a": [50.0], "b": [50.0]})
    twice = norms.apply({"person_id": ["p", "p"], "a": [50.0, 1], "b": [50.0, 1]})
    with pytest.raises(NormError, match="stands twice on the second"):
        score_differences(one, twice)
    with pytest.raises(NormError, match="placed differently"):
        score_differences(one, norms.apply({"person_id": ["p"], "a": [50.0], "b": [50.0]}, standard="linear"))
    with pytest.raises(NormError, match="every scale is compared"):
        score_differences(one, one, pairs=[("a", "b")])
    with pytest.raises(NormError, match="nothing of occasions"):
        score_differences(one, one, correlations=scale_correlations(one))


def test_joint_counts_need_one_sample() -> None:
    people = {**sample(50), "g": ["x", "y"] * 25}
    norms = build(people, strata=["g"])
    with pytest.raises(NormError, match="one sample"):
        score_differences(norms.apply(people), joint={("a", "b"): ([1.0], [1.0], [1])})
