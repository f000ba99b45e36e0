"""Samples of persons as tables of counts, and the sampling variance of what is read off them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Table:
    """One sample of persons: how many have each score, or each pair of scores.

    Attributes
    ----------
    scores : tuple of ndarray
        Every score there can be, rising: of the form, and of the anchor or second form if there is one.
    counts : ndarray, shape (n_scores,) or (n_scores, n_second)
        Persons in each cell.
    probabilities : ndarray
        Shares of the cells in the same shape: as counted, or smoothed.
    factor : ndarray, shape (n_cells, n_terms), optional
        C with C C' the covariance of smoothed shares; None for shares as counted, which are multinomial.
    """

    scores: tuple[Floats, ...]
    counts: Floats
    probabilities: Floats
    factor: Floats | None = None

    @property
    def n(self) -> float:
        """Persons."""
        return float(self.counts.sum())

    def variance(self, gradient: Floats) -> Floats:
        """Return the delta-method variance of figures whose gradient in the shares is (m, n_cells); shape (m,).

        nan where a gradient is not finite.
        """
        known = np.isfinite(gradient).all(axis=1)
        found = np.full(len(gradient), np.nan)
        if self.factor is not None:
            found[known] = np.square(gradient[known] @ self.factor).sum(axis=1)
            return found
        p = self.probabilities.ravel()
        spread = (np.square(gradient[known]) @ p - np.square(gradient[known] @ p)) / self.n
        found[known] = np.maximum(spread, 0)
        return found


def features(table: Table) -> Floats:
    """Return the powers whose means give the moments: x, x^2, and with a second score a, a^2, x a; (n_cells, 2 or 5).

    Taken about the middle of each scale, so that large scores lose no digits.
    """
    grids = np.meshgrid(*[scores - middle(scores) for scores in table.scores], indexing="ij")
    x = grids[0].ravel()
    if len(grids) == 1:
        return np.column_stack([x, x**2])
    a = grids[1].ravel()
    return np.column_stack([x, x**2, a, a**2, x * a])


def middle(scores: Floats) -> float:
    """Return the middle of a scale."""
    return float(scores[0] + scores[-1]) / 2


def moments(table: Table, counts: Floats) -> Floats:
    """Return (mean, variance) or (mean, variance, anchor mean, anchor variance, covariance), divided by n - 1.

    Parameters
    ----------
    table : Table
        For its scores.
    counts : ndarray, shape (n_samples, n_cells)

    Returns
    -------
    ndarray, shape (2 or 5, n_samples)
    """
    n = counts.sum(axis=1)
    means = (counts @ features(table) / n[:, None]).T
    unbias = n / (n - 1)
    x = middle(table.scores[0])
    found = [means[0] + x, unbias * (means[1] - means[0] ** 2)]
    if len(means) == 5:
        a = middle(table.scores[1])
        found += [
            means[2] + a,
            unbias * (means[3] - means[2] ** 2),
            unbias * (means[4] - means[0] * means[2]),
        ]
    return np.array(found)


def moment_covariance(table: Table) -> Floats:
    """Return the covariance matrix of :func:`moments` over samples, without assuming a distribution.

    Cov = sum_cells p d d' / n, d the influence of a person in the cell: (x - m, (x - m)^2 - s^2, ...).

    References
    ----------
    Zu and Yuan (2012), Journal of Educational Measurement 49, 190-213.
    """
    p = table.counts.ravel() / table.n
    grids = [grid.ravel() for grid in np.meshgrid(*table.scores, indexing="ij")]
    centred = [grid - p @ grid for grid in grids]
    x = centred[0]
    influences = [x, x**2 - p @ x**2]
    if len(centred) == 2:
        a = centred[1]
        influences += [a, a**2 - p @ a**2, x * a - p @ (x * a)]
    matrix = np.column_stack(influences)
    covariance: Floats = matrix.T @ (matrix * p[:, None]) / table.n
    return covariance
