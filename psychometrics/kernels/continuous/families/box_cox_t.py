"""The Box-Cox t distribution: skewness by a power, tails by degrees of freedom."""

from __future__ import annotations

from math import log
from typing import ClassVar

import numpy as np
import numpy.typing as npt
from scipy.special import gammaln, stdtr

from psychometrics.kernels.continuous.families.family import Latent
from psychometrics.kernels.continuous.families.normal import normal_law

Floats = npt.NDArray[np.float64]
NUDGE = 1e-6
FAR = 50.0
NORMAL_TAILS = 12.0


class BoxCoxT(Latent):
    """w = ((y' / mu)^nu - 1) / (nu sigma) follows t with tau degrees of freedom (Rigby & Stasinopoulos 2006).

    doi:10.1191/1471082X06st122oa. y' = y - least + step, which is above 0 on the whole lattice. What the law puts below
    y' = 0 or beyond infinity is counted to that end of the scale. Predictors log mu, log sigma, nu (1 where absent: no skewness), log tau
    (where absent: normal tails, the Box-Cox normal or LMS law).
    """

    __slots__ = ()
    predictors: ClassVar[tuple[str, ...]] = ("log_mu", "log_sigma", "nu", "log_tau")
    most_powers: ClassVar[tuple[int, ...]] = (5, 3, 2, 1)
    least_powers: ClassVar[tuple[int, ...]] = (0, 0, -1, -1)
    usual_powers: ClassVar[tuple[int, ...]] = (3, 2, -1, -1)
    neutral: ClassVar[tuple[float, ...]] = (0.0, 0.0, 1.0, NORMAL_TAILS)

    def start(self, mean: float, sd: float) -> list[float]:
        """Start at a symmetric law with fairly light tails."""
        above = mean - self.lattice.least + self.lattice.step
        return [log(above), log(sd / above), 1.0, log(20.0)]

    def w(self, eta: Floats, y: Floats) -> tuple[Floats, Floats]:
        """Return the transformed score and its derivatives."""
        log_x = np.log(y - self.lattice.least + self.lattice.step) - eta[0]
        scale, nu = np.exp(-eta[1]), eta[2]
        power = np.clip(nu * log_x, -FAR, FAR)
        grown = np.exp(power)
        flat = np.abs(power) < 1e-5
        safe = np.where(flat, 1.0, power)
        w = log_x * np.where(flat, 1 + power / 2, np.expm1(safe) / safe) * scale
        by_nu = log_x**2 * scale * np.where(flat, 0.5 + power / 3, (np.exp(safe) * (safe - 1) + 1) / safe**2)
        return w, np.stack([-grown * scale, -w, by_nu, np.zeros_like(w)])

    def law(self, w: Floats, eta: Floats) -> tuple[Floats, Floats, Floats]:
        """Return the law of t, or the normal one where tails are absent; the derivative by log tau by a difference."""
        if (eta[3] >= NORMAL_TAILS).all():
            return normal_law(w)
        tau = np.exp(np.clip(eta[3], -3.0, NORMAL_TAILS))
        low = -np.abs(w)
        constant = gammaln((tau + 1) / 2) - gammaln(tau / 2) - 0.5 * np.log(np.pi * tau)
        density = np.exp(constant - (tau + 1) / 2 * np.log1p(w**2 / tau))
        tail = stdtr(tau, low)
        return tail, density, (stdtr(tau * np.exp(NUDGE), low) - tail) / NUDGE
