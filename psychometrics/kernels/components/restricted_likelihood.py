"""The restricted likelihood of ratings by targets and raters, and its maximum."""

from __future__ import annotations

from collections.abc import Callable
from math import exp, log, nan, pi

import numpy as np
import numpy.typing as npt
from scipy import linalg, optimize, sparse

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.intp]
LogRatios = dict[int, float]
"""Log of component / residual: key 0 for the target's, 1 for the rater's; no key for a component of 0."""

BOUND = 20.0
SMALL = -5.0
FLAT = 1e-8
STEP = 1e-3
NEWTON_STEPS = 2
START = (0.0, -1.0)
RESIDUAL_FLOOR = 1e-14


class Absorbed:
    """Cross products of [raters, 1, y] within targets, one matrix for each number of ratings of a target."""

    def __init__(self, target: Integers, rater: Integers, y: Floats) -> None:
        n_targets, n_raters = int(target.max()) + 1, int(rater.max()) + 1
        self.n, self.n_raters = len(y), n_raters
        shape = (n_targets, n_raters)
        cells = sparse.csr_matrix((np.ones(self.n), (target, rater)), shape=shape)
        per_target = np.bincount(target, minlength=n_targets)
        totals = np.bincount(target, weights=y, minlength=n_targets)
        columns = sparse.csr_matrix(np.column_stack([per_target, totals]))
        wide = sparse.hstack([cells, columns], format="csr")
        self.sizes, counts = np.unique(per_target, return_counts=True)
        self.counts = counts.astype(np.float64)
        self.grams = [sparse.csr_matrix(g.T @ g) for g in (wide[per_target == size] for size in self.sizes)]
        self.whole = np.zeros((n_raters + 2, n_raters + 2))
        per_rater = np.bincount(rater, minlength=n_raters)
        edge = np.column_stack([per_rater, np.bincount(rater, weights=y, minlength=n_raters)])
        self.whole[:n_raters, :n_raters] = np.diag(per_rater)
        self.whole[:n_raters, n_raters:] = edge
        self.whole[n_raters:, :n_raters] = edge.T
        self.whole[n_raters:, n_raters:] = [[self.n, y.sum()], [y.sum(), y @ y]]

    def deviance(self, target: float, rater: float) -> tuple[float, float]:
        """Return -2 restricted log-likelihood and the residual variance at these ratios to the residual."""
        inside = self.whole.copy()
        for size, gram in zip(self.sizes, self.grams, strict=True):
            block = gram.tocoo()
            inside[block.row, block.col] -= block.data * (target / (1 + size * target))
        r = self.n_raters
        small, log_det = inside[r:, r:], float(self.counts @ np.log1p(self.sizes * target))
        if rater > 0:
            root = linalg.cholesky(np.eye(r) + rater * inside[:r, :r], lower=True, check_finite=False)
            half = linalg.solve_triangular(root, inside[:r, r:], lower=True, check_finite=False)
            small = small - rater * (half.T @ half)
            log_det += 2 * float(np.log(np.diagonal(root)).sum())
        information = small[0, 0]
        quadratic = float(small[1, 1] - small[0, 1] ** 2 / information)
        residual = max(quadratic / (self.n - 1), RESIDUAL_FLOOR)
        value = (self.n - 1) * (1 + log(2 * pi * residual)) + log_det + log(information)
        return float(value), residual


def search(absorbed: Absorbed, free: list[int]) -> LogRatios:
    """Return the log ratios at the minimum; a ratio that may as well be 0 is left out."""

    def objective(logs: Floats) -> float:
        return absorbed.deviance(*ratios(dict(zip(free, logs, strict=True))))[0]

    start, bounds = np.array([START[place] for place in free]), [(-BOUND, BOUND)] * len(free)
    found = optimize.minimize(objective, start, method="L-BFGS-B", bounds=bounds)
    best = {place: float(value) for place, value in zip(free, found.x, strict=True)}
    for place in free:
        without = {other: value for other, value in best.items() if other != place}
        smaller = search(absorbed, list(without)) if without and best[place] < SMALL else without
        if absorbed.deviance(*ratios(smaller))[0] <= float(found.fun) + FLAT:
            return smaller
    return best


def ratios(logs: LogRatios) -> tuple[float, float]:
    """Return target/residual and rater/residual."""
    target, rater = (exp(min(max(logs[place], -BOUND), BOUND)) if place in logs else 0.0 for place in (0, 1))
    return target, rater


def polish(absorbed: Absorbed, logs: LogRatios) -> tuple[LogRatios, Floats]:
    """Take Newton steps with numerical derivatives; return the log ratios and their covariance, 2 H^-1."""
    places = list(logs)
    at = np.array([logs[place] for place in places])
    full = np.zeros((2, 2))

    def objective(values: Floats) -> float:
        return absorbed.deviance(*ratios(dict(zip(places, values, strict=True))))[0]

    for step in range(NEWTON_STEPS + 1 if places else 0):
        hessian = _hessian(objective, at)
        if np.linalg.eigvalsh(hessian)[0] <= 0:
            full[np.ix_(places, places)] = nan
            break
        full[np.ix_(places, places)] = 2 * np.linalg.inv(hessian)
        if step < NEWTON_STEPS:
            at = at - np.clip(np.linalg.solve(hessian, _gradient(objective, at)), -1.0, 1.0)
    return dict(zip(places, at.tolist(), strict=True)), full


def _gradient(f: Callable[[Floats], float], at: Floats) -> Floats:
    """Return the five-point first differences (error of order step^4)."""
    steps = STEP * np.eye(len(at))
    near = np.array([f(at + h) - f(at - h) for h in steps])
    far = np.array([f(at + 2 * h) - f(at - 2 * h) for h in steps])
    gradient: Floats = (8 * near - far) / (12 * STEP)
    return gradient


def _hessian(f: Callable[[Floats], float], at: Floats) -> Floats:
    steps, middle = STEP * np.eye(len(at)), f(at)
    hessian = np.diag([(f(at + h) - 2 * middle + f(at - h)) / STEP**2 for h in steps])
    if len(at) == 2:
        g, h = steps
        corners = f(at + g + h) - f(at + g - h) - f(at - g + h) + f(at - g - h)
        hessian[0, 1] = hessian[1, 0] = corners / (4 * STEP**2)
    return hessian
