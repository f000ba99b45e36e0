"""Where the error of a score comes from: measurement, raters, missing items."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain

import numpy as np
import numpy.typing as npt

from psychometrics.errors import ScoringError

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.integer]


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorSources:
    """Standard errors of the scores of one scale, source by source; all on the metric of the scale.

    The sources are independent and each error is counted once: ``measurement`` is without raters and without missing
    items. The whole error of a score is the root of the sum of the squares.

    Attributes
    ----------
    measurement : float, or mapping of raw score to float
        Items, tasks, the moment: the standard error of measurement of a complete score, free of rater error. 0 where
        raters are the only source.
    raters : float, or mapping of number of raters to float, optional
        Error that raters bring. A number is the error of *one* rater, and m raters have it divided by sqrt(m); a
        mapping gives the error for each number of raters. Left out: not rated, or within ``measurement``.
    missing : mapping of number of missing items to float, optional
        Error of a prorated score around the complete one, such as :func:`prorated_errors` gives. Left out: nothing
        is prorated, or it is not counted.
    """

    measurement: float | Mapping[float, float]
    raters: float | Mapping[int, float] | None = None
    missing: Mapping[int, float] | None = None

    def rater_errors(self, n_raters: Integers) -> Floats:
        """Return the rater error for numbers of raters; nan where none is known for that number."""
        if self.raters is None:
            return np.zeros(n_raters.shape)
        if isinstance(self.raters, Mapping):
            return _looked_up(self.raters, n_raters)
        counted = np.where(n_raters > 0, n_raters, np.nan)
        return np.asarray(self.raters / np.sqrt(counted), np.float64)

    def missing_errors(self, n_missing: Integers) -> Floats:
        """Return the error for numbers of missing items, 0 for none missing; nan where none is known."""
        if self.missing is None:
            return np.zeros(n_missing.shape)
        return _looked_up({0: 0.0, **self.missing}, n_missing)

    def values(self) -> list[float]:
        """Return every error in it."""
        tables = [one for one in (self.measurement, self.raters, self.missing) if isinstance(one, Mapping)]
        numbers = [one for one in (self.measurement, self.raters) if isinstance(one, int | float)]
        return [*map(float, numbers), *(float(e) for one in tables for e in one.values())]


def _looked_up(table: Mapping[int, float], counts: Integers) -> Floats:
    known = np.array(sorted(table))
    errors = np.array([table[count] for count in sorted(table)], np.float64)
    at = np.minimum(np.searchsorted(known, counts), len(known) - 1)
    return np.where(known[at] == counts, errors[at], math.nan)


def prorated_errors(
    n_items: int,
    *,
    standard_error: float | None = None,
    covariances: npt.ArrayLike | None = None,
    item_means: npt.ArrayLike | None = None,
) -> dict[int, float]:
    """Return number of missing items -> standard error of the prorated score around the complete one.

    E (P - Y)^2 = m / (n - m) * [SEM^2 + n * s^2],  SEM^2 = n (mean variance - mean covariance)

    Y is the sum of all n items, P = n / (n - m) times the sum of those answered; the mean is over persons and over
    which m items are missing. SEM^2 is SD^2 (1 - alpha) of the complete score; s^2 is the variance (n - 1) of the
    item means, because prorating sets easy items for hard ones. With the error of measurement it adds up to
    SEM^2 n / (n - m): the error of a test of n - m items, stretched to n.

    Parameters
    ----------
    n_items : int
        Items of the scale, at least 2.
    standard_error : float, optional
        SEM of the complete score, SD sqrt(1 - alpha), on the metric of the scale. This or ``covariances``.
    covariances : array_like, shape (n_items, n_items), optional
        Covariances of the items, in the units in which the score is their sum (for a mean of items: divided by
        n_items squared).
    item_means : array_like, shape (n_items,), optional
        Means of the items in the same units; without them items count as equally easy.

    Returns
    -------
    dict
        For 0 to n_items - 1 missing items.

    Raises
    ------
    ScoringError
        Fewer than 2 items, both or neither of the first two arguments, arrays of another shape.

    Notes
    -----
    For items that are missing at random with respect to the trait, and of equal weight. It knows how many items are
    missing, not which. Checked against the mean over all sets of missing items (tests/scoring/test_error_sources.py).

    Examples
    --------
    >>> prorated_errors(4, standard_error=2.0)[1]
    1.1547005383792515
    """
    square = _complete_square(n_items, standard_error, covariances)
    means = np.zeros(n_items) if item_means is None else np.asarray(item_means, np.float64)
    if means.shape != (n_items,):
        raise ScoringError(
            f"item_means has shape {means.shape}; expected one mean for each of {n_items} items"
        )
    whole = square + n_items * float(means.var(ddof=1))
    return {m: math.sqrt(m / (n_items - m) * whole) for m in range(n_items)}


def _complete_square(n: int, standard_error: float | None, covariances: npt.ArrayLike | None) -> float:
    if n < 2:
        raise ScoringError(f"n_items={n}; a score can be prorated from 2 items on")
    if (standard_error is None) == (covariances is None):
        raise ScoringError("give either standard_error or covariances")
    if standard_error is not None:
        if not 0 <= standard_error < math.inf:
            raise ScoringError(f"standard_error={standard_error}; expected a number, 0 or more")
        return standard_error**2
    V = np.asarray(covariances, np.float64)
    if V.shape != (n, n) or not np.isfinite(V).all():
        raise ScoringError(f"covariances of shape {V.shape}; expected finite numbers, {n} by {n}")
    return max(float((n * np.trace(V) - V.sum()) / (n - 1)), 0.0)


def source_problems(sources: ErrorSources) -> list[str]:
    """Say what is wrong with error sources, in words; empty when nothing is."""
    found = [f"a standard error of {e}" for e in sources.values() if not 0 <= e < math.inf]
    tables = [one for one in (sources.measurement, sources.raters) if isinstance(one, Mapping)]
    found += ["an empty table" for one in tables if not one]
    counts = chain(sources.raters if isinstance(sources.raters, Mapping) else (), sources.missing or ())
    found += [f"{c} raters or missing items" for c in counts if isinstance(c, float) or c < 0]
    if isinstance(sources.measurement, Mapping):
        found += [f"an error at score {s}" for s in sources.measurement if not math.isfinite(s)]
    return found
