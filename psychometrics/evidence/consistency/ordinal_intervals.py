"""Intervals of coefficients that rest on polychoric correlations."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np

from psychometrics.errors import EstimationError
from psychometrics.evidence.checks import check_word
from psychometrics.evidence.consistency.ordinal_sample import OrdinalSample
from psychometrics.evidence.matrix import Floats
from psychometrics.kernels.bounds import Bounds, grouped_jackknife_bounds, jackknife_bounds
from psychometrics.kernels.polychoric.influence import influences, person_influences
from psychometrics.kernels.polychoric.matrix import PolychoricMatrix, polychoric_matrices

Interval = Literal["adf", "grouped_jackknife"]

INTERVALS: tuple[Interval, ...] = ("adf", "grouped_jackknife")


def choose_interval(sample: OrdinalSample, interval: Interval | None, groups: int) -> Interval:
    """Return the interval asked for, or the default of the sample; refuse one that needs persons who are not there."""
    if groups < 2:
        raise EstimationError(f"groups={groups}; expected at least 2")
    if interval is None:
        return "grouped_jackknife" if sample.codes is None else "adf"
    check_word("interval", interval, INTERVALS)
    if sample.codes is None and interval == "adf":
        raise EstimationError(
            "interval='adf' needs each person's responses; a tally holds only counts",
            hint="Use interval='grouped_jackknife', which leaves out blocks of the tally.",
        )
    return interval


def influence_bounds(
    sample: OrdinalSample,
    fitted: PolychoricMatrix,
    estimate: float,
    by_rho: Floats,
    by_share: Floats | None,
    confidence: float,
) -> Bounds:
    """Return the interval from leaving out each person to first order: estimate - influence / (n - 1).

    Parameters
    ----------
    by_rho : ndarray of float64, shape (n_pairs,)
        Derivative of the coefficient by each correlation.
    by_share : ndarray of float64, shape (n_items, n_options - 1), or None
        Derivative by the share of persons at or below each option.
    """
    found = influences(fitted.tables, fitted.rho)
    if sample.codes is None or not np.isfinite(found.own).all():
        return Bounds(reason="no interval: a pair of items lies at a bound or its likelihood is flat")
    if sample.n_persons < 3:
        return Bounds(reason="the interval needs at least 3 persons")
    influence = person_influences(sample.codes, fitted.tables, found, by_rho, by_share)
    return jackknife_bounds(estimate, estimate - influence / (sample.n_persons - 1), confidence)


def group_bounds(
    sample: OrdinalSample,
    estimate: float,
    coefficient: Callable[[PolychoricMatrix], float],
    continuity: float,
    confidence: float,
    groups: int,
    seed: int,
) -> Bounds:
    """Return the interval from leaving out each block of a tally, or each group of persons dealt at random."""
    left = polychoric_matrices(sample.without_each_group(groups, seed), continuity)
    without = np.array([coefficient(fitted) for fitted in left])
    if len(without) < 2:
        return Bounds(reason="the grouped jackknife needs a tally of at least 2 blocks of persons")
    if not np.isfinite(without).all():
        return Bounds(reason="without one of the groups the coefficient would not exist")
    return grouped_jackknife_bounds(estimate, without, confidence)


def why_no_matrix(sample: OrdinalSample, fitted: PolychoricMatrix) -> str:
    """Say which pairs of items have no correlation; empty when all have one."""
    gone = np.flatnonzero(np.isnan(fitted.rho))
    if not len(gone):
        return ""
    names = sample.item_ids
    pairs = [
        f"{names[fitted.tables.first[pair]]} with {names[fitted.tables.second[pair]]}" for pair in gone[:3]
    ]
    more = f" and {len(gone) - 3} more" if len(gone) > 3 else ""
    return f"no polychoric correlation of {', '.join(pairs)}{more}: see polychoric_correlations"
