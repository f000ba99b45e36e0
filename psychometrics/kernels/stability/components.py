"""Variance components of persons by occasions by items, one response per cell: the balanced ANOVA, in closed form."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from psychometrics.kernels.bounds import Bounds, grouped_jackknife_bounds

Floats = npt.NDArray[np.float64]

COMPONENTS = (
    "person",
    "occasion",
    "item",
    "person x occasion",
    "person x item",
    "occasion x item",
    "residual",
)
COEFFICIENTS = ("R1F", "RkF", "R1R", "RkR", "Rc")
GROUPS = 50
ROUND_OFF = 1e-26
ROUND_OFF_OF_SUMS = 1e-13  # sums that are subtracted keep fewer digits


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CellSums:
    """Mean squares of persons by occasions by items, in the order of :data:`COMPONENTS`, and how many of each."""

    mean_squares: Floats
    n_persons: int
    n_occasions: int
    n_items: int


def mean_squares(x: Floats) -> CellSums:
    """Return the mean squares of the full factorial, in the order of :data:`COMPONENTS`.

    Parameters
    ----------
    x : ndarray of float64, shape (n_occasions, n_persons, n_items)
        Complete; at least 2 of each.
    """
    t, n, k = x.shape
    x = x - x[0, 0, 0]  # equal scores become exactly 0, whatever the mean rounds to
    x -= x.mean()
    total = float(np.square(x).sum())
    person, occasion, item = x.mean(axis=(0, 2)), x.mean(axis=(1, 2)), x.mean(axis=(0, 1))
    po, pi, oi = x.mean(axis=2), x.mean(axis=0), x.mean(axis=1)
    ss = np.array(
        [
            t * k * _square(person),
            n * k * _square(occasion),
            n * t * _square(item),
            k * _square(po - person[None, :] - occasion[:, None]),
            t * _square(pi - person[:, None] - item[None, :]),
            n * _square(oi - occasion[:, None] - item[None, :]),
            0.0,
        ]
    )
    rest = x - po[:, :, None] - pi[None] - oi[:, None, :]
    rest += person[None, :, None]
    rest += occasion[:, None, None]
    rest += item
    ss[-1] = _square(rest)
    ss[ss <= ROUND_OFF * total] = 0.0
    return CellSums(mean_squares=ss / _degrees(n, t, k), n_persons=n, n_occasions=t, n_items=k)


def components(sums: CellSums) -> Floats:
    """Return the seven variance components from their expected mean squares, in the order of :data:`COMPONENTS`.

    E.g. person = (MS_p - MS_po - MS_pi + MS_res) / (n_occasions n_items). All but the last may be negative.

    References
    ----------
    Cronbach, Gleser, Nanda and Rajaratnam (1972), The dependability of behavioral measurements; Shrout and Lane
    (2012), Psychometrics, in Handbook of research methods for studying daily life.
    """
    p, o, i, po, pi, oi, e = sums.mean_squares
    n, t, k = sums.n_persons, sums.n_occasions, sums.n_items
    return np.array(
        [
            (p - po - pi + e) / (t * k),
            (o - po - oi + e) / (n * k),
            (i - pi - oi + e) / (n * t),
            (po - e) / k,
            (pi - e) / t,
            (oi - e) / n,
            e,
        ]
    )


def coefficients(parts: Floats, n_occasions: int, n_items: int) -> Floats:
    """Return Shrout and Lane's coefficients from the components, negative ones taken as 0; nan where 0/0.

    With P person + (person x item)/k, E residual/k, O occasion + person x occasion, over t occasions and k items:
    R1F = P/(P+E), RkF = P/(P+E/t): the same fixed occasions, one or the mean of all; R1R = P/(P+O+E),
    RkR = P/(P+O/t+E/t): any occasions; Rc = po/(po+E): reliability of change within persons.

    References
    ----------
    Shrout and Lane (2012), as in ``psych::testRetest`` and ``psych::mlr``.
    """
    person, occasion, _, po, pi, _, residual = np.maximum(parts, 0.0)
    p, o, e = person + pi / n_items, occasion + po, residual / n_items
    pairs = [
        (p, p + e),
        (p, p + e / n_occasions),
        (p, p + o + e),
        (p, p + (o + e) / n_occasions),
        (po, po + e),
    ]
    return np.array([above / below if below > 0 else np.nan for above, below in pairs])


def coefficient_bounds(x: Floats, estimates: Floats, confidence: float) -> list[Bounds]:
    """Return intervals of the coefficients from leaving out each of up to 50 groups of persons.

    Persons are the sample: the occasions and the items are taken as they are.
    """
    t, n, k = x.shape
    if n < 4:
        return [Bounds(reason="the interval needs at least 4 persons")] * len(estimates)
    without = np.array([coefficients(components(sums), t, k) for sums in _without_each_group(x)])
    return [
        _bounds(float(estimate), values, confidence)
        for estimate, values in zip(estimates, without.T, strict=True)
    ]


def _bounds(estimate: float, without: Floats, confidence: float) -> Bounds:
    if np.isnan(estimate) or np.isnan(without).any():
        return Bounds(reason="no such variance")
    if estimate == 0:
        return Bounds(reason="the variance is estimated at or below 0: no interval")
    return grouped_jackknife_bounds(estimate, without, confidence)


def _without_each_group(x: Floats) -> Iterator[CellSums]:
    """Yield the mean squares without each group of persons, from sums over persons that are subtracted."""
    t, n, k = x.shape
    x = x - x.mean()
    groups = min(GROUPS, n)
    of_person = np.stack(
        [
            np.square(x.sum(axis=(0, 2))) / (t * k),
            np.square(x.sum(axis=2)).sum(axis=0) / k,
            np.square(x.sum(axis=0)).sum(axis=1) / t,
            np.square(x).sum(axis=(0, 2)),
        ]
    )
    squares, cells = of_person.sum(axis=1), x.sum(axis=1)
    for group in range(groups):
        members = slice(group, None, groups)
        left = n - len(range(group, n, groups))
        yield _from_sums(squares - of_person[:, members].sum(axis=1), cells - x[:, members].sum(axis=1), left)


def _from_sums(squares: Floats, cells: Floats, n: int) -> CellSums:
    t, k = cells.shape
    person, po, pi, every = squares
    occasion = _square(cells.sum(axis=1)) / (n * k)
    item = _square(cells.sum(axis=0)) / (n * t)
    oi, grand = _square(cells) / n, float(cells.sum()) ** 2 / (n * t * k)
    ss = np.array(
        [
            person - grand,
            occasion - grand,
            item - grand,
            po - person - occasion + grand,
            pi - person - item + grand,
            oi - occasion - item + grand,
            every - po - pi - oi + person + occasion + item - grand,
        ]
    )
    ss[ss <= ROUND_OFF_OF_SUMS * every] = 0.0
    return CellSums(mean_squares=ss / _degrees(n, t, k), n_persons=n, n_occasions=t, n_items=k)


def _degrees(n: int, t: int, k: int) -> Floats:
    a, b, c = n - 1, t - 1, k - 1
    return np.array([a, b, c, a * b, a * c, b * c, a * b * c], dtype=np.float64)


def _square(values: Floats) -> float:
    return float(np.square(values).sum())
