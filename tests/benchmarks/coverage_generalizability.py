"""How often the intervals of intraclass correlations, E rho^2, Phi and components hold the truth.

    OPENBLAS_NUM_THREADS=1 nice -n 15 uv run python tests/benchmarks/coverage_generalizability.py [samples [three]]

Normal effects; percent of samples whose 95% interval holds the truth. Prints the tables of the docs;
``three``: only the unbalanced designs of three facets.
"""

from __future__ import annotations

import sys

import numpy as np

from psychometrics.evidence.agreement.intraclass import intraclass_correlation
from psychometrics.evidence.generalizability.study import generalizability
from psychometrics.kernels.components.intraclass import MeanSquares, agreement_by_surrogates, intraclass

SAMPLES = int(sys.argv[1]) if len(sys.argv) > 1 else 1000


def crossed(rng, n_p, n_r, variances):
    """p x r: persons, raters, residual."""
    p, r, e = np.sqrt(variances)
    return p * rng.normal(size=(n_p, 1)) + r * rng.normal(size=n_r) + e * rng.normal(size=(n_p, n_r))


def two_facets(rng, n_p, n_r, n_t, v):
    """p x r x t in long form; v in the order p r t pr pt rt prt."""
    sd = np.sqrt(v)
    shapes = [
        (n_p, 1, 1),
        (1, n_r, 1),
        (1, 1, n_t),
        (n_p, n_r, 1),
        (n_p, 1, n_t),
        (1, n_r, n_t),
        (n_p, n_r, n_t),
    ]
    return sum(s * rng.normal(size=shape) for s, shape in zip(sd, shapes, strict=True))


def long_frame(table, keep=None):
    import pandas as pd

    places = np.indices(table.shape).reshape(3, -1)
    frame = pd.DataFrame({**dict(zip("prt", places, strict=True)), "value": table.ravel()})
    return frame if keep is None else frame[keep.ravel()]


def held(bounds, truth):
    return np.array([low <= true <= high for (low, high), true in zip(bounds, truth, strict=True)], float)


def report(name, hits, labels):
    print(
        f"{name:46s} {len(hits):6d}  "
        + "  ".join(
            f"{label} {100 * value:5.1f}"
            for label, value in zip(labels, np.nanmean(hits, axis=0), strict=True)
        ),
        flush=True,
    )


def one_facet(n_p, n_r, variances, gaps=0.0, method=None):
    rng = np.random.default_rng(1)
    p, r, e = variances
    truth = [p, r, e, p / (p + e / n_r), p / (p + (r + e) / n_r)]
    hits = []
    for _ in range(SAMPLES):
        x = crossed(rng, n_p, n_r, variances)
        if gaps:
            x[rng.random(x.shape) < gaps] = np.nan
        g = generalizability(x, "p x r", method=method)
        rows = [*g.components, g.coefficients["generalizability"], g.coefficients["dependability"]]
        if gaps:
            k = g.n["r"]
            truth[3:] = p / (p + e / k), p / (p + (r + e) / k)
        hits.append(held([(row.ci_lower, row.ci_upper) for row in rows], truth))
    label = (
        f"p x r {n_p} x {n_r} {variances}"
        + (f" gaps {gaps}" if gaps else "")
        + (f" {method}" if method else "")
    )
    report(label, hits, ["p", "r", "pr", "Erho2", "Phi"])


def shares_squared(keep):
    """Mean over persons of the sum of squared shares of own ratings at the levels of r, of t and of rt."""
    weight = keep / keep.sum(axis=(1, 2), keepdims=True)
    return [
        np.square(one).sum(axis=(1, 2)).mean()
        for one in (weight.sum(axis=2, keepdims=True), weight.sum(axis=1, keepdims=True), weight)
    ]


def facets(n_p, n_r, n_t, v, gaps=0.0, fixed=()):
    """E rho^2 and Phi of the means persons have; t may be fixed."""
    rng = np.random.default_rng(2)
    v = np.array(v)
    hits = []
    for _ in range(SAMPLES if not gaps else SAMPLES // 2):
        table = two_facets(rng, n_p, n_r, n_t, v)
        keep = rng.random(table.shape) >= gaps
        keep[:, 0, 0] |= ~keep.any(axis=(1, 2))
        g = generalizability(long_frame(table, keep), "p x r x t", fixed=fixed)
        r, t, rt = shares_squared(keep)
        own = t - 1 / n_t if fixed else t
        tau = v[0] + (v[4] / n_t if fixed else 0)
        delta = v[3] * r + v[4] * own + v[6] * rt
        absolute = delta + v[1] * r + v[2] * own + v[5] * rt
        truth = [*v, tau / (tau + delta), tau / (tau + absolute)]
        rows = [*g.components, g.coefficients["generalizability"], g.coefficients["dependability"]]
        hits.append(held([(row.ci_lower, row.ci_upper) for row in rows], truth))
    report(
        f"p x r x t {n_p} x {n_r} x {n_t}"
        + (f" gaps {gaps}" if gaps else "")
        + (" t fixed" if fixed else ""),
        hits,
        ["p", "r", "t", "pr", "pt", "rt", "prt", "Erho2", "Phi"],
    )


def icc(n_p, n_r, variances, per_target):
    """Each target rated by some of the raters, drawn at random."""
    rng = np.random.default_rng(3)
    p, r, e = variances
    truth = [p / (p + r + e), p / (p + e)]
    hits = []
    for _ in range(SAMPLES):
        x = crossed(rng, n_p, n_r, variances)
        for row in x:
            row[rng.permutation(n_r)[per_target:]] = np.nan
        found = [intraclass_correlation(x, form=form) for form in ("A,1", "C,1")]
        hits.append(held([(one.ci_lower, one.ci_upper) for one in found], truth))
    report(f"ICC, {n_p} targets, {per_target} of {n_r} raters {variances}", hits, ["A,1", "C,1"])


def agreement(n, k, variances):
    """Both intervals of A,1 in complete tables, from drawn mean squares."""
    rng = np.random.default_rng(4)
    p, r, e = variances
    truth = p / (p + r + e)
    df = np.array([n - 1, k - 1, (n - 1) * (k - 1)])
    expected = np.array([e + k * p, e + n * r, e])
    hits = []
    for _ in range(3 * SAMPLES):
        rows, columns, error = expected * rng.chisquare(df) / df
        squares = MeanSquares(rows=rows, columns=columns, error=error, within=error, n_targets=n, n_raters=k)
        found = [one(squares, "A,1", 0.95) for one in (intraclass, agreement_by_surrogates)]
        hits.append(held([(one.ci_lower, one.ci_upper) for one in found], [truth, truth]))
    report(f"ICC(A,1), {n} x {k} {variances}", hits, ["F", "surrogate"])


def three_facets():
    """Unbalanced designs of three facets."""
    v = (1.0, 0.1, 0.1, 0.2, 0.4, 0.05, 0.8)
    facets(50, 3, 4, v, gaps=0.2)
    facets(50, 3, 4, v, gaps=0.4)
    facets(50, 3, 4, v, gaps=0.2, fixed=("t",))
    facets(50, 3, 4, v, gaps=0.4, fixed=("t",))


if __name__ == "__main__":
    if "three" in sys.argv:
        three_facets()
        sys.exit()
    for n, k, variances in (
        (500, 4, (1.0, 0.05, 0.2)),
        (50, 3, (1.0, 0.2, 0.8)),
        (50, 4, (1.0, 0.2, 0.8)),
        (30, 2, (1.0, 0.1, 0.4)),
        (200, 10, (1.0, 0.1, 0.5)),
    ):
        agreement(n, k, variances)
    one_facet(50, 3, (1.0, 0.2, 0.8))
    one_facet(50, 3, (1.0, 0.2, 0.8), method="reml")
    one_facet(20, 3, (1.0, 0.2, 0.8))
    one_facet(200, 5, (1.0, 0.1, 0.5))
    one_facet(50, 3, (1.0, 0.0, 0.8))
    one_facet(50, 5, (1.0, 0.2, 0.8), gaps=0.3)
    one_facet(100, 8, (0.5, 0.1, 1.0), gaps=0.6)
    facets(50, 3, 4, (1.0, 0.1, 0.1, 0.2, 0.4, 0.05, 0.8))
    facets(100, 2, 6, (1.0, 0.05, 0.2, 0.1, 0.3, 0.05, 1.0))
    three_facets()
    for n_p, n_r, per_target in ((50, 5, 2), (200, 10, 2), (500, 30, 2), (30, 4, 3)):
        icc(n_p, n_r, (1.0, 0.2, 0.8), per_target)
