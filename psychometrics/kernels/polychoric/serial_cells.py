"""Ordinal items beside a continuous variable, each combination that occurs with its count."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SerialCells:
    """What the polyserial likelihood needs of k items; L cells each, those of weight 0 take no part.

    Attributes
    ----------
    option : ndarray of intp, shape (k, L)
    z : ndarray of float64, shape (k, L)
        The continuous variable, standardised (divisor n) over everybody who has it.
    weight : ndarray of float64, shape (k, L)
        Persons with both.
    margins, item_only : ndarray of float64, shape (k, n_options)
        Persons by option: all, and those without the continuous variable.
    z_only, total_only : ndarray of float64, shape (k, M)
        The continuous variable of those without the item, and how many they are.
    n_total : ndarray of float64, shape (k,)
        Persons with the continuous variable.
    """

    option: Ints
    z: Floats
    weight: Floats
    margins: Floats
    item_only: Floats
    z_only: Floats
    total_only: Floats
    n_total: Floats

    @property
    def usable(self) -> npt.NDArray[np.bool_]:
        """Whether two options and two values occur among the persons with both."""
        both = self.margins - self.item_only
        there = self.weight > 0
        low = np.where(there, self.z, np.inf).min(axis=1, initial=np.inf)
        high = np.where(there, self.z, -np.inf).max(axis=1, initial=-np.inf)
        return np.asarray(((both > 0).sum(axis=1) > 1) & (high > low))

    @property
    def correlation(self) -> Floats:
        """Product-moment correlation of the option's position with z, a place to start from."""
        n = np.maximum(self.weight.sum(axis=1, keepdims=True), 1)
        a = self.option - (self.weight * self.option).sum(axis=1, keepdims=True) / n
        b = self.z - (self.weight * self.z).sum(axis=1, keepdims=True) / n
        product = (self.weight * a * b).sum(axis=1)
        spread = (self.weight * a * a).sum(axis=1) * (self.weight * b * b).sum(axis=1)
        return np.asarray(product / np.sqrt(np.where(spread > 0, spread, 1.0)))


def serial_cells(codes: npt.NDArray[np.integer], total: Floats, n_options: int) -> SerialCells:
    """Return the cells of some items; counted when the continuous variable takes few values.

    Parameters
    ----------
    codes : ndarray of int, shape (k, n_persons)
    total : ndarray of float64, shape (n_persons,) or (k, n_persons)
    n_options : int
    """
    codes = codes.astype(np.intp)
    values = np.unique(total[~np.isnan(total)])
    total = np.broadcast_to(total, codes.shape)
    has_item, has_total = codes >= 0, ~np.isnan(total)
    n_total = has_total.sum(axis=1).astype(float)
    filled = np.where(has_total, total, 0.0)
    mean = filled.sum(axis=1, keepdims=True) / np.maximum(n_total, 1)[:, None]
    away = np.where(has_total, filled - mean, 0.0)
    deviation = np.sqrt(np.square(away).sum(axis=1, keepdims=True) / np.maximum(n_total, 1)[:, None])
    both = has_item & has_total
    if len(values) * n_options * 2 > codes.shape[1]:
        z = away / np.where(deviation > 0, deviation, 1.0)
        option, weight = np.where(has_item, codes, 0).astype(np.intp), both.astype(float)
        z_only, total_only = z, (has_total & ~has_item).astype(float)
    else:
        place = np.searchsorted(values, filled)
        size = len(values)
        spread = (values[None, :] - mean) / np.where(deviation > 0, deviation, 1.0)
        weight = _count(np.where(has_item, codes, 0) * size + place, both, n_options * size)
        option = np.broadcast_to(np.repeat(np.arange(n_options), size), weight.shape)
        z = np.tile(spread, (1, n_options))
        z_only, total_only = spread, _count(place, has_total & ~has_item, size)
    return SerialCells(
        option=option,
        z=z,
        weight=weight,
        margins=_count(codes, has_item, n_options),
        item_only=_count(codes, has_item & ~has_total, n_options),
        z_only=z_only,
        total_only=total_only,
        n_total=n_total,
    )


def _count(place: npt.NDArray[np.integer], there: npt.NDArray[np.bool_], size: int) -> Floats:
    rows = [np.bincount(one[keep], minlength=size) for one, keep in zip(place, there, strict=True)]
    return np.asarray(rows, float).reshape(len(place), size)
