"""Units with the categories raters gave them: the one way in for statistics of agreement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from psychometrics.errors import EstimationError
from psychometrics.evidence.agreement.rating_columns import choose_criterion
from psychometrics.evidence.agreement.rating_rows import RatingRows, as_rating_rows
from psychometrics.evidence.agreement.rating_values import Scale
from psychometrics.evidence.matrix import Floats, as_matrix
from psychometrics.kernels.agreement.units import (
    Integers,
    Units,
    units_of_contingency,
    units_of_counts,
    units_of_ratings,
)
from psychometrics.result import Source
from psychometrics.tallying import RatingTally

MOST_CELLS = 50_000_000


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RatedUnits:
    """What raters said of units (scripts, persons), ready for every coefficient of agreement.

    Made from a table of two raters (:meth:`from_contingency`), from counts (:meth:`from_counts`), or by
    ``agreement`` itself from ratings.

    Attributes
    ----------
    units : Units
    scale : Scale
        The categories there are, used or not.
    criterion_id : str
        Empty when the ratings do not say.
    n_raters : int
        Raters with at least one rating; 0 when raters are not told apart.
    """

    units: Units
    scale: Scale
    criterion_id: str = ""
    source: Source = field(default_factory=Source)

    @property
    def n_raters(self) -> int:
        """Raters with at least one rating; 0 when they are not told apart."""
        return self.units.n_raters

    @property
    def n_ratings(self) -> int:
        """Ratings there are."""
        return round(float(self.units.multiplicity @ self.units.sizes))

    @property
    def complete(self) -> bool:
        """Whether every unit has the same number of ratings (of every rater, where raters are known)."""
        each = self.units.sizes
        return not len(each) or bool(np.all(each == (self.n_raters or each[0])))

    @classmethod
    def from_contingency(cls, table: Any, *, categories: Sequence[Any] | None = None) -> RatedUnits:
        """Return units from a square table: units by the category of one rater (rows) and of the other (columns).

        Parameters
        ----------
        table : array-like or data frame, shape (n_categories, n_categories)
            Whole numbers, 0 or more.
        categories : sequence, optional
            Names or values of rows and columns, in order; 1, 2, ... when left out.

        Examples
        --------
        >>> RatedUnits.from_contingency([[40, 9], [6, 45]]).units.n_units
        100.0
        """
        counts = _counts(table)
        if counts.shape[0] != counts.shape[1]:
            raise EstimationError(
                f"the table is {counts.shape[0]} by {counts.shape[1]}; expected a square one"
            )
        return cls(units=units_of_contingency(counts), scale=_scale(categories, counts.shape[1]))

    @classmethod
    def from_counts(cls, table: Any, *, categories: Sequence[Any] | None = None) -> RatedUnits:
        """Return units from a table of units by categories: how many raters gave unit i category k.

        Raters are not told apart, so that Cohen's, Conger's and Light's kappas cannot be had from it.

        Parameters
        ----------
        table : array-like or data frame, shape (n_units, n_categories)
            Whole numbers, 0 or more; rows without ratings are left out.
        categories : sequence, optional
            Names or values of the columns, in order; 1, 2, ... when left out.
        """
        counts = _counts(table)
        return cls(units=units_of_counts(counts), scale=_scale(categories, counts.shape[1]))


def _counts(table: Any) -> Floats:
    counts = as_matrix(table)
    if np.isnan(counts).any() or np.any(counts < 0) or np.any(counts != np.floor(counts)):
        raise EstimationError(
            "some counts are missing, negative or broken; expected whole numbers, 0 or more"
        )
    return counts


def _scale(categories: Sequence[Any] | None, n: int) -> Scale:
    labels = tuple(range(1, n + 1)) if categories is None else tuple(categories)
    if len(labels) != n or len(set(labels)) != n:
        raise EstimationError(f"categories= names {len(labels)}; the table has {n}")
    numbers = all(isinstance(label, int | float) for label in labels)
    values = np.array(labels, np.float64) if numbers else np.arange(1.0, n + 1)
    if np.any(np.diff(values) <= 0):
        raise EstimationError("categories= must be in rising order")
    return Scale(labels=labels, values=values)


def as_rated_units(
    x: Any, *, categories: Sequence[Any] | None = None, criterion: str | None = None
) -> RatedUnits:
    """Return the units of one criterion (see ``agreement`` for what ``x`` may be)."""
    if isinstance(x, RatedUnits):
        return x
    if isinstance(x, RatingTally):
        return _from_tally(x, choose_criterion(x.criterion_ids, criterion))
    return units_of_rows(as_rating_rows(x, categories=categories).of_criterion(criterion))


def all_rated_units(
    x: Any, *, categories: Sequence[Any] | None = None, criterion: str | None = None
) -> list[RatedUnits]:
    """Return the units of every criterion, or of the one asked for."""
    if isinstance(x, RatedUnits) or criterion is not None:
        return [as_rated_units(x, categories=categories, criterion=criterion)]
    if isinstance(x, RatingTally):
        return [_from_tally(x, place) for place in range(len(x.criterion_ids))]
    rows = as_rating_rows(x, categories=categories)
    return [units_of_rows(rows.of_criterion(name)) for name in rows.criterion_ids]


def units_of_rows(rows: RatingRows) -> RatedUnits:
    """Return the units of the rows of one criterion."""
    scale = rows.scales[0]
    target, rater = _without_gaps(rows.target), _without_gaps(rows.rater)
    if len(target) and (int(target.max()) + 1) * len(scale.labels) > MOST_CELLS:
        hint = "Use intraclass_correlation for measurements."
        raise EstimationError(f"{len(scale.labels):,} different values are no categories", hint=hint)
    return RatedUnits(
        units=units_of_ratings(target, rater, rows.category, n_categories=len(scale.labels)),
        scale=scale,
        criterion_id=rows.criterion_ids[0],
        source=rows.source,
    )


def _without_gaps(place: Integers) -> Integers:
    """Return the positions renumbered 0, 1, ... in the same order."""
    renumbered: Integers = (np.cumsum(np.bincount(place) > 0) - 1)[place]
    return renumbered


def _from_tally(tally: RatingTally, place: int) -> RatedUnits:
    """Return the units of a criterion; equal patterns stay counted together."""
    name, points = tally.criterion_ids[place], tally.points[place]
    unit, rater, category, times = tally.units(name)
    unit, first, row = np.unique(unit, return_index=True, return_inverse=True)
    return RatedUnits(
        units=units_of_ratings(
            row,
            np.unique(rater, return_inverse=True)[1],
            category,
            n_categories=len(points),
            multiplicity=times[first].astype(np.float64),
        ),
        scale=Scale(labels=points, values=np.array(points)),
        criterion_id=name,
        source=tally.source,
    )
