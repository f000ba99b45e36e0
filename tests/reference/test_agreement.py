"""Agreement of raters held against irrCAC, irr, psych and publications."""

from __future__ import annotations

from math import sqrt

import held_against
import numpy as np
import oracles
import pytest

from psychometrics.evidence.agreement.agreement import agreement
from psychometrics.evidence.agreement.benchmarks import agreement_levels
from psychometrics.evidence.agreement.concordance import kendall_concordance
from psychometrics.evidence.agreement.rated_units import RatedUnits
from psychometrics.evidence.agreement.specific import kappa_indices, specific_agreement
from psychometrics.kernels.agreement.weights import weight_matrix

TOPIC = "Agreement of raters"
IRRCAC, IRR, PSYCH = "irrCAC 1.0", "irr 0.84.1", "psych 2.5.3"
CLOSED = "closed formula, same data"
NAMES = {
    "gwet": "gwet",
    "fleiss": "fleiss",
    "conger": "conger",
    "bp": "brennan_prediger",
    "kripp": "krippendorff",
    "pa": "percent",
}
DATA = {
    "cac.raw4raters": ("irrCAC__cac.raw4raters.csv", "Gwet, 4 raters x 12"),
    "cac.raw5obser": ("irrCAC__cac.raw5obser.csv", "Gwet, 5 observers x 15"),
    "sim3_10000": ("sim_ratings_10000x3.csv.gz", "sim_ratings_10000x3"),
    "sim3_na": ("sim_ratings_1000x3_na.csv", "sim_ratings_1000x3_na"),
}
ENTRIES = {name: entry["result"] for name, entry in oracles.reference("agreement_r.json").items()}
RAW = [name for name in ENTRIES if name.split(".", 2)[-1] in DATA and "error" not in ENTRIES[name]]


def _read(name):
    return oracles.data(name)


@pytest.mark.parametrize("entry", RAW)
@pytest.mark.parametrize("short", list(NAMES))
def test_coefficients_and_their_errors(entry, short):
    _, scheme, data = entry.split(".", 2)
    theirs, name = ENTRIES[entry][short], NAMES[short]
    file, label = DATA[data]
    x = _read(file)
    weights = "identity" if scheme == "unweighted" else scheme
    ours = agreement(x, coefficient=name, weights=weights, interval="gwet")
    what = f"{name}, {weights} weights"
    if theirs["coeff"] is None:
        held_against.differs(
            TOPIC,
            what,
            ours.estimate,
            float("nan"),
            data=label,
            software=IRRCAC,
            why="gives nan because two units nobody rated; they are left out here",
        )
        return
    of = {"data": label, "software": IRRCAC}
    for figure, mine, other in (
        ("", ours.estimate, theirs["coeff"]),
        (", observed agreement", ours.observed_agreement, theirs["pa"]),
        (", chance agreement", ours.chance_agreement, theirs["pe"]),
    ):
        held_against.agrees(TOPIC, what + figure, mine, other or 0.0, why=CLOSED, abs=1e-10, **of)
    _errors(what, ours, theirs, of, x)
    _default_error(what, x, name, weights, theirs, of)


def _errors(what, ours, theirs, of, x):
    uneven = len(set((~np.isnan(x)).sum(axis=1)) - {0, 1}) > 1
    if ours.coefficient == "krippendorff" and uneven and ours.n_units > 100:
        why = "irrCAC centres the ratings of a unit with p_a in place of p_a', which hardly matters with 1000 units"
        held_against.agrees(
            TOPIC, f"{what}, standard error", ours.standard_error, theirs["se"], rel=1e-5, why=why, **of
        )
        return
    if ours.coefficient == "krippendorff" and uneven:
        why = "centres the ratings of a unit with p_a in place of p_a' (corrected in later irrCAC); the same where all units have as many ratings"
        held_against.differs(
            TOPIC, f"{what}, standard error", ours.standard_error, theirs["se"], why=why, **of
        )
        return
    if np.isnan(x).all(axis=1).any():
        why = "counts units nobody rated into n"
        held_against.differs(
            TOPIC, f"{what}, standard error", ours.standard_error, theirs["se"], why=why, **of
        )
        return
    for figure, mine, other in (
        ("standard error (gwet)", ours.standard_error, theirs["se"]),
        ("lower end (gwet)", ours.ci_lower, theirs["ci"][0]),
        ("upper end (gwet)", ours.ci_upper, theirs["ci"][1]),
    ):
        held_against.agrees(TOPIC, f"{what}, {figure}", mine, other, rel=1e-10, why=CLOSED, **of)


def _default_error(what, x, name, weights, theirs, of):
    ours = agreement(x, coefficient=name, weights=weights)
    given = (~np.isnan(x)).sum(axis=1)
    if np.all(given >= 2) and name != "krippendorff":
        held_against.agrees(
            TOPIC, f"{what}, standard error", ours.standard_error, theirs["se"], rel=1e-10, why=CLOSED, **of
        )
    elif name != "krippendorff" and np.any(given == 1):
        why = "Gwet's form takes the number of units rated twice as fixed, so that units rated once widen it; interval='gwet' gives his"
        held_against.differs(
            TOPIC, f"{what}, standard error", ours.standard_error, theirs["se"], why=why, **of
        )


def test_zero_is_a_ratio_value():
    ours = agreement(_read("irrCAC__cac.raw5obser.csv"), coefficient="gwet", weights="ratio")
    assert "error" in ENTRIES["irrCAC.ratio.cac.raw5obser"]
    held_against.differs(
        TOPIC,
        "gwet, ratio weights",
        ours.estimate,
        float("nan"),
        data="Gwet, 5 observers x 15",
        software=IRRCAC,
        why="stops at the category 0; two zeros are the same category",
    )


@pytest.mark.parametrize("scheme", list(ENTRIES["irrCAC.weights"]))
def test_weights(scheme):
    found = weight_matrix(scheme, np.arange(1.0, 6.0))
    theirs = np.array(ENTRIES["irrCAC.weights"][scheme]["values"])
    for k in range(5):
        for m in range(k):
            held_against.agrees(
                TOPIC,
                f"{scheme} weight of {m + 1} and {k + 1}",
                found[m, k],
                theirs[m, k],
                data="categories 1 to 5",
                software=IRRCAC,
                why=CLOSED,
                abs=1e-10,
            )


TABLE = {
    "kappa2": ("cohen", "identity"),
    "scott": ("scott", "identity"),
    "gwet": ("gwet", "identity"),
    "bp": ("brennan_prediger", "identity"),
    "kripp": ("krippendorff", "identity"),
    "pa": ("percent", "identity"),
    "kappa2_quadratic": ("cohen", "quadratic"),
}


@pytest.mark.parametrize("name", ["cont3x3abstractors", "cont4x4diagnosis"])
@pytest.mark.parametrize("short", list(TABLE))
def test_tables_of_two_raters(name, short):
    units = RatedUnits.from_contingency(_read(f"irrCAC__{name}.csv"))
    coefficient, weights = TABLE[short]
    ours = agreement(units, coefficient=coefficient, weights=weights)
    theirs = ENTRIES[f"irrCAC.table.{name}"][short]["columns"]
    n, what = ours.n_units, f"{coefficient}, {weights} weights, from a table"
    of = {"data": f"Gwet, {name}", "software": IRRCAC}
    held_against.agrees(TOPIC, what, ours.estimate, theirs["coeff.val"], rel=1e-10, why=CLOSED, **of)
    why = "divides by n in its table form and by n - 1 elsewhere, as here"
    held_against.differs(
        TOPIC, f"{what}, standard error", ours.standard_error, theirs["coeff.se"], why=why, **of
    )
    held_against.agrees(
        TOPIC,
        f"{what}, standard error times sqrt((n - 1) / n)",
        ours.standard_error * sqrt((n - 1) / n),
        theirs["coeff.se"],
        rel=1e-10,
        why=CLOSED,
        **of,
    )


@pytest.mark.parametrize("short", ["gwet", "fleiss", "bp", "kripp", "pa"])
def test_counts_of_six_raters(short):
    units = RatedUnits.from_counts(_read("irrCAC__distrib.6raters.csv"))
    ours = agreement(units, coefficient=NAMES[short])
    theirs = ENTRIES["irrCAC.dist.distrib6"][short]["columns"]
    of = {"data": "Fleiss, 6 raters x 15", "software": IRRCAC}
    what = f"{NAMES[short]}, from counts"
    if short == "kripp":
        why = "counts half of what a unit changes in p_e in its form for counts, and all of it in that for ratings"
        held_against.differs(
            TOPIC, f"{what}, standard error", ours.standard_error, theirs["stderr"], why=why, **of
        )
    for figure, mine, other in (
        ("", ours.estimate, theirs["coeff"]),
        (", standard error", ours.standard_error, theirs["stderr"]),
        (", observed agreement", ours.observed_agreement, theirs["pa"]),
    ):
        if short == "kripp" and "error" in figure:
            continue
        held_against.agrees(TOPIC, f"{what}{figure}", mine, other, rel=1e-10, why=CLOSED, **of)


@pytest.mark.parametrize("level", ["nominal", "ordinal", "interval", "ratio"])
@pytest.mark.parametrize(("entry", "data"), [("manual", "cac.raw4raters"), ("sim_na", "sim3_na")])
def test_krippendorff_by_level(level, entry, data):
    file, label = DATA[data]
    ours = agreement(_read(file), coefficient="krippendorff", level=level)
    held_against.agrees(
        TOPIC,
        f"krippendorff, {level} metric",
        ours.estimate,
        ENTRIES[f"irr.kripp.alpha.{entry}"][level],
        data=label,
        software=IRR,
        why=CLOSED,
        rel=1e-10,
    )


@pytest.mark.parametrize(
    ("level", "published"), [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849), ("ratio", 0.797)]
)
def test_krippendorff_2011(level, published):
    ours = agreement(_read("irrCAC__cac.raw4raters.csv"), coefficient="krippendorff", level=level)
    held_against.agrees(
        TOPIC,
        f"krippendorff, {level} metric",
        ours.estimate,
        published,
        data="Krippendorff's 4 x 12 example",
        software="Krippendorff (2011)",
        why="published to three digits",
        abs=5e-4,
    )


def test_two_things_called_ordinal():
    ours = agreement(_read("irrCAC__cac.raw4raters.csv"), coefficient="krippendorff", level="ordinal")
    held_against.differs(
        TOPIC,
        "krippendorff, ordinal",
        ours.estimate,
        ENTRIES["irrCAC.ordinal.cac.raw4raters"]["kripp"]["coeff"],
        data="Gwet, 4 raters x 12",
        software=IRRCAC,
        why="Gwet's ordinal weights, not Krippendorff's ordinal metric; weights='ordinal' gives them",
    )


@pytest.fixture(scope="module")
def sim3():
    return _read("sim_ratings_10000x3.csv.gz")


def test_kappas_of_two_raters(sim3):
    of = {"data": "sim_ratings_10000x3, raters 1 and 2"}
    for weights, irr_name in (("identity", "unweighted"), ("linear", "equal"), ("quadratic", "squared")):
        ours = agreement(sim3[:, :2], coefficient="cohen", weights=weights)
        theirs = ENTRIES["irr.kappa2.sim12"][irr_name]
        held_against.agrees(
            TOPIC,
            f"cohen, {weights}",
            ours.estimate,
            theirs["value"],
            rel=1e-10,
            why=CLOSED,
            software=IRR,
            **of,
        )
        held_against.differs(
            TOPIC,
            f"cohen, {weights}, standard error",
            ours.standard_error,
            theirs["value"] / theirs["statistic"],
            why="the error if the true kappa were 0: right for a test, wrong for an interval",
            software=IRR,
            **of,
        )
    theirs = ENTRIES["psych.cohen.kappa.sim12"]
    for weights, value, variance in (
        ("identity", "kappa", "var.kappa"),
        ("quadratic", "weighted", "var.weighted"),
    ):
        ours = agreement(sim3[:, :2], coefficient="cohen", weights=weights)
        n = ours.n_units
        held_against.agrees(
            TOPIC,
            f"cohen, {weights}",
            ours.estimate,
            theirs[value],
            rel=1e-10,
            why=CLOSED,
            software=PSYCH,
            **of,
        )
        held_against.agrees(
            TOPIC,
            f"cohen, {weights}, standard error times sqrt((n - 1) / n)",
            ours.standard_error * sqrt((n - 1) / n),
            sqrt(theirs[variance]),
            rel=1e-10,
            why="Fleiss, Cohen and Everitt's large-sample error divides by n",
            software=PSYCH,
            **of,
        )


def test_fleiss_conger_and_light(sim3):
    of = {"data": "sim_ratings_10000x3", "software": IRR}
    theirs = ENTRIES["irr.fleiss.sim3"]
    fleiss = agreement(sim3, coefficient="fleiss")
    held_against.agrees(TOPIC, "fleiss", fleiss.estimate, theirs["value"], rel=1e-10, why=CLOSED, **of)
    held_against.differs(
        TOPIC,
        "fleiss, standard error",
        fleiss.standard_error,
        theirs["value"] / theirs["statistic"],
        why="the error if the true kappa were 0: right for a test, wrong for an interval",
        **of,
    )
    conger = agreement(sim3, coefficient="conger")
    held_against.agrees(TOPIC, "conger", conger.estimate, theirs["conger_exact"], rel=1e-10, why=CLOSED, **of)
    light = agreement(sim3, coefficient="light")
    held_against.agrees(
        TOPIC, "light", light.estimate, ENTRIES["irr.light.sim3"]["value"], rel=1e-10, why=CLOSED, **of
    )


def test_fleiss_kappa_of_single_categories(sim3):
    """Fleiss' kappa of category k against the rest is (specific agreement - share) / (1 - share)."""
    specific = specific_agreement(sim3)
    for k, row in enumerate(ENTRIES["irr.fleiss.sim3"]["detail"]["values"]):
        share = specific.n_ratings[k] / sum(specific.n_ratings)
        held_against.agrees(
            TOPIC,
            f"specific agreement on {k + 1}, beyond its share",
            (specific.estimates[k] - share) / (1 - share),
            row[0],
            data="sim_ratings_10000x3",
            software=IRR,
            why="shown to three digits",
            abs=5e-4,
        )


@pytest.mark.parametrize(
    ("entry", "file"), [("shrout_fleiss", "shrout_fleiss_6x4.csv"), ("sim_icc_500x4", "sim_icc_500x4.csv")]
)
def test_kendall(entry, file):
    ours, theirs = kendall_concordance(_read(file)), ENTRIES[f"irr.misc.{entry}"]
    of = {"data": entry, "software": IRR}
    for figure, mine, other in (
        ("", ours.estimate, theirs["kendall_W"]["value"]),
        (", chi square", ours.statistic, theirs["kendall_W"]["statistic"]),
        (", p", ours.p_value, theirs["kendall_W"]["p.value"]),
    ):
        held_against.agrees(TOPIC, f"Kendall's W{figure}", mine, other, rel=1e-9, why=CLOSED, **of)
    why = "averages Fisher's z of the correlations, not the correlations"
    held_against.differs(
        TOPIC, "mean rank correlation", ours.mean_rank_correlation, theirs["meanrho"]["value"], why=why, **of
    )


def test_rival_faults():
    """What other packages make of the 4 x 12 example and of words (their figures as measured)."""
    x = _read("irrCAC__cac.raw4raters.csv")
    of = {"data": "Gwet, 4 raters x 12"}
    fleiss = agreement(x, coefficient="fleiss")
    held_against.differs(
        TOPIC, "fleiss", fleiss.estimate, 0.568, software="statsmodels", why="counts nan as a category", **of
    )
    alpha = agreement(x, coefficient="krippendorff")
    held_against.differs(
        TOPIC,
        "krippendorff",
        alpha.estimate,
        0.520,
        software="rater-agreement",
        why="counts nan as a category",
        **of,
    )


def test_published_kappa_and_indices():
    """Feinstein and Cicchetti (1990): the same agreement, unlike kappas."""
    balanced = RatedUnits.from_contingency([[40, 9], [6, 45]])
    lopsided = RatedUnits.from_contingency([[80, 10], [5, 5]])
    for units, kappa in ((balanced, 0.70), (lopsided, 0.32)):
        ours = agreement(units, coefficient="cohen")
        assert ours.observed_agreement == pytest.approx(0.85)
        held_against.agrees(
            TOPIC,
            "cohen",
            ours.estimate,
            kappa,
            data="Feinstein and Cicchetti (1990)",
            software="Feinstein and Cicchetti (1990), doi:10.1016/0895-4356(90)90158-L",
            why="published to two digits",
            abs=5e-3,
        )
    assert kappa_indices(lopsided).prevalence_index == pytest.approx(0.75)
    pabak = agreement(lopsided, coefficient="brennan_prediger").estimate
    assert kappa_indices(lopsided).adjusted_kappa == pytest.approx(pabak, rel=1e-12)


def test_levels_of_agreement():
    """Gwet's benchmarking of the AC1 of the 4 x 12 example: .775 with error .143."""
    ours = agreement(_read("irrCAC__cac.raw4raters.csv"), interval="gwet")
    found = agreement_levels(ours)
    assert found.probabilities_at_least[-1] == pytest.approx(1)
    assert found.reached == "moderate"
