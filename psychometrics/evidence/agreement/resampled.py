"""Intervals of agreement from units left out or drawn anew."""

from __future__ import annotations

from math import nan

import numpy as np

from psychometrics.evidence.agreement.weights import Nearness
from psychometrics.evidence.matrix import Floats
from psychometrics.kernels.agreement.chance import Coefficient
from psychometrics.kernels.agreement.intervals import Interval, in_units, jackknife_error
from psychometrics.kernels.agreement.light import light_of_draws, light_without_one
from psychometrics.kernels.agreement.resampling import (
    leave_one_out,
    leave_one_out_conger,
    redrawn,
    redrawn_conger,
    sums_of_units,
)
from psychometrics.kernels.agreement.units import Units
from psychometrics.kernels.bounds import Bounds, bca_bounds, jackknife_bounds


def resampled_bounds(
    units: Units,
    coefficient: Coefficient,
    near: Nearness,
    estimate: float,
    confidence: float,
    interval: Interval,
    replicates: int,
    seed: int,
) -> tuple[float, Bounds]:
    """Return the standard error and the interval by the jackknife or the bootstrap."""
    if coefficient == "krippendorff":
        units = units.where(units.sizes >= 2)
    if units.n_units < 3:
        return nan, Bounds(reason="fewer than 3 units: no resampled interval")
    without = _without(units, coefficient, near)
    if np.isnan(without).any():
        return nan, Bounds(reason="without one of the units the coefficient would not exist: too few units")
    if interval == "jackknife":
        return jackknife_error(without), in_units(jackknife_bounds(estimate, without, confidence))
    drawn = _drawn(units, coefficient, near, replicates, np.random.default_rng(seed))
    there = drawn[~np.isnan(drawn)]
    error = float(there.std(ddof=1)) if len(there) > 1 else nan
    return error, bca_bounds(estimate, drawn, without, confidence)


def _without(units: Units, coefficient: Coefficient, near: Nearness) -> Floats:
    if coefficient in {"cohen", "conger"}:
        found, times = leave_one_out_conger(units, near.weights), units.multiplicity
    elif coefficient == "light":
        found, times = light_without_one(units, near.weights), units.multiplicity
    else:
        sums = sums_of_units(units, coefficient, near.weights, ordinal=near.ordinal_metric)
        found, times = leave_one_out(sums), sums.multiplicity
    return np.repeat(found, times.astype(np.intp))


def _drawn(
    units: Units, coefficient: Coefficient, near: Nearness, replicates: int, rng: np.random.Generator
) -> Floats:
    if coefficient in {"cohen", "conger"}:
        return redrawn_conger(units, near.weights, replicates, rng)
    if coefficient == "light":
        return light_of_draws(units, near.weights, replicates, rng)
    return redrawn(
        sums_of_units(units, coefficient, near.weights, ordinal=near.ordinal_metric), replicates, rng
    )
