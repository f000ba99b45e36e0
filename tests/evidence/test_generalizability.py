"""G and D studies as a user calls them."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from psychometrics.errors import EstimationError
from psychometrics.evidence.generalizability.cheapest import cheapest_design
from psychometrics.evidence.generalizability.decision import decision_study
from psychometrics.evidence.generalizability.study import generalizability

CLOSED = 1e-10


def frame(shape=(12, 3, 2), seed=1, share=1.0):
    rng = np.random.default_rng(seed)
    places = np.indices(shape).reshape(3, -1)
    y = 2 * rng.normal(size=shape[0])[places[0]] + rng.normal(size=shape[1])[places[1]]
    y = y + rng.normal(size=shape[2])[places[2]] + rng.normal(size=y.shape)
    table = pd.DataFrame({**dict(zip("prt", places, strict=True)), "value": y})
    return table[rng.random(len(table)) < share]


def estimates(study):
    return {row.coefficient: row.estimate for row in study.coefficients.rows}


def test_table_frame_and_named_columns_are_one():
    x = np.random.default_rng(2).normal(size=(20, 1)) + np.random.default_rng(3).normal(size=(20, 4))
    person, rater = (one.ravel() for one in np.indices(x.shape))
    long = pd.DataFrame({"person_id": person, "rater_id": rater, "score": x.ravel()})
    wanted = generalizability(x, "p x r")
    renamed = long.rename(columns={"person_id": "who", "rater_id": "by", "score": "points"})
    for found in (
        generalizability(long, "p x r"),
        generalizability(pl.DataFrame(long.to_dict("list")), "p x r"),
        generalizability(renamed, "p x r", columns={"p": "who", "r": "by"}, value="points"),
        generalizability(long.sample(frac=1, random_state=1), "p x r"),
        generalizability(renamed, "who x by", value="points", object_of_measurement="who"),
    ):
        assert estimates(found) == pytest.approx(estimates(wanted), rel=1e-9)
    assert list(wanted.to_frame()["component"]) == ["p", "r", "p x r"]


def test_one_facet_is_the_intraclass_correlation():
    from psychometrics.kernels.components.intraclass import intraclass, mean_squares

    x = np.random.default_rng(2).normal(size=(20, 1)) + np.random.default_rng(3).normal(size=(20, 4))
    found, squares = generalizability(x, "p x r").coefficients, mean_squares(x)
    consistency = intraclass(squares, "C,k", 0.95)
    row = found["generalizability"]
    assert (row.estimate, row.ci_lower, row.ci_upper) == pytest.approx(
        (consistency.estimate, consistency.ci_lower, consistency.ci_upper), rel=CLOSED
    )
    assert found["dependability"].estimate == pytest.approx(
        intraclass(squares, "A,k", 0.95).estimate, rel=CLOSED
    )


@pytest.mark.parametrize("design", ["p x r x t", "p x (r:t)", "(r:p) x t", "r:(p x t)", "(r x t):p"])
def test_reml_of_a_balanced_design_is_anova(design):
    table = frame((40, 4, 5))
    first, second = (generalizability(table, design, method=method) for method in ("anova", "reml"))
    for one, other in zip(first.components, second.components, strict=True):
        if min(row.variance for row in first.components) > 0:
            assert other.variance == pytest.approx(one.variance, rel=1e-6)
        assert other.variance >= 0


def test_negative_components_are_kept_or_set_to_zero_and_said():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(30, 1)) + rng.normal(size=(30, 4))
    x -= x.mean(axis=0)  # raters' means do not differ at all
    kept, zero = (generalizability(x, "p x r", negative=rule) for rule in ("keep", "zero"))
    assert kept["r"].variance < 0
    assert "negative estimate" in kept["r"].reason
    assert "kept" in kept["r"].reason
    assert zero["r"].variance == 0
    assert "set to 0" in zero["r"].reason
    assert kept["r"].share == zero["r"].share == 0
    assert zero.coefficients["dependability"].estimate == pytest.approx(
        zero.coefficients["generalizability"].estimate
    )
    assert kept.coefficients["dependability"].estimate > zero.coefficients["dependability"].estimate


@pytest.mark.parametrize(
    ("change", "design", "words"),
    [
        (lambda d: d[d.r == 0], "p x r x t", ["r has one level"]),
        (lambda d: d.assign(r=d.t), "p x r x t", ["r, t and r x t cannot be told apart"]),
        (lambda d: d[d.p == 0], "p x r x t", ["p has one level"]),
        (lambda d: d[(d.r == 0) & (d.t == 0)], "p x r", ["r has one level"]),
        (lambda d: d[(d.r + d.p) % 3 == 0], "p x r x t", ["cannot be told"]),
    ],
)
def test_what_cannot_be_told_apart_is_said(change, design, words):
    table = change(frame()).drop_duplicates(["p", "r", "t"])
    if design == "p x r":
        table = table.drop(columns="t")
    found = generalizability(table, design)
    assert all(word in found.reason for word in words), found.reason
    shown = found.to_frame()
    assert shown["variance"].isna().all()
    assert shown["reason"].ne("").all()
    assert found.coefficients.to_frame()["reason"].ne("").all()
    study = decision_study(found, {"r": [1, 2]})
    assert np.isnan(study.rows[0].dependability)
    assert study.rows[0].reason
    assert np.isnan(cheapest_design(found, cost={"r": 1}, target_phi=0.8).best.cost)


def test_constant_ratings():
    found = generalizability(np.full((5, 3), 2.0), "p x r")
    assert [row.variance for row in found.components] == [0, 0, 0]
    table = found.coefficients.to_frame().set_index("coefficient")
    assert np.isnan(table.loc["generalizability", "estimate"])
    assert table["reason"].ne("").all()


def test_raters_who_agree_without_error():
    x = np.arange(6.0)[:, None] + np.array([0, 1, 3.0])
    found = generalizability(x, "p x r")
    assert found.coefficients["generalizability"].estimate == pytest.approx(1)
    assert "perfect fit" in generalizability(x, "p x r", method="reml").reason


def test_a_table_with_its_id_column_is_named():
    table = pd.DataFrame({"person_id": ["a", "b", "c"], "anna": [1, 2, 3], "ben": [2, 2, 4]})
    with pytest.raises(EstimationError, match='id column "person_id"'):
        generalizability(table, "p x r")
    assert generalizability(table.set_index("person_id"), "p x r").n == {"p": 3, "r": 2}


def test_duplicates_are_listed():
    table = pd.concat([frame(), frame().iloc[[4]]])
    with pytest.raises(EstimationError, match="more than one rating") as caught:
        generalizability(table, "p x r x t")
    assert caught.value.problems[0].rows == (5, 73)
    assert caught.value.problems[0].where == "p 0, r 2, t 0"


def test_blank_ratings_are_counted():
    table = frame()
    table.loc[[0, 5], "value"] = np.nan
    found = generalizability(table, "p x r x t")
    assert (found.n_ratings, found.n_blank, found.balanced, found.method) == (70, 2, False, "reml")


def test_calls_without_meaning_are_refused():
    table = frame()
    for words, expected in [
        ({"design": "p x q x t"}, "no column for the facet q"),
        ({"design": "a x b"}, "needs a long frame|object"),
        ({"fixed": ["p"]}, "fixed"),
        ({"fixed": ["r", "t"]}, "every facet fixed"),
        ({"columns": {"z": "r"}}, "not in the design"),
        ({"method": "ml"}, "method"),
        ({"negative": "drop"}, "negative"),
        ({"value": "nothing"}, "hold the ratings"),
        ({"object_of_measurement": "z"}, "object of measurement"),
        ({"task": "t1"}, "Ratings"),
        ({"confidence": 95}, "confidence"),
    ]:
        with pytest.raises(EstimationError, match=expected):
            generalizability(table, **{"design": "p x r x t", **words})
    for wrong in (
        table.assign(value="x"),
        table.assign(value=np.inf),
        table.assign(r=None),
        table.assign(value=np.nan),
    ):
        with pytest.raises(EstimationError):
            generalizability(wrong, "p x r x t")
    with pytest.raises(EstimationError, match="long frame"):
        generalizability(np.ones((3, 2)), "p x r x t")


def test_unbalanced_anova_has_no_interval_and_says_so():
    found = generalizability(frame(share=0.8), "p x r x t", method="anova")
    assert np.isfinite([row.variance for row in found.components]).all()
    assert all("unbalanced" in row.reason for row in found.components)


def test_decision_study_at_the_numbers_of_the_study_is_the_study():
    found = generalizability(frame(), "p x r x t", negative="zero")
    row = decision_study(found).rows[0]
    coefficients = found.coefficients
    assert row.n == {"r": 3, "t": 2}
    for name in ("generalizability", "dependability"):
        one = coefficients[name]
        assert getattr(row, name) == pytest.approx(one.estimate, rel=CLOSED)
        assert getattr(row, f"{name}_ci_lower") == pytest.approx(one.ci_lower, rel=CLOSED)
    assert row.absolute_error_sd == pytest.approx(coefficients["absolute_error_sd"].estimate, rel=CLOSED)


@pytest.mark.parametrize("fixed", [[], ["t"]])
def test_with_gaps_coefficients_are_those_of_the_means_persons_have(fixed):
    table = frame((60, 3, 4), seed=4, share=0.6)
    found = generalizability(table, "p x r x t", fixed=fixed)
    v = {row.component: row.variance for row in found.components}
    r, t, rt = (
        np.mean([(np.square(own.value_counts(list(by)) / len(own))).sum() for _, own in table.groupby("p")])
        for by in ("r", "t", "rt")
    )
    universe = v["p"] + (v["p x t"] / 4 if fixed else 0)
    relative = v["p x r"] * r + v["p x t"] * (t - 1 / 4 if fixed else t) + v["p x r x t"] * rt
    absolute = relative + v["r"] * r + v["t"] * (t - 1 / 4 if fixed else t) + v["r x t"] * rt
    wanted = universe / (universe + relative), universe / (universe + absolute)
    names = "generalizability", "dependability"
    assert [found.coefficients[name].estimate for name in names] == pytest.approx(wanted, rel=1e-9)
    as_it_is = decision_study(found).rows[0]
    assert [getattr(as_it_is, name) for name in names] == pytest.approx(wanted, rel=1e-9)
    assert found.n["t"] == 4 if fixed else found.n["t"] < 4
    complete = decision_study(found, {"r": 3, "t": 4}).rows[0]
    delta = v["p x r"] / 3 + (0 if fixed else v["p x t"] / 4) + v["p x r x t"] / 12
    assert complete.generalizability == pytest.approx(universe / (universe + delta), rel=1e-9)
    assert complete.generalizability > as_it_is.generalizability


def test_one_facet_with_gaps_has_the_harmonic_mean():
    x = np.random.default_rng(2).normal(size=(40, 1)) + np.random.default_rng(3).normal(size=(40, 4))
    x[np.random.default_rng(4).random(x.shape) < 0.3] = np.nan
    found = generalizability(x, "p x r")
    p, error = found["p"].variance, found["p x r"].variance / found.n["r"]
    assert found.coefficients["generalizability"].estimate == pytest.approx(p / (p + error), rel=1e-12)


def test_decision_study_grows_with_its_numbers():
    found = generalizability(frame(), "p x r x t", negative="zero")
    table = decision_study(
        found, {"r": [1, 2, 3], "t": [2, 4]}, design=["p x r x t", "p x (r:t)", "(r:p) x t"]
    )
    shown = table.to_frame()
    assert len(shown) == 18
    for _, part in shown.groupby(["design", "n_t"]):
        assert part["dependability"].is_monotonic_increasing
    nested = shown[shown["design"] == "p x (r:t)"]["dependability"].to_numpy()
    assert (nested >= shown[shown["design"] == "p x r x t"]["dependability"].to_numpy() - 1e-12).all()


def test_decision_study_refuses_what_is_not_known():
    nested = generalizability(frame(), "p x (r:t)")
    with pytest.raises(EstimationError, match="crosses r"):
        decision_study(nested, design="p x r x t")
    crossed = generalizability(frame(), "p x r x t")
    for words, expected in [
        ({"n": {"z": 1}}, "z"),
        ({"n": {"r": 0}}, "1 or more"),
        ({"n": {"r": 1.5}}, "whole"),
        ({"n": {"r": []}}, "1 or more"),
        ({"design": "p x r"}, "facets"),
        ({"design": "(p:r) x t"}, "nests p"),
    ]:
        with pytest.raises(EstimationError, match=expected):
            decision_study(crossed, **words)


@pytest.mark.parametrize("wanted", [{"target_phi": 0.75}, {"target_generalizability": 0.8}])
def test_cheapest_design_is_the_best_of_all(wanted):
    found = generalizability(frame((30, 3, 4), seed=5), "p x r x t", negative="zero")
    cost = {"r": 7.0, "t": 3.0, "p x r x t": 0.05}
    result = cheapest_design(found, cost=cost, largest=7, **wanted)
    name = "dependability" if "target_phi" in wanted else "generalizability"
    target = next(iter(wanted.values()))
    designs = {
        "p x r x t": lambda r, t: 7 * r,
        "p x (r:t)": lambda r, t: 7 * r * t,
        "p x (t:r)": lambda r, t: 7 * r,
    }
    tasks = {
        "p x r x t": lambda r, t: 3 * t,
        "p x (r:t)": lambda r, t: 3 * t,
        "p x (t:r)": lambda r, t: 3 * r * t,
    }
    for row in result.rows:
        reached = [
            designs[row.design](one.n["r"], one.n["t"])
            + tasks[row.design](one.n["r"], one.n["t"])
            + 0.05 * 30 * one.n["r"] * one.n["t"]
            for one in decision_study(found, {"r": range(1, 8), "t": range(1, 8)}, design=row.design).rows
            if getattr(one, name) >= target
        ]
        assert row.cost == pytest.approx(min(reached), rel=CLOSED)
    assert result.best.cost == min(row.cost for row in result.rows)


def test_a_target_out_of_reach_is_said():
    found = generalizability(frame(), "p x r x t", negative="zero")
    result = cheapest_design(found, cost={"r": 1}, target_phi=0.999, largest=3)
    assert "at most" in result.best.reason
    assert "no design" in repr(result)
    for words in (
        {"cost": {"r": 1}},
        {"cost": {"r": 1}, "target_phi": 80},
        {"cost": {}, "target_phi": 0.8},
        {"cost": {"z": 1}, "target_phi": 0.8},
        {"cost": {"r": -1}, "target_phi": 0.8},
        {"cost": {"r": 1}, "target_phi": 0.8, "largest": 0},
        {"cost": {"r": 1}, "target_phi": 0.8, "largest": {"p": 3}},
    ):
        with pytest.raises(EstimationError):
            cheapest_design(found, **words)


def test_fixed_tasks_stay_as_many_as_they_are():
    found = generalizability(frame(), "p x r x t", fixed=["t"], negative="zero")
    assert cheapest_design(found, cost={"r": 1, "t": 1}, target_phi=0.6).best.n["t"] == 2
    assert (
        found.coefficients["generalizability"].estimate
        >= generalizability(frame(), "p x r x t", negative="zero").coefficients["generalizability"].estimate
    )


def test_nested_objects_are_compared_within():
    table = frame().rename(columns={"p": "i", "r": "c", "t": "p"})
    found = generalizability(table, "(p:c) x i")
    assert found.n == {"p": 2, "c": 3, "i": 12}


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from(["p x r x t", "p x (r:t)", "(r:p) x t"]), st.floats(0.3, 1))
def test_numbers_or_reasons(seed, design, share):
    rng = np.random.default_rng(seed)
    shape = tuple(rng.integers(1, 5, 3))
    table = frame(shape, seed, share)
    table["value"] = table["value"].round()
    if table.empty:
        return
    found = generalizability(table, design)
    for shown in (
        found.to_frame(),
        found.coefficients.to_frame(),
        decision_study(found, {"r": [1, 2]}).to_frame(),
    ):
        numbers = shown.select_dtypes("number")
        assert (numbers.notna().all(axis=1) | shown["reason"].ne("")).all()


@settings(max_examples=6, deadline=None)
@given(st.integers(0, 1000), st.floats(0.1, 10), st.floats(-5, 5))
def test_a_linear_change_of_scale_changes_no_coefficient(seed, slope, shift):
    table = frame(seed=seed)
    one = generalizability(table, "p x r x t")
    other = generalizability(table.assign(value=slope * table["value"] + shift), "p x r x t")
    for name in ("generalizability", "dependability"):
        assert other.coefficients[name].estimate == pytest.approx(one.coefficients[name].estimate, rel=1e-8)
    assert other["p"].variance == pytest.approx(slope**2 * one["p"].variance, rel=1e-8, abs=1e-12)
