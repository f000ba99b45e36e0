"""G studies held against Brennan's examples, gtheory and lme4."""

from __future__ import annotations

import gzip
import io

import held_against
import numpy as np
import oracles
import pandas as pd
import pytest

from psychometrics.evidence.generalizability.decision import decision_study
from psychometrics.evidence.generalizability.study import generalizability

TOPIC = "Generalizability"
PRINTED = "printed to four decimals"
CLOSED = "closed formula, same data"
STOPS = "iterative fits, each stopped at its own tolerance"
BOOK = "Brennan (2001)"
FOUR = [
    [5, 9, 3, 7, 9, 3, 7, 5, 9, 4], [6, 3, 4, 5, 2, 4, 3, 8, 9, 4], [5, 7, 3, 5, 9, 3, 7, 5, 8, 4],
    [5, 7, 3, 3, 7, 5, 7, 7, 8, 3], [5, 7, 5, 3, 7, 3, 7, 7, 6, 3], [3, 5, 3, 1, 7, 3, 5, 5, 6, 5],
    [4, 5, 3, 4, 3, 6, 5, 5, 6, 6], [5, 5, 5, 3, 7, 3, 7, 4, 5, 5], [6, 7, 6, 5, 2, 4, 5, 3, 5, 5],
    [7, 7, 5, 3, 7, 5, 5, 2, 8, 7], [3, 5, 1, 3, 5, 1, 5, 1, 1, 1], [3, 2, 6, 5, 3, 2, 4, 1, 1, 1],
]  # fmt: skip
THREE = [
    [2, 4, 5, 5, 4, 4, 2, 3, 0, 6], [6, 5, 5, 9, 3, 4, 6, 4, 5, 8], [7, 6, 4, 8, 5, 4, 6, 4, 4, 7],
    [5, 7, 6, 6, 6, 7, 5, 5, 5, 6], [2, 6, 5, 5, 4, 6, 2, 6, 5, 6], [5, 7, 4, 7, 5, 4, 7, 6, 5, 8],
    [5, 5, 5, 7, 6, 7, 7, 6, 5, 8], [5, 7, 5, 6, 4, 8, 5, 4, 3, 6],
]  # fmt: skip


def synthetic_four():
    """Brennan's synthetic data set 4 (Table 3.2): 10 persons, 3 tasks, 4 raters in each task."""
    rows = [(p, j // 4, j, FOUR[j][p]) for j in range(12) for p in range(10)]
    return pd.DataFrame(rows, columns=["p", "t", "r", "score"])


def synthetic_three():
    """Brennan's synthetic data set 3: 10 persons, 4 items, 2 occasions."""
    rows = [(p, j % 4, j // 4, THREE[j][p]) for j in range(8) for p in range(10)]
    return pd.DataFrame(rows, columns=["p", "i", "o", "score"])


def simulated(name):
    path = oracles.REFERENCE / "data" / name
    text = gzip.decompress(path.read_bytes()).decode() if name.endswith(".gz") else path.read_text()
    return pd.read_csv(io.StringIO(text))


def test_synthetic_data_set_4():
    found = generalizability(synthetic_four(), "p x (r:t)")
    words = {"data": "synthetic data set 4, p x (r:t)", "software": BOOK, "why": PRINTED}
    variances = {"p": 0.4731, "t": 0.3252, "r:t": 0.6475, "p x t": 0.5596, "p x (r:t)": 2.3802}
    squares = {"p": 10.2963, "t": 24.1, "r:t": 8.8556, "p x t": 4.6185, "p x (r:t)": 2.3802}
    for name, value in variances.items():
        held_against.agrees(TOPIC, f"variance of {name}", found[name].variance, value, abs=6e-5, **words)
        held_against.agrees(
            TOPIC, f"mean square of {name}", found[name].mean_square, squares[name], abs=6e-5, **words
        )
    words["why"] = "printed to two decimals"
    for name, value in {"generalizability": 0.55, "dependability": 0.46}.items():
        held_against.agrees(TOPIC, name, found.coefficients[name].estimate, value, abs=0.0051, **words)


def test_synthetic_data_set_3():
    found = generalizability(synthetic_three(), "p x i x o")
    words = {"data": "synthetic data set 3, p x i x o", "software": BOOK, "why": PRINTED}
    variances = {
        "p": 0.5528, "i": 0.4417, "o": 0.0074, "p x i": 0.5750, "p x o": 0.1009, "i x o": 0.1565, "p x i x o": 0.9352,
    }  # fmt: skip
    for name, value in variances.items():
        held_against.agrees(TOPIC, f"variance of {name}", found[name].variance, value, abs=6e-5, **words)
    fixed = generalizability(synthetic_three(), "p x i x o", fixed=["i"])
    words |= {"why": "printed to two decimals", "data": "synthetic data set 3, items fixed"}
    for name, value in {"generalizability": 0.81, "dependability": 0.79}.items():
        held_against.agrees(TOPIC, name, fixed.coefficients[name].estimate, value, abs=0.0051, **words)


def test_shrout_and_fleiss():
    found = generalizability(oracles.data("shrout_fleiss_6x4.csv"), "p x r")
    for name, value in {"p": 2.5556, "r": 5.2444, "p x r": 1.0194}.items():
        held_against.agrees(
            TOPIC, f"variance of {name}", found[name].variance, value,
            data="shrout_fleiss", software="generalizit 0.1.2", why=PRINTED, abs=6e-5,
        )  # fmt: skip


def gtheory(name):
    result = oracles.reference("generalizability_gtheory.json")[name]["result"]
    table = result["g"]["components"]["columns"]
    return dict(zip(table["source"], table["var"], strict=True)), result


def test_gtheory_one_facet():
    table = oracles.data("sim_gt_pxi_300x12.csv.gz")
    components, result = gtheory("gtheory.pxi.sim")
    found = generalizability(table, "p x i")
    names = {"p": ("person", "person"), "i": ("item", "item"), "p x i": ("Residual", "residual")}
    for name, (theirs, ems) in names.items():
        held_against.agrees(
            TOPIC, f"variance of {name}", found[name].variance, result["ems"][ems],
            data="sim_gt_pxi_300x12", software="R 4.2.2 lm, expected mean squares", why=CLOSED, rel=1e-10,
        )  # fmt: skip
        held_against.agrees(
            TOPIC, f"variance of {name}", found[name].variance, components[theirs],
            data="sim_gt_pxi_300x12", software="gtheory 0.1.2 (lme4 1.1.31)", why=STOPS, rel=1e-3,
        )  # fmt: skip
    compare_coefficients(found, result["d"], "sim_gt_pxi_300x12")


def test_gtheory_two_facets():
    table = simulated("sim_gt_pxrxt_200x3x4.csv.gz").rename(
        columns={"person": "p", "rater": "r", "task": "t"}
    )
    components, result = gtheory("gtheory.pxrxt.sim")
    found = generalizability(table, "p x r x t")
    names = dict(
        zip(
            ["p", "r", "t", "p x r", "p x t", "r x t"],
            ["person", "rater", "task", "person:rater", "person:task", "rater:task"],
            strict=True,
        )
    )
    names["p x r x t"] = "Residual"
    anova = result["anova"]
    squares = dict(zip(anova["rownames"], anova["columns"]["Mean Sq"], strict=True))
    for name, theirs in names.items():
        held_against.agrees(
            TOPIC, f"mean square of {name}", found[name].mean_square, squares.get(theirs, squares["Residuals"]),
            data="sim_gt_pxrxt_200x3x4", software="R 4.2.2 lm", why=CLOSED, rel=1e-9,
        )  # fmt: skip
        held_against.agrees(
            TOPIC, f"variance of {name}", found[name].variance, components[theirs],
            data="sim_gt_pxrxt_200x3x4", software="gtheory 0.1.2 (lme4 1.1.31)", why=STOPS, rel=1e-3,
        )  # fmt: skip
    compare_coefficients(found, result["d"], "sim_gt_pxrxt_200x3x4")


def compare_coefficients(found, theirs, data):
    row = decision_study(found).rows[0]
    for ours, name in (
        ("generalizability", "generalizability"), ("dependability", "dependability"),
        ("relative_error_sd", "sem.rel"), ("absolute_error_sd", "sem.abs"),
    ):  # fmt: skip
        held_against.agrees(
            TOPIC, ours, getattr(row, ours), theirs[name],
            data=data, software="gtheory 0.1.2 (lme4 1.1.31)", why=STOPS, rel=1e-3,
        )  # fmt: skip


LME4 = {"p": "p", "r": "r", "t": "t", "p x r": "p:r", "p x t": "p:t", "r x t": "r:t", "r:p": "p:r"}


@pytest.mark.parametrize(
    ("entry", "data", "design", "keep"),
    [
        ("lme4.sim_gt_incomplete", "sim_gt_incomplete.csv", "p x r x t", None),
        ("lme4.sim_gt_incomplete.p_r", "sim_gt_incomplete.csv", "p x r", 1),
        ("lme4.sim_gt_nested", "sim_gt_nested.csv", "(r:p) x t", None),
        ("lme4.sim_gt_pxrxt", "sim_gt_pxrxt_200x3x4.csv.gz", "p x r x t", None),
    ],
)
def test_lme4(entry, data, design, keep):
    table = simulated(data).rename(columns={"person": "p", "rater": "r", "task": "t", "score": "value"})
    if keep is not None:
        table = table[table["t"] == keep]
    found = generalizability(table, design, method="reml")
    theirs = oracles.reference("generalizability_lme4.json")[entry]
    words = {"data": f"{data.split('.')[0]}, {design}", "software": "lme4 1.1.31", "why": STOPS}
    for row in found.components:
        value = theirs["components"].get(LME4.get(row.component, ""), theirs["components"]["Residual"])
        held_against.agrees(
            TOPIC, f"REML variance of {row.component}", row.variance, value, rel=1e-3, **words
        )


def test_likelihood_is_no_worse_than_that_of_lme4():
    from psychometrics.evidence.generalizability.columns import as_facet_ratings
    from psychometrics.kernels.components.variance_components import fit_components
    from psychometrics.kernels.generalizability.design import parse_design

    nothing = dict.fromkeys(("columns", "value", "task", "criterion", "occasion"))
    for name, design in (("sim_gt_incomplete", "p x r x t"), ("sim_gt_nested", "(r:p) x t")):
        data = as_facet_ratings(simulated(f"{name}.csv"), parse_design(design), **nothing)
        fit = fit_components(data.value, list(data.groups.cells[:-1]))
        theirs = oracles.reference("generalizability_lme4.json")[f"lme4.{name}"]["log_likelihood"]
        assert fit.log_likelihood >= theirs - 1e-7
        held_against.agrees(
            TOPIC, "REML log-likelihood", fit.log_likelihood, theirs,
            data=f"{name}, {design}", software="lme4 1.1.31", why=STOPS, abs=1e-4,
        )  # fmt: skip
    assert np.isfinite(fit.covariance).all()
