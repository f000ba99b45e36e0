"""Do the intervals of coefficient alpha cover? 8 congeneric items of 5 categories, nominal 95%.

Run: uv run python tests/benchmarks/coverage_alpha.py [replications]
A smaller version is in tests/kernels/test_alpha_kernel.py.
"""

from __future__ import annotations

import sys

import numpy as np
import numpy.typing as npt

from psychometrics.evidence.consistency.alpha import coefficient_alpha
from psychometrics.evidence.consistency.alpha_intervals import INTERVALS

LOADINGS = np.linspace(0.5, 0.8, 8)
DESIGNS = {"symmetric": (-1.5, -0.5, 0.5, 1.5), "right-skewed": (0.5, 1.0, 1.5, 2.0)}
SIZES = (50, 100, 300)
RESAMPLES = 999


def draw(rng: np.random.Generator, n: int, thresholds: tuple[float, ...]) -> npt.NDArray[np.float64]:
    """Draw n people: one factor, normal, cut into categories."""
    latent = rng.normal(size=(n, 1)) * LOADINGS + rng.normal(size=(n, 8)) * np.sqrt(1 - LOADINGS**2)
    return np.digitize(latent, thresholds).astype(float)


def main(replications: int = 2000) -> None:
    """Print the share of intervals that hold the alpha of a sample of two million."""
    rng = np.random.default_rng(20261124)
    error = np.sqrt(0.95 * 0.05 / replications)
    print(f"{replications} replications; Monte Carlo error of a share near .95: {error:.4f}")
    print(f"{'items':13} {'alpha':>6} {'n':>4}  " + " ".join(f"{name:>17}" for name in INTERVALS))
    for design, thresholds in DESIGNS.items():
        truth = coefficient_alpha(draw(rng, 2_000_000, thresholds)).estimate
        for n in SIZES:
            hits = dict.fromkeys(INTERVALS, 0)
            for _ in range(replications):
                x = draw(rng, n, thresholds)
                for interval in INTERVALS:
                    found = coefficient_alpha(x, interval=interval, resamples=RESAMPLES)
                    hits[interval] += found.ci_lower <= truth <= found.ci_upper
            shares = " ".join(f"{count / replications:17.3f}" for count in hits.values())
            print(f"{design:13} {truth:6.3f} {n:4}  {shares}", flush=True)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
