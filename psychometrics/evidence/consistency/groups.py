"""Samples with one group of persons left out: blocks of a tally, or persons dealt at random."""

from __future__ import annotations

import numpy as np

from psychometrics.evidence.checks import check_whole
from psychometrics.evidence.sample import Sample
from psychometrics.kernels.covariance import Moments, moments
from psychometrics.kernels.em_covariance import em_without_groups


def without_each_group(sample: Sample, groups: int, seed: int) -> list[Moments]:
    """Return the moments of a sample with each group of persons left out.

    Parameters
    ----------
    sample : Sample
        With points, persons are dealt into ``groups`` by a shuffle of that seed; else its own blocks are used.
    groups, seed : int

    Raises
    ------
    EstimationError
        Fewer than 2 groups.
    """
    if sample.points is None:
        return sample.block_moments
    check_whole("groups", groups, 2)
    missing, observed = sample.moments.missing, ~np.isnan(sample.points)
    x = sample.points[observed.all(axis=1) if missing == "listwise" else observed.any(axis=1)]
    group = np.random.default_rng(seed).permutation(len(x)) % min(groups, len(x))
    if missing == "em":
        return em_without_groups(x, group)
    return [moments(x[group != one], missing) for one in range(min(groups, len(x)))]
