"""Cuts of an instrument at normed scores: on the raw score as they stand, on a normed metric brought back to it."""

from __future__ import annotations

from math import nan
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr, ndtri

from psychometrics.kernels.percentiles import rank_table
from psychometrics.kernels.standard_scores import t_score
from psychometrics.norming.norms import Cell, CountCell, MomentCell
from psychometrics.norming.strata import stratum_keys
from psychometrics.scoring.cuts import Cut, CutDecisions

if TYPE_CHECKING:
    from psychometrics.norming.normed import NormedScores

Floats = npt.NDArray[np.float64]


def cut_decisions(normed: NormedScores) -> CutDecisions:
    """Return every cut of the instrument whose scale was normed, for every person."""
    entries = [] if normed.instrument is None else normed.instrument.definition.cuts
    cuts = [
        Cut(id=one.id, scale_id=one.scale, metric=one.metric, at=float(one.at))
        for one in entries
        if one.scale in normed.scale_ids
    ]
    rows = [normed.scale_ids.index(cut.scale_id) for cut in cuts]
    metrics = {"raw": normed.raw, "percentile_rank": normed.percentile_rank, "z": normed.z, "t": normed.t}
    shape = (len(cuts), normed.raw.shape[1])
    place, raw_cut, met = (np.full(shape, nan) for _ in range(3))
    for i, (cut, row) in enumerate(zip(cuts, rows, strict=True)):
        place[i] = metrics[cut.metric][row]
        raw_cut[i] = _raw_cuts(normed, cut)
        met[i] = np.where(np.isnan(place[i]), nan, place[i] >= cut.at)
    return CutDecisions(
        persons=normed.persons,
        cuts=tuple(cuts),
        raw=normed.raw[rows],
        raw_cut=raw_cut,
        standard_errors=normed.errors()[rows],
        met=met,
        source=normed.source,
    )


def _raw_cuts(normed: NormedScores, cut: Cut) -> Floats:
    """Return the raw score from which each person meets the cut; nan where none does, or no stratum."""
    if cut.metric == "raw":
        return np.full(normed.raw.shape[1], cut.at)
    found = [
        raw_cut(normed.norms.cell(key, cut.scale_id), cut, normed.method, normed.standard)
        for key in stratum_keys(normed.norms.head.strata)
    ]
    if not normed.norms.head.strata:
        return np.full(normed.raw.shape[1], found[0])
    per_stratum = np.array([*found, nan])
    at: Floats = per_stratum[np.where(normed.stratum < 0, len(found), normed.stratum)]
    return at


def raw_cut(cell: Cell | None, cut: Cut, method: str, standard: str) -> float:
    """Return the lowest raw score of a part of the norms that meets a cut on a normed metric; nan if none does."""
    if isinstance(cell, CountCell):
        met = np.flatnonzero(_metric(cell, cut.metric, method, standard) >= cut.at)
        return float(cell.scores[met[0]]) if len(met) else nan
    if cell is None:
        return nan
    rank = cut.at if cut.metric == "percentile_rank" else None
    z = (cut.at - 50) / 10 if cut.metric == "t" else cut.at
    if isinstance(cell, MomentCell):
        return cell.mean + cell.sd * (z if rank is None else float(ndtri(rank / 100)))
    rank = 100 * float(ndtr(z)) if rank is None else rank
    inside = cell.ranks[0] <= rank <= cell.ranks[-1]
    return float(np.interp(rank, cell.ranks, cell.scores)) if inside else nan


def _metric(cell: CountCell, metric: str, method: str, standard: str) -> Floats:
    table = rank_table(cell.scores, cell.counts, method=method)
    if metric == "percentile_rank":
        return table.percentile_rank[1::2]
    linear = (cell.scores - cell.mean) / cell.sd if cell.sd > 0 else np.full(len(cell.scores), nan)
    z = table.z[1::2] if standard == "normalised" else linear
    return t_score(z) if metric == "t" else z
