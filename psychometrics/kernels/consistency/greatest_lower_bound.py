"""The greatest lower bound to reliability: a semidefinite programme, solved by a barrier with its duality gap."""

from __future__ import annotations

from dataclasses import dataclass
from math import nan

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

NULL = 1e-10
GAP = 1e-10
ROUNDS = 60
NEWTON_STEPS = 50


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GreatestLowerBound:
    """The solution.

    Attributes
    ----------
    estimate : float
        1 - tr E / 1'C1; nan when ``reason`` says why.
    error_variances : ndarray of float64, shape (n_items,)
        Diagonal of E.
    gap : float
        By how much the estimate can at most be too high: duality gap over 1'C1.
    rounds : int
        Barrier parameters used.
    reason : str
    """

    estimate: float
    error_variances: Floats
    gap: float
    rounds: int
    reason: str = ""


def greatest_lower_bound(covariance: Floats) -> GreatestLowerBound:
    """Return the smallest reliability the sum can have: 1 - max tr E / 1'C1, C - E psd, 0 <= E diagonal.

    Barrier: maximise tr E + m (log det(C - E) + sum log E_ii) by Newton's method for m falling to 0. Each m gives a
    point Y = m (C - E)^-1 of the dual, min tr CY with Y psd and Y_ii >= 1, and so a bound on what is missing.
    A singular C is solved in the space it spans; items in its null space have no error.

    Parameters
    ----------
    covariance : ndarray of float64, shape (n_items, n_items)
        Positive semidefinite.

    References
    ----------
    Jackson and Agunwamba (1977), doi:10.1007/BF02295979; Woodhouse and Jackson (1977), doi:10.1007/BF02295980;
    Ten Berge and Socan (2004), doi:10.1007/BF02289858, for its bias in small samples. Checked against psych 2.5.3
    (``glb.algebraic``, CSDP).
    """
    k, total = len(covariance), float(covariance.sum())
    variances = np.diagonal(covariance)
    varies = variances > 0
    sd = np.sqrt(variances[varies])
    r = covariance[np.ix_(varies, varies)] / np.outer(sd, sd)
    values, vectors = np.linalg.eigh(r)
    if values[0] < -1e-8 * values[-1]:
        reason = "not positive definite: pairs of items from different persons contradict each other"
        return GreatestLowerBound(
            estimate=nan, error_variances=np.full(k, nan), gap=nan, rounds=0, reason=reason
        )
    null = values <= NULL * values[-1]
    free = ~(np.abs(vectors[:, null]) > 1e-6).any(axis=1)
    weights = sd**2 / float((sd**2).mean())
    shares, gap, rounds = np.zeros(len(sd)), 0.0, 0
    if free.any():
        shares[free], gap, rounds = _solve(r, vectors[:, ~null], free, weights)
    errors = np.zeros(k)
    errors[varies] = shares * sd**2
    return GreatestLowerBound(
        estimate=1 - float(errors.sum()) / total,
        error_variances=errors,
        gap=gap * float((sd**2).mean()) / total,
        rounds=rounds,
    )


def _solve(r: Floats, span: Floats, free: Flags, weights: Floats) -> tuple[Floats, float, int]:
    """Return the shares of error of the free items, the smallest duality gap, and the rounds.

    In correlations: maximise sum w_i e_i, R - diag(e) psd. Round-off ends the gap near 1e-9: the best round is kept.
    """
    base, rows = span.T @ r @ span, span[free]
    errors = np.full(int(free.sum()), 0.5 * float(np.linalg.eigvalsh(base)[0]))
    barrier, best, rounds = 0.1, (errors, np.inf), 0
    while rounds < ROUNDS:
        rounds += 1
        errors, inverse = _centre(base, rows, errors, weights[free], barrier)
        gap = abs(_gap(r, span, free, errors, barrier * inverse, weights))
        best = min(best, (errors, gap), key=lambda found: found[1])
        if gap < GAP * len(r) or barrier < GAP:
            break
        barrier *= 0.2
    return best[0], best[1], rounds


def _centre(
    base: Floats, rows: Floats, errors: Floats, weights: Floats, barrier: float
) -> tuple[Floats, Floats]:
    """Return the errors that maximise the barrier function, and (R - E)^-1 within the span."""
    inverse = _inverse(base, rows, errors)
    for _ in range(NEWTON_STEPS):
        between = rows @ inverse @ rows.T
        slope = weights - barrier * np.diagonal(between) + barrier / errors
        curvature = barrier * (between**2 + np.diag(1 / errors**2))
        step = np.linalg.solve(curvature, slope)
        decrement = float(slope @ step) / barrier
        # the step that self-concordance allows keeps every iterate strictly inside
        errors = errors + step / (1 + np.sqrt(decrement)) if decrement > 0.06 else errors + step
        inverse = _inverse(base, rows, errors)
        if decrement < 1e-10:
            break
    return errors, inverse


def _inverse(base: Floats, rows: Floats, errors: Floats) -> Floats:
    left = base - (rows.T * errors) @ rows
    inverse: Floats = np.asarray(np.linalg.inv((left + left.T) / 2), np.float64)
    return inverse


def _gap(r: Floats, span: Floats, free: Flags, errors: Floats, dual: Floats, weights: Floats) -> float:
    """Return tr RY - sum w e for the feasible point of the dual next to the one the barrier gives."""
    y = span @ dual @ span.T
    diagonal = np.where(free, np.diagonal(y), np.inf)
    scale = np.maximum(np.sqrt(weights / diagonal), 1.0)
    return float(((y * np.outer(scale, scale)) * r).sum() - weights[free] @ errors)
