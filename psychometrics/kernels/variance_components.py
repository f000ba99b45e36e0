"""Variance components of ratings in any design, by restricted maximum likelihood (REML)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import exp, isfinite, log, nan, pi, sqrt

import numpy as np
import numpy.typing as npt
from scipy import linalg, optimize, sparse
from scipy.special import expit, ndtri

from psychometrics.kernels.intraclass import Estimate, Form

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.intp]

BOUND = 20.0
SMALL = -5.0
FLAT = 1e-8
STEP = 1e-3
NEWTON_STEPS = 2
START = (0.0, -1.0)
RESIDUAL_FLOOR = 1e-14


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Components:
    """A REML fit of y_ij = mu + target_i + rater_j + e_ij.

    Attributes
    ----------
    target, rater, residual : float
        Variances in squared points, 0 or more; ``rater`` is 0 in the one-way model.
    log_likelihood : float
        Restricted log-likelihood, with all constants (as lme4 counts them).
    log_ratio_covariance : ndarray of float64, shape (2, 2)
        Covariance of log(target/residual) and log(rater/residual); a row is 0 where the component is 0.
    ratings_per_target : float
        Harmonic mean of the number of ratings of a target.
    n_targets, n_raters, n_ratings : int
    """

    target: float
    rater: float
    residual: float
    log_likelihood: float
    log_ratio_covariance: Floats
    ratings_per_target: float
    n_targets: int
    n_raters: int
    n_ratings: int


class _Absorbed:
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
        """Return -2 restricted log-likelihood and the residual variance, given the two ratios to the residual."""
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


def why_no_components(target: Integers, rater: Integers, *, two_way: bool = True) -> str:
    """Say why a design cannot tell its components apart; empty when it can."""
    per_target, per_rater = np.bincount(target), np.bincount(rater)
    if len(per_target) < 2:
        return "fewer than 2 targets"
    if per_target.max() < 2:
        return "no target has 2 ratings: targets cannot be told from error"
    if two_way and len(per_rater) < 2:
        return "fewer than 2 raters"
    if two_way and per_rater.max() < 2:
        return "no rater rated 2 targets: raters cannot be told from error"
    return ""


def reml(target: Integers, rater: Integers, y: Floats, *, two_way: bool = True) -> Components | None:
    """Fit y_ij = mu + target_i + rater_j + e_ij by REML; ``None`` when there is no residual variance.

    -2 l = (N-1)(1 + log(2 pi s2)) + log|V| + log(1'V^-1 1), V = I + T Z_t Z_t' + R Z_r Z_r',
    s2 = y'Py / (N-1), minimised over log T and log R. Targets are absorbed,
    (I + T 11')^-1 = I - T/(1 + nT) 11' for a target with n ratings, so that only rater-by-rater matrices are dense.

    Parameters
    ----------
    target, rater : ndarray of int, shape (n_ratings,)
        Positions 0, 1, ... without gaps; each pair at most once.
    y : ndarray of float64, shape (n_ratings,)
        Ratings, no nan. The design must pass :func:`why_no_components`.
    two_way : bool
        False leaves the raters out (the one-way model behind ICC(1)).

    References
    ----------
    Patterson and Thompson (1971), doi:10.1093/biomet/58.3.545. Checked against ANOVA on complete tables (equal
    where its components are positive), a dense likelihood, and lme4 1.1.31 through psych 2.5.3 (agrees to 2e-6,
    where lme4 stops).
    """
    y = y - y.mean()
    scale = sqrt(float(y @ y) / (len(y) - 1))
    if scale == 0:
        return None
    absorbed = _Absorbed(target, rater, y / scale)
    logs = _search(absorbed, [0, 1] if two_way else [0])
    if logs and max(logs.values()) > BOUND - 1:
        return None
    logs, covariance = _polish(absorbed, logs)
    pair = _ratios(logs)
    deviance, residual = absorbed.deviance(*pair)
    residual *= scale**2
    return Components(
        target=pair[0] * residual,
        rater=pair[1] * residual,
        residual=residual,
        log_likelihood=-deviance / 2 - (len(y) - 1) * log(scale),
        log_ratio_covariance=covariance,
        ratings_per_target=float(absorbed.counts.sum() / (absorbed.counts @ (1 / absorbed.sizes))),
        n_targets=int(target.max()) + 1,
        n_raters=absorbed.n_raters,
        n_ratings=len(y),
    )


def intraclass_from_components(fit: Components, form: Form, confidence: float) -> Estimate:
    """Return t/(t+r+e) for A, t/(t+e) for C and 1 (a one-way fit), with a delta-method interval on the logit scale.

    logit ICC = log t - log(r + e), r left out for C and 1; a form ``,k`` divides r + e by k, the harmonic mean number
    of ratings of a target. Estimates lie in 0..1. With few raters the interval of A is a rough one: so few draws say
    little about the variance of raters, and the normal law of its logarithm is an approximation.
    """
    if fit.target <= 0:
        reason = "the variance between targets is estimated as 0: no interval on the logit scale"
        return Estimate(estimate=0.0, ci_lower=nan, ci_upper=nan, reason=reason)
    rater = fit.rater if form.startswith("A") else 0.0
    logit = log(fit.target) - log(rater + fit.residual)
    if form.endswith("k"):
        logit += log(fit.ratings_per_target)
    gradient = np.array([1.0, -rater / (rater + fit.residual)])
    variance = float(gradient @ fit.log_ratio_covariance @ gradient)
    if not (isfinite(variance) and variance > 0):
        reason = "the likelihood is flat: this design cannot tell the components apart"
        return Estimate(estimate=float(expit(logit)), ci_lower=nan, ci_upper=nan, reason=reason)
    half = float(ndtri((1 + confidence) / 2)) * sqrt(variance)
    lower, middle, upper = (float(expit(logit + shift)) for shift in (-half, 0.0, half))
    return Estimate(estimate=middle, ci_lower=lower, ci_upper=upper)


def _search(absorbed: _Absorbed, free: list[int]) -> dict[int, float]:
    """Return the log ratios at the minimum; a ratio that may as well be 0 is left out."""

    def objective(logs: Floats) -> float:
        return absorbed.deviance(*_ratios(dict(zip(free, logs, strict=True))))[0]

    start, bounds = np.array([START[place] for place in free]), [(-BOUND, BOUND)] * len(free)
    found = optimize.minimize(objective, start, method="L-BFGS-B", bounds=bounds)
    best = {place: float(value) for place, value in zip(free, found.x, strict=True)}
    for place in free:
        without = {other: value for other, value in best.items() if other != place}
        smaller = _search(absorbed, list(without)) if without and best[place] < SMALL else without
        if absorbed.deviance(*_ratios(smaller))[0] <= float(found.fun) + FLAT:
            return smaller
    return best


def _ratios(logs: dict[int, float]) -> tuple[float, float]:
    target, rater = (exp(min(max(logs[place], -BOUND), BOUND)) if place in logs else 0.0 for place in (0, 1))
    return target, rater


def _polish(absorbed: _Absorbed, logs: dict[int, float]) -> tuple[dict[int, float], Floats]:
    """Take Newton steps with numerical derivatives; return the log ratios and their covariance, 2 H^-1."""
    places = list(logs)
    at = np.array([logs[place] for place in places])
    full = np.zeros((2, 2))

    def objective(values: Floats) -> float:
        return absorbed.deviance(*_ratios(dict(zip(places, values, strict=True))))[0]

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
    return np.array([(8 * (f(at + h) - f(at - h)) - (f(at + 2 * h) - f(at - 2 * h))) / (12 * STEP) for h in steps])


def _hessian(f: Callable[[Floats], float], at: Floats) -> Floats:
    steps, middle = STEP * np.eye(len(at)), f(at)
    hessian = np.diag([(f(at + h) - 2 * middle + f(at - h)) / STEP**2 for h in steps])
    if len(at) == 2:
        g, h = steps
        corners = f(at + g + h) - f(at + g - h) - f(at - g + h) + f(at - g - h)
        hessian[0, 1] = hessian[1, 0] = corners / (4 * STEP**2)
    return hessian
