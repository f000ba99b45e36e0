"""Guttman's lower bounds to the reliability of a sum, with their derivatives by the covariances."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite, nan, sqrt

import numpy as np
import numpy.typing as npt

from psychometrics.kernels.bounds import ROUND_OFF

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Coefficient:
    """A coefficient of a covariance matrix C.

    Attributes
    ----------
    estimate : float
        Nan where it does not exist.
    gradient : ndarray of float64, shape (n_items, n_items)
        Symmetric W with d estimate = sum_ij W_ij dC_ij.
    reason : str
        Why the estimate is nan.
    """

    estimate: float
    gradient: Floats
    reason: str = ""


def nothing(k: int, reason: str) -> Coefficient:
    """Return the coefficient that does not exist, and why."""
    return Coefficient(estimate=nan, gradient=np.full((k, k), nan), reason=reason)


def why_no_total(covariance: Floats) -> str:
    """Say why no coefficient of the sum can be had from this matrix; empty when it can."""
    total, trace = float(covariance.sum()), float(np.trace(covariance))
    if len(covariance) < 2:
        return "needs at least 2 items"
    if not isfinite(total):
        return "a covariance is not known"
    if trace <= 0:
        return "no item varies"
    return "the total score does not vary" if total <= ROUND_OFF * trace else ""


def lambda1(covariance: Floats) -> Coefficient:
    """Return 1 - tr C / 1'C1."""
    k, total, trace = _sizes(covariance)
    gradient = np.full((k, k), trace / total**2) - np.eye(k) / total
    return Coefficient(estimate=1 - trace / total, gradient=gradient)


def lambda2(covariance: Floats) -> Coefficient:
    """Return lambda 1 + sqrt(k/(k-1) sum_{i != j} C_ij^2) / 1'C1."""
    k = len(covariance)
    off = covariance - np.diag(np.diagonal(covariance))
    return _lambda1_plus(covariance, k / (k - 1) * float((off**2).sum()), k / (k - 1) * off)


def lambda3(covariance: Floats) -> Coefficient:
    """Return k/(k-1) lambda 1, which is coefficient alpha."""
    k = len(covariance)
    first = lambda1(covariance)
    return Coefficient(estimate=k / (k - 1) * first.estimate, gradient=k / (k - 1) * first.gradient)


def lambda5(covariance: Floats, *, plus: bool = False) -> Coefficient:
    """Return lambda 1 + 2 sqrt(max_i sum_{j != i} C_ij^2) / 1'C1; ``plus`` takes k/(k-1) of the second term.

    The derivative holds the item of the maximum fixed. With ``plus`` (Revelle's lambda 5+) it is no lower bound
    below 5 items: k parallel items give k/(k-1) 2 sqrt(k-1) C_12 where k C_12 is right.
    """
    k = len(covariance)
    off = covariance - np.diag(np.diagonal(covariance))
    squares = (off**2).sum(axis=1)
    item = int(np.argmax(squares))
    mine = np.zeros((k, k))
    mine[item] = mine[:, item] = off[item] / 2
    factor = 4 * (k / (k - 1) if plus else 1.0) ** 2
    return _lambda1_plus(covariance, factor * float(squares[item]), factor * mine)


def lambda6(covariance: Floats) -> Coefficient:
    """Return 1 - sum e_j^2 / 1'C1, e_j^2 = 1 / (C^-1)_jj the error of item j predicted from all others.

    A singular matrix has no inverse: an item is then a sum of others, or two are copies of each other.
    """
    k, total, _ = _sizes(covariance)
    values = np.linalg.eigvalsh(covariance)
    if values[0] <= 1e-10 * values[-1]:
        what = "singular: an item is a weighted sum of others, or there are too few persons"
        if values[0] < -1e-10 * values[-1]:
            what = "not positive definite: pairs of items from different persons contradict each other"
        return nothing(k, f"lambda 6 needs a matrix that can be inverted; this one is {what}")
    inverse = np.linalg.inv(covariance)
    errors = 1 / np.diagonal(inverse)
    gradient = float(errors.sum()) / total**2 - (inverse * errors**2) @ inverse / total
    return Coefficient(estimate=1 - float(errors.sum()) / total, gradient=(gradient + gradient.T) / 2)


def split_coefficient(covariance: Floats, side: Floats) -> Coefficient:
    """Return 1 - t'Ct / 1'C1, t = +1 in one part of the test and -1 in the other: Guttman's split-half coefficient.

    The same as Flanagan's and Rulon's 2 (1 - (S_a^2 + S_b^2) / S^2), and alpha of the two parts.
    """
    k, total, _ = _sizes(covariance)
    difference = float(side @ covariance @ side)
    gradient = np.full((k, k), difference / total**2) - np.outer(side, side) / total
    return Coefficient(estimate=1 - difference / total, gradient=gradient)


def mean_correlation(correlation: Floats) -> Coefficient:
    """Return the average correlation of two different items, from R."""
    k = len(correlation)
    gradient = (np.ones((k, k)) - np.eye(k)) / (k * (k - 1))
    return Coefficient(estimate=float((gradient * correlation).sum()), gradient=gradient)


def tenberge_zegers(covariance: Floats, order: int) -> float:
    """Return mu_r = (p_0 + sqrt(p_1 + sqrt(p_2 + ... sqrt(k/(k-1) p_r)))) / 1'C1, p_h = sum_{i != j} C_ij^(2^h).

    mu_0 is alpha, mu_1 lambda 2; each is at least the one before.

    References
    ----------
    Ten Berge and Zegers (1978), doi:10.1007/BF02293815. Checked against psych 2.5.3 (``tenberge``).
    """
    k, total, _ = _sizes(covariance)
    off = covariance[~np.eye(k, dtype=np.bool_)]
    powers = [float((off ** (2**h)).sum()) for h in range(order + 1)]
    inner = k / (k - 1) * powers[order]
    for power in reversed(powers[:order]):
        inner = power + sqrt(inner)
    return inner / total


def _sizes(covariance: Floats) -> tuple[int, float, float]:
    return len(covariance), float(covariance.sum()), float(np.trace(covariance))


def _lambda1_plus(covariance: Floats, under_root: float, half_derivative: Floats) -> Coefficient:
    """Return lambda 1 + sqrt(q) / 1'C1, given q and dq/dC / 2."""
    k, total, _ = _sizes(covariance)
    first, root = lambda1(covariance), sqrt(under_root)
    slope = half_derivative / root if root > 0 else np.zeros((k, k))
    return Coefficient(
        estimate=first.estimate + root / total,
        gradient=first.gradient + slope / total - root / total**2,
    )
