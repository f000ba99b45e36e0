"""Test-retest, items over time and kappas of bands held against R, psych, psy, lme4 and publications."""

from __future__ import annotations

import held_against
import numpy as np
import oracles
import pytest

from psychometrics.evidence.stability.bands import band_stability
from psychometrics.evidence.stability.item_stability import item_stability
from psychometrics.evidence.stability.occasions import test_retest as retest
from psychometrics.evidence.stability.reliable_change import reliable_change
from psychometrics.kernels.stability.change import equivalence_p_value
from psychometrics.kernels.stability.limits import tolerance_factor
from psychometrics.kernels.stability.pairs import moments_of, pairs_of
from psychometrics.kernels.stability.reliable_change import RetestNorms

TOPIC = "Test-retest"
CLOSED = "closed formula, same data"
SEARCHED = "quantile of the noncentral t, which R gives without full precision"
RETEST = "sim_retest_2000"
ITEMS = "sim_item_retest_120x6x2"


@pytest.fixture(scope="module")
def pairs():
    return oracles.data("sim_retest_2000.csv.gz").T


@pytest.fixture(scope="module")
def found(pairs):
    return retest(*pairs).scales[""]


@pytest.fixture(scope="module")
def r():
    return {name: entry["result"] for name, entry in oracles.reference("retest_r.json").items()}


def agrees(statistic, ours, theirs, *, data=RETEST, software="R 4.2.2", why=CLOSED, rel=1e-10):
    held_against.agrees(TOPIC, statistic, ours, theirs, data=data, software=software, why=why, rel=rel)


def test_coefficients_are_those_of_psych_psy_and_r(found, r):
    expected = oracles.reference("intraclass_psych.json")["psy.lin_ccc_icc"]["result"]
    agrees("ICC(A,1)", found.icc_a1.estimate, expected["psy_icc"]["icc.agreement"], software="psy 1.2")
    agrees("ICC(C,1)", found.icc_c1.estimate, expected["psy_icc"]["icc.consistency"], software="psy 1.2")
    agrees("concordance", found.concordance.estimate, expected["lin_ccc_n"], software="R 4.2.2, written out")
    held_against.differs(
        TOPIC,
        "concordance",
        found.concordance.estimate,
        expected["lin_ccc_n1"],
        data=RETEST,
        software="R 4.2.2, variances divided by n - 1",
        why="Lin (1989) divides by n; some programs divide by n - 1",
    )
    agrees("standard error of measurement", found.sem.estimate, expected["sem_from_sd_diff"])
    agrees("mean change", found.mean_change.estimate, expected["bias"])
    agrees("Pearson r", found.pearson_r.estimate, r["pearson"]["r"], why=CLOSED)
    agrees("Pearson r, lower end", found.pearson_r.ci_lower, r["pearson"]["lower"])
    agrees("Pearson r, upper end", found.pearson_r.ci_upper, r["pearson"]["upper"])
    agrees("Spearman rho", found.spearman_rho.estimate, r["spearman"]["rho"])


def test_intraclass_forms_are_those_of_psych(found):
    table = oracles.reference("intraclass_psych.json")["psych.ICC.aov.sim_retest_2000"]["result"]
    forms = {
        "icc_11": "ICC1",
        "icc_a1": "ICC2",
        "icc_c1": "ICC3",
        "icc_1k": "ICC1k",
        "icc_ak": "ICC2k",
        "icc_ck": "ICC3k",
    }
    columns = table["results"]["columns"]
    for name, theirs in forms.items():
        row = columns["type"].index(theirs)
        for part, column in (("estimate", "ICC"), ("ci_lower", "lower bound"), ("ci_upper", "upper bound")):
            agrees(
                f"{name.replace('_', ' ')}, {part.replace('_', ' ')}",
                getattr(getattr(found, name), part),
                columns[column][row],
                software="psych 2.5.3",
            )


def test_change_error_and_slope_are_those_of_r(found, r):
    agrees("paired t", found.systematic.t, r["t"]["t"])
    agrees(
        "paired t, p", found.systematic.t_p_value, r["t"]["p"], rel=1e-8, why="tail far out: few digits of p"
    )
    agrees("mean change, lower end", found.mean_change.ci_lower, r["t"]["lower"])
    agrees("mean change, upper end", found.mean_change.ci_upper, r["t"]["upper"])
    agrees("sem, lower end", found.sem.ci_lower, r["sem"]["lower"])
    agrees("sem, upper end", found.sem.ci_upper, r["sem"]["upper"])
    agrees("equivalence bound, 0.2 SD", found.equivalence_bound, r["tost"]["bound"])
    tail = "tail far out: few digits of p"
    agrees("equivalence p", found.equivalence_p_value, r["tost"]["p"], rel=1e-8, why=tail)
    agrees(
        "equivalence p",
        found.systematic.equivalence_p_value,
        r["tost"]["p"],
        rel=1e-8,
        why=f"pingouin; {tail}",
    )
    small = "a slope near 0 from sums near 200,000: digits are lost"
    agrees(
        "proportional bias",
        found.proportional_bias.estimate,
        r["proportional_bias"]["slope"],
        rel=1e-8,
        why=small,
    )
    agrees(
        "proportional bias, lower end",
        found.proportional_bias.ci_lower,
        r["proportional_bias"]["lower"],
        rel=1e-9,
    )
    agrees(
        "proportional bias, upper end",
        found.proportional_bias.ci_upper,
        r["proportional_bias"]["upper"],
        rel=1e-9,
    )


def test_ranks_with_ties_are_those_of_r(pairs, r):
    x, y = (np.round(one[:300]) for one in pairs)
    found, data = retest(x, y).scales[""], f"{RETEST}, first 300, rounded"
    agrees("Spearman rho", found.spearman_rho.estimate, r["spearman_ties"]["rho"], data=data)
    agrees("Wilcoxon p", found.systematic.wilcoxon_p_value, r["wilcoxon"]["p"], data=data)
    nonzero = np.count_nonzero(x != y)
    w = min(r["wilcoxon"]["v"], nonzero * (nonzero + 1) / 2 - r["wilcoxon"]["v"])
    agrees("Wilcoxon W, the smaller sum", found.systematic.wilcoxon_w, w, data=data)


@pytest.mark.parametrize("n", [12, 100])
def test_exact_limits_and_d_z_are_those_of_r(pairs, r, n):
    found, data = retest(*pairs[:, :n], tests=False).scales[""], f"{RETEST}, first {n}"
    for name, one, kind in (
        ("upper limit of agreement", found.limit_upper, "limits"),
        ("d_z", found.d_z, "d_z"),
    ):
        expected = r[f"{kind}_{n}"]
        keys = ("upper", "upper_near", "upper_far") if kind == "limits" else ("d", "lower", "upper")
        agrees(name, one.estimate, expected[keys[0]], data=data)
        # an end near 0 is the difference of two numbers near 0.2
        agrees(f"{name}, lower end", one.ci_lower, expected[keys[1]], data=data, why=SEARCHED, rel=1e-7)
        agrees(f"{name}, upper end", one.ci_upper, expected[keys[2]], data=data, why=SEARCHED, rel=1e-7)


@pytest.mark.parametrize(("n", "published"), [(2, 36.519), (5, 5.077), (10, 3.393)])
def test_tolerance_factors_are_published(n, published):
    held_against.agrees(
        TOPIC,
        f"two-sided tolerance factor, n = {n}",
        tolerance_factor(n, 0.95),
        published,
        data="95% of a normal population with 95% confidence",
        software="exact factors of ISO 16269-6",
        why="published to three decimals",
        abs=6e-4,
    )


def test_kappas_of_bands_are_those_of_psych(pairs, r):
    found = band_stability(*pairs, edges=[-1e9, *r["kappa"]["edges"]]).sets[0]
    assert found.table.tolist() == r["kappa"]["table"]
    data = f"{RETEST} in four bands"
    for name, theirs in (
        ("kappa", r["kappa"]["kappa"]),
        ("kappa_quadratic", r["kappa"]["quadratic"]),
        ("kappa_linear", r["kappa_linear"]["linear"]),
    ):
        agrees(
            name.replace("_", " ") + " of bands",
            getattr(found, name).estimate,
            theirs,
            data=data,
            software="psych 2.2.9",
        )


def test_means_over_three_occasions_are_those_of_aov(r):
    found = retest(*oracles.data("sim_icc_500x4.csv")[:, :3].T).repeated[""].means_test
    data = "sim_icc_500x4, columns 1-3"
    agrees(
        "repeated-measures F",
        found.f,
        r["rm_anova"]["f"],
        data=data,
        rel=1e-8,
        why="pingouin: sums by another route",
    )
    assert (found.df_occasions, found.df_error) == (r["rm_anova"]["df1"], r["rm_anova"]["df2"])


@pytest.fixture(scope="module")
def items():
    table = oracles.data("sim_item_retest_120x6x2.csv")
    return item_stability(table[:, :6], table[:, 6:])


def test_items_and_profiles_are_those_of_psych(items, r):
    psych, software = r["testRetest"], "psych 2.2.9 testRetest"
    for place in range(6):
        agrees(
            f"item {place + 1}, r",
            items.items.correlation[place],
            psych["rii"][place],
            data=ITEMS,
            software=software,
        )
        agrees(
            f"item {place + 1}, first mean",
            items.items.mean_first[place],
            psych["mean1"][place],
            data=ITEMS,
            software=software,
        )
    rqq = np.array([np.nan if one in (None, "NA") else one for one in psych["rqq"]], float)
    assert (np.isnan(items.profiles.correlation) == np.isnan(rqq)).all()
    assert items.profiles.correlation == pytest.approx(rqq, rel=1e-9, abs=1e-12, nan_ok=True)  # r near 0
    agrees(
        "mean profile correlation (rqq)",
        items.mean_profile_correlation,
        np.nanmean(rqq),
        data=ITEMS,
        software=software,
    )
    assert items.profiles.distance == pytest.approx(psych["dqq"], rel=1e-10)  # closed
    agrees(
        "mean profile distance (dqq)",
        items.profiles.distance.mean(),
        np.mean(psych["dqq"]),
        data=ITEMS,
        software=software,
    )
    for place, one in (("first", items.alpha_first), ("second", items.alpha_second)):
        agrees(
            f"alpha, {place} occasion", one.estimate, psych[f"alpha_{place}"], data=ITEMS, software=software
        )


def test_what_psych_calls_the_standard_error_of_alpha_is_not(items, r):
    half = items.alpha_first.ci_upper - items.alpha_first.ci_lower
    held_against.differs(
        TOPIC,
        "standard error of alpha, first occasion",
        half / (2 * 1.959964),
        r["testRetest"]["mislabelled_se"],
        data=ITEMS,
        software="psych 2.2.9 testRetest()$alpha",
        why="psych's columns se, lower and upper hold other figures (a variance, two fit indices): they are mislabelled",
    )


def test_components_are_those_of_lme4(items, r):
    why = "REML of balanced data is the ANOVA; the optimiser of lme4 stops early"
    for name, value in items.components.items():
        agrees(
            f"variance of {name}",
            value,
            r["lmer"][name],
            data=ITEMS,
            software="lme4 1.1.31",
            why=why,
            rel=1e-3,
        )
    for name, one in items.coefficients.items():
        agrees(
            name,
            one.estimate,
            r["mlr1"][name],
            data=ITEMS,
            software="psych 2.2.9 testRetest",
            why=why,
            rel=1e-3,
        )


def test_jacobson_and_truax_publish_an_example():
    norms = RetestNorms(mean_first=40, mean_second=40, sd_first=7.5, sd_second=7.5, correlation=0.8, n=100)
    found = reliable_change([47.5], [32.5], reliability=0.80, reference=norms)
    for name, ours, theirs in (
        ("standard error of the difference", found.standard_error[0], 4.74),
        ("reliable change index", found.index[0], -3.16),
    ):
        held_against.agrees(
            TOPIC,
            f"Jacobson-Truax {name}",
            float(ours),
            theirs,
            data="47.5 to 32.5, SD 7.5, reliability .80",
            software="Jacobson and Truax (1991), p. 14",
            why="published to two decimals",
            abs=0.005,
        )


def test_pingouin_has_the_same_equivalence_test(pairs):
    import pingouin

    x, y = pairs[:, :200]
    theirs = float(pingouin.tost(y, x, bound=3.0, paired=True)["pval"].iloc[0])
    ours = equivalence_p_value(moments_of(pairs_of(x, y)), 3.0)
    agrees(
        "equivalence p, bound 3",
        ours,
        theirs,
        data=f"{RETEST}, first 200",
        software="pingouin",
        rel=1e-9,
        why="sums by another route",
    )
