"""What raters said of units, as counts: how often each category was given to each unit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.intp]

NOBODY = np.empty(0, np.intp)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Units:
    """Units by categories, and who said what where raters are known.

    Attributes
    ----------
    counts : ndarray of float64, shape (n_rows, n_categories)
        r_ik, raters that gave unit i category k; every row has at least one.
    multiplicity : ndarray of float64, shape (n_rows,)
        Units with this row: all 1 for single units, more where equal units are counted together.
    row, rater, category : ndarray of int, shape (n_ratings,)
        One rating each; empty when raters are not told apart.
    n_raters : int
        0 when raters are not told apart.
    """

    counts: Floats
    multiplicity: Floats
    row: Integers
    rater: Integers
    category: Integers
    n_raters: int

    @property
    def n_units(self) -> float:
        """Units with at least one rating."""
        return float(self.multiplicity.sum())

    @property
    def sizes(self) -> Floats:
        """Ratings of each row, r_i."""
        return row_sums(self.counts)

    @property
    def n_categories(self) -> int:
        """Categories there are, used or not."""
        return int(self.counts.shape[1])

    def where(self, keep: npt.NDArray[np.bool_]) -> Units:
        """Return the rows that are kept."""
        if keep.all():
            return self
        place = np.cumsum(keep) - 1
        mine = keep[self.row] if len(self.row) else np.empty(0, np.bool_)
        return Units(
            counts=self.counts[keep],
            multiplicity=self.multiplicity[keep],
            row=place[self.row[mine]],
            rater=self.rater[mine],
            category=self.category[mine],
            n_raters=self.n_raters,
        )


def row_sums(table: Floats) -> Floats:
    """Return the sums of the rows; much faster for few columns than ``sum(axis=1)``."""
    return np.asarray(table @ np.ones(table.shape[1]), np.float64)


def units_of_ratings(
    row: Integers,
    rater: Integers,
    category: Integers,
    *,
    n_categories: int,
    multiplicity: Floats | None = None,
) -> Units:
    """Return units from one row per rating; rows and raters are positions without gaps."""
    n_rows = int(row.max(initial=-1)) + 1
    cells = np.bincount(row * n_categories + category, minlength=n_rows * n_categories)
    return Units(
        counts=cells.reshape(n_rows, n_categories).astype(np.float64),
        multiplicity=np.ones(n_rows) if multiplicity is None else multiplicity,
        row=row,
        rater=rater,
        category=category,
        n_raters=int(rater.max(initial=-1)) + 1,
    )


def units_of_counts(counts: Floats) -> Units:
    """Return units from a table of units by categories; raters are not told apart. Empty rows are left out."""
    rated = counts.sum(axis=1) > 0
    return Units(
        counts=counts[rated],
        multiplicity=np.ones(int(rated.sum())),
        row=NOBODY,
        rater=NOBODY,
        category=NOBODY,
        n_raters=0,
    )


def units_of_contingency(table: Floats) -> Units:
    """Return units from a square table: how many units got category k from one rater and l from the other."""
    first, second = np.nonzero(table)
    rows = np.arange(len(first))
    return units_of_ratings(
        np.concatenate([rows, rows]),
        np.repeat(np.array([0, 1], np.intp), len(rows)),
        np.concatenate([first, second]),
        n_categories=len(table),
        multiplicity=table[first, second],
    )


def contingency(units: Units, first: int, second: int) -> Floats:
    """Return the table of two raters over the units both rated, shape (n_categories, n_categories)."""
    given = np.full((2, len(units.multiplicity)), -1, np.intp)
    for place, rater in enumerate((first, second)):
        mine = units.rater == rater
        given[place, units.row[mine]] = units.category[mine]
    both = np.all(given >= 0, axis=0)
    q = units.n_categories
    cells = np.bincount(
        given[0, both] * q + given[1, both], weights=units.multiplicity[both], minlength=q * q
    )
    return cells.reshape(q, q).astype(np.float64)


def merged(units: Units) -> Units:
    """Return the same units with equal rows of counts counted together, in a fixed order; raters are dropped."""
    rows, place = np.unique(units.counts, axis=0, return_inverse=True)
    return Units(
        counts=rows,
        multiplicity=np.bincount(place.ravel(), weights=units.multiplicity, minlength=len(rows)).astype(
            np.float64
        ),
        row=NOBODY,
        rater=NOBODY,
        category=NOBODY,
        n_raters=0,
    )
