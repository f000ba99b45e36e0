"""Sums over persons behind the error of a composite of items and ratings; they add, so persons can be left out."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Self

import numpy as np
import numpy.typing as npt
from scipy import sparse

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.intp]

SEED = 20_250_101
"""Persons are put into groups in a fixed random order, so that a sorted table does not make alike groups."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CompositeSums:
    """Sums over persons; I items, C criteria, E = I + C, R raters, U pairs of raters who share a person.

    Attributes
    ----------
    products, totals, n_pairs : ndarray, shape (E, E)
        Sums of x_i x_j, of x_i, and persons, over those who have both; x of a criterion is the mean over raters.
    own : ndarray, shape (C, C)
        Sum over persons of m / (n_c n_d): raters common to both criteria over the raters of each.
    within, within_weight : ndarray, shape (C, C)
        Sum over persons and common raters of the products of deviations from the person's mean, and what that sum is
        expected to be for a covariance of 1 within persons.
    rater_deviations, rater_counts, rater_shares : ndarray, shape (R, C)
        Per rater: sum of those deviations, persons rated, sum of 1/n_c.
    reach : ndarray, shape (R, C, C)
        Per rater: sum of 1/n_c over persons who have the other criterion too.
    rater_pairs : ndarray, shape (U, C)
        Per pair of raters: sum of 1/n_c over persons whom both rated.
    """

    products: Floats
    totals: Floats
    n_pairs: Floats
    own: Floats
    within: Floats
    within_weight: Floats
    rater_deviations: Floats
    rater_counts: Floats
    rater_shares: Floats
    reach: Floats
    rater_pairs: Floats

    def __add__(self, other: CompositeSums) -> Self:
        return self._combined(other, 1.0)

    def __sub__(self, other: CompositeSums) -> Self:
        return self._combined(other, -1.0)

    def _combined(self, other: CompositeSums, sign: float) -> Self:
        names = [one.name for one in fields(self)]
        return type(self)(**{name: getattr(self, name) + sign * getattr(other, name) for name in names})


class Panel:
    """Items and rating sheets in the order of the groups; a sheet is what one rater gave one person.

    Parameters
    ----------
    items : ndarray of float64, shape (n_persons, I)
        Points; nan where missing. I may be 0.
    person, rater, criterion : ndarray of int, shape (n_ratings,)
        Positions 0, 1, ...; each triple at most once.
    level : ndarray of float64, shape (n_ratings,)
        Points, no nan.
    n_criteria, n_groups : int
        The groups are as equal as can be; ``n_groups = n_persons`` leaves each person out in turn.
    """

    def __init__(
        self,
        items: Floats,
        person: Integers,
        rater: Integers,
        criterion: Integers,
        level: Floats,
        *,
        n_criteria: int,
        n_groups: int,
    ) -> None:
        n = len(items)
        order = np.random.default_rng(SEED).permutation(n)
        place = np.empty(n, np.intp)
        place[order] = np.arange(n)
        self.starts = np.linspace(0, n, n_groups + 1).astype(np.intp)
        self.n_criteria, self.n_raters = n_criteria, int(rater.max(initial=-1)) + 1
        self._fill_sheets(place[person], rater, criterion, level, n)
        means = self._person_means(n)
        elements = np.column_stack([items[order], means])
        self.shift = (
            np.nan_to_num(np.nanmean(elements, axis=0)) if n and not _empty_columns(elements) else 0.0
        )
        self.there = ~np.isnan(elements)
        self.elements = np.where(self.there, elements - self.shift, 0.0)
        self.there = self.there.astype(np.float64)
        self._pair_sheets()

    def _fill_sheets(
        self, person: Integers, rater: Integers, criterion: Integers, level: Floats, n: int
    ) -> None:
        keys, sheet = np.unique(person * max(self.n_raters, 1) + rater, return_inverse=True)
        self.sheet_person, self.sheet_rater = np.divmod(keys, max(self.n_raters, 1))
        self.level = np.zeros((len(keys), self.n_criteria))
        self.given = np.zeros_like(self.level)
        self.level[sheet, criterion], self.given[sheet, criterion] = level, 1.0
        self.n_ratings = _by(self.sheet_person, self.given, n)
        self.share = self.given / np.maximum(self.n_ratings, 1)[self.sheet_person]
        self.sheet_starts = np.searchsorted(self.sheet_person, self.starts)

    def _person_means(self, n: int) -> Floats:
        means = _by(self.sheet_person, self.level * self.share, n)
        self.deviation = self.given * (self.level - means[self.sheet_person])
        return np.where(self.n_ratings > 0, means, np.nan)

    def _pair_sheets(self) -> None:
        """Pair each sheet with every sheet of the same person, itself too."""
        size = (
            np.bincount(self.sheet_person)[self.sheet_person] if len(self.sheet_person) else self.sheet_person
        )
        first = np.searchsorted(self.sheet_person, self.sheet_person)
        self.left = np.repeat(np.arange(len(size)), size)
        ends = np.cumsum(size)
        self.right = np.arange(len(self.left)) - np.repeat(ends - size, size) + np.repeat(first, size)
        keys = self.sheet_rater[self.left] * max(self.n_raters, 1) + self.sheet_rater[self.right]
        distinct, self.pair = np.unique(keys, return_inverse=True)
        self.n_rater_pairs = len(distinct)
        self.pair_starts = np.searchsorted(self.left, self.sheet_starts)

    def group(self, number: int) -> CompositeSums:
        """Return the sums of one group."""
        rows = slice(*self.starts[number : number + 2])
        sheets = slice(*self.sheet_starts[number : number + 2])
        x, there = self.elements[rows], self.there[rows]
        given, share = self.given[sheets], self.share[sheets]
        deviation, raters = self.deviation[sheets], self.sheet_rater[sheets]
        rated = there[:, there.shape[1] - self.n_criteria :]
        with_other = rated[self.sheet_person[sheets] - self.starts[number]]
        c = self.n_criteria
        reach = (share[:, :, None] * with_other[:, None, :]).reshape(len(share), c * c)
        by_rater = _by(raters, np.hstack([deviation, given, share, reach]), self.n_raters)
        return CompositeSums(
            products=x.T @ x,
            totals=x.T @ there,
            n_pairs=there.T @ there,
            own=share.T @ share,
            within=deviation.T @ deviation,
            within_weight=self._within_weight(sheets, given, share),
            rater_deviations=by_rater[:, :c],
            rater_counts=by_rater[:, c : 2 * c],
            rater_shares=by_rater[:, 2 * c : 3 * c],
            reach=by_rater[:, 3 * c :].reshape(self.n_raters, c, c),
            rater_pairs=self._pairs(number),
        )

    def _within_weight(self, sheets: slice, given: Floats, share: Floats) -> Floats:
        """Return sum_p m - m/n_c - m/n_d + m^2/(n_c n_d), m the raters that both criteria have in common."""
        straight = given.T @ given - share.T @ given - given.T @ share
        if not len(given):
            return straight
        person = self.sheet_person[sheets]
        first = np.flatnonzero(np.diff(person, prepend=-1))
        common = np.add.reduceat(given[:, :, None] * given[:, None, :], first)
        shares = np.add.reduceat(share[:, :, None] * share[:, None, :], first)
        weight: Floats = straight + np.einsum("pcd,pcd->cd", common, shares)
        return weight

    def _pairs(self, number: int) -> Floats:
        part = slice(*self.pair_starts[number : number + 2])
        weights = self.share[self.left[part]] * self.given[self.right[part]]
        return _by(self.pair[part], weights, self.n_rater_pairs)

    def all(self) -> CompositeSums:
        """Return the sums of all groups."""
        total = self.group(0)
        for number in range(1, len(self.starts) - 1):
            total = total + self.group(number)
        return total


def _by(index: Integers, values: Floats, size: int) -> Floats:
    """Return the sums of the values that share an index, shape (size, ...)."""
    n = len(index)
    member = sparse.csr_matrix((np.ones(n), index, np.arange(n + 1)), shape=(n, size))
    flat = values.reshape(n, int(np.prod(values.shape[1:])))
    return np.asarray(member.T @ flat, np.float64).reshape(size, *values.shape[1:])


def _empty_columns(elements: Floats) -> bool:
    return bool(np.isnan(elements).all(axis=0).any())
