"""The polychoric correlations of a set of items as one matrix, with what functions of it need."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from psychometrics.kernels.polychoric.fitting import estimable, fit_pairs
from psychometrics.kernels.polychoric.tables import PairTables

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PolychoricMatrix:
    """Correlations of all pairs.

    Attributes
    ----------
    tables : PairTables
        As fitted, with the correction for continuity.
    rho : ndarray of float64, shape (n_pairs,)
    correlation : ndarray of float64, shape (n_items, n_items)
        The same, with ones on the diagonal.
    corrected : ndarray of bool, shape (n_pairs,)
        Tables whose empty cells were given a count.
    """

    tables: PairTables
    rho: Floats
    correlation: Floats
    corrected: npt.NDArray[np.bool_]


def polychoric_matrix(tables: PairTables, continuity: float = 0.0) -> PolychoricMatrix:
    """Return the two-step estimates of all pairs; see :func:`fit_pairs`.

    Parameters
    ----------
    tables : PairTables
    continuity : float
        Count put into each empty cell between options in use; the thresholds stay those of the margins.
    """
    used = tables.margins > 0
    empty = used[tables.first][:, :, None] & used[tables.second][:, None, :] & (tables.counts == 0)
    corrected = empty.any(axis=(1, 2)) & estimable(tables) & (continuity > 0)
    if corrected.any():
        tables = replace(tables, counts=np.where(empty & corrected[:, None, None], continuity, tables.counts))
    rho = fit_pairs(tables)
    return PolychoricMatrix(
        tables=tables, rho=rho, correlation=as_matrix(tables, rho, 1.0), corrected=corrected
    )


def as_matrix(tables: PairTables, values: Floats, diagonal: float) -> Floats:
    """Return one value per pair as a symmetric matrix."""
    k = len(tables.margins)
    out = np.full((k, k), diagonal)
    out[tables.first, tables.second] = out[tables.second, tables.first] = values
    return out
