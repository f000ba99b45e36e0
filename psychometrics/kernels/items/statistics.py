"""Item statistics from covariances and from columns of points."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

ROUND_OFF = 1e-12


def item_rest_correlations(covariance: Floats) -> Floats:
    """Return r_i = (sum_j C_ij - C_ii) / sqrt(C_ii (S - 2 sum_j C_ij + C_ii)), S = 1'C1, of each item.

    The correlation of item i with the sum of the others; shape (k,). Nan where the item or its rest does not
    vary, or where covariances of pairs contradict each other (beyond -1..1). Checked against psych 2.5.3
    (r.drop) and ``numpy.corrcoef``.
    """
    own, row = np.diagonal(covariance), covariance.sum(axis=1)
    rest = covariance.sum() - 2 * row + own
    product = own * rest
    exists = (own > 0) & (rest > ROUND_OFF * np.trace(covariance))
    r: Floats = np.where(exists, (row - own) / np.sqrt(np.where(exists, product, 1.0)), np.nan)
    return np.where(np.abs(r) <= 1 + ROUND_OFF, np.clip(r, -1, 1), np.nan)


def alphas_without(covariance: Floats, *, of_all: bool = False) -> Floats:
    """Return alpha of the other items, for each item left out; shape (k,).

    alpha_(-i) = (k-1)/(k-2) (1 - (tr C - C_ii) / (S - 2 sum_j C_ij + C_ii)). ``of_all`` gives alpha of all items
    instead, repeated. Nan where it does not exist, or pairs contradict each
    other (beyond 1). Checked against psych 2.5.3 (alpha.drop).
    """
    k, own, row = len(covariance), np.diagonal(covariance), covariance.sum(axis=1)
    total, trace = np.full(k, covariance.sum()), np.full(k, np.trace(covariance))
    if not of_all:
        total, trace, k = total - 2 * row + own, trace - own, k - 1
    exists = (total > ROUND_OFF * trace) & (trace > 0) & (k > 1)
    ratio = np.where(exists, trace / np.where(exists, total, 1.0), np.nan)
    alpha: Floats = k / max(k - 1, 1) * (1 - ratio)
    return np.where(alpha <= 1 + ROUND_OFF, alpha, np.nan)


def skewness(x: Floats, means: Floats) -> Floats:
    """Return G1 = sqrt(n (n-1)) / (n-2) m_3 / m_2^1.5 of each column, nan left out; shape (n_items,).

    Adjusted Fisher-Pearson, as in pandas and SPSS; nan for n < 3 or no variance.
    """
    y = x - means
    squares = y * y
    n = (~np.isnan(y)).sum(axis=0).astype(np.float64)
    second, third = np.nansum(squares, axis=0), np.nansum(squares * y, axis=0)
    size = np.maximum(n, 3)
    exists = (n > 2) & (second > ROUND_OFF**2 * np.maximum(means * means, 0) * size)
    m2, m3 = np.where(exists, second, 1.0) / size, third / size
    skew: Floats = np.where(exists, np.sqrt(size * (size - 1)) / (size - 2) * m3 / m2**1.5, np.nan)
    return skew


def edge_shares(x: Floats, least: Floats, most: Floats) -> tuple[Floats, Floats]:
    """Return the share of the values of each column at its least and at its most; nan for an empty column."""
    n = (~np.isnan(x)).sum(axis=0)
    floor, ceiling = ((x == edge).sum(axis=0) / np.maximum(n, 1) for edge in (least, most))
    return np.where(n > 0, floor, np.nan), np.where(n > 0, ceiling, np.nan)
