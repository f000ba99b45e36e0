"""Correlation of the normal variable behind an ordinal item with a continuous one, for many items at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr

from psychometrics.kernels.polychoric.bivariate_normal import FAR
from psychometrics.kernels.polychoric.root_search import FURTHEST, newton_step, search
from psychometrics.kernels.polychoric.serial_cells import SerialCells, serial_cells
from psychometrics.kernels.polychoric.tables import cumulative_proportions, threshold_steps, thresholds

Floats = npt.NDArray[np.float64]

SMALLEST = 1e-290
VALUES = 1 << 21


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Polyserial:
    """One correlation per item.

    Attributes
    ----------
    rho : ndarray of float64, shape (n_items,)
        -1 or 1 where the likelihood rises to the bound; nan where fewer than two options or values are in use.
    standard_error : ndarray of float64, shape (n_items,)
        Nan at a bound.
    n : ndarray of float64, shape (n_items,)
        Persons with both.
    """

    rho: Floats
    standard_error: Floats
    n: Floats


def polyserial_from_moments(
    correlation: Floats, standard_deviation: Floats, margins: Floats, points: Floats | None = None
) -> Floats:
    """Return the ad hoc estimate rho = r s / sum_t w_t phi(tau_t), per item.

    Not maximum likelihood: quick, a little less efficient, and may pass 1.

    Parameters
    ----------
    correlation : ndarray of float64, shape (n_items,)
        Product-moment correlation of the item's points with the continuous variable.
    standard_deviation : ndarray of float64, shape (n_items,)
        Of the points, divisor n.
    margins : ndarray of float64, shape (n_items, n_options)
        Persons by option.
    points : ndarray of float64, shape (n_items, n_options), optional
        Rising; steps w_t of 1 when left out.

    References
    ----------
    Olsson, Drasgow and Dorans (1982), doi:10.1007/BF02294164 (ad hoc estimator). Checked against psych 2.2.9
    ``polyserial``.
    """
    tau = thresholds(margins)
    density = np.exp(-np.square(np.clip(np.nan_to_num(tau, nan=FAR), -FAR, FAR)) / 2) / np.sqrt(2 * np.pi)
    steps = np.ones_like(tau) if points is None else np.diff(points, axis=1)
    gain = (np.where(density > 0, steps, 0.0) * density).sum(axis=1)
    return np.where(gain > 0, correlation * standard_deviation / np.where(gain > 0, gain, 1.0), np.nan)


def polyserial(codes: npt.NDArray[np.integer], total: Floats, n_options: int | None = None) -> Polyserial:
    """Return the polyserial correlations (biserial with two options) by two-step maximum likelihood.

    rho maximises sum_p log(Phi(u(a_p + 1)) - Phi(u(a_p))), u(t) = (tau_t - rho z_p) / sqrt(1 - rho^2), z the
    standardised total; thresholds, mean and SD are those of each variable alone and are part of the standard error.

    Parameters
    ----------
    codes : ndarray of int, shape (n_items, n_persons)
        Positions of options, from 0; negative where missing.
    total : ndarray of float64, shape (n_persons,) or (n_items, n_persons)
        One continuous variable, or one for each item (rest scores); nan where missing. Few distinct values are
        counted first, so that sums of items cost nothing more for many persons.
    n_options : int, optional
        Options of the item that has most; found when left out.

    References
    ----------
    Olsson, Drasgow and Dorans (1982), doi:10.1007/BF02294164. Checked against lavaan 0.6-14 ``lavCor`` and a
    bounded search of the likelihood item by item.
    """
    n_options = n_options or max(int(codes.max(initial=0)) + 1, 2)
    at_once = max(1, VALUES // max(codes.shape[1], 1))
    parts = [
        _fit(
            serial_cells(
                codes[at : at + at_once], total if total.ndim == 1 else total[at : at + at_once], n_options
            )
        )
        for at in range(0, len(codes), at_once)
    ]
    if not parts:
        return Polyserial(rho=np.empty(0), standard_error=np.empty(0), n=np.empty(0))
    return Polyserial(
        rho=np.concatenate([part.rho for part in parts]),
        standard_error=np.concatenate([part.standard_error for part in parts]),
        n=np.concatenate([part.n for part in parts]),
    )


def _fit(data: SerialCells) -> Polyserial:
    tau = np.clip(np.nan_to_num(thresholds(data.margins), nan=FAR), -FAR, FAR)
    edges = np.pad(tau, ((0, 0), (1, 1)), constant_values=((0, 0), (-FAR, FAR)))
    lower = np.take_along_axis(edges, data.option, axis=1)
    upper = np.take_along_axis(edges, data.option + 1, axis=1)
    start = np.where(data.usable, np.arctanh(np.clip(data.correlation, -0.95, 0.95)), np.nan)

    def newton(rows: npt.NDArray[np.intp], z: Floats) -> tuple[Floats, Floats]:
        rho, w = np.tanh(z), data.weight[rows]
        at = _Slopes.at(lower[rows], upper[rows], data.z[rows], rho)
        bend = (w * at.curvature).sum(axis=1)
        return newton_step((w * at.slope).sum(axis=1), bend, (w * np.square(at.slope)).sum(axis=1), rho)

    found = search(newton, start)
    rho = np.where(np.abs(found) > FURTHEST - 1e-3, np.sign(found), np.tanh(found))
    for bound in (-1.0, 1.0):
        fits = (data.weight == 0) | ((lower < bound * data.z) & (bound * data.z < upper))
        rho = np.where(fits.all(axis=1) & data.usable, bound, rho)
    return Polyserial(
        rho=rho, standard_error=_standard_errors(data, lower, upper, rho), n=data.weight.sum(axis=1)
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Slopes:
    """Derivatives of log(Phi(upper) - Phi(lower)) for each cell: by rho (twice), and of the slope by z and the edges."""

    slope: Floats
    curvature: Floats
    by_z: Floats
    by_lower: Floats
    by_upper: Floats

    @classmethod
    def at(cls, lower: Floats, upper: Floats, z: Floats, rho: Floats) -> _Slopes:
        r = rho[:, None]
        s = np.sqrt((1 - r) * (1 + r))
        ends = [_Edge(tau, z, r, s) for tau in (lower, upper)]
        mass = _mass(ends[0].u, ends[1].u)
        known = mass > SMALLEST
        safe = np.where(known, mass, 1.0)
        near = np.where(np.abs(ends[0].u) < np.abs(ends[1].u), *(-end.u * end.first for end in ends))
        low, high = ends
        slope = np.where(known, (high.density * high.first - low.density * low.first) / safe, near)
        second = high.density * (high.second - high.u * high.first**2)
        second = second - low.density * (low.second - low.u * low.first**2)
        to_z = high.density * (high.u * high.first * r / s - 1 / s**3)
        to_z = to_z - low.density * (low.u * low.first * r / s - 1 / s**3)
        mass_to_z = -(r / s) * (high.density - low.density)
        by_edge = [end.density * (r / s**3 - end.u * end.first / s - slope / s) for end in ends]
        return cls(
            slope=slope,
            curvature=np.where(known, second / safe - np.square(slope), 0.0),
            by_z=np.where(known, (to_z - slope * mass_to_z) / safe, 0.0),
            by_lower=np.where(known, -by_edge[0] / safe, 0.0),
            by_upper=np.where(known, by_edge[1] / safe, 0.0),
        )


class _Edge:
    """u = (tau - rho z) / s, its density, and its first and second derivative by rho."""

    __slots__ = ("density", "first", "second", "u")

    def __init__(self, tau: Floats, z: Floats, r: Floats, s: Floats) -> None:
        self.u = np.clip((tau - r * z) / s, -FAR, FAR)
        self.density = np.exp(-np.square(self.u) / 2) / np.sqrt(2 * np.pi)
        self.first = (r * tau - z) / s**3
        self.second = tau / s**3 + 3 * r * (r * tau - z) / s**5


def _mass(low: Floats, high: Floats) -> Floats:
    """Return Phi(high) - Phi(low), from the tail where it keeps its digits."""
    flip = low > 0
    a, b = np.where(flip, -high, low), np.where(flip, -low, high)
    return np.asarray(ndtr(b) - ndtr(a))


def _standard_errors(data: SerialCells, lower: Floats, upper: Floats, rho: Floats) -> Floats:
    """Return the root of the sum of squared influences: own, by thresholds, by mean and SD."""
    inner = np.abs(rho) < 1
    at = _Slopes.at(lower, upper, data.z, np.where(inner, rho, 0.0))
    n = np.maximum(data.weight.sum(axis=1), 1)[:, None]
    w = data.weight / n
    bend = -(w * at.curvature).sum(axis=1, keepdims=True)
    by_mean, by_deviation = (w * at.by_z).sum(1, keepdims=True), (w * at.by_z * data.z).sum(1, keepdims=True)
    by_option = _by_option(data, w, at) / np.maximum(data.margins.sum(axis=1, keepdims=True), 1)

    def of_z(z: Floats) -> Floats:
        moved = by_mean * z + by_deviation * (np.square(z) - 1) / 2
        return np.asarray(-moved / np.maximum(data.n_total, 1)[:, None])

    both = at.slope / n + np.take_along_axis(by_option, data.option, axis=1) + of_z(data.z)
    squares = (data.weight * np.square(both)).sum(axis=1)
    squares += (data.item_only * np.square(by_option)).sum(axis=1)
    squares += (data.total_only * np.square(of_z(data.z_only))).sum(axis=1)
    usable = inner & (bend[:, 0] > 0) & (n[:, 0] > 1)
    correction = n[:, 0] / np.maximum(n[:, 0] - 1, 1)
    return np.where(usable, np.sqrt(squares * correction) / np.where(usable, bend[:, 0], 1.0), np.nan)


def _by_option(data: SerialCells, w: Floats, at: _Slopes) -> Floats:
    """Return the influence by way of the thresholds of a person with each option."""
    share = np.nan_to_num(cumulative_proportions(data.margins))
    tau = thresholds(data.margins)
    finite = np.isfinite(tau)
    density = np.exp(-np.square(np.where(finite, tau, 0.0)) / 2) / np.sqrt(2 * np.pi)
    gain = np.zeros_like(tau)
    for t in range(tau.shape[1]):
        gain[:, t] = (w * (at.by_upper * (data.option == t) + at.by_lower * (data.option == t + 1))).sum(
            axis=1
        )
    return np.asarray(np.einsum("kt,kta->ka", np.where(finite, gain / density, 0.0), threshold_steps(share)))
