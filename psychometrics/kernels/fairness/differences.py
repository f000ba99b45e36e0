"""How a group differs from another: means, spread."""

from __future__ import annotations

from dataclasses import dataclass
from math import nan, sqrt

import numpy as np
import numpy.typing as npt
from scipy.special import fdtri

from psychometrics.kernels.bounds import Estimate

Floats = npt.NDArray[np.float64]

ROUND_OFF = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupMoments:
    """Persons, mean and SD (divisor n - 1) of a group; nan where there are too few."""

    n: int
    mean: float
    sd: float


def group_moments(values: Floats) -> GroupMoments:
    """Return the moments of values without nan; summed in the order of size, so that no order of persons matters."""
    ordered = np.sort(values)
    n = len(ordered)
    mean = float(ordered.mean()) if n else nan
    if n < 2:
        return GroupMoments(n=n, mean=mean, sd=nan)
    centred = ordered - mean
    squares = float(centred @ centred)
    level = ROUND_OFF * float(np.abs(ordered).max())
    return GroupMoments(n=n, mean=mean, sd=sqrt(squares / (n - 1)) if squares > level * level * n else 0.0)


def variance_ratio(own: GroupMoments, reference: GroupMoments, confidence: float) -> Estimate:
    """Return s^2 / s_0^2 with the interval of the F distribution, exact for normal scores.

    References
    ----------
    Snedecor and Cochran (1989), Statistical methods, section 6.11; as R's ``var.test``.
    """
    if own.n < 2 or reference.n < 2:
        return Estimate(
            estimate=nan, ci_lower=nan, ci_upper=nan, reason="fewer than 2 persons in one of the groups"
        )
    if reference.sd == 0:
        reason = "the scores of the reference group do not vary"
        return Estimate(estimate=nan, ci_lower=nan, ci_upper=nan, reason=reason)
    ratio = (own.sd / reference.sd) ** 2
    if own.sd == 0:
        return Estimate(
            estimate=0.0, ci_lower=nan, ci_upper=nan, reason="the scores of the group do not vary"
        )
    tail = (1 - confidence) / 2
    df, df0 = own.n - 1, reference.n - 1
    lower, upper = (ratio / float(fdtri(df, df0, share)) for share in (1 - tail, tail))
    return Estimate(estimate=ratio, ci_lower=lower, ci_upper=upper)
