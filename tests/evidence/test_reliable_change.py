"""Reliable change as a user calls it, against the papers written out person by person."""

import numpy as np
import oracles_stability as slow
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from instruments_for_tests import simple

from psychometrics.errors import EstimationError
from psychometrics.evidence.consistency.alpha import coefficient_alpha
from psychometrics.evidence.stability.reliable_change import reliable_change
from psychometrics.instrument import parse_instrument
from psychometrics.kernels.stability.reliable_change import OF_RETEST, WAYS, RetestNorms
from psychometrics.responses import read_responses
from psychometrics.scoring import score

CLOSED = 1e-10  # a closed formula: only round-off may differ
NORMS = RetestNorms(mean_first=40.0, mean_second=42.5, sd_first=7.5, sd_second=8.1, correlation=0.63, n=60)


def sample(n=50):
    rng = np.random.default_rng(8)
    x = np.round(rng.normal(40, 8, n))
    return x, np.round(x + rng.normal(2, 7, n))


@pytest.mark.parametrize("method", WAYS)
def test_every_method_is_its_paper(method):
    x, y = sample()
    for reliability in (0.8, 0.9):
        found = reliable_change(x, y, method=method, reliability=reliability, reference=NORMS)
        twin = [
            slow.reliable_change(method, a, b, 40, 42.5, 7.5, 8.1, 0.63, 60, reliability)
            for a, b in zip(x, y, strict=True)
        ]
        assert found.index == pytest.approx(np.array(twin), rel=CLOSED)
        assert (found.verdict == np.sign(twin) * (np.abs(twin) > 1.959963984540054)).all()
        assert found.ci_lower + found.ci_upper == pytest.approx(
            2 * found.adjusted_change, rel=CLOSED, abs=1e-9
        )


def test_jacobson_and_truax_have_their_example():
    """1991, p. 14: 47.5 to 32.5, s1 7.5, r .80, standard error of the difference 4.74, index -3.16."""
    norms = RetestNorms(mean_first=40, mean_second=40, sd_first=7.5, sd_second=7.5, correlation=0.8, n=100)
    found = reliable_change([47.5], [32.5], reliability=0.80, reference=norms)
    assert found.standard_error[0] == pytest.approx(4.74, abs=0.005)
    assert found.index[0] == pytest.approx(-3.16, abs=0.005)
    assert found.to_frame()["verdict"].tolist() == ["reliably decreased"]


@pytest.mark.parametrize("method", OF_RETEST)
def test_methods_of_a_reference_take_its_correlation(method):
    x, y = sample()
    control = sample(80)
    found = reliable_change(x, y, method=method, reference=control)
    assert found.reliability == pytest.approx(np.corrcoef(*control)[0, 1], rel=CLOSED)
    assert found.norms.n == 80
    given_it = reliable_change(x, y, method=method, reference=control, reliability=found.reliability)
    assert (given_it.index == found.index).all()


def test_practice_that_all_share_is_no_change():
    x = np.arange(10.0, 40)
    noise = np.random.default_rng(3).normal(0, 2, 30)
    control = (x, x + 5 + noise)
    found = reliable_change(x, x + 5 + noise.mean(), method="temkin", reference=control)
    assert found.index == pytest.approx(np.zeros(30), abs=1e-9)
    assert (reliable_change(x, x + 5, reliability=0.99, reference=control).index > 0).all()


def test_conditional_errors_take_the_place_of_reliability():
    x, y = np.array([10.0, 20, 30]), np.array([16.0, 26, 36])
    found = reliable_change(x, y, standard_errors=[[3, 4], [1, 1], [0, 0]])
    assert found.standard_error == pytest.approx([5, np.sqrt(2), 0])
    assert found.verdict.tolist() == [0, 1, 1]
    assert found.sensitivity == () and np.isnan(found.reliability)
    one = reliable_change(x, y, standard_errors=[3, 1, 2])
    assert one.standard_error == pytest.approx(np.sqrt(2) * np.array([3, 1, 2]))


def test_share_changed_grows_with_the_reliability():
    x, y = sample(400)
    found = reliable_change(x, y, reliability=0.83)
    assert 0.83 in [row.reliability for row in found.sensitivity]
    shares = [row.increased + row.decreased for row in found.sensitivity]
    assert shares == sorted(shares)
    mine = next(row for row in found.sensitivity if row.reliability == 0.83)
    assert (mine.increased, mine.decreased) == (found.share_increased, found.share_decreased)


def test_scores_pair_by_person():
    what = parse_instrument(simple())
    table = {"person_id": ["a", "b", "c"], **{f"q{i}": [0, 2, 4] for i in range(1, 5)}}
    later = {"person_id": ["c", "d", "a"], **{f"q{i}": [4, 1, 2] for i in range(1, 5)}}
    first, second = (score(what, read_responses(one, what)) for one in (table, later))
    frame = reliable_change(first, second, reliability=0.8, scale="total").to_frame()
    assert frame["person_id"].tolist() == ["a", "c"]
    assert frame["change"].tolist() == [8, 0]
    with pytest.raises(EstimationError, match="no scale"):
        reliable_change(first, second, reliability=0.8, scale="sum")


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({}, "needs the reliability"),
        ({"reliability": 1.2}, "0 to 1"),
        ({"reliability": 0.8, "reliability_second": 0.7}, "nunnally_kotsch"),
        ({"method": "jt", "reliability": 0.8}, "method"),
        ({"reliability": 0.8, "standard_errors": [1, 1, 1]}, "takes the place"),
        ({"standard_errors": [1, 1]}, "shape"),
        ({"standard_errors": [1, -1, 1]}, "negative"),
        ({"reliability": 0.8, "scale": "total"}, "scale="),
    ],
)
def test_calls_without_a_meaning_are_refused(options, match):
    with pytest.raises(EstimationError, match=match):
        reliable_change([1, 2, 3], [2, 2, 5], **options)


def test_what_cannot_be_judged_says_why():
    constant = reliable_change([5, 5, 5], [6, 6, 7], reliability=0.8)
    assert "does not vary" in constant.reason and np.isnan(constant.index).all()
    assert "2 pairs" in reliable_change([5], [6], reliability=0.8).reason
    assert "correlation" in reliable_change([1, 2, 3], [6, 6, 6], method="chelune").reason
    unreliable = reliable_change([1, 2, 3, 9], [3, 1, 2, 9], method="hageman_arrindell", reliability=0.1)
    assert "true change" in unreliable.reason
    assert constant.to_frame()["verdict"].isna().all()
    gap = reliable_change([1, np.nan, 3, 4], [2, 3, np.nan, 1], reliability=0.8)
    assert np.isnan(gap.index[1:3]).all() and not np.isnan(gap.index[[0, 3]]).any()


@settings(max_examples=40, deadline=None)
@given(
    arrays(np.int64, (2, 12), elements=st.integers(0, 9)),
    st.sampled_from(sorted(WAYS)),
    st.sampled_from([1.0, 3.0]),
)
def test_the_scale_of_the_points_does_not_matter(pair, method, factor):
    x, y = pair.astype(float)
    plain = reliable_change(x, y, method=method, reliability=0.7)
    moved = reliable_change(4 + factor * x, 4 + factor * y, method=method, reliability=0.7)
    assert moved.index == pytest.approx(plain.index, rel=1e-7, abs=1e-7, nan_ok=True)
    assert plain.reason or not np.isnan(plain.index).any()


def test_what_a_coefficient_returned_is_a_reliability():
    x, y = sample()
    alpha = coefficient_alpha(
        np.random.default_rng(2).normal(size=(60, 1)) + np.random.default_rng(3).normal(size=(60, 5))
    )
    found = reliable_change(x, y, reliability=alpha)
    assert found.reliability == alpha.estimate
    np.testing.assert_array_equal(found.index, reliable_change(x, y, reliability=alpha.estimate).index)
    unknown = coefficient_alpha(np.ones((5, 3)))
    with pytest.raises(EstimationError, match="coefficient_alpha is not known"):
        reliable_change(x, y, reliability=unknown)


def test_the_one_line_counts_only_persons_with_an_index():
    x, y = sample()
    y[:3] = np.nan
    assert repr(reliable_change(x, y, reliability=0.8)).endswith("of 47, 3 persons without an index>")
