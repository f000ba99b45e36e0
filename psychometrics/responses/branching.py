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
    answered_anyway = 0
    for branch in instrument.branches:
        unasked = not_asked(instrument, branch, codes)
        for item_id in branch.items:
            row = codes[instrument.item_ids.index(item_id)]
            answered_anyway += int(np.count_nonzero(unasked & (row >= 0)))
            row[unasked & (row == MissingReason.SKIPPED)] = NOT_ASKED
    return answered_anyway


def not_asked(instrument: Instrument, branch: Branch, codes: Codes) -> npt.NDArray[np.bool_]:
    """Return where the branch was surely not asked, given what was answered before it."""
    if branch.item is not None:
        item = instrument.item(branch.item)
        wanted = [position for position, code in enumerate(item.codes) if code in branch.options]
        row = codes[instrument.item_ids.index(branch.item)]
        return np.asarray((row >= 0) & ~np.isin(row, wanted), np.bool_)
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
