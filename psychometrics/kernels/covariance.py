"""Means and covariances of items, with the pairs of persons behind each of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Missing = Literal["pairwise", "listwise", "em"]

CHUNK = 16_384
ROUNDING = 32 * float(np.finfo(np.float64).eps)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Moments:
    """What alpha and the item statistics need to know of a sample.

    Attributes
    ----------
    means : ndarray of float64, shape (n_items,)
        Mean of each item over its own persons; nan for an item without any.
    covariance : ndarray of float64, shape (n_items, n_items)
        C_ij with divisor n_ij - 1, each over the n_ij persons who have both items; nan where n_ij < 2.
    n_pairs : ndarray of float64, shape (n_items, n_items)
        n_ij, whole numbers; the diagonal holds the persons of each item.
    n_persons : int
        Persons used: with at least one item (pairwise, em), with all items (listwise).
    missing : {"pairwise", "listwise", "em"}
        The rule that was applied; under "em" the covariance is not of pairs (see
        :mod:`psychometrics.kernels.em_covariance`).
    reason : str
        Why the covariance is nan, or what about it to beware of; empty when nothing.
    """

    means: Floats
    covariance: Floats
    n_pairs: Floats
    n_persons: int
    missing: Missing
    reason: str = ""


def moments(x: Floats, missing: Literal["pairwise", "listwise"] = "pairwise") -> Moments:
    """Return means and covariances, C_ij = (sum x_i x_j - sum x_i sum x_j / n_ij) / (n_ij - 1).

    The sums of pair (i, j) run over the persons who have both items, as in ``cov(use = "pairwise")`` of R.
    Items are shifted by their rounded mean first, so that whole numbers give exact sums.

    Parameters
    ----------
    x : ndarray of float64, shape (n_persons, n_items)
        Points; nan where missing.
    missing : {"pairwise", "listwise"}
        Listwise leaves out each person with any item missing.

    Returns
    -------
    Moments

    Notes
    -----
    Checked against ``numpy.cov``, ``pandas.DataFrame.cov`` (pairwise), and a loop over pairs.
    """
    observed = ~np.isnan(x)
    keep = observed.all(axis=1) if missing == "listwise" else observed.any(axis=1)
    if not keep.all():
        x, observed = x[keep], observed[keep]
    shift = rounded_means(x, observed)
    if observed.all():
        products, sums, n_pairs = _complete_sums(x, shift)
    else:
        products, sums, n_pairs = _pair_sums(x, observed, shift)
    return _finished(products, sums, n_pairs, shift, len(x), missing)


def moments_from_counts(
    counts: npt.NDArray[np.int64],
    points: Sequence[Sequence[float]],
    *,
    n_persons: int,
    missing: Literal["pairwise", "listwise"] = "pairwise",
) -> Moments:
    """Return means and covariances of items from the joint counts of their options.

    sum x_i x_j = sum over options a, b of n_(ia, jb) p_ia p_jb; then as :func:`moments`, whose bits these are when
    the points are whole numbers, halves, quarters and so on. Other points (thirds) round in another order.

    Parameters
    ----------
    counts : ndarray of int64, shape (L, L)
        n_(ia, jb): persons with option a of item i and option b of item j; L = all options of all items.
    points : sequence of sequences of float
        Points of each option, per item.
    n_persons : int
        Persons behind the counts: with at least one item (pairwise), with all items (listwise).
    missing : {"pairwise", "listwise"}
        How the counts were taken.
    """
    item = np.repeat(np.arange(len(points)), [len(own) for own in points])
    indicator = (item[:, None] == np.arange(len(points))).astype(np.float64)
    values = np.array([value for own in points for value in own], np.float64)
    n = counts.astype(np.float64)
    chosen = np.diagonal(n)
    shift = np.rint((chosen * values) @ indicator / np.maximum(chosen @ indicator, 1))
    z = indicator * (values - shift[item])[:, None]
    return _finished(z.T @ n @ z, z.T @ n @ indicator, indicator.T @ n @ indicator, shift, n_persons, missing)


def _finished(
    products: Floats, sums: Floats, n_pairs: Floats, shift: Floats, n_persons: int, missing: Missing
) -> Moments:
    """Return the moments of items that were shifted first, from their sums over pairs."""
    below = np.maximum(n_pairs, 1)
    deviations = products - sums * sums.T / below
    _flatten(deviations, np.diagonal(sums), np.diagonal(n_pairs), shift)
    covariance = np.where(n_pairs > 1, deviations / np.maximum(n_pairs - 1, 1), np.nan)
    n = np.diagonal(n_pairs)
    means = np.where(n > 0, shift + np.diagonal(sums) / np.maximum(n, 1), np.nan)
    return Moments(means=means, covariance=covariance, n_pairs=n_pairs, n_persons=n_persons, missing=missing)


def _flatten(deviations: Floats, sums: Floats, n: Floats, shift: Floats) -> None:
    """Set to 0 what rounding makes of an item whose values are all equal, in place."""
    off = np.abs(sums) / np.maximum(n, 1)
    flat = np.diagonal(deviations) <= ROUNDING * n * off * (off + np.abs(shift))
    deviations[flat] = 0.0
    deviations[:, flat] = 0.0


def rounded_means(x: Floats, observed: npt.NDArray[np.bool_]) -> Floats:
    """Return the mean of each column, to the nearest whole number (only a shift; 0 for an empty column)."""
    totals = np.where(observed, x, 0.0).sum(axis=0)
    rounded: Floats = np.rint(totals / np.maximum(observed.sum(axis=0), 1))
    return rounded


def _complete_sums(x: Floats, shift: Floats) -> tuple[Floats, Floats, Floats]:
    n, k = x.shape
    products, totals = np.zeros((k, k)), np.zeros(k)
    for start in range(0, n, CHUNK):
        z = x[start : start + CHUNK] - shift
        products += z.T @ z
        totals += z.sum(axis=0)
    return products, np.repeat(totals[:, None], k, axis=1), np.full((k, k), float(n))


def _pair_sums(x: Floats, observed: npt.NDArray[np.bool_], shift: Floats) -> tuple[Floats, Floats, Floats]:
    """Return sum x_i x_j, A_ij = sum of x_i over the persons who also have j, and n_ij."""
    k = x.shape[1]
    products, sums, n_pairs = np.zeros((3, k, k))
    for start in range(0, len(x), CHUNK):
        mask = observed[start : start + CHUNK]
        z = np.where(mask, x[start : start + CHUNK] - shift, 0.0)
        m = mask.astype(np.float64)
        products += z.T @ z
        sums += z.T @ m
        n_pairs += m.T @ m
    return products, sums, n_pairs


def quadratic_forms(x: Floats, moments: Moments, a: Floats, b: Floats) -> Floats:
    """Return y'Ay - m'Bm for each person used; y is x minus the item means, 0 where missing, m the mask."""
    return quadratic_forms_with_own(x, moments, a, b)[0]


def quadratic_forms_with_own(x: Floats, moments: Moments, a: Floats, b: Floats) -> tuple[Floats, Floats]:
    """Return y'Ay - m'Bm for each person used, and the same with only the diagonals of A and B."""
    keep = ~np.isnan(x)
    used = keep.all(axis=1) if moments.missing == "listwise" else keep.any(axis=1)
    x = x if used.all() else x[used]
    forms, own = np.empty(len(x)), np.empty(len(x))
    for start in range(0, len(x), CHUNK):
        some = slice(start, start + CHUNK)
        y = x[some] - moments.means
        mask = ~np.isnan(y)
        y[~mask] = 0.0
        m = mask.astype(np.float64)
        np.einsum("pi,pi->p", y @ a, y, out=forms[some])
        forms[some] -= np.einsum("pi,pi->p", m @ b, m)
        own[some] = np.square(y, out=y) @ np.diagonal(a) - m @ np.diagonal(b)
    return forms, own
