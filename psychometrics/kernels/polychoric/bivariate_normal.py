"""The bivariate normal distribution, on whole arrays at once."""

from __future__ import annotations

from math import pi

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr, owens_t

Floats = npt.NDArray[np.float64]

FAR = 40.0  # Phi(-40) is 0 in double precision: stands for infinity and keeps the arithmetic finite
NEAR = 1e-150  # stands for 0 in divisions


def bivariate_normal_cdf(h: npt.ArrayLike, k: npt.ArrayLike, rho: npt.ArrayLike) -> Floats:
    """Return P(X <= h, Y <= k) for standard normal X and Y with correlation rho.

    Phi2 = (Phi(h) + Phi(k) - d) / 2 - T(h, (k - rho h) / (h s)) - T(k, (h - rho k) / (k s)), with
    s = sqrt(1 - rho^2), T Owen's function, and d = 1 when h and k have different signs, else 0.

    Parameters
    ----------
    h, k : array-like of float
        Any numbers, infinities too.
    rho : array-like of float
        -1 to 1, both included. The three are broadcast against each other.

    Returns
    -------
    ndarray of float64
        The probability; the error is absolute, near 1e-16, also for rho close to -1 or 1.

    References
    ----------
    Owen (1956), doi:10.1214/aoms/1177728074. Checked against Plackett's integral over the
    correlation, taken numerically from rho to 1, and against ``scipy.stats.multivariate_normal``.
    """
    h, k, rho = np.broadcast_arrays(_finite(h), _finite(k), np.asarray(rho, float))
    s = np.sqrt((1 - rho) * (1 + rho))
    ends = s == 0
    s = np.where(ends, 1.0, s)
    low_h, low_k = ndtr(h), ndtr(k)
    inside = (low_h + low_k - ((h < 0) != (k < 0))) / 2
    inside = inside - owens_t(h, _distance(k, h, rho) / (h * s)) - owens_t(k, _distance(h, k, rho) / (k * s))
    if ends.any():
        at_ends = np.where(rho > 0, np.minimum(low_h, low_k), np.maximum(low_h + low_k - 1, 0.0))
        inside = np.where(ends, at_ends, inside)
    return np.asarray(np.clip(inside, 0.0, 1.0))


def bivariate_normal_density(h: npt.ArrayLike, k: npt.ArrayLike, rho: npt.ArrayLike) -> Floats:
    """Return phi2 = exp(-((k - rho h)^2 / (1 - rho^2) + h^2) / 2) / (2 pi sqrt(1 - rho^2)), also d Phi2 / d rho.

    Parameters
    ----------
    h, k : array-like of float
    rho : array-like of float
        Inside -1 to 1.

    References
    ----------
    Plackett (1954), doi:10.1093/biomet/41.3-4.351, for d Phi2 / d rho = phi2. Checked against SciPy.
    """
    h, k, rho = _finite(h), _finite(k), np.asarray(rho, float)
    s2 = (1 - rho) * (1 + rho)
    away = np.square(_distance(k, h, rho)) / s2 + np.square(h)
    return np.asarray(np.exp(-away / 2) / (2 * pi * np.sqrt(s2)))


def conditional_deviate(k: npt.ArrayLike, h: npt.ArrayLike, rho: npt.ArrayLike) -> Floats:
    """Return (k - rho h) / sqrt(1 - rho^2), the standard deviate of k where the other variable is h."""
    rho = np.asarray(rho, float)
    return np.asarray(_distance(_finite(k), _finite(h), rho) / np.sqrt((1 - rho) * (1 + rho)))


def _distance(k: Floats, h: Floats, rho: Floats) -> Floats:
    """Return k - rho h without losing digits when it is small because rho is near -1 or 1."""
    return np.asarray(np.where(rho > 0, (k - h) + (1 - rho) * h, (k + h) - (1 + rho) * h))


def _finite(x: npt.ArrayLike) -> Floats:
    clipped = np.clip(np.asarray(x, float), -FAR, FAR)
    return np.where(np.abs(clipped) < NEAR, NEAR, clipped)
