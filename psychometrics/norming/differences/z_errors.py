"""The standard error of a z score."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

from psychometrics.norming.cells.cell import Cell, Placing
from psychometrics.norming.continuous.places import ages_for
from psychometrics.norming.smoothing import placing_for
from psychometrics.norming.strata import stratum_keys
from psychometrics.norming.uncertainty.curves import Spot, rank_curves

if TYPE_CHECKING:
    from psychometrics.norming.normed import NormedScores

Floats = npt.NDArray[np.float64]

LEAST_WINDOW = 1e-6
"""Of the score: no slope over less can be told from rounding."""


def z_errors(normed: NormedScores) -> Floats:
    """Return the standard error of every z score, shape (n_scales, n_rows); nan where not known."""
    errors = normed.errors()
    ages = ages_for(normed.norms.head, normed.persons)
    out = np.full(errors.shape, np.nan)
    for row, scale_id in enumerate(normed.scale_ids):
        placing = placing_for(normed.placing, normed.instrument, scale_id)
        for position, key in enumerate(stratum_keys(normed.norms.head.strata)):
            cell = normed.norms.cell(key, scale_id)
            inside = np.flatnonzero((normed.stratum == position) & ~np.isnan(errors[row] + normed.z[row]))
            if cell is not None and len(inside):
                keys = (normed.raw[row, inside], errors[row, inside])
                out[row, inside] = _of_cell(cell, *keys, None if ages is None else ages[inside], placing)
    return out


def _of_cell(cell: Cell, raw: Floats, error: Floats, ages: Floats | None, placing: Placing) -> Floats:
    """Return error / SD for linear z; else the error times the slope of the normalised z over score -/+ error.

    Beyond the first and last score of the norms z has no value, so there the slope is that of the part within.
    """
    if ages is None:
        distinct, place = np.unique(raw + 1j * error, return_inverse=True)
        return _distinct(cell, distinct.real, distinct.imag, None, placing)[place]
    return _distinct(cell, raw, error, ages, placing)


def _distinct(cell: Cell, raw: Floats, error: Floats, ages: Floats | None, placing: Placing) -> Floats:
    spot = Spot(cell=cell, ages=ages)
    first, last = cell.ends
    window = np.maximum(error, LEAST_WINDOW * np.maximum(np.abs(raw), 1.0))
    low, high = raw - window, raw + window
    if placing.standard == "linear":
        rise = spot.place(high, placing).z - spot.place(low, placing).z
    else:
        if not np.isnan(first):
            low, high = np.clip(low, first, last), np.clip(high, first, last)
        curve = rank_curves(cell, placing).at(ages)
        with np.errstate(invalid="ignore"):
            rise = ndtri(curve.rank(high) / 100) - ndtri(curve.rank(low) / 100)
    run = high - low
    slope = np.divide(rise, run, out=np.full(raw.shape, np.nan), where=(run > 0) & np.isfinite(rise))
    return np.where(error == 0, 0.0, error * slope)
