"""Item statistics from covariances and from columns of points."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

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


def overlap_corrected_correlations(covariance: Floats) -> Floats:
    """Return the correlation of each item with the total, its own share replaced by what it has in common; shape (k,).

    With R the correlations and R* the same with the squared multiple correlation of each item on the others in the
    diagonal: r_i = sum_j R*_ij / sqrt(1'R*1). Nan where R has no inverse, or an item does not vary.

    References
    ----------
    Cureton (1966), doi:10.1007/BF02289461. Checked against psych 2.5.3 (r.cor).
    """
    own = np.diagonal(covariance)
    if len(own) < 2 or not np.isfinite(covariance).all() or np.any(own <= 0):
        return np.full(len(own), np.nan)
    common = covariance / np.sqrt(np.outer(own, own))
    if np.linalg.eigvalsh(common)[0] <= len(own) * ROUND_OFF:
        return np.full(len(own), np.nan)
    np.fill_diagonal(common, 1 - 1 / np.diagonal(np.linalg.inv(common)))
    total = common.sum()
    r: Floats = common.sum(axis=1) / np.sqrt(total) if total > 0 else np.full(len(own), np.nan)
    return np.where(np.abs(r) <= 1 + ROUND_OFF, r, np.nan)


def mean_inter_item_correlations(covariance: Floats) -> Floats:
    """Return the mean correlation of each item with the others; shape (k,); nan where one of them does not vary."""
    own = np.diagonal(covariance)
    k = len(own)
    if k < 2:
        return np.full(k, np.nan)
    scale = np.sqrt(np.where(own > 0, own, np.nan))
    correlations = covariance / np.outer(scale, scale)
    return np.asarray((correlations.sum(axis=1) - np.diagonal(correlations)) / (k - 1))


def fisher_interval(r: Floats, n: Floats, confidence: float) -> tuple[Floats, Floats]:
    """Return tanh(atanh r -/+ z / sqrt(n - 3)); nan for n < 4."""
    exists = (n > 3) & (np.abs(r) < 1)
    middle = np.arctanh(np.where(exists, r, 0.0))
    half = float(ndtri((1 + confidence) / 2)) / np.sqrt(np.where(exists, n - 3.0, 1.0))
    lower, upper = np.tanh(middle - half), np.tanh(middle + half)
    edge = np.where(np.abs(r) == 1, r, np.nan)
    return np.where(exists, lower, edge), np.where(exists, upper, edge)


def adjusted_skewness(n: Floats, second: Floats, third: Floats, means: Floats) -> Floats:
    """Return G1 = sqrt(n (n-1)) / (n-2) m_3 / m_2^1.5 from sums of squared and cubed deviations; shape (n_items,).

    Adjusted Fisher-Pearson, as in pandas and SPSS; nan for n < 3 or no variance. Joanes and Gill (1998),
    doi:10.1111/1467-9884.00122.
    """
    size = np.maximum(n, 3.0)
    exists = (n > 2) & (second > ROUND_OFF**2 * np.maximum(means * means, 0) * size)
    m2, m3 = np.where(exists, second, 1.0) / size, third / size
    skew: Floats = np.where(exists, np.sqrt(size * (size - 1)) / (size - 2) * m3 / m2**1.5, np.nan)
    return skew
