"""Percentile ranks with their intervals, for every score at given ages."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr, ndtri

from psychometrics.kernels.continuous.model import Model

Floats = npt.NDArray[np.float64]
ROOT_TWO_PI = float(np.sqrt(2 * np.pi))
CHUNK = 2_000_000


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Standing:
    """Arrays of shape (n_ages, n_scores).

    Attributes
    ----------
    share, lower, upper : ndarray
        Percentile rank in 0..1 with its interval from the sampling of persons.
    z : ndarray
        Normal deviate of the mid rank, no further out than the limit.
    ends : ndarray, shape (n_ages, 2)
        Share with the lowest and with the highest score.
    """

    share: Floats
    lower: Floats
    upper: Floats
    z: Floats
    ends: Floats


def standing(
    model: Model, ages: Floats, *, method: str = "mid", confidence: float = 0.95, z_limit: float = 3.0
) -> Standing:
    """Tabulate where every score of the lattice stands at each age.

    mid = (F(edge below) + F(edge above)) / 2, F the modelled share below an edge; se(z) = sqrt(g' V g) / phi(z), g the
    derivative of the share by the parameters, V their covariance; interval Phi(z -/+ q se(z))

    Parameters
    ----------
    model : Model
    ages : ndarray, shape (m,)
    method : {"mid", "below", "at_or_below"}
    confidence : float
    z_limit : float
        Ranks, ends and z are kept within -z_limit..z_limit; what the model says beyond is not told.

    Returns
    -------
    Standing
        Everything rises with the score: where an end would fall, the wider one stands.
    """
    size = len(model.lattice.edges) * max(len(model.covariance), 1)
    parts = np.array_split(ages, 1 + len(ages) * size // CHUNK)
    tables = [_standing(model, part, method, confidence, z_limit) for part in parts]
    return Standing(
        **{
            name: np.concatenate([getattr(one, name) for one in tables])
            for name in ("share", "lower", "upper", "z", "ends")
        }
    )


def _standing(model: Model, ages: Floats, method: str, confidence: float, z_limit: float) -> Standing:
    edges, slopes = model.shares(ages)
    below = np.pad(edges, ((0, 0), (1, 0)))
    above = np.pad(edges, ((0, 0), (0, 1)), constant_values=1.0)
    by_below, by_above = (np.pad(slopes, ((0, 0), side, (0, 0))) for side in ((1, 0), (0, 1)))
    which = method if model.lattice.discrete else "mid"
    share, by = {
        "mid": ((below + above) / 2, (by_below + by_above) / 2),
        "below": (below, by_below),
        "at_or_below": (above, by_above),
    }[which]
    error = np.sqrt(np.maximum(np.einsum("msp,pq,msq->ms", by, model.covariance, by, optimize=True), 0))
    z = np.clip(ndtri(share), -z_limit, z_limit)
    margin = float(ndtri(0.5 + confidence / 2)) * error / (np.exp(-0.5 * z**2) / ROOT_TWO_PI)
    lower = np.minimum.accumulate(np.maximum(z - margin, -z_limit)[:, ::-1], axis=1)[:, ::-1]
    upper = np.maximum.accumulate(np.minimum(z + margin, z_limit), axis=1)
    ranks = [ndtr(one) for one in (z, lower, upper)]
    for one in ranks:  # nobody can score below the lowest score or above the highest
        if which == "below":
            one[:, 0] = 0.0
        if which == "at_or_below":
            one[:, -1] = 1.0
    middle = np.clip(ndtri((below + above) / 2), -z_limit, z_limit)
    ends = np.stack([above[:, 0], 1 - below[:, -1]], axis=1)
    return Standing(share=ranks[0], lower=ranks[1], upper=ranks[2], z=middle, ends=ends)


def mean_and_sd(model: Model, ages: Floats) -> tuple[Floats, Floats]:
    """Return mean and SD of the score at each age, as the model has them."""
    edges, _ = model.shares(ages)
    steps = np.diff(np.pad(edges, ((0, 0), (1, 1)), constant_values=((0, 0), (0.0, 1.0))), axis=1)
    scores = model.lattice.scores
    mean = steps @ scores
    return mean, np.sqrt(np.maximum(steps @ scores**2 - mean**2, 0))
