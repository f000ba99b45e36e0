"""Maximum likelihood for families whose predictors are polynomials in age."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.linalg import LinAlgError, cho_factor, cho_solve

from psychometrics.kernels.continuous.age_polynomials import age_design
from psychometrics.kernels.continuous.families.family import Family
from psychometrics.kernels.continuous.sample import Sample

Floats = npt.NDArray[np.float64]
Powers = tuple[int, ...]
STEPS = 60
NUDGE = 1e-5
FLAT = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LikelihoodFit:
    """A family fitted to a sample.

    Attributes
    ----------
    powers : tuple of int
        Highest power of age per predictor; -1 where the predictor is absent.
    coefficients : ndarray, shape (p,)
        Legendre coefficients, predictor after predictor.
    log_likelihood : float
    converged : bool
        Whether the gradient vanished where the likelihood curves down in every direction.
    information : ndarray, shape (p, p)
        Minus the second derivatives of the log-likelihood.
    """

    powers: Powers
    coefficients: Floats
    log_likelihood: float
    converged: bool
    information: Floats

    @property
    def n_parameters(self) -> int:
        """Coefficients."""
        return len(self.coefficients)


def split(coefficients: Floats, powers: Powers) -> list[Floats]:
    """Return the coefficients of each predictor."""
    return np.split(coefficients, np.cumsum([power + 1 for power in powers])[:-1])


def predictors(
    family: Family, coefficients: Floats, powers: Powers, age: Floats, age_range: tuple[float, float]
) -> Floats:
    """Return every predictor at each age, shape (n_predictors, len(age)); one of power -1 is absent and keeps its neutral value."""
    return _eta(family, age_design(age, age_range, max(powers)), coefficients, powers)


def _eta(family: Family, design: Floats, coefficients: Floats, powers: Powers) -> Floats:
    parts = split(coefficients, powers)
    return np.stack(
        [
            design[:, : len(one)] @ one if len(one) else np.full(len(design), neutral)
            for one, neutral in zip(parts, family.neutral, strict=True)
        ]
    )


def start(family: Family, sample: Sample, powers: Powers) -> Floats:
    """Return coefficients to start from: constants by the moments of the whole sample."""
    return np.concatenate(
        [
            [value, *[0.0] * power][: power + 1]
            for value, power in zip(_values(family, sample), powers, strict=True)
        ]
    )


def _values(family: Family, sample: Sample) -> list[float]:
    scores = family.lattice.scores[sample.at]
    mean = float(scores @ sample.weights / sample.weights.sum())
    sd = float(np.sqrt((scores - mean) ** 2 @ sample.weights / sample.weights.sum()))
    return family.start(mean, sd)


def near(family: Family, sample: Sample, fit: LikelihoodFit, powers: Powers) -> Floats:
    """Write the coefficients of a fit in other powers, to start from; a predictor that was absent starts from the moments."""
    parts = []
    for part, power, value in zip(
        split(fit.coefficients, fit.powers), powers, _values(family, sample), strict=True
    ):
        known = part if len(part) else np.array([value])
        parts.append(np.pad(known[: power + 1], (0, max(0, power + 1 - len(known)))))
    return np.concatenate(parts)


def maximise(
    family: Family, sample: Sample, powers: Powers, begin: Floats | None = None, *, tolerance: float = 1e-7
) -> LikelihoodFit:
    """Climb to the maximum of the likelihood by damped Newton steps with analytic slopes.

    Second derivatives are differences of the analytic slopes by predictor, person by person. A step that does not climb is shortened
    towards the steepest ascent (Levenberg).

    Parameters
    ----------
    family : Family
    sample : Sample
    powers : tuple of int
        Highest power of age per predictor.
    begin : ndarray, optional
        Where to start; moments of the sample when left out.
    tolerance : float
        Done when a Newton step would raise the log-likelihood by less.

    Returns
    -------
    LikelihoodFit
    """
    climb = _Climb(family, sample, powers)
    at = start(family, sample, powers) if begin is None else begin
    damping, converged = 1e-3, False
    value, slope, curvature = climb.all(at)
    for _ in range(STEPS):
        step, gain = _step(slope, curvature, damping)
        if gain < tolerance and damping <= 1e-3:
            converged = True
            break
        new = climb.value(at + step)
        if new >= value - 1e-10 * abs(value):
            at = at + step
            damping = max(damping / 10, 1e-9)
            value, slope, curvature = climb.all(at)
        elif damping > 1e8:
            break
        else:
            damping = max(damping * 10, 1e-3)
    return LikelihoodFit(
        powers=powers,
        coefficients=at,
        log_likelihood=value,
        converged=converged and determined(curvature),
        information=curvature,
    )


def determined(information: Floats) -> bool:
    """Whether the likelihood curves down in every direction, by more than rounding."""
    scale = np.sqrt(np.maximum(np.diag(information), 0))
    if not np.isfinite(information).all() or (scale <= 0).any():
        return False
    return bool(np.linalg.eigvalsh(information / np.outer(scale, scale))[0] > FLAT)


def _step(slope: Floats, curvature: Floats, damping: float) -> tuple[Floats, float]:
    """Return the damped Newton step, and what it would gain."""
    scale = np.sqrt(np.maximum(np.abs(np.diag(curvature)), 1e-12))
    scaled = curvature / np.outer(scale, scale)
    ridge = damping
    while True:
        try:
            step = cho_solve(cho_factor(scaled + ridge * np.eye(len(slope))), slope / scale)
            break
        except LinAlgError:
            ridge = max(10 * ridge, 1e-3)
    step = step / scale
    return step, float(step @ slope) / 2


class _Climb:
    """The log-likelihood of one family and one set of powers, with its derivatives."""

    def __init__(self, family: Family, sample: Sample, powers: Powers) -> None:
        self.family, self.sample, self.powers = family, sample, powers
        self.design = age_design(sample.age, sample.age_range, max(powers))

    def eta(self, coefficients: Floats) -> Floats:
        """Return every predictor for every pair."""
        return _eta(self.family, self.design, coefficients, self.powers)

    def value(self, coefficients: Floats) -> float:
        """Return the log-likelihood; nan where a predictor runs off."""
        with np.errstate(all="ignore"):
            mass, _ = self.family.log_mass(self.eta(coefficients), self.sample.at)
            return float(mass @ self.sample.weights)

    def scores(self, coefficients: Floats) -> tuple[float, Floats, Floats]:
        """Return value, eta and slopes by predictor and person."""
        eta = self.eta(coefficients)
        mass, slopes = self.family.log_mass(eta, self.sample.at)
        return float(mass @ self.sample.weights), eta, slopes

    def all(self, coefficients: Floats) -> tuple[float, Floats, Floats]:
        """Return value, slope and minus the second derivatives."""
        value, eta, slopes = self.scores(coefficients)
        w = self.sample.weights
        slope = np.concatenate(
            [
                self.design[:, : power + 1].T @ (w * one)
                for power, one in zip(self.powers, slopes, strict=True)
            ]
        )
        return value, slope, self._curvature(eta, slopes)

    def _curvature(self, eta: Floats, slopes: Floats) -> Floats:
        blocks: list[list[Floats]] = []
        for k in (k for k in range(len(eta)) if self.powers[k] >= 0):
            nudged = eta.copy()
            nudged[k] += NUDGE
            second = (self.family.log_mass(nudged, self.sample.at)[1] - slopes) / NUDGE
            left = self.design[:, : self.powers[k] + 1]
            blocks.append(
                [
                    -left.T @ (self.design[:, : power + 1] * (self.sample.weights * one)[:, None])
                    for power, one in zip(self.powers, second, strict=True)
                    if power >= 0
                ]
            )
        full = np.block(blocks)
        return np.asarray((full + full.T) / 2, np.float64)


def sandwich(family: Family, sample: Sample, fit: LikelihoodFit) -> Floats:
    """Return the covariance of the coefficients that holds even where the family is not the true one.

    V = H^-1 (sum_i w_i^2 s_i s_i') H^-1, H the information, s_i the slope of person i's log-likelihood (Huber 1967; White
    1982, doi:10.2307/1912526). With weights it is the linearised variance of survey statistics.
    """
    climb = _Climb(family, sample, fit.powers)
    _, _, slopes = climb.scores(fit.coefficients)
    rows = np.concatenate(
        [climb.design[:, : power + 1] * one[:, None] for power, one in zip(fit.powers, slopes, strict=True)],
        axis=1,
    )
    middle = (rows * sample.squares[:, None]).T @ rows
    inverse = np.linalg.inv(fit.information)
    return mirrored(inverse @ middle @ inverse)


def mirrored(matrix: Floats) -> Floats:
    """Return the upper triangle with its mirror image, so that the matrix is symmetric to the last bit."""
    return np.triu(matrix) + np.triu(matrix, 1).T
