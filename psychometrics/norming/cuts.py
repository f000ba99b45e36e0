"""Cuts of an instrument at normed scores: on the raw score as they stand, on a normed metric brought back to it."""

from __future__ import annotations

from math import nan
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from psychometrics.norming.continuous.places import ages_for, raw_cuts_at
from psychometrics.norming.smoothing import placing_for
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
    cells = [normed.norms.cell(key, cut.scale_id) for key in stratum_keys(normed.norms.head.strata)]
    placing = placing_for(normed.placing, normed.instrument, cut.scale_id)
    ages = ages_for(normed.norms.head, normed.persons)
    if ages is not None:
        return raw_cuts_at(cells, normed.stratum, ages, cut.metric, cut.at, placing)
    found = [nan if cell is None else cell.raw_cut(cut.metric, cut.at, placing) for cell in cells]
    if not normed.norms.head.strata:
        return np.full(normed.raw.shape[1], found[0])
    per_stratum = np.array([*found, nan])
    at: Floats = per_stratum[np.where(normed.stratum < 0, len(found), normed.stratum)]
    return at
