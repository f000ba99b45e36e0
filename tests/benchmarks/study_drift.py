"""How often drift is seen that is not there, and how soon drift that is; run it by hand, it prints tables.

    uv run python tests/benchmarks/study_drift.py [replications]

1. ``norm_drift``: share of samples without drift in which the index is above its critical value, Kolmogorov-Smirnov p
   is below .05, and the intervals of shift and SD ratio miss.
2. ``drift_monitor``: mean batches until a false alarm against the stated number, and until a real shift is found.

Data are SIMULATED: a skewed sum score (beta-binomial, 0..30) and a nearly normal one.
"""

from __future__ import annotations

import sys
from math import sqrt

import numpy as np
import numpy.typing as npt
from scipy.stats import betabinom

from psychometrics.kernels.drift.cusum import cusum_limit, cusum_run_length, cusum_step, variance_ratio_z
from psychometrics.kernels.drift.kolmogorov_smirnov import smirnov
from psychometrics.kernels.drift.score_moments import mean_shift, moments_of_counts, sd_ratio
from psychometrics.kernels.drift.stability_index import rank_bins, stability_index

SCORES = np.arange(31.0)
SHAPES = {"normal-like": (9.0, 9.0), "skewed": (1.2, 6.0)}
Floats = npt.NDArray[np.float64]


def shares(shape: str) -> Floats:
    """Return the probabilities of the scores 0..30."""
    return np.asarray(betabinom.pmf(SCORES, 30, *SHAPES[shape]))


def one_comparison(rng: np.random.Generator, p: Floats, n: int, m: int) -> list[bool]:
    """Draw a norm sample and new people from one population; return which of four statements err."""
    old, new = rng.multinomial(n, p), rng.multinomial(m, p)
    held = old > 0
    own = np.bincount(rank_bins(SCORES[held], old[held], SCORES[held]), weights=old[held], minlength=10)
    others = np.bincount(rank_bins(SCORES[held], old[held], SCORES), weights=new, minlength=10)
    index = stability_index(own, others)
    a, b = moments_of_counts(SCORES, old), moments_of_counts(SCORES, new)
    shift, ratio = mean_shift(a, b, 0.95), sd_ratio(a, b, 0.95)
    return [
        index.index > index.critical,
        smirnov(old, new).p < 0.05,
        not shift.ci_lower <= 0 <= shift.ci_upper,
        not ratio.ci_lower <= 1 <= ratio.ci_upper,
    ]


def comparisons(replications: int) -> None:
    """Print the rates of error without drift (nominal .05)."""
    print(f"norm_drift without drift, {replications:,} samples each: share that err (nominal .05)")
    print(f"{'shape':12} {'n':>6} {'m':>6} {'index':>7} {'KS':>7} {'shift':>7} {'SD':>7}")
    rng = np.random.default_rng(1)
    for shape in SHAPES:
        for n, m in ((300, 50), (300, 300), (2000, 100), (2000, 1000), (100_000, 5000)):
            errs = np.array([one_comparison(rng, shares(shape), n, m) for _ in range(replications)])
            print(f"{shape:12} {n:6,} {m:6,}" + "".join(f" {x:7.3f}" for x in errs.mean(axis=0)), flush=True)


def run_length(rng: np.random.Generator, shape: str, n: int, m: int, shift: float, limit: float) -> int:
    """Return the batches until the first alarm of the two charts of one scale; the shift is there from the first on."""
    p = shares(shape)
    pool = moments_of_counts(SCORES, rng.multinomial(n, p))
    true_sd = sqrt(float(p @ SCORES**2) - float(p @ SCORES) ** 2)
    sums = np.zeros(4)
    for batch in range(1, 20_001):
        new = moments_of_counts(SCORES + shift * true_sd, rng.multinomial(m, p))
        z = (new.mean - pool.mean) / (pool.sd * sqrt(1 / new.n + 1 / pool.n))
        z_sd = variance_ratio_z(new.variance / pool.variance, new.n, pool.n, pool.kurtosis)
        sums[:2] = cusum_step(sums[0], sums[1], z, 0.5)
        sums[2:] = cusum_step(sums[2], sums[3], z_sd, 0.5)
        if sums.max() > limit:
            return batch
        pool = pool + new
    return 20_000


def monitors(replications: int) -> None:
    """Print mean run lengths: false alarms should come every 200 batches, real shifts soon."""
    limit = cusum_limit(0.5, 400.0)
    print(
        f"\ndrift_monitor, one scale (two charts), false alarm every 200 batches, {replications:,} runs each"
    )
    print(
        f"limit {limit:.3f}; by the integral equation each chart signals every {cusum_run_length(0.5, limit):.1f}"
    )
    print(
        f"{'shape':12} {'norms':>7} {'batch':>6} {'no shift':>9} {'(se)':>6} {'.05 SD':>7} {'.1 SD':>7} {'.2 SD':>7}"
    )
    rng = np.random.default_rng(2)
    for shape in SHAPES:
        for n, m in ((500, 20), (500, 100), (5000, 100), (5000, 1000), (1_000_000, 100)):
            runs = [run_length(rng, shape, n, m, 0.0, limit) for _ in range(replications)]
            found = [
                np.median(
                    [run_length(rng, shape, n, m, d, limit) for _ in range(max(replications // 10, 20))]
                )
                for d in (0.05, 0.1, 0.2)
            ]
            line = f"{shape:12} {n:7,} {m:6,} {np.mean(runs):9.1f} {np.std(runs) / sqrt(len(runs)):6.1f}"
            print(line + "".join(f" {x:7.0f}" for x in found), flush=True)


if __name__ == "__main__":
    times = int(sys.argv[1]) if len(sys.argv) > 1 else 400
    comparisons(times * 5)
    monitors(times)
