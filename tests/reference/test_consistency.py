"""Coefficients of internal consistency held against psych, Lambda4 and lavaan on simulated answers."""

from __future__ import annotations

import held_against
import numpy as np
import oracles
import pytest

from psychometrics.evidence.consistency.alpha import coefficient_alpha
from psychometrics.evidence.consistency.greatest_lower_bound import greatest_lower_bound
from psychometrics.evidence.consistency.item_correlations import item_correlations
from psychometrics.evidence.consistency.lambdas import guttman_lambdas
from psychometrics.evidence.consistency.splits import split_half
from psychometrics.evidence.consistency.stratified_alpha import stratified_alpha
from psychometrics.kernels.consistency.gradients import correlations
from psychometrics.kernels.consistency.lambdas import tenberge_zegers
from psychometrics.kernels.covariance import moments
from psychometrics.kernels.em_covariance import em_moments

TOPIC = "Internal consistency"
CLOSED = "closed formula, same data"
DATA = "sim_5f_likert_5000x50"
PSYCH = "psych 2.5.3"
LOCAL = "psych 2.2.9"


@pytest.fixture(scope="module")
def answers():
    return oracles.data("sim_5f_likert_5000x50.csv.gz")


@pytest.fixture(scope="module")
def gaps(answers):
    x = answers[:600, :8].copy()
    row, column = np.indices(x.shape) + 1
    x[(7 * row + 13 * column) % 11 == 0] = np.nan
    return x


def psych(entry):
    return oracles.reference("consistency_psych.json")[entry]["result"]


def r_made(entry):
    return oracles.reference("consistency_r.json")[entry]["result"]


def agrees(statistic, ours, theirs, data, *, software=PSYCH, why=CLOSED, rel=1e-10):
    held_against.agrees(TOPIC, statistic, ours, theirs, data=data, software=software, why=why, rel=rel)


def differs(statistic, ours, theirs, data, *, software=PSYCH, why):
    held_against.differs(TOPIC, statistic, ours, theirs, data=data, software=software, why=why)


@pytest.mark.parametrize(("entry", "k"), [("sim5f_first10", 10), ("sim5f_all50", 50)])
def test_alpha_of_psych(answers, entry, k):
    x, data = answers[:, :k], f"{DATA}, items 1-{k}"
    total = oracles.reference("alpha_psych.json")[f"alpha.{entry}"]["result"]["total"]
    intervals = psych(f"alpha2r_duhachek_feldt.{entry}")
    feldt, duhachek = (coefficient_alpha(x, interval=name) for name in ("feldt", "duhachek"))
    agrees("coefficient alpha", feldt.estimate, total["raw_alpha"], data)
    # the F quantiles of R and SciPy agree to about 1e-12
    agrees("alpha, Feldt, lower", feldt.ci_lower, intervals["feldt"]["lower.ci"], data)
    agrees("alpha, Feldt, upper", feldt.ci_upper, intervals["feldt"]["upper.ci"], data)
    error = (duhachek.ci_upper - duhachek.ci_lower) / (2 * 1.959963984540054)
    agrees("alpha, standard error of Duhachek and Iacobucci", error, intervals["duhachek_ase"], data)
    for end, ours in enumerate((duhachek.ci_lower, duhachek.ci_upper)):
        agrees(
            f"alpha, Duhachek, {('lower', 'upper')[end]}",
            ours,
            intervals["duhachek_ci"][end],
            data,
            why="psych takes 1.96 for the normal quantile 1.959964",
            rel=1e-6,
        )
    standardized = coefficient_alpha(x, standardized=True).estimate
    agrees("standardised alpha", standardized, total["std.alpha"], data)
    found = item_correlations(x)
    agrees("average correlation of items", found.mean, total["average_r"], data)
    agrees("median correlation of items", found.median, total["median_r"], data)
    agrees("signal to noise", found.signal_to_noise, total["S/N"], data)


@pytest.mark.parametrize(("entry", "k"), [("sim5f_first10", 10), ("sim5f_all50", 50)])
def test_lambdas_of_psych(answers, entry, k):
    x, data = answers[:, :k], f"{DATA}, items 1-{k}, correlations"
    expected, found = psych(f"guttman_lambdas.{entry}"), guttman_lambdas(x)
    names = {"lambda1": "lambda.1", "lambda2": "lambda.2", "lambda3": "lambda.3", "lambda5": "lambda.5"}
    names |= {"lambda5_plus": "lambda.5p", "lambda6": "lambda.6"}
    for ours, theirs in names.items():
        agrees(f"Guttman's {ours}", found[f"standardized_{ours}"].estimate, expected[theirs], data)
    r = correlations(moments(x).covariance)
    for order in range(4):
        theirs = expected["tenberge"][f"mu{order}"]
        agrees(f"ten Berge and Zegers, mu{order}", tenberge_zegers(r, order), theirs, data)
    lambda4, worst = (
        found["standardized_lambda4"].estimate,
        split_half(x, standardized=True)["worst"].estimate,
    )
    if k == 10:
        agrees("Guttman's lambda4", lambda4, expected["lambda.4"], data)
        agrees("worst split half", worst, expected["beta"], data)
    else:
        assert lambda4 > expected["lambda.4"]
        assert worst < expected["beta"]
        why = "psych draws splits of so many items; our search finds a {} one"
        differs("Guttman's lambda4", lambda4, expected["lambda.4"], data, why=why.format("better"))
        differs("worst split half", worst, expected["beta"], data, why=why.format("worse"))


@pytest.mark.parametrize(("entry", "standardized"), [("splitHalf_raw", True), ("splitHalf_cov", False)])
def test_all_split_halves_of_psych(answers, entry, standardized):
    expected = psych(f"{entry}.sim5f_first10")
    found = split_half(answers[:, :10], standardized=standardized)
    data = f"{DATA}, items 1-10, {'correlations' if standardized else 'covariances'}"
    for ours, theirs in {"best": "maxrb", "worst": "minrb", "mean": "meanr"}.items():
        agrees(f"{ours} split half", found[ours].estimate, expected[theirs], data)
    why = "psych counts a split of an even test and its mirror image as two"
    differs("number of split halves", found.n_splits, expected["n_splits"], data, why=why)
    doubled = np.repeat(found.values, 2)
    for share, theirs in expected["quantiles"].items():
        ours = float(np.quantile(doubled, float(share.rstrip("%")) / 100))
        agrees(f"split halves counted twice, quantile {share}", ours, theirs, data)


def test_split_halves_of_sixteen_and_of_nine_items(answers):
    expected, found = r_made("split_half_16_correlations"), split_half(answers[:, :16], standardized=True)
    data = f"{DATA}, items 1-16, correlations"
    for ours, theirs in {"best": "maxrb", "worst": "minrb", "mean": "meanr"}.items():
        agrees(f"{ours} split half", found[ours].estimate, expected[theirs], data, software=LOCAL)
    agrees("number of split halves", found.n_splits, expected["n"], data, software=LOCAL)
    expected, found = r_made("split_half_9_covariances"), split_half(answers[:, :9])
    data = f"{DATA}, items 1-9, covariances"
    assert (found.n_splits, expected["n"]) == (126, 63)
    why = "psych takes 63 of the 126 splits of an odd test; a loop over all of them agrees with us"
    differs("worst split half", found["worst"].estimate, expected["minrb"], data, software=LOCAL, why=why)
    differs("mean split half", found["mean"].estimate, expected["meanr"], data, software=LOCAL, why=why)


def test_greatest_lower_bound_of_psych(answers):
    expected, x = psych("glb.sim5f_first10"), answers[:, :10]
    why = "both solve the same programme; CSDP stops at about 1e-8"
    for name, standardized in (("glb_cov", False), ("glb_cor", True)):
        found = greatest_lower_bound(x, standardized=standardized)
        data = f"{DATA}, items 1-10, {'correlations' if standardized else 'covariances'}"
        agrees("greatest lower bound", found.estimate, expected[name], data, why=why, rel=1e-7)
    differs(
        "greatest lower bound by factors",
        greatest_lower_bound(x, standardized=True).estimate,
        expected["glb_fa"],
        f"{DATA}, items 1-10, correlations",
        why="glb.fa is the reliability of a factor model, not the solution of the programme",
    )


def test_lambdas_of_lambda4(answers):
    expected, found = psych("lambda4_pkg.sim5f_first10")["guttman"], guttman_lambdas(answers[:, :10])
    data = f"{DATA}, items 1-10, covariances"
    for number in (1, 2, 3, 5, 6):
        ours = found[f"lambda{number}"].estimate
        agrees(f"Guttman's lambda{number}", ours, expected[f"Lambda{number}"], data, software="Lambda4 3.0")
    assert found["lambda4"].estimate > expected["Lambda4"]
    why = "Lambda4 searches and stops at a lesser split; ours is the best of all 126"
    differs(
        "Guttman's lambda4",
        found["lambda4"].estimate,
        expected["Lambda4"],
        data,
        software="Lambda4 3.0",
        why=why,
    )


def test_missing_values_pairwise_and_by_em(gaps):
    data = f"{DATA}, 600 persons, items 1-8, 9% missing"
    expected = r_made("pairwise")
    found = coefficient_alpha(gaps, interval="duhachek")
    agrees("coefficient alpha, pairwise", found.estimate, expected["raw_alpha"], data, software=LOCAL)
    error = (found.ci_upper - found.ci_lower) / (2 * 1.959963984540054)
    agrees("alpha, standard error of Duhachek, pairwise", error, expected["ase"], data, software=LOCAL)
    r = item_correlations(gaps)
    agrees("average correlation of items, pairwise", r.mean, expected["average_r"], data, software=LOCAL)
    agrees("median correlation of items, pairwise", r.median, expected["median_r"], data, software=LOCAL)
    em, theirs = em_moments(gaps), r_made("em")
    covariance = em.covariance * (em.n_persons - 1) / em.n_persons  # lavaan divides by n
    why = "both iterate; lavaan's EM stops a little earlier"
    for i in range(8):
        agrees(
            f"mean of item {i + 1} by EM",
            em.means[i],
            theirs["means"][i],
            data,
            software="lavaan 0.6.14",
            why=why,
            rel=1e-6,
        )
        for j in range(i + 1):
            name = f"covariance of items {j + 1} and {i + 1} by EM"
            agrees(
                name,
                covariance[i, j],
                theirs["covariance"][i][j],
                data,
                software="lavaan 0.6.14",
                why=why,
                rel=1e-6,
            )


def test_stratified_alpha_from_the_alphas_of_psych(answers):
    found = stratified_alpha(answers[:, :30], np.repeat(["a", "b", "c"], 10).tolist())
    data = f"{DATA}, items 1-30 in three strata"
    agrees(
        "stratified alpha",
        found.estimate,
        r_made("stratified")["estimate"],
        data,
        software=f"{LOCAL}, alphas of the strata",
    )
