"""Which blanks are there because the item was not asked."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import numpy.typing as npt

from psychometrics.instrument import Branch, Instrument
from psychometrics.responses.missing import MissingReason

Codes = npt.NDArray[np.int8]
NOT_ASKED = MissingReason.NOT_APPLICABLE.value


def apply_branches(instrument: Instrument, codes: Codes) -> int:
    """Mark in ``codes``, in place, the blanks of items that were not asked.

    Returns how many answers were given to items that were not asked; they stay answers.
    """
    left_out: dict[int, npt.NDArray[np.bool_]] = {}
    for branch in instrument.branches:
        unasked = not_asked(instrument, branch, codes)
        for item_id in branch.items:
            place = instrument.item_ids.index(item_id)
            left_out[place] = unasked | left_out.get(place, np.False_)
            row = codes[place]
            row[unasked & (row == MissingReason.SKIPPED)] = NOT_ASKED
    return sum(int(np.count_nonzero(unasked & (codes[place] >= 0))) for place, unasked in left_out.items())


def not_asked(instrument: Instrument, branch: Branch, codes: Codes) -> npt.NDArray[np.bool_]:
    """Return where the branch was surely not asked: another answer decided, or the decider was not asked itself.

    The branches that decide about its deciders have been applied to ``codes`` before.
    """
    if branch.item is not None:
        item = instrument.item(branch.item)
        options = {str(code) for code in branch.options}
        wanted = [position for position, code in enumerate(item.codes) if str(code) in options]
        row = codes[instrument.item_ids.index(branch.item)]
        return np.asarray(((row >= 0) & ~np.isin(row, wanted)) | (row == NOT_ASKED), np.bool_)
    most = np.zeros(codes.shape[1])
    for item_id in branch.points_of:
        most += _most_points(instrument, item_id, codes)
    return np.asarray(most < float(branch.at_least), np.bool_)


def _most_points(instrument: Instrument, item_id: str, codes: Codes) -> npt.NDArray[np.float64]:
    """Points of the answer; of a blank the most it could have been; of an unasked item what then counts."""
    item = instrument.item(item_id)
    row = codes[instrument.item_ids.index(item_id)]
    points = np.array([float(value) for value in item.points])
    most = np.full(row.shape, points.max())
    most[row >= 0] = points[row[row >= 0]]
    most[row == NOT_ASKED] = float(item.points_when_not_asked or Fraction(0))
    return most
