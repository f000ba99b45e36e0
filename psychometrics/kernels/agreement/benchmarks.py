"""How sure it is that agreement reaches a level of a published scale."""

from __future__ import annotations

from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr

Floats = npt.NDArray[np.float64]
Scale = Literal["landis_koch", "altman", "fleiss"]

SCALES: dict[Scale, tuple[tuple[float, str], ...]] = {
    "landis_koch": (
        (0.8, "almost perfect"),
        (0.6, "substantial"),
        (0.4, "moderate"),
        (0.2, "fair"),
        (0.0, "slight"),
        (-1.0, "poor"),
    ),
    "altman": ((0.8, "very good"), (0.6, "good"), (0.4, "moderate"), (0.2, "fair"), (-1.0, "poor")),
    "fleiss": ((0.75, "excellent"), (0.4, "intermediate to good"), (-1.0, "poor")),
}
"""Lower ends of the levels, highest first."""


def level_probabilities(estimate: float, standard_error: float, lower_ends: Floats) -> Floats:
    """Return the probability of each level: Phi((e - a)/se) - Phi((e - b)/se), over that of -1 to 1.

    Parameters
    ----------
    estimate, standard_error : float
    lower_ends : ndarray of float64
        Falling; the last is -1.

    References
    ----------
    Gwet (2014), Handbook of inter-rater reliability, 4th ed., chapter 6.4. Checked against irrCAC 1.0
    (``landis.koch.bf``).
    """
    ends = np.concatenate([[1.0], lower_ends])
    above = ndtr((estimate - ends) / standard_error)
    found: Floats = np.diff(above) / (above[-1] - above[0])
    return found
