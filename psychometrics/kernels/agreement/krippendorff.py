"""Krippendorff's alpha: one minus observed over expected disagreement."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from psychometrics.kernels.agreement.chance import Agreement, without_estimate
from psychometrics.kernels.agreement.units import Units, row_sums
from psychometrics.kernels.agreement.weights import metric_matrix, mid_ranks

Floats = npt.NDArray[np.float64]


def disagreement_of_units(counts: Floats, metric: Floats) -> Floats:
    """Return sum_ck r_ic (r_ik - [c = k]) delta^2_ck / (r_i - 1) of units with two ratings or more."""
    found: Floats = np.einsum("ij,ij->i", counts @ metric, counts) / (row_sums(counts) - 1)
    return found


def krippendorff(units: Units, metric: Floats, *, ordinal: bool = False) -> Agreement:
    """Return alpha = 1 - D_o / D_e over the units with two ratings or more.

    D_o = sum_i sum_ck r_ic (r_ik - [c = k]) delta^2_ck / (r_i - 1) / N, D_e = sum_ck n_c n_k delta^2_ck / (N (N - 1)).
    The influences leave N / (N - 1) aside, as Gwet does.

    Parameters
    ----------
    units : Units
        At least one unit with two ratings.
    metric : ndarray of float64, shape (q, q)
        delta^2, 0 on the diagonal, on any scale; not read for the ordinal metric.
    ordinal : bool
        Krippendorff's ordinal metric, made from the margins of these units. The influences include that a unit
        changes the metric.

    References
    ----------
    Krippendorff (2011), https://repository.upenn.edu/asc_papers/43; Gwet (2014), chapter 3, for the standard
    error with a fixed metric. Checked against the 2011 example, irr 0.84.1, irrCAC 1.0, and sums over all pairs.
    """
    paired = units.where(units.sizes >= 2)
    counts, times = paired.counts, paired.multiplicity
    margins = times @ counts
    if ordinal:
        metric = metric_matrix("ordinal", margins, margins / margins.sum())
    total, n = float(margins.sum()), paired.n_units
    pi = margins / total
    each = disagreement_of_units(counts, metric)
    observed = float(times @ each) / total
    slope = metric @ pi
    expected = float(pi @ slope)
    farthest = float(metric.max(initial=0.0))
    if expected <= 0 or farthest <= 0:
        return without_estimate(paired, 1.0, 1.0)
    size = paired.sizes
    mean_size = total / n
    ratio = observed / expected
    from_observed = (each - observed * size) / mean_size
    from_expected = 2 * (counts @ slope - expected * size) / mean_size
    influence = -(from_observed - ratio * from_expected) / expected
    if ordinal:
        influence += _through_the_metric(paired, pi, ratio, expected)
    # the shares of agreement are those of weights 1 - delta^2 / max delta^2, with Krippendorff's correction
    epsilon = 1 / total
    return Agreement(
        estimate=1 - ratio * (1 - epsilon),
        observed=1 - (1 - epsilon) * observed / farthest,
        chance=1 - expected / farthest,
        influence=influence,
        compared=np.ones(len(times)),
        multiplicity=times,
    )


def coincidences(counts: Floats) -> Floats:
    """Return r_ic (r_ik - [c = k]) / (r_i - 1) of each unit, shape (n_rows, q, q); 0 where r_i < 2."""
    size = counts.sum(axis=1)
    pairs = counts[:, :, None] * counts[:, None, :]
    q = counts.shape[1]
    pairs[:, np.arange(q), np.arange(q)] -= counts
    several = size >= 2
    found: Floats = pairs / np.where(several, size - 1, 1.0)[:, None, None] * several[:, None, None]
    return found


def _through_the_metric(units: Units, pi: Floats, ratio: float, expected: float) -> Floats:
    """Return the part of the influence that comes from the mid-ranks: d alpha / d m_c times the change of m_c."""
    counts, times = units.counts, units.multiplicity
    size = counts.sum(axis=1)
    total = float(times @ size)
    place = mid_ranks(pi)
    # O m without the table of coincidences: sum_i times_i r_ic ((r_i m) - m_c) / (r_i - 1) / N
    weight = times / (size - 1)
    together = ((weight * (counts @ place)) @ counts - (weight @ counts) * place) / total
    of_observed = 4 * (pi * place - together)
    of_expected = 4 * pi * (place - pi @ place)
    slope = -(of_observed - ratio * of_expected) / expected
    # a unit that adds r_ig to category g lifts m_c by r_ig for g < c and by half of it for g = c
    lift = np.cumsum(slope[::-1])[::-1] - slope / 2
    found: Floats = (counts @ lift - (pi @ lift) * size) / (total / units.n_units)
    return found
