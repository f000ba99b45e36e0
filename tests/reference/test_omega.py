"""Omega, its structures and unidimensionality, held against lavaan, semTools, psych, GPArotation and R itself."""

import numpy as np
import oracles
import pytest
from held_against import agrees, differs

from psychometrics.evidence.consistency.omega import coefficient_omega
from psychometrics.evidence.consistency.omega_bifactor import omega_bifactor
from psychometrics.evidence.consistency.omega_hierarchical import omega_hierarchical
from psychometrics.evidence.consistency.unidimensionality import unidimensionality
from psychometrics.kernels.consistency.omega import correlations
from psychometrics.kernels.covariance import moments
from psychometrics.kernels.factors.exploratory import extract
from psychometrics.kernels.factors.rotation import oblimin, promax, varimax

TOPIC = "Omega and factors"
LAVAAN = "lavaan 0.6.14"
SEMTOOLS = "semTools 0.5.6"
PSYCH = "psych 2.2.9"
NEWER_PSYCH = "psych 2.5.3"
ITERATIVE = "both fits are iterated; ours to steps of 1e-9, theirs to about 1e-5"
FIT = {
    "chi_square": "chisq",
    "df": "df",
    "p_value": "pvalue",
    "cfi": "cfi",
    "tli": "tli",
    "rmsea": "rmsea",
    "srmr": "srmr",
}


@pytest.fixture(scope="module")
def x():
    return oracles.data("sim_5f_likert_5000x50.csv.gz")


@pytest.fixture(scope="module")
def r():
    return oracles.reference("omega_factors.json")


def standardised(x):
    return (x - x.mean(axis=0)) / x.std(axis=0, ddof=1)


@pytest.mark.parametrize(
    ("entry", "rows", "columns"), [("first10", 5000, 10), ("first20", 5000, 20), ("n200", 200, 10)]
)
def test_one_factor_is_that_of_lavaan(x, r, entry, rows, columns):
    data = r[f"one_factor.{entry}"]["data"]
    expected = r[f"one_factor.{entry}"]["result"]
    part = x[:rows, :columns]
    model = coefficient_omega(part)
    observed = coefficient_omega(part, total_variance="observed")
    agrees(
        TOPIC,
        "omega total, one factor",
        model.estimate,
        expected["model"],
        data=data,
        software=SEMTOOLS,
        rel=1e-5,
        why=ITERATIVE,
    )
    agrees(
        TOPIC, "omega total, one factor, observed variance", observed.estimate, expected["observed"],
        data=data, software=SEMTOOLS, rel=1e-5, why=ITERATIVE,
    )  # fmt: skip
    np.testing.assert_allclose(model.loadings, expected["loadings"], atol=1e-4)
    np.testing.assert_allclose(model.uniquenesses, expected["uniquenesses"], atol=1e-4)
    found = unidimensionality(part)
    for ours, theirs in FIT.items():
        agrees(
            TOPIC, f"one factor: {ours}", found.value(f"one_factor_{ours}"), expected["fit"][theirs],
            data=data, software=LAVAAN, abs=1e-4 * max(1.0, expected["fit"][theirs] * 1e-2), why=ITERATIVE,
        )  # fmt: skip
    row = found.statistic.index("one_factor_rmsea")
    for name, ours in (("lower", found.ci_lower[row]), ("upper", found.ci_upper[row])):
        agrees(
            TOPIC, f"one factor: rmsea, {name} end (90%)", ours, expected["fit"][f"rmsea.ci.{name}"],
            data=data, software=LAVAAN, abs=1e-5, why=ITERATIVE,
        )  # fmt: skip


@pytest.mark.parametrize(("entry", "columns"), [("sim5f_first10", 10), ("sim5f_all50", 50)])
def test_least_residuals_are_those_of_psych(x, entry, columns):
    expected = oracles.reference("omega_psych.json")[f"omega_1f_minres.{entry}"]["result"]
    part = standardised(x[:, :columns])
    data = f"sim_5f_likert_5000x50, {columns} items, standardised"
    found = coefficient_omega(part, estimation="minres")
    agrees(
        TOPIC, "omega total, one factor, minres", found.estimate, expected["omega_from_loadings"],
        data=data, software=NEWER_PSYCH, rel=1e-6, why=ITERATIVE,
    )  # fmt: skip
    observed = coefficient_omega(part, estimation="minres", total_variance="observed")
    agrees(
        TOPIC, "omega of one factor, minres, observed variance (omega_h)", observed.estimate, expected["omega_h"],
        data=data, software=NEWER_PSYCH, rel=1e-6, why=ITERATIVE,
    )  # fmt: skip
    np.testing.assert_allclose(found.loadings, expected["loadings"], atol=1e-4)


@pytest.mark.parametrize(
    ("entry", "rows", "n_groups"), [("bifactor.5x10", 5000, 5), ("bifactor.3x10.n600", 600, 3)]
)
def test_bifactor_is_that_of_lavaan(x, r, entry, rows, n_groups):
    data, expected = r[entry]["data"], r[entry]["result"]
    groups = {f"g{one}": range(one * 10, one * 10 + 10) for one in range(n_groups)}
    found = omega_bifactor(
        x[:rows, : n_groups * 10], groups, interval="grouped_jackknife", jackknife_groups=2
    )
    figures = {
        "omega_total": expected["omega_total"],
        "omega_hierarchical": expected["omega_hierarchical"],
        "explained_common_variance": expected["ecv"],
        "coefficient_h": expected["h"],
    }
    for name, theirs in figures.items():
        agrees(
            TOPIC,
            f"bifactor: {name}",
            found.value(name),
            theirs,
            data=data,
            software=LAVAAN,
            rel=1e-4,
            why=ITERATIVE,
        )
    for ours, theirs in FIT.items():
        agrees(
            TOPIC, f"bifactor: {ours}", found.value(ours), expected["fit"][theirs],
            data=data, software=LAVAAN, abs=1e-4, why=ITERATIVE,
        )  # fmt: skip
    for group in range(n_groups):
        for name in ("omega_subscale", "omega_hierarchical_subscale"):
            agrees(
                TOPIC, f"bifactor: {name}, group {group + 1}", found.value(name, f"g{group}"), expected[name][group],
                data=data, software=LAVAAN, rel=1e-3, why=ITERATIVE,
            )  # fmt: skip
    assert found.value("chi_square") <= expected["fit"]["chisq"] + 1e-6


@pytest.mark.parametrize(
    ("entry", "columns", "n_factors", "choice"),
    [("5.all50", 50, 5, None), ("3.first30", 30, 3, None), ("2.first20", 20, 2, "equal")],
)
def test_schmid_leiman_is_that_of_psych(x, r, entry, columns, n_factors, choice):
    data, expected = r[f"psych_omega.{entry}"]["data"] + ", standardised", r[f"psych_omega.{entry}"]["result"]
    found = omega_hierarchical(
        standardised(x[:, :columns]), n_factors=n_factors, two_factors=choice, groups=2
    )
    figures = {
        "omega_total": expected["omega_tot"],
        "omega_hierarchical": expected["omega_h"],
        "omega_limit": expected["omega_lim"],
        "explained_common_variance": expected["ecv"],
        "omega_group_factors": expected["group"]["group"][0],
    }
    for name, theirs in figures.items():
        agrees(
            TOPIC, f"Schmid-Leiman, {n_factors} factors: {name}", found.value(name), theirs,
            data=data, software=PSYCH, abs=1e-3, why="extraction and rotation are iterated",
        )  # fmt: skip
    for name, column in (("omega_subscale", "total"), ("omega_hierarchical_subscale", "group")):
        ours = sorted(found.value(name, group) for group in found.group_ids)
        for number, (own, theirs) in enumerate(
            zip(ours, sorted(expected["group"][column][1:]), strict=True), 1
        ):
            agrees(
                TOPIC, f"Schmid-Leiman, {n_factors} factors: {name}, {number} by size", own, theirs,
                data=data, software=PSYCH, abs=1e-3, why="extraction and rotation are iterated",
            )  # fmt: skip
    np.testing.assert_allclose(found.loadings[:, 0], expected["g"], atol=1e-3)


@pytest.mark.parametrize(
    ("entry", "n_factors"), [("omega_5f.sim5f_all50", 5), ("omega_3f_minres_oblimin.sim5f_all50", 3)]
)
def test_schmid_leiman_is_that_of_the_newer_psych(x, entry, n_factors):
    expected = oracles.reference("omega_psych.json")[entry]["result"]
    found = omega_hierarchical(standardised(x), n_factors=n_factors, groups=2)
    names = {"omega_total": "omega_tot", "omega_hierarchical": "omega_h", "omega_limit": "omega_lim"}
    for name, theirs in names.items():
        agrees(
            TOPIC,
            f"Schmid-Leiman, {n_factors} factors: {name}",
            found.value(name),
            expected[theirs],
            data="sim_5f_likert_5000x50, standardised",
            software=NEWER_PSYCH,
            abs=1e-3,
            why="extraction and rotation are iterated",
        )


def test_one_factor_of_psych_omega(x, r):
    expected = r["psych_omega.1.first10"]["result"]
    found = omega_hierarchical(standardised(x[:, :10]), n_factors=1, groups=2)
    data = "sim_5f_likert_5000x50, items 1-10, standardised"
    agrees(
        TOPIC, "Schmid-Leiman, 1 factor: omega_hierarchical", found.value("omega_hierarchical"), expected["omega_h"],
        data=data, software=PSYCH, abs=1e-6, why=ITERATIVE,
    )  # fmt: skip
    differs(
        TOPIC, "Schmid-Leiman, 1 factor: omega_total", found.value("omega_total"), expected["omega_tot"],
        data=data, software=PSYCH,
        why="with one factor our omega total is omega hierarchical; psych takes 1 - sum u^2 / variance of the sum, here lower than its omega hierarchical",
    )  # fmt: skip


def test_where_too_many_factors_are_asked_for(x, r):
    expected = r["psych_omega.3.first10"]["result"]
    assert max(expected["gloading"]) > 1
    found = omega_hierarchical(standardised(x[:, :10]), n_factors=3, groups=2)
    data = "sim_5f_likert_5000x50, items 1-10 (one factor), standardised"
    agrees(
        TOPIC, "Schmid-Leiman, 3 factors: omega_hierarchical", found.value("omega_hierarchical"), expected["omega_h"],
        data=data, software=PSYCH, abs=3e-3,
        why="psych lets a factor load 1.002 on the general factor; ours holds it at 1 and says Heywood case",
    )  # fmt: skip
    assert "Heywood" in found.remarks
    agrees(
        TOPIC, "Schmid-Leiman, 3 factors: omega_total", found.value("omega_total"), expected["omega_tot"],
        data=data, software=PSYCH, abs=1e-3, why="it does not depend on the rotation",
    )  # fmt: skip


def test_rotations_are_those_of_r(x, r):
    expected = {name: np.array(value) for name, value in r["rotations.all50"]["result"].items()}
    A = expected["unrotated"]
    found = {"varimax": varimax(A), "promax": promax(A).loadings, "oblimin": oblimin(A).loadings}
    software = {
        "varimax": "R 4.2.2 (varimax)",
        "promax": "R 4.2.2 (promax)",
        "oblimin": "GPArotation 2022.10.2",
    }
    for name, ours in found.items():
        theirs = expected[name]
        order = np.abs(theirs.T @ ours).argmax(axis=1)
        signs = np.sign((theirs * ours[:, order]).sum(axis=0))
        worst = float(np.abs(ours[:, order] * signs - theirs).max())
        agrees(
            TOPIC, f"{name}: largest difference of a loading", worst, 0.0,
            data="sim_5f_likert_5000x50, 5 minres factors", software=software[name], abs=1e-4,
            why="both are iterated; theirs to 1e-5",
        )  # fmt: skip


def test_objectives_are_as_low_or_lower(x, r):
    R = correlations(moments(x))[0]
    likely, least = extract(R, 5, "ml"), extract(R, 5, "minres")
    factanal = r["factanal.5.all50"]["result"]
    agrees(
        TOPIC, "ml, 5 factors: objective", likely.discrepancy, factanal["objective"],
        data="sim_5f_likert_5000x50", software="R 4.2.2 (factanal)", abs=1e-6, why=ITERATIVE,
    )  # fmt: skip
    assert likely.discrepancy <= factanal["objective"] + 1e-9
    np.testing.assert_allclose(likely.uniquenesses, factanal["uniquenesses"], atol=1e-4)
    theirs = np.array(r["rotations.all50"]["result"]["unrotated"])
    residual = R - theirs @ theirs.T
    assert least.discrepancy <= np.square(residual[np.tril_indices(50, -1)]).sum() + 1e-9


@pytest.mark.parametrize(("entry", "columns"), [("first10", 10), ("all50", 50)])
def test_unidimensionality_is_that_of_psych(x, r, entry, columns):
    expected = r[f"unidim.{entry}"]["result"]
    found = unidimensionality(x[:, :columns])
    names = {"unidimensionality": "u", "congeneric_fit": "fa.fit", "tau_equivalence_fit": "av.r fit"}
    for ours, theirs in names.items():
        agrees(
            TOPIC, ours, found.value(ours), expected[theirs],
            data=r[f"unidim.{entry}"]["data"], software=PSYCH, abs=1e-6, why=ITERATIVE,
        )  # fmt: skip
