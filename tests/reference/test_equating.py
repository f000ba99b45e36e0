"""Equating held against R's equate and kequate, and Kolen and Brennan's printed results."""

from __future__ import annotations

import csv
import gzip
from functools import cache

import held_against
import numpy as np
import oracles
import pytest

from psychometrics.kernels.smoothing.log_linear import fit_log_linear
from psychometrics.kernels.smoothing.terms import polynomial_terms
from psychometrics.norming.equating import equate

TOPIC = "Equating"
ACT, NEAT = "ACT mathematics (Kolen and Brennan)", "sim_neat_4000"
EQUATE, KEQUATE = "equate 2.0.9", "kequate 1.6.4"
CLOSED = "closed formula, same data"
ROUNDED = "equate rounds percentile ranks to ten digits, which a small density magnifies"
FITTED = "glm stops at a change of 1e-8 in the deviance; ours goes to the top"
SHOWN = (0, 1, 10, 20, 30, 40)
SCORES = range(41)
R = oracles.reference("equating_r.json")


@cache
def act():
    scores, x, y = oracles.data("equate__ACTmath.csv").T
    return dict(zip(scores, x, strict=True)), dict(zip(scores, y, strict=True))


@cache
def neat():
    text = gzip.decompress((oracles.REFERENCE / "data" / "sim_neat_4000.csv.gz").read_bytes()).decode()
    rows = list(csv.DictReader(text.splitlines()))
    found = []
    for form in "XY":
        own = [row for row in rows if row["form"] == form]
        found.append(tuple(np.array([float(row[name]) for row in own]) for name in ("total", "anchor")))
    return found


def on_act(**options):
    return equate(*act(), x_scores=SCORES, y_scores=SCORES, **options)


def on_neat(**options):
    (x, ax), (y, ay) = neat()
    return equate(
        x,
        y,
        design="anchor",
        anchor=(ax, ay),
        internal=False,
        x_scores=SCORES,
        y_scores=SCORES,
        anchor_scores=range(21),
        **options,
    )


def column(entry, name="yx"):
    return np.array(R[entry]["result"]["conversion"]["columns"][name], object)


def all_agree(statistic, ours, theirs, *, data, software=EQUATE, why=CLOSED, skip=(), **tolerance):
    """Hold every score against the other program; the page shows six of them."""
    theirs = np.asarray(theirs, np.float64)
    kept = [score for score in SCORES if score not in skip]
    rel, absolute = tolerance.get("rel"), tolerance.get("abs")
    assert ours[kept] == pytest.approx(theirs[kept], rel=rel, abs=absolute), statistic
    for score in SHOWN:
        if score not in skip:
            held_against.agrees(
                TOPIC,
                f"{statistic} at {score}",
                ours[score],
                theirs[score],
                data=data,
                software=software,
                why=why,
                **tolerance,
            )


@pytest.mark.parametrize("method", ["identity", "mean", "linear", "circle_arc"])
def test_lines_and_arcs_of_random_groups(method):
    found = on_act(method=method)
    name = f"equate.ACTmath.{method.replace('_', '-')}"
    all_agree(f"{method} equating", found.equated, column(name), data=ACT, abs=1e-10)
    if method in ("mean", "linear"):
        own = R[name]["result"]["coefficients"]
        for part in ("intercept", "slope"):
            held_against.agrees(
                TOPIC,
                f"{method} equating, {part}",
                getattr(found, part),
                own[part],
                data=ACT,
                software=EQUATE,
                why=CLOSED,
                rel=1e-10,
            )


def test_the_error_of_a_line_is_no_square():
    found = on_act(method="linear")
    theirs = R["equate.linear.analytic_se.ACTmath"]["result"]
    mixed = "equate mixes variances divided by n and by n - 1; 1/n is 2e-4"
    all_agree("linear equating, standard error", found.standard_error, theirs, data=ACT, why=mixed, rel=3e-4)
    theirs = R["kequate.EG.ACTmath"]["result"]["linear_see"]
    flat = "kequate gets its line from a kernel 1,000 SD wide"
    all_agree(
        "linear equating, standard error",
        found.standard_error,
        theirs,
        data=ACT,
        software=KEQUATE,
        why=flat,
        rel=1e-6,
    )
    held_against.differs(
        TOPIC,
        "linear equating, standard error at 20",
        found.standard_error[20],
        found.standard_error[20] ** 2,
        data=ACT,
        software="equate before December 2022, written out",
        why="equate gave the square of the standard error until then",
    )


def test_equipercentile_of_random_groups():
    found = on_act()
    entry = "equate.ACTmath.equipercentile"
    all_agree(
        "equipercentile equating", found.equated, column(entry), data=ACT, why=ROUNDED, skip=(0,), abs=2e-6
    )
    for score, printed in enumerate((0.0, 0.9796, 1.6462, 2.2856, 2.8932)):
        held_against.agrees(
            TOPIC,
            f"equipercentile equating at {score}",
            found.equated[score],
            printed,
            data=ACT,
            software="Kolen and Brennan (2014), table 2.7",
            why="printed to four decimals",
            abs=5.1e-5,
        )
    held_against.differs(
        TOPIC,
        "equipercentile equating at 0",
        found.equated[0],
        float(column(entry)[0]),
        data=ACT,
        software=EQUATE,
        why="no one scored 0 on either form: any score from -0.5 to 0.5 fits; we take the middle as Kolen and "
        "Brennan do, equate the lower end",
    )
    theirs = np.array(column(entry, "se"), np.float64)
    all_agree(
        "equipercentile equating, Lord's standard error",
        found.standard_error,
        theirs,
        data=ACT,
        why=ROUNDED,
        skip=(0,),
        rel=1e-6,
    )
    assert np.isnan(found.standard_error[0])
    assert "no one scored this low" in found.reasons[0]


def test_the_bootstrap_within_its_noise():
    theirs = R["equate.ACTmath.boot"]["result"]["se"]
    found = on_act(standard_error="bootstrap", replications=1000, seed=1)
    noise = "both from 1,000 resamples: 3% noise in a ratio, four times that at most"
    for score in (8, 16, 24, 32):
        held_against.agrees(
            TOPIC,
            f"equipercentile equating, bootstrap standard error at {score}",
            found.standard_error[score],
            theirs[score],
            data=ACT,
            software=EQUATE,
            why=noise,
            rel=0.13,
        )


@pytest.mark.parametrize("degree", [2, 3, 4, 5, 6])
def test_log_linear_presmoothing(degree):
    found = on_act(presmoothing="log_linear", degree=degree)
    entry = f"equate.ACTmath.equip.loglin{degree}"
    all_agree(
        f"equipercentile equating, log-linear degree {degree}",
        found.equated,
        column(entry),
        data=ACT,
        why=FITTED,
        abs=5e-6,
    )
    for form, own in zip(("x", "y"), act(), strict=True):
        counts = np.array(list(own.values()))
        fit = fit_log_linear(counts, polynomial_terms(np.arange(41.0), degree))
        theirs = R[entry]["result"][f"{form}smooth"]["columns"]["count"]
        all_agree(
            f"fitted counts of {form.upper()}, log-linear degree {degree}",
            fit.n * fit.probabilities,
            theirs,
            data=ACT,
            why=FITTED,
            rel=1e-6,
        )


def test_the_error_with_presmoothing_is_smaller():
    found = on_act(presmoothing="log_linear", degree=6)
    theirs = np.array(column("equate.ACTmath.equip.loglin6", "se"), np.float64)
    for score in (0, 20, 40):
        held_against.differs(
            TOPIC,
            f"equipercentile equating, log-linear degree 6, standard error at {score}",
            found.standard_error[score],
            theirs[score],
            data=ACT,
            software=EQUATE,
            why="equate puts smoothed shares into Lord's formula for counts; ours takes the covariance of the "
            "smoothed shares (Wang 2009), which resampling bears out",
        )
    drawn = on_act(presmoothing="log_linear", degree=6, standard_error="bootstrap", replications=400)
    miss = [
        np.median(np.abs(error / drawn.standard_error - 1)[5:36]) for error in (found.standard_error, theirs)
    ]
    assert miss[0] < 0.06
    assert miss[0] < miss[1]


def test_fits_of_degrees_one_to_eight():
    counts = np.array(list(act()[0].values()))
    fits = [fit_log_linear(counts, polynomial_terms(np.arange(41.0), degree)) for degree in range(1, 9)]
    theirs = R["loglinear.fits.ACTmath"]["result"]["columns"]
    for place, fit in enumerate(fits):
        name = f"log-linear fit, degree {place + 1}"
        for what, ours, column_name in (
            ("deviance", fit.deviance, "Resid. Dev"),
            ("AIC", fit.aic, "AIC"),
            ("residual df", fit.residual_df, "Resid. Df"),
        ):
            held_against.agrees(
                TOPIC,
                f"{name}, {what}",
                ours,
                theirs[column_name][place],
                data=ACT,
                software=EQUATE,
                why=CLOSED,
                rel=1e-10,
            )
    held_against.differs(
        TOPIC,
        "log-linear fit, degree 6, BIC",
        fits[5].bic,
        theirs["BIC"][5],
        data=ACT,
        software=EQUATE,
        why="the sample is 4,329 persons; glm takes the 41 scores for the sample size",
    )


WEIGHTS = {"ws-1": None, "ws0.5": 0.5, "ws1": 1.0}
WAYS = [
    ("mean", "tucker", "tucker"),
    ("mean", "nominal_weights", "nominal weights"),
    ("mean", "levine", "levine"),
    ("mean", "chained", "chained"),
    ("linear", "tucker", "tucker"),
    ("linear", "levine", "levine"),
    ("linear", "chained", "chained"),
    ("linear", "braun_holland", "braun/holland"),
    ("circle_arc", "tucker", "tucker"),
    ("circle_arc", "chained", "chained"),
    ("equipercentile", "frequency_estimation", "frequency estimation"),
    ("equipercentile", "chained", "chained"),
]


@pytest.mark.parametrize(("method", "way", "theirs"), WAYS)
def test_an_anchor_of_two_groups(method, way, theirs):
    for name, weight in WEIGHTS.items():
        entry = f"equate.NEAT.simneat.{method.replace('_', '-')}.{theirs}.{name}"
        if entry not in R:
            continue
        found = on_neat(method=method, anchor_method=way, synthetic_weight=weight)
        label = f"{method} equating, {way.replace('_', ' ')}, weight {'n' if weight is None else weight:}"
        curve = method == "equipercentile"
        all_agree(
            label,
            found.equated,
            column(entry),
            data=NEAT,
            why=ROUNDED if curve else CLOSED,
            skip=(0,) if curve else (),
            abs=2e-6 if curve else 1e-10,
        )
        if "se" in R[entry]["result"]["conversion"]["columns"]:
            general = np.array([one["g"] for one in column(entry, "se")])
            all_agree(
                f"{label}, standard error without normality",
                found.standard_error,
                general,
                data=NEAT,
                why="equate mixes variances divided by n and by n - 1; 1/n is 5e-4",
                rel=1e-3,
            )
    if method == "equipercentile":
        held_against.differs(
            TOPIC,
            f"equipercentile equating, {way.replace('_', ' ')} at 0",
            found.equated[0],
            float(column(entry)[0]) if entry in R else -0.5,
            data=NEAT,
            software=EQUATE,
            why="no one scored 0 on either form; we take the middle of the scores that fit, equate the lower end",
        )


def test_levine_for_true_scores():
    found = on_neat(method="linear", anchor_method="levine_true")
    theirs = column("equate.NEAT.simneat.levine_true")
    all_agree("linear equating, levine true score", found.equated, theirs, data=NEAT, abs=1e-10)


@pytest.mark.parametrize(("way", "entry"), [("frequency_estimation", "FE"), ("chained", "chained")])
def test_an_anchor_with_presmoothing(way, entry):
    weight = 1.0 if entry == "FE" else None
    found = on_neat(anchor_method=way, synthetic_weight=weight, presmoothing="log_linear", degree=4, cross=1)
    theirs = column(f"equate.NEAT.simneat.equip.{entry}.loglinear")
    label = f"equipercentile equating, {way.replace('_', ' ')}, log-linear (4, 1)"
    all_agree(label, found.equated, theirs, data=NEAT, why=FITTED, abs=1e-6)


SEARCHED = "kequate searches bandwidths and equated scores to about 1e-5, and scales by a variance of n - 1"


def test_kernel_equating_of_random_groups():
    found = on_act(method="kernel", presmoothing="log_linear", degree=6)
    theirs = R["kequate.EG.ACTmath"]["result"]
    all_agree(
        "kernel equating", found.equated, theirs["eq"], data=ACT, software=KEQUATE, why=SEARCHED, abs=1e-4
    )
    all_agree(
        "kernel equating, standard error",
        found.standard_error,
        theirs["see"],
        data=ACT,
        software=KEQUATE,
        why=SEARCHED,
        rel=1e-4,
    )
    for name in "xy":
        held_against.agrees(
            TOPIC,
            f"kernel equating, bandwidth of {name}",
            found.bandwidths[name],
            theirs["h"]["columns"][f"h{name}"],
            data=ACT,
            software=KEQUATE,
            why=SEARCHED,
            rel=1e-4,
        )


@pytest.mark.parametrize(
    ("way", "entry", "names"),
    [
        ("chained", "CE", {"x": "hxP", "y": "hyQ", "anchor_x": "haP", "anchor_y": "haQ"}),
        ("frequency_estimation", "PSE", {"x": "hx", "y": "hy"}),
    ],
)
def test_kernel_equating_with_an_anchor(way, entry, names):
    weight = 0.5 if entry == "PSE" else None
    found = on_neat(
        method="kernel",
        anchor_method=way,
        synthetic_weight=weight,
        presmoothing="log_linear",
        degree=4,
        cross=1,
    )
    theirs = R["kequate.NEAT.sim"]["result"]
    label = f"kernel equating, {way.replace('_', ' ')}"
    all_agree(
        label, found.equated, theirs[f"{entry}_eq"], data=NEAT, software=KEQUATE, why=SEARCHED, abs=2e-4
    )
    all_agree(
        f"{label}, standard error",
        found.standard_error,
        theirs[f"{entry}_see"],
        data=NEAT,
        software=KEQUATE,
        why=SEARCHED,
        rel=1e-4,
    )
    for ours, own in names.items():
        held_against.agrees(
            TOPIC,
            f"{label}, bandwidth of {ours}",
            found.bandwidths[ours],
            theirs[f"h{entry}"]["columns"][own],
            data=NEAT,
            software=KEQUATE,
            why=SEARCHED,
            rel=1e-4,
        )
