"""Intraclass correlations and variance components: against psych, irr, lme4 and slow twins."""

import numpy as np
import oracles
import pytest
from scipy.optimize import minimize

from psychometrics.kernels.components.incomplete import (
    intraclass_from_components,
    reml,
    why_no_components,
)
from psychometrics.kernels.components.intraclass import FORMS, intraclass, mean_squares
from psychometrics.kernels.stability.retest import retest

CLOSED = 1e-10  # a closed formula: only round-off may differ
PSYCH = dict(zip(FORMS, ["ICC1", "ICC1k", "ICC3", "ICC3k", "ICC2", "ICC2k"], strict=True))


def psych(entry):
    table = oracles.reference("intraclass_psych.json")[entry]["result"]["results"]["columns"]
    rows = zip(table["ICC"], table["lower bound"], table["upper bound"], strict=True)
    return dict(zip(table["type"], rows, strict=True))


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    ("entry", "name"),
    [
        ("shrout_fleiss", "shrout_fleiss_6x4.csv"),
        ("sim_icc_500x4", "sim_icc_500x4.csv"),
        ("sim_retest_2000", "sim_retest_2000.csv.gz"),
    ],
)
def test_anova_forms_are_those_of_psych(entry, name, form):
    found = intraclass(mean_squares(oracles.data(name)), form, 0.95)
    expected = psych(f"psych.ICC.aov.{entry}")[PSYCH[form]]
    assert (found.estimate, found.ci_lower, found.ci_upper) == pytest.approx(expected, rel=CLOSED, abs=1e-12)


@pytest.mark.parametrize("model", ["oneway", "twoway"])
@pytest.mark.parametrize("kind", ["consistency", "agreement"])
@pytest.mark.parametrize("unit", ["single", "average"])
def test_anova_forms_are_those_of_irr(model, kind, unit):
    expected = oracles.reference("intraclass_psych.json")[f"irr.icc.{model}.{kind}.{unit}.shrout_fleiss"][
        "result"
    ]
    letter = "1" if model == "oneway" else kind[0].upper()
    form = f"{letter},{'1' if unit == 'single' else 'k'}"
    found = intraclass(mean_squares(oracles.data("shrout_fleiss_6x4.csv")), form, 0.95)
    assert found.estimate == pytest.approx(expected["value"], rel=CLOSED)
    if form != "A,k":  # irr has other degrees of freedom there; psych and the corrected tables are followed
        assert (found.ci_lower, found.ci_upper) == pytest.approx(
            (expected["lbound"], expected["ubound"]), rel=CLOSED
        )


@pytest.mark.parametrize("form", FORMS)
def test_anova_forms_are_their_textbook_twins(form):
    x = np.random.default_rng(3).normal(size=(15, 1)) + np.random.default_rng(4).normal(size=(15, 3))
    assert intraclass(mean_squares(x), form, 0.9).estimate == pytest.approx(
        oracles.intraclass(x)[form], rel=CLOSED
    )


@pytest.mark.parametrize("name", ["shrout_fleiss_6x4.csv", "sim_icc_500x4.csv"])
def test_reml_is_anova_on_complete_tables(name):
    x = oracles.data(name)
    fit = reml(*oracles.long(x))
    # Newton steps with numerical gradients end within about 1e-9 of the optimum
    assert (fit.target, fit.rater, fit.residual) == pytest.approx(mean_squares(x).components(), rel=1e-7)


def test_reml_is_lme4_with_ratings_missing():
    x = oracles.data("sim_ratings_1000x3_na.csv")
    fit = reml(*oracles.long(x))
    expected = psych("psych.ICC.missing.ratings")
    for form in ("A,1", "C,1"):
        found = intraclass_from_components(fit, form, 0.95)
        # lme4's optimiser stops early: on complete tables it is 8e-7 from the exact ANOVA values
        assert found.estimate == pytest.approx(expected[PSYCH[form]][0], abs=5e-6)
    (_, rater, error) = oracles.reference("intraclass_psych.json")["psych.ICC.missing.ratings"]["result"][
        "stats"
    ]["values"][2]
    assert fit.residual == pytest.approx(error, abs=5e-6)
    assert fit.rater == pytest.approx((rater - error) / 1000, abs=5e-6)


def incomplete(seed=5, n=12, raters=5, share=0.5):
    rng = np.random.default_rng(seed)
    x = 2 * rng.normal(size=(n, 1)) + rng.normal(size=raters) + rng.normal(size=(n, raters))
    x[rng.random(x.shape) < share] = np.nan
    return x


def test_likelihood_is_the_dense_one():
    target, rater, y = oracles.long(incomplete())
    fit = reml(target, rater, y)
    dense = oracles.restricted_log_likelihood(target, rater, y, (fit.target, fit.rater, fit.residual))
    assert fit.log_likelihood == pytest.approx(dense, rel=1e-9)  # two routes, one inverts V in full


def test_reml_finds_the_dense_maximum():
    target, rater, y = oracles.long(incomplete())
    fit = reml(target, rater, y)

    def loss(logs):
        return -oracles.restricted_log_likelihood(target, rater, y, tuple(np.exp(logs)))

    best = minimize(
        loss, np.zeros(3), method="Nelder-Mead", options={"xatol": 1e-7, "fatol": 1e-12, "maxiter": 4000}
    )
    assert fit.log_likelihood >= -best.fun - 1e-8
    # Nelder-Mead stops within about 1e-5
    assert np.log([fit.target, fit.rater, fit.residual]) == pytest.approx(best.x, abs=1e-4)


def test_a_component_of_zero_is_exactly_zero():
    x = oracles.data("shrout_fleiss_6x4.csv")
    same = x - x.mean(axis=0)  # no rater differs from the others: ANOVA's component is negative
    fit = reml(*oracles.long(same))
    assert fit.rater == 0
    found = intraclass_from_components(fit, "A,1", 0.95)
    assert found.ci_lower < found.estimate < found.ci_upper
    assert found.estimate == pytest.approx(intraclass_from_components(fit, "C,1", 0.95).estimate, rel=1e-12)


def test_no_variance_between_targets_is_said():
    x = np.array([[1.0, 5, 3], [5, 1, 3], [3, 3, np.nan], [2, 4, 3]])
    fit = reml(*oracles.long(x))
    found = intraclass_from_components(fit, "C,1", 0.95)
    assert (found.estimate, found.ci_lower) == (0, 0)
    assert 0 < found.ci_upper < 1


def test_perfect_agreement_has_no_residual():
    x = np.arange(5.0)[:, None] + np.array([0.0, 1.0, 3.0])
    x[0, 0] = np.nan
    assert reml(*oracles.long(x)) is None


@pytest.mark.parametrize(
    ("pairs", "word"),
    [
        ([(0, 0), (0, 1)], "targets"),
        ([(0, 0), (1, 0)], "target has"),
        ([(0, 0), (0, 1), (1, 2), (1, 3)], "rater"),
    ],
)
def test_designs_that_cannot_be_told_apart(pairs, word):
    target, rater = np.array(pairs).T
    assert word in why_no_components(target, rater)


def test_retest_is_psych_and_psy():
    first, second = oracles.data("sim_retest_2000.csv.gz").T
    found = retest(first, second, 0.95)
    expected = oracles.reference("intraclass_psych.json")["psy.lin_ccc_icc"]["result"]
    assert found["icc_a1"].estimate == pytest.approx(expected["psy_icc"]["icc.agreement"], rel=CLOSED)
    assert found["icc_c1"].estimate == pytest.approx(expected["psy_icc"]["icc.consistency"], rel=CLOSED)
    assert found["pearson_r"].estimate == pytest.approx(expected["pearson"], rel=CLOSED)
    assert found["mean_change"].estimate == pytest.approx(expected["bias"], rel=CLOSED)
    assert found["sem"].estimate == pytest.approx(expected["sem_from_sd_diff"], rel=CLOSED)
    t = expected["ttest"]["statistic.t"]
    assert found["d_z"].estimate * np.sqrt(2000) == pytest.approx(t, rel=CLOSED)
    width = found["mean_change"].ci_upper - expected["bias"]
    assert width == pytest.approx(
        1.961150862 * expected["bias"] / t, rel=1e-6
    )  # t(1999) quantile to 9 digits
