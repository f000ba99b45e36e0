"""Regression on chosen powers of location and age, without any constraint: what other software fits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Terms = Sequence[tuple[int, int]]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PowerFit:
    """raw = sum over terms of b L^i A^j.

    Attributes
    ----------
    terms : sequence of (int, int)
        Powers of location and age; (0, 0) is the intercept.
    coefficients : ndarray
    r_squared : float
    root_mean_square_error : float
        sqrt(mean of the squared residuals).
    """

    terms: Terms
    coefficients: Floats
    r_squared: float
    root_mean_square_error: float

    def raw(self, location: Floats, age: Floats) -> Floats:
        """Return raw scores; nothing keeps them from falling where they should rise."""
        return power_design(location, age, self.terms) @ self.coefficients


def power_design(location: Floats, age: Floats, terms: Terms) -> Floats:
    """Return one column per term, shape (n, n_terms)."""
    return np.stack([location**i * age**j for i, j in terms], axis=1)


def fit_powers(
    raw: Floats, location: Floats, age: Floats, terms: Terms, weights: Floats | None = None
) -> PowerFit:
    """Fit chosen terms by least squares (Lenhard et al. 2019, doi:10.1371/journal.pone.0222279).

    Not monotone by construction: for norms use :func:`fit_taylor`, of which this is the unconstrained form.

    Parameters
    ----------
    raw, location, age : ndarray, shape (n,)
        Location in any metric (z, T).
    terms : sequence of (int, int)
        Powers of location and age.
    weights : ndarray, optional

    Returns
    -------
    PowerFit
    """
    w = np.ones(len(raw)) if weights is None else weights
    root = np.sqrt(w)
    design = power_design(location, age, terms)
    scale = np.sqrt(w @ design**2)
    solution = np.linalg.lstsq(design / scale * root[:, None], raw * root, rcond=None)[0]
    coefficients = solution / scale
    residual = raw - design @ coefficients
    mean = w @ raw / w.sum()
    return PowerFit(
        terms=tuple(terms),
        coefficients=coefficients,
        r_squared=1 - float(w @ residual**2) / float(w @ (raw - mean) ** 2),
        root_mean_square_error=float(np.sqrt(w @ residual**2 / w.sum())),
    )
