"""Fitted continuous norms: the share below every edge between scores, at any age."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr

from psychometrics.kernels.continuous.age_polynomials import age_design
from psychometrics.kernels.continuous.bernstein import bernstein
from psychometrics.kernels.continuous.families import FAMILIES
from psychometrics.kernels.continuous.lattice import Lattice, linked
from psychometrics.kernels.continuous.likelihood import Powers, predictors
from psychometrics.kernels.continuous.sample import Sample, coarser
from psychometrics.kernels.continuous.taylor import Surface

Floats = npt.NDArray[np.float64]
ROOT_TWO_PI = float(np.sqrt(2 * np.pi))
LEAST_MASS = 1e-10


class Model(Protocol):
    """What every fitted model says."""

    @property
    def lattice(self) -> Lattice:
        """The scores there can be."""

    @property
    def age_range(self) -> tuple[float, float]:
        """The ages it covers."""

    @property
    def covariance(self) -> Floats:
        """Covariance of its parameters from the sampling of persons, shape (p, p)."""

    def below(self, ages: Floats) -> Floats:
        """Return the share below each edge, shape (m, n_edges)."""

    def shares(self, ages: Floats) -> tuple[Floats, Floats]:
        """Return the share below each edge, shape (m, n_edges), and its derivatives by parameter, shape (m, n_edges, p)."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FamilyModel:
    """A distribution whose predictors are polynomials in age.

    Attributes
    ----------
    family : str
        Name in ``FAMILIES``.
    powers : tuple of int
        Highest power of age per predictor; -1 where it is absent.
    coefficients : ndarray, shape (p,)
        Legendre coefficients on the age range, predictor after predictor.
    """

    family: str
    lattice: Lattice
    age_range: tuple[float, float]
    powers: Powers
    coefficients: Floats
    covariance: Floats

    def below(self, ages: Floats) -> Floats:
        """Return the share below each edge."""
        return self.shares(ages)[0]

    def shares(self, ages: Floats) -> tuple[Floats, Floats]:
        """Return the share below each edge and its derivatives."""
        family = FAMILIES[self.family](lattice=self.lattice)
        value, by_eta = family.shares(
            predictors(family, self.coefficients, self.powers, ages, self.age_range)
        )
        design = age_design(ages, self.age_range, max(self.powers))
        slopes = [
            one[:, :, None] * design[:, None, : power + 1]
            for one, power in zip(by_eta, self.powers, strict=True)
        ]
        return value, np.concatenate(slopes, axis=2)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TaylorModel:
    """A surface g(raw) = sum_ij b_ij z^i age^j that rises with z everywhere.

    Attributes
    ----------
    link : {"identity", "logit"}
        g: the raw score itself, or the logit of its place between the ends of the scale.
    surface : Surface
    covariance : ndarray
        Of the Bernstein coefficients, row after row.
    """

    link: str
    lattice: Lattice
    surface: Surface
    covariance: Floats

    @property
    def age_range(self) -> tuple[float, float]:
        """The ages it covers."""
        return self.surface.age_range

    def z(self, scores: Floats, ages: Floats) -> Floats:
        """Return the z of scores at each age, shape (len(ages), len(scores))."""
        return self.surface.z(linked(scores, self.lattice, self.link), ages)

    def below(self, ages: Floats) -> Floats:
        """Return Phi(z) at each edge."""
        return np.asarray(ndtr(self.z(self.lattice.edges, ages)), np.float64)

    def shares(self, ages: Floats) -> tuple[Floats, Floats]:
        """Return Phi(z) at each edge and its derivatives: dz/dc = -basis / slope along z."""
        z = self.z(self.lattice.edges, ages)
        m, n = z.shape
        low, high = self.surface.z_range
        k, t = (size - 1 for size in self.surface.coefficients.shape)
        _, slope = self.surface.raw(z.reshape(-1), np.repeat(ages, n))
        along = bernstein((np.clip(z, low, high).reshape(-1) - low) / (high - low), k)
        across = bernstein((ages - self.age_range[0]) / (self.age_range[1] - self.age_range[0]), t)
        density = np.exp(-0.5 * z.reshape(-1) ** 2) / ROOT_TWO_PI
        by = (-density / slope)[:, None] * along
        slopes = by.reshape(m, n, k + 1, 1) * across[:, None, None, :]
        return ndtr(z), slopes.reshape(m, n, -1)


def masses(shares: Floats) -> Floats:
    """Return the share at each score from the shares below each edge, shape (m, n_scores)."""
    ends = np.zeros((len(shares), 1)), np.ones((len(shares), 1))
    return np.diff(np.hstack([ends[0], shares, ends[1]]), axis=1)


def log_likelihood(model: Model, sample: Sample) -> float:
    """Return sum_i w_i log P(score_i | age_i); of more than 256 ages those nearest on a grid stand for all."""
    near = coarser(sample, 257)
    ages, place = np.unique(near.age, return_inverse=True)
    mass = np.concatenate(
        [masses(model.below(chunk)) for chunk in np.array_split(ages, 1 + len(ages) // 128)]
    )
    return float(near.weights @ np.log(np.maximum(mass[place, near.at], LEAST_MASS)))
