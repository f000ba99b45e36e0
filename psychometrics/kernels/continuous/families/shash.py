"""The sinh-arcsinh distribution: skewness and tails beside location and scale."""

from __future__ import annotations

from math import log
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from psychometrics.kernels.continuous.families.family import Latent
from psychometrics.kernels.continuous.families.normal import normal_law

Floats = npt.NDArray[np.float64]
FAR = 30.0


class Shash(Latent):
    """w = sinh(delta asinh((y - mu) / sigma) - epsilon) is standard normal (Jones & Pewsey 2009, doi:10.1093/biomet/asp053).

    Predictors mu, log sigma, epsilon (skewness, 0 symmetric) and log delta (tails: 0 normal, above 0 lighter, below 0 heavier).
    """

    __slots__ = ()
    predictors: ClassVar[tuple[str, ...]] = ("mu", "log_sigma", "epsilon", "log_delta")
    most_powers: ClassVar[tuple[int, ...]] = (5, 3, 2, 2)
    least_powers: ClassVar[tuple[int, ...]] = (0, 0, -1, -1)
    usual_powers: ClassVar[tuple[int, ...]] = (3, 2, -1, -1)
    neutral: ClassVar[tuple[float, ...]] = (0.0, 0.0, 0.0, 0.0)

    def start(self, mean: float, sd: float) -> list[float]:
        """Start normal."""
        return [mean, log(sd), 0.0, 0.0]

    def w(self, eta: Floats, y: Floats) -> tuple[Floats, Floats]:
        """Return the transformed score and its derivatives."""
        scale, delta = np.exp(-eta[1]), np.exp(eta[3])
        x = (y - eta[0]) * scale
        bent = np.arcsinh(x)
        inner = np.clip(delta * bent - eta[2], -FAR, FAR)
        w, slope = np.sinh(inner), np.cosh(inner)
        by_x = slope * delta / np.sqrt(1 + x**2)
        return w, np.stack([-by_x * scale, -by_x * x, -slope, slope * delta * bent])

    def law(self, w: Floats, eta: Floats) -> tuple[Floats, Floats, Floats]:  # noqa: ARG002
        """Return the standard normal law."""
        return normal_law(w)
