"""Limits of true scores and rarity of differences held against R."""

from __future__ import annotations

import held_against
import numpy as np
import oracles
import pytest
from norms_for_tests import moments

import psychometrics as pm
from psychometrics.kernels.percentile_uncertainty import ErrorCurve, true_score_limits
from psychometrics.kernels.score_differences import correlation_interval, share_beyond

TOPIC = "Uncertainty of percentiles and of differences"
R = "R 4.2.2, stats"
ENTRIES = oracles.reference("percentile_uncertainty_r.json")
CLOSED = "closed formula"


@pytest.mark.parametrize("x", [0, 1, 7, 15, 26, 30])
def test_binomial_errors_give_the_score_interval_of_prop_test(x: int) -> None:
    t = 15 - 15 * np.cos(np.linspace(0, np.pi, 40_001))
    curve = ErrorCurve(scores=t, errors=np.sqrt(np.maximum(t * (30 - t), 0) / 30))
    (lower,), (upper,) = true_score_limits(np.array([float(x)]), curve, np.array([1.959963984540054]))
    for end, ours, theirs in zip(
        ("lower", "upper"), (lower, upper), ENTRIES[f"wilson.{x}"]["result"], strict=True
    ):
        held_against.agrees(
            TOPIC,
            f"{end} limit of the true score, binomial errors",
            ours[0] / 30,
            theirs,
            data=f"{x} of 30",
            software=f"{R}, prop.test",
            why="the error table is read along straight lines between 40,001 scores",
            abs=1e-6,
        )


@pytest.mark.parametrize("n", [10, 50, 300])
def test_rarity_of_a_difference(n: int) -> None:
    held_against.agrees(
        TOPIC,
        "share of people with so large a difference, same direction",
        share_beyond(np.array([1.7]), 0.62, n)[0],
        ENTRIES[f"rarity.{n}"]["result"],
        data=ENTRIES[f"rarity.{n}"]["data"],
        software=f"{R}, pt",
        why=CLOSED,
        rel=1e-10,
    )


def test_rarity_is_the_tail_of_the_prediction_of_one_new_difference() -> None:
    found = ENTRIES["prediction"]["result"]
    r = 1 - found["sd"] ** 2 / 2
    held_against.agrees(
        TOPIC,
        "share of people beyond the 90% prediction interval, one side",
        share_beyond(np.array([found["upper"] - found["mean"]]), r, 40)[0],
        0.05,
        data=ENTRIES["prediction"]["data"],
        software=f"{R}, predict.lm",
        why=CLOSED,
        rel=1e-10,
    )


def test_interval_of_a_correlation() -> None:
    found = ENTRIES["correlation"]["result"]
    for end, ours, theirs in zip(("lower", "upper"), correlation_interval(found["r"], 40, 0.95), found["ci"], strict=True):  # fmt: skip
        held_against.agrees(
            TOPIC,
            f"{end} end of the correlation of two scales",
            ours,
            theirs,
            data=ENTRIES["correlation"]["data"],
            software=f"{R}, cor.test",
            why=CLOSED,
            rel=1e-10,
        )


def test_kelleys_limits_under_a_normal_curve(tmp_path) -> None:
    normed = pm.load_norms(moments(tmp_path, n=10**12)).apply({"x": [70.0]}, standard_errors={"x": 4.0})
    found = normed.uncertainty(true_score="kelley")
    ours = [found.percentile_rank[0, 0], found.lower["measurement"][0, 0], found.upper["measurement"][0, 0]]
    for name, mine, theirs in zip(("rank", "lower", "upper"), ours, ENTRIES["kelley"]["result"], strict=True):
        held_against.agrees(
            TOPIC,
            f"{name} of Kelley's true score under a normal curve",
            mine,
            theirs,
            data=ENTRIES["kelley"]["data"],
            software=f"{R}, pnorm",
            why=CLOSED,
            rel=1e-10,
        )
