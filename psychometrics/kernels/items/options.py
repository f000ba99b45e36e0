"""How each option of each item is used, from exact counts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from psychometrics.kernels.items.distributions import Distribution
from psychometrics.kernels.polychoric.polyserial import polyserial_from_moments

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

ROUND_OFF = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class OptionNumbers:
    """One entry per option of every item, items in order.

    Attributes
    ----------
    item : ndarray of int
        Which item the option belongs to.
    points : ndarray of float64
    n : ndarray of int64
        Persons who chose it.
    share : ndarray of float64
        Of those who answered the item.
    mean_rest : ndarray of float64
        Sum, over the other items, of their mean points among those who chose the option (and answered the other
        item): the mean rest score when nothing is missing.
    rest_correlation : ndarray of float64
        Correlation of choosing the option with the rest score, from pairwise covariances.
    """

    item: npt.NDArray[np.intp]
    points: Floats
    n: Integers
    share: Floats
    mean_rest: Floats
    rest_correlation: Floats


def option_numbers(joint: Integers, points: list[Floats], covariance: Floats) -> OptionNumbers:
    """Return the use of every option from the joint counts of all options.

    Parameters
    ----------
    joint : ndarray of int64, shape (K, K)
        Counts of option pairs; each item has its options and then "missing": K = sum(C_i + 1).
    points : list of ndarray
        Points of the options of each item.
    covariance : ndarray of float64, shape (n_items, n_items)
        Pairwise covariances of the items, divisor n - 1.

    Notes
    -----
    cov(chosen c of i, x_j) = (sum of x_j among those who chose c - n_ic|j mean of x_j) / (n_ij - 1) over the persons
    who have both items; the correlation divides the sum over j by sqrt(var(chosen) var(rest)).
    """
    item, place, value = _layout(points)
    k = len(points)
    weights = np.zeros((len(joint), k))
    answered = np.zeros((len(joint), k))
    weights[place, item], answered[place, item] = value, 1.0
    sums = joint[place] @ weights
    with_other = joint[place] @ answered
    n = np.diagonal(joint)[place]
    of_item = np.bincount(item, n, minlength=k)
    share = n / np.where(of_item > 0, of_item, 1)[item]
    own = np.arange(k) == item[:, None]
    means = np.divide(sums, with_other, out=np.full(sums.shape, np.nan), where=with_other > 0)
    covariances = _option_covariances(sums, with_other, item, k)
    rest = _rest_variances(covariance)[item]
    variance = share * (1 - share) * of_item[item] / np.maximum(of_item[item] - 1, 1)
    exists = (variance > 0) & (rest > ROUND_OFF * np.trace(np.nan_to_num(covariance)))
    top = np.where(own, 0.0, covariances).sum(axis=1)
    correlation = np.where(exists, top / np.sqrt(np.where(exists, variance * rest, 1.0)), np.nan)
    return OptionNumbers(
        item=item,
        points=value,
        n=n.astype(np.int64),
        share=np.where(of_item[item] > 0, share, np.nan),
        mean_rest=np.where(own, 0.0, means).sum(axis=1) if k > 1 else np.full(len(item), np.nan),
        rest_correlation=np.where(np.abs(correlation) <= 1 + ROUND_OFF, correlation, np.nan),
    )


def _layout(points: list[Floats]) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp], Floats]:
    sizes = np.array([len(one) for one in points])
    item = np.repeat(np.arange(len(points)), sizes)
    place = np.arange(sizes.sum()) + item
    return item, place, np.concatenate(points) if points else np.empty(0)


def _option_covariances(sums: Floats, with_other: Floats, item: npt.NDArray[np.intp], k: int) -> Floats:
    """Return cov(chosen, x_j) for every option and item j; nan where fewer than 2 persons have both items."""
    pairs, totals = np.zeros((k, k)), np.zeros((k, k))
    np.add.at(pairs, item, with_other)
    np.add.at(totals, item, sums)
    n, total = pairs[item], totals[item]
    exists = n > 1
    size = np.where(exists, n, 2.0)
    return np.where(exists, (sums - with_other * total / size) / (size - 1), np.nan)


def _rest_variances(covariance: Floats) -> Floats:
    own, row = np.diagonal(covariance), covariance.sum(axis=1)
    return np.asarray(covariance.sum() - 2 * row + own)


def polyserial_correlations(r: Floats, distributions: list[Distribution]) -> Floats:
    """Return the polyserial correlation of each item with its rest, by the ad hoc estimate; shape (n_items,).

    Nan where it would pass 1, which says that no normal variable is cut into these options, or where fewer than two
    options are in use. See :func:`psychometrics.kernels.polychoric.polyserial.polyserial_from_moments`.
    """
    k, width = len(distributions), max((len(one.values) for one in distributions), default=1)
    margins, points = np.zeros((k, max(width, 2))), np.zeros((k, max(width, 2)))
    for item, one in enumerate(distributions):
        margins[item, : len(one.counts)], points[item, : len(one.values)] = one.counts, one.values
    n = np.maximum(margins.sum(axis=1), 1)
    mean = (margins * points).sum(axis=1) / n
    spread = np.sqrt((margins * np.square(points - mean[:, None])).sum(axis=1) / n)
    used = np.count_nonzero(margins, axis=1) > 1
    rho = np.full(k, np.nan)
    rho[used] = polyserial_from_moments(r[used], spread[used], margins[used], points[used])
    return np.where(np.abs(rho) <= 1, rho, np.nan)
