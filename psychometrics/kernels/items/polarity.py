"""Which items run against the rest of their scale."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from psychometrics.kernels.covariance import Moments
from psychometrics.kernels.items.statistics import fisher_interval

Floats = npt.NDArray[np.float64]

ROUND_OFF = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Polarity:
    """How the items of a scale hang together once their signs are freed.

    Attributes
    ----------
    sign : ndarray of float64, shape (k,)
        +1, or -1 for an item that runs against the larger part; 0 for one without variance.
    rest_correlation : ndarray of float64, shape (k,)
        Correlation of each item, as it is, with the others, each turned by its sign.
    upper, lower : ndarray of float64, shape (k,)
        Ends of its Fisher interval at the level asked for; one-sided each.
    n : ndarray of float64, shape (k,)
        Persons of each item.
    """

    sign: Floats
    rest_correlation: Floats
    lower: Floats
    upper: Floats
    n: Floats


def polarity(sample: Moments, alarm: float) -> Polarity:
    """Free the signs of the items and say how sure each sign is.

    The signs are those of the first eigenvector of the correlations, so turned that the items with + hold most of it.
    Each bound is wrong with probability ``alarm``.
    """
    covariance = np.nan_to_num(sample.covariance)
    own = np.diagonal(covariance)
    varies = own > 0
    scale = np.sqrt(np.where(varies, own, 1.0))
    correlations = covariance / np.outer(scale, scale)
    first = np.linalg.eigh(correlations)[1][:, -1]
    sign = np.where(varies, np.where(first < 0, -1.0, 1.0), 0.0)
    sign *= 1.0 if _weight(first, sign, 1) >= _weight(first, sign, -1) else -1.0
    r = _signed_rest(covariance, sign)
    n = np.diagonal(sample.n_pairs).astype(np.float64)
    lower, upper = fisher_interval(r, n, 1 - 2 * alarm)
    return Polarity(
        sign=sign,
        rest_correlation=r,
        lower=np.where(np.isnan(lower), -1.0, lower),
        upper=np.where(np.isnan(upper), 1.0, upper),
        n=n,
    )


def _weight(first: Floats, sign: Floats, which: int) -> tuple[int, float]:
    """Order by the number of items, then by their part of the eigenvector."""
    mine = sign == which
    return int(mine.sum()), float(np.square(first[mine]).sum())


def _signed_rest(covariance: Floats, sign: Floats) -> Floats:
    """Return corr(x_i, sum over j != i of s_j x_j) of each item; nan where one of the two does not vary."""
    turned = covariance * sign
    row, own = turned.sum(axis=1) - np.diagonal(turned), np.diagonal(covariance)
    total = float(sign @ turned.sum(axis=1))
    rest = total - 2 * sign * row - own
    exists = (own > 0) & (rest > ROUND_OFF * np.trace(covariance))
    r = np.where(exists, row / np.sqrt(np.where(exists, own * rest, 1.0)), np.nan)
    return np.asarray(np.clip(r, -1, 1))
