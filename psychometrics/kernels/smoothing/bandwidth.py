"""How wide the normal curves of a Gaussian kernel should be."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize_scalar

from psychometrics.kernels.smoothing.continuised import GaussianKernel

Floats = npt.NDArray[np.float64]

TRIED = np.geomspace(0.1, 4.0, 60)
ASIDE = 0.25


def penalty(scores: Floats, probabilities: Floats, bandwidth: float, bumps: float = 1.0) -> float:
    """Return PEN = sum_j (r_j / w - f_h(x_j))^2 + K sum_j A_j (1 - B_j) of a bandwidth h; w the step of the scale.

    The first sum asks the density to follow the shares; the second counts the scores at which the density has a
    dent: A_j = 1 if it falls a quarter step left of x_j, B_j = 0 if it rises a quarter step right of it.

    Parameters
    ----------
    scores, probabilities : ndarray, shape (n_scores,)
        Evenly spaced scores.
    bandwidth : float
    bumps : float
        K; 1 as in the source, 0 leaves the second sum out, as R's kequate does unless told otherwise.

    References
    ----------
    von Davier, Holland and Thayer (2004), equations 4.27 to 4.31, doi:10.1007/b97446.
    """
    step = float(np.min(np.diff(scores)))
    kernel = GaussianKernel(scores=scores, probabilities=probabilities[None, :], bandwidth=bandwidth)
    distance = float(np.square(probabilities / step - kernel.density(scores[None, :])[0]).sum()) * step**2
    left = kernel.slope(scores[None, :] - ASIDE * step)[0]
    right = kernel.slope(scores[None, :] + ASIDE * step)[0]
    return distance + bumps * int(np.count_nonzero((left < 0) & (right > 0)))


def best_bandwidth(scores: Floats, probabilities: Floats, bumps: float = 1.0) -> float:
    """Return the bandwidth with the least :func:`penalty`: the best of 60 between a tenth of a step and 4, refined.

    nan when all people have one score, or there is one score only.
    """
    if len(scores) < 2 or np.count_nonzero(probabilities > 0) < 2:
        return float("nan")
    step = float(np.min(np.diff(scores)))
    found = [penalty(scores, probabilities, step * tried, bumps) for tried in TRIED]
    place = int(np.argmin(found))
    low, high = TRIED[max(place - 1, 0)], TRIED[min(place + 1, len(TRIED) - 1)]
    finer = minimize_scalar(
        lambda h: penalty(scores, probabilities, step * h, bumps),
        bounds=(low, high),
        method="bounded",
        options={"xatol": 1e-9},
    )
    return step * (float(finer.x) if finer.fun <= found[place] else float(TRIED[place]))
