"""Each rating beside what the other raters gave to the same: totals minus one's own, no pairs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SharedRows:
    """The ratings that at least one other rater shares; one row each.

    ``a`` is one's own rating, ``b`` the rating of another rater drawn at random from those of the same cell (one
    criterion of one target).

    Attributes
    ----------
    rater, target, criterion, cell : ndarray of int, shape (n_rows,)
    own : ndarray of float64
        a, in points above the lowest rating of the criterion.
    others, others_square : ndarray of float64
        E(b) and E(b^2).
    n_others : ndarray of float64
    same, adjacent : ndarray of float64
        Share of the others who gave the same level, and the same or the next.
    n_raters : int
    cluster : ndarray of int
        Which rater and target together.
    cluster_rater : ndarray of int, shape (n_clusters,)
    rows : ndarray of int
        Which rows of the ratings these are.
    """

    rater: Integers
    target: Integers
    criterion: Integers
    cell: Integers
    own: Floats
    others: Floats
    others_square: Floats
    n_others: Floats
    same: Floats
    adjacent: Floats
    n_raters: int
    cluster: Integers
    cluster_rater: Integers
    rows: Integers

    def by_rater(self, values: Floats) -> Floats:
        """Return the sums of a value over the rows of each rater, shape (n_raters,)."""
        return np.bincount(self.rater, weights=values, minlength=self.n_raters).astype(np.float64)

    def clustered(self, values: Floats) -> tuple[Floats, Floats]:
        """Return per rater the sum of squares of the sums over each target, and the number of targets."""
        sums = np.bincount(self.cluster, weights=values, minlength=len(self.cluster_rater))
        squares = np.bincount(self.cluster_rater, weights=np.square(sums), minlength=self.n_raters)
        n = np.bincount(self.cluster_rater, minlength=self.n_raters)
        return squares.astype(np.float64), n.astype(np.float64)


def shared_rows(
    target: Integers,
    criterion: Integers,
    rater: Integers,
    points: Floats,
    level: Integers,
    *,
    n_raters: int,
) -> SharedRows:
    """Return the ratings that others share, with the mean of the others.

    Parameters
    ----------
    target, criterion, rater, level : ndarray of int, shape (n_ratings,)
        Each rater at most once per target and criterion; ``level`` is the position of the category.
    points : ndarray of float64, shape (n_ratings,)
    n_raters : int
    """
    n_criteria = int(criterion.max(initial=0)) + 1
    cell = target * n_criteria + criterion
    n = np.bincount(cell)
    rows = np.flatnonzero(n[cell] > 1)
    cell = _without_gaps(cell[rows])
    n_targets = int(target.max(initial=0)) + 1
    pairs, cluster = np.unique(rater[rows] * n_targets + target[rows], return_inverse=True)
    own, level = _above_the_lowest(points, criterion)[rows], level[rows]
    n_cells, q = int(cell.max(initial=-1)) + 1, int(level.max(initial=-1)) + 1
    n_others = np.asarray(np.bincount(cell, minlength=n_cells)[cell] - 1, np.float64)
    said = np.bincount(cell * (q + 2) + level + 1, minlength=n_cells * (q + 2)).reshape(n_cells, q + 2)
    near = said[cell, level] + said[cell, level + 1] + said[cell, level + 2] - 1
    return SharedRows(
        rater=rater[rows],
        target=target[rows],
        criterion=criterion[rows],
        cell=cell,
        own=own,
        others=(np.bincount(cell, weights=own, minlength=n_cells)[cell] - own) / n_others,
        others_square=(np.bincount(cell, weights=own**2, minlength=n_cells)[cell] - own**2) / n_others,
        n_others=n_others,
        same=(said[cell, level + 1] - 1) / n_others,
        adjacent=near / n_others,
        n_raters=n_raters,
        cluster=cluster,
        cluster_rater=pairs // n_targets,
        rows=rows,
    )


def _above_the_lowest(points: Floats, criterion: Integers) -> Floats:
    """Return the points above the lowest of their criterion: sums of squares of large points would lose digits."""
    lowest = np.full(int(criterion.max(initial=-1)) + 1, np.inf)
    np.minimum.at(lowest, criterion, points)
    return np.asarray(points - lowest[criterion], np.float64)


def _without_gaps(place: Integers) -> Integers:
    """Return positions renumbered 0, 1, ... in the same order."""
    renumbered: Integers = (np.cumsum(np.bincount(place) > 0) - 1)[place]
    return renumbered
