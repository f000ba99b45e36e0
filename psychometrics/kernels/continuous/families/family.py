"""What every family can do, and what the families on a continuous score share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from psychometrics.kernels.continuous.lattice import Lattice

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
LEAST_MASS = 1e-300


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """A distribution over the scores of a lattice, given by a few predictors.

    Attributes
    ----------
    lattice : Lattice
    """

    lattice: Lattice

    predictors: ClassVar[tuple[str, ...]] = ()
    """Names of the predictors, each a polynomial in age."""
    most_powers: ClassVar[tuple[int, ...]] = ()
    """Highest power of age each may get."""
    least_powers: ClassVar[tuple[int, ...]] = (0, 0)
    """Lowest power of age each may get; -1 where it may be absent."""
    usual_powers: ClassVar[tuple[int, ...]] = (3, 2)
    """Powers of age a search starts from and does not go below, where there are people enough."""
    neutral: ClassVar[tuple[float, ...]] = (0.0, 0.0)
    """Value of a predictor that is absent."""

    def start(self, mean: float, sd: float) -> list[float]:
        """Return a value for each predictor to start from, given mean and SD of the scores."""
        raise NotImplementedError

    def log_mass(self, eta: Floats, at: Integers) -> tuple[Floats, Floats]:
        """Return log P(score) and its derivatives.

        Parameters
        ----------
        eta : ndarray, shape (n_predictors, n)
        at : ndarray of int, shape (n,)
            Position of each person's score in the lattice.

        Returns
        -------
        log_mass : ndarray, shape (n,)
        slopes : ndarray, shape (n_predictors, n)
        """
        raise NotImplementedError

    def shares(self, eta: Floats) -> tuple[Floats, Floats]:
        """Return the share below each edge of the lattice, shape (m, n_edges), and its derivatives, (n_predictors, m, n_edges)."""
        raise NotImplementedError


class Latent(Family):
    """A continuous score y with w(y) following a symmetric law G; a person gets the nearest score of the lattice.

    P(score k) = G(w(edge above k)) - G(w(edge below k));  below the first edge and above the last one everything is
    counted to the end of the scale, so floors and ceilings are part of the model.
    """

    __slots__ = ()

    def w(self, eta: Floats, y: Floats) -> tuple[Floats, Floats]:
        """Return w, shape of y, and its derivatives by predictor; eta has shape (n_predictors, *y.shape)."""
        raise NotImplementedError

    def law(self, w: Floats, eta: Floats) -> tuple[Floats, Floats, Floats]:
        """Return G(-|w|), its density, and the derivative of G(-|w|) by the last predictor at fixed w."""
        raise NotImplementedError

    def log_mass(self, eta: Floats, at: Integers) -> tuple[Floats, Floats]:
        """Return log P(score) and its derivatives by predictor."""
        edges = self.lattice.edges
        tails, slopes, signs = [], [], []
        for side in (at, at - 1):  # the edge above, the edge below
            w, dw = self.w(eta, edges[np.clip(side, 0, len(edges) - 1)])
            tail, density, shape = self.law(w, eta)
            open_end = (side < 0) | (side >= len(edges))
            tail, density, shape = (np.where(open_end, 0.0, one) for one in (tail, density, shape))
            sign = np.where(open_end, np.where(side < 0, -1.0, 1.0), np.where(w < 0, -1.0, 1.0))
            slope = density * dw
            slope[-1] += -sign * shape
            tails.append(tail)
            slopes.append(slope)
            signs.append(sign)
        # G = tail for w < 0 and 1 - tail above: on one side of the middle the ones cancel and no digit is lost.
        upper, lower = signs
        across = (upper > 0) & (lower < 0)
        mass = np.where(
            across, 1 - tails[0] - tails[1], np.where(upper > 0, tails[1] - tails[0], tails[0] - tails[1])
        )
        known = mass > LEAST_MASS
        mass = np.where(known, mass, LEAST_MASS)
        return np.log(mass), np.where(known, (slopes[0] - slopes[1]) / mass, 0.0)

    def shares(self, eta: Floats) -> tuple[Floats, Floats]:
        """Return the share below each edge and its derivatives by predictor."""
        edges = self.lattice.edges
        m = eta.shape[1]
        wide = np.repeat(eta[:, :, None], len(edges), axis=2)
        w, dw = self.w(wide, np.broadcast_to(edges, (m, len(edges))))
        tail, density, shape = self.law(w, wide)
        slopes = density * dw
        slopes[-1] += np.where(w < 0, shape, -shape)
        return np.where(w < 0, tail, 1 - tail), slopes
