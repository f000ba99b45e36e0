"""Do the intervals of the other consistency coefficients cover? The designs of coverage_alpha.py, nominal 95%.

Run: uv run python tests/benchmarks/coverage_consistency.py [replications [persons ...]]
"""

from __future__ import annotations

import sys

import numpy as np
from coverage_alpha import DESIGNS, SIZES, draw

from psychometrics.evidence.consistency.alpha import coefficient_alpha
from psychometrics.evidence.consistency.item_correlations import item_correlations
from psychometrics.evidence.consistency.lambdas import guttman_lambdas
from psychometrics.evidence.consistency.splits import split_half
from psychometrics.evidence.consistency.stratified_alpha import stratified_alpha

STRATA = ["a"] * 4 + ["b"] * 4


def intervals(x: np.ndarray) -> dict[str, tuple[float, float, float]]:
    """Return estimate and interval of each coefficient."""
    lambdas, halves, mean = guttman_lambdas(x), split_half(x), item_correlations(x)
    found = {name: lambdas[name] for name in ("lambda2", "lambda5", "lambda6", "standardized_lambda2")}
    found |= {name: halves[name] for name in ("odd_even_guttman", "odd_even_spearman_brown")}
    found["standardized_alpha"] = coefficient_alpha(x, standardized=True)
    found["stratified_alpha"] = stratified_alpha(x, STRATA)
    rows = {name: (one.estimate, one.ci_lower, one.ci_upper) for name, one in found.items()}
    return rows | {"mean correlation": (mean.mean, mean.ci_lower, mean.ci_upper)}


def main(replications: int = 1000, *sizes: int) -> None:
    """Print the share of intervals that hold the value of a sample of two million."""
    rng = np.random.default_rng(20261125)
    for design, thresholds in DESIGNS.items():
        truth = {name: one[0] for name, one in intervals(draw(rng, 2_000_000, thresholds)).items()}
        for n in sizes or SIZES:
            hits = dict.fromkeys(truth, 0)
            for _ in range(replications):
                for name, (_, lower, upper) in intervals(draw(rng, n, thresholds)).items():
                    hits[name] += lower <= truth[name] <= upper
            shares = "  ".join(f"{name} {count / replications:.3f}" for name, count in hits.items())
            print(f"{design:13} n {n:4}  {shares}", flush=True)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
