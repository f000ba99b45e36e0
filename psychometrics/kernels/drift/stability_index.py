"""The population stability index, with what chance alone makes of it."""

from __future__ import annotations

from dataclasses import dataclass
from math import nan

import numpy as np
import numpy.typing as npt
from scipy.special import chdtrc, chdtri

Floats = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64] | Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class StabilityIndex:
    """A population stability index.

    Attributes
    ----------
    index : float
        0 when both samples share the bins alike.
    n_bins : int
        Bins in use; fewer than asked for where one score holds more than one bin.
    expected : float
        Its mean when nothing moved, from the two sample sizes alone.
    critical : float
        What it stays below with the stated confidence when nothing moved.
    p : float
        Chance of an index this large when nothing moved.
    reason : str
        Why numbers are nan.
    """

    index: float
    n_bins: int
    expected: float
    critical: float
    p: float
    reason: str = ""


def rank_bins(scores: Floats, counts: Counts, asked: Floats, bins: int = 10) -> npt.NDArray[np.int64]:
    """Return the bin of each asked score: floor(bins x mid rank) in the distribution given by counts.

    With many people per score this is deciles; a score is never split between bins. A score that nobody had lies
    between its neighbours.
    """
    cumulative = np.concatenate([[0], np.cumsum(counts)])
    left = np.searchsorted(scores, asked, side="left")
    right = np.searchsorted(scores, asked, side="right")
    mid = (cumulative[left] + cumulative[right]) / (2 * cumulative[-1])
    found: npt.NDArray[np.int64] = np.minimum((bins * mid).astype(np.int64), bins - 1)
    return found


def stability_index(reference: Counts, new: Counts, confidence: float = 0.95) -> StabilityIndex:
    """Return PSI = sum_b (q_b - p_b) ln(q_b / p_b), p the shares of the reference in the bins, q the new ones.

    When nothing moved, PSI / (1/n + 1/m) is close to chi-square with B - 1 degrees of freedom: the rules of thumb .10
    and .25 mean something else for every n and m. Bins that both samples leave empty are dropped; when one sample
    leaves a bin empty, one half is added to every count.

    Parameters
    ----------
    reference, new : ndarray, shape (B,)
        People per bin.
    confidence : float
        Of the critical value.

    References
    ----------
    Yurdakul (2018), Statistical properties of population stability index (dissertation, Western Michigan University,
    https://scholarworks.wmich.edu/dissertations/3208); Jeffreys (1946), doi:10.1098/rspa.1946.0056, for the divergence.
    """
    used = (reference + new) > 0
    a, b = reference[used].astype(np.float64), new[used].astype(np.float64)
    n, m, size = float(a.sum()), float(b.sum()), int(used.sum())
    if not n or not m:
        return StabilityIndex(
            index=nan, n_bins=size, expected=nan, critical=nan, p=nan, reason="a sample without people"
        )
    if size < 2:
        return StabilityIndex(
            index=0.0, n_bins=size, expected=nan, critical=nan, p=nan, reason="one bin: all scores are alike"
        )
    half = 0.5 if (a == 0).any() or (b == 0).any() else 0.0
    p, q = (a + half) / (n + half * size), (b + half) / (m + half * size)
    index, unit = float(((q - p) * np.log(q / p)).sum()), 1 / n + 1 / m
    return StabilityIndex(
        index=index,
        n_bins=size,
        expected=(size - 1) * unit,
        critical=float(chdtri(size - 1, 1 - confidence)) * unit,
        p=float(chdtrc(size - 1, index / unit)),
    )
