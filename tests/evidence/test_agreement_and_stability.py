"""Intraclass correlation as a user calls it."""

import numpy as np
import oracles
import pandas as pd
import pingouin
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from psychometrics.errors import EstimationError
from psychometrics.evidence.agreement.intraclass import intraclass_correlation
from psychometrics.kernels.components.intraclass import FORMS

CLOSED = 1e-10  # a closed formula: only round-off may differ


def long_frame(x):
    target, rater = np.nonzero(~np.isnan(x))
    return pd.DataFrame(
        {
            "person_id": [f"p{i}" for i in target],
            "rater_id": [f"r{j}" for j in rater],
            "level": x[target, rater],
        }
    )


@pytest.mark.filterwarnings("ignore")  # of pandas, about how pingouin calls it
def test_pingouin_agrees():
    x = oracles.data("sim_icc_500x4.csv")
    table = pingouin.intraclass_corr(long_frame(x), targets="person_id", raters="rater_id", ratings="level")
    for form, estimate in zip(("1,1", "A,1", "C,1", "1,k", "A,k", "C,k"), table["ICC"], strict=True):
        # pingouin takes its sums of squares from another route
        assert intraclass_correlation(x, form=form).estimate == pytest.approx(estimate, rel=1e-8)


@pytest.mark.parametrize("form", FORMS)
def test_table_and_long_frame_are_one(form):
    x = oracles.data("sim_ratings_1000x3_na.csv")
    table, long = intraclass_correlation(x, form=form), long_frame(x)
    for frame in (long, pl.DataFrame(long.to_dict("list")), long.sample(frac=1, random_state=1)):
        found = intraclass_correlation(frame, form=form)
        # rows in another order: sums differ by round-off, the optimum by about 1e-9
        assert found.estimate == pytest.approx(table.estimate, rel=1e-7)
        assert found.ci_lower == pytest.approx(table.ci_lower, rel=1e-5)  # second differences
    assert table.method.startswith("REML")
    assert (table.n_targets, table.n_raters, table.n_ratings) == (999, 3, 2698)


def test_complete_long_frame_takes_anova():
    x = oracles.data("shrout_fleiss_6x4.csv")
    found = intraclass_correlation(long_frame(x))
    assert found.method.startswith("ANOVA")
    assert found.estimate == intraclass_correlation(x).estimate
    assert found.variance_target == pytest.approx(2.5555555556, rel=1e-9)  # (11.2417 - 1.0194) / 4


def test_duplicates_are_listed_never_averaged():
    frame = pd.concat([long_frame(oracles.data("shrout_fleiss_6x4.csv"))] * 2).iloc[:26]
    with pytest.raises(EstimationError, match="more than once") as caught:
        intraclass_correlation(frame)
    assert [problem.rows for problem in caught.value.problems] == [(1, 25), (2, 26)]


def test_long_frames_need_ids_and_numbers():
    frame = long_frame(oracles.data("shrout_fleiss_6x4.csv"))
    for wrong in (frame.drop(columns="level"), frame.assign(level="x"), frame.assign(rater_id=None)):
        with pytest.raises(EstimationError):
            intraclass_correlation(wrong)
    with pytest.raises(EstimationError, match="form"):
        intraclass_correlation(frame, form="ICC2")


values = st.sampled_from([np.nan, 1.0, 2.0, 3.0, 4.0])


@settings(max_examples=100, deadline=None)
@given(
    arrays(np.float64, st.tuples(st.integers(0, 6), st.integers(0, 4)), elements=values),
    st.sampled_from(FORMS),
)
def test_a_number_within_bounds_or_a_reason(x, form):
    found = intraclass_correlation(x, form=form)
    if np.isnan(found.estimate):
        assert found.reason
        return
    assert found.estimate <= 1 + 1e-9  # round-off
    assert found.reason or found.ci_lower - 1e-9 <= found.estimate <= found.ci_upper + 1e-9
    if found.method.startswith("REML"):
        assert found.estimate >= 0
