"""Log-linear presmoothing of the tables that are equated: which terms, and in what words."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from psychometrics.errors import EstimationError
from psychometrics.kernels.equating.methods import Smoother
from psychometrics.kernels.equating.samples import Table
from psychometrics.kernels.smoothing.log_linear import LogLinearFit, fit_log_linear
from psychometrics.kernels.smoothing.terms import (
    Criterion,
    bivariate_terms,
    choose_degree,
    choose_fit,
    polynomial_terms,
)

Degree = int | tuple[int, int]
CROSSES = 3
SHORT = {"aic": "AIC", "bic": "BIC", "likelihood_ratio": "likelihood ratio"}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Presmoothing:
    """What is wanted: a fixed degree, or one chosen by a criterion.

    Attributes
    ----------
    degree : int, (int, int) or None
        Moments of each margin that are kept; None lets ``criterion`` choose.
    cross : int or None
        Powers of both scores whose products are kept (1: the covariance); None lets ``criterion`` choose 1 to 3.
    criterion : {"aic", "bic", "likelihood_ratio"}
    """

    degree: Degree | None
    cross: int | None
    criterion: Criterion

    def smooth(self, table: Table, name: str, *, internal: bool) -> tuple[Table, Smoother, str]:
        """Return the smoothed table, how to smooth resamples alike, and the choice in words.

        Raises
        ------
        EstimationError
            No fit exists.
        """
        possible = _possible(table, internal=internal)
        fit, words = self._one(table) if len(table.scores) == 1 else self._two(table, possible)
        if fit.reason:
            raise EstimationError(
                f"presmoothing of {name}: {fit.reason}",
                hint="Ask for a lower degree, or leave presmoothing out.",
            )
        smoother = Smoother(fit=fit, possible=possible)
        smoothed = smoother.spread(fit.probabilities[None])[0].reshape(table.counts.shape)
        return (
            replace(table, probabilities=smoothed, factor=smoother.factor()),
            smoother,
            f"{words} ({name})",
        )

    def _one(self, table: Table) -> tuple[LogLinearFit, str]:
        counts, scores = table.counts, table.scores[0]
        if self.degree is None:
            chosen = choose_degree(counts, scores, self.criterion)
            return chosen.fit, f"degree {chosen.degree} by {SHORT[self.criterion]}"
        degree = self.degree if isinstance(self.degree, int) else self.degree[0]
        return fit_log_linear(counts, polynomial_terms(scores, degree)), f"degree {degree}"

    def _two(self, table: Table, possible: npt.NDArray[np.bool_]) -> tuple[LogLinearFit, str]:
        if self.degree is None:
            margins = table.counts.sum(axis=1), table.counts.sum(axis=0)
            chosen = [choose_degree(c, s, self.criterion) for c, s in zip(margins, table.scores, strict=True)]
            degrees = max(chosen[0].degree, 1), max(chosen[1].degree, 1)
        else:
            degrees = (self.degree, self.degree) if isinstance(self.degree, int) else self.degree
        crosses = [self.cross] if self.cross is not None else list(range(1, min(CROSSES, *degrees) + 1))
        counts, (first, second) = table.counts.ravel()[possible], table.scores
        fits = [
            fit_log_linear(counts, _reduced(bivariate_terms(first, second, degrees, cross), possible))
            for cross in crosses
        ]
        best = choose_fit(fits, self.criterion)
        cross = crosses[max(best.degree - 1, 0)]
        by = f" by {SHORT[self.criterion]}" if self.degree is None or self.cross is None else ""
        return best.fit, f"degrees {degrees[0]} and {degrees[1]}, cross products to {cross}{by}"


def _possible(table: Table, *, internal: bool) -> npt.NDArray[np.bool_]:
    """Return the cells in which a person can be: an anchor inside the form leaves the rest of the form to be scored."""
    if len(table.scores) == 1 or not internal:
        return np.ones(table.counts.size, np.bool_)
    x, a = table.scores
    rest = (x[:, None] - x[0]) - (a[None, :] - a[0])
    possible = (rest >= 0) & (rest <= (x[-1] - x[0]) - (a[-1] - a[0]))
    flat: npt.NDArray[np.bool_] = possible.ravel()
    return flat


def impossible_persons(table: Table) -> int:
    """Return how many persons have an anchor score that an anchor inside the form does not allow."""
    return int(table.counts.ravel()[~_possible(table, internal=True)].sum())


def _reduced(terms: npt.NDArray[np.float64], possible: npt.NDArray[np.bool_]) -> npt.NDArray[np.float64]:
    if possible.all():
        return terms
    kept = np.column_stack([np.ones(int(possible.sum())), terms[possible]])
    return np.linalg.qr(kept)[0][:, 1:]
