"""Terms of log-linear models, and how many of them to take."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.special import chdtrc

from psychometrics.kernels.smoothing.log_linear import LogLinearFit, fit_log_linear

Floats = npt.NDArray[np.float64]
Criterion = Literal["aic", "bic", "likelihood_ratio"]

CRITERIA: tuple[Criterion, ...] = ("aic", "bic", "likelihood_ratio")
MOST = 8
LEVEL = 0.05


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ChosenFit:
    """The fit that a criterion chose among nested ones.

    Attributes
    ----------
    degree : int
        Degree of the chosen fit; 0 when no fit exists.
    fit : LogLinearFit
    fits : tuple of LogLinearFit
        Every fit that was tried, from the smallest.
    """

    degree: int
    fit: LogLinearFit
    fits: tuple[LogLinearFit, ...]


def polynomial_terms(scores: Floats, degree: int) -> Floats:
    """Return orthonormal columns that span the powers 1..degree of the scores, shape (n_scores, degree)."""
    return _orthonormal([_unit(scores) ** power for power in range(1, degree + 1)])


def bivariate_terms(first: Floats, second: Floats, degrees: tuple[int, int], cross: int) -> Floats:
    """Return orthonormal columns for a table of two scores, cells in row order (first score by second).

    Powers 1..degrees[0] of the first score, 1..degrees[1] of the second, and the products of powers up to ``cross``
    of both: cross = 1 keeps their covariance.
    """
    x, a = (grid.ravel() for grid in np.meshgrid(_unit(first), _unit(second), indexing="ij"))
    columns = [x**power for power in range(1, degrees[0] + 1)]
    columns += [a**power for power in range(1, degrees[1] + 1)]
    columns += [x**i * a**j for i in range(1, cross + 1) for j in range(1, cross + 1)]
    return _orthonormal(columns)


def _unit(scores: Floats) -> Floats:
    low, high = scores.min(), scores.max()
    return 2 * (scores - low) / (high - low) - 1 if high > low else np.zeros(len(scores))


def _orthonormal(columns: list[Floats]) -> Floats:
    full = np.column_stack([np.ones(len(columns[0])), *columns])
    return np.linalg.qr(full)[0][:, 1:]


def choose_degree(
    counts: Floats, scores: Floats, criterion: Criterion = "aic", most: int = MOST
) -> ChosenFit:
    """Fit log-linear models with the powers 1..1, 1..2, ..., 1..most of the score and choose one.

    Parameters
    ----------
    counts : ndarray, shape (n_scores,)
        People with each score, 0 where no one has it.
    scores : ndarray, shape (n_scores,)
        Every score there can be, rising.
    criterion : {"aic", "bic", "likelihood_ratio"}
        Least AIC; least BIC; or the highest degree whose last power lowers the deviance significantly, each test at
        level 1 - .95^(1/(tests)).
    most : int
        Highest degree to try; fewer when people have fewer distinct scores.

    References
    ----------
    Moses and Holland (2009), Journal of Educational Measurement 46, 159-176.
    """
    highest = max(min(most, int(np.count_nonzero(counts)) - 1), 1)
    fits = [fit_log_linear(counts, polynomial_terms(scores, degree)) for degree in range(1, highest + 1)]
    return choose_fit(fits, criterion)


def choose_fit(fits: list[LogLinearFit], criterion: Criterion) -> ChosenFit:
    """Choose among nested fits, the smallest first."""
    there = [place for place, fit in enumerate(fits) if not fit.reason]
    if not there:
        return ChosenFit(degree=0, fit=fits[0], fits=tuple(fits))
    if criterion == "likelihood_ratio":
        best = _by_tests(fits, there)
    else:
        best = min(there, key=lambda place: getattr(fits[place], criterion))
    return ChosenFit(degree=best + 1, fit=fits[best], fits=tuple(fits))


def _by_tests(fits: list[LogLinearFit], there: list[int]) -> int:
    level = 1 - (1 - LEVEL) ** (1 / max(len(there) - 1, 1))
    for small, large in reversed(list(zip(there, there[1:], strict=False))):
        gain = max(fits[small].deviance - fits[large].deviance, 0.0)
        if chdtrc(fits[small].residual_df - fits[large].residual_df, gain) < level:
            return large
    return there[0]
