"""Agreement on each single category."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

from psychometrics.kernels.agreement.units import Units
from psychometrics.kernels.bounds import ROUND_OFF, Bounds

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SpecificAgreement:
    """Per category: the estimate, its standard error, the units that use it and the ratings in it."""

    estimate: Floats
    standard_error: Floats
    n_units: Floats
    n_ratings: Floats


def specific_agreement(units: Units) -> SpecificAgreement:
    """Return sum_i r_ik (r_ik - 1) / sum_i r_ik (r_i - 1): when one rater says k, how often another says k too.

    For two raters and two categories these are positive and negative agreement, 2a / (2a + b + c) and
    2d / (2d + b + c). The standard error is that of a ratio of sums over units.

    Parameters
    ----------
    units : Units

    Returns
    -------
    SpecificAgreement
        Arrays of shape (q,); nan where no unit with two ratings uses the category.

    References
    ----------
    Cicchetti and Feinstein (1990), doi:10.1016/0895-4356(90)90159-M; de Vet et al. (2013), doi:10.1136/bmj.f2125.
    Checked against pairs counted one by one.
    """
    paired = units.where(units.sizes >= 2)
    counts, times = paired.counts, paired.multiplicity
    same = counts * (counts - 1)
    there = counts * (counts.sum(axis=1, keepdims=True) - 1)
    below = times @ there
    n = paired.n_units
    estimate = np.divide(times @ same, below, out=np.full(len(below), np.nan), where=below > 0)
    residual = np.square(same - np.nan_to_num(estimate) * there)
    scale = n / (n - 1) if n > 1 else np.nan
    error = np.sqrt(scale * (times @ residual)) / np.where(below > 0, below, np.nan)
    return SpecificAgreement(
        estimate=estimate,
        standard_error=error,
        n_units=times @ (counts > 0),
        n_ratings=times @ counts,
    )


def share_bounds(share: float, error: float, n_units: float, confidence: float) -> Bounds:
    """Return Wilson's interval with n* = share (1 - share) / error^2 units, n* = ``n_units`` where that is 0.

    The number of independent units that would give this standard error; a share of 0 or 1 has none of its own.

    References
    ----------
    Wilson (1927), doi:10.1080/01621459.1927.10502953; Korn and Graubard (1998), Survey Methodology, 24, 193-201,
    for the effective sample size.
    """
    if not n_units >= 1 or np.isnan(share):
        return Bounds(reason="no unit with two ratings uses this category")
    spread = share * (1 - share)
    n = spread / error**2 if spread > ROUND_OFF and error > ROUND_OFF else n_units
    z2 = float(ndtri((1 + confidence) / 2)) ** 2
    middle = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = sqrt(z2 * (spread / n + z2 / (4 * n * n))) / (1 + z2 / n)
    return Bounds(lower=max(middle - half, 0.0), upper=min(middle + half, 1.0))
