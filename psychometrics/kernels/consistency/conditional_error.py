"""Standard errors of measurement along the score: from parts of the test, from the binomial law, from a polynomial."""

from __future__ import annotations

from dataclasses import dataclass
from math import nan

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ScoreGroups:
    """The scores that occur, and the groups of neighbouring scores that hold enough persons.

    Attributes
    ----------
    scores, counts : ndarray, shape (n_scores,)
        Each score, rising, and the persons who have it.
    group : ndarray of int, shape (n_scores,)
        Position of the group of each score: 0, 1, ... upward.
    """

    scores: Floats
    counts: Integers
    group: Integers

    def sizes(self) -> Integers:
        """Return the persons of the group of each score."""
        total = np.bincount(self.group, weights=self.counts).astype(np.intp)
        sizes: Integers = total[self.group]
        return sizes

    def ends(self) -> tuple[Floats, Floats]:
        """Return the lowest and the highest score of the group of each score."""
        first = np.flatnonzero(np.diff(self.group, prepend=-1))
        last = np.append(first[1:], len(self.group)) - 1
        return self.scores[first[self.group]], self.scores[last[self.group]]


def score_groups(scores: Floats, counts: Integers, minimum: int) -> ScoreGroups:
    """Merge neighbouring scores, from the lowest upward, until each group holds ``minimum`` persons.

    What is left over at the top joins the group below it. Fewer persons than ``minimum`` in all make one group.
    """
    group, current, held = np.zeros(len(scores), np.intp), 0, 0
    for place, count in enumerate(counts.tolist()):
        group[place] = current
        held += count
        if held >= minimum:
            current, held = current + 1, 0
    if 0 < held < minimum and current > 0:
        group[group == current] = current - 1
    return ScoreGroups(scores=scores, counts=counts, group=group)


def part_sums(x: Floats, part: Integers) -> Floats:
    """Return the sum of each part, shape (n_persons, n_parts); ``part`` holds the part of each item: 0, 1, ..."""
    member = np.zeros((x.shape[1], int(part.max()) + 1))
    member[np.arange(x.shape[1]), part] = 1.0
    sums: Floats = x @ member
    return sums


def residual_squares(parts: Floats) -> Floats:
    """Return K/(K-1) sum_k (y_pk - y_p. - y_.k + y_..)^2 of each person, K parts.

    Its mean, times n/(n-1), is K MS(person x part): the error variance behind coefficient alpha of the parts. With
    two halves it is (d_p - mean d)^2, d_p the difference of the halves.
    """
    k = parts.shape[1]
    centred = parts - parts.mean(axis=1, keepdims=True)
    centred -= centred.mean(axis=0)
    squares: Floats = np.einsum("pk,pk->p", centred, centred) * (k / (k - 1))
    return squares


def parts_error(parts: Floats, group: Integers) -> Floats:
    """Return the error variance of each group from the person-by-part residuals inside it.

    s2(g) = K/(K-1) sum_{p in g} sum_k (y_pk - y_p. - y_gk + y_g.)^2 / (n_g - 1)

    Thorndike's with K = 2 halves (the variance of their difference), Feldt's with K parts, the ANOVA method with
    every item a part. Nan for a group of one person.

    Parameters
    ----------
    parts : ndarray of float64, shape (n_persons, K)
        Part scores, K >= 2, no nan; essentially tau-equivalent parts with uncorrelated errors.
    group : ndarray of int, shape (n_persons,)
        Group of each person: 0, 1, ... without gaps.

    Returns
    -------
    ndarray of float64, shape (n_groups,)

    References
    ----------
    Thorndike (1951) in Lindquist, Educational measurement; Feldt, Steffen and Gupta (1985),
    doi:10.1177/014662168500900402; Feldt and Qualls (1996), doi:10.1111/j.1745-3984.1996.tb00486.x. Checked against
    loops over persons, and the functions of jaspReliability.
    """
    k, n = parts.shape[1], np.bincount(group)
    centred = parts - parts.mean(axis=1, keepdims=True)
    means = np.column_stack([np.bincount(group, weights=column) / n for column in centred.T])
    centred = centred - means[group]
    squares = np.bincount(group, weights=np.einsum("pk,pk->p", centred, centred))
    return np.where(n > 1, squares * (k / (k - 1)) / np.maximum(n - 1, 1), nan)


def polynomial_error(parts: Floats, person_score: Floats, scores: Floats, degree: int) -> Floats:
    """Return the polynomial regression of the squared residuals on the score, at ``scores``.

    s2(x) = n/(n-1) (b_0 + b_1 x + ... + b_d x^d), b by least squares from :func:`residual_squares`

    The mean over persons is then exactly the error variance behind alpha of the parts. The curve may fall below 0
    at the ends, where few persons are.

    References
    ----------
    Mollenkopf (1949), Psychometrika 14, 189-229; Feldt, Steffen and Gupta (1985), doi:10.1177/014662168500900402.
    Checked against ``numpy.polyfit`` and jaspReliability (which leaves out n/(n-1)).
    """
    squares = residual_squares(parts)
    middle, half = (scores[0] + scores[-1]) / 2, max((scores[-1] - scores[0]) / 2, 1e-300)
    design = np.polynomial.legendre.legvander((person_score - middle) / half, degree)
    weights = np.linalg.lstsq(design, squares, rcond=None)[0]
    n = len(squares)
    curve: Floats = (
        np.polynomial.legendre.legvander((scores - middle) / half, degree) @ weights * (n / (n - 1))
    )
    return curve


def lord_error(scores: Floats, n_items: int) -> Floats:
    """Return s2(x) = x (k - x) / (k - 1): the binomial error variance of x right out of k items, k >= 2.

    The items count as a random draw from a pool, so that their differing difficulty is error too: too large where a
    fixed set of items is meant. 0 at both ends, which is a property of the formula and no proof of precision.

    References
    ----------
    Lord (1955), doi:10.1177/001316445501500401. Checked against jaspReliability.
    """
    variance: Floats = scores * (n_items - scores) / (n_items - 1)
    return variance


def kuder_richardson_21(mean: float, variance: float, n_items: int) -> float:
    """Return KR21 = k/(k-1) (1 - M (k - M) / (k s2)), s2 with divisor n - 1."""
    return n_items / (n_items - 1) * (1 - mean * (n_items - mean) / (n_items * variance))


def keats_error(scores: Floats, n_items: int, reliability: float, kr21: float) -> Floats:
    """Return s2(x) = x (k - x) / (k - 1) * (1 - reliability) / (1 - KR21).

    Lord's formula rescaled so that the average over persons fits the reliability.

    References
    ----------
    Keats (1957), doi:10.1007/BF02289207. Checked against jaspReliability.
    """
    variance: Floats = lord_error(scores, n_items) * ((1 - reliability) / (1 - kr21))
    return variance


def person_errors(x: Floats, stratum: Integers) -> Floats:
    """Return the error variance of each person from the spread of their own items, summed over strata of items.

    s2_p = sum_h k_h/(k_h - 1) sum_{i in h} (x_pi - x_ph.)^2

    For right and wrong items sum_h x_h (k_h - x_h)/(k_h - 1): Lord's compound binomial, with one stratum Lord's
    binomial. For graded items the multinomial error model; items of a stratum should have the same points.

    Parameters
    ----------
    x : ndarray of float64, shape (n_persons, n_items)
        No nan.
    stratum : ndarray of int, shape (n_items,)
        0, 1, ...; at least two items in each.

    References
    ----------
    Lord (1965), doi:10.1007/BF02289490; Brennan (1998), doi:10.1177/014662169802200401. Checked against a loop and
    jaspReliability (right and wrong items).
    """
    k = np.bincount(stratum).astype(np.float64)
    x = x - np.rint(
        x.mean(axis=1, keepdims=True)
    )  # a shift changes no spread; large points would lose their digits
    sums, squares = part_sums(x, stratum), part_sums(np.square(x), stratum)
    errors: Floats = np.maximum((k * squares - np.square(sums)) / (k - 1), 0.0).sum(axis=1)
    return errors


def group_means(values: Floats, group: Integers) -> Floats:
    """Return the mean of each group."""
    means: Floats = np.bincount(group, weights=values) / np.bincount(group)
    return means
