"""Group differences and adverse impact held against R, pingouin, SciPy, statsmodels and the example of a city's rules."""

from __future__ import annotations

import json
from pathlib import Path

import held_against
import numpy as np
import oracles
import pingouin
import pytest

from psychometrics.evidence.fairness.differences import group_differences
from psychometrics.evidence.fairness.impact import adverse_impact
from psychometrics.kernels.fairness.impact import fisher_p_value, ratio_bounds

TOPIC = "Fairness"
CLOSED = "closed formula, same data"
SEARCHED = "ends found by a search in both"
R = json.loads((Path(__file__).parent / "validity_fairness_r.json").read_text())
DATA = "sim_retest_2000"


@pytest.fixture(scope="module")
def groups():
    x = oracles.data("sim_retest_2000.csv.gz")[:, 0]
    return x[:420], ["first"] * 300 + ["next"] * 120


@pytest.fixture(scope="module")
def row(groups):
    return next(one for one in group_differences(*groups).rows if one.category == "next")


def test_differences_as_r(row):
    theirs = R["entries"]["difference"]["result"]
    held_against.agrees(
        TOPIC, "Hedges' g", row.difference, theirs["g"], data=DATA, software="R", why=CLOSED, rel=1e-12
    )
    for name, ours, end in (("lower", row.ci_lower, "lower"), ("upper", row.ci_upper, "upper")):
        held_against.agrees(
            TOPIC,
            f"Hedges' g, {name} end",
            ours,
            theirs[end],
            data=DATA,
            software="R pt with ncp",
            why=SEARCHED,
            rel=1e-7,
        )
    shrink = 1 - 3 / (4 * 420 - 9)
    held_against.differs(
        TOPIC,
        "Cohen's d",
        row.difference / shrink,
        theirs["psych_d"],
        data=DATA,
        software="psych cohen.d",
        why="it pools with n, we with n - 2",
    )


def test_variance_ratio_as_r(row):
    theirs = R["entries"]["variance_ratio"]["result"]
    for name, ours, key in (
        ("variance ratio", row.variance_ratio, "ratio"),
        ("variance ratio, lower end", row.variance_ratio_lower, "lower"),
        ("variance ratio, upper end", row.variance_ratio_upper, "upper"),
    ):
        held_against.agrees(
            TOPIC, name, ours, theirs[key], data=DATA, software="R var.test", why=CLOSED, rel=1e-10
        )


def test_hedges_as_pingouin(groups, row):
    values, labels = groups
    place = np.array(labels) == "next"
    theirs = float(pingouin.compute_effsize(values[place], values[~place], eftype="hedges"))
    version = f"pingouin {pingouin.__version__}"
    held_against.agrees(
        TOPIC, "Hedges' g", row.difference, theirs, data=DATA, software=version, why=CLOSED, rel=1e-12
    )


@pytest.mark.parametrize("counts", [(34, 76, 50, 92), (12, 32, 18, 28), (3, 20, 9, 25), (150, 400, 210, 420)])
def test_exact_test_as_r(counts):
    theirs = R["entries"]["_".join(map(str, ("fisher", *counts)))]["result"]["p"]
    held_against.agrees(
        TOPIC,
        "Fisher's exact p",
        fisher_p_value(*counts),
        theirs,
        data="{} of {} and {} of {}".format(*counts),
        software="R fisher.test",
        why=CLOSED,
        rel=1e-10,
    )


@pytest.mark.parametrize("counts", [(36, 40, 16, 80), (34, 76, 50, 92), (5, 50, 20, 60), (0, 10, 5, 20)])
def test_ratio_interval_as_statsmodels(counts):
    from statsmodels import __version__
    from statsmodels.stats.proportion import confint_proportions_2indep

    theirs = confint_proportions_2indep(*counts, compare="ratio", method="score", correction=False)
    ours = ratio_bounds(*counts, 0.95)
    assert ours.lower == pytest.approx(theirs[0], rel=1e-7, abs=1e-12)
    held_against.agrees(
        TOPIC,
        "ratio of rates, upper end",
        ours.upper,
        float(theirs[1]),
        data="{} of {} and {} of {}".format(*counts),
        software=f"statsmodels {__version__}, score without correction",
        why=SEARCHED,
        rel=1e-7,
    )


def test_ratio_interval_as_published():
    found = ratio_bounds(36, 40, 16, 80, 0.95)
    for name, ours, theirs in (("lower", found.lower, 2.94), ("upper", found.upper, 7.15)):
        held_against.agrees(
            TOPIC,
            f"ratio of rates, {name} end",
            ours,
            theirs,
            data="36 of 40 and 16 of 80",
            software="Koopman (1984)",
            why="printed to two decimals",
            abs=0.005,
        )


def test_example_of_the_city_rules():
    """6 RCNY 5-301: 92 men of whom 54.3% score above the median, 76 women of whom 44.7% do; ratio 0.82."""
    scores = [1.0] * 50 + [0.0] * 42 + [1.0] * 34 + [0.0] * 42
    sex = ["Male"] * 92 + ["Female"] * 76
    rows = {one.category: one for one in adverse_impact(scores, {"sex": sex}).scoring.rows}
    for name, ours, theirs, digits in (
        ("scoring rate, male, %", 100 * rows["Male"].rate, 54.3, 0.05),
        ("scoring rate, female, %", 100 * rows["Female"].rate, 44.7, 0.05),
        ("impact ratio, female", rows["Female"].impact_ratio, 0.82, 0.005),
    ):
        held_against.agrees(
            TOPIC,
            name,
            ours,
            theirs,
            data="example in 6 RCNY 5-301",
            software="the rule itself",
            why="printed rounded",
            abs=digits,
        )


@pytest.mark.parametrize(
    ("group", "hired", "printed"), [("Indian", 45, 75), ("Hispanic", 48, 80), ("Black", 51, 85)]
)
def test_example_of_the_uniform_guidelines(group, hired, printed):
    """Rates of 60, 45, 48 and 51%: adverse impact is indicated at 45/60, not at 48/60, which is four fifths exactly."""
    rates = {"White": 60, "Indian": 45, "Hispanic": 48, "Black": 51}
    scores = [float(i < rate) for rate in rates.values() for i in range(100)]
    found = adverse_impact(scores, [name for name in rates for _ in range(100)], cuts={"score": 1})
    row = next(one for one in found.selection.rows if one.category == group)
    held_against.agrees(
        TOPIC,
        f"impact ratio, {hired}% against 60%, %",
        100 * row.impact_ratio,
        printed,
        data="example in 44 FR 11996",
        software="the guidelines' questions and answers",
        why="closed formula",
        rel=1e-12,
    )
    assert row.verdict == ("below" if hired == 45 else "not below") + " 0.8 (29 CFR 1607.4(D))"
