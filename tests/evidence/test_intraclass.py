"""Intraclass correlations as a user calls them."""

import numpy as np
import oracles
import pandas as pd
import pingouin
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from instruments_for_tests import with_rubric

import psychometrics as pm
from psychometrics.errors import EstimationError
from psychometrics.evidence.agreement.agreement import agreement
from psychometrics.evidence.agreement.intraclass import intraclass_correlation, intraclass_correlations
from psychometrics.kernels.components.intraclass import FORMS
from psychometrics.tallying import tally_ratings


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
    assert "F test" in table.reason


def test_complete_long_frame_takes_anova():
    x = oracles.data("shrout_fleiss_6x4.csv")
    found = intraclass_correlation(long_frame(x))
    assert found.method.startswith("ANOVA")
    assert found.estimate == intraclass_correlation(x).estimate
    assert found.variance_target == pytest.approx(2.5555555556, rel=1e-9)  # (11.2417 - 1.0194) / 4


def test_ten_forms_are_the_single_ones():
    x = oracles.data("shrout_fleiss_6x4.csv")
    table = intraclass_correlations(x, confidence=0.9)
    shown = table.to_frame()
    assert list(shown["form"]) == [*FORMS, "C,1", "C,k", "A,1", "A,k"]
    assert list(shown["model"]) == ["one-way random"] * 2 + ["two-way random"] * 4 + ["two-way mixed"] * 4
    for row in table.rows:
        model = "mixed" if row.model.endswith("mixed") else "random"
        single = intraclass_correlation(x, form=row.form, model=model, confidence=0.9)
        assert single.to_dict() == row.to_dict()
    needs = shown[shown["assumes"] != ""]
    assert list(zip(needs["form"], needs["model"], strict=True)) == [
        ("C,k", "two-way mixed"),
        ("A,k", "two-way mixed"),
    ]


def test_ten_forms_of_an_incomplete_table():
    shown = intraclass_correlations(oracles.data("sim_ratings_1000x3_na.csv")[:200]).to_frame()
    assert shown[["estimate", "ci_lower", "ci_upper"]].notna().all(axis=None)
    assert shown["f"].isna().all()


def test_incomplete_interval_is_near_the_exact_one_when_little_is_missing():
    x = oracles.data("sim_icc_500x4.csv")
    gaps = x.copy()
    gaps[0, 0] = np.nan
    for form in FORMS:
        one = intraclass_correlation(x, form=form, interval="surrogate")
        other = intraclass_correlation(gaps, form=form)
        # one rating less of 2,000
        assert (other.ci_lower, other.ci_upper) == pytest.approx((one.ci_lower, one.ci_upper), abs=0.003)


def test_surrogate_intervals_are_for_agreement():
    x = oracles.data("sim_icc_500x4.csv")
    for form in FORMS:
        one, other = (intraclass_correlation(x, form=form, interval=word) for word in ("f", "surrogate"))
        assert one.estimate == other.estimate
        assert (one.ci_lower == other.ci_lower) == (not form.startswith("A"))


def rubric_ratings():
    rng = np.random.default_rng(1)
    rows = [
        (
            f"p{p}",
            "task",
            criterion,
            f"r{r}",
            str(int(np.clip(rng.normal(1.5 + (p % 3 - 1), 0.8), 0, 3).round())),
        )
        for p in range(20)
        for criterion in ("clear", "right")
        for r in range(3)
    ]
    table = pd.DataFrame(rows, columns=["person_id", "item_id", "criterion_id", "rater_id", "level"])
    return table, pm.read_ratings(table, pm.parse_instrument(with_rubric()))


def test_ratings_of_an_instrument_are_taken_in_points():
    table, ratings = rubric_ratings()
    found = intraclass_correlation(ratings, criterion="clear")
    long = table[table["criterion_id"] == "clear"].assign(level=lambda d: d["level"].astype(float))
    wanted = intraclass_correlation(long[["person_id", "rater_id", "level"]])
    assert found.estimate == pytest.approx(wanted.estimate, rel=1e-12)
    with pytest.raises(EstimationError, match="criterion= one of clear, right"):
        intraclass_correlation(ratings)
    with pytest.raises(EstimationError, match="criterion_id"):
        intraclass_correlation(ratings, criterion="clever")
    with pytest.raises(EstimationError, match="go with Ratings"):
        intraclass_correlation(long[["person_id", "rater_id", "level"]], task="task")


def test_a_criterion_may_be_named_with_its_task():
    from psychometrics.evidence.generalizability.study import generalizability

    ratings = rubric_ratings()[1]
    wanted = intraclass_correlation(ratings, criterion="clear")
    for words in ({"criterion": "task.clear"}, {"task": "task", "criterion": "task.clear"}):
        assert intraclass_correlation(ratings, **words).estimate == wanted.estimate
    assert generalizability(ratings, "p x r", criterion="task.clear").n_ratings == 60
    with pytest.raises(EstimationError, match=r'"task\.clear" is not of task="other"'):
        intraclass_correlation(ratings, task="other", criterion="task.clear")


@pytest.mark.parametrize("form", FORMS)
def test_a_tally_gives_the_correlation_of_its_ratings(form):
    table = rubric_ratings()[0]
    table = table[(table["rater_id"] != "r2") | (table["person_id"].str.len() == 3)]
    ratings = pm.read_ratings(table, pm.parse_instrument(with_rubric()))
    tally = tally_ratings(ratings)
    assert tally.counts.max() > 1
    wanted = intraclass_correlation(ratings, criterion="right", form=form)
    for words in (
        {"criterion": "right"},
        {"criterion": "task.right"},
        {"task": "task", "criterion": "right"},
    ):
        found = intraclass_correlation(tally, form=form, **words)
        assert found.estimate == pytest.approx(wanted.estimate, rel=1e-6)
        assert found.ci_lower == pytest.approx(wanted.ci_lower, rel=1e-4, abs=1e-6)
        assert (found.n_targets, found.n_raters, found.n_ratings) == (20, 3, wanted.n_ratings)


def test_what_a_tally_cannot_be_asked_is_said():
    tally = tally_ratings(rubric_ratings()[1])
    for words, expected in (
        ({}, "criterion= one of task.clear, task.right"),
        ({"criterion": "clever"}, "no criterion"),
        ({"task": "tusk", "criterion": "clear"}, "no ratings of the task"),
        ({"criterion": "clear", "occasion": "1"}, "does not tell occasions apart"),
    ):
        with pytest.raises(EstimationError, match=expected):
            intraclass_correlation(tally, **words)


def test_a_table_with_its_id_column_is_named():
    table = pd.DataFrame({"person_id": ["a", "b", "c"], "anna": [1, 2, 3], "ben": [2, 2, 3]})
    for statistic in (intraclass_correlation, agreement):
        with pytest.raises(EstimationError, match='id column "person_id"') as caught:
            statistic(table)
        assert "Set person_id as the index, or drop it" in str(caught.value)
        assert statistic(table.set_index("person_id")).n_raters == 2


def test_ratings_of_an_instrument_in_a_g_study():
    from psychometrics.evidence.generalizability.study import generalizability

    table, ratings = rubric_ratings()
    found = generalizability(ratings, "p x r x c")
    long = table.assign(level=table["level"].astype(float))
    wanted = generalizability(long, "p x r x c")
    assert found["p"].variance == pytest.approx(wanted["p"].variance, rel=1e-10)
    with pytest.raises(EstimationError, match="more than one rating"):
        generalizability(ratings, "p x r")
    assert generalizability(ratings, "p x r", criterion="clear").n_ratings == 60


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
    with pytest.raises(EstimationError, match="model"):
        intraclass_correlation(frame, model="fixed")


values = st.sampled_from([np.nan, 1.0, 2.0, 3.0, 4.0])


@settings(max_examples=40, deadline=None)
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
    if np.isnan(found.ci_lower):
        assert found.reason
    elif found.method.startswith("ANOVA"):
        assert found.ci_lower - 1e-9 <= found.estimate <= found.ci_upper + 1e-9
    else:
        assert found.estimate >= 0
        assert 0 <= found.ci_lower <= found.ci_upper <= 1
