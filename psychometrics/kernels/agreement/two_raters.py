"""What pushes the kappa of two raters up or down: uneven categories and uneven raters."""

from __future__ import annotations

from dataclasses import dataclass
from math import nan

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class KappaConditions:
    """Kappa of two raters and what it could have been with the same margins."""

    kappa: float
    maximum_kappa: float
    prevalence_index: float
    bias_index: float
    adjusted_kappa: float


def kappa_conditions(table: Floats) -> KappaConditions:
    """Return kappa, its maximum with these margins, and for two categories Byrt's indices.

    maximum kappa = (sum_k min(p_k., p_.k) - p_e) / (1 - p_e); prevalence index = p_11 - p_22;
    bias index = p_12 - p_21; prevalence- and bias-adjusted kappa (PABAK) = 2 p_a - 1, which is
    Brennan-Prediger's coefficient of two categories.

    Parameters
    ----------
    table : ndarray of float64, shape (q, q)
        Units by category of the first and of the second rater.

    References
    ----------
    Cohen (1960), doi:10.1177/001316446002000104; Byrt, Bishop and Carlin (1993),
    doi:10.1016/0895-4356(93)90018-V.
    """
    n = float(table.sum())
    if n <= 0:
        return KappaConditions(
            kappa=nan, maximum_kappa=nan, prevalence_index=nan, bias_index=nan, adjusted_kappa=nan
        )
    shares = table / n
    rows, columns = shares.sum(axis=1), shares.sum(axis=0)
    agreed, chance = float(np.trace(shares)), float(rows @ columns)
    left = 1 - chance if chance < 1 - 1e-12 else nan
    two = len(table) == 2
    return KappaConditions(
        kappa=(agreed - chance) / left,
        maximum_kappa=(float(np.minimum(rows, columns).sum()) - chance) / left,
        prevalence_index=float(shares[0, 0] - shares[1, 1]) if two else nan,
        bias_index=float(shares[0, 1] - shares[1, 0]) if two else nan,
        adjusted_kappa=2 * agreed - 1 if two else nan,
    )
