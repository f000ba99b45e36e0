"""How far the coefficients of a surface depend on who was in the norm sample."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from psychometrics.kernels.continuous.bernstein import bernstein
from psychometrics.kernels.continuous.lattice import Lattice, linked
from psychometrics.kernels.continuous.likelihood import mirrored
from psychometrics.kernels.continuous.ranking import Ranked, over_windows
from psychometrics.kernels.continuous.sample import Sample
from psychometrics.kernels.continuous.taylor import Moments, SurfaceFit, steps_to_full

Floats = npt.NDArray[np.float64]
ROOT_TWO_PI = float(np.sqrt(2 * np.pi))


def coefficient_covariance(
    sample: Sample, ranked: Ranked, lattice: Lattice, fit: SurfaceFit, moments: Moments, link: str
) -> Floats:
    """Return the covariance of the Bernstein coefficients by the infinitesimal jackknife over persons.

    theta solves sum_i w_i x_i (g_i - x_i' theta) = 0 with x_i = x(z_i), and z_i itself rests on everybody in the window
    of i. So a person j moves theta in two ways: by the own residual, and by moving the ranks of the others,

    G psi_j = x_j (g_j - x_j' theta) - sum_i w_i x_i f'_i (h_ij - p_i) / (phi(z_i) W_i),   V = sum_j w_j^2 psi_j psi_j'

    G = X'WX, f' the slope of the surface along z, h_ij 1 where j scores below i, 1/2 where equal, p_i the share of i, W_i the
    weight of i's window. Residuals are taken as small in the derivative of x. Coefficients held by the constraint are taken as
    fixed. Jaeckel (1972); Efron (1982), doi:10.1137/1.9781611970319.
    """
    surface = fit.surface
    k, t = (size - 1 for size in surface.coefficients.shape)
    rising = np.kron(np.tril(np.ones((k + 1, k + 1))), np.eye(t + 1))[:, fit.free]
    into = steps_to_full(k, t, moments.powers)[:, fit.free]
    row, column = np.nonzero(ranked.weights)
    z, age, w = ranked.z[row, column], ranked.age[row], ranked.weights[row, column]
    low, high = surface.z_range
    along = bernstein((z - low) / (high - low), k)
    across = bernstein((age - surface.age_range[0]) / (surface.age_range[1] - surface.age_range[0]), t)
    x = (along[:, :, None] * across[:, None, :]).reshape(len(z), -1) @ rising
    value, slope = surface.raw(z, age)
    residual = linked(lattice.scores, lattice, link)[column] - value
    density = np.exp(-0.5 * z**2) / ROOT_TWO_PI
    moved = np.zeros((*ranked.weights.shape, x.shape[1]))
    moved[row, column] = x * (w * slope / density)[:, None]
    by_others = _through_ranks(moved, ranked)[row, column]
    psi = np.linalg.solve(into.T @ moments.gram @ into, (x * residual[:, None] - by_others).T).T
    squares = np.bincount(
        ranked.of_pair * len(lattice.scores) + sample.at, sample.squares, ranked.weights.size
    )
    scaled = (psi * np.sqrt(squares.reshape(ranked.weights.shape)[row, column])[:, None]) @ rising.T
    return mirrored(scaled.T @ scaled)


def _through_ranks(moved: Floats, ranked: Ranked) -> Floats:
    """Return sum_i moved_i (h_ij - p_i) / W_i for a person j at each age and score; moved has shape (B, S, p)."""
    above = np.cumsum(moved[:, ::-1], axis=1)[:, ::-1] - moved / 2
    expected = np.einsum("bsp,bs->bp", moved, ranked.share)
    centred = (above - expected[:, None, :]) / ranked.total[:, None, None]
    return over_windows(centred, ranked.first, ranked.last)
