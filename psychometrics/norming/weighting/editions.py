"""Weighted editions: counted by weight cell, written and read with their weights, added and subtracted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from psychometrics.errors import NormError, Problem
from psychometrics.norming.cells.cell import Cell
from psychometrics.norming.cells.weighted import WeightedCell, add_weighted
from psychometrics.norming.edition import EditionHead, WeightCell, WeightTable
from psychometrics.norming.strata import Key, stratum_keys
from psychometrics.norming.weighting.frame import cell_labels, key_of, weight_frame
from psychometrics.norming.weighting.weighting import Weighting, raked, variables_in
from psychometrics.result import Source
from psychometrics.tallying.score_tally import count_scores

if TYPE_CHECKING:
    from psychometrics.norming.block import ScoreBlock
    from psychometrics.norming.edition import StratumVariable

Cells = Mapping[tuple[Key, str], Cell]


def count_weighted(
    block: ScoreBlock,
    variables: list[StratumVariable],
    index: npt.NDArray[np.int32],
    table: WeightTable,
    own: npt.NDArray[np.intp],
) -> dict[tuple[Key, str], Cell]:
    """Count scores by stratum and weight cell (``own``, per person); who has no weight is left out."""
    _check_sample(table, own)
    frame, keys = weight_frame(table), stratum_keys(variables)
    inside = (index >= 0) & (own >= 0)
    joint = np.where(inside, np.maximum(index, 0).astype(np.int64) * len(table.cells) + own, 0)
    found = np.bincount(joint, minlength=1)
    codes, place = np.flatnonzero(found), (np.cumsum(found > 0) - 1)[joint]
    labels = pa.DictionaryArray.from_arrays(
        pa.array(place.astype(np.int32), mask=~inside), [str(code) for code in codes.tolist()]
    )
    counts = count_scores(block.raw, block.scale_ids, {"cell": labels}, Source())
    stratum = np.array([int(code) for (code,) in counts.strata], np.int64)[
        counts.scores[:, 0].astype(np.intp)
    ]
    cells: dict[tuple[Key, str], Cell] = {}
    for position, key in enumerate(keys):
        for row, scale_id in enumerate(block.scale_ids):
            mine = (stratum // len(table.cells) == position) & (counts.scores[:, 1] == row)
            if mine.any():
                scores, u = np.unique(counts.scores[mine, 2], return_inverse=True)
                by_cell = np.zeros((len(table.cells), len(scores)), np.int64)
                by_cell[stratum[mine] % len(table.cells), u] = counts.counts[mine]
                cells[key, scale_id] = WeightedCell(scores=scores, counts=by_cell, frame=frame)
    return cells


def _check_sample(table: WeightTable, own: npt.NDArray[np.intp]) -> None:
    """Refuse weights that were made for others: every weight cell must have as many people as it had then."""
    n = np.bincount(own[own >= 0], minlength=len(table.cells))
    problems = [
        Problem(
            where=" / ".join(key_of(cell, table.base)),
            what=f"{k:,} people here, {cell.n_persons:,} when the weights were made",
        )
        for cell, k in zip(table.cells, n.tolist(), strict=True)
        if k != cell.n_persons
    ]
    if problems:
        raise NormError(
            "the weights were made for another sample",
            problems=problems,
            hint="Weight the very sample you norm.",
        )


def weight_words(weighting: Weighting) -> str:
    """Say in one line how a sample was weighted."""
    table = weighting.table
    how = f"raked to {variables_in(table.margins)}" if table.margins else f"as given in {table.base}"
    start = f", starting from {table.base}" if table.margins and table.base else ""
    cap = f", at most {table.cap:g} times the mean weight" if table.cap is not None else ""
    return (
        f"{how}{start}{cap}; effective sample size {weighting.effective_n:.1f} of {weighting.n_persons}, "
        f"design effect {weighting.design_effect:.3f}"
    )


def renewed_words(head: EditionHead, table: WeightTable | None) -> str | None:
    """Return what a head says of weights: of the new table where it was our line about the old one."""
    said = head.population.weights
    if table is None or head.weighting is None or said != weight_words(raked(head.weighting)):
        return said
    return weight_words(raked(table))


def framed(cells: dict[tuple[Key, str], Cell], head: EditionHead) -> dict[tuple[Key, str], Cell]:
    """Give cells that were read from a table the weight cells of their head; other cells stay as they are."""
    if head.kind != "weighted_counts":
        return cells
    if head.weighting is None:
        raise NormError(f"{head.edition}: weighted counts without a table of weights in the head")
    frame = weight_frame(head.weighting)
    out: dict[tuple[Key, str], Cell] = {}
    problems = []
    for (key, scale_id), cell in cells.items():
        if isinstance(cell, WeightedCell):
            wrong = cell.in_frame(frame)
            where = f"{scale_id}, {' / '.join(key) or 'whole sample'}"
            problems += [Problem(where=where, what=what) for what in wrong]
            if not wrong:
                out[key, scale_id] = cell.moved(frame)
    if problems:
        raise NormError(f"{head.edition}: the table does not fit the weights", problems=problems)
    return out


def combined(
    heads: tuple[EditionHead, EditionHead], cells: tuple[Cells, Cells], sign: int
) -> tuple[WeightTable, dict[tuple[Key, str], Cell]]:
    """Add or subtract two weighted editions: counts exactly; weights raked anew to the margins they share.

    Without margins the weights stay as they were given.
    """
    tables = [head.weighting for head in heads]
    left, right = tables
    if left is None or right is None or _rules(left) != _rules(right):
        raise NormError(
            f"{heads[0].edition} and {heads[1].edition} were weighted by different rules",
            hint="They can be put together when variables, margins, cap and base weights are the same.",
        )
    table = raked(_joined(left, right, sign)).table
    frame, places = weight_frame(table), cell_labels(table)
    where = [
        np.array([places.get(key_of(cell, part.base), 0) for cell in part.cells], np.intp)
        for part in (left, right)
    ]
    out: dict[tuple[Key, str], Cell] = {}
    for place in dict.fromkeys([*cells[0], *cells[1]]):
        both = [_moved(side.get(place), frame, at) for side, at in zip(cells, where, strict=True)]
        found = add_weighted(both[0], both[1], sign)
        if (found.counts < 0).any() or len(found.scores):
            out[place] = found
    return table, out


def _moved(cell: Cell | None, frame: Any, where: npt.NDArray[np.intp]) -> WeightedCell | None:
    return cell.moved(frame, where) if isinstance(cell, WeightedCell) else None


def _rules(table: WeightTable) -> dict[str, Any]:
    return table.model_dump(exclude={"cells"})


def _joined(left: WeightTable, right: WeightTable, sign: int) -> WeightTable:
    cells: dict[tuple[str, ...], WeightCell] = {key_of(cell, left.base): cell for cell in left.cells}
    n = {key: cell.n_persons for key, cell in cells.items()}
    for cell in right.cells:
        key = key_of(cell, right.base)
        n[key] = n.get(key, 0) + sign * cell.n_persons
        cells.setdefault(key, cell)
    missing = [
        Problem(where=" / ".join(key), what="fewer people than are to be removed")
        for key, k in n.items()
        if k < 0
    ]
    if missing:
        raise NormError("these people were never in this edition", problems=missing)
    kept = [key for key in _in_order(left, list(cells)) if n[key] > 0]
    if not kept:
        raise NormError("nobody is left")
    return left.model_copy(update={"cells": [cells[k].model_copy(update={"n_persons": n[k]}) for k in kept]})


def _in_order(table: WeightTable, keys: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """Sort label combinations as a build from the whole sample would."""
    ranks = [{label: i for i, label in enumerate(variable.labels)} for variable in table.variables]
    width = len(ranks)

    def rank(key: tuple[str, ...]) -> tuple[float, ...]:
        own = [float(r[label]) for r, label in zip(ranks, key[:width], strict=True)]
        return (*own, *map(float, key[width:]))

    return sorted(keys, key=rank)
