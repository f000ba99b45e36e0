"""Coefficient alpha as a user calls it."""

import numpy as np
import pandas as pd
import pingouin
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from psychometrics.errors import EstimationError
from psychometrics.evidence.consistency.alpha import coefficient_alpha

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
    for interval in ("adf", "feldt", "bonett"):
        found = coefficient_alpha(x, interval=interval)
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
