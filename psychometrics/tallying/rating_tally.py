"""How often each pattern of ratings occurred on one criterion: which raters gave which levels to the same person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from psychometrics.errors import TallyError, did_you_mean
from psychometrics.responses import Ratings
from psychometrics.result import Source
from psychometrics.tallying.arithmetic import Tally
from psychometrics.tallying.cells import PAD, Cells, distinct
from psychometrics.version import VERSION

Counts = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.intp]

LEVELS = 128


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RatingTally(Tally):
    """How often each pattern of ratings occurred, criterion by criterion; no person is in it, but raters are.

    A unit is one person, on one occasion, on one criterion. Its pattern says which raters gave it which levels.

    Attributes
    ----------
    criterion_ids : tuple of str
    points : tuple of tuple of float
        Points of the levels of each criterion.
    rater_ids : tuple of str
        Raters with a rating; sorted.
    patterns : ndarray of float64, shape (n_patterns, 1 + most ratings of a unit)
        Position of the criterion, then 128 * position of the rater + level, rising; -1 fills up.
    counts : ndarray of int64, shape (n_patterns,)
        Units with that pattern.
    source : Source
    """

    criterion_ids: tuple[str, ...]
    points: tuple[tuple[float, ...], ...]
    rater_ids: tuple[str, ...]
    patterns: Floats
    counts: Counts
    source: Source = field(default_factory=Source)

    @property
    def n_levels(self) -> tuple[int, ...]:
        """Levels of each criterion."""
        return tuple(len(own) for own in self.points)

    def units(self, criterion_id: str) -> tuple[Places, Places, Places, Counts]:
        """Return the ratings of a criterion in long form, each distinct pattern as one unit.

        Returns
        -------
        unit, rater, category, unit_count : ndarray of int, shape (n_ratings,)
            Position of the pattern; position in ``rater_ids``; level, 0 the lowest; how many units have the pattern
            (the same for all ratings of a unit).
        """
        if criterion_id not in self.criterion_ids:
            raise TallyError(
                f'no criterion "{criterion_id}" was counted',
                hint=did_you_mean(criterion_id, self.criterion_ids),
            )
        mine = self.patterns[:, 0] == self.criterion_ids.index(criterion_id)
        patterns, counts = self.patterns[mine, 1:].astype(np.intp), self.counts[mine]
        unit, place = np.nonzero(patterns >= 0)
        rated = patterns[unit, place]
        return unit, rated // LEVELS, rated % LEVELS, counts[unit]

    def described(self) -> dict[str, Any]:
        """Return what must be alike in two tallies that are added."""
        return {
            "fingerprint": self.source.fingerprint,
            "criteria": list(self.criterion_ids),
            "points": [list(own) for own in self.points],
        }

    def names(self) -> tuple[str, ...]:
        """Return the raters."""
        return self.rater_ids

    def cells(self) -> dict[str, Cells]:
        """Return the counts."""
        return {"patterns": Cells(self.counts, self.patterns)}

    def renamed(self, names: tuple[str, ...]) -> dict[str, Cells]:
        """Return the counts with the raters numbered as in ``names``."""
        where = {name: place for place, name in enumerate(names)}
        place = np.array([where[name] for name in self.rater_ids], np.intp)
        return {"patterns": Cells(self.counts, _renumbered(self.patterns, place))}

    @classmethod
    def made_of(
        cls, described: Mapping[str, Any], names: tuple[str, ...], cells: Mapping[str, Cells], source: Source
    ) -> Self:
        """Make a tally of its parts; raters without a rating are dropped."""
        found = cells["patterns"].keys
        keys = np.empty((0, 1)) if found is None else found
        keys = keys[:, : 1 + int((keys[:, 1:] >= 0).sum(axis=1).max(initial=0))]
        rated = keys[:, 1:][keys[:, 1:] >= 0].astype(np.intp)
        used = np.unique(rated // LEVELS)
        place = np.zeros(len(names), np.intp)
        place[used] = np.arange(len(used))
        return cls(
            criterion_ids=tuple(described["criteria"]),
            points=tuple(tuple(own) for own in described["points"]),
            rater_ids=tuple(names[i] for i in used),
            patterns=_renumbered(keys, place),
            counts=cells["patterns"].counts,
            source=source,
        )

    def place(self, cell: str, where: tuple[int, ...], key: Any) -> str:  # noqa: ARG002
        """Say in words what a count is of."""
        return f"criterion {self.criterion_ids[int(key[0])]}, a unit with {int((key[1:] >= 0).sum())} ratings"

    def columns(self) -> Mapping[str, Any]:
        """One row per criterion, pattern and rating."""
        parts = [(criterion, *self.units(criterion)) for criterion in self.criterion_ids]
        return {
            "criterion_id": [criterion for criterion, unit, *_ in parts for _ in unit],
            "unit": np.concatenate([np.empty(0, np.intp), *(part[1] for part in parts)]),
            "rater_id": [self.rater_ids[i] for part in parts for i in part[2]],
            "level": np.concatenate([np.empty(0, np.intp), *(part[3] for part in parts)]),
            "n_units": np.concatenate([np.empty(0, np.int64), *(part[4] for part in parts)]),
        }

    def __repr__(self) -> str:
        name = self.source.instrument or "a table"
        return (
            f"<RatingTally of {name}: {int(self.counts.sum()):,} units, {len(self.criterion_ids)} criteria, "
            f"{len(self.rater_ids)} raters>"
        )


def tally_ratings(ratings: Ratings) -> RatingTally:
    """Count how often each pattern of ratings occurred on each criterion.

    Parameters
    ----------
    ratings : Ratings
        Any design: crossed, nested, partly double-rated.

    Returns
    -------
    RatingTally

    Notes
    -----
    Tallies of different persons add up. The ratings of one person must stand in one tally, or they count as two
    units. With many raters nearly every unit has a pattern of its own, and the tally is about as large as the
    ratings.
    """
    criteria = ratings.instrument.criteria
    cells = {"patterns": distinct(_patterns(ratings))}
    described = {
        "criteria": [one.id for one in criteria],
        "points": [[float(value) for value in one.points] for one in criteria],
    }
    source = Source(
        instrument=ratings.instrument.name,
        fingerprint=ratings.instrument.fingerprint,
        simulated=ratings.source.simulated,
        package_version=VERSION,
    )
    return RatingTally.made_of(described, ratings.rater_ids, cells, source)


def _patterns(ratings: Ratings) -> Floats:
    """Return one row per unit: criterion, then its ratings as 128 * rater + level, rising, -1 at the end."""
    n = len(ratings.levels)
    if not n:
        return np.empty((0, 1))
    rated = ratings.rater_index.astype(np.int64) * LEVELS + ratings.levels
    unit = ratings.person_index.astype(np.int64) * len(ratings.instrument.criteria) + ratings.criterion_index
    order = np.lexsort([rated, unit])
    units, starts, sizes = np.unique(unit[order], return_index=True, return_counts=True)
    patterns = np.full((len(units), 1 + int(sizes.max())), PAD)
    patterns[:, 0] = units % len(ratings.instrument.criteria)
    row = np.repeat(np.arange(len(units)), sizes)
    patterns[row, 1 + np.arange(n) - starts[row]] = rated[order]
    return patterns


def _renumbered(patterns: Floats, place: Places) -> Floats:
    """Return the patterns with rater r called ``place[r]``; the order of raters must stay."""
    rated = patterns[:, 1:].astype(np.intp)
    there = rated >= 0
    new = patterns.copy()
    new[:, 1:][there] = place[rated[there] // LEVELS] * LEVELS + rated[there] % LEVELS
    return new
