"""Counts of ordinal items: options of each item, and options of one item by options of another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

from psychometrics.kernels.counting.pairs import pair_counts
from psychometrics.kernels.polychoric.bivariate_normal import FAR

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PairTables:
    """All pairs of items as tables of one shape; options an item lacks have count 0 and come last.

    Attributes
    ----------
    margins : ndarray of float64, shape (n_items, n_options)
        Persons by option, over everybody who has the item.
    first, second : ndarray of intp, shape (n_pairs,)
        The two items of each pair.
    counts : ndarray of float64, shape (n_pairs, n_options, n_options)
        Persons who have both items, options of the first in rows.
    """

    margins: Floats
    first: Ints
    second: Ints
    counts: Floats

    @property
    def n(self) -> Floats:
        """Persons behind each pair."""
        return np.asarray(self.counts.sum(axis=(1, 2)))

    def take(self, rows: Ints | slice) -> PairTables:
        """Return some of the pairs."""
        return PairTables(
            margins=self.margins, first=self.first[rows], second=self.second[rows], counts=self.counts[rows]
        )


def pair_tables(codes: npt.NDArray[np.integer], n_options: int) -> PairTables:
    """Count all pairs of items.

    Parameters
    ----------
    codes : ndarray of int8, shape (n_items, n_persons)
        Positions of options, 0 to n_options - 1; -1 where missing.
    n_options : int
        Options of the item that has most.
    """
    n_items, n = codes.shape
    options = [range(n_options)] * n_items
    joint = pair_counts(codes.astype(np.int8, copy=False), options, np.zeros(n, np.uint8), 1)[0]
    burt = joint.reshape(n_items, n_options + 1, n_items, n_options + 1)[:, :-1, :, :-1]
    return tables_of_burt(burt.astype(np.float64))


def tables_of_burt(burt: Floats) -> PairTables:
    """Return the tables from all counts of option c of item i with option d of item j.

    Parameters
    ----------
    burt : ndarray of float64, shape (n_items, n_options, n_items, n_options)
    """
    n_items = len(burt)
    first, second = np.triu_indices(n_items, 1)
    own = np.arange(n_items)
    margins = np.diagonal(burt[own, :, own, :], axis1=1, axis2=2)
    counts = burt.transpose(0, 2, 1, 3)[first, second]
    return PairTables(margins=margins.copy(), first=first, second=second, counts=counts)


def stacked(samples: Sequence[PairTables]) -> PairTables:
    """Return the pairs of several samples as pairs of one, each sample with items of its own."""
    starts = np.cumsum([0, *(len(one.margins) for one in samples)])[:-1]
    return PairTables(
        margins=np.concatenate([one.margins for one in samples]),
        first=np.concatenate([one.first + start for one, start in zip(samples, starts, strict=True)]),
        second=np.concatenate([one.second + start for one, start in zip(samples, starts, strict=True)]),
        counts=np.concatenate([one.counts for one in samples]),
    )


def indicators(codes: npt.NDArray[np.integer], n_options: int) -> Floats:
    """Return 1 where person p chose option c of item i, shape (n_persons, n_items * n_options)."""
    n_items, n = codes.shape
    out = np.zeros((n, n_items * n_options))
    item, person = np.nonzero(codes >= 0)
    out[person, item * n_options + codes[item, person]] = 1
    return out


def cumulative_proportions(margins: Floats) -> Floats:
    """Return P_it, the share of item i at or below its option t, without the last; nan for an item nobody has."""
    totals = margins.sum(axis=1, keepdims=True)
    with np.errstate(invalid="ignore"):
        shares = np.cumsum(margins, axis=1)[:, :-1] / np.where(totals > 0, totals, np.nan)
    return np.asarray(shares)


def thresholds(margins: Floats) -> Floats:
    """Return tau_it = Phi^-1(P_it), shape (n_items, n_options - 1).

    Infinite beyond the options that were used; two are equal when the option between them was not.

    References
    ----------
    Olsson (1979), doi:10.1007/BF02296207, two-step estimation. Checked against lavaan 0.6-14.
    """
    return np.asarray(ndtri(cumulative_proportions(margins)))


def threshold_errors(margins: Floats) -> Floats:
    """Return the standard errors sqrt(P (1 - P) / n) / phi(tau); nan where tau is infinite."""
    share, tau = cumulative_proportions(margins), thresholds(margins)
    finite = np.isfinite(tau)
    density = np.exp(-np.square(np.where(finite, tau, 0.0)) / 2) / np.sqrt(2 * np.pi)
    n = np.maximum(margins.sum(axis=1, keepdims=True), 1)
    return np.where(finite, np.sqrt(np.where(finite, share * (1 - share), 0.0) / n) / density, np.nan)


def normal_scores(margins: Floats) -> Floats:
    """Return the mean of the normal variable within each option: (phi(lower) - phi(upper)) / share; 0 if unused."""
    tau = np.clip(np.nan_to_num(thresholds(margins), nan=FAR, posinf=FAR, neginf=-FAR), -FAR, FAR)
    density = np.pad(np.exp(-np.square(tau) / 2) / np.sqrt(2 * np.pi), ((0, 0), (1, 1)))
    used = margins > 0
    share = margins / np.maximum(margins.sum(axis=1, keepdims=True), 1)
    return np.where(used, -np.diff(density, axis=1) / np.where(used, share, 1.0), 0.0)


def threshold_steps(share: Floats) -> Floats:
    """Return 1{a <= t} - P_t: the influence of a person with option a on the share P_t at or below option t.

    Parameters
    ----------
    share : ndarray of float64, shape (n, n_options - 1)

    Returns
    -------
    ndarray of float64, shape (n, n_options - 1, n_options)
    """
    thresholds = share.shape[1]
    under = np.arange(thresholds + 1)[None, :] <= np.arange(thresholds)[:, None]
    return np.asarray(under[None] - share[:, :, None])
