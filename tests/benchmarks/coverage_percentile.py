"""Coverage of the interval of a true score's percentile rank.

    python tests/benchmarks/coverage_percentile.py [replications]

Two tests, of which everything is known: 30 items of 0/1 (Rasch, sums about normal) and 8 items of 0-4 (graded, sums
heaped at the floor). For persons whose true score lies at a stated percentile of the population, a norm sample of n is
drawn again and again; for each the interval at every score that the person can get is weighted by the probability of
that score, so that only the norm sample is left to chance. The truth is the population's rank of the true score.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import expit

from psychometrics.norming.cells.cell import Placing
from psychometrics.norming.cells.counts import CountCell
from psychometrics.norming.uncertainty_limits import ScoreSet, limits
from psychometrics.scoring.error_sources import ErrorSources, prorated_errors

Floats = npt.NDArray[np.float64]

PERCENTILES = (5, 10, 25, 50, 75, 90, 95)
SIZES = (100, 300, 1000)
PARTS = ("norm_sample", "measurement", "total")


@dataclass(frozen=True)
class Test:
    """Probabilities of the categories of each item, shape (n_items, n_categories, n_theta), at the trait ``theta``."""

    name: str
    theta: Floats
    weight: Floats
    items: Floats

    def sums(self, items: Floats) -> Floats:
        """Probability of each sum of some items, shape (n_scores, n_theta): Lord and Wingersky's recursion."""
        found = np.ones((1, items.shape[2]))
        for one in items:
            new = np.zeros((len(found) + len(one) - 1, items.shape[2]))
            for points, chance in enumerate(one):
                new[points : points + len(found)] += found * chance
            found = new
        return found


def rasch() -> Test:
    """30 items of 0/1, difficulties from -2 to 2."""
    theta, weight = grid()
    p = expit(theta - np.linspace(-2, 2, 30)[:, None])
    return Test("30 items 0/1, about normal", theta, weight, np.stack([1 - p, p], axis=1))


def graded() -> Test:
    """8 items of 0 to 4 with high thresholds: most people near the floor."""
    theta, weight = grid()
    steps = np.linspace(0.6, 3.0, 4)[None, :] + np.linspace(-0.4, 0.4, 8)[:, None]
    above = expit(1.8 * (theta - steps[:, :, None]))
    full = np.concatenate([np.ones((8, 1, len(theta))), above, np.zeros((8, 1, len(theta)))], axis=1)
    return Test("8 items 0-4, skewed", theta, weight, full[:, :-1] - full[:, 1:])


def grid() -> tuple[Floats, Floats]:
    """Trait values and their shares in a standard normal population."""
    theta = np.linspace(-6, 6, 2401)
    weight = np.exp(-(theta**2) / 2)
    return theta, weight / weight.sum()


@dataclass(frozen=True)
class World:
    """What is true: the population's distribution of scores, true scores, errors, and the persons asked about."""

    test: Test
    scores: Floats
    chances: Floats
    population: Floats
    true: Floats
    errors: dict[float, float]
    average_error: float
    persons: list[int]

    def rank(self, t: Floats) -> Floats:
        """Percentile rank in the population."""
        mid = np.cumsum(self.population) - self.population / 2
        return 100 * np.interp(t, self.scores, mid)


def world(test: Test) -> World:
    """Work out what is true."""
    chances = test.sums(test.items)
    scores = np.arange(len(chances), dtype=float)
    true = scores @ chances
    square = scores**2 @ chances - true**2
    population = chances @ test.weight
    errors = np.sqrt(np.interp(scores, true, square))
    found = World(
        test,
        scores,
        chances,
        population,
        true,
        dict(zip(scores.tolist(), errors.tolist(), strict=True)),
        float(np.sqrt(test.weight @ square)),
        [],
    )
    ranks = found.rank(true)
    found.persons.extend(int(np.argmin(np.abs(ranks - p))) for p in PERCENTILES)
    return found


def covered(
    found: World, sources: ErrorSources, chances: Floats, raw: Floats, n: int, replications: int, seed: int,
    n_missing: int | None = None, kelley: bool = False,
) -> dict[str, Floats]:  # fmt: skip
    """Share of intervals that hold the truth, per part and person; ``chances``: of each score, (n_scores, n_persons)."""
    rng = np.random.default_rng(seed)
    truth = found.rank(found.true[found.persons])
    hits = {part: np.zeros(len(truth)) for part in PARTS}
    ends = (float(found.scores[0]), float(found.scores[-1]))
    missing = None if n_missing is None else np.full(len(raw), n_missing)
    for counts in rng.multinomial(n, found.population, replications):
        cell = CountCell(scores=found.scores[counts > 0], counts=counts[counts > 0])
        got = limits(cell, ScoreSet(raw=raw, n_missing=missing), sources, Placing(), ends, kelley=kelley)
        for part in PARTS:
            inside = (got.lower[part][:, None] <= truth) & (truth <= got.upper[part][:, None])
            hits[part] += (inside * chances).sum(axis=0) / replications
    return hits


def show(name: str, hits: dict[str, Floats], parts: tuple[str, ...] = PARTS) -> None:
    """Print one row of the table per part."""
    for part in parts:
        cells = " | ".join(f"{h:.3f}" for h in hits[part])
        print(f"| {name} | {part.replace('_', ' ')} | {cells} | {hits[part].mean():.3f} |", flush=True)


def prorated_chances(found: World, m: int) -> tuple[Floats, Floats]:
    """Prorated scores with the last m of every n items missing at random, and their chances for each person.

    Which items are missing is drawn 40 times.
    """
    rng = np.random.default_rng(5)
    items = found.test.items
    n = len(items)
    kept = [np.sort(rng.permutation(n)[: n - m]) for _ in range(40)]
    chances = np.mean([found.test.sums(items[k][:, :, found.persons]) for k in kept], axis=0)
    return np.arange(len(chances)) * n / (n - m), chances


def covariance(test: Test) -> tuple[Floats, Floats]:
    """Covariances and means of the items in the population."""
    points = np.arange(test.items.shape[1])
    mean_at = np.einsum("c,icx->ix", points, test.items)
    within = np.einsum("c,icx->ix", points**2, test.items) - mean_at**2
    means = mean_at @ test.weight
    between = (mean_at * test.weight) @ mean_at.T - np.outer(means, means)
    return between + np.diag(within @ test.weight), means


def main(replications: int) -> None:
    """Print the tables."""
    for test in (rasch(), graded()):
        found = world(test)
        print(f"\n{test.name}: true scores {np.round(found.true[found.persons], 1).tolist()}")
        print("| errors, n | part | " + " | ".join(map(str, PERCENTILES)) + " | mean |")
        print("|---|---|" + "---|" * (len(PERCENTILES) + 1))
        along, flat = ErrorSources(measurement=found.errors), ErrorSources(measurement=found.average_error)
        chances = found.chances[:, found.persons]
        for n in SIZES:
            show(f"along the score, {n}", covered(found, along, chances, found.scores, n, replications, n))
        for n in (300,):
            hits = covered(found, flat, chances, found.scores, n, replications, n)
            show(f"one error, {n}", hits, ("total",))
        V, means = covariance(test)
        missing = prorated_errors(len(V), covariances=V, item_means=means)
        sources = ErrorSources(measurement=found.errors, missing=missing)
        m = len(V) // 4
        raw, prorated = prorated_chances(found, m)
        hits = covered(found, sources, prorated, raw, 300, replications, 7, n_missing=m)
        show(f"{m} of {len(V)} items missing, 300", hits, ("total",))
        ignored = covered(found, along, prorated, raw, 300, replications, 7)
        show(f"{m} of {len(V)} missing, not counted, 300", ignored, ("total",))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 500)
