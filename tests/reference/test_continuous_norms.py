"""Continuous norms held against cNORM on simulated data."""

from __future__ import annotations

import re

import held_against
import numpy as np
import oracles
import pytest
from numpy.polynomial import Polynomial, legendre

from psychometrics.kernels.continuous.families.beta_binomial import Shapes
from psychometrics.kernels.continuous.fitting import Choices, fit
from psychometrics.kernels.continuous.lattice import Lattice
from psychometrics.kernels.continuous.likelihood import maximise, predictors, split
from psychometrics.kernels.continuous.powers import fit_powers
from psychometrics.kernels.continuous.ranking import rank
from psychometrics.kernels.continuous.sample import sample_of
from psychometrics.kernels.continuous.taylor_search import fit_taylor

TOPIC = "Continuous norms"
DATA = "sim_norm_10000"
CNORM = "cNORM 3.6.0"
LATTICE = Lattice(least=0, most=60, step=1, discrete=True)


@pytest.fixture(scope="module")
def people():
    return oracles.data("sim_norm_10000.csv.gz").T


@pytest.fixture(scope="module")
def r():
    return {name: entry["result"] for name, entry in oracles.reference("continuous_cnorm.json").items()}


def agrees(statistic, ours, theirs, *, why, software=CNORM, **tolerance):
    held_against.agrees(TOPIC, statistic, ours, theirs, data=DATA, software=software, why=why, **tolerance)


@pytest.fixture(scope="module")
def location(people):
    _, _, raw, group = people
    sample = sample_of(raw.astype(int), group, np.ones(len(raw)), (6.5, 17.5))
    ranked = rank(sample, 61)
    at = np.searchsorted(np.unique(group), group), raw.astype(int)
    return 100 * ranked.share[at], 50 + 10 * ranked.z[at]


def test_ranks_within_groups_are_those_of_cnorm(people, r, location):
    first = r["group.3.6.0"]["data_first30"]["columns"]
    share, t = location
    for i in range(10):
        where = f"raw {first['raw'][i]:g} in group {first['group'][i]:g}"
        agrees(
            f"percentile (rankit), {where}",
            share[i],
            100 * first["percentile"][i],
            why="closed formula, same ranks",
            rel=1e-10,
        )
        agrees(
            f"T of the rank, {where}",
            t[i],
            first["normValue"][i],
            why="closed formula, same ranks",
            rel=1e-10,
        )


def test_regression_on_the_same_powers_is_that_of_cnorm(people, r, location):
    _, _, raw, group = people
    theirs = r["group.3.6.0"]
    terms = [(0, 0), *((power("L", t), power("A", t)) for t in theirs["terms"][1:])]
    found = fit_powers(raw, location[1], group, terms)
    why = "least squares with the same 22 terms; powers up to T^5 A^3 leave about ten digits"
    for name, ours in zip(theirs["terms"], found.coefficients, strict=True):
        agrees(f"coefficient {name}", ours, theirs["coefficients"][name], why=why, rel=1e-8)
    agrees("R squared, 22 terms", found.r_squared, theirs["R2"], why=why, rel=1e-10)
    agrees("RMSE, 22 terms", found.root_mean_square_error, theirs["rmse"], why=why, rel=1e-10)
    for age, table in theirs["normTables"].items():
        at = np.array(table["columns"]["norm"], float)
        ours = np.clip(found.raw(at, np.full(len(at), float(age))), 0, 60)
        for t, mine, other in zip(at[::4], ours[::4], table["columns"]["raw"][::4], strict=True):
            agrees(
                f"raw score at T {t:g}, age {age}", mine, other, why="printed with two decimals", abs=0.00501
            )


def power(letter: str, term: str) -> int:
    found = re.search(letter + r"(\d)", term)
    return int(found.group(1)) if found else 0


def test_cnorm_3_5_2_stops_short_of_the_least_squares_minimum(people, r, location):
    _, _, raw, group = people
    theirs = r["group.3.5.2"]
    terms = [(0, 0), *((power("L", t), power("A", t)) for t in theirs["terms"][1:])]
    found = fit_powers(raw, location[1], group, terms)
    assert found.root_mean_square_error <= theirs["rmse"]
    held_against.differs(
        TOPIC,
        "coefficient L3, 22 terms",
        found.coefficients[theirs["terms"].index("L3")],
        theirs["coefficients"]["L3"],
        data=DATA,
        software="cNORM 3.5.2",
        why="the least-squares solution is badly conditioned there; ours has the smaller RMSE, and cNORM 3.6.0 agrees with it",
    )


def test_beta_binomial_with_cubic_log_shapes_reaches_the_likelihood_of_cnorm(people, r):
    age, _, raw, _ = people
    theirs = r["beta_binomial.3.6.0"]
    sample = sample_of(raw.astype(int), age, np.ones(len(raw)), (age.min(), age.max()))
    family = Shapes(lattice=LATTICE)
    found = maximise(family, sample, (3, 3))
    assert found.converged
    assert found.log_likelihood >= theirs["logLik"] - 1e-4
    agrees(
        "log-likelihood, beta-binomial",
        found.log_likelihood,
        theirs["logLik"],
        why="both searches settled; ours is 1e-6 higher",
        abs=1e-4,
    )
    names = [f"log {shape} on age^{i}" for shape in ("alpha", "beta") for i in range(4)]
    for name, ours, other in zip(
        names, in_standardised_age(found, age, sample.age_range), theirs["result_par"], strict=True
    ):
        agrees(
            f"beta-binomial, {name}",
            ours,
            other,
            why="iterative search; parameters of a flat maximum",
            abs=1e-3,
        )
    for at, table in theirs["tables"].items():
        mass = np.exp(mass_at(family, found, float(at), sample.age_range))
        middle = 100 * (np.cumsum(mass) - mass / 2)
        for score in (10, 20, 30, 40, 50):
            why = "follows from parameters that agree to 1e-3"
            agrees(
                f"beta-binomial percentile, raw {score}, age {at}",
                middle[score],
                table["Percentile"][score],
                why=why,
                abs=5e-3,
            )


def in_standardised_age(found, age, age_range):
    """Write Legendre coefficients as powers of (age - mean) / SD."""
    low, high = age_range
    line = Polynomial([(2 * age.mean() - low - high) / (high - low), 2 * age.std(ddof=1) / (high - low)])
    return np.concatenate(
        [Polynomial(legendre.leg2poly(c))(line).coef for c in split(found.coefficients, found.powers)]
    )


def mass_at(family, found, age, age_range):
    eta = predictors(family, found.coefficients, found.powers, np.array([age]), age_range)
    return family.log_mass(np.repeat(eta, 61, axis=1), np.arange(61))[0]


def test_chosen_models_are_better_than_those_of_cnorm_by_bic(people, r, location):
    age, _, raw, group = people
    weights = np.ones(len(raw))
    ours = fit_taylor(sample_of(raw.astype(int), group, weights, (6.5, 17.5)), LATTICE)
    held_against.differs(
        TOPIC,
        "terms of the chosen regression",
        ours.chosen.n_parameters - 1,
        len(r["group.3.6.0"]["terms"]) - 1,
        data=DATA,
        software=CNORM,
        why="cNORM takes the largest model that is monotone at two ages; ours is monotone everywhere and chosen by BIC of the distribution it implies",
    )
    exact = sample_of(raw.astype(int), age, weights, (age.min(), age.max()))
    chosen = fit("beta_binomial", exact, LATTICE, Choices())
    theirs = -2 * r["beta_binomial.3.6.0"]["logLik"] + 8 * np.log(len(raw))
    assert chosen.bic < theirs
    held_against.differs(
        TOPIC,
        "BIC, beta-binomial",
        chosen.bic,
        theirs,
        data=DATA,
        software=CNORM,
        why="powers of age chosen by BIC (5 parameters) instead of cubic by default (8)",
    )
