"""Do the intervals of coefficient alpha cover? 8 congeneric items of 5 categories, nominal 95%.

Run: uv run python tests/benchmarks/coverage_alpha.py [replications]
A smaller version is in tests/kernels/test_alpha_kernel.py.
"""

from __future__ import annotations

import sys

import numpy as np
import numpy.typing as npt

import psychometrics as pm

LOADINGS = np.linspace(0.5, 0.8, 8)
DESIGNS = {"symmetric": (-1.5, -0.5, 0.5, 1.5), "right-skewed": (0.5, 1.0, 1.5, 2.0)}
INTERVALS = ("adf", "feldt", "bonett")


def draw(rng: np.random.Generator, n: int, thresholds: tuple[float, ...]) -> npt.NDArray[np.float64]:
    """Draw n people: one factor, normal, cut into categories."""
    latent = rng.normal(size=(n, 1)) * LOADINGS + rng.normal(size=(n, 8)) * np.sqrt(1 - LOADINGS**2)
    return np.digitize(latent, thresholds).astype(float)


def main(replications: int = 2000) -> None:
    """Print the share of intervals that hold the alpha of a sample of two million."""
    rng = np.random.default_rng(20261124)
    print(
        f"{replications} replications; Monte Carlo error of a share near .95: {np.sqrt(0.95 * 0.05 / replications):.4f}"
    )
    for design, thresholds in DESIGNS.items():
        truth = pm.coefficient_alpha(draw(rng, 2_000_000, thresholds)).estimate
        for n in (50, 100, 300):
            hits = dict.fromkeys(INTERVALS, 0)
            for _ in range(replications):
                x = draw(rng, n, thresholds)
                for interval in INTERVALS:
                    found = pm.coefficient_alpha(x, interval=interval)
                    hits[interval] += found.ci_lower <= truth <= found.ci_upper
            shares = "  ".join(f"{name} {count / replications:.3f}" for name, count in hits.items())
            print(f"{design:13} alpha {truth:.3f}  n {n:4}  {shares}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
