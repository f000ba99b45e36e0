"""How often 95% intervals of agreement hold the true value. Run: python tests/benchmarks/coverage_agreement.py [samples].

Simulated: a normal truth and rater error (SD 0.7) cut into five categories; 3 raters rate every script, or 30% of the
scripts are rated by 2 of 3 raters and the rest once. The true coefficient is that of 400,000 scripts.
"""

from __future__ import annotations

import sys

import numpy as np

from psychometrics.evidence.agreement.agreement import agreement

CASES = (
    ("gwet", {"weights": "quadratic"}),
    ("fleiss", {"weights": "quadratic"}),
    ("krippendorff", {"level": "ordinal"}),
)
CUTS = {"even": (-0.84, -0.25, 0.25, 0.84), "skewed": (0.8, 1.3, 1.8, 2.3)}
SPARSE = 0.7


def ratings(rng, n, cuts, sparse):
    latent = rng.normal(size=(n, 1)) + rng.normal(0, 0.7, (n, 3))
    x = np.digitize(latent / np.sqrt(1.49), cuts).astype(float)
    if sparse:
        order = rng.permuted(np.tile(np.arange(3), (n, 1)), axis=1)
        keep = np.where(rng.random((n, 1)) < SPARSE, order == 0, order < 2)
        x[~keep] = np.nan
    return x


def main(samples: int) -> None:
    for name, cuts in CUTS.items():
        for sparse in (False, True):
            truth_rng = np.random.default_rng(1)
            big = ratings(truth_rng, 400_000, cuts, sparse)
            for coefficient, options in CASES:
                truth = agreement(big, coefficient=coefficient, categories=range(5), **options).estimate
                for n in (30, 100, 300):
                    rng = np.random.default_rng(2)
                    hits = dict.fromkeys(("closed_form", "gwet", "jackknife", "bootstrap"), 0)
                    for _ in range(samples):
                        x = ratings(rng, n, cuts, sparse)
                        for interval in hits:
                            found = agreement(
                                x,
                                coefficient=coefficient,
                                categories=range(5),
                                interval=interval,
                                replicates=500,
                                **options,
                            )
                            hits[interval] += found.ci_lower <= truth <= found.ci_upper
                    shown = "  ".join(f"{key} {value / samples:.1%}" for key, value in hits.items())
                    design = "sparse" if sparse else "complete"
                    print(
                        f"{name:7s} {design:8s} {coefficient:12s} {truth:.3f} n={n:3d}  {shown}", flush=True
                    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
