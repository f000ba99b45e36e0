"""How often the 95% intervals of a retest hold the true value. ``nice -n 15 uv run python tests/benchmarks/coverage_retest.py``.

Normal scores of two occasions with true reliability .8, error SD 1 and a common change of 0 or 1; 4,000 samples per row,
so the standard error of a share of .95 is .0034. Simulated data.
"""

from __future__ import annotations

from math import sqrt

import numpy as np
from scipy.special import ndtri

from psychometrics.kernels.stability.retest import retest

SAMPLES = 4_000
VARIANCE = 4.0  # of the true scores; error variance 1


def truth(change: float) -> dict[str, float]:
    """Return the true values; for agreement the occasions are fixed."""
    z = float(ndtri(0.975))
    return {
        "icc_c1": VARIANCE / (VARIANCE + 1),
        "concordance": 2 * VARIANCE / (2 * (VARIANCE + 1) + change**2),
        "pearson_r": VARIANCE / (VARIANCE + 1),
        "mean_change": change,
        "d_z": change / sqrt(2),
        "d_av": change / sqrt(VARIANCE + 1),
        "sem": 1.0,
        "sem_agreement": sqrt(1 + change**2 / 2),
        "limit_upper": change + z * sqrt(2),
        "limit_upper_approximate": change + z * sqrt(2),
        "proportional_bias": 0.0,
    }


def coverage(n: int, change: float) -> dict[str, float]:
    """Return the share of the intervals that hold the true value."""
    rng = np.random.default_rng(n)
    true, held = truth(change), dict.fromkeys(truth(change), 0)
    for _ in range(SAMPLES):
        person = rng.normal(0, sqrt(VARIANCE), n)
        found = retest(person + rng.normal(size=n), person + change + rng.normal(size=n), 0.95)
        for name, value in true.items():
            held[name] += found[name].ci_lower <= value <= found[name].ci_upper
    return {name: count / SAMPLES for name, count in held.items()}


def main() -> None:
    conditions = [(20, 0.0), (20, 1.0), (100, 0.0), (100, 1.0)]
    columns = [coverage(n, change) for n, change in conditions]
    print(f"{'':26}" + "".join(f"  n={n:<4} d={change:<3}" for n, change in conditions))
    for name in columns[0]:
        print(f"{name:26}" + "".join(f"{column[name]:13.3f}" for column in columns))


if __name__ == "__main__":
    main()
