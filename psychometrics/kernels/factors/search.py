"""The search for the least discrepancy within bounds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from scipy.optimize import minimize

from psychometrics.kernels.factors.model import Floats

STEEP = 1e-5
RESTARTS = 6

Bound = tuple[float | None, float | None]


def search(
    value_and_slope: Callable[[Floats], tuple[float, Floats]], start: Floats, bounds: Sequence[Bound]
) -> tuple[Floats, float]:
    """Return where L-BFGS-B finds the least value, and the steepness there.

    On flat ground its memory of the curvature may go stale and end the search too early: it begins anew from where
    it stopped until the ground is flat.
    """
    call: Any = minimize
    options = {"maxiter": 2000, "maxfun": 4000, "ftol": 1e-14, "gtol": 1e-8, "maxcor": 20}
    at, steep = start, np.inf
    for _ in range(RESTARTS):
        at = call(value_and_slope, at, jac=True, method="L-BFGS-B", bounds=bounds, options=options).x
        steep = steepness(at, value_and_slope(at)[1], bounds)
        if steep < STEEP:
            break
    return at, steep


def steepness(at: Floats, slope: Floats, bounds: Sequence[Bound]) -> float:
    """Return the greatest slope; at a bound only what points back inside counts."""
    lower = np.array([-np.inf if low is None else low for low, _ in bounds])
    upper = np.array([np.inf if high is None else high for _, high in bounds])
    free = ((at > lower) | (slope < 0)) & ((at < upper) | (slope > 0))
    return float(np.abs(slope[free]).max(initial=0.0))
