"""Mean, spread, skew and edges of each item from how often each value occurs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from psychometrics.kernels.items.statistics import adjusted_skewness

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

WIDEST = 4096


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Distribution:
    """Distinct values of one item, rising, each with the number of persons (above 0) who have it."""

    values: Floats
    counts: Integers


def distributions_of_columns(x: Floats) -> list[Distribution]:
    """Return the distribution of each column of points; nan left out."""
    return [_of_column(column[~np.isnan(column)]) for column in x.T]


def distribution_of_counts(points: Floats, counts: Integers) -> Distribution:
    """Return the distribution of an item from the counts of its options; options that give the same points are one."""
    used = counts > 0
    values, place = np.unique(points[used], return_inverse=True)
    return Distribution(values=values, counts=np.bincount(place, counts[used]).astype(np.int64))


def _of_column(column: Floats) -> Distribution:
    least = column.min() if len(column) else 0.0
    steps = column - least
    if (
        len(column)
        and steps.max() < WIDEST
        and least == np.rint(least)
        and np.array_equal(steps, np.rint(steps))
    ):
        counts = np.bincount(steps.astype(np.intp))
        places = np.flatnonzero(counts)
        return Distribution(
            values=np.asarray(least + places, np.float64), counts=counts[places].astype(np.int64)
        )
    values, found = np.unique(column, return_counts=True)
    return Distribution(values=values, counts=found.astype(np.int64))


def skews(distributions: list[Distribution]) -> Floats:
    """Return the adjusted Fisher-Pearson skewness G1 of each item; nan for n < 3 or no variance."""
    n = np.array([float(one.counts.sum()) for one in distributions])
    means = np.array([one.counts @ one.values for one in distributions]) / np.maximum(n, 1)
    moments = [
        [
            float(one.counts @ (one.values - mean) ** power)
            for one, mean in zip(distributions, means, strict=True)
        ]
        for power in (2, 3)
    ]
    return adjusted_skewness(n, np.array(moments[0]), np.array(moments[1]), means)


def edge_shares(distributions: list[Distribution], least: Floats, most: Floats) -> tuple[Floats, Floats]:
    """Return the share of the values of each item at its least and at its most possible; nan for an empty item."""
    floor, ceiling = (
        np.array([_share(one, edge) for one, edge in zip(distributions, edges, strict=True)])
        for edges in (least, most)
    )
    return floor, ceiling


def _share(one: Distribution, edge: float) -> float:
    n = one.counts.sum()
    return float(one.counts[one.values == edge].sum() / n) if n else np.nan
