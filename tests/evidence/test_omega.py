"""Omega and its relatives as called: names, degenerate input, nothing flipped, properties, tallies, coverage."""

import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import psychometrics as pm
from psychometrics.errors import EstimationError
from psychometrics.evidence.consistency.omega import coefficient_omega
from psychometrics.evidence.consistency.omega_bifactor import omega_bifactor
from psychometrics.evidence.consistency.omega_hierarchical import omega_hierarchical
from psychometrics.evidence.consistency.unidimensionality import unidimensionality
from psychometrics.tallying import ItemTally, tally

ITERATIVE = 1e-6  # fits are iterated to steps of 1e-9, and start elsewhere when items change places
GROUPS = {"a": [0, 1, 2, 3], "b": [4, 5, 6, 7]}


def likert(n=200, k=8, seed=1, share_missing=0.0):
    rng = np.random.default_rng(seed)
    x = np.clip(np.rint(3 + rng.normal(size=(n, 1)) + rng.normal(size=(n, k))), 1, 5)
    x[rng.random(x.shape) < share_missing] = np.nan
    return x


def two_groups(n=400, seed=1):
    rng = np.random.default_rng(seed)
    own = np.repeat(rng.normal(size=(n, 2)), 4, axis=1)
    return rng.normal(size=(n, 1)) + 0.7 * own + rng.normal(size=(n, 8))


def test_the_name_says_which_omega_it_is():
    x = likert()
    assert coefficient_omega(x).coefficient == "omega_total_one_factor"
    observed = coefficient_omega(x, total_variance="observed")
    assert observed.coefficient == "omega_total_one_factor_observed_variance"
    assert omega_hierarchical(x, groups=2).statistic[1] == "omega_hierarchical_schmid_leiman"
    assert (
        omega_bifactor(x, GROUPS, interval="grouped_jackknife").statistic[1] == "omega_hierarchical_bifactor"
    )


def test_parallel_items_give_alpha():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(100_000, 1)) + rng.normal(size=(100_000, 5))
    found = coefficient_omega(x)
    # 5 / 6; the error of the estimate is about .2 (1 - omega) / sqrt(n) = .0008 / 3
    assert found.estimate == pytest.approx(5 / 6, abs=0.003)
    assert found.ci_lower < 5 / 6 < found.ci_upper
    assert found.standard_error_of_measurement == pytest.approx(np.sqrt(5), rel=0.01)


def test_independent_items_give_omega_near_zero():
    x = np.random.default_rng(3).normal(size=(2000, 20))
    assert abs(coefficient_omega(x).estimate) < 0.1
    assert omega_hierarchical(x, groups=2).value("omega_hierarchical") < 0.1


def test_items_keyed_the_wrong_way_lower_omega_and_are_named():
    x = pd.DataFrame(likert(), columns=list("abcdefgh"))
    right = coefficient_omega(x)
    wrong = coefficient_omega(x.assign(b=6 - x.b, d=6 - x.d, f=6 - x.f))
    assert not right.remarks
    assert wrong.estimate < right.estimate - 0.4
    assert wrong.remarks.endswith("(check the key): b, d, f")
    np.testing.assert_allclose(np.abs(wrong.loadings), np.abs(right.loadings), atol=ITERATIVE)


def test_a_copied_item_is_a_heywood_case_and_said():
    x = likert()
    found = coefficient_omega(np.column_stack([x, x[:, 0]]))
    assert "Heywood" in found.remarks and "column 9" in found.remarks
    assert 0 < found.estimate < 1
    assert np.isfinite([found.ci_lower, found.ci_upper]).all()


@pytest.mark.parametrize("estimation", ["ml", "minres"])
def test_fewer_persons_than_items(estimation):
    found = coefficient_omega(likert(n=6, k=9), estimation=estimation)
    assert np.isfinite(found.estimate) and found.estimate <= 1
    assert (found.ci_lower < found.estimate < found.ci_upper) or found.reason


@pytest.mark.parametrize(
    ("x", "reason"),
    [
        (np.empty((0, 4)), "3 persons"),
        (np.full((9, 4), np.nan), "3 persons"),
        (likert(n=2), "3 persons"),
        (likert(k=1), "3 items"),
        (likert(k=2), "3 items"),
        (np.ones((9, 4)), "does not vary"),
        (np.column_stack([likert(), np.ones(200)]), "does not vary"),
        (np.column_stack([likert(), -likert()]), "total score does not vary"),
    ],
)
def test_degenerate_input_gives_nan_with_a_reason(x, reason):
    found = coefficient_omega(x)
    assert np.isnan(found.estimate) and np.isnan(found.standard_error_of_measurement)
    assert reason in found.reason
    several = unidimensionality(x)
    assert np.isnan(several.estimate).all() and all(reason in one for one in several.reason)
    assert repr(found) and repr(several) and len(found.to_frame()) == 1


def test_copies_of_one_item():
    found = coefficient_omega(np.repeat(likert(k=1), 4, axis=1))
    assert found.estimate == pytest.approx(1, abs=0.01)
    assert "Heywood" in found.remarks


@pytest.mark.parametrize("missing", ["pairwise", "listwise", "em"])
@pytest.mark.parametrize("interval", [None, "grouped_jackknife"])
def test_values_missing_do_not_crash(missing, interval):
    x = likert(share_missing=0.1)
    found = coefficient_omega(x, missing=missing, interval=interval)
    assert found.ci_lower < found.estimate < found.ci_upper
    whole = coefficient_omega(likert()).estimate
    assert found.estimate == pytest.approx(whole, abs=0.05)
    assert omega_hierarchical(x, missing=missing, groups=5).value("omega_total") == pytest.approx(
        whole, abs=0.05
    )


def test_intervals_agree_on_a_large_sample():
    x = likert(n=1000)
    ends = {}
    for interval in ("adf", "grouped_jackknife", "bootstrap", "bca"):
        found = coefficient_omega(x, interval=interval, replicates=500)
        assert found.method == interval
        ends[interval] = np.array([found.ci_lower, found.ci_upper])
    length = np.ptp(ends["adf"])
    for one in ends.values():
        # 500 resamples know a 2.5% point to about a tenth of the length; 20 groups the error to 16%
        assert np.abs(one - ends["adf"]).max() < 0.3 * length


def test_the_same_seed_gives_the_same_interval():
    x = likert()
    one, same, other = (
        coefficient_omega(x, interval="bootstrap", replicates=100, seed=seed) for seed in (1, 1, 2)
    )
    assert one.ci_lower == same.ci_lower
    assert one.ci_lower != other.ci_lower


def test_intervals_cover_skewed_items():
    """Congeneric five-category items, 69% in the lowest category; the full study is in tests/benchmarks."""
    loadings = np.linspace(0.5, 0.8, 8)
    rng = np.random.default_rng(7)

    def draw(n):
        latent = rng.normal(size=(n, 1)) * loadings + rng.normal(size=(n, 8)) * np.sqrt(1 - loadings**2)
        return np.digitize(latent, (0.5, 1.0, 1.5, 2.0)).astype(float)

    truth = coefficient_omega(draw(400_000), interval="grouped_jackknife", groups=2).estimate
    found = [coefficient_omega(draw(100)) for _ in range(150)]
    share = np.mean([one.ci_lower <= truth <= one.ci_upper for one in found])
    # of 150 at 95%, fewer than 89% hit with a chance of 0.2%; normal-theory intervals cover about 86% here
    assert share >= 0.89


def test_tally_gives_the_same_estimate_and_an_interval():
    x = np.rint(np.clip(two_groups(n=500), -3, 3))
    counts = ItemTally.from_points(x, blocks=20)
    ours, theirs = coefficient_omega(x), coefficient_omega(counts)
    assert theirs.estimate == pytest.approx(ours.estimate, rel=1e-12)
    assert theirs.method == "grouped_jackknife"
    assert theirs.ci_lower < theirs.estimate < theirs.ci_upper
    assert np.isnan(coefficient_omega(ItemTally.from_points(x)).ci_lower)
    with pytest.raises(EstimationError, match="needs each person"):
        coefficient_omega(counts, interval="bca")
    structure = omega_bifactor(counts, GROUPS)
    assert structure.value("omega_total") == pytest.approx(
        omega_bifactor(x, GROUPS).value("omega_total"), abs=ITERATIVE
    )
    assert unidimensionality(counts).value("congeneric_fit") == pytest.approx(
        unidimensionality(x).value("congeneric_fit"), abs=ITERATIVE
    )


@settings(max_examples=15, deadline=None)
@given(st.randoms(use_true_random=False), st.integers(0, 20))
def test_order_of_persons_and_items_does_not_matter(random, seed):
    x = likert(n=60, k=5, seed=seed)
    rows, columns = list(range(60)), list(range(5))
    random.shuffle(rows)
    random.shuffle(columns)
    before, after = coefficient_omega(x), coefficient_omega(x[np.ix_(rows, columns)])
    assert after.estimate == pytest.approx(before.estimate, abs=ITERATIVE)
    assert after.ci_lower == pytest.approx(before.ci_lower, abs=1e-4)


@settings(max_examples=15, deadline=None)
@given(st.floats(0.01, 100), st.floats(-1000, 1000), st.booleans())
def test_a_linear_change_of_scale_does_not_matter(factor, shift, reverse):
    x = likert(n=60, k=5)
    sign = -1 if reverse else 1
    before, after = coefficient_omega(x), coefficient_omega(sign * factor * x + shift)
    assert after.estimate == pytest.approx(before.estimate, abs=ITERATIVE)
    assert after.ci_upper == pytest.approx(before.ci_upper, abs=1e-4)


def test_omega_hierarchical_with_one_factor_is_omega_total():
    found = omega_hierarchical(likert(), n_factors=1)
    assert found.value("omega_hierarchical") == pytest.approx(found.value("omega_total"), rel=1e-12)
    assert found.group_ids == ()
    expected = coefficient_omega(likert(), estimation="minres", total_variance="observed").estimate
    # with the sums in points and the fit to correlations, as in coefficient_omega
    assert found.value("omega_hierarchical") == pytest.approx(expected, abs=1e-5)


def test_two_factors_need_a_choice():
    x = two_groups()
    with pytest.raises(EstimationError, match="do not identify"):
        omega_hierarchical(x, n_factors=2)
    found = {
        choice: omega_hierarchical(x, n_factors=2, two_factors=choice, groups=4)
        for choice in ("equal", "first", "second")
    }
    assert "rests on a choice" in found["equal"].remarks
    assert len({round(one.value("omega_hierarchical"), 4) for one in found.values()}) == 3
    assert len({round(one.value("omega_total"), 9) for one in found.values()}) == 1


def test_too_many_factors_are_refused():
    with pytest.raises(EstimationError, match="carry 1 to 2"):
        omega_hierarchical(likert(k=5), n_factors=3)


@pytest.mark.parametrize("rotation", ["oblimin", "promax"])
def test_hierarchical_finds_the_general_share(rotation):
    rng = np.random.default_rng(5)
    n = 4000
    own = np.repeat(rng.normal(size=(n, 3)), 4, axis=1)
    x = rng.normal(size=(n, 1)) + 0.8 * own + rng.normal(size=(n, 12))
    variance = 144 + 3 * (4 * 0.8) ** 2 + 12
    found = omega_hierarchical(x, rotation=rotation)
    row = found.statistic.index("omega_hierarchical_schmid_leiman")
    assert found.estimate[row] == pytest.approx(144 / variance, abs=0.03)
    if rotation == "oblimin":  # promax holds the factors too far apart here: .76 for .77
        assert found.ci_lower[row] < 144 / variance < found.ci_upper[row]
    assert found.value("omega_total") == pytest.approx(1 - 12 / variance, abs=0.01)
    assert found.members.sum(axis=0).tolist() == [4, 4, 4]


def test_bifactor_finds_the_general_share_and_its_fit():
    x = two_groups(n=3000)
    variance = 64 + 2 * (4 * 0.7) ** 2 + 8
    found = omega_bifactor(x, GROUPS)
    row = found.statistic.index("omega_hierarchical_bifactor")
    assert found.ci_lower[row] < 64 / variance < found.ci_upper[row]
    assert found.value("uncontaminated_correlations") == pytest.approx(1 - 12 / 28, rel=1e-12)
    assert found.goodness is not None
    assert found.value("rmsea") < 0.05 and found.value("df") == 12
    assert found.value("omega_subscale", "a") > found.value("omega_hierarchical_subscale", "a")
    table = pd.DataFrame(dict(found.loadings_table()))
    assert list(table.columns) == ["item_id", "general", "a", "b", "uniqueness"]
    with pytest.raises(EstimationError, match="no statistic"):
        found.value("omega_nonsense")


def test_bifactor_with_values_missing_has_no_chi_square():
    x = two_groups()
    x[0, 0] = np.nan
    found = omega_bifactor(x, GROUPS)
    row = found.statistic.index("chi_square")
    assert np.isnan(found.estimate[row]) and "listwise" in found.reason[row]
    assert np.isfinite(found.value("srmr"))
    assert np.isfinite(omega_bifactor(x, GROUPS, missing="listwise").value("chi_square"))


@pytest.mark.parametrize(
    ("groups", "message"),
    [
        ({"a": [0, 1], "b": [3, 4, 5]}, "too small"),
        ({"a": [0, 1, 2]}, "at least 2 groups"),
        ({"a": [0, 1, 2], "b": [2, 3, 4]}, "more than one group"),
        ({"a": [0, 1, 99], "b": ["nobody", 3, 4]}, "not there"),
        (None, "at least 2 groups"),
    ],
)
def test_groups_that_do_not_fit_are_refused(groups, message):
    with pytest.raises(EstimationError, match=message):
        omega_bifactor(likert(), groups)


def test_items_without_a_group_load_on_the_general_factor_alone():
    found = omega_bifactor(two_groups(), {"a": [0, 1, 2], "b": [4, 5, 6]})
    assert "column 4, column 8" in found.remarks
    assert not found.loadings[3, 1:].any()


def test_unidimensionality_tells_one_factor_from_two():
    one, two = unidimensionality(likert(n=1000)), unidimensionality(two_groups(n=1000))
    for statistic in ("unidimensionality", "eigenvalue_ratio", "one_factor_cfi", "explained_common_variance"):
        assert one.value(statistic) > two.value(statistic)
    assert one.value("one_factor_rmsea") < two.value("one_factor_rmsea")
    four = unidimensionality(likert(k=4))
    row = four.statistic.index("explained_common_variance")
    assert np.isnan(four.estimate[row]) and "6 items" in four.reason[row]


@pytest.mark.parametrize("function", [coefficient_omega, omega_hierarchical, unidimensionality])
def test_no_warnings_from_odd_data(function):
    rng = np.random.default_rng(0)
    rare = (rng.random((60, 8)) < 0.05).astype(float)
    outlier = np.vstack([likert(), np.full((1, 8), 1000.0)])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for x in (rare + np.eye(60, 8), outlier, likert(n=9), 1e8 * likert() + 1e9):
            frame = function(x).to_frame()
            gone = frame["estimate"].isna() | (frame["reason"] != "")
            assert (gone | np.isfinite(frame["estimate"])).all()


def test_words_that_are_not_known_are_refused():
    for wrong in (
        {"interval": "magic"},
        {"estimation": "gls"},
        {"total_variance": "x"},
        {"missing": "drop"},
        {"confidence": 2},
    ):
        with pytest.raises(EstimationError):
            coefficient_omega(likert(), **wrong)
    with pytest.raises(EstimationError, match="does not go with"):
        coefficient_omega(likert(), missing="em", interval="adf")


def work_engagement(n=300):
    """Simulated answers to an instrument whose total holds three subscales of three items."""
    rng = np.random.default_rng(4)
    instrument = pm.load_instrument("uwes-9")
    general, own = rng.normal(size=n), {one.id: rng.normal(size=n) for one in instrument.scales}
    columns = {"person_id": [f"p{i}" for i in range(n)]}
    for item in instrument.items:
        scale = next(one.id for one in instrument.scales[1:] if item.id in one.items)
        value = 3 + general + 0.8 * own[scale] + 0.7 * rng.normal(size=n)
        columns[item.id] = np.clip(np.rint(value), 0, 6).astype(int)
    return instrument, pm.read_responses(columns, instrument)


def test_groups_come_from_the_instrument():
    instrument, responses = work_engagement()
    found = omega_bifactor(responses)
    assert found.group_ids == ("vigor", "dedication", "absorption")
    assert found.n_items == 9
    assert found.source.instrument == "uwes-9@1.0.0"
    assert omega_bifactor(responses, scale="total").estimate.tolist() == found.estimate.tolist()
    counted = omega_bifactor(tally(instrument, responses))
    assert counted.group_ids == found.group_ids
    assert counted.value("omega_hierarchical") == pytest.approx(
        found.value("omega_hierarchical"), abs=ITERATIVE
    )
    assert counted.method == "grouped_jackknife"
    with pytest.raises(EstimationError, match="only in pairs"):
        omega_bifactor(tally(instrument, responses), missing="listwise")
    with pytest.raises(EstimationError, match="at least 2 groups"):
        omega_bifactor(responses, scale="vigor")
    assert coefficient_omega(responses, scale="vigor").n_items == 3
    assert omega_hierarchical(responses, scale="total", groups=4).n_items == 9


def test_a_model_that_does_not_settle_is_grouped_and_quick():
    x = likert(n=500, k=9)
    found = omega_bifactor(x, {"a": [0, 1, 2], "b": [3, 4, 5], "c": [6, 7, 8]})
    assert found.method in {"adf", "grouped_jackknife"}
    assert found.ci_lower[0] < found.estimate[0] < found.ci_upper[0]
