"""Scores: one per person, occasion and scale, with what they rest on."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from statistics import NormalDist
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from psychometrics.errors import ScoringError
from psychometrics.instrument import Instrument
from psychometrics.result import Result, Source
from psychometrics.scoring.cuts import Cut, CutDecisions
from psychometrics.scoring.finish import REASONS
from psychometrics.scoring.score_errors import ScoreError, check_errors, errors_at

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scores(Result):
    """Scores of persons on the scales of an instrument; unrounded but for the instrument's own rounding rule.

    Attributes
    ----------
    instrument : Instrument
        What was asked.
    persons : pyarrow.Table
        ``person_id``, ``occasion`` where there is one, and the other person columns.
    raw : ndarray of float64, shape (n_scales, n_rows)
        Raw scores; nan where there is none.
    n_valid : ndarray of int16, shape (n_scales, n_rows)
        Answers, criteria or components that counted.
    reason : ndarray of int8, shape (n_scales, n_rows)
        0, or why there is no score (``NoScore``).
    n_raters : ndarray of int16, shape (n_scales, n_rows)
        Fewest raters on any criterion that counted; -1 for scales without ratings; empty when nothing is rated.
    adjudicate : ndarray of bool, shape (n_scales, n_rows)
        True where raters of some criterion of the scale lie apart by the gap of the definition or more.
    standard_errors : mapping
        Standard error of measurement per scale, where known: one number, raw score -> error, or ErrorSources.
    confidence : float
        Level of the score interval that ``to_frame`` shows.
    """

    instrument: Instrument
    persons: pa.Table
    raw: Floats
    n_valid: npt.NDArray[np.int16]
    reason: npt.NDArray[np.int8]
    n_raters: npt.NDArray[np.int16]
    adjudicate: npt.NDArray[np.bool_]
    standard_errors: Mapping[str, ScoreError] = field(default_factory=dict)
    confidence: float = 0.95
    notes: tuple[str, ...] = ()
    source: Source

    @property
    def n_rows(self) -> int:
        """Number of person-occasions."""
        return int(self.raw.shape[1])

    @property
    def scale_ids(self) -> tuple[str, ...]:
        """Ids of the scales, in the order of the rows of ``raw``."""
        return self.instrument.scale_ids

    def of(self, scale_id: str) -> Floats:
        """Raw scores of one scale, one per row of ``persons``."""
        if scale_id not in self.scale_ids:
            raise ScoringError(
                f'{self.instrument.name} has no scale "{scale_id}"',
                hint=f"Scales: {', '.join(self.scale_ids)}.",
            )
        row: Floats = self.raw[self.scale_ids.index(scale_id)]
        return row

    def with_standard_errors(self, errors: Mapping[str, ScoreError], *, confidence: float = 0.95) -> Scores:
        """Return the same scores with standard errors of measurement, score intervals and sureness at cuts.

        The interval is raw score -/+ z * standard error, ended where the scale ends: what repeated measurement of the
        same person would give if the error is normal.

        Parameters
        ----------
        errors : mapping of scale to number, to a mapping of raw score to number, or to ErrorSources
            One error for the whole scale, such as ``reliability(...).standard_errors()``; errors along the score,
            such as ``conditional_standard_errors(responses, scale=...).for_scores("feldt")``; or
            :class:`ErrorSources`, which keeps measurement, raters and missing items apart and so knows the error of
            a score from this person's number of raters and of missing items. Between the scores of a table the error
            is read off the straight line, beyond its ends it stays.
        confidence : float
            Level of the interval.

        Raises
        ------
        ScoringError
            A scale the instrument does not have; errors below 0, infinite, or none in a table.
        """
        check_errors(errors, self.scale_ids)
        return replace(self, standard_errors=dict(errors), confidence=confidence)

    def errors(self) -> Floats:
        """Return the standard error of measurement of every score, shape (n_scales, n_rows); nan where not known."""
        missing = self.n_missing()
        rated = [None] * len(self.scale_ids) if not self.n_raters.size else self.n_raters
        return np.array(
            [
                errors_at(self.standard_errors.get(s), self.raw[i], rated[i], missing[i])
                for i, s in enumerate(self.scale_ids)
            ]
        )

    def n_missing(self) -> npt.NDArray[np.int16]:
        """Items, criteria or components that each score had to do without, shape (n_scales, n_rows).

        0 for scales that refuse blanks: what they lack was not applicable. Where a scale both prorates and branches,
        items that were not applicable count as missing.
        """
        scales = [self.instrument.scale(scale_id) for scale_id in self.scale_ids]
        elements = np.array([scale.n_elements for scale in scales], np.int16)[:, None]
        refuse = np.array([scale.missing == "refuse" for scale in scales])[:, None]
        return np.where(refuse, 0, elements - self.n_valid).astype(np.int16)

    def cuts(self) -> CutDecisions:
        """Every raw-score cut of the instrument: met or not, and the probability that the true score reaches it."""
        mine = [cut for cut in self.instrument.definition.cuts if cut.metric == "raw"]
        rows = [self.scale_ids.index(cut.scale) for cut in mine]
        at = np.array([float(cut.at) for cut in mine])
        raw = self.raw[rows]
        return CutDecisions(
            persons=self.persons,
            cuts=tuple(Cut(id=c.id, scale_id=c.scale, metric=c.metric, at=float(c.at)) for c in mine),
            raw=raw,
            raw_cut=np.broadcast_to(at[:, None], raw.shape),
            standard_errors=self.errors()[rows],
            met=np.where(np.isnan(raw), math.nan, raw >= at[:, None]),
            source=self.source,
        )

    def wide(self) -> pa.Table:
        """Person columns, then one column of raw scores per scale."""
        columns = {name: self.persons.column(name) for name in self.persons.column_names}
        return pa.table(
            columns
            | {s: pa.array(row, from_pandas=True) for s, row in zip(self.scale_ids, self.raw, strict=True)}
        )

    def columns(self) -> Mapping[str, Any]:
        """One row per person, occasion and scale."""
        n_scales, n_rows = self.raw.shape
        keys = [name for name in ("person_id", "occasion") if name in self.persons.column_names]
        raw = self.raw.T.reshape(-1)
        columns: dict[str, Any] = {
            **{name: repeat_rows(self.persons.column(name), n_scales) for name in keys},
            "scale_id": tile_names(self.scale_ids, n_rows),
            "raw_score": raw,
            "n_valid": self.n_valid.T.reshape(-1),
            "reason": reason_column(self.reason.T.reshape(-1)),
        }
        if self.standard_errors:
            errors = self.errors().T.reshape(-1)
            margins = NormalDist().inv_cdf(0.5 + self.confidence / 2) * errors
            columns["standard_error_of_measurement"] = errors
            least, most = scale_ends(self.instrument, self.scale_ids, n_rows)
            columns["score_lower"] = np.maximum(raw - margins, least)
            columns["score_upper"] = np.minimum(raw + margins, most)
        columns["band"] = self._band_column()
        if any(cut.metric == "raw" for cut in self.instrument.definition.cuts):
            columns["cuts_met"] = self._cuts_column()
        if len(self.n_raters):
            raters = self.n_raters.T.reshape(-1)
            columns["n_raters"] = pa.array(np.maximum(raters, 0), mask=raters < 0)
            columns["adjudicate"] = self.adjudicate.T.reshape(-1)
        return columns

    def _band_column(self) -> pa.Array:
        bands = [band for band in self.instrument.definition.bands if band.metric == "raw"]
        per_scale = []
        for scale_id, row in zip(self.scale_ids, self.raw, strict=True):
            mine = [band for band in bands if band.scale == scale_id]
            parts = [
                place_in_bands(row, [float(s.lower) for s in b.steps], [s.label for s in b.steps])
                for b in mine
            ]
            per_scale.append(join_labels(parts, len(row)))
        return interleave(per_scale)

    def _cuts_column(self) -> pa.Array:
        cuts = [cut for cut in self.instrument.definition.cuts if cut.metric == "raw"]
        per_scale = []
        for scale_id, row in zip(self.scale_ids, self.raw, strict=True):
            mine = [cut for cut in cuts if cut.scale == scale_id]
            parts = [place_in_bands(row, [-math.inf, float(cut.at)], [None, cut.id]) for cut in mine]
            per_scale.append(join_labels(parts, len(row)))
        return interleave(per_scale)

    def __repr__(self) -> str:
        return f"<Scores on {self.instrument.name}: {self.n_rows:,} rows, {len(self.scale_ids)} scales>"


def scale_ends(
    instrument: Instrument | None, scale_ids: tuple[str, ...], times: int
) -> tuple[Floats, Floats]:
    """Return the lowest and highest score of each scale, over and over; infinite where it has no ends."""
    if instrument is None:
        ends = [(-math.inf, math.inf)] * len(scale_ids)
    else:
        ends = [(instrument.scale(s).minimum, instrument.scale(s).maximum) for s in scale_ids]
    low, high = np.array(ends).T
    return (
        np.tile(np.where(np.isnan(low), -math.inf, low), times),
        np.tile(np.where(np.isnan(high), math.inf, high), times),
    )


def place_in_bands(values: Floats, edges: list[float], labels: list[str | None]) -> pa.Array:
    """Return the label of the band each value lies in; lower edges are included; blank below the first and for nan."""
    index = np.searchsorted(np.array(edges), values, side="right") - 1
    gone = (index < 0) | np.isnan(values)
    return pa.array(labels, pa.string()).take(pa.array(np.where(gone, 0, index), mask=gone))


def join_labels(parts: list[pa.Array], length: int) -> pa.Array:
    """Return the labels of each row in one text, apart by semicolons; blank where there is none."""
    import pyarrow.compute as pc

    if not parts:
        return pa.nulls(length, pa.string())
    return parts[0] if len(parts) == 1 else pc.binary_join_element_wise(*parts, "; ", null_handling="skip")


def interleave(per_scale: list[pa.Array]) -> pa.Array:
    """Return one row per person and scale from one array per scale."""
    n_scales, n_rows = len(per_scale), len(per_scale[0])
    order = np.arange(n_scales * n_rows).reshape(n_scales, n_rows).T.reshape(-1)
    joined = pa.concat_arrays(
        [part.dictionary_decode() if pa.types.is_dictionary(part.type) else part for part in per_scale]
    )
    return joined.take(pa.array(order))


def repeat_rows(column: pa.ChunkedArray, times: int) -> pa.ChunkedArray:
    """Return each cell ``times`` times in a row."""
    return column.take(pa.array(np.repeat(np.arange(len(column)), times)))


def tile_names(names: tuple[str, ...], times: int) -> pa.DictionaryArray:
    """Return the names over and over, as a dictionary column."""
    return pa.DictionaryArray.from_arrays(
        pa.array(np.tile(np.arange(len(names), dtype=np.int32), times)), pa.array(names)
    )


def reason_column(reason: npt.NDArray[np.int8]) -> pa.DictionaryArray:
    """Return the reasons as text; blank where there is a score."""
    texts = [REASONS[code] or "" for code in sorted(REASONS)]
    return pa.DictionaryArray.from_arrays(
        pa.array(reason.astype(np.int32), mask=reason == 0), pa.array(texts)
    )
