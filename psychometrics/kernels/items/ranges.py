"""How many people should have chosen an option at the end of the range that nobody chose."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr, ndtri

Integers = npt.NDArray[np.int64]

WIDER = 1.5


def expected_at_end(counts: Integers) -> float:
    """Return how many of the answers would be expected at the first option, judged by the others; 0 where unknown.

    The other options cut a normal variable; the missing cut is put 1.5 times the widest gap between neighbours below the
    first of them, so that a rarely chosen end is not taken for an impossible one.

    Parameters
    ----------
    counts : ndarray of int64, shape (n_options,)
        Answers per option, the end in question first; its own count is left out of account.
    """
    others = counts[1:]
    n = others.sum()
    shares = np.cumsum(others)[:-1] / n if n else np.empty(0)
    cuts = ndtri(shares[(shares > 0) & (shares < 1)])
    if len(cuts) < 2 or others[0] == 0:
        return 0.0
    return float(n * ndtr(cuts[0] - WIDER * np.diff(cuts).max()))
