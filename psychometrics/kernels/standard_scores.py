"""Standard scores: one z, told in the metrics people use."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

Floats = npt.NDArray[np.float64]

STANINE_LIMITS = tuple(np.arange(-1.75, 2.0, 0.5).tolist())
STEN_LIMITS = tuple(np.arange(-2.0, 2.25, 0.5).tolist())
NCE_SD = 49 / float(ndtri(0.99))


@dataclass(frozen=True, slots=True, kw_only=True)
class StandardScale:
    """A metric of standard scores.

    Attributes
    ----------
    name : str
    mean, sd : float
        Score = mean + sd z.
    limits : tuple of float
        Limits of the steps on z, lower one included; empty for a metric without steps.
    first : int
        Number of the lowest step.
    """

    name: str
    mean: float
    sd: float
    limits: tuple[float, ...] = ()
    first: int = 1

    def of(self, z: Floats) -> Floats:
        """Return the scores of z; whole numbers for a metric of steps, unrounded else."""
        if not self.limits:
            return self.mean + self.sd * z
        steps = self.first + np.searchsorted(np.array(self.limits), z, side="right").astype(np.float64)
        return np.where(np.isnan(z), np.nan, steps)

    def at_end(self, z: Floats) -> npt.NDArray[np.int8]:
        """Return -1 in the lowest step, 1 in the highest, which have no outer limit; 0 else."""
        if not self.limits:
            return np.zeros(z.shape, np.int8)
        return (z >= self.limits[-1]).astype(np.int8) - (z < self.limits[0]).astype(np.int8)


STANDARD_SCALES = {
    one.name: one
    for one in (
        StandardScale(name="z", mean=0, sd=1),
        StandardScale(name="t", mean=50, sd=10),
        StandardScale(name="iq", mean=100, sd=15),
        StandardScale(name="wechsler", mean=10, sd=3),
        StandardScale(name="nce", mean=50, sd=NCE_SD),
        StandardScale(name="stanine", mean=5, sd=2, limits=STANINE_LIMITS),
        StandardScale(name="sten", mean=5.5, sd=2, limits=STEN_LIMITS),
    )
}


def t_score(z: Floats) -> Floats:
    """Return T = 50 + 10 z."""
    return 50 + 10 * z


def iq_score(z: Floats) -> Floats:
    """Return the IQ metric, 100 + 15 z."""
    return 100 + 15 * z


def stanine(z: Floats) -> Floats:
    """Return the standard nine: steps of half an SD with 5 in the middle, cut at z = -1.75, -1.25, ..., 1.75."""
    return STANDARD_SCALES["stanine"].of(z)


def sten(z: Floats) -> Floats:
    """Return the standard ten: steps of half an SD around 5.5, cut at z = -2, -1.5, ..., 2."""
    return STANDARD_SCALES["sten"].of(z)
