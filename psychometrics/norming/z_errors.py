"""The standard error of a z score."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

from psychometrics.kernels.percentile_uncertainty import arc
from psychometrics.norming.cells.cell import Cell, Placing
from psychometrics.norming.strata import stratum_keys
from psychometrics.norming.uncertainty_curves import rank_curve

if TYPE_CHECKING:
    from psychometrics.norming.normed import NormedScores

Floats = npt.NDArray[np.float64]


def z_errors(normed: NormedScores) -> Floats:
    """Return the standard error of every z score, shape (n_scales, n_rows); nan where not known."""
    errors = normed.errors()
    out = np.full(errors.shape, np.nan)
    for row, scale_id in enumerate(normed.scale_ids):
        for position, key in enumerate(stratum_keys(normed.norms.head.strata)):
            cell = normed.norms.cell(key, scale_id)
            inside = np.flatnonzero((normed.stratum == position) & ~np.isnan(errors[row] + normed.z[row]))
            if cell is not None and len(inside):
                both = normed.raw[row, inside] + 1j * errors[row, inside]
                distinct, place = np.unique(both, return_inverse=True)
                out[row, inside] = _of_cell(cell, distinct.real, distinct.imag, normed.placing)[place]
    return out


def _of_cell(cell: Cell, raw: Floats, error: Floats, placing: Placing) -> Floats:
    """Return error / SD for linear z; else the error times the slope of the normalised z over score -/+ error.

    Beyond the first and last score of the norms z has no value, so there the slope is that of the part within.
    """
    if placing.standard == "linear":
        return error / cell.sd if cell.sd > 0 else np.full(raw.shape, np.nan)
    first, last = cell.ends
    low, high = raw - error, raw + error
    if not np.isnan(first):
        low, high = np.clip(low, first, last), np.clip(high, first, last)
    curve = rank_curve(cell, placing, arc(placing.confidence, 2).b)
    rise = ndtri(curve.rank(high) / 100) - ndtri(curve.rank(low) / 100)
    run = high - low
    slope = np.divide(rise, run, out=np.full(raw.shape, np.nan), where=(run > 0) & np.isfinite(rise))
    return np.where(error == 0, 0.0, error * slope)
