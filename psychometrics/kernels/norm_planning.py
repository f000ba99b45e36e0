"""Sampling variance of norms per person of the norm sample, for planning."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numpy.polynomial import legendre

Floats = npt.NDArray[np.float64]


def normal_density(z: Floats) -> Floats:
    """Return phi(z)."""
    out: Floats = np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)
    return out


def counted_variance(ranks: Floats, probabilities: Floats | None) -> tuple[Floats, Floats]:
    """Return the mid share nearest to each wanted one, and n times its variance, for norms from counts.

    continuous scores: p (1 - p);  discrete: B + F/4 - p^2, B the share below and F at the score, p = B + F/2

    Parameters
    ----------
    ranks : ndarray of float64
        Wanted shares, 0..1.
    probabilities : ndarray of float64, or None
        Of the scores of a discrete distribution.
    """
    if probabilities is None:
        return ranks, ranks * (1 - ranks)
    below = np.cumsum(probabilities) - probabilities
    mid = below + probabilities / 2
    nearest = np.abs(mid[None, :] - ranks[:, None]).argmin(axis=1)
    share = mid[nearest]
    return share, below[nearest] + probabilities[nearest] / 4 - share**2


def moment_variance(z: Floats, skewness: float = 0.0, excess: float = 0.0) -> Floats:
    """Return n times the variance of z = (x - mean) / SD at a fixed score: 1 + g1 z + (g2 + 2) z^2 / 4.

    Delta method: var mean = 1/n, var SD = (g2 + 2) / 4n, covariance g1 / 2n, in units of the SD. For a normal
    distribution 1 + z^2 / 2.
    """
    out: Floats = 1 + skewness * z + (excess + 2) * z**2 / 4
    return out


def prediction_variance(degree: int, at: Floats) -> Floats:
    """Return n times the variance of a fitted polynomial, in units of the residual variance, for uniform ages.

    d(x) = sum_j (2j + 1) P_j(x)^2, P_j Legendre polynomials, x the age from -1 (youngest) to 1 (oldest);
    its mean is degree + 1, its maximum, at the ends, (degree + 1)^2
    """
    values = np.array([legendre.legval(at, np.eye(degree + 1)[j]) for j in range(degree + 1)])
    out: Floats = (2 * np.arange(degree + 1) + 1) @ values**2
    return out


def mean_model_variance(degree: int, n_groups: int, interaction: bool, ages: str, at: float | str) -> float:
    """Return n times the variance of the fitted mean of a polynomial in age with groups of equal size.

    ages "optimal": for a D-optimal design the largest d over all ages and groups is the number of parameters (Kiefer
    and Wolfowitz), which is taken wherever the person stands; "uniform": d(x) as above, + (groups - 1) for group
    effects, or times the groups for a curve of its own in each.

    Parameters
    ----------
    degree, n_groups : int
    interaction : bool
        A curve of its own for every group.
    ages : {"uniform", "optimal"}
    at : float or "worst" or "mean"
        Age from -1 to 1, the worst age, or the mean over all ages.
    """
    parameters = (degree + 1) * n_groups if interaction else degree + n_groups
    if ages == "optimal" or at == "mean":
        return float(parameters)
    d = (degree + 1) ** 2 if at == "worst" else float(prediction_variance(degree, np.array([at]))[0])
    return float(d * n_groups if interaction else d + n_groups - 1)


def distribution_moments(scores: Floats, probabilities: Floats) -> tuple[float, float, float, float]:
    """Return mean, SD, skewness and excess kurtosis."""
    mean = float(scores @ probabilities)
    away = scores - mean
    variance = float(away**2 @ probabilities)
    if not variance > 0:
        return mean, 0.0, float("nan"), float("nan")
    return (
        mean,
        variance**0.5,
        float(away**3 @ probabilities) / variance**1.5,
        float(away**4 @ probabilities) / variance**2 - 3,
    )
