"""How often the intervals of an equating, and of norms converted by it, hold the truth.

    OPENBLAS_NUM_THREADS=1 nice -n 15 uv run python tests/benchmarks/coverage_equating.py [samples]

Populations: the distributions of both ACT mathematics forms, log-linear of degree 6 ("ACT"), and of a simulated skewed
symptom scale of 0..24. True equating: equipercentile between the populations. Shares of scores with 1% or more of the
people beyond them on either side; standard error of a share near .95 of 400 samples, averaged over scores that move together:
.011 at most.
"""

from __future__ import annotations

import sys

import numpy as np
from bench_equating import DATA
from scipy.stats import betabinom

from psychometrics.kernels.smoothing.continuised import UniformKernel
from psychometrics.kernels.smoothing.log_linear import fit_log_linear
from psychometrics.kernels.smoothing.terms import polynomial_terms
from psychometrics.norming.cells.cell import Placing
from psychometrics.norming.cells.converted import ConvertedCell
from psychometrics.norming.cells.counts import CountCell
from psychometrics.norming.edition import Conversion
from psychometrics.norming.equating import Equating, equate

SIZES = (100, 300, 1000)


def populations() -> dict[str, tuple[np.ndarray, np.ndarray, np.ndarray]]:
    scores, x, y = np.genfromtxt(DATA, delimiter=",", skip_header=1).T
    act = [fit_log_linear(c, polynomial_terms(scores, 6)).probabilities for c in (x, y)]
    skewed = np.arange(25.0)
    return {
        "ACT": (scores, *act),
        "skewed": (skewed, betabinom.pmf(skewed, 24, 1.1, 3.2), betabinom.pmf(skewed, 24, 1.0, 4.0)),
    }


def kernel(scores: np.ndarray, p: np.ndarray) -> UniformKernel:
    return UniformKernel(scores=scores, probabilities=p[None])


def stored(found: Equating) -> Conversion:
    return Conversion(
        scale="x", old_scale="x", old_instrument="a", old_version="1", old_fingerprint="", old_edition="e", how="h",
        method=found.method, design=found.design, error_method="delta", n_new=found.n_x, n_old=found.n_y,
        scores=found.scores.tolist(), equated=found.equated.tolist(), standard_error=found.standard_error.tolist(),
        old_scores=found.y_scores.tolist(),
    )  # fmt: skip


WAYS = {
    "counts, Lord": {},
    "log-linear by AIC, delta": {"presmoothing": "log_linear"},
    "log-linear by AIC, kernel": {"method": "kernel", "presmoothing": "log_linear"},
    "log-linear by AIC, bootstrap": {
        "presmoothing": "log_linear",
        "standard_error": "bootstrap",
        "replications": 200,
    },
}


def main(samples: int) -> None:
    rng = np.random.default_rng(20261101)
    for name, (scores, p, q) in populations().items():
        first, second = kernel(scores, p), kernel(scores, q)
        true = second.inverse(first.cdf(scores[None]))[0]
        ranks = 100 * first.cdf(scores[None])[0]
        inside = (ranks > 1) & (ranks < 99)
        for n in SIZES:
            held: dict[str, list[np.ndarray]] = {way: [] for way in (*WAYS, "converted norms")}
            for _ in range(samples):
                x, y, sample = (rng.multinomial(n, shares) for shares in (p, q, q))
                options = {"x_scores": scores, "y_scores": scores}
                counts = [dict(zip(scores, c.tolist(), strict=True)) for c in (x, y)]
                for way, own in WAYS.items():
                    found = equate(*counts, **options, **own)
                    hit = (found.ci_lower <= true) & (true <= found.ci_upper)
                    held[way].append(hit[inside])
                    if way == "log-linear by AIC, delta":
                        seen = sample > 0
                        cell = ConvertedCell(
                            inner=CountCell(scores=scores[seen], counts=sample[seen]),
                            conversion=stored(found),
                        )
                        place = cell.place(scores, Placing())
                        hit = (place.lower <= ranks) & (ranks <= place.upper)
                        held["converted norms"].append(hit[inside])
            for way, hits in held.items():
                print(f"{name:7s} n = {n:5d}  {way:30s} {np.mean(hits):.3f}", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 400)
