"""Mean and linear equating: a straight line through moments of the two forms, with or without an anchor.

Moments come as (mean, variance) or (mean, variance, anchor mean, anchor variance, covariance) of each sample; every
function works on numbers and on arrays of samples alike, and on complex numbers, through which derivatives are taken.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Moments = Any
Line = Callable[[Moments, Moments], tuple[Any, Any]]
"""Moments of the sample of X and of Y to intercept and slope."""

STEP = 1e-30


def mean_line(x: Moments, y: Moments) -> tuple[Any, Any]:
    """Return the line y = x - m_X + m_Y."""
    return y[0] - x[0], 1.0 + 0 * x[0]


def linear_line(x: Moments, y: Moments) -> tuple[Any, Any]:
    """Return the line y = s_Y / s_X (x - m_X) + m_Y."""
    slope = np.sqrt(y[1] / x[1])
    return y[0] - slope * x[0], slope


def chained_mean_line(x: Moments, y: Moments) -> tuple[Any, Any]:
    """Return the line y = x - m_X + m_Y + m_VX - m_VY: X to the anchor in its sample, the anchor to Y in the other."""
    return y[0] - x[0] + x[2] - y[2], 1.0 + 0 * x[0]


def chained_line(x: Moments, y: Moments) -> tuple[Any, Any]:
    """Return the line of X to the anchor in the sample of X, then of the anchor to Y in the sample of Y."""
    down, up = np.sqrt(x[3] / x[1]), np.sqrt(y[1] / y[3])
    return y[0] + up * (x[2] - down * x[0] - y[2]), up * down


def levine_true_line(x: Moments, y: Moments, *, internal: bool) -> tuple[Any, Any]:
    """Return Levine's line for true scores: y = g_Y / g_X (x - m_X) + m_Y + g_Y (m_VX - m_VY); g as in :func:`slopes`."""
    down, up = slopes(x, y, "levine", internal=internal)
    return y[0] + up * (x[2] - y[2]) - up / down * x[0], up / down


def slopes(
    x: Moments, y: Moments, anchor: str, *, internal: bool, spans: tuple[float, float] = (1.0, 1.0)
) -> Any:
    """Return g_X and g_Y, how far the form moves when the anchor moves by a point.

    tucker: s_xv / s_v^2, the regression of the form on the anchor; levine: s_x^2 / s_xv for an anchor inside the
    form, (s_x^2 + s_xv) / (s_v^2 + s_xv) for one outside it; nominal_weights: how many times longer the form is.
    """
    if anchor == "nominal_weights":
        return spans
    if anchor == "tucker":
        return x[4] / x[3], y[4] / y[3]
    if internal:
        return x[1] / x[4], y[1] / y[4]
    return (x[1] + x[4]) / (x[3] + x[4]), (y[1] + y[4]) / (y[3] + y[4])


def synthetic(x: Moments, y: Moments, g: Any, weight: float) -> tuple[Any, Any]:
    """Return (mean, variance) of X and of Y in the synthetic population, weight w on the sample of X.

    m_sX = m_X - (1-w) g_X (m_VX - m_VY);  s_sX^2 = s_X^2 - (1-w) g_X^2 (s_VX^2 - s_VY^2) + w (1-w) g_X^2 (m_VX - m_VY)^2
    and for Y the same with w and + for (1-w) and -.

    References
    ----------
    Kolen and Brennan (2014), equations 4.17 to 4.20, doi:10.1007/978-1-4939-0317-7.
    """
    shift, wider = x[2] - y[2], x[3] - y[3]
    between = weight * (1 - weight) * shift**2
    first = (
        x[0] - (1 - weight) * g[0] * shift,
        x[1] - (1 - weight) * g[0] ** 2 * wider + g[0] ** 2 * between,
    )
    second = y[0] + weight * g[1] * shift, y[1] + weight * g[1] ** 2 * wider + g[1] ** 2 * between
    return first, second


def gradient(figure: Callable[[Moments, Moments], Any], x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Return the derivatives of a figure in the moments of X and of Y, shape (m, moments) each.

    By a step along the imaginary axis, which has no rounding: f'(t) = Im f(t + ih) / h.
    """
    found = []
    for of_x, moments in ((True, x), (False, y)):
        parts = []
        for place in range(len(moments)):
            moved = moments.astype(np.complex128)
            moved[place] += 1j * STEP
            value = figure(moved, y) if of_x else figure(x, moved)
            parts.append(np.imag(value) / STEP)
        found.append(np.array(parts).T)
    return found[0], found[1]
