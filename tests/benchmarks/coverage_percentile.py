"""Coverage of the interval of a true score's percentile rank.

    python tests/benchmarks/coverage_percentile.py [replications]

Two tests, of which everything is known: 30 items of 0/1 (Rasch, sums about normal) and 8 items of 0-4 (graded, sums
heaped at the floor). For persons whose true score lies at a stated percentile of the population, a norm sample of n is
drawn again and again; for each the interval at every score that the person can get is weighted by the probability of
that score, so that only the norm sample is left to chance. The truth is the population's rank of the true score.
A third world has scores that raters give.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import expit, ndtr

from psychometrics.evidence.error.conditional import conditional_standard_errors
from psychometrics.norming.cells.cell import Placing
from psychometrics.norming.cells.counts import CountCell
from psychometrics.norming.uncertainty.limits import ScoreSet, limits
from psychometrics.scoring.error_sources import ErrorSources, prorated_errors

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

PERCENTILES = (5, 10, 25, 50, 75, 90, 95, 99)
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

    def people(self, n: int, rng: np.random.Generator) -> Integers:
        """Draw responses of n people, shape (n, n_items)."""
        who = rng.choice(len(self.theta), n, p=self.weight)
        steps = np.cumsum(self.items, axis=1)[:, :, who]
        return (rng.random((len(self.items), 1, n)) > steps[:, :-1]).sum(axis=1).T.astype(np.int64)


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
    """What is true: scores and their shares in the population, and of each true score the chances of all scores."""

    scores: Floats
    chances: Floats
    population: Floats
    true: Floats
    errors: dict[float, float]
    average_error: float

    def rank(self, t: Floats) -> Floats:
        """Percentile rank in the population."""
        mid = np.cumsum(self.population) - self.population / 2
        return 100 * np.interp(t, self.scores, mid)

    @property
    def persons(self) -> list[int]:
        """Position of the true score at each percentile; percentiles within the heap at the floor are left out."""
        ranks = self.rank(self.true)
        floor = 100 * self.population[0]
        return [int(np.argmin(np.abs(ranks - p))) for p in PERCENTILES if p > floor]


def world(test: Test) -> World:
    """Work out what is true of a test."""
    chances = test.sums(test.items)
    scores = np.arange(len(chances), dtype=float)
    true = scores @ chances
    square = scores**2 @ chances - true**2
    errors = np.sqrt(np.interp(scores, true, square))
    return World(
        scores,
        chances,
        chances @ test.weight,
        true,
        dict(zip(scores.tolist(), errors.tolist(), strict=True)),
        float(np.sqrt(test.weight @ square)),
    )


@dataclass(frozen=True)
class Asked:
    """Scores that persons can get, their chances, shape (n_scores, n_persons), and the true ranks of the persons."""

    raw: Floats
    chances: Floats
    truth: Floats
    n_missing: int | None = None
    n_raters: int | None = None

    def hits(self, cell: CountCell, sources: ErrorSources, ends: tuple[float, float], kelley: bool) -> Floats:
        """Chance that the interval holds the truth, shape (n_parts, n_persons)."""
        missing, raters = (
            None if count is None else np.full(len(self.raw), count)
            for count in (self.n_missing, self.n_raters)
        )
        scores = ScoreSet(raw=self.raw, n_raters=raters, n_missing=missing)
        got = limits(cell, scores, sources, Placing(), ends, kelley=kelley)
        inside = [
            (got.lower[part][:, None] <= self.truth) & (self.truth <= got.upper[part][:, None])
            for part in PARTS
        ]
        return np.array([(one * self.chances).sum(axis=0) for one in inside])


def ask(found: World, persons: list[int] | slice | None = None) -> Asked:
    """Ask about persons; those at the stated percentiles unless said."""
    mine = found.persons if persons is None else persons
    return Asked(found.scores, found.chances[:, mine], found.rank(found.true[mine]))


def covered(
    found: World, asked: Asked, sources: ErrorSources, n: int, replications: int, *, kelley: bool = False
) -> Floats:
    """Coverage per part and person over norm samples of n."""
    rng = np.random.default_rng(n)
    ends = (float(found.scores[0]), float(found.scores[-1]))
    total = np.zeros((len(PARTS), len(asked.truth)))
    for counts in rng.multinomial(n, found.population, replications):
        cell = CountCell(scores=found.scores[counts > 0], counts=counts[counts > 0])
        total += asked.hits(cell, sources, ends, kelley) / replications
    return total


def covered_with_estimated_errors(test: Test, found: World, n: int, replications: int) -> Floats:
    """Coverage where the errors along the score are estimated from the norm sample too."""
    rng = np.random.default_rng(n)
    asked = ask(found)
    ends = (float(found.scores[0]), float(found.scores[-1]))
    total = np.zeros((len(PARTS), len(asked.truth)))
    for _ in range(replications):
        people = test.people(n, rng)
        own, counts = np.unique(people.sum(axis=1), return_counts=True)
        table = conditional_standard_errors(people, method="anova").table("anova")
        errors = {s: e for s, e in table.items() if e > 0}
        cell = CountCell(scores=own.astype(float), counts=counts)
        total += asked.hits(cell, ErrorSources(measurement=errors), ends, kelley=False) / replications
    return total


def show(name: str, hits: Floats, parts: tuple[str, ...] = ("total",)) -> None:
    """Print one row of the table per part."""
    for part in parts:
        row = hits[PARTS.index(part)]
        blank = len(PERCENTILES) - len(row)
        cells = " | ".join([*[""] * blank, *(f"{h:.3f}" for h in row)])
        print(f"| {name} | {part.replace('_', ' ')} | {cells} |", flush=True)


def prorated(test: Test, found: World, m: int) -> Asked:
    """Ask about scores prorated from n - m items; which m are missing is drawn 40 times."""
    rng = np.random.default_rng(5)
    n = len(test.items)
    kept = [np.sort(rng.permutation(n)[: n - m]) for _ in range(40)]
    chances = np.mean([test.sums(test.items[k][:, :, found.persons]) for k in kept], axis=0)
    return Asked(np.arange(len(chances)) * n / (n - m), chances, ask(found).truth, n_missing=m)


def covariances(test: Test) -> tuple[Floats, Floats]:
    """Covariances and means of the items in the population."""
    points = np.arange(test.items.shape[1])
    mean_at = np.einsum("c,icx->ix", points, test.items)
    within = np.einsum("c,icx->ix", points**2, test.items) - mean_at**2
    means = mean_at @ test.weight
    between = (mean_at * test.weight) @ mean_at.T - np.outer(means, means)
    return between + np.diag(within @ test.weight), means


def rated(n_raters: int, measurement: float, one_rater: float) -> World:
    """Points 0-40 that raters give: true scores normal (20, 6), with errors of the tasks and of the raters."""
    theta, weight = grid()
    true = 20 + 6 * theta
    error = float(np.hypot(measurement, one_rater / np.sqrt(n_raters)))
    scores = np.arange(41.0)
    edges = np.concatenate([[-np.inf], scores[1:] - 0.5, [np.inf]])
    chances = np.diff(ndtr((edges[:, None] - true) / error), axis=0)
    return World(scores, chances, chances @ weight, scores @ chances, {}, error)


def head(title: str) -> None:
    """Print the head of a table."""
    print(f"\n{title}\n")
    print("| errors, n | interval | " + " | ".join(map(str, PERCENTILES)) + " |")
    print("|---|---|" + "---|" * len(PERCENTILES), flush=True)


def of_test(test: Test, replications: int) -> None:
    """Print the table of a test of known items."""
    found = world(test)
    asked = ask(found)
    head(f"{test.name}: true scores {np.round(found.true[found.persons], 1).tolist()}")
    along = ErrorSources(measurement=found.errors)
    for n in SIZES:
        show(f"along the score, {n}", covered(found, asked, along, n, replications), PARTS)
    for n in SIZES:
        hits = covered_with_estimated_errors(test, found, n, replications // 2)
        show(f"along the score, estimated, {n}", hits)
    flat = ErrorSources(measurement=found.average_error)
    show("one error for all scores, 300", covered(found, asked, flat, 300, replications))
    V, means = covariances(test)
    table = prorated_errors(len(V), covariances=V, item_means=means)
    m = len(V) // 4
    blanks = prorated(test, found, m)
    counted = ErrorSources(measurement=found.errors, missing=table)
    show(f"{m} of {len(V)} items missing, 300", covered(found, blanks, counted, 300, replications))
    show(f"{m} of {len(V)} items missing, not counted, 300", covered(found, blanks, along, 300, replications))
    of_people(test, found, flat, replications // 5)


def of_people(test: Test, found: World, flat: ErrorSources, replications: int) -> None:
    """Print the coverage over the people of the population, of limits around observed and around regressed scores."""
    everybody = ask(found, slice(None, None, 10))
    weight = test.weight[::10] / test.weight[::10].sum()
    for kelley, name in ((False, "observed"), (True, "kelley")):
        hits = covered(found, everybody, flat, 300, replications, kelley=kelley)
        print(
            f"over the population, one error, n 300, {name}: {hits[PARTS.index('total')] @ weight:.3f}",
            flush=True,
        )


def of_raters(replications: int) -> None:
    """Print the table of rated scores: norms judged by two raters, persons by one, two, three."""
    norms = rated(2, 1.5, 4.0)
    counted = ErrorSources(measurement=1.5, raters=4.0)
    average = ErrorSources(measurement=float(np.hypot(1.5, 4.0 / np.sqrt(2))))
    head("points 0-40 given by raters; norms judged by two")
    for n_raters in (1, 2, 3):
        own = rated(n_raters, 1.5, 4.0)
        asked = Asked(own.scores, own.chances[:, norms.persons], ask(norms).truth, n_raters=n_raters)
        show(f"{n_raters} raters, 300", covered(norms, asked, counted, 300, replications))
        show(f"{n_raters} raters, error of two, 300", covered(norms, asked, average, 300, replications))


def main(replications: int) -> None:
    """Print the tables."""
    for test in (rasch(), graded()):
        of_test(test, replications)
    of_raters(replications)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
