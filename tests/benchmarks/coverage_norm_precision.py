"""Coverage of the intervals of weighted percentile ranks, means and SDs, by simulation.

A population of sex, age band and region (known), in which sex and age move the score; a sample that draws people with
unequal probability; raked to the three margins. How often does the interval hold the population's figure? Ranks are
taken at every score there can be, in the sample or not.

    uv run python tests/benchmarks/coverage_norm_precision.py [replications]
"""

from __future__ import annotations

import sys

import numpy as np

from psychometrics.norming.build import build_norms
from psychometrics.norming.precision.precision import norm_precision
from psychometrics.norming.weighting.weighting import rake

SEX, BAND, REGION = ("f", "m"), ("young", "middle", "old"), ("east", "north", "south")
SHARES = {"sex": (0.51, 0.49), "band": (0.25, 0.42, 0.33), "region": (0.3, 0.33, 0.37)}
DRAWN = {"sex": (1.6, 0.7), "band": (1.8, 0.9, 0.5), "region": (1.0, 1.3, 0.8)}
ITEMS = 24


def population(skewed: bool) -> tuple[list[tuple[str, str, str]], np.ndarray, np.ndarray, np.ndarray]:
    """Cells, their shares, their chance of being drawn, and the score distribution of each."""
    cells, shares, drawn, scores = [], [], [], []
    grid = np.linspace(-4, 4, 161)
    density = np.exp(-(grid**2) / 2)
    density /= density.sum()
    k = np.arange(ITEMS + 1)
    ways = np.array([np.prod(np.arange(ITEMS, ITEMS - x, -1) / np.arange(1, x + 1)) for x in k])
    for i, sex in enumerate(SEX):
        for j, band in enumerate(BAND):
            for r, region in enumerate(REGION):
                cells.append((sex, band, region))
                shares.append(SHARES["sex"][i] * SHARES["band"][j] * SHARES["region"][r])
                drawn.append(DRAWN["sex"][i] * DRAWN["band"][j] * DRAWN["region"][r])
                shift = (-1.8 if skewed else 0.0) + 0.5 * i + 0.4 * (j - 1) + 0.3 * (r == 0)
                p = 1 / (1 + np.exp(-(shift + 0.9 * grid)))[:, None]
                scores.append(density @ (ways * p**k * (1 - p) ** (ITEMS - k)))
    return cells, np.array(shares), np.array(drawn), np.array(scores)


def study(n: int, skewed: bool, replications: int, rng: np.random.Generator) -> dict[str, float]:
    cells, shares, drawn, scores = population(skewed)
    truth = shares @ scores
    mid = 100 * (np.cumsum(truth) - truth / 2)
    k = np.arange(ITEMS + 1)
    mean = float(truth @ k)
    sd = float(np.sqrt(truth @ (k - mean) ** 2))
    chance = (shares * drawn / (shares @ drawn))[:, None] * scores
    margins = {
        name: dict(zip(levels, SHARES[name], strict=True))
        for name, levels in (("sex", SEX), ("band", BAND), ("region", REGION))
    }
    hits: dict[str, list[float]] = {}
    effects = []
    for _ in range(replications):
        counts = rng.multinomial(n, chance.ravel()).reshape(chance.shape)
        cell, score = np.nonzero(counts)
        times = counts[cell, score]
        rows = np.repeat(cell, times)
        sample = {
            name: np.array([c[i] for c in cells])[rows] for i, name in enumerate(("sex", "band", "region"))
        }
        sample["x"] = np.repeat(score, times)
        weights = rake(sample, margins)
        effects.append(weights.design_effect)
        norms = build_norms(
            sample,
            scale="x",
            edition="e",
            provenance={"description": "simulated"},
            weights=weights,
            simulated=True,
        )
        for row in norm_precision(norms, percentiles=()).rows[:2]:
            true = mean if row.statistic == "mean" else sd
            hits.setdefault(row.statistic, []).append(row.ci_lower <= true <= row.ci_upper)
        placed = norms.apply({"x": k})
        held = (placed.percentile_lower[0] <= mid) & (mid <= placed.percentile_upper[0])
        for label, low, high in (("rank 2-10", 2, 10), ("rank 10-90", 10, 90), ("rank 90-98", 90, 98)):
            hits.setdefault(label, []).extend(held[(mid >= low) & (mid < high)].tolist())
    return {
        "design effect": float(np.mean(effects)),
        **{name: float(np.mean(found)) for name, found in hits.items()},
    }


def main() -> None:
    replications = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    rng = np.random.default_rng(1)
    names = ("rank 2-10", "rank 10-90", "rank 90-98", "mean", "sd")
    print(f"{replications} replications, 95 % intervals")
    print("population  n     design effect  " + "  ".join(names))
    for skewed in (False, True):
        for n in (100, 300, 1000):
            found = study(n, skewed, replications, rng)
            figures = "  ".join(f"{found.get(name, float('nan')):{len(name)}.3f}" for name in names)
            print(
                f"{'skewed' if skewed else 'symmetric':10s}  {n:<5d} {found['design effect']:<13.2f}  {figures}",
                flush=True,
            )


if __name__ == "__main__":
    main()
