"""Place scores in a norm sample."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt

from psychometrics.errors import NormError, NormMismatchError
from psychometrics.kernels.percentile_definitions import DEFINITIONS
from psychometrics.norming.block import ScoreBlock, score_block
from psychometrics.norming.cells.cell import Interval, Method, NoRank, Places, Placing, Standard
from psychometrics.norming.continuous.places import ages_for, place_in
from psychometrics.norming.edition import Smoothing
from psychometrics.norming.editions.ageing import Outdated, check_age
from psychometrics.norming.normed import NormedScores
from psychometrics.norming.norms import COUNTED, Norms
from psychometrics.norming.smoothing import placing_for, read_smoothing
from psychometrics.norming.strata import stratum_index, stratum_keys
from psychometrics.norming.uncertainty.percentile import with_total_interval
from psychometrics.scoring import Scores
from psychometrics.scoring.score_errors import ScoreError, check_errors

Floats = npt.NDArray[np.float64]


def apply_norms(
    norms: Norms,
    scores: Any,
    *,
    strata: Sequence[str] | None = None,
    method: Method = "mid",
    standard: Standard = "normalised",
    confidence: float = 0.95,
    interval: Interval = "norm_sample",
    standard_errors: Mapping[str, ScoreError] | None = None,
    smoothing: str | Smoothing | None = None,
    outdated: Outdated = "refuse",
    today: date | None = None,
) -> NormedScores:
    """Place scores in a norm sample.

    Parameters
    ----------
    norms : Norms
        The edition.
    scores : Scores or frame
        Scores of the same fingerprint, or a table with a column per scale of the norms.
    strata : sequence of str, optional
        Names of the stratum variables to use; all by default, ``[]`` for the whole sample (counts only).
    method : {"mid", "below", "at_or_below", "blom", "tukey", "van_der_waerden", "rankit", "levenbach", "filliben", "yu_huang"}
        Percentile rank: share below plus half the ties, share below, share at or below, or a plotting position,
        which keeps off 0 and 100 and gives a z outside the sample too.
    standard : {"normalised", "linear"}
        Standard scores from the normal deviate of the percentile rank (rankit), or from mean and SD.
    confidence : float
        Level of the intervals.
    interval : {"norm_sample", "total"}
        What ``percentile_lower`` and ``percentile_upper`` hold: the sampling of the norm sample alone, about the rank
        of the score as observed; or all sources of :meth:`NormedScores.uncertainty`, about the rank of the true score.
    standard_errors : mapping, optional
        Standard errors of the scores, as for :meth:`Scores.with_standard_errors`; they go before those of the scores.
    smoothing : str or Smoothing, optional
        "log_linear" (degree by AIC), "kernel", "beta_binomial", or settings of your own; "none" for the counts as
        they are. What the edition says when left out.
    outdated : {"refuse", "allow"}
        What happens to an edition of more than 20 years. From 15 years on every result says so in its note.
    today : date, optional
        The day to judge the age of the edition by; today when left out.

    Returns
    -------
    NormedScores
        Per person and scale: percentile rank with its interval, z, T, IQ,
        stanine, sten, the stratum and its n, a reason where something cannot be said, a note where it can with care.
        Score intervals and ``cuts()`` use the standard errors of the scores (one per scale, or along the score),
        else those kept with the norms.

    Raises
    ------
    NormMismatchError
        Another instrument or fingerprint.
    """
    if not 0 < confidence < 1:
        raise NormError(f"confidence {confidence} must lie between 0 and 1")
    if interval not in ("norm_sample", "total"):
        raise NormError(f"interval {interval!r} is not known", hint='Use "norm_sample" or "total".')
    if method not in DEFINITIONS or standard not in ("normalised", "linear"):
        raise NormError(
            f"method {method!r} or standard {standard!r} is not known",
            hint=f'Use {", ".join(DEFINITIONS)}; "normalised" or "linear".',
        )
    block = score_block(scores, None if isinstance(scores, Scores) else list(norms.scale_ids))
    _check_fits(norms, block)
    age = check_age(norms.head, outdated=outdated, today=today)
    used = norms if strata is None else norms.over(list(strata))
    index, lost = stratum_index(used.head.strata, block.persons)
    chosen = norms.head.smoothing if smoothing is None else None
    if smoothing is not None and smoothing != "none":
        chosen = read_smoothing(smoothing)
        if norms.head.kind not in COUNTED:
            raise NormError(f"{norms.name} has no counts to smooth", hint="Leave smoothing= out.")
    placing = Placing(method=method, standard=standard, confidence=confidence, smoothing=chosen)
    ages = ages_for(used.head, block.persons)
    out = _Out(block.raw.shape)
    for position, key in enumerate(stratum_keys(used.head.strata)):
        inside: Any = slice(None) if not used.head.strata else np.flatnonzero(index == position)
        for row, scale_id in enumerate(block.scale_ids):
            cell = used.cell(key, scale_id)
            if cell is not None:
                own = placing_for(placing, block.instrument, scale_id)
                out.put(row, inside, place_in(cell, block.raw[row, inside], ages, inside, own))
    out.reason[:, index < 0] = NoRank.NO_STRATUM
    out.blank(np.isnan(block.raw))
    labels = tuple(" / ".join(key) or "whole sample" for key in stratum_keys(used.head.strata))
    check_errors(standard_errors or {}, block.scale_ids)
    normed = NormedScores(
        norms=used,
        instrument=block.instrument,
        persons=block.persons,
        scale_ids=block.scale_ids,
        raw=block.raw,
        percentile_rank=out.rank,
        percentile_lower=out.lower,
        percentile_upper=out.upper,
        z=out.z,
        norm_n=out.n,
        stratum=index,
        strata=labels,
        outside_strata=lost,
        reason=out.reason,
        note=out.note | age.note,
        standard_errors={**_own_errors(used), **block.standard_errors, **(standard_errors or {})},
        n_raters=block.n_raters,
        n_missing=block.n_missing,
        n_valid=block.n_valid,
        no_score=block.no_score,
        placing=placing,
        source=replace(
            used.source,
            input_sha256=block.source.input_sha256,
            options=(
                *block.source.options,
                ("method", method),
                ("standard", standard),
                ("confidence", str(confidence)),
                *([] if chosen is None else [("smoothing", chosen.method)]),
                *((f"conversion of {one.scale}", one.how) for one in used.head.conversion or ()),
                *([("outdated", outdated)] if age.verdict == "unusable" else []),
            ),
        ),
    )
    return normed if interval == "norm_sample" else with_total_interval(normed)


def _own_errors(norms: Norms) -> dict[str, ScoreError]:
    """Return the errors kept with the norms; those of the scores go before them."""
    return {one.scale: one.standard_error_of_measurement for one in norms.head.reliability}


def _check_fits(norms: Norms, block: ScoreBlock) -> None:
    own = block.instrument
    if own is None:
        return
    if own.fingerprint != norms.head.fingerprint:
        raise NormMismatchError(
            f"{norms.name} was made for {norms.head.instrument}@{norms.head.version} with another fingerprint than {own.name}",
            hint="Scores of different keys, items or rules cannot be compared. Use norms of this very instrument, or build them.",
            facts={"norms": norms.head.fingerprint, "scores": own.fingerprint},
        )


class _Out:
    """The arrays that are filled, stratum by stratum and scale by scale."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        self.rank, self.lower, self.upper, self.z, self.n = (np.full(shape, np.nan) for _ in range(5))
        self.reason = np.full(shape, NoRank.NO_NORMS, np.int8)
        self.note = np.zeros(shape, np.int16)

    def blank(self, gone: npt.NDArray[np.bool_]) -> None:
        """Say that there is nothing to place where there is no score."""
        self.reason[gone] = NoRank.NO_SCORE
        for values in (self.rank, self.lower, self.upper, self.z, self.n):
            values[gone] = np.nan

    def put(self, row: int, inside: Any, found: Places) -> None:
        """Fill one stratum of one scale."""
        self.rank[row, inside], self.z[row, inside], self.n[row, inside] = found.rank, found.z, found.n
        self.lower[row, inside], self.upper[row, inside] = found.lower, found.upper
        self.reason[row, inside], self.note[row, inside] = found.reason, found.note
