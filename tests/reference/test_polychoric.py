"""Polychoric and polyserial correlations, ordinal alpha and categorical omega held against psych, lavaan and semTools."""

from __future__ import annotations

import held_against
import numpy as np
import oracles
import pytest

from psychometrics.evidence.consistency.categorical_omega import categorical_omega
from psychometrics.evidence.consistency.mixed_correlations import mixed_correlations
from psychometrics.evidence.consistency.ordinal_alpha import ordinal_alpha
from psychometrics.evidence.consistency.polychoric import polychoric_correlations
from psychometrics.kernels.polychoric.one_factor import one_factor_loadings
from psychometrics.kernels.polychoric.polyserial import polyserial, polyserial_from_moments
from psychometrics.kernels.polychoric.smoothing import smooth

TOPIC = "Polychoric correlations and ordinal reliability"
SIM = "sim_5f_likert_5000x50, first 10 items"
LAVAAN, PSYCH, SEMTOOLS, POLYCOR = (
    "lavaan 0.6-14",
    "psych 2.2.9",
    "semTools 0.5-6 (lavaan 0.6-14)",
    "polycor 0.8-1",
)
SEARCH = "both search the same likelihood; theirs stops earlier"
CUBATURE = "same formula; their bivariate normal distribution is taken by random cubature"


def theirs(name):
    return oracles.reference("polychoric.json")[name]["result"]


def upper(matrix):
    """The order of R's m[upper.tri(m)]: column by column."""
    return [matrix[i, j] for j in range(len(matrix)) for i in range(j)]


def pair_name(place, k):
    i, j = [(i + 1, j + 1) for j in range(k) for i in range(j)][place]
    return f"items {i} and {j}"


@pytest.fixture(scope="module")
def x():
    return oracles.data("sim_5f_likert_5000x50.csv.gz")[:, :10]


@pytest.fixture(scope="module")
def found(x):
    return polychoric_correlations(x)


@pytest.mark.parametrize(
    ("entry", "software", "within"),
    [("lavaan.polychoric", LAVAAN, 1e-6), ("psych.polychoric", PSYCH, 1e-4)],
)
def test_polychoric_correlations(entry, software, within, found):
    for place, (ours, other) in enumerate(zip(upper(found.matrix), theirs(entry), strict=True)):
        held_against.agrees(
            TOPIC,
            f"polychoric correlation of {pair_name(place, 10)}",
            ours,
            other,
            data=SIM,
            software=software,
            abs=within,
            why=SEARCH,
        )


def test_two_step_and_joint_estimates_of_polycor(found):
    joint = theirs("polycor.ml")
    for place, other in enumerate(theirs("polycor.two_step")):
        name = f"items 1 and {place + 2}"
        held_against.agrees(
            TOPIC,
            f"polychoric correlation of {name}",
            found.estimate[place],
            other,
            data=SIM,
            software=f"{POLYCOR}, two-step",
            abs=2e-4,
            why=SEARCH,
        )
        held_against.agrees(
            TOPIC,
            f"polychoric correlation of {name}, thresholds and correlation at once",
            found.estimate[place],
            joint["rho"][place],
            data=SIM,
            software=f"{POLYCOR}, maximum likelihood",
            abs=1e-3,
            why="another estimator with the same limit",
        )
        held_against.agrees(
            TOPIC,
            f"standard error of the polychoric correlation of {name}",
            found.standard_error[place],
            joint["se"][place],
            data=SIM,
            software=f"{POLYCOR}, maximum likelihood",
            rel=0.01,
            why="theirs assumes the normal model, ours does not; alike in large samples",
        )


def test_standard_errors_are_near_those_of_lavaan(found):
    for place, other in enumerate(theirs("lavaan.polychoric_se")["se"]):
        held_against.agrees(
            TOPIC,
            f"standard error of the polychoric correlation {theirs('lavaan.polychoric_se')['pair'][place]}",
            found.standard_error[place],
            other,
            data=SIM,
            software=LAVAAN,
            rel=0.06,
            why="theirs puts squared slopes in place of curvatures; each is itself uncertain by 2% at n = 5000",
        )


def test_thresholds(found):
    for place, (ours, other) in enumerate(
        zip(np.concatenate(found.thresholds), theirs("lavaan.thresholds"), strict=True)
    ):
        held_against.agrees(
            TOPIC,
            f"threshold {place % 4 + 1} of item {place // 4 + 1}",
            ours,
            other,
            data=SIM,
            software=LAVAAN,
            rel=1e-10,
            why="closed formula, same data",
        )


def test_values_missing_pairwise():
    reference = theirs("lavaan.polychoric_missing")
    data = np.array([[np.nan if value == "NA" else value for value in row] for row in reference["x"]], float)
    matrix = polychoric_correlations(data).matrix
    for place, (ours, other) in enumerate(zip(upper(matrix), reference["rho"], strict=True)):
        held_against.agrees(
            TOPIC,
            f"polychoric correlation of {pair_name(place, 10)}, 10% missing",
            ours,
            other,
            data=f"{SIM}, rows 1-600 with 10% removed",
            software=LAVAAN,
            abs=1e-5,
            why=SEARCH,
        )


@pytest.mark.parametrize("case", [1, 2, 3])
def test_empty_cells_of_two_by_two_tables(case):
    a, b, c, d = ((40, 5, 0, 15), (30, 10, 10, 30), (90, 2, 0, 8))[case - 1]
    x = np.repeat([[0, 0], [0, 1], [1, 0], [1, 1]], [a, b, c, d], axis=0)
    data, other = f"table {a} {b} / {c} {d}", theirs(f"psych.tetrachoric_{case}")
    plain, half = (
        polychoric_correlations(x).estimate[0],
        polychoric_correlations(x, continuity=0.5).estimate[0],
    )
    if c:
        held_against.agrees(
            TOPIC,
            "tetrachoric correlation",
            plain,
            other["half"],
            data=data,
            software=PSYCH,
            abs=1e-4,
            why=SEARCH,
        )
        assert half == plain
        return
    held_against.differs(
        TOPIC,
        "tetrachoric correlation, default",
        plain,
        other["half"],
        data=data,
        software=PSYCH,
        why="psych puts 0.5 into the empty cell unless told otherwise; we put nothing in and report the bound",
    )
    held_against.differs(
        TOPIC,
        "tetrachoric correlation, no correction",
        plain,
        other["none"],
        data=data,
        software=f"{PSYCH}, correct = 0",
        why="the likelihood rises to 1; their search stops short of it",
    )
    held_against.differs(
        TOPIC,
        "tetrachoric correlation, 0.5 in the empty cell",
        half,
        other["half"],
        data=data,
        software=PSYCH,
        why="theirs takes the thresholds from the changed table, ours from the persons counted",
    )


def test_forty_persons(x):
    matrix = polychoric_correlations(x[:40]).matrix
    for place, (ours, other) in enumerate(zip(upper(matrix), theirs("psych.correct_zero"), strict=True)):
        held_against.agrees(
            TOPIC,
            f"polychoric correlation of {pair_name(place, 10)}, 40 persons",
            ours,
            other,
            data=f"{SIM}, rows 1-40",
            software=f"{PSYCH}, correct = 0",
            abs=1e-3,
            why=SEARCH,
        )


@pytest.mark.parametrize(
    ("entry", "software", "smoothing", "within"),
    [
        ("psych.cor_smooth", f"{PSYCH}, cor.smooth", "eigenvalue", 1e-5),
        ("matrix.nearPD", "Matrix, nearPD", "nearest", 1e-6),
    ],
)
def test_smoothing(entry, software, smoothing, within):
    bad = np.array([[1, 0.9, 0.2], [0.9, 1, 0.9], [0.2, 0.9, 1]])
    for name, ours, other in zip(
        ("1 and 2", "1 and 3", "2 and 3"),
        upper(smooth(bad, smoothing)),
        upper(np.array(theirs(entry))),
        strict=True,
    ):
        held_against.agrees(
            TOPIC,
            f"smoothed correlation of {name}, {smoothing}",
            ours,
            other,
            data="3 x 3 with .9, .2, .9",
            software=software,
            abs=within,
            why="same method; the smallest eigenvalue left differs",
        )


def test_polyserial_correlations(x):
    total = x.sum(axis=1)
    codes = (x.T - 1).astype(int)
    found = polyserial(codes, total)
    quick = polyserial_from_moments(
        np.array([np.corrcoef(item, total)[0, 1] for item in x.T]),
        x.std(axis=0),
        np.array([np.bincount(row, minlength=5) for row in codes], float),
    )
    pairs = (
        ("polyserial", found.rho, "lavaan.polyserial", LAVAAN, 1e-6, SEARCH),
        ("ad hoc polyserial", quick, "psych.polyserial", PSYCH, 1e-10, "closed formula, same data"),
    )
    for name, ours, entry, software, within, why in pairs:
        for item, (one, other) in enumerate(zip(ours, theirs(entry), strict=True)):
            held_against.agrees(
                TOPIC,
                f"{name} correlation of item {item + 1} with the sum",
                one,
                other,
                data=SIM,
                software=software,
                abs=within,
                why=why,
            )


def test_mixed_correlations_are_those_of_lavaan(x):
    found = mixed_correlations(np.column_stack([x, x.sum(axis=1)]), ordinal=range(10))
    for item, other in enumerate(theirs("lavaan.polyserial")):
        held_against.agrees(
            TOPIC,
            f"mixed correlations: item {item + 1} with the sum",
            found.matrix[item, 10],
            other,
            data=SIM,
            software=LAVAAN,
            abs=1e-6,
            why=SEARCH,
        )


def test_polyserial_of_polycor(x):
    joint = theirs("polycor.polyserial_ml")
    found = polyserial((x.T - 1).astype(int)[:3], x.sum(axis=1), 5)
    for item in range(3):
        held_against.agrees(
            TOPIC,
            f"polyserial correlation of item {item + 1} with the sum, all parameters at once",
            found.rho[item],
            joint["rho"][item],
            data=SIM,
            software=f"{POLYCOR}, maximum likelihood",
            abs=2e-3,
            why="another estimator with the same limit",
        )
        held_against.differs(
            TOPIC,
            f"standard error of the polyserial correlation of item {item + 1} with the sum",
            found.standard_error[item],
            joint["se"][item],
            data=SIM,
            software=f"{POLYCOR}, maximum likelihood",
            why="theirs is of the joint estimator and assumes the normal model; the sum contains the item",
        )


def test_loadings_of_one_factor(found):
    dwls = theirs("semTools.dwls")
    weights = np.zeros((10, 10))
    weights[np.triu_indices(10, 1)] = dwls["weights"]
    weights += weights.T
    cases = (
        ("uls", None, theirs("semTools.uls")["loadings"], "ULS", 1e-6, SEARCH),
        ("dwls", weights, dwls["loadings"], "DWLS, its own weights", 1e-6, SEARCH),
    )
    for name, given, expected, software, within, why in cases:
        ours = one_factor_loadings(found.matrix, given)
        for item, (one, other) in enumerate(zip(ours, expected, strict=True)):
            held_against.agrees(
                TOPIC,
                f"{name} loading of item {item + 1}",
                one,
                other,
                data=SIM,
                software=f"{LAVAAN}, {software}",
                abs=within,
                why=why,
            )


@pytest.mark.parametrize(
    ("estimation", "total_variance", "key", "within", "why"),
    [
        ("uls", "model", "omega", 1e-6, CUBATURE),
        ("uls", "polychoric", "omega3", 1e-6, CUBATURE),
        (
            "dwls",
            "model",
            "omega",
            5e-4,
            "weights rest on differently estimated variances of the correlations",
        ),
        (
            "dwls",
            "polychoric",
            "omega3",
            5e-4,
            "weights rest on differently estimated variances of the correlations",
        ),
    ],
)
def test_categorical_omega(estimation, total_variance, key, within, why, x):
    ours = categorical_omega(x, estimation=estimation, total_variance=total_variance)
    held_against.agrees(
        TOPIC,
        f"categorical omega, {estimation}, {total_variance} variance",
        ours.estimate,
        theirs(f"semTools.{estimation}")[key],
        data=SIM,
        software=f"{SEMTOOLS}, reliability",
        abs=within,
        why=why,
    )


def test_categorical_omega_of_comp_rel_sem(x):
    held_against.agrees(
        TOPIC,
        "categorical omega, uls",
        categorical_omega(x).estimate,
        theirs("semTools.compRelSEM"),
        data=SIM,
        software=f"{SEMTOOLS}, compRelSEM",
        abs=1e-6,
        why=CUBATURE,
    )


def test_two_options(x):
    two = (x[:500, :6] > 3).astype(float)
    other = theirs("semTools.binary")
    data = "sim_5f_likert_5000x50, first 6 items, rows 1-500, 1 when above 3"
    for name, ours, key in (
        ("categorical omega, uls, model variance", categorical_omega(two, total_variance="model"), "omega"),
        ("categorical omega, uls, polychoric variance", categorical_omega(two), "omega3"),
        ("ordinal alpha", ordinal_alpha(two), "alpha.ord"),
    ):
        held_against.agrees(
            TOPIC, name, ours.estimate, other[key], data=data, software=SEMTOOLS, abs=2e-6, why=CUBATURE
        )


def test_ordinal_alpha(x):
    ours = ordinal_alpha(x).estimate
    for software, other, within in (
        (f"{SEMTOOLS}, reliability", theirs("semTools.uls")["alpha.ord"], 1e-6),
        (f"{PSYCH}, alpha(polychoric(x)$rho)", theirs("psych.alpha"), 1e-5),
    ):
        held_against.agrees(
            TOPIC, "ordinal alpha", ours, other, data=SIM, software=software, abs=within, why=SEARCH
        )
