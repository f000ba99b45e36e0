"""Checks of a fitted model: does it rise everywhere, and how does it do on persons it has not seen."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

from psychometrics.kernels.continuous.model import Model, log_likelihood
from psychometrics.kernels.continuous.ranking import rank, usual_width
from psychometrics.kernels.continuous.sample import Sample
from psychometrics.kernels.continuous.standing import standing

Floats = npt.NDArray[np.float64]


def rises_everywhere(model: Model, *, n_ages: int = 201, z_limit: float = 3.0) -> bool:
    """Whether the share below an edge rises from each edge to the next at every age of a fine grid, within the limit of z."""
    ages = np.linspace(*model.age_range, n_ages)
    shares = model.below(ages)
    z = ndtri(shares)
    rise = np.diff(shares, axis=1)
    told = (np.abs(z[:, 1:]) < z_limit) & (np.abs(z[:, :-1]) < z_limit)
    return bool((rise >= 0).all() and (rise[told] > 0).all())


def folds_of(n: int, folds: int, seed: int) -> npt.NDArray[np.int64]:
    """Return the fold of each person: as equal as can be, in random order."""
    return np.asarray(np.random.default_rng(seed).permutation(np.arange(n) % folds), np.int64)


def held_out(model: Model, sample: Sample, *, z_limit: float = 3.0) -> tuple[float, float]:
    """Return how a model does on persons that were not used to fit it.

    Returns
    -------
    log_score : float
        Mean log P(score | age); higher is better, and only a better distribution raises it.
    error_t : float
        Root mean square difference in T between the model and the rank among the held-out persons of about the same age. It holds
        the noise of those ranks too, the same for every model.
    """
    ranked = rank(sample, len(model.lattice.scores), width=usual_width(sample))
    found = standing(model, ranked.age.clip(*model.age_range), z_limit=z_limit)
    difference = 10 * (found.z - np.clip(ranked.z, -z_limit, z_limit))
    total = float(ranked.weights.sum())
    return log_likelihood(model, sample) / total, float(
        np.sqrt(np.sum(ranked.weights * difference**2) / total)
    )
