"""How often 95% intervals of categorical omega and ordinal alpha hold the true value (simulated, n = 300).

``python tests/benchmarks/coverage_categorical_omega.py [samples] [n]``
"""

from __future__ import annotations

import sys

import numpy as np
from scipy.stats import norm

from psychometrics.evidence.consistency.categorical_omega import categorical_omega
from psychometrics.evidence.consistency.ordinal_alpha import ordinal_alpha
from psychometrics.kernels.consistency.green_yang import green_yang

LOADINGS = np.array([0.5, 0.55, 0.6, 0.65, 0.7, 0.7, 0.75, 0.8])
CONDITIONS = {
    "5 options, symmetric": [0.07, 0.24, 0.38, 0.24, 0.07],
    "5 options, right-skewed": [0.69, 0.16, 0.08, 0.05, 0.02],
    "2 options, 30% yes": [0.7, 0.3],
    "5 options, symmetric, 15% missing": [0.07, 0.24, 0.38, 0.24, 0.07],
}


def truth(shares: list[float]) -> tuple[float, float]:
    """Return the omega and the ordinal alpha that the simulation has."""
    k = len(LOADINGS)
    margins = np.tile(np.array(shares), (k, 1))
    points = np.tile(np.arange(len(shares), dtype=float), (k, 1))
    r = np.outer(LOADINGS, LOADINGS)
    np.fill_diagonal(r, 1.0)
    return green_yang(margins, points, r, LOADINGS).reliability, k / (k - 1) * (1 - k / r.sum())


def sample(rng: np.random.Generator, n: int, shares: list[float], missing: float) -> np.ndarray:
    theta = rng.normal(size=(n, 1))
    latent = theta * LOADINGS + rng.normal(size=(n, len(LOADINGS))) * np.sqrt(1 - LOADINGS**2)
    points = np.searchsorted(norm.ppf(np.cumsum(shares)[:-1]), latent).astype(float)
    points[rng.random(points.shape) < missing] = np.nan
    return points


def main(samples: int, n: int) -> None:
    print(
        f"{samples} samples of {n} persons, 8 items, loadings .5 to .8; percent of intervals that hold the truth"
    )
    for name, shares in CONDITIONS.items():
        omega, alpha = truth(shares)
        rng = np.random.default_rng(20260101)
        kept = {"omega uls": [], "omega dwls": [], "ordinal alpha": []}
        for _ in range(samples):
            x = sample(rng, n, shares, 0.15 if "missing" in name else 0.0)
            for kind, true, one in (
                ("omega uls", omega, categorical_omega(x)),
                ("omega dwls", omega, categorical_omega(x, estimation="dwls")),
                ("ordinal alpha", alpha, ordinal_alpha(x)),
            ):
                kept[kind].append(
                    (one.ci_lower <= true, true <= one.ci_upper, one.estimate, one.ci_upper - one.ci_lower)
                )
        for kind, rows in kept.items():
            table = np.array(rows, float)
            held = table[:, 0] * table[:, 1]
            print(
                f"{name:34s} {kind:14s} held {100 * held.mean():5.1f}  true below {100 * (1 - table[:, 0]).mean():4.1f}"
                f"  above {100 * (1 - table[:, 1]).mean():4.1f}  true {omega if 'omega' in kind else alpha:.4f}"
                f"  mean estimate {np.nanmean(table[:, 2]):.4f}  mean width {np.nanmean(table[:, 3]):.4f}"
                f"  without interval {np.isnan(table[:, 3]).sum()}"
            )


if __name__ == "__main__":
    given = [int(word) for word in sys.argv[1:]]
    main(*given, *[1000, 300][len(given) :])
