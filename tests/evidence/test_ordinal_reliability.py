"""Polychoric and mixed correlations, ordinal alpha and categorical omega as a user meets them."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from psychometrics.errors import EstimationError
from psychometrics.evidence.consistency.alpha import coefficient_alpha
from psychometrics.evidence.consistency.categorical_omega import categorical_omega
from psychometrics.evidence.consistency.mixed_correlations import mixed_correlations
from psychometrics.evidence.consistency.ordinal_alpha import ordinal_alpha
from psychometrics.evidence.consistency.polychoric import polychoric_correlations
from psychometrics.instrument import load_instrument
from psychometrics.responses import read_responses
from psychometrics.tallying import ItemTally, tally

nan = np.nan
COEFFICIENTS = [ordinal_alpha, categorical_omega]


def likert(n=200, k=5, options=5, missing=0.0, seed=1):
    rng = np.random.default_rng(seed)
    x = np.clip(np.rint(3 + rng.normal(size=(n, 1)) + rng.normal(size=(n, k))), 1, options)
    x[rng.random(x.shape) < missing] = nan
    return x


def test_array_frame_and_tally_give_the_same_numbers():
    x = likert(missing=0.1)
    plain = polychoric_correlations(x)
    frame = polychoric_correlations(pd.DataFrame(x, columns=list("abcde")))
    counted = polychoric_correlations(ItemTally.from_points(x))
    for other in (frame, counted):
        np.testing.assert_array_equal(other.matrix, plain.matrix)
        np.testing.assert_array_equal(other.standard_error, plain.standard_error)
    assert frame.item_ids == tuple("abcde")
    for coefficient in COEFFICIENTS:
        assert coefficient(ItemTally.from_points(x)).estimate == coefficient(x).estimate


def test_responses_and_their_tally_are_reversed_as_the_instrument_says():
    rng = np.random.default_rng(0)
    instrument = load_instrument("gad-7")
    table = {"person_id": [str(p) for p in range(80)]}
    theta = rng.normal(size=80)
    table |= {
        f"q{i}": np.clip(np.rint(1.5 + theta + rng.normal(size=80)), 0, 3).astype(int) for i in range(1, 8)
    }
    responses = read_responses(table, instrument)
    plain = polychoric_correlations(responses)
    counted = polychoric_correlations(tally(instrument, responses))
    np.testing.assert_allclose(counted.matrix, plain.matrix, atol=1e-12)
    points = np.column_stack([table[f"q{i}"] for i in range(1, 8)])
    np.testing.assert_allclose(polychoric_correlations(points).matrix, plain.matrix, atol=1e-12)
    assert plain.source.instrument.startswith("gad-7@")
    found = categorical_omega(tally(instrument, responses))
    assert found.method == "grouped_jackknife"
    assert found.ci_lower < found.estimate < found.ci_upper


def test_the_table_of_pairs():
    x = likert(missing=0.1)
    frame = polychoric_correlations(x).to_frame()
    assert list(frame.columns) == [
        *("item_a", "item_b", "estimate", "standard_error", "ci_lower", "ci_upper", "n"),
        *("kind", "empty_cells", "corrected", "reason"),
    ]
    assert len(frame) == 10
    assert ((frame.ci_lower < frame.estimate) & (frame.estimate < frame.ci_upper)).all()
    both = (~np.isnan(x[:, 0]) & ~np.isnan(x[:, 1])).sum()
    assert frame.n[0] == both
    assert set(frame.kind) == {"polychoric"}


def test_thresholds_and_matrix_as_frames():
    found = polychoric_correlations([[1, 1], [1, 1], [1, 2], [2, 1], [2, 2], [5, 2]])
    thresholds = found.threshold_frame()
    assert list(thresholds.below) == [1, 2, 1]
    assert list(thresholds.above) == [2, 5, 2]
    assert thresholds.threshold[0] == pytest.approx(0, abs=1e-15)
    assert found.matrix_frame().loc["column 1", "column 2"] == found.estimate[0]
    assert polychoric_correlations(likert()).kind[0] == "polychoric"
    assert polychoric_correlations((likert() > 3) * 1).kind[0] == "tetrachoric"


def test_listwise_is_leaving_out_persons():
    x = likert(missing=0.1)
    whole = x[~np.isnan(x).any(axis=1)]
    for function in (polychoric_correlations, *COEFFICIENTS):
        some, all_there = function(x, missing="listwise"), function(whole)
        assert some.n_persons == len(whole)
        if function is not polychoric_correlations:
            assert (some.estimate, some.ci_lower) == (all_there.estimate, all_there.ci_lower)
    listwise = polychoric_correlations(ItemTally.from_points(x), missing="listwise")
    np.testing.assert_array_equal(listwise.matrix, polychoric_correlations(whole).matrix)


def test_every_pair_without_a_number_says_why():
    x = np.array([[1, 1, 7, nan], [1, 1, 7, 1], [2, 2, 7, nan], [2, 2, 7, nan], [2, 2, 7, nan]])
    found = polychoric_correlations(x).to_frame().set_index(["item_a", "item_b"])
    assert found.estimate["column 1", "column 2"] == 1
    assert "perfect association" in found.reason["column 1", "column 2"]
    assert found.reason["column 1", "column 3"] == "one option only was chosen in column 3"
    assert found.reason["column 1", "column 4"] == "fewer than 2 persons have both items"
    assert found.standard_error.isna().all()


def test_a_pair_with_one_option_among_its_own_persons():
    x = np.array([[1, nan], [2, 1], [2, 2], [2, 1], [1, nan]])
    assert "among the persons with both" in polychoric_correlations(x).pair_reasons[0]


def test_nothing_is_smoothed_or_corrected_in_silence():
    x = likert(n=12, k=10, options=3, seed=4)
    plain = polychoric_correlations(x)
    assert not plain.positive_definite
    assert "not positive definite" in plain.reason
    assert plain.smoothing == ""
    assert plain.largest_change == 0
    for smoothing in ("eigenvalue", "nearest"):
        mended = polychoric_correlations(x, smoothing=smoothing)
        assert np.linalg.eigvalsh(mended.matrix)[0] > 0
        assert mended.largest_change == np.abs(mended.matrix - plain.matrix).max() > 0
        np.testing.assert_array_equal(mended.estimate, plain.estimate)
        assert mended.smoothing == smoothing
    corrected = polychoric_correlations(x, continuity=0.5)
    np.testing.assert_array_equal(corrected.corrected, corrected.empty_cells > 0)
    assert not plain.corrected.any()
    assert (np.abs(corrected.estimate) < 1).all()


def test_a_good_matrix_is_left_alone():
    found = polychoric_correlations(likert(), smoothing="nearest")
    assert found.smoothing == ""
    assert found.largest_change == 0


@settings(deadline=None, max_examples=10)
@given(st.randoms(use_true_random=False))
def test_order_of_persons_and_items_changes_nothing(random):
    x = likert(n=80, missing=0.05)
    persons, items = list(range(80)), list(range(5))
    random.shuffle(persons)
    random.shuffle(items)
    moved = x[persons][:, items]
    np.testing.assert_allclose(
        polychoric_correlations(moved).matrix,
        polychoric_correlations(x).matrix[np.ix_(items, items)],
        atol=1e-8,
    )
    for coefficient in COEFFICIENTS:
        one, other = coefficient(x), coefficient(moved)
        assert one.estimate == pytest.approx(other.estimate, abs=1e-8)
        assert one.ci_lower == pytest.approx(other.ci_lower, abs=1e-7)


def test_a_linear_change_of_scale_changes_nothing():
    x = likert()
    for coefficient in COEFFICIENTS:
        one, other = coefficient(x), coefficient(10 - 2 * x)
        assert one.estimate == pytest.approx(other.estimate, abs=1e-9)
        assert one.ci_upper == pytest.approx(other.ci_upper, abs=1e-9)
    assert categorical_omega(3 * x).standard_deviation == pytest.approx(
        3 * categorical_omega(x).standard_deviation
    )


def test_any_rising_points_give_the_same_correlations_but_not_the_same_omega():
    x = likert()
    steep = np.array([nan, 0, 1, 4, 9, 16])[x.astype(int)]
    np.testing.assert_allclose(
        polychoric_correlations(steep).matrix, polychoric_correlations(x).matrix, atol=1e-12
    )
    assert ordinal_alpha(steep).estimate == pytest.approx(ordinal_alpha(x).estimate, abs=1e-12)
    assert abs(categorical_omega(steep).estimate - categorical_omega(x).estimate) > 1e-3


def test_the_variance_of_the_sum_is_that_of_the_sample():
    x = likert(n=2000)
    # the two-step fit gives the observed covariances back only about: within a percent here
    assert categorical_omega(x).standard_deviation == pytest.approx(x.sum(axis=1).std(), rel=0.01)


def test_ordinal_alpha_is_above_alpha_and_has_no_error_of_measurement():
    x = (likert(n=500) > 3) * 1.0
    found = ordinal_alpha(x)
    assert found.estimate > coefficient_alpha(x).estimate
    assert np.isnan(found.standard_error_of_measurement)
    assert "no unit" in found.reason


@pytest.mark.parametrize("coefficient", COEFFICIENTS)
def test_intervals_from_persons_and_from_groups_are_alike(coefficient):
    x = likert(n=2000, missing=0.1)
    by_person = coefficient(x)
    by_group = coefficient(x, interval="grouped_jackknife", groups=50)
    width = by_person.ci_upper - by_person.ci_lower
    # 50 groups know the standard error to 1/sqrt(98) = 10%
    assert by_group.ci_upper - by_group.ci_lower == pytest.approx(width, rel=0.35)
    counted = coefficient(ItemTally.from_points(x, blocks=40))
    assert counted.method == "grouped_jackknife"
    assert counted.ci_upper - counted.ci_lower == pytest.approx(width, rel=0.4)


@pytest.mark.parametrize("coefficient", COEFFICIENTS)
@pytest.mark.parametrize(
    ("x", "words"),
    [
        ([[1], [2], [2]], "at least"),
        ([[1, 1, 1]], "no polychoric correlation of"),
        ([[1, 2, 3]] * 5, "no polychoric correlation of"),
        ([[nan, nan, nan]] * 3, "no polychoric correlation of"),
        ([[1, nan, 1], [2, nan, 1], [nan, 1, 2], [nan, 2, 2]], "no polychoric correlation of"),
        ([[1, 1, 1], [2, 2, 2], [1, 1, 2], [2, 2, 1]], ""),
        (np.empty((0, 4)), "no polychoric correlation of"),
    ],
)
def test_what_cannot_be_computed_is_nan_with_a_reason(coefficient, x, words):
    found = coefficient(x)
    assert np.isnan(found.ci_lower)
    assert words in found.reason
    assert found.reason
    if words:
        assert np.isnan(found.estimate)


def test_two_items_are_too_few_for_a_factor():
    found = categorical_omega(likert(k=2))
    assert "at least 3 items" in found.reason
    assert np.isnan(found.loadings).all()
    assert not np.isnan(ordinal_alpha(likert(k=2)).estimate)


def test_a_tally_of_one_block_has_no_interval():
    found = ordinal_alpha(ItemTally.from_points(likert()))
    assert "at least 2 blocks" in found.reason
    assert not np.isnan(found.estimate)


def test_a_heywood_case_is_named():
    r = np.array([[1, 0.85, 0.85], [0.85, 1, 0.5], [0.85, 0.5, 1]])  # a loading of sqrt(.85 .85 / .5) > 1
    x = np.rint(np.random.default_rng(3).normal(size=(200, 3)) @ np.linalg.cholesky(r).T)
    found = categorical_omega(x)
    assert found.loadings.max() < 1
    assert "Heywood" in found.remarks


def test_a_reversed_item_is_named_and_not_flipped():
    x = likert(n=500)
    x[:, 2] = 6 - x[:, 2]
    found = categorical_omega(x)
    assert "column 3" in found.remarks
    assert found.loadings[2] < 0
    assert found.estimate < categorical_omega(likert(n=500)).estimate


def test_few_persons_are_too_few_for_weights():
    assert "dwls" in categorical_omega(likert(n=100), estimation="dwls").remarks
    assert categorical_omega(likert(n=600), estimation="dwls").remarks == ""
    assert categorical_omega(likert(n=100)).remarks == ""


def test_many_options_few_persons():
    x = likert(n=100, k=4, options=5)
    wide = x * 3 + np.random.default_rng(1).integers(0, 3, x.shape)
    found = categorical_omega(wide)
    assert found.ci_lower < found.estimate < found.ci_upper


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: polychoric_correlations(np.arange(200.0).reshape(100, 2)), "too many options"),
        (lambda: polychoric_correlations(likert(), missing="em"), "missing="),
        (lambda: polychoric_correlations(likert(), continuity=-1), "continuity"),
        (lambda: polychoric_correlations(likert(), smoothing="yes"), "smoothing"),
        (lambda: polychoric_correlations(likert(), confidence=95), "confidence"),
        (lambda: polychoric_correlations([["a", "b"]]), "not a number|not numbers"),
        (lambda: ordinal_alpha(likert(), interval="feldt"), "interval"),
        (lambda: ordinal_alpha(likert(), groups=1), "groups"),
        (lambda: ordinal_alpha(ItemTally.from_points(likert()), interval="adf"), "needs each person"),
        (lambda: categorical_omega(likert(), estimation="ml"), "estimation"),
        (lambda: categorical_omega(likert(), total_variance="observed"), "total_variance"),
        (lambda: mixed_correlations(likert(), ordinal=["q1", 9]), "not there"),
    ],
)
def test_what_has_no_meaning_is_refused(call, words):
    with pytest.raises(EstimationError, match=words):
        call()


def test_mixed_correlations_say_the_kind_of_each_pair():
    rng = np.random.default_rng(2)
    x = likert(n=300, k=3)
    frame = pd.DataFrame({"a": x[:, 0], "time": x[:, 1] + rng.normal(size=300), "b": (x[:, 1] > 3) * 1.0})
    frame["speed"] = x[:, 2] + rng.normal(size=300)
    found = mixed_correlations(frame, ordinal=["a", "b"])
    pairs = found.to_frame().set_index(["item_a", "item_b"])
    assert dict(pairs.kind) == {
        ("a", "time"): "polyserial",
        ("a", "b"): "polychoric",
        ("a", "speed"): "polyserial",
        ("time", "b"): "biserial",
        ("time", "speed"): "pearson",
        ("b", "speed"): "biserial",
    }
    assert pairs.estimate["time", "speed"] == pytest.approx(frame.time.corr(frame.speed), rel=1e-12)
    expected = polychoric_correlations(frame[["a", "b"]])
    assert pairs.estimate["a", "b"] == expected.estimate[0]
    assert [len(one) for one in found.thresholds] == [4, 0, 1, 0]
    assert ((pairs.ci_lower < pairs.estimate) & (pairs.estimate < pairs.ci_upper)).all()
    np.testing.assert_array_equal(mixed_correlations(frame, ordinal=[0, 2]).matrix, found.matrix)


def test_mixed_correlations_of_one_kind_only():
    x = likert(missing=0.1)
    np.testing.assert_array_equal(
        mixed_correlations(x, ordinal=range(5)).matrix, polychoric_correlations(x).matrix
    )
    np.testing.assert_allclose(mixed_correlations(x, ordinal=[]).matrix, pd.DataFrame(x).corr(), rtol=1e-10)


def test_mixed_correlations_without_spread_say_why():
    x = np.array([[1, 0.5, 3], [1, 0.7, 3], [2, 0.9, 3], [2, nan, 3]])
    found = mixed_correlations(x, ordinal=[0])
    assert found.estimate[0] == 1
    assert "perfect association" in found.pair_reasons[0]
    assert "does not vary" in found.pair_reasons[1]
    assert "does not vary" in found.pair_reasons[2]
    empty = mixed_correlations(np.full((3, 2), nan), ordinal=[1])
    assert empty.pair_reasons == ("fewer than 2 persons have both items",)


def test_results_become_plain_data():
    found = polychoric_correlations(likert(n=30, k=3))
    assert found.to_dict()["rows"][0]["kind"] == "polychoric"
    assert "30 persons" in repr(found)
    assert "<table" in found._repr_html_()
    assert categorical_omega(likert(n=30, k=3)).to_dict()["rows"][0]["estimation"] == "uls"
