"""Variance components of any number of groupings, in any design, by restricted maximum likelihood (REML)."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite, log, sqrt

import numpy as np
import numpy.typing as npt

from psychometrics.kernels.components.absorption import Absorption
from psychometrics.kernels.components.identification import minque
from psychometrics.kernels.components.restricted_likelihood import BOUND, covariance, evaluate, polish, search

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.intp]

SMALLEST_START, LARGEST_START = 0.02, 50.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class VarianceComponents:
    """A REML fit of y = mu + sum_k u_k[level] + e.

    Attributes
    ----------
    variances : ndarray of float64, shape (n_components + 1,)
        0 or more, in squared points; the residual is last.
    covariance : ndarray of float64, shape (n_components + 1, n_components + 1)
        Of the variances, from the observed information; nan where the likelihood is flat.
    log_likelihood : float
        Restricted, with all constants (as lme4 counts them).
    n_levels : tuple of int
        Of the groupings.
    n_ratings : int
    """

    variances: Floats
    covariance: Floats
    log_likelihood: float
    n_levels: tuple[int, ...]
    n_ratings: int


def fit_components(y: Floats, groupings: list[Integers]) -> VarianceComponents | None:
    """Fit y = mu + sum_k u_k[level] + e by REML; ``None`` when there is no residual variance.

    Starts from MINQUE(0); L-BFGS on the logs of the ratios to the residual with an exact gradient, components
    that may as well be 0 set to 0, Newton steps to the end. Groupings nested in one of them (persons, persons
    by tasks, ...) are absorbed (:class:`Absorption`): the work per step does not depend on the number of ratings.

    Parameters
    ----------
    y : ndarray of float64, shape (n_ratings,)
        No nan.
    groupings : list of ndarray of int, shape (n_ratings,)
        For each component the level 0, 1, ... of each rating, without gaps. The components must be told apart by
        the design: see :func:`dependent_groupings`.

    References
    ----------
    Patterson and Thompson (1971), doi:10.1093/biomet/58.3.545. Checked against ANOVA on balanced tables (equal
    where its components are positive), a dense likelihood, and lme4.
    """
    y = y - y[0]  # equal ratings become exactly 0, whatever the mean rounds to
    y -= y.mean()
    scale = sqrt(float(y @ y) / (len(y) - 1))
    if scale == 0:
        return None
    absorption = Absorption(y / scale, groupings)
    ratios = search(absorption, _start(y / scale, groupings))
    if np.any(ratios >= np.exp(BOUND - 1)):
        return None
    ratios = polish(absorption, ratios)
    end = evaluate(absorption, ratios)
    if not isfinite(end.deviance):
        return None
    levels = np.array([int(one.max()) + 1 for one in groupings])
    found = covariance(absorption, ratios, levels / len(y))
    size = len(groupings) + 1
    return VarianceComponents(
        variances=np.r_[ratios, 1.0] * end.residual * scale**2,
        covariance=np.full((size, size), np.nan) if found is None else found * scale**4,
        log_likelihood=-end.deviance / 2 - (len(y) - 1) * log(scale),
        n_levels=tuple(levels.tolist()),
        n_ratings=len(y),
    )


def _start(y: Floats, groupings: list[Integers]) -> Floats:
    rough = minque(y, groupings)
    if not np.all(np.isfinite(rough)):
        return np.ones(len(groupings))
    residual = max(float(rough[-1]), SMALLEST_START)
    ratios: Floats = np.clip(rough[:-1] / residual, SMALLEST_START, LARGEST_START)
    return ratios
