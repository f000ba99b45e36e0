"""Percentile ranks from score counts, with the interval that the sampling of the norm sample leaves."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr, ndtri, stdtrit

from psychometrics.kernels.percentile_definitions import PLOTTING_POSITIONS, position

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class RankTable:
    """Percentile ranks for every score there can be.

    With U distinct scores in the sample there are 2U + 1 places: below the first score, at it, between it and the
    next, and so on. Every array has one entry per place; ``crowds`` is the share of people at the lowest and at the
    highest score.
    """

    scores: Floats
    percentile_rank: Floats
    lower: Floats
    upper: Floats
    z: Floats
    crowds: tuple[float, float] = (0.0, 0.0)


def rank_table(
    scores: Floats, counts: Integers, *, method: str = "mid", confidence: float = 0.95
) -> RankTable:
    """Tabulate percentile ranks, their intervals and normalised z scores.

    With B people below and F at the score, of n:
    mid = 100 (B + F/2) / n;  below = 100 B / n;  at_or_below = 100 (B + F) / n;
    plotting positions: 100 (r - a) / (n + 1 - 2a) with the mean rank of the tied people, r = B + (F + 1)/2

    Parameters
    ----------
    scores : ndarray of float64, shape (U,)
        Distinct scores of the norm sample, rising.
    counts : ndarray of int64, shape (U,)
        How many people have each; above 0.
    method : str
        "mid", "below", "at_or_below" or a name in ``PLOTTING_POSITIONS``.
    confidence : float
        Level of the interval, in (0, 1).

    Returns
    -------
    RankTable
        Ranks in 0..100. ``z`` is the normal deviate of the plotting position, else of the mid rank (rankit);
        infinite outside the sample for mid ranks.

    Notes
    -----
    The interval is Wilson's score interval (1927, doi:10.1080/01621459.1927.10502953) with the effective sample
    size n' = n p(1-p) / v, where v is the multinomial variance of one person's share: for mid ranks a person at the
    score counts one half, so v = b(1-b) + f(1-f)/4 - b f with b = B/n, f = F/n, which ties make smaller than
    p(1-p). It is about the sampling of the norm sample only, not about errors of measurement. A plotting position
    estimates the same mid rank of the population: its interval is that of the mid rank, widened where the position
    lies outside it.
    Coverage: tests/norming/test_percentiles.py.
    """
    n = int(counts.sum())
    B, F = below_and_at(counts)
    mid = (B + F / 2) / n
    shares = {"below": B / n, "at_or_below": (B + F) / n}
    counted = shares.get(method, mid)
    variance = counted * (1 - counted) if method in shares else B / n + F / n / 4 - mid**2
    return tabulate(scores, mid, counted, variance, n, method=method, confidence=confidence)


def below_and_at(counts: npt.NDArray[np.int64] | Floats) -> tuple[Floats, Floats]:
    """Return how many (or how much weight) lie below and at each of the 2U + 1 places; counts shape (..., U)."""
    shape = (*counts.shape[:-1], 2 * counts.shape[-1] + 1)
    below = np.concatenate([np.zeros((*counts.shape[:-1], 1)), np.cumsum(counts, axis=-1)], axis=-1)
    B, F = np.empty(shape), np.zeros(shape)
    B[..., 0::2], B[..., 1::2] = below, below[..., :-1]
    F[..., 1::2] = counts
    return B, F


def tabulate(
    scores: Floats,
    mid: Floats,
    counted: Floats,
    variance: Floats,
    n: int,
    *,
    method: str,
    confidence: float,
    effective_n: float | None = None,
    df: float = inf,
) -> RankTable:
    """Make a table of the mid share, the share by a definition and its variance (times effective n) at every place.

    Parameters
    ----------
    scores : ndarray of float64, shape (U,)
    mid, counted, variance : ndarray of float64, shape (2U + 1,)
        Mid share; share below, at or below, or again the mid share; variance of ``counted`` times ``effective_n``.
    n : int
        People.
    method : str
        Definition of the percentile rank.
    confidence : float
    effective_n : float, optional
        Effective sample size; n when left out.
    df : float
        Degrees of freedom of the variance; infinite for multinomial counts.
    """
    lower, upper = wilson(counted, variance, effective_n or n, confidence, df)
    rank, deviate = counted, mid
    if method in PLOTTING_POSITIONS:
        rank = deviate = position(mid, n, method)
        lower, upper = np.minimum(lower, rank), np.maximum(upper, rank)
    lower = np.minimum.accumulate(lower[::-1])[
        ::-1
    ]  # a higher score never has a lower bound: the wider one wins
    upper = np.maximum.accumulate(upper)
    return RankTable(
        scores=scores,
        percentile_rank=100 * rank,
        lower=100 * lower,
        upper=100 * upper,
        z=ndtri(deviate),
        crowds=(2 * float(mid[1]), 2 * (1 - float(mid[-2]))),
    )


def wilson(
    share: Floats, variance: Floats, n: float, confidence: float, df: float = inf
) -> tuple[Floats, Floats]:
    """Wilson's interval for a share whose estimate has variance ``variance / n``; never outside 0..1.

    With ``df`` degrees of freedom the normal quantile gives way to Student's.
    """
    binomial = share * (1 - share)
    design = np.divide(binomial, variance, out=np.ones_like(share), where=(variance > 0) & (binomial > 0))
    effective = n * design
    q = float(ndtri(0.5 + confidence / 2) if df == inf else stdtrit(df, 0.5 + confidence / 2)) ** 2
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
