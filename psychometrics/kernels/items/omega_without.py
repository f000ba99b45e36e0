"""What omega of the one-factor model would be without each item."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from psychometrics.kernels.consistency.omega import omega_total, one_factor
from psychometrics.kernels.factors.confirmatory import fit, refit

Floats = npt.NDArray[np.float64]


def omegas_without(covariance: Floats) -> Floats:
    """Return omega of the other items, for each item left out; the model is fitted anew each time; shape (k,).

    Newton steps from the fit of all items, for all items at once. Nan where fewer than 3 other items vary, or the fit does
    not settle.
    """
    k = len(covariance)
    own = np.diagonal(covariance)
    if k < 4 or not np.isfinite(covariance).all() or np.any(own <= 0):
        return np.full(k, np.nan)
    sd = np.sqrt(own)
    R = covariance / np.outer(sd, sd)
    whole = fit(R, one_factor(k), "ml")
    others = np.array([np.delete(np.arange(k), i) for i in range(k)])
    start = replace(
        whole,
        loadings=whole.loadings[others],
        uniquenesses=whole.uniquenesses[others],
        pattern=one_factor(k - 1),
    )
    L, psi, settled = refit(R[others[:, :, None], others[:, None, :]], start)
    scale = sd[others]
    total = covariance[others[:, :, None], others[:, None, :]].sum(axis=(1, 2))
    found = omega_total(L * scale[..., None], psi * scale**2, total)
    return np.where(settled, found, np.nan)
