"""Circle-arc equating: the ends of both scales and one middle point, joined by an arc."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Point = tuple[float, float]

FLAT = 1e-9


def circle_arc(scores: Floats, low: Point, high: Point, middle_x: Any, middle_y: Any) -> Any:
    """Return scores on X brought to Y by the simplified circle-arc method.

    e(x) = L(x) + A(x): L the line through the ends of both scales, A the arc of a circle through (x_low, 0),
    (x_middle, y_middle - L(x_middle)) and (x_high, 0); outside the ends A is 0.

    Parameters
    ----------
    scores : ndarray, shape (m,)
    low, high : tuple of float
        (x, y) where the scales begin and end, such as the scores of mere guessing and of no error.
    middle_x, middle_y : float, complex or ndarray of shape (n_samples,)
        The point the data decide: the means of both forms in one population.

    Returns
    -------
    ndarray, shape (m,) or (n_samples, m)
        Not symmetric: turned round it is not quite the equating of Y to X. nan where the middle point lies so far
        from the line that more than half a circle would be needed.

    References
    ----------
    Livingston and Kim (2009), doi:10.1111/j.1745-3984.2009.00084.x; Livingston and Kim (2010),
    doi:10.1111/j.1745-3984.2010.00107.x. Checked against R's equate 2.0.9.
    """
    slope = (high[1] - low[1]) / (high[0] - low[0])
    line = low[1] + slope * (scores - low[0])
    mx, my = np.asarray(middle_x)[..., None], np.asarray(middle_y)[..., None]
    rise = my - (low[1] + slope * (mx - low[0]))
    centre = (low[0] + high[0]) / 2
    half = (high[0] - low[0]) / 2
    flat = np.abs(rise) < FLAT * half
    # the circle through (-half, 0), (half, 0) and (u, rise) has its centre at (0, depth)
    safe = np.where(flat, 1.0, rise)
    depth = ((mx - centre) ** 2 - half**2 + safe**2) / (2 * safe)
    inside = (scores >= low[0]) & (scores <= high[0])
    offset = np.where(inside, scores - centre, half)
    q = half**2 - offset**2
    # depth -/+ sqrt(depth^2 + q) loses digits when the circle is large; q / (sqrt(..) + |depth|) does not
    sign = np.where(safe.real > 0, 1.0, -1.0)
    far = sign * depth.real > 0
    depth = np.where(far, -sign * half, depth)
    arc = np.where(far, np.nan, sign * q / (np.sqrt(depth**2 + q) - sign * depth))
    return line + np.where(flat, rise * q / _parabola(mx, centre, half), np.where(inside, arc, 0.0))


def _parabola(mx: Any, centre: float, half: float) -> Any:
    """Return what makes the flat limit of the arc pass through the middle point."""
    return half**2 - (mx - centre) ** 2
