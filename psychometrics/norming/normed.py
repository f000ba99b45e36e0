"""Normed scores: where each score stands in the norm sample, and how sure that is."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from psychometrics.instrument import Instrument
from psychometrics.kernels.standard_scores import iq_score, stanine, sten, t_score
from psychometrics.norming.cells.cell import Interval, NoRank, Note, Placing
from psychometrics.norming.cuts import cut_decisions
from psychometrics.norming.norms import Norms
from psychometrics.result import Result, Source
from psychometrics.scoring.cuts import CutDecisions
from psychometrics.scoring.finish import REASONS as SCORE_REASONS
from psychometrics.scoring.score_errors import ScoreError, errors_at
from psychometrics.scoring.scores import (
    interleave,
    join_labels,
    place_in_bands,
    repeat_rows,
    scale_ends,
    tile_names,
)

if TYPE_CHECKING:
    from psychometrics.norming.uncertainty.result import PercentileUncertainty

Floats = npt.NDArray[np.float64]


REASONS = {
    NoRank.RANKED: "",
    NoRank.NO_SCORE: "no raw score",
    NoRank.NO_STRATUM: "in no stratum of the norms",
    NoRank.NO_NORMS: "the edition has no norms for this scale and stratum",
    NoRank.OUTSIDE_POINTS: "outside the published percentile points",
    NoRank.NO_WEIGHT: "everybody in this part of the norm sample has weight 0",
    NoRank.NO_AGE: "no age (or grade), which these norms run along",
    NoRank.OUTSIDE_AGES: "outside the ages (or grades) that these norms cover",
    NoRank.NOT_CONVERTED: "outside the scores that the stored conversion reaches",
    NoRank.NOT_SMOOTHED: "no smooth distribution could be fitted to this part of the norm sample",
}
NOTES = {
    Note.OUTSIDE: "outside every score of the norm sample",
    Note.THIN: "fewer than 100 people in this part of the norm sample",
    Note.NORMAL_CURVE: "from the published mean and SD under a normal curve",
    Note.ONLY_Z: "published mean and SD of a skewed scale: no percentile rank can be read off them",
    Note.NO_N: "no interval: the size of the norm sample was not published",
    Note.INTERPOLATED: "between published percentile points",
    Note.NO_TOTAL: "no total interval: an error of this score or the size of the norm sample is not known",
    Note.FLOOR: "15 % or more of the norm sample have this lowest score: it says little about who is how low",
    Note.OUTDATED: "outdated: the norm sample is more than 15 years old",
    Note.UNUSABLE: "no longer usable: the norm sample is more than 20 years old; used on demand",
    Note.NO_DATE: "the age of the norm sample is not known",
    Note.EXTREME: "as far out as these norms go: the rank is this extreme or more",
    Note.CONVERTED: "through a stored conversion to an earlier version; its error is in the interval",
    Note.CEILING: "15 % or more of the norm sample have this highest score: it says little about who is how high",
}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class NormedScores(Result):
    """Scores with their place in a norm sample; arrays of shape (n_scales, n_rows).

    Attributes
    ----------
    norms : Norms
        The edition that was used.
    raw, percentile_rank, percentile_lower, percentile_upper, z, norm_n : ndarray of float64
        Raw score; rank in 0..100 with its interval; normal deviate; size of the part of the norm sample used.
    interval : {"norm_sample", "total"}
        What the interval of the rank holds: the sampling of the norm sample alone, or the errors of the score too.
    stratum : ndarray of int32
        Position in ``strata`` per row; negative: in none.
    reason, note : ndarray of int
        ``NoRank`` and ``Note`` codes; in words in ``to_frame``.
    standard_errors : mapping
        Standard error of measurement per scale, where known: one number, raw score -> error, or ErrorSources.
    n_raters, n_missing, n_valid : ndarray of int16, or None
        Raters (-1: not rated), missing items and valid answers behind each score; None where not known.
    no_score : ndarray of int8, or None
        Why there is no raw score (``NoScore`` codes); None where not known.
    placing : Placing
        Definition of the percentile rank, kind of standard scores, level of all intervals.
    """

    norms: Norms
    instrument: Instrument | None
    persons: pa.Table
    scale_ids: tuple[str, ...]
    raw: Floats
    percentile_rank: Floats
    percentile_lower: Floats
    percentile_upper: Floats
    z: Floats
    norm_n: Floats
    stratum: npt.NDArray[np.int32]
    strata: tuple[str, ...]
    outside_strata: tuple[str, ...]
    reason: npt.NDArray[np.int8]
    note: npt.NDArray[np.int16]
    standard_errors: Mapping[str, ScoreError]
    placing: Placing
    source: Source
    interval: Interval = "norm_sample"
    n_raters: npt.NDArray[np.int16] | None = None
    n_missing: npt.NDArray[np.int16] | None = None
    n_valid: npt.NDArray[np.int16] | None = None
    no_score: npt.NDArray[np.int8] | None = None

    @property
    def t(self) -> Floats:
        """T scores, 50 + 10 z."""
        return t_score(self.z)

    def errors(self) -> Floats:
        """Return the standard error of measurement of every score, shape (n_scales, n_rows); nan where not known."""
        raters, missing = (
            [None] * len(self.scale_ids) if counts is None else counts
            for counts in (self.n_raters, self.n_missing)
        )
        return np.array(
            [
                errors_at(self.standard_errors.get(s), *row)
                for s, *row in zip(self.scale_ids, self.raw, raters, missing, strict=True)
            ]
        )

    def uncertainty(self, **options: Any) -> PercentileUncertainty:
        """How uncertain every percentile rank is, source by source and in all.

        See :func:`psychometrics.norming.uncertainty.percentile.percentile_uncertainty` for the options: ``true_score``,
        ``confidence``, ``n_raters``, ``n_missing``.
        """
        from psychometrics.norming.uncertainty.percentile import percentile_uncertainty

        return percentile_uncertainty(self, **options)

    def cuts(self) -> CutDecisions:
        """Every cut of the instrument: met or not, and the probability that the true score reaches it.

        A cut on a normed metric (percentile rank, z, T) is brought back to the lowest raw score that meets it in the
        person's own part of the norms.
        """
        return cut_decisions(self)

    def columns(self) -> Mapping[str, Any]:
        """One row per person, occasion and scale."""
        n_scales, n_rows = self.raw.shape
        keys = [name for name in ("person_id", "occasion") if name in self.persons.column_names]
        raw, z, n = (array.T.reshape(-1) for array in (self.raw, self.z, self.norm_n))
        errors = self.errors().T.reshape(-1)
        margins = NormalDist().inv_cdf(0.5 + self.placing.confidence / 2) * errors
        least, most = scale_ends(self.instrument, self.scale_ids, n_rows)
        return {
            **{name: repeat_rows(self.persons.column(name), n_scales) for name in keys},
            "scale_id": tile_names(self.scale_ids, n_rows),
            "raw_score": raw,
            **({} if self.n_valid is None else {"n_valid": self.n_valid.T.reshape(-1)}),
            "standard_error_of_measurement": errors,
            "score_lower": np.maximum(raw - margins, least),
            "score_upper": np.minimum(raw + margins, most),
            "percentile_rank": self.percentile_rank.T.reshape(-1),
            "percentile_lower": self.percentile_lower.T.reshape(-1),
            "percentile_upper": self.percentile_upper.T.reshape(-1),
            "percentile_interval": tile_names((self.interval,), n_scales * n_rows),
            "z": z,
            "t": t_score(z),
            "iq": iq_score(z),
            "stanine": stanine(z),
            "sten": sten(z),
            "band": self._bands(),
            **({"cuts_met": self._cuts_met()} if self.instrument and self.instrument.definition.cuts else {}),
            "norms": tile_names((self.norms.name,), n_scales * n_rows),
            "stratum": self._stratum_column(n_scales),
            "norm_n": n,
            "simulated": np.full(n_scales * n_rows, self.norms.head.simulated),
            "reason": self._reason_column(),
            "note": self._note_column(),
        }

    def _stratum_column(self, n_scales: int) -> pa.DictionaryArray:
        index = np.repeat(self.stratum, n_scales)
        return pa.DictionaryArray.from_arrays(
            pa.array(np.maximum(index, 0), mask=index < 0), pa.array(self.strata)
        )

    def _reason_column(self) -> pa.DictionaryArray:
        reason = self.reason.T.reshape(-1).astype(np.int32)
        lost = np.repeat(-1 - self.stratum, len(self.scale_ids))
        texts = [REASONS[code] for code in sorted(NoRank)]
        code = np.where(reason == NoRank.NO_STRATUM, len(texts) + np.maximum(lost, 0), reason)
        texts += self.outside_strata
        if self.no_score is not None:
            why = self.no_score.T.reshape(-1)
            code = np.where((reason == NoRank.NO_SCORE) & (why > 0), len(texts) - 1 + why, code)
            texts += [text for _, text in sorted(SCORE_REASONS.items()) if text]
        return pa.DictionaryArray.from_arrays(
            pa.array(code.astype(np.int32), mask=reason == 0), pa.array(texts)
        )

    def _note_column(self) -> pa.DictionaryArray:
        note = np.where(self.reason == 0, self.note, 0).T.reshape(-1).astype(np.int32)
        used = np.flatnonzero(np.bincount(note, minlength=1))
        texts = ["; ".join(text for flag, text in NOTES.items() if flag & code) for code in used.tolist()]
        place = np.zeros(used.max(initial=0) + 1, np.int32)
        place[used] = np.arange(len(used))
        return pa.DictionaryArray.from_arrays(
            pa.array(place[note], mask=note == 0), pa.array(texts, pa.string())
        )

    @property
    def _metrics(self) -> Mapping[str, Floats]:
        return {"raw": self.raw, "percentile_rank": self.percentile_rank, "z": self.z, "t": self.t}

    def _bands(self) -> pa.Array:
        bands = self.instrument.definition.bands if self.instrument else []
        parts = [
            (
                b.scale,
                b.metric,
                [float(step.lower) for step in b.steps],
                [step.label for step in b.steps],
            )
            for b in bands
        ]
        return self._labels(parts)

    def _cuts_met(self) -> pa.Array:
        cuts = self.instrument.definition.cuts if self.instrument else []
        return self._labels([(c.scale, c.metric, [-math.inf, float(c.at)], [None, c.id]) for c in cuts])

    def _labels(self, parts: Sequence[tuple[str, str, list[float], Sequence[str | None]]]) -> pa.Array:
        """Return the labels that each score reaches on its metric, in the order of the rows of ``columns``."""
        metrics = self._metrics
        per_scale: dict[str, list[pa.Array]] = {scale_id: [] for scale_id in self.scale_ids}
        for scale_id, metric, edges, labels in parts:
            if scale_id in per_scale:
                values = metrics[metric][self.scale_ids.index(scale_id)]
                per_scale[scale_id].append(place_in_bands(values, edges, list(labels)))
        n_rows = self.raw.shape[1]
        return interleave([join_labels(one, n_rows) for one in per_scale.values()])

    def __repr__(self) -> str:
        simulated = " SIMULATED" if self.norms.head.simulated else ""
        return f"<NormedScores in {self.norms.name}:{simulated} {self.raw.shape[1]:,} rows, {len(self.scale_ids)} scales>"
