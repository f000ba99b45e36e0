"""Weights, weighted norms and norm errors held against survey and mokken in R."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from held_against import agrees, differs

from psychometrics.kernels.norm_errors import (
    WeightedCounts,
    mean_and_sd,
    moment_influences,
    rank_variances,
    variances,
)
from psychometrics.norming.build import build_norms
from psychometrics.norming.precision.precision import norm_precision
from psychometrics.norming.weighting.weighting import given_weights, rake

HERE = Path(__file__).parent
R = json.loads((HERE / "norm_precision_r.json").read_text(encoding="utf-8"))
DATA = "sim_norm_sample_400.csv (simulated)"
SURVEY, MOKKEN = "R survey 4.1-1", "R mokken, check.norms"
MARGINS = {
    "sex": {"f": 0.51, "m": 0.49},
    "band": {"18-29": 0.25, "30-49": 0.42, "50-64": 0.33},
    "region": {"east": 0.3, "north": 0.33, "south": 0.37},
}
JOINT = {
    ("f", "18-29"): 0.14,
    ("m", "18-29"): 0.11,
    ("f", "30-49"): 0.21,
    ("m", "30-49"): 0.21,
    ("f", "50-64"): 0.16,
    ("m", "50-64"): 0.17,
}
CLOSED = "closed formula"


@pytest.fixture(scope="module")
def sample() -> pd.DataFrame:
    return pd.read_csv(HERE / "data" / "sim_norm_sample_400.csv")


def norms_of(sample, weights=None, strata=()):
    return build_norms(
        sample,
        scale="score",
        edition="e",
        provenance={"description": "simulated"},
        weights=weights,
        strata=strata,
    )


def weights_for(name, sample):
    if name == "raked":
        return rake(sample, MARGINS)
    if name == "post_stratified":
        return rake(sample, {("sex", "band"): JOINT})
    return given_weights(sample.assign(w=rake(sample, MARGINS).of(sample)), "w")


def without_leverage(cell) -> WeightedCounts:
    of = cell.weighted_counts
    return replace(of, leverage=np.zeros_like(of.leverage))


def test_raked_weights(sample):
    for cell in rake(sample, MARGINS).table.cells:
        name = "|".join(cell.labels)
        agrees(
            "Norms: weights",
            f"raked weight of {name}",
            cell.weight,
            R["weights"][name],
            data=DATA,
            software=f"{SURVEY}, rake",
            rel=1e-10,
            why="both iterate to 1e-12",
        )


@pytest.mark.parametrize("name", ["raked", "post_stratified", "fixed"])
def test_weighted_figures_and_their_errors(sample, name):
    table = sample.assign(w=rake(sample, MARGINS).of(sample))
    cell = norms_of(table, weights_for(name, sample)).cells[(), "score"]
    of = without_leverage(cell)
    about = {"data": DATA, "software": f"{SURVEY}, svymean and svyvar", "rel": 1e-10}
    topic = "Norms: weighted figures and errors"
    own, errors = mean_and_sd(of), np.sqrt(variances(of, np.array(moment_influences(of))))
    for i, what in enumerate(("mean", "sd")):
        agrees(topic, f"{what}, {name}", own[i], R[name][what][0], why=CLOSED, **about)
        agrees(
            topic,
            f"standard error of the {what}, {name}, without leverage",
            errors[i],
            R[name][what][1],
            why=CLOSED,
            **about,
        )
    table_of_ranks = cell.rank_table("mid", 0.95)
    for score, ours, error, rank, theirs in zip(
        R["scores"],
        table_of_ranks.percentile_rank[1::2],
        100 * np.sqrt(rank_variances(of, "mid")[1::2]),
        R[name]["rank"],
        R[name]["rank_se"],
        strict=True,
    ):
        agrees(topic, f"percentile rank of {score}, {name}", ours, rank, why=CLOSED, **about)
        agrees(
            topic,
            f"standard error of the rank of {score}, {name}, without leverage",
            error,
            theirs,
            why=CLOSED,
            **about,
        )


@pytest.mark.parametrize(
    ("variable", "level", "entry"),
    [("sex", "f", "raked_female_mean"), ("region", "north", "raked_north_mean")],
)
def test_means_of_parts_of_a_raked_sample(sample, variable, level, entry):
    cell = norms_of(sample, weights_for("raked", sample), [variable]).cells[(level,), "score"]
    of = without_leverage(cell)
    about = {"data": DATA, "software": f"{SURVEY}, svymean of a subset", "rel": 1e-10, "why": CLOSED}
    topic = "Norms: weighted figures and errors"
    agrees(topic, f"mean in {level}, raked", cell.mean, R[entry][0], **about)
    agrees(
        topic,
        f"standard error of the mean in {level}, raked, without leverage",
        float(np.sqrt(variances(of, moment_influences(of)[0]))),
        R[entry][1],
        **about,
    )


@pytest.mark.parametrize("name", ["raked", "post_stratified"])
def test_our_errors_of_calibrated_samples_are_larger_on_purpose(sample, name):
    row = norm_precision(norms_of(sample, weights_for(name, sample))).rows[0]
    assert row.standard_error > R[name]["mean"][1]
    differs(
        "Norms: weighted figures and errors",
        f"standard error of the mean, {name}",
        row.standard_error,
        R[name]["mean"][1],
        data=DATA,
        software=SURVEY,
        why="residuals are divided by 1 - leverage, without which intervals of small calibrated samples cover too little",
    )


def test_norm_errors_without_weights(sample):
    frame = norm_precision(norms_of(sample)).to_frame()
    found, theirs = frame.groupby("statistic"), R["check_norms"]
    about = {"data": DATA, "software": MOKKEN}
    topic = "Norms: standard errors"
    for statistic, entry in (("mean", "mean"), ("sd", "sd")):
        row = found.get_group(statistic).iloc[0]
        agrees(topic, statistic, row["estimate"], theirs[entry][0], rel=1e-10, why=CLOSED, **about)
        agrees(
            topic,
            f"standard error of the {statistic}",
            row["standard_error"],
            theirs[entry][1],
            rel=1e-10,
            why=CLOSED,
            **about,
        )
    for statistic, entry in (("percentile_rank", "perc"), ("stanine_limit", "sta9"), ("z", "z")):
        rows = found.get_group(statistic)
        for at, ours, error, value, other in zip(
            rows["at"],
            rows["estimate"],
            rows["standard_error"],
            theirs[entry],
            theirs[f"{entry}_se"],
            strict=True,
        ):
            agrees(topic, f"{statistic} at {at:g}", ours, value, rel=1e-10, why=CLOSED, **about)
            if statistic == "z":
                continue
            agrees(
                topic,
                f"standard error of {statistic} at {at:g}",
                error,
                other,
                rel=1e-10,
                why=CLOSED,
                **about,
            )


def test_errors_of_z_differ_where_mokken_subtracts_twice(sample):
    rows = norm_precision(norms_of(sample)).to_frame().groupby("statistic").get_group("z")
    theirs = R["check_norms"]["z_se"]
    largest = int(np.abs(rows["standard_error"].to_numpy() / np.array(theirs) - 1).argmax())
    for at, ours, other in zip(rows["at"], rows["standard_error"], theirs, strict=True):
        agrees(
            "Norms: standard errors",
            f"standard error of z at {at:g}",
            ours,
            other,
            rel=1e-5,
            data=DATA,
            software=MOKKEN,
            why="mokken subtracts the term n n'/N twice",
        )
    differs(
        "Norms: standard errors",
        f"standard error of z at {rows['at'].iloc[largest]:g}",
        rows["standard_error"].iloc[largest],
        theirs[largest],
        data=DATA,
        software=MOKKEN,
        why="mokken subtracts the term n n'/N twice in the variance of z; once is right, and the difference goes with 1/N",
    )
