"""Least squares in which some coefficients must not be negative."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.linalg import cholesky, solve_triangular
from scipy.optimize import nnls

Floats = npt.NDArray[np.float64]


def sign_constrained(gram: Floats, moment: Floats, free: int) -> Floats:
    """Minimise x' G x / 2 - m' x with all but the first ``free`` coefficients at 0 or above.

    The free ones are projected out and the rest solved by the active-set method of Lawson and Hanson (1974,
    doi:10.1137/1.9781611971217): the exact solution, not a penalty.

    Parameters
    ----------
    gram : ndarray, shape (p, p)
        X'X, positive definite.
    moment : ndarray, shape (p,)
        X'y.
    free : int
        How many coefficients have no sign.

    Returns
    -------
    ndarray, shape (p,)
    """
    scale = np.sqrt(np.diag(gram))
    root = cholesky(gram / np.outer(scale, scale))
    target = solve_triangular(root, moment / scale, trans=1)
    # The root is upper triangular and the free coefficients come first: its lower right block is the problem without them.
    signed = nnls(root[free:, free:], target[free:])[0]
    open_ = solve_triangular(root[:free, :free], target[:free] - root[:free, free:] @ signed)
    return np.concatenate([open_, signed]) / scale
