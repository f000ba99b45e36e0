"""Definitions of the percentile rank: shares of people, and plotting positions of ranks."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

SHARES = ("mid", "below", "at_or_below")
PLOTTING_POSITIONS = {
    "blom": (3 / 8, 1 / 4),
    "tukey": (1 / 3, 1 / 3),
    "van_der_waerden": (0.0, 1.0),
    "rankit": (1 / 2, 0.0),
    "levenbach": (0.3, 0.4),
    "filliben": (0.3175, 0.365),
    "yu_huang": (0.326, 0.348),
}
DEFINITIONS = (*SHARES, *PLOTTING_POSITIONS)


def position(mid: Floats, n: int, method: str) -> Floats:
    """Return the plotting position of mid shares.

    p = (r - a) / (n + b), r = n mid + 1/2 the mean rank of the people with that score

    Parameters
    ----------
    mid : ndarray of float64
        Share below plus half the share at the score, 0..1.
    n : int
        People; with weights too (weights of mean 1).
    method : str
        blom (3/8, 1/4), tukey (1/3, 1/3), van_der_waerden (0, 1), rankit (1/2, 0), levenbach (.3, .4),
        filliben (.3175, .365; first and last rank 1 - .5^(1/n), .5^(1/n)), yu_huang (.326, .348): (a, b).

    Returns
    -------
    ndarray of float64
        In (0, 1) for every method but rankit, outside the sample too.

    References
    ----------
    Blom (1958), Statistical estimates and transformed beta-variables. Tukey (1962), doi:10.1214/aoms/1177704711.
    Van der Waerden (1952). Bliss (1967) for rankits. Benard and Bos-Levenbach (1953),
    Statistica Neerlandica 7, 163-173. Filliben (1975), doi:10.1080/00401706.1975.10489279. Yu and Huang (2001),
    Stochastic Environmental Research and Risk Assessment 15, 462-476.
    """
    if method == "rankit":
        return mid
    a, b = PLOTTING_POSITIONS[method]
    p = (n * mid + 0.5 - a) / (n + b)
    if method != "filliben":
        return p
    end = 0.5 ** (1 / n)
    rank = n * mid + 0.5
    inner = np.where(rank >= n, np.maximum(p, end), np.where(rank <= 1, np.minimum(p, 1 - end), p))
    return np.where(rank == n, end, np.where(rank == 1, 1 - end, inner))
