"""Coefficient alpha as a user calls it."""

import numpy as np
import pandas as pd
import pingouin
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import t as student

import psychometrics as pm
from psychometrics.errors import EstimationError
from psychometrics.evidence.consistency.alpha import coefficient_alpha
from psychometrics.evidence.consistency.alpha_intervals import INTERVALS
from psychometrics.tallying.item_tally import ItemTally

CLOSED = 1e-10  # a closed formula: only round-off may differ
tables = arrays(np.float64, (9, 4), elements=st.integers(1, 5).map(float))


def sample(n=120, k=6):
    rng = np.random.default_rng(8)
    return np.clip(np.rint(3 + rng.normal(size=(n, 1)) + rng.normal(size=(n, k))), 1, 5)


def test_pingouin_agrees():
    x = sample()
    found = coefficient_alpha(x, interval="feldt")
    estimate, bounds = pingouin.cronbach_alpha(pd.DataFrame(x))
    assert found.estimate == pytest.approx(estimate, rel=CLOSED)
    assert (found.ci_lower, found.ci_upper) == pytest.approx(
        tuple(bounds), abs=5.1e-4
    )  # pingouin rounds to 3 places


def test_every_container_gives_the_same():
    x = sample()
    x[3, 2] = np.nan
    names = list("abcdef")
    expected = coefficient_alpha(x).estimate
    nullable = pd.DataFrame(x, columns=names).convert_dtypes()
    polars = pl.DataFrame(
        {name: [None if np.isnan(v) else int(v) for v in x[:, i]] for i, name in enumerate(names)}
    )
    lists = [[None if np.isnan(v) else v for v in row] for row in x]
    for given_as in (x.tolist(), lists, pd.DataFrame(x), nullable, polars, np.ma.masked_invalid(x)):
        assert coefficient_alpha(given_as).estimate == expected


@settings(max_examples=60, deadline=None)
@given(tables, st.sampled_from([0.5, 2.0, -1.0, 4.0]), st.integers(-3, 3), st.randoms(use_true_random=False))
def test_scale_and_order_change_nothing(x, factor, shift, random):
    before = coefficient_alpha(x)
    rows, columns = list(range(9)), list(range(4))
    random.shuffle(rows)
    random.shuffle(columns)
    after = coefficient_alpha(x[rows][:, columns] * factor + shift)
    for name in ("estimate", "ci_lower", "ci_upper"):
        # 1e-8: the sums run in another order, and variances near zero magnify that
        assert getattr(after, name) == pytest.approx(getattr(before, name), rel=1e-8, abs=1e-8, nan_ok=True)


@settings(max_examples=100, deadline=None)
@given(
    arrays(
        np.float64,
        st.tuples(st.integers(0, 6), st.integers(1, 4)),
        elements=st.sampled_from([np.nan, 0.0, 1.0, 2.0]),
    )
)
def test_a_number_or_a_reason(x):
    for interval in INTERVALS:
        found = coefficient_alpha(x, interval=interval, resamples=50)
        numbers = (found.estimate, found.ci_lower, found.ci_upper, found.standard_error_of_measurement)
        assert found.reason or np.isfinite(numbers).all()
        assert np.isnan(found.estimate) or found.estimate <= 1 + 1e-12  # round-off


@pytest.mark.parametrize(
    ("x", "words"),
    [
        ([[1.0], [2.0], [3.0]], "2 items"),
        ([[1, 2, 3]], "2 persons"),
        ([[2, 2], [2, 2], [2, 2]], "no item varies"),
        ([[1, 3], [2, 2], [3, 1]], "total score"),
        ([[1, None], [2, None], [None, 1], [None, 2]], "together"),
        ([[1, 2], [2, 1]], "total score"),
        ([[1, 1], [None, 0], [0, 0]], "contradict"),
    ],
)
def test_reasons(x, words):
    found = coefficient_alpha(x)
    assert np.isnan(found.estimate)
    assert words in found.reason


def test_negative_alpha_stays_and_has_no_error_of_measurement():
    found = coefficient_alpha([[1, 5, 2], [2, 3, 3], [3, 1, 1], [4, 2, 4], [5, 1, 2]])
    assert found.estimate < 0
    assert np.isnan(found.standard_error_of_measurement)
    assert "negative" in found.reason


def test_text_and_infinities_are_refused_by_name():
    frame = pd.DataFrame(
        {"a": [1, 2], "sex": ["f", "m"], "day": pd.to_datetime(["2026-01-01", "2026-01-02"])}
    )
    with pytest.raises(EstimationError, match="sex") as caught:
        coefficient_alpha(frame)
    assert {problem.where for problem in caught.value.problems} == {"sex", "day"}
    with pytest.raises(EstimationError, match="b: infinite"):
        coefficient_alpha(pd.DataFrame({"a": [1.0, 2.0], "b": [np.inf, 1.0]}))
    for wrong in ([["1", "2"]], [1, 2, 3], [[1, 2], [3]]):
        with pytest.raises(EstimationError):
            coefficient_alpha(wrong)


def test_words_are_checked():
    for wrong in ({"missing": "mean"}, {"interval": "wald"}, {"confidence": 95}):
        with pytest.raises(EstimationError):
            coefficient_alpha(sample(), **wrong)


@pytest.mark.parametrize("interval", ["feldt", "bonett", "duhachek"])
def test_a_tally_gives_the_same_as_its_persons(interval):
    x = sample()
    x[5, 1] = x[9, 3] = np.nan
    counts = ItemTally.from_points(x, options=[1, 2, 3, 4, 5])
    for missing in ("pairwise", "listwise"):
        of_persons = coefficient_alpha(x, interval=interval, missing=missing)
        of_counts = coefficient_alpha(counts, interval=interval, missing=missing)
        for name in ("estimate", "ci_lower", "ci_upper", "n_persons", "standard_error_of_measurement"):
            # whole points: sums are exact; the variance of the sum is then added up in another order
            assert getattr(of_counts, name) == pytest.approx(getattr(of_persons, name), rel=CLOSED)


def test_a_tally_falls_back_to_its_blocks_and_says_so():
    x = sample(n=400)
    found = coefficient_alpha(ItemTally.from_points(x, blocks=20))
    assert "grouped_jackknife (20 blocks" in found.method
    left = [np.arange(400) % 20 != block for block in range(20)]
    logs = np.log([1 - coefficient_alpha(x[rows]).estimate for rows in left])
    half = student.ppf(0.975, 19) * np.sqrt(19 / 20 * np.square(logs - logs.mean()).sum())
    assert found.ci_lower == pytest.approx(1 - (1 - found.estimate) * np.exp(half), rel=1e-9)
    several = coefficient_alpha([ItemTally.from_points(part, options=range(1, 6)) for part in np.split(x, 4)])
    assert several.estimate == pytest.approx(found.estimate, rel=CLOSED)
    assert "4 blocks" in several.method
    one = coefficient_alpha(ItemTally.from_points(x))
    assert np.isnan(one.ci_lower)
    assert "one block" in one.reason


def test_what_does_not_go_together_is_refused():
    x = sample()
    counts = ItemTally.from_points(x)
    with pytest.raises(EstimationError, match="em"):
        coefficient_alpha(counts, missing="em")
    for arguments in ({"x": counts}, {"x": x, "missing": "em"}):
        with pytest.raises(EstimationError, match="draws persons"):
            coefficient_alpha(arguments.pop("x"), interval="bca", **arguments)
    with pytest.raises(EstimationError, match="raw alpha"):
        coefficient_alpha(x, interval="feldt", standardized=True)


def test_em_uses_what_listwise_throws_away():
    x = sample(n=300)
    x[:, 0][x[:, 1] > 3] = np.nan  # missing at random: it depends on another item
    whole = sample(n=300)
    found = coefficient_alpha(x, missing="em")
    assert found.missing == "em"
    assert "grouped_jackknife (20 groups; em" in found.method
    assert found.ci_lower < found.estimate < found.ci_upper
    truth = coefficient_alpha(whole).estimate
    assert abs(found.estimate - truth) < abs(coefficient_alpha(x, missing="listwise").estimate - truth)
    assert coefficient_alpha(whole, missing="em").estimate == pytest.approx(truth, rel=CLOSED)
    assert "singular" in coefficient_alpha([[1, 1], [2, 2], [3, 3], [np.nan, 5]], missing="em").reason


def test_listwise_is_the_whole_rows():
    x = sample()
    x[[1, 5, 8], [0, 2, 4]] = np.nan
    whole = x[~np.isnan(x).any(axis=1)]
    for interval in INTERVALS:
        found = coefficient_alpha(x, missing="listwise", interval=interval, resamples=200)
        expected = coefficient_alpha(whole, interval=interval, resamples=200)
        assert found.n_persons == len(whole) == 117
        assert (found.estimate, found.ci_lower, found.ci_upper) == pytest.approx(
            (expected.estimate, expected.ci_lower, expected.ci_upper), rel=CLOSED
        )


@pytest.mark.parametrize("interval", INTERVALS)
def test_gaps_or_none_give_nearly_the_same_interval(interval):
    """One gap in 120 persons moves an interval little: the roads for complete and for pairwise data meet."""
    x = sample()
    gap = x.copy()
    gap[3, 2] = np.nan
    one, other = (coefficient_alpha(y, interval=interval) for y in (x, gap))
    # one value in 720
    assert (one.ci_lower, one.ci_upper) == pytest.approx((other.ci_lower, other.ci_upper), abs=0.006)


@pytest.mark.parametrize("interval", ["adf", "duhachek", "bootstrap", "bca", "grouped_jackknife"])
def test_standardised_alpha_is_raw_alpha_of_standard_scores(interval):
    x = sample()
    z = (x - x.mean(axis=0)) / x.std(axis=0, ddof=1)
    found = coefficient_alpha(x * np.arange(1, 7), interval=interval, standardized=True, resamples=300)
    assert found.coefficient == "standardized_alpha"
    assert found.estimate == pytest.approx(coefficient_alpha(z).estimate, rel=CLOSED)
    assert found.standard_deviation == pytest.approx(z.sum(axis=1).std(ddof=1), rel=CLOSED)
    assert found.ci_lower < found.estimate < found.ci_upper
    constant = coefficient_alpha(np.column_stack([x, np.ones(len(x))]), standardized=True)
    assert "does not vary" in constant.reason


def test_the_same_seed_gives_the_same_bootstrap():
    x = sample()
    first, again, other = (coefficient_alpha(x, interval="bca", seed=seed) for seed in (1, 1, 2))
    assert (first.ci_lower, first.ci_upper) == (again.ci_lower, again.ci_upper)
    assert first.ci_lower != other.ci_lower
    assert "2000 samples, seed 1" in first.method


def test_known_faults_of_others_are_not_ours():
    rng = np.random.default_rng(20)
    # reliabilipy takes absolute correlations: .63 for 20 independent items
    independent = coefficient_alpha(rng.normal(size=(100, 20)))
    assert abs(independent.estimate) < 0.35
    assert independent.ci_lower < 0 < independent.ci_upper
    # mirt takes negative codes for missing: 1.11 for items coded 1 and -3
    x = sample()
    coded = np.where(x > 3, 1.0, -3.0)
    assert coefficient_alpha(coded).estimate == pytest.approx(coefficient_alpha(x > 3).estimate, rel=CLOSED)
    # mirt adds missing as 0: .445 instead of .82 with 40% missing
    gaps = sample(n=2000)
    before = coefficient_alpha(gaps).estimate
    gaps[rng.random(gaps.shape) < 0.4] = np.nan
    assert coefficient_alpha(gaps).estimate == pytest.approx(before, abs=0.03)
    # pingouin keeps the number of persons from before the deletion in its interval
    few = sample(n=40)
    few[::4, 1] = np.nan
    ours = coefficient_alpha(few, missing="listwise", interval="feldt")
    whole = coefficient_alpha(few[~np.isnan(few).any(axis=1)], interval="feldt")
    assert (ours.n_persons, ours.ci_lower, ours.ci_upper) == (30, whole.ci_lower, whole.ci_upper)


def test_responses_give_the_same_from_their_codes_as_from_their_points():
    """GAD-7 has even points; the codes of complete responses need no matrix, a gap does."""
    rng = np.random.default_rng(4)
    codes = np.clip(np.rint(rng.normal(size=(80, 1)) + rng.normal(size=(80, 7)) + 1), 0, 3).astype(int)
    frame = {
        "person_id": [f"p{i}" for i in range(80)],
        **{f"q{i + 1}": codes[:, i].tolist() for i in range(7)},
    }
    responses = pm.read_responses(frame, "gad-7")
    for interval in INTERVALS:
        found = coefficient_alpha(responses, interval=interval, resamples=100)
        expected = coefficient_alpha(codes, interval=interval, resamples=100)
        assert (found.estimate, found.ci_lower, found.ci_upper) == pytest.approx(
            (expected.estimate, expected.ci_lower, expected.ci_upper), rel=CLOSED
        )
    assert found.source.instrument.startswith("gad-7")
    with pytest.raises(EstimationError, match="scale"):
        coefficient_alpha(codes, scale="gad")
