"""Do the intervals of coefficient omega cover? 8 congeneric items of 5 categories, nominal 95%.

Run: uv run python tests/benchmarks/coverage_omega.py [replications] [replications of the bootstraps]
A smaller version is in tests/evidence/test_omega.py.
"""

from __future__ import annotations

import sys

import numpy as np
import numpy.typing as npt

from psychometrics.evidence.consistency.omega import coefficient_omega

LOADINGS = np.linspace(0.5, 0.8, 8)
DESIGNS = {"symmetric": (-1.5, -0.5, 0.5, 1.5), "right-skewed": (0.5, 1.0, 1.5, 2.0)}
QUICK = ("adf", "grouped_jackknife")
RESAMPLED = ("bootstrap", "bca")
RESAMPLES = 1000


def draw(rng: np.random.Generator, n: int, thresholds: tuple[float, ...]) -> npt.NDArray[np.float64]:
    """Draw n people: one factor, normal, cut into categories."""
    latent = rng.normal(size=(n, 1)) * LOADINGS + rng.normal(size=(n, 8)) * np.sqrt(1 - LOADINGS**2)
    return np.digitize(latent, thresholds).astype(float)


def main(replications: int = 2000, resampled: int = 400) -> None:
    """Print the share of intervals that hold the omega of a sample of two million, and their mean length."""
    rng = np.random.default_rng(20261125)
    for count in (replications, resampled):
        print(
            f"{count} replications: Monte Carlo error of a share near .95 {np.sqrt(0.95 * 0.05 / count):.4f}"
        )
    truths = {}
    for design, thresholds in DESIGNS.items():
        large = draw(rng, 2_000_000, thresholds)
        truths[design] = coefficient_omega(large, interval="grouped_jackknife", groups=2).estimate
    for intervals, count in ((QUICK, replications), (RESAMPLED, resampled)):
        for design, thresholds in DESIGNS.items():
            for n in (100, 300):
                found = [one(rng, n, thresholds, intervals, seed) for seed in range(count)]
                for interval in intervals:
                    ends = np.array([each[interval] for each in found])
                    hits = np.mean((ends[:, 0] <= truths[design]) & (truths[design] <= ends[:, 1]))
                    length = np.nanmean(ends[:, 1] - ends[:, 0])
                    row = f"{design:13} omega {truths[design]:.3f}  n {n:4}  {interval:18}"
                    print(
                        f"{row} covers {hits:.3f}  length {length:.3f}  none {np.isnan(ends).any(1).sum()}",
                        flush=True,
                    )


def one(
    rng: np.random.Generator, n: int, thresholds: tuple[float, ...], intervals: tuple[str, ...], seed: int
) -> dict[str, tuple[float, float]]:
    """Draw one sample and return the ends of its intervals."""
    x = draw(rng, n, thresholds)
    results = {one: coefficient_omega(x, interval=one, replicates=RESAMPLES, seed=seed) for one in intervals}
    return {name: (found.ci_lower, found.ci_upper) for name, found in results.items()}


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
