"""Criterion validity held against R, psych and pingouin."""

from __future__ import annotations

import json
from math import atanh, tanh
from pathlib import Path

import held_against
import oracles
import pingouin
import pytest

from psychometrics.evidence.validity.criterion import criterion_validity

TOPIC = "Criterion validity"
CLOSED = "closed formula, same data"
R = json.loads((Path(__file__).parent / "validity_fairness_r.json").read_text())
DATA = "sim_retest_2000"


@pytest.fixture(scope="module")
def found():
    x, y = oracles.data("sim_retest_2000.csv.gz").T
    return criterion_validity(x, y, reliability=0.9, criterion_reliability=0.85, sd_ratio=1.6)


def row(found, statistic):
    return found.row("score", "criterion", statistic)


def test_correlation_and_its_interval_as_r(found):
    theirs, ours = R["entries"]["observed"]["result"], row(found, "observed")
    software = "R cor.test"
    for name, a, b in (
        ("r", ours.estimate, theirs["r"]),
        ("lower end", ours.ci_lower, theirs["lower"]),
        ("upper end", ours.ci_upper, theirs["upper"]),
    ):
        held_against.agrees(TOPIC, name, a, b, data=DATA, software=software, why=CLOSED, rel=1e-12)


@pytest.mark.parametrize(
    ("statistic", "software"),
    [("disattenuated", "psych correct.cor"), ("corrected_for_range", "psych rangeCorrection")],
)
def test_corrections_as_psych(found, statistic, software):
    ours, theirs = row(found, statistic).estimate, R["entries"][statistic]["result"]["r"]
    held_against.agrees(TOPIC, statistic, ours, theirs, data=DATA, software=software, why=CLOSED, rel=1e-12)


def test_pingouin_rounds_its_interval(found):
    x, y = oracles.data("sim_retest_2000.csv.gz").T
    theirs, ours = pingouin.corr(x, y).iloc[0], row(found, "observed")
    version = f"pingouin {pingouin.__version__}"
    held_against.agrees(
        TOPIC, "r", ours.estimate, float(theirs["r"]), data=DATA, software=version, why=CLOSED, rel=1e-12
    )
    lower = float(theirs["CI95"][0])
    assert ours.ci_lower == pytest.approx(lower, abs=0.005)
    held_against.differs(
        TOPIC,
        "lower end",
        ours.ci_lower,
        lower,
        data=DATA,
        software=version,
        why="it rounds intervals to two decimals",
    )


def test_interval_of_a_corrected_correlation_is_the_corrected_interval(found):
    observed, corrected = row(found, "observed"), row(found, "disattenuated")
    assert corrected.ci_lower == pytest.approx(observed.ci_lower / (0.9 * 0.85) ** 0.5, rel=1e-14)
    assert tanh(atanh(observed.estimate)) == pytest.approx(observed.estimate)
