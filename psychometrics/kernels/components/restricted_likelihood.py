"""The restricted likelihood of a model of variance components, its gradient, and its maximum."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, log, pi

import numpy as np
import numpy.typing as npt
from scipy import linalg, optimize

from psychometrics.kernels.components.absorption import Absorption

Floats = npt.NDArray[np.float64]

BOUND = 20.0
SMALL = -5.0
FLAT = 1e-8
STEP = 1e-4
NEWTON_STEPS = 3
RESIDUAL_FLOOR = 1e-14
CANCELS = 1e-4


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """-2 restricted log-likelihood at some ratios to the residual, with its gradient.

    Attributes
    ----------
    deviance : float
    residual : float
        The residual variance used: the best one at these ratios, unless given.
    gradient : ndarray of float64, shape (n_components,)
        d deviance / d ratio, at this residual variance.
    """

    deviance: float
    residual: float
    gradient: Floats


def evaluate(
    absorption: Absorption, ratios: Floats, residual: float | None = None, *, traces: bool = False
) -> Point:
    """Return -2 l and its gradient at these ratios (component / residual, 0 or more).

    -2 l = (N-1) log(2 pi s) + y'Py/s + log|V| + log(1'V^-1 1), V = B + Z R Z' in units of s.
    With H = (R^-1 + A_zz)^-1 and U = [-H A_ze; I], d(-2l) = <H + U Q U', dA>, A from :class:`Absorption`.

    With ``traces`` the gradient leaves y out: it is tr(P Z_k Z_k') in units of s.

    References
    ----------
    Patterson and Thompson (1971), doi:10.1093/biomet/58.3.545. Checked against a dense likelihood and its
    numerical derivatives.
    """
    try:
        return _evaluate(absorption, ratios, residual, traces)
    except linalg.LinAlgError:  # round-off, where the residual has all but vanished
        return _vanished(ratios)


def _vanished(ratios: Floats) -> Point:
    return Point(deviance=inf, residual=RESIDUAL_FLOOR, gradient=np.zeros(len(ratios)))


def _evaluate(absorption: Absorption, ratios: Floats, residual: float | None, traces: bool) -> Point:
    inner, outer = ratios[absorption.inner], ratios[absorption.outer]
    a, log_det, inverses = absorption.cross_products(inner)
    q, n = absorption.width - 2, absorption.n
    per_level = np.repeat(outer, absorption.levels)
    root = np.sqrt(per_level)
    factor = (
        linalg.cholesky(np.eye(q) + root[:, None] * a[:q, :q] * root, lower=True, check_finite=False)
        if q
        else np.zeros((0, 0))
    )
    h = _inner_inverse(factor, root)
    small = a[q:, q:] - a[q:, :q] @ h @ a[:q, q:]
    information = float(small[0, 0])
    if not information > 0:
        return _vanished(ratios)
    quadratic = float(small[1, 1] - small[0, 1] ** 2 / information)
    s = max(quadratic / (n - 1), RESIDUAL_FLOOR) if residual is None else residual
    log_det += 2 * float(np.log(np.diagonal(factor)).sum())
    deviance = (n - 1) * log(2 * pi * s) + quadratic / s + log_det + log(information)
    q_matrix = np.diag([1 / information, 0.0])
    if not traces:
        contrast = np.array([-small[0, 1] / information, 1.0])
        q_matrix += np.outer(contrast, contrast) / s
    u = np.vstack([-h @ a[:q, q:], np.eye(2)])
    weights = u @ q_matrix @ u.T
    weights[:q, :q] += h
    gradient = np.empty(len(ratios))
    gradient[absorption.inner] = absorption.inner_gradient(inner, weights, inverses)
    gradient[absorption.outer] = _outer_gradient(absorption, a, h, factor, per_level, q_matrix)
    return Point(deviance=deviance, residual=s, gradient=gradient)


def _inner_inverse(factor: Floats, root: Floats) -> Floats:
    """Return H = R^1/2 M^-1 R^1/2 from the Cholesky factor of M."""
    if not len(root):
        return np.zeros((0, 0))
    inverse, _ = linalg.lapack.dpotri(factor, lower=1)
    inverse = np.tril(inverse) + np.tril(inverse, -1).T
    h: Floats = root[:, None] * inverse * root
    return h


def _outer_gradient(
    absorption: Absorption, a: Floats, h: Floats, factor: Floats, per_level: Floats, q_matrix: Floats
) -> Floats:
    """Return sum over the levels of a component of diag(A - A H A) - f' Q f, f = Z'V^-1 [1, y]."""
    q = len(per_level)
    f = a[:q, q:] - a[:q, :q] @ (h @ a[:q, q:])
    large = per_level > CANCELS
    own = np.zeros(q)
    own[large] = (1 - np.diagonal(h)[large] / per_level[large]) / per_level[large]
    if not large.all():
        rest = np.flatnonzero(~large)
        half = linalg.solve_triangular(
            factor, np.sqrt(per_level)[:, None] * a[:q, rest], lower=True, check_finite=False
        )
        own[rest] = np.diagonal(a)[rest] - np.square(half).sum(axis=0)
    own -= np.einsum("ia,ab,ib->i", f, q_matrix, f)
    starts = np.cumsum([0, *absorption.levels])[:-1]
    return np.add.reduceat(own, starts) if q else np.zeros(0)


def search(absorption: Absorption, start: Floats) -> Floats:
    """Return the ratios at the minimum of -2 l; one that may as well be 0 is exactly 0."""
    ratios, deviance = _descend(absorption, np.maximum(start, np.exp(SMALL)))
    while True:
        for k in np.argsort(ratios):
            if ratios[k] == 0 or ratios[k] > np.exp(SMALL):
                continue
            without = ratios.copy()
            without[k] = 0.0
            if evaluate(absorption, without).deviance > deviance + FLAT:
                without, _ = _descend(absorption, without)
            value = evaluate(absorption, without).deviance
            if value <= deviance + FLAT:
                ratios, deviance = without, min(value, deviance)
                break
        else:
            return ratios


def _descend(absorption: Absorption, start: Floats) -> tuple[Floats, float]:
    free = np.flatnonzero(start > 0)
    if not len(free):
        return start, evaluate(absorption, start).deviance

    def objective(logs: Floats) -> tuple[float, Floats]:
        ratios = np.zeros(len(start))
        ratios[free] = np.exp(logs)
        point = evaluate(absorption, ratios)
        return point.deviance, point.gradient[free] * ratios[free]

    found = optimize.minimize(
        objective,
        np.log(start[free]),
        jac=True,
        method="L-BFGS-B",
        bounds=[(-BOUND, BOUND)] * len(free),
        options={"ftol": 1e-13, "gtol": 1e-6},
    )
    ratios = np.zeros(len(start))
    ratios[free] = np.exp(found.x)
    return ratios, float(found.fun)


def polish(absorption: Absorption, ratios: Floats) -> Floats:
    """Take Newton steps on the logs of the ratios that are not 0, while they help."""
    free = np.flatnonzero(ratios > 0)
    best, largest = ratios, inf
    for _ in range(NEWTON_STEPS if len(free) else 0):
        gradient = (evaluate(absorption, best).gradient * best)[free]
        if np.abs(gradient).max() >= largest:
            break
        largest = np.abs(gradient).max()
        hessian = np.empty((len(free), len(free)))
        for place, k in enumerate(free):
            ends = []
            for sign in (1, -1):
                moved = best.copy()
                moved[k] *= np.exp(sign * STEP)
                ends.append((evaluate(absorption, moved).gradient * moved)[free])
            hessian[place] = (ends[0] - ends[1]) / (2 * STEP)
        hessian = (hessian + hessian.T) / 2
        if np.linalg.eigvalsh(hessian)[0] <= 0:
            break
        step = np.clip(np.linalg.solve(hessian, gradient), -1.0, 1.0)
        moved = best.copy()
        moved[free] *= np.exp(-step)
        if evaluate(absorption, moved).deviance > evaluate(absorption, best).deviance + FLAT:
            break
        best = moved
    return best


def covariance(absorption: Absorption, ratios: Floats, scale: Floats) -> Floats | None:
    """Return the covariance of the component variances and the residual (last): inverse expected information.

    I_kl = tr(P V_k P V_l) / 2 = -1/2 d tr(P V_k) / d s_l, by differences of the exact traces; one-sided at 0, so
    that a component of 0 has a variance too.

    Parameters
    ----------
    absorption, ratios
        The fit.
    scale : ndarray of float64, shape (n_components,)
        A small ratio for each component: the step from 0.

    Returns
    -------
    ndarray of float64, shape (n_components + 1, n_components + 1), or None
        None where the information is not positive definite: the likelihood is flat.
    """
    residual = evaluate(absorption, ratios).residual
    at = np.r_[ratios, 1.0] * residual
    size = len(at)
    information = np.empty((size, size))

    def traces(variances: Floats) -> Floats:
        s = float(variances[-1])
        own = evaluate(absorption, variances[:-1] / s, s, traces=True).gradient
        found: Floats = np.r_[own, absorption.n - 1 - own @ variances[:-1] / s] / s
        return found

    here = traces(at)
    for k in range(size):
        h = STEP * at[k] if at[k] > 0 else STEP * scale[k] * residual
        step = h * np.eye(size)[k]
        if at[k] > 0:
            change = traces(at + step) - traces(at - step)
        else:
            change = 4 * traces(at + step) - 3 * here - traces(at + 2 * step)
        information[k] = -change / (4 * h)
    information = (information + information.T) / 2
    diagonal = np.diagonal(information)
    if not np.all(diagonal > 0):
        return None
    root = np.sqrt(diagonal)
    unit = information / np.outer(root, root)
    if np.linalg.eigvalsh(unit)[0] <= FLAT:
        return None
    found: Floats = np.linalg.inv(unit) / np.outer(root, root)
    return found
