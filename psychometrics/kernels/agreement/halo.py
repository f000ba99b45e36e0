"""Halo: how alike a rater makes the criteria of one target, compared with the others on the same."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.intp]

ROUND_OFF = 1e-12
FEWEST = 3


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Halo:
    """Mean correlation between criteria over targets, own and of the others on the same; shape (n_raters,)."""

    own: Floats
    rest: Floats


def halo(target: Integers, criterion: Integers, rater: Integers, points: Floats, *, n_raters: int) -> Halo:
    """Return the mean over pairs of criteria of the correlation over targets, of a rater and of the others.

    Only targets that another rater rated on both criteria count; the moments of the others are the means over them.
    A pair of criteria counts where both correlations exist. True differences between criteria are in both.
    """
    n_criteria = int(criterion.max(initial=-1)) + 1
    n_targets = int(target.max(initial=-1)) + 1
    who, place = np.unique(rater * n_targets + target, return_inverse=True)
    table = np.full((len(who), n_criteria), np.nan)
    table[place, criterion] = points
    of_rater, of_target = np.divmod(who, max(n_targets, 1))
    own, rest = [], []
    for first, second in combinations(range(n_criteria), 2):
        mine, others = _pair(of_rater, of_target, table[:, first], table[:, second], n_raters, n_targets)
        both = np.isnan(mine) | np.isnan(others)
        own.append(np.where(both, np.nan, mine))
        rest.append(np.where(both, np.nan, others))
    return Halo(own=_mean(own, n_raters), rest=_mean(rest, n_raters))


def _mean(found: list[Floats], n_raters: int) -> Floats:
    table = np.array(found).reshape(len(found), n_raters)
    n = (~np.isnan(table)).sum(axis=0)
    mean: Floats = np.divide(np.nansum(table, axis=0), n, out=np.full(n_raters, np.nan), where=n > 0)
    return mean


def _pair(
    rater: Integers, target: Integers, a: Floats, b: Floats, n_raters: int, n_targets: int
) -> tuple[Floats, Floats]:
    both = ~np.isnan(a) & ~np.isnan(b)
    rater, target, a, b = rater[both], target[both], a[both], b[both]
    others = np.bincount(target, minlength=n_targets)[target] - 1.0
    shared = others > 0
    own = np.column_stack([a, b, a * a, b * b, a * b])
    totals = np.column_stack([np.bincount(target, weights=v, minlength=n_targets) for v in own.T])
    rest = (totals[target] - own)[shared] / others[shared, None]
    rater = rater[shared]
    n = np.bincount(rater, minlength=n_raters).astype(np.float64)
    return _correlation(rater, own[shared], n), _correlation(rater, rest, n)


def _correlation(rater: Integers, moments: Floats, n: Floats) -> Floats:
    below = np.where(n >= FEWEST, n, np.nan)
    a, b, aa, bb, ab = (np.bincount(rater, weights=v, minlength=len(n)) / below for v in moments.T)
    va, vb = aa - a * a, bb - b * b
    there = (va > ROUND_OFF * np.maximum(aa, ROUND_OFF)) & (vb > ROUND_OFF * np.maximum(bb, ROUND_OFF))
    scale = np.sqrt(np.where(there, va * vb, np.nan))
    found: Floats = (ab - a * b) / scale
    return found
