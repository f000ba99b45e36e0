"""How near continuous norms come to the truth, and whether they ever fall where they should rise. All people are simulated.

30 Rasch items with difficulties from N(0, 1), drawn anew each time; 7 ages 0..6, at which ability is normal with means -1.5, -1, .., 1.5
and SD 1; n people per age. The true percentile rank of every score at every age follows from the model (Lord and Wingersky's
recursion over 81 quadrature points). Error: root mean square difference in T between norms and truth, T kept within 20..80, over the
people of the population (first figure) and over all scores whose true T is 30..70, each counted once (second). Slow methods, and
"auto", see the first fifth of the replications only.

Run: OPENBLAS_NUM_THREADS=1 uv run python tests/benchmarks/study_continuous_norms.py [replications]
"""

from __future__ import annotations

import sys
from collections import defaultdict

import numpy as np
from scipy.linalg import LinAlgError
from scipy.special import ndtri

from psychometrics.kernels.continuous.checks import rises_everywhere
from psychometrics.kernels.continuous.fitting import Choices, fit
from psychometrics.kernels.continuous.lattice import Lattice
from psychometrics.kernels.continuous.powers import fit_powers
from psychometrics.kernels.continuous.ranking import rank
from psychometrics.kernels.continuous.sample import sample_of
from psychometrics.kernels.continuous.standing import standing

AGES = np.arange(7.0)
MEANS = np.linspace(-1.5, 1.5, 7)
N_ITEMS = 30
LATTICE = Lattice(least=0, most=N_ITEMS, step=1, discrete=True)
SCORES = LATTICE.scores
METHODS = {
    "taylor": ("taylor", Choices()),
    "taylor, identity only": ("taylor", Choices(links=("identity",))),
    "beta_binomial": ("beta_binomial", Choices()),
    "shash": ("shash", Choices()),
    "box_cox_t": ("box_cox_t", Choices()),
    "normal": ("normal", Choices()),
}
FAST = {name: METHODS[name] for name in ("taylor", "taylor, identity only", "beta_binomial")}
FULL = [(i, j) for i in range(6) for j in range(4)]


def truth(difficulty: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the share at each score and the mid share, shape (7, 31)."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(81)
    mass = np.empty((7, N_ITEMS + 1))
    for row, mean in enumerate(MEANS):
        right = 1 / (1 + np.exp(-(mean + nodes[:, None] - difficulty)))
        score = np.zeros((81, N_ITEMS + 1))
        score[:, 0] = 1
        for p in right.T:
            score[:, 1:] = score[:, 1:] * (1 - p[:, None]) + score[:, :-1] * p[:, None]
            score[:, 0] *= 1 - p
        mass[row] = weights @ score / weights.sum()
    return mass, np.cumsum(mass, axis=1) - mass / 2


def errors(z: np.ndarray, mass: np.ndarray, mid: np.ndarray) -> list[float]:
    """Return the two mean squares of the error in T."""
    true = ndtri(mid)
    difference = 10 * (np.clip(z, -3, 3) - np.clip(true, -3, 3))
    central = np.abs(true) <= 2
    return [float(np.sum(mass * difference**2) / 7), float(np.mean(difference[central] ** 2))]


def unconstrained(scores: np.ndarray, age: np.ndarray, sample) -> np.ndarray:
    """All powers up to z^5 age^3 by least squares, read off by running maximum: near what is fitted by default elsewhere."""
    ranked = rank(sample, N_ITEMS + 1)
    row, column = np.nonzero(ranked.weights)
    found = fit_powers(
        column.astype(float), ranked.z[row, column], ranked.age[row], FULL, ranked.weights[row, column]
    )
    grid = np.linspace(-3, 3, 601)
    rows = [found.raw(grid, np.full(601, a)) for a in AGES]
    falls = any((np.diff(found.raw(grid, np.full(601, a))) <= 0).any() for a in np.linspace(0, 6, 61))
    return np.array([np.interp(SCORES, np.maximum.accumulate(raw), grid) for raw in rows]), falls


def main(replications: int) -> None:
    for n in (50, 100, 250):
        found = defaultdict(list)
        falling, covered, failed = defaultdict(int), defaultdict(list), defaultdict(int)
        rng = np.random.default_rng(n)
        for replication in range(replications):
            difficulty = rng.normal(size=N_ITEMS)
            mass, mid = truth(difficulty)
            age = np.repeat(AGES, n)
            ability = np.repeat(MEANS, n) + rng.normal(size=7 * n)
            right = rng.random((7 * n, N_ITEMS)) < 1 / (1 + np.exp(-(ability[:, None] - difficulty)))
            scores = right.sum(axis=1)
            sample = sample_of(scores, age, np.ones(7 * n), (0.0, 6.0))
            z, falls = unconstrained(scores, age, sample)
            found["22 terms, unconstrained"].append(errors(z, mass, mid))
            falling["22 terms, unconstrained"] += falls
            fits = {}
            few = replication < replications // 5
            for name, (method, choices) in METHODS.items() if few else FAST.items():
                try:
                    fits[name] = fit(method, sample, LATTICE, choices)
                except LinAlgError:
                    failed[name] += 1
            auto = [("auto", min(fits.values(), key=lambda one: one.bic))] if few else []
            for name, one in [*fits.items(), *auto]:
                place = standing(one.model, AGES)
                found[name].append(errors(place.z, mass, mid))
                falling[name] += not rises_everywhere(one.model)
                told = (np.abs(ndtri(mid)) < 2.5) & (mass > 0)
                inside = (place.lower <= mid) & (mid <= place.upper)
                covered[name].append(float(np.sum((mass * inside)[told]) / np.sum(mass[told])))
        for name, rows in found.items():
            people, central = np.sqrt(np.mean(rows, axis=0))
            cover = f"{np.mean(covered[name]):.3f}" if name in covered else "-"
            print(
                f"{n:4d} | {name:24s} | {people:.2f} | {central:.2f} | {falling[name]} of {len(rows)} | {cover} | {failed[name]}",
                flush=True,
            )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 500)
