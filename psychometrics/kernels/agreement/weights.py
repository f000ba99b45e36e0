"""How near two categories are: Gwet's weights (1 is the same), and Krippendorff's metrics (0 is the same)."""

from __future__ import annotations

from typing import Literal

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Scheme = Literal["identity", "linear", "quadratic", "ordinal", "radical", "ratio", "circular", "bipolar"]
Level = Literal["nominal", "ordinal", "interval", "ratio"]

SCHEMES: tuple[Scheme, ...] = (
    "identity",
    "linear",
    "quadratic",
    "ordinal",
    "radical",
    "ratio",
    "circular",
    "bipolar",
)
LEVELS: tuple[Level, ...] = ("nominal", "ordinal", "interval", "ratio")
BY_POSITION = ("identity", "ordinal")


def weight_matrix(scheme: Scheme, values: Floats) -> Floats:
    """Return w_kl = 1 - d_kl / max d, of shape (q, q), for categories with these values.

    d is [k != l] for identity, |v_k - v_l| for linear, its square for quadratic, its root for radical,
    m (m - 1) / 2 with m = |k - l| + 1 positions for ordinal, ((v_k - v_l) / (v_k + v_l))^2 for ratio,
    sin^2(pi (v_k - v_l) / (range + 1)) for circular, and
    (v_k - v_l)^2 / ((v_k + v_l - 2 min)(2 max - v_k - v_l)) for bipolar.

    Identity and ordinal see only the order of the categories. Two zeros are the same for ratio.
    The ordinal weights are Gwet's; Krippendorff's ordinal metric is another thing (:func:`metric_matrix`).

    Parameters
    ----------
    scheme : one of SCHEMES
    values : ndarray of float64, shape (q,)
        Rising. Not negative for ratio.

    References
    ----------
    Gwet (2014), Handbook of inter-rater reliability, 4th ed., chapter 3. Checked against irrCAC 1.0.
    """
    distance = _distance(scheme, values) if len(values) else np.empty((0, 0))
    farthest = float(distance.max(initial=0.0))
    return 1 - distance / farthest if farthest > 0 else np.ones_like(distance)


def _distance(scheme: Scheme, values: Floats) -> Floats:
    gap = np.abs(values[:, None] - values[None, :])
    if scheme == "identity":
        return 1.0 - np.eye(len(values))
    if scheme == "ordinal":
        place = np.arange(len(values), dtype=np.float64)
        steps = np.abs(place[:, None] - place[None, :])
        return np.asarray((steps + 1) * steps / 2, np.float64)
    if scheme == "ratio":
        return _relative(values)
    if scheme == "circular":
        return np.asarray(np.square(np.sin(np.pi * gap / (np.ptp(values) + 1))), np.float64)
    if scheme == "bipolar":
        sums = values[:, None] + values[None, :]
        below = (sums - 2 * values.min(initial=np.inf)) * (2 * values.max(initial=-np.inf) - sums)
        return np.asarray(np.divide(gap**2, below, out=np.zeros_like(gap), where=gap > 0), np.float64)
    power = {"linear": 1.0, "quadratic": 2.0, "radical": 0.5}[scheme]
    return np.asarray(gap**power, np.float64)


def _relative(values: Floats) -> Floats:
    gap, sums = values[:, None] - values[None, :], values[:, None] + values[None, :]
    return np.square(np.divide(gap, sums, out=np.zeros_like(gap), where=sums != 0))


def metric_matrix(level: Level, values: Floats, margins: Floats) -> Floats:
    """Return Krippendorff's squared difference delta^2_ck, of shape (q, q).

    nominal [c != k]; interval (v_c - v_k)^2; ratio ((v_c - v_k) / (v_c + v_k))^2; ordinal
    (sum_{g=c..k} n_g - (n_c + n_k) / 2)^2, which is the squared difference of the mid-ranks m_c = sum_{g<c} n_g + n_c / 2.

    Parameters
    ----------
    level : one of LEVELS
    values : ndarray of float64, shape (q,)
        Used by interval and ratio.
    margins : ndarray of float64, shape (q,)
        n_c, ratings in each category; used by ordinal. On any scale: delta^2 is taken up to a factor.

    References
    ----------
    Krippendorff (2011), Computing Krippendorff's alpha-reliability, https://repository.upenn.edu/asc_papers/43.
    Checked against its example and irr 0.84.1.
    """
    if level == "nominal":
        return 1.0 - np.eye(len(values))
    if level == "ratio":
        return _relative(values)
    place = mid_ranks(margins) if level == "ordinal" else values
    return np.square(place[:, None] - place[None, :])


def mid_ranks(margins: Floats) -> Floats:
    """Return m_c = sum_{g<c} n_g + n_c / 2 over the last axis."""
    return np.cumsum(margins, axis=-1) - margins / 2
