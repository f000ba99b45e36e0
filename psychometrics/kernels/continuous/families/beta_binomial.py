"""The beta-binomial distribution: a number of right answers out of n items."""

from __future__ import annotations

from math import log
from typing import ClassVar

import numpy as np
import numpy.typing as npt
from scipy.special import betaln, expit, gammaln, psi

from psychometrics.kernels.continuous.families.family import Family

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


class Shapes(Family):
    """P(k) = C(n, k) B(k + a, n - k + b) / B(a, b);  predictors log a and log b.

    n is the number of steps from the lowest to the highest score.
    """

    __slots__ = ()
    predictors: ClassVar[tuple[str, ...]] = ("log_a", "log_b")
    most_powers: ClassVar[tuple[int, ...]] = (5, 5)

    def start(self, mean: float, sd: float) -> list[float]:
        """Start from the moments."""
        share, spread = self._moments(mean, sd)
        return [log(share) + spread, log(1 - share) + spread]

    def log_shapes(self, eta: Floats) -> tuple[Floats, Floats]:
        """Return log a and log b, shape (2, n), and their derivatives by predictor, shape (n_predictors, 2, n)."""
        one, none = np.ones_like(eta[0]), np.zeros_like(eta[0])
        return eta, np.stack([np.stack([one, none]), np.stack([none, one])])

    def log_mass(self, eta: Floats, at: Integers) -> tuple[Floats, Floats]:
        """Return log P(score) and its derivatives by predictor."""
        shapes, by_eta = self.log_shapes(eta)
        a, b = np.exp(np.clip(shapes, -20, 20))
        n = len(self.lattice.edges)
        k = at.astype(np.float64)
        value = gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1) + betaln(k + a, n - k + b) - betaln(a, b)
        both = psi(a + b) - psi(n + a + b)
        slopes = np.stack([a * (psi(k + a) - psi(a) + both), b * (psi(n - k + b) - psi(b) + both)])
        return value, np.einsum("pin,in->pn", by_eta, slopes)

    def shares(self, eta: Floats) -> tuple[Floats, Floats]:
        """Return the share below each edge and its derivatives by predictor."""
        n_edges = len(self.lattice.edges)
        m = eta.shape[1]
        wide = np.repeat(eta, n_edges + 1, axis=1)
        value, slopes = self.log_mass(wide, np.tile(np.arange(n_edges + 1), m))
        mass = np.exp(value).reshape(m, -1)
        by_eta = mass * slopes.reshape(len(eta), m, -1)
        return np.minimum(np.cumsum(mass, axis=1)[:, :-1], 1.0), np.cumsum(by_eta, axis=2)[:, :, :-1]

    def _moments(self, mean: float, sd: float) -> tuple[float, float]:
        """Return the mean share of right answers and log(a + b)."""
        n = len(self.lattice.edges)
        share = min(max((mean - self.lattice.least) / (self.lattice.most - self.lattice.least), 0.01), 0.99)
        excess = (sd / self.lattice.step) ** 2 / (n * share * (1 - share))
        within = (n - excess) / (excess - 1) if 1 < excess < n else 1e3
        return share, log(min(max(within, 1e-2), 1e3))


class BetaBinomial(Shapes):
    """The same with predictors logit mu, mu = a / (a + b), and log phi, phi = a + b (large: nearly binomial)."""

    __slots__ = ()
    predictors: ClassVar[tuple[str, ...]] = ("logit_mu", "log_phi")
    most_powers: ClassVar[tuple[int, ...]] = (5, 3)

    def start(self, mean: float, sd: float) -> list[float]:
        """Start from the moments."""
        share, spread = self._moments(mean, sd)
        return [log(share / (1 - share)), spread]

    def log_shapes(self, eta: Floats) -> tuple[Floats, Floats]:
        """Return log a and log b with their derivatives."""
        mu = expit(eta[0])
        shapes = np.stack([-np.logaddexp(0, -eta[0]), -np.logaddexp(0, eta[0])]) + eta[1]
        return shapes, np.stack([np.stack([1 - mu, -mu]), np.ones_like(shapes)])
