"""Exact fractions as two arrays of whole numbers: scores that are equal get equal floats, whatever the route."""

from __future__ import annotations

from fractions import Fraction
from math import lcm

import numpy as np
import numpy.typing as npt

Integers = npt.NDArray[np.int64]
LIMIT = 2.0**52


def weighted_sum(
    numerators: Integers, denominators: Integers, weights: list[Fraction]
) -> tuple[Integers, Integers]:
    """Return sum_k w_k * numerator_k / denominator_k as one fraction per column, in lowest terms.

    Parameters
    ----------
    numerators, denominators : ndarray of int64, shape (n_terms, n_persons)
        The terms; denominators above 0. A term that does not count is 0/1.
    weights : list of Fraction, length n_terms

    Returns
    -------
    numerator, denominator : ndarray of int64, shape (n_persons,)
        Exact. Where the common denominator would pass 2**52 (dozens of raters in coprime numbers), the nearest
        fraction with a denominator up to 2**26: off by less than 1e-15.
    """
    shared = lcm(*(weight.denominator for weight in weights))
    whole = np.array([int(weight * shared) for weight in weights], np.int64)[:, None]
    common = np.gcd(numerators, denominators)
    numerators, denominators = numerators // common, denominators // common
    size = (
        np.prod(denominators.astype(float), axis=0)
        * (1 + np.abs(whole * numerators.astype(float)).sum(axis=0))
        * shared
    )
    large = size > LIMIT
    joint = np.lcm.reduce(np.where(large, 1, denominators), axis=0)
    total = (whole * numerators * np.where(large, 0, joint // np.where(large, 1, denominators))).sum(axis=0)
    total, joint = _lowest_terms(total, joint * shared)
    for person in np.flatnonzero(large):
        exact = sum(
            (
                w * Fraction(int(a), int(b))
                for w, a, b in zip(weights, numerators[:, person], denominators[:, person], strict=True)
            ),
            Fraction(0),
        )
        near = exact.limit_denominator(2**26)
        total[person], joint[person] = near.numerator, near.denominator
    return total, joint


def _lowest_terms(numerator: Integers, denominator: Integers) -> tuple[Integers, Integers]:
    common = np.gcd(numerator, denominator)
    return numerator // common, denominator // common


def round_ratio(
    numerator: Integers, denominator: Integers, digits: int, rule: str
) -> tuple[Integers, Integers]:
    """Round numerator/denominator to ``digits`` decimals; a half goes up (``half_up``) or to the even neighbour.

    ``half_up`` means toward plus infinity, as in published scoring rules for scores from 0 upward.
    """
    unit = 10**digits
    twice = 2 * numerator * unit
    rounded = (twice + denominator) // (2 * denominator)
    if rule == "half_even":
        tie = (twice + denominator) % (2 * denominator) == 0
        rounded = rounded - (tie & (rounded % 2 == 1))
    return rounded, np.full_like(rounded, unit)
