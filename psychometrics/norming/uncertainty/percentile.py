"""The whole uncertainty of a percentile rank: norm sample, measurement, raters, missing items."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from psychometrics.errors import NormError, Problem, did_you_mean
from psychometrics.norming.cells.cell import NoRank, Note
from psychometrics.norming.continuous.places import ages_for
from psychometrics.norming.smoothing import placing_for
from psychometrics.norming.strata import stratum_keys
from psychometrics.norming.uncertainty.limits import ScoreSet, limits
from psychometrics.norming.uncertainty.parts import PARTS, SCORE_PARTS, Limits, NoTotal
from psychometrics.norming.uncertainty.result import PercentileUncertainty
from psychometrics.scoring.error_sources import ErrorSources

if TYPE_CHECKING:
    from psychometrics.norming.normed import NormedScores

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.integer]
TrueScore = Literal["observed", "kelley"]
Counts = Mapping[str, int | Sequence[int] | Integers]


def percentile_uncertainty(
    normed: NormedScores,
    *,
    true_score: TrueScore = "observed",
    confidence: float | None = None,
    n_raters: Counts | None = None,
    n_missing: Counts | None = None,
) -> PercentileUncertainty:
    """Return how uncertain every percentile rank is: each source alone, and all of them together.

    What is estimated: 100 H(T), the rank, among the scores of the population, of the person's *true score* T, the mean
    of the scores that this person would get over replications of the measurement (other moments, other items or tasks
    as far as the standard error counts them, other raters, no blanks). Not the rank of T among true scores, and not
    the rank of the score that happened to be observed, whose only uncertainty is the norm sample.

    - norm_sample: the score taken as exact; the interval of the norms (with weights, where these are weighted).
    - measurement, raters, missing: that source alone; the norms taken as exact.
    - total: the least and greatest H(t) over all t and all populations whose joint deviance is at most z^2,
      a^2 + b^2 = z^2, a = |x - t| / s(t), b the deviate of the norms' own interval at t.

    Parameters
    ----------
    normed : NormedScores
        With standard errors (``Scores.with_standard_errors``, ``norms.apply(standard_errors=...)``, or those kept with
        the norms): a number, raw score -> error, or :class:`ErrorSources` where raters and missing items are told
        apart.
    true_score : {"observed", "kelley"}
        Limits around the observed score, which hold for each person whatever their true score; or around the true
        score estimated by regression to the mean of the norms, which hold on average over the people of the
        population, and are narrower.
    confidence : float, optional
        Level of all intervals; that of ``normed`` when left out.
    n_raters, n_missing : mapping of scale to number, or to one number per row, optional
        In place of what the scores say; needed for error sources of scores that came as a plain table.

    Returns
    -------
    PercentileUncertainty
        One row per person and scale; nan with a reason where a source is unknown.

    Raises
    ------
    NormError
        An unknown scale or word, counts of the wrong length.

    Notes
    -----
    Errors of the score are independent, normal and add on the metric of the score. Error tables are read at the true
    score that is tried, so that the interval of a score at the floor reaches up, even if its own error is 0. Kelley:
    m + r (x - m) with error s sqrt(r), r = (SD^2 - s_m^2 - s_r^2) / (SD^2 + s_x^2); m, SD of the person's part of the
    norm sample, s_m the root mean square of the measurement error over it, s_r and s_x the errors of raters and of
    missing items; the norm sample is taken to be rated by as many raters as the person, and complete.
    Coverage: docs/statistics/percentile-uncertainty.md. With one source it equals that source's interval.

    References
    ----------
    Kelley (1947), Fundamentals of statistics; Dudek (1979), doi:10.1037/0033-2909.86.2.335; Voncken, Albers and
    Timmerman (2019), doi:10.3758/s13428-018-1122-8, for the sampling of the norms.
    """
    level = normed.placing.confidence if confidence is None else confidence
    if not 0 < level < 1:
        raise NormError(f"confidence={level!r}; expected a number between 0 and 1, such as 0.95")
    if true_score not in ("observed", "kelley"):
        raise NormError(f"true_score={true_score!r}; expected 'observed' or 'kelley'")
    raters = _counts("n_raters", n_raters, normed.n_raters, normed)
    missing = _counts("n_missing", n_missing, normed.n_missing, normed)
    ages = ages_for(normed.norms.head, normed.persons)
    out = _Out(normed.raw.shape)
    for row, scale_id in enumerate(normed.scale_ids):
        error = normed.standard_errors.get(scale_id)
        sources = (
            error if error is None or isinstance(error, ErrorSources) else ErrorSources(measurement=error)
        )
        for position, key in enumerate(stratum_keys(normed.norms.head.strata)):
            cell = normed.norms.cell(key, scale_id)
            if cell is None:
                continue
            inside = np.flatnonzero((normed.stratum == position) & (normed.reason[row] == NoRank.RANKED))
            if not len(inside):
                continue
            scores = ScoreSet(
                raw=normed.raw[row, inside],
                ages=None if ages is None else ages[inside],
                n_raters=raters[row, inside] if _asks(sources, "raters") else None,
                n_missing=missing[row, inside] if _asks(sources, "missing") else None,
            )
            placing = placing_for(replace(normed.placing, confidence=level), normed.instrument, scale_id)
            ends, kelley = _ends(normed, scale_id), true_score == "kelley"
            out.put(row, inside, limits(cell, scores, sources, placing, ends, kelley=kelley))
    out.reason = np.where(normed.reason != NoRank.RANKED, NoTotal.NOT_PLACED, out.reason).astype(np.int8)
    return PercentileUncertainty(
        normed=normed,
        true_score=true_score,
        confidence=level,
        estimated_true_score=out.true,
        percentile_rank=out.rank,
        errors=out.errors,
        lower=out.lower,
        upper=out.upper,
        reason=out.reason,
        source=normed.source,
    )


def with_total_interval(normed: NormedScores) -> NormedScores:
    """Return the same scores with the total interval in place of that of the norm sample."""
    found = percentile_uncertainty(normed)
    lower, upper = found.lower["total"], found.upper["total"]
    gone = np.isnan(lower) & ~np.isnan(normed.percentile_rank)
    options = (*normed.source.options, ("interval", "total"))
    return replace(
        normed,
        percentile_lower=lower,
        percentile_upper=upper,
        note=normed.note | np.where(gone, Note.NO_TOTAL, 0).astype(normed.note.dtype),
        interval="total",
        source=replace(normed.source, options=options),
    )


def _asks(sources: ErrorSources | None, name: str) -> bool:
    return sources is not None and getattr(sources, name) is not None


def _ends(normed: NormedScores, scale_id: str) -> tuple[float, float]:
    """Return the lowest and highest score of the scale; infinite where it has none."""
    if normed.instrument is None:
        return -np.inf, np.inf
    scale = normed.instrument.scale(scale_id)
    low, high = scale.minimum, scale.maximum
    return (-np.inf if np.isnan(low) else low), (np.inf if np.isnan(high) else high)


def _counts(name: str, given: Counts | None, own: Any, normed: NormedScores) -> Integers:
    """Return the counts of every score, shape (n_scales, n_rows); -1 where not known."""
    counts = np.full(normed.raw.shape, -1, np.int64) if own is None else np.array(own, np.int64)
    problems = []
    for scale_id, values in (given or {}).items():
        one = np.asarray(values)
        if scale_id not in normed.scale_ids:
            hint = did_you_mean(scale_id, normed.scale_ids)
            problems.append(Problem(where=scale_id, what="no such scale", hint=hint))
        elif one.dtype.kind not in "iu" or one.shape not in ((), counts.shape[1:]) or (one < 0).any():
            expected = f"a whole number, 0 or more, or one for each of {counts.shape[1]:,} rows"
            problems.append(
                Problem(where=scale_id, what=f"{one.dtype} of shape {one.shape}", expected=expected)
            )
        else:
            counts[normed.scale_ids.index(scale_id)] = one
    if problems:
        raise NormError(f"{name} cannot be used", problems=problems)
    return counts


class _Out:
    """The arrays that are filled, scale by scale and stratum by stratum."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        self.true, self.rank = (np.full(shape, np.nan) for _ in range(2))
        self.errors = {name: np.full(shape, np.nan) for name in SCORE_PARTS}
        self.lower = {name: np.full(shape, np.nan) for name in PARTS}
        self.upper = {name: np.full(shape, np.nan) for name in PARTS}
        self.reason = np.zeros(shape, np.int8)

    def put(self, row: int, inside: npt.NDArray[np.intp], found: Limits) -> None:
        """Fill one stratum of one scale."""
        self.true[row, inside], self.rank[row, inside] = found.true, found.rank
        self.reason[row, inside] = found.reason
        for name in PARTS:
            self.lower[name][row, inside] = found.lower[name]
            self.upper[name][row, inside] = found.upper[name]
        for name, errors in self.errors.items():
            errors[row, inside] = found.errors[name]
