"""Percentile ranks from exact score counts, with the interval that the sampling of the norm sample leaves."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr, ndtri

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class RankTable:
    """Percentile ranks for every score there can be.

    With U distinct scores in the sample there are 2U + 1 places: below the first score, at it, between it and the
    next, and so on. Every array has one entry per place.
    """

    scores: Floats
    percentile_rank: Floats
    lower: Floats
    upper: Floats
    z: Floats


def rank_table(
    scores: Floats, counts: Integers, *, method: str = "mid", confidence: float = 0.95
) -> RankTable:
    """Tabulate percentile ranks, their intervals and normalised z scores.

    With B people below and F at the score, of n:
    mid = 100 (B + F/2) / n;  below = 100 B / n;  at_or_below = 100 (B + F) / n

    Parameters
    ----------
    scores : ndarray of float64, shape (U,)
        Distinct scores of the norm sample, rising.
    counts : ndarray of int64, shape (U,)
        How many people have each; above 0.
    method : {"mid", "below", "at_or_below"}
    confidence : float
        Level of the interval, in (0, 1).

    Returns
    -------
    RankTable
        Ranks in 0..100. ``z`` is the normal deviate of the mid rank (rankit); infinite outside the sample.

    Notes
    -----
    The interval is Wilson's score interval (1927, doi:10.1080/01621459.1927.10502953) with the effective sample
    size n' = n p(1-p) / v, where v is the multinomial variance of one person's share: for mid ranks a person at the
    score counts one half, so v = b(1-b) + f(1-f)/4 - b f with b = B/n, f = F/n, which ties make smaller than
    p(1-p). It is about the sampling of the norm sample only, not about errors of measurement.
    Coverage: tests/norming/test_percentiles.py.
    """
    n = int(counts.sum())
    below = np.concatenate([[0], np.cumsum(counts)])
    B = np.empty(2 * len(scores) + 1)
    B[0::2], B[1::2] = below, below[:-1]
    F = np.zeros_like(B)
    F[1::2] = counts
    mid = (B + F / 2) / n
    share = {"mid": mid, "below": B / n, "at_or_below": (B + F) / n}[method]
    variance = B / n + F / n / 4 - mid**2 if method == "mid" else share * (1 - share)
    lower, upper = wilson(share, variance, n, confidence)
    lower = np.minimum.accumulate(lower[::-1])[
        ::-1
    ]  # a higher score never has a lower bound: the wider one wins
    upper = np.maximum.accumulate(upper)
    return RankTable(
        scores=scores, percentile_rank=100 * share, lower=100 * lower, upper=100 * upper, z=ndtri(mid)
    )


def wilson(share: Floats, variance: Floats, n: int, confidence: float) -> tuple[Floats, Floats]:
    """Wilson's interval for a share whose estimate has variance ``variance / n``; never outside 0..1."""
    binomial = share * (1 - share)
    design = np.divide(binomial, variance, out=np.ones_like(share), where=(variance > 0) & (binomial > 0))
    effective = n * design
    q = float(ndtri(0.5 + confidence / 2)) ** 2
    centre = (share + q / (2 * effective)) / (1 + q / effective)
    half = np.sqrt(q * binomial / effective + (q / (2 * effective)) ** 2) / (1 + q / effective)
    lower = np.where(share <= 0, 0.0, np.clip(centre - half, 0, share))
    upper = np.where(share >= 1, 1.0, np.clip(centre + half, share, 1))
    return lower, upper


def places(scores: Floats, values: Floats) -> npt.NDArray[np.intp]:
    """Return the place of each value in a :class:`RankTable`; nan gives the last place."""
    left = np.searchsorted(scores, values, side="left")
    inside = np.minimum(left, len(scores) - 1)
    return np.asarray(2 * left + (scores[inside] == values), np.intp)


def normal_ranks(z: Floats, n: int | None, confidence: float) -> tuple[Floats, Floats, Floats]:
    """Percentile ranks under a normal curve with estimated mean and SD, and their interval.

    rank = 100 Phi(z);  standard error of z = sqrt((1 + z^2 / 2) / n)

    Delta method for (x - mean) / SD under normality, as for normative comparisons in Oosterhuis, van der Ark and
    Sijtsma (2017, doi:10.1007/s11336-016-9535-8). Without n the interval is nan.
    """
    if n is None:
        gone = np.full_like(z, np.nan)
        return 100 * ndtr(z), gone, gone
    margin = float(ndtri(0.5 + confidence / 2)) * np.sqrt((1 + z**2 / 2) / n)
    return 100 * ndtr(z), 100 * ndtr(z - margin), 100 * ndtr(z + margin)
