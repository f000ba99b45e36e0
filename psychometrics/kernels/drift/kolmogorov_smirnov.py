"""Two-sample Kolmogorov-Smirnov test for scores with ties, exact from counts for samples of any size."""

from __future__ import annotations

from dataclasses import dataclass
from math import nan, sqrt
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.signal import fftconvolve
from scipy.special import gammaln, kolmogorov, xlog1py, xlogy

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

MOST_SCORES = 20_000
DIRECT = 4_000_000
REACH = 9.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Smirnov:
    """Largest distance of two cumulative distributions, where it is, and its p value.

    ``method``: "exact" given the pooled scores; "asymptotic" with more than 20,000 distinct scores (ties then hardly
    matter).
    """

    statistic: float
    at: int
    p: float
    method: Literal["exact", "asymptotic"] = "exact"
    reason: str = ""


def smirnov(first: Ints, second: Ints) -> Smirnov:
    """Return D = max_s |F(s) - G(s)| and P(D* >= D) over all ways to deal the pooled people to the two samples.

    Given the pooled scores, the number A_s of the first sample's people at or below score s is a Markov chain: each
    score adds a hypergeometric share of its people. The chain is followed score by score; whatever leaves the band
    |A_s / n - (N_s - A_s) / m| < D is counted with its probability of ending where it must. This is exact with ties,
    where the usual p value, made for scores without ties, is too large. Below 1e-16 the p value is given as it comes
    out, which may be 0.

    Parameters
    ----------
    first, second : ndarray of int64, shape (K,)
        People with each score, scores rising; both over the same scores.

    References
    ----------
    Schroer and Trenkler (1995), doi:10.1016/0167-9473(94)00040-P (exact distribution with ties); Smirnov (1948),
    doi:10.1214/aoms/1177730256, for the limit. Checked against R's ks.test(exact = TRUE), which counts paths.
    """
    pooled = first + second
    kept = pooled > 0
    first, pooled = first[kept], pooled[kept]
    n, m = int(first.sum()), int(pooled.sum() - first.sum())
    if not n or not m:
        return Smirnov(statistic=nan, at=-1, p=nan, reason="a sample without people")
    a, t = np.cumsum(first), np.cumsum(pooled)
    distance = np.abs(a * m - (t - a) * n)
    place = int(np.argmax(distance))
    statistic = float(distance[place]) / n / m
    at = int(np.flatnonzero(kept)[place])
    if distance[place] == 0 or len(pooled) < 2:
        return Smirnov(statistic=statistic, at=at, p=1.0)
    if len(pooled) > MOST_SCORES:
        p = float(kolmogorov(statistic * sqrt(n / (n + m) * m)))
        return Smirnov(statistic=statistic, at=at, p=p, method="asymptotic")
    return Smirnov(statistic=statistic, at=at, p=_exceedance(pooled, n, m, int(distance[place])))


def _exceedance(pooled: Ints, n: int, m: int, limit: int) -> float:
    """Return the probability that |A_s m - (N_s - A_s) n| reaches ``limit`` at some score."""
    total, share = n + m, n / (n + m)
    finish = _binomial(total, np.array([n]), share)[0]
    low, chain, done, seen = 0, np.ones(1), 0.0, 0
    for people in pooled[:-1].tolist():
        seen += people
        low, chain = _step(low, chain, people, seen, n, total)
        values = np.arange(low, low + len(chain))
        out = np.abs(values * m - (seen - values) * n) >= limit
        if out.any():
            ends = _binomial(total - seen, n - values[out], share)
            done += float(chain[out] @ ends) / finish
            chain = np.where(out, 0.0, chain)
            inside = np.flatnonzero(~out)
            if not len(inside):
                return float(min(done, 1.0))
            low, chain = low + int(inside[0]), chain[inside[0] : inside[-1] + 1]
    return float(min(done, 1.0))


def _step(low: int, chain: Floats, people: int, seen: int, n: int, total: int) -> tuple[int, Floats]:
    """Add the people of one score: convolve with their binomial share; far tails (below 1e-17) are cut off."""
    share = n / total
    least, most = _reach(people * share, people * share * (1 - share), 0, people)
    added = _binomial(people, np.arange(least, most + 1), share)
    direct = len(chain) * len(added) <= DIRECT
    new = np.convolve(chain, added) if direct else np.maximum(fftconvolve(chain, added), 0.0)
    low += least
    spread = n * (total - n) / total * (seen / total) * (1 - seen / total)
    first, last = _reach(seen * share, spread, max(0, n - (total - seen)), min(n, seen))
    start, stop = max(first - low, 0), min(last - low + 1, len(new))
    return low + start, new[start:stop]


def _reach(centre: float, variance: float, least: int, most: int) -> tuple[int, int]:
    half = REACH * sqrt(variance) + 40
    return max(least, int(centre - half)), min(most, int(centre + half) + 1)


def _binomial(size: int, values: Ints, share: float) -> Floats:
    inside = (values >= 0) & (values <= size)
    x = np.where(inside, values, 0)
    logs = (
        gammaln(size + 1)
        - gammaln(x + 1)
        - gammaln(size - x + 1)
        + xlogy(x, share)
        + xlog1py(size - x, -share)
    )
    return np.where(inside, np.exp(logs), 0.0)
