"""The weight cells of an edition as arrays: sizes, weights, and what their margins fix."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from psychometrics.kernels.norm_errors import projection_onto
from psychometrics.norming.edition import Margin, StratumVariable, WeightTable
from psychometrics.norming.strata import stratum_index, stratum_keys

Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.intp]
Labels = tuple[str, ...]

HELD = 1e-6
MOST_LEVERAGE = 0.99


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class WeightFrame:
    """Weight cells of a norm sample, shared by all its norm cells.

    Attributes
    ----------
    weights, sizes : ndarray of float64, shape (H,)
        Weight of each cell; people in it, whatever their scores.
    projection : ndarray of float64, shape (H, H)
        What the margins fix of cell means; 0 when weights are taken as fixed.
    leverage : ndarray of float64, shape (H,)
        How much each person of a cell pulls what the margins fix.
    calibrated : bool
        Margins are there and hold, so that their part of the sampling error is gone.
    """

    weights: Floats
    sizes: Floats
    projection: Floats
    leverage: Floats
    calibrated: bool


def weight_frame(table: WeightTable) -> WeightFrame:
    """Return the arrays of a weight table; margins that a cap keeps from holding fix nothing."""
    weights = np.array([cell.weight for cell in table.cells], np.float64)
    sizes = np.array([cell.n_persons for cell in table.cells], np.float64)
    base = np.array([cell.base for cell in table.cells], np.float64)
    codes = [margin_codes(table, margin) for margin in table.margins]
    held = bool(codes) and sizes.sum() > 1 and margin_error(table, weights * sizes, codes) < HELD
    design = np.concatenate(
        [np.eye(len(m.levels))[code] for m, code in zip(table.margins, codes, strict=True)]
        or [np.empty((len(sizes), 0))],
        axis=1,
    )
    design = design if held else design[:, :0]
    projection = projection_onto(design, sizes * base)
    return WeightFrame(
        weights=weights,
        sizes=sizes,
        projection=projection,
        leverage=np.clip(np.diag(projection) / sizes, 0, MOST_LEVERAGE),
        calibrated=held,
    )


def margin_error(table: WeightTable, mass: Floats, codes: list[Codes]) -> float:
    """Return the largest difference between a reached and a wanted share."""
    if not mass.sum() > 0:
        return float("inf")
    reached = [
        np.bincount(code, mass, len(m.levels)) / mass.sum()
        for m, code in zip(table.margins, codes, strict=True)
    ]
    wanted = [np.array([level.share for level in m.levels]) for m in table.margins]
    return max(float(np.abs(r - w).max()) for r, w in zip(reached, wanted, strict=True))


def margin_codes(table: WeightTable, margin: Margin) -> Codes:
    """Return which level of a margin each weight cell belongs to."""
    names = [variable.name for variable in table.variables]
    places = [names.index(name) for name in margin.variables]
    levels = {tuple(level.labels): i for i, level in enumerate(margin.levels)}
    return np.array([levels[tuple(cell.labels[i] for i in places)] for cell in table.cells], np.intp)


def base_labels(column: pa.ChunkedArray) -> list[str | None]:
    """Return base weights as labels, the shortest text that reads back as the same number."""
    return [None if value is None else repr(float(value)) for value in column.to_pylist()]


def person_labels(
    variables: list[StratumVariable], base: str | None, persons: pa.Table
) -> tuple[npt.NDArray[np.int64], list[Labels], tuple[str, ...]]:
    """Return the place of each person among the distinct label combinations found, -1 - v where variable v is blank.

    The combinations are sorted in the order of the levels; a base weight is the last label.
    """
    index, words = stratum_index(variables, persons)
    keys = stratum_keys(variables)
    place = index.astype(np.int64)
    extra: list[str] = [""]
    if base is not None:
        encoded = pc.dictionary_encode(pa.array(base_labels(persons.column(base)), pa.string()))
        own = sorted(encoded.dictionary.to_pylist(), key=float)
        code = pc.index_in(encoded.cast(pa.string()), pa.array(own)).fill_null(-1).to_numpy()
        extra = own
        place = np.where(index < 0, index, np.where(code < 0, -1 - len(variables), index * len(own) + code))
        words = (*words, f"{base} is blank")
    found = np.unique(place[place >= 0])
    labels = [
        (*keys[i // len(extra)], *([extra[i % len(extra)]] if base is not None else []))
        for i in found.tolist()
    ]
    inside = np.searchsorted(found, place)
    return np.where(place < 0, place, inside), labels, words


def cell_labels(table: WeightTable) -> dict[Labels, int]:
    """Return label combinations (with the base weight, if any) to the place of their cell."""
    return {key_of(cell, table.base): i for i, cell in enumerate(table.cells)}


def key_of(cell: Any, base: str | None) -> Labels:
    """Return the labels of a weight cell, with its base weight where there are base weights."""
    return (*cell.labels, *([repr(float(cell.base))] if base is not None else []))
