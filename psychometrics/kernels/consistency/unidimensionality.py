"""How near a set of items comes to measuring one thing."""

from __future__ import annotations

import numpy as np

from psychometrics.kernels.factors.model import Floats


def congeneric_fit(R: Floats, loadings: Floats) -> float:
    """Return 1 - sum (r_ij - l_i l_j)^2 / sum r_ij^2 over i < j: how well one factor reproduces the correlations.

    References
    ----------
    Revelle and Condon (2019), doi:10.1037/pas0000754. Checked against psych 2.2.9 (``unidim``: fa.fit).
    """
    below = np.tril_indices(len(R), -1)
    return _share(R[below], np.outer(loadings, loadings)[below])


def tau_equivalence_fit(R: Floats) -> float:
    """Return 1 - sum (r_ij - mean r)^2 / sum r_ij^2 over i < j: how equal the correlations are.

    References
    ----------
    Revelle and Condon (2019), doi:10.1037/pas0000754. Checked against psych 2.2.9 (``unidim``: av.r fit).
    """
    r = R[np.tril_indices(len(R), -1)]
    return _share(r, np.full(len(r), r.mean()))


def _share(r: Floats, expected: Floats) -> float:
    whole = float(r @ r)
    return 1 - float(np.square(r - expected).sum()) / whole if whole > 0 else float("nan")
