"""Self-report beside tasks: how far they lie apart, and whether that exceeds their errors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from psychometrics.instrument import Instrument, Scale
from psychometrics.norming.differences.result import ScoreDifferences
from psychometrics.norming.differences.scores import score_differences
from psychometrics.norming.normed import NormedScores
from psychometrics.scoring.scores import Scores

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class MethodPair:
    """A composite that holds one scale of self-report and one of rated tasks."""

    composite_id: str
    self_report_id: str
    rubric_id: str


def method_pairs(instrument: Instrument) -> tuple[MethodPair, ...]:
    """Return the composites of exactly one self-report scale and one rubric scale."""
    found = []
    for scale in instrument.scales:
        parts = [instrument.scale(part.scale_id) for part in scale.components]
        answered = [part.id for part in parts if part.method == "self_report" and told(part, instrument)]
        rated = [part.id for part in parts if part.method == "rubric"]
        if len(answered) == len(rated) == 1:
            pair = MethodPair(composite_id=scale.id, self_report_id=answered[0], rubric_id=rated[0])
            found.append(pair)
    return tuple(found)


def told(scale: Scale, instrument: Instrument) -> bool:
    """Return whether people tell of themselves in a scale: questions with right and wrong answers are no self-report."""
    return all(instrument.item(item).kind == "self_report" for item in scale.items)


def normed_pair(normed: NormedScores, pair: MethodPair) -> bool:
    """Return whether both methods were placed in the norms."""
    return {pair.self_report_id, pair.rubric_id} <= set(normed.scale_ids)


def method_gaps(
    scores: Scores,
    normed: NormedScores | None,
    pairs: Sequence[MethodPair],
    differences: ScoreDifferences | None = None,
) -> dict[str, Floats]:
    """Return ``method_gap:<composite>`` and ``method_gap_z:<composite>`` of every pair.

    With norms the gap is the difference of percentile ranks / 100, and its error that of the difference of z scores:
    tasks and questions differ in difficulty, and the norm sample evens that out. Without norms the gap is the
    difference of the places on the two scales, each from 0 to 1, and its error that of the two scores. The z is the
    gap over its error; nan where no error is known. ``differences`` of the normed scores are used where they hold
    the pairs, else worked out for all pairs at once.
    """
    placed = [pair for pair in pairs if normed is not None and normed_pair(normed, pair)]
    known = _differences(normed, placed, differences) if normed is not None and placed else {}
    gaps: dict[str, Floats] = {}
    for pair in pairs:
        names = (pair.self_report_id, pair.rubric_id)
        if normed is not None and names in known:
            first, second = (normed.percentile_rank[normed.scale_ids.index(name)] for name in names)
            gap, z = (first - second) / 100, _over(*known[names])
        else:
            gap, z = _raw_gap(scores, names)
        gaps[f"method_gap:{pair.composite_id}"] = gap
        gaps[f"method_gap_z:{pair.composite_id}"] = z
    return gaps


def _differences(
    normed: NormedScores, placed: Sequence[MethodPair], given: ScoreDifferences | None
) -> dict[tuple[str, str], tuple[Floats, Floats]]:
    """Return difference and standard error by (first scale, second scale)."""
    names = [(pair.self_report_id, pair.rubric_id) for pair in placed]
    there = set() if given is None else {frozenset(pair) for pair in given.pairs}
    if given is None or not {frozenset(pair) for pair in names} <= there:
        given = score_differences(normed, pairs=names)
    found = {}
    for i, (a, b) in enumerate(given.pairs):
        found[a, b] = given.difference[i], given.standard_error[i]
        found[b, a] = -given.difference[i], given.standard_error[i]
    return found


def _raw_gap(scores: Scores, names: tuple[str, str]) -> tuple[Floats, Floats]:
    errors = scores.errors()
    places, variances = [], []
    for name in names:
        scale = scores.instrument.scale(name)
        length = scale.maximum - scale.minimum
        row = scores.scale_ids.index(name)
        places.append((scores.raw[row] - scale.minimum) / length)
        variances.append((errors[row] / length) ** 2)
    gap = places[0] - places[1]
    return gap, _over(gap, np.sqrt(variances[0] + variances[1]))


def _over(gap: Floats, error: Floats) -> Floats:
    known = error > 0
    return np.where(known, gap / np.where(known, error, 1.0), np.nan)
