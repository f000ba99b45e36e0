"""Intraclass correlations held against psych, irr and lme4."""

from __future__ import annotations

import held_against
import oracles
import pytest

from psychometrics.evidence.agreement.intraclass import intraclass_correlation
from psychometrics.kernels.components.intraclass import FORMS

TOPIC = "Intraclass correlation"
CLOSED = "closed formula, same data"
PSYCH = dict(zip(FORMS, ["ICC1", "ICC1k", "ICC3", "ICC3k", "ICC2", "ICC2k"], strict=True))
SETS = {
    "shrout_fleiss": "shrout_fleiss_6x4.csv",
    "sim_icc_500x4": "sim_icc_500x4.csv",
    "sim_retest_2000": "sim_retest_2000.csv.gz",
}
ENTRIES = oracles.reference("intraclass_psych.json")


def psych(entry):
    table = ENTRIES[entry]["result"]["results"]["columns"]
    return {kind: {name: table[name][place] for name in table} for place, kind in enumerate(table["type"])}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("data", SETS)
def test_psych_by_anova(data, form):
    found = intraclass_correlation(oracles.data(SETS[data]), form=form, interval="f")
    theirs = psych(f"psych.ICC.aov.{data}")[PSYCH[form]]
    for ours, name in (
        ("estimate", "ICC"),
        ("ci_lower", "lower bound"),
        ("ci_upper", "upper bound"),
        ("f", "F"),
        ("df_error", "df2"),
    ):
        held_against.agrees(
            TOPIC, f"ICC({form}) {ours}", getattr(found, ours), theirs[name],
            data=data, software="psych 2.5.3 ICC(lmer = FALSE)", why=CLOSED, rel=1e-10,
        )  # fmt: skip
    held_against.agrees(
        TOPIC, f"ICC({form}) p_value", found.p_value, theirs["p"],
        data=data, software="psych 2.5.3 ICC(lmer = FALSE)", why="psych takes 1 - p: to 1e-13", abs=1e-12,
    )  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("data", ["shrout_fleiss", "sim_icc_500x4"])
def test_psych_by_lme4(data, form):
    found = intraclass_correlation(oracles.data(SETS[data]), form=form, interval="f")
    held_against.agrees(
        TOPIC, f"ICC({form}) estimate", found.estimate, psych(f"psych.ICC.lmer.{data}")[PSYCH[form]]["ICC"],
        data=data, software="psych 2.5.3 ICC(lmer = TRUE)", why="lme4's optimiser stops early", abs=5e-6,
    )  # fmt: skip


@pytest.mark.parametrize("form", ["C,1", "A,1"])
def test_incomplete_table(form):
    found = intraclass_correlation(oracles.data("sim_ratings_1000x3_na.csv"), form=form)
    theirs = psych("psych.ICC.missing.ratings")[PSYCH[form]]
    held_against.agrees(
        TOPIC, f"ICC({form}) estimate", found.estimate, theirs["ICC"], data="sim_ratings_1000x3_na",
        software="psych 2.5.3 ICC(lmer = TRUE)", why="lme4's optimiser stops early", abs=5e-6,
    )  # fmt: skip
    held_against.differs(
        TOPIC, f"ICC({form}) ci_lower", found.ci_lower, theirs["lower bound"], data="sim_ratings_1000x3_na",
        software="psych 2.5.3 ICC(lmer = TRUE)",
        why="psych puts the components into the F formula of a complete table; ours knows which ratings are there",
    )  # fmt: skip


@pytest.mark.parametrize("unit", ["single", "average"])
@pytest.mark.parametrize(
    ("model", "kind"), [("oneway", "agreement"), ("twoway", "consistency"), ("twoway", "agreement")]
)
def test_irr(model, kind, unit):
    theirs = ENTRIES[f"irr.icc.{model}.{kind}.{unit}.shrout_fleiss"]["result"]
    form = f"{'1' if model == 'oneway' else kind[0].upper()},{'1' if unit == 'single' else 'k'}"
    found = intraclass_correlation(oracles.data("shrout_fleiss_6x4.csv"), form=form, interval="f")
    words = {"data": "shrout_fleiss", "software": "irr 0.84.1 icc"}
    held_against.agrees(
        TOPIC, f"ICC({form}) estimate", found.estimate, theirs["value"], why=CLOSED, rel=1e-10, **words
    )
    for ours, name in (("ci_lower", "lbound"), ("ci_upper", "ubound")):
        if form == "A,k":
            why = (
                "irr takes other degrees of freedom for A,k than McGraw and Wong's correction (1996, p. 390)"
            )
            held_against.differs(
                TOPIC, f"ICC({form}) {ours}", getattr(found, ours), theirs[name], why=why, **words
            )
        else:
            held_against.agrees(
                TOPIC,
                f"ICC({form}) {ours}",
                getattr(found, ours),
                theirs[name],
                why=CLOSED,
                rel=1e-10,
                **words,
            )
    if form.startswith("A"):
        why = "irr tests with the degrees of freedom of the interval; under the null hypothesis they are those of C"
        held_against.differs(
            TOPIC, f"ICC({form}) p_value", found.p_value, theirs["p.value"], why=why, **words
        )
    else:
        held_against.agrees(
            TOPIC, f"ICC({form}) p_value", found.p_value, theirs["p.value"], why=CLOSED, rel=1e-10, **words
        )
