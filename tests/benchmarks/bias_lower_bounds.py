"""How far do the greatest lower bound and lambda 6 of a sample lie above those of the population?

Normal items, one factor, loadings .5 to .8. Run: uv run python tests/benchmarks/bias_lower_bounds.py [replications]
"""

from __future__ import annotations

import sys

import numpy as np

from psychometrics.kernels.consistency.greatest_lower_bound import greatest_lower_bound
from psychometrics.kernels.consistency.lambdas import lambda6


def main(replications: int = 200) -> None:
    """Print the average excess of both for several numbers of items and persons."""
    rng = np.random.default_rng(7)
    for k in (6, 10, 20):
        loadings = np.linspace(0.5, 0.8, k)
        population = np.outer(loadings, loadings)
        np.fill_diagonal(population, 1)
        truth = greatest_lower_bound(population).estimate, lambda6(population).estimate
        for n in (50, 100, 300, 1000):
            found = []
            for _ in range(replications):
                x = rng.normal(size=(n, 1)) * loadings + rng.normal(size=(n, k)) * np.sqrt(1 - loadings**2)
                c = np.cov(x, rowvar=False)
                found.append((greatest_lower_bound(c).estimate, lambda6(c).estimate))
            bound, sixth = np.mean(found, axis=0) - truth
            print(f"items {k:3} persons {n:5}  greatest lower bound {bound:+.4f}  lambda 6 {sixth:+.4f}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
