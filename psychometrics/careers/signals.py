"""What a person's own scores say, as numbers from 0 to 1; one array for everybody, so that a batch costs one pass."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from psychometrics.careers.method_gaps import MethodPair, method_gaps, method_pairs
from psychometrics.errors import CareersError
from psychometrics.instrument import Instrument, Scale
from psychometrics.norming.differences.result import ScoreDifferences
from psychometrics.norming.normed import NormedScores
from psychometrics.responses import MissingReason, Responses
from psychometrics.scoring.cuts import CutDecisions
from psychometrics.scoring.finish import NoScore
from psychometrics.scoring.scores import Scores

Floats = npt.NDArray[np.float64]
BLANK = (MissingReason.SKIPPED, MissingReason.NOT_REACHED, MissingReason.INVALID)
NOT_ASKED = (MissingReason.NOT_APPLICABLE, MissingReason.NOT_PRESENTED)
TOO_FEW = (NoScore.NOTHING_ANSWERED, NoScore.TOO_FEW_ANSWERED)
NOT_RATED = (NoScore.NOT_RATED, NoScore.TOO_FEW_RATED)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PersonSignals:
    """Signals of persons: arrays of shape (n_rows,), one row per person and occasion; nan where there is none.

    Attributes
    ----------
    scores : Scores
    normed : NormedScores or None
    values : mapping of str to ndarray
        By ``name:id``. Of a cut: ``probability`` that the true score reaches it, ``met`` (0 or 1), ``gap`` (1 less the
        probability), ``nearness`` (1 where the probability is a half), ``shortfall`` (distance to the cut as a share
        of the way from the lowest score to it), ``percentile`` (rank / 100), ``few_raters`` (1 / raters), ``quality``
        (share of the answers and criteria below the scale that counted). Of a scale: ``blank`` (share of its
        questions left blank), ``rating_open`` (1 where a rating lacks or raters lie apart), ``rating_lacking`` (1
        where a rating lacks). Of a composite of two methods: ``method_gap`` (self-report less tasks, -1 to 1) and ``method_gap_z`` (the gap over its error).
    pairs : tuple of MethodPair
        Composites that hold self-report beside tasks.
    cut_ids : tuple of str
        Cuts that have an answer here.
    """

    scores: Scores
    normed: NormedScores | None
    values: Mapping[str, Floats]
    pairs: tuple[MethodPair, ...]
    cut_ids: tuple[str, ...]

    @property
    def instrument(self) -> Instrument:
        """What was asked."""
        return self.scores.instrument

    @property
    def n_rows(self) -> int:
        """Number of person-occasions."""
        return self.scores.n_rows

    def of(self, name: str, id_: str) -> Floats:
        """Return one signal of one cut or scale; nan throughout where it was never computed."""
        found = self.values.get(f"{name}:{id_}")
        return np.full(self.n_rows, np.nan) if found is None else found


def person_signals(
    scores: Scores,
    normed: NormedScores | None = None,
    responses: Responses | None = None,
    *,
    differences: ScoreDifferences | None = None,
) -> PersonSignals:
    """Compute the signals of everybody in some scores.

    Parameters
    ----------
    scores : Scores
        With standard errors, where the probability of meeting a cut is to be known.
    normed : NormedScores, optional
        The same scores in their norm sample: gives percentile ranks, and cuts that are set on a normed metric.
    responses : Responses, optional
        What was answered: tells what was left blank from what was not asked.
    differences : ScoreDifferences, optional
        ``score_differences(normed)``, where it was worked out already.

    Returns
    -------
    PersonSignals

    Raises
    ------
    CareersError
        ``normed`` or ``responses`` are of other people, or of another instrument.
    """
    _same_people(scores, normed, responses)
    values: dict[str, Floats] = {}
    decisions = scores.cuts() if normed is None or normed.instrument is None else normed.cuts()
    completeness = _completeness(scores)
    for i, cut in enumerate(decisions.cuts):
        scale = scores.instrument.scale(cut.scale_id)
        values |= {f"{name}:{cut.id}": array for name, array in _of_cut(decisions, i, scale).items()}
        values[f"quality:{cut.id}"] = _quality(scores, scale, completeness)
        values[f"few_raters:{cut.id}"] = _few_raters(scores, cut.scale_id)
        values[f"percentile:{cut.id}"] = _percentile(scores, normed, cut.scale_id)
    for scale in scores.instrument.scales:
        if not scale.components:
            values[f"blank:{scale.id}"] = _blank(scores, scale, responses)
            values |= _ratings(scores, scale)
    pairs = method_pairs(scores.instrument)
    values |= method_gaps(scores, normed, pairs, differences)
    return PersonSignals(
        scores=scores,
        normed=normed,
        values=values,
        pairs=pairs,
        cut_ids=tuple(cut.id for cut in decisions.cuts),
    )


def _same_people(scores: Scores, normed: NormedScores | None, responses: Responses | None) -> None:
    keys = [name for name in ("person_id", "occasion") if name in scores.persons.column_names]
    own = scores.persons.select(keys)
    if normed is not None and not _equal(normed.persons, own, keys):
        raise CareersError("the normed scores are not of the same people, in the same order, as the scores")
    if responses is None:
        return
    if responses.instrument.fingerprint != scores.instrument.fingerprint:
        raise CareersError(
            f"the responses are to {responses.instrument.name}, the scores on {scores.instrument.name}"
        )
    if responses.n_rows > scores.n_rows or not _equal(
        responses.persons, own.slice(0, responses.n_rows), keys
    ):
        raise CareersError(
            "the responses are not of the same people, in the same order, as the scores",
            hint="Give the responses that were scored.",
        )


def _equal(table: pa.Table, own: pa.Table, keys: list[str]) -> bool:
    return set(keys) <= set(table.column_names) and table.select(keys).equals(own)


def _of_cut(decisions: CutDecisions, i: int, scale: Scale) -> dict[str, Floats]:
    probability = decisions.probability()[i]
    raw, at = decisions.raw[i], decisions.raw_cut[i]
    way = at - scale.minimum
    short = np.clip((at - raw) / np.where(way > 0, way, 1.0), 0.0, 1.0)
    return {
        "probability": probability,
        "met": decisions.met[i],
        "gap": 1 - probability,
        "nearness": 1 - np.abs(2 * probability - 1),
        "shortfall": np.where(way > 0, short, np.where(np.isnan(way) | np.isnan(raw), np.nan, 0.0)),
    }


def _base_scales(scale: Scale, instrument: Instrument) -> list[Scale]:
    if not scale.components:
        return [scale]
    below = [_base_scales(instrument.scale(part.scale_id), instrument) for part in scale.components]
    return list({one.id: one for many in below for one in many}.values())


def _completeness(scores: Scores) -> Floats:
    """Return the share of the elements of each scale that counted; what was not applicable is not missed."""
    elements = np.array([scores.instrument.scale(s).n_elements for s in scores.scale_ids], np.float64)[
        :, None
    ]
    scored = scores.reason == NoScore.SCORED
    share = np.where(scored, 1 - scores.n_missing() / elements, scores.n_valid / elements)
    return np.where(scores.reason == NoScore.NOT_APPLICABLE, np.nan, share)


def _quality(scores: Scores, scale: Scale, completeness: Floats) -> Floats:
    """Return the share of the answers and criteria below a scale that counted."""
    below = _base_scales(scale, scores.instrument)
    rows = [scores.scale_ids.index(one.id) for one in below]
    sizes = np.array([one.n_elements for one in below], np.float64)[:, None]
    known = ~np.isnan(completeness[rows])
    size = (sizes * known).sum(axis=0)
    counted = np.where(known, sizes * completeness[rows], 0.0).sum(axis=0)
    return np.where(size > 0, counted / np.where(size > 0, size, 1.0), np.nan)


def _few_raters(scores: Scores, scale_id: str) -> Floats:
    if not scores.n_raters.size:
        return np.full(scores.n_rows, np.nan)
    raters = scores.n_raters[scores.scale_ids.index(scale_id)].astype(np.float64)
    return np.where(raters >= 1, 1 / np.maximum(raters, 1), np.nan)


def _percentile(scores: Scores, normed: NormedScores | None, scale_id: str) -> Floats:
    if normed is None or scale_id not in normed.scale_ids:
        return np.full(scores.n_rows, np.nan)
    rank: Floats = normed.percentile_rank[normed.scale_ids.index(scale_id)] / 100
    return rank


def _blank(scores: Scores, scale: Scale, responses: Responses | None) -> Floats:
    """Return the share of a scale's questions that was left blank; nan where nothing was asked."""
    if not scale.items:
        return np.full(scores.n_rows, np.nan)
    if responses is not None:
        return _blank_answers(scores, scale, responses)
    if scale.criteria:
        return np.full(scores.n_rows, np.nan)  # without the answers, blanks and lacking ratings look the same
    row = scores.scale_ids.index(scale.id)
    reason, n_valid = scores.reason[row], scores.n_valid[row].astype(np.float64)
    blank = np.where(np.isin(reason, TOO_FEW), 1 - n_valid / scale.n_elements, np.nan)
    missing = scores.n_missing()[row] / scale.n_elements
    return np.where(reason == NoScore.SCORED, missing, blank)


def _blank_answers(scores: Scores, scale: Scale, responses: Responses) -> Floats:
    rows = [scores.instrument.item_ids.index(item) for item in scale.items]
    codes = responses.codes[rows]
    blank = np.isin(codes, BLANK).sum(axis=0).astype(np.float64)
    asked = (~np.isin(codes, NOT_ASKED)).sum(axis=0)
    share = np.full(scores.n_rows, np.nan)
    share[: responses.n_rows] = np.where(asked > 0, blank / np.maximum(asked, 1), np.nan)
    return share


def _ratings(scores: Scores, scale: Scale) -> dict[str, Floats]:
    """Return 1 where a rated scale lacks ratings, and where it does or its raters lie apart; 0 where not.

    nan for scales without tasks.
    """
    if not scale.criteria:
        gone = np.full(scores.n_rows, np.nan)
        return {f"rating_open:{scale.id}": gone, f"rating_lacking:{scale.id}": gone}
    row = scores.scale_ids.index(scale.id)
    lacking = np.isin(scores.reason[row], NOT_RATED)
    open_ = lacking | scores.adjudicate[row] if scores.adjudicate.size else lacking
    return {
        f"rating_open:{scale.id}": open_.astype(np.float64),
        f"rating_lacking:{scale.id}": lacking.astype(np.float64),
    }
