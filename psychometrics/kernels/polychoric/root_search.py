"""The maximum of many likelihoods of one correlation each, side by side."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.intp]
Newton = Callable[[Ints, Floats], tuple[Floats, Floats]]

FURTHEST = float(np.arctanh(1 - 1e-8))
STEP = 1e-9  # Newton's steps square their error: a step this small leaves only round-off
LONGEST = 2.0
NEWTON_STEPS = 15  # four or five do for ordinary tables; after these the bracket is halved until it closes
MOST_STEPS = 60


def search(newton: Newton, start: Floats) -> Floats:
    """Return z = arctanh rho where the slope of each log-likelihood is 0, or the end of the range it rises to.

    Newton steps inside the bracket of the sign change, bisection where a step leaves it; those that are done drop
    out.

    Parameters
    ----------
    newton : callable
        Takes rows and their z; gives the slope by z and the step to its root.
    start : ndarray of float64, shape (n,)
        Starting values; nan for those not to be searched.
    """
    z = start.copy()
    live = np.flatnonzero(~np.isnan(start))
    low, high = np.full(len(z), -FURTHEST), np.full(len(z), FURTHEST)
    for count in range(MOST_STEPS):
        if not len(live):
            break
        now = z[live]
        slope, step = newton(live, now)
        low[live] = np.where(slope > 0, now, low[live])
        high[live] = np.where(slope < 0, now, high[live])
        new = now + np.clip(step, -LONGEST, LONGEST)
        inside = (new >= low[live]) & (new <= high[live]) & (count < NEWTON_STEPS)
        new = np.where(inside, new, (low[live] + high[live]) / 2)
        new = np.where(slope == 0, now, new)
        z[live] = new
        live = live[np.abs(new - now) > STEP * (1 + np.abs(new))]
    return z


def newton_step(
    by_rho: Floats, bend_by_rho: Floats, information: Floats, rho: Floats
) -> tuple[Floats, Floats]:
    """Return slope and step by z from the derivatives by rho; Fisher's information where it is not concave."""
    along = (1 - rho) * (1 + rho)
    slope = by_rho * along
    bend = bend_by_rho * along**2 - 2 * rho * slope
    steepness = np.where(bend < 0, -bend, np.maximum(information * along**2, 1e-300))
    return slope, np.clip(slope / steepness, -LONGEST, LONGEST)
