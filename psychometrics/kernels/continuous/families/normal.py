"""Normal scores: mean and SD follow age."""

from __future__ import annotations

from math import log
from typing import ClassVar

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr

from psychometrics.kernels.continuous.families.family import Latent

Floats = npt.NDArray[np.float64]
ROOT_TWO_PI = float(np.sqrt(2 * np.pi))


def normal_law(w: Floats) -> tuple[Floats, Floats, Floats]:
    """Return Phi(-|w|), phi(w) and 0."""
    return ndtr(-np.abs(w)), np.exp(-0.5 * w**2) / ROOT_TWO_PI, np.zeros_like(w)


class Normal(Latent):
    """w = (y - mu) / sigma is standard normal; predictors mu and log sigma."""

    __slots__ = ()
    predictors: ClassVar[tuple[str, ...]] = ("mu", "log_sigma")
    most_powers: ClassVar[tuple[int, ...]] = (5, 3)

    def start(self, mean: float, sd: float) -> list[float]:
        """Mean and log SD."""
        return [mean, log(sd)]

    def w(self, eta: Floats, y: Floats) -> tuple[Floats, Floats]:
        """Return the standardised score and its derivatives."""
        scale = np.exp(-eta[1])
        w = (y - eta[0]) * scale
        return w, np.stack([-scale, -w])

    def law(self, w: Floats, eta: Floats) -> tuple[Floats, Floats, Floats]:  # noqa: ARG002
        """Return the standard normal law."""
        return normal_law(w)
