"""Product-moment correlations pair by pair, with standard errors that assume no distribution."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pearson:
    """One correlation per column; nan where a variable does not vary among the persons who have both."""

    r: Floats
    standard_error: Floats
    n: Floats


def pearson(x: Floats, y: Floats) -> Pearson:
    """Return the correlation of x with each column of y.

    The influence of a person is z_x z_y - r (z_x^2 + z_y^2) / 2; the error is its root mean square over sqrt(n - 1).

    Parameters
    ----------
    x : ndarray of float64, shape (n_persons,)
    y : ndarray of float64, shape (n_persons, n_columns)
        Nan where missing; each pair uses the persons who have both.

    References
    ----------
    Devlin, Gnanadesikan and Kettenring (1975), Biometrika, 62, 531-545, for the influence. Checked against NumPy
    and leaving out each person.
    """
    both = ~np.isnan(x)[:, None] & ~np.isnan(y)
    n = both.sum(axis=0).astype(np.float64)
    z_x, z_y = _standardised(np.broadcast_to(x[:, None], y.shape), both), _standardised(y, both)
    fine = (n > 1) & (np.square(z_x).sum(axis=0) > 0) & (np.square(z_y).sum(axis=0) > 0)
    r = np.where(fine, np.clip((z_x * z_y).sum(axis=0) / np.maximum(n, 1), -1, 1), np.nan)
    influence = z_x * z_y - r * (np.square(z_x) + np.square(z_y)) / 2
    error = np.sqrt(np.square(influence).sum(axis=0) / np.maximum(n * (n - 1), 1))
    return Pearson(r=r, standard_error=np.where(fine & (np.abs(r) < 1), error, np.nan), n=n)


def _standardised(x: Floats, there: npt.NDArray[np.bool_]) -> Floats:
    n = np.maximum(there.sum(axis=0), 1)
    filled = np.where(there, x, 0.0)
    away = np.where(there, filled - filled.sum(axis=0) / n, 0.0)
    spread = np.sqrt(np.square(away).sum(axis=0) / n)
    varies = spread > 1e-12 * np.maximum(np.abs(filled).max(axis=0, initial=0.0), 1e-300)
    return np.where(varies, away / np.where(varies, spread, 1.0), 0.0)
