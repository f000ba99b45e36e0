"""Differences of a person's scores: between scales (a profile) and between occasions; reliable, and rare."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

from psychometrics.errors import NormError, Problem
from psychometrics.kernels.score_differences import (
    chance_of_difference,
    correlation_interval,
    counted_share,
    difference_error,
    share_beyond,
)
from psychometrics.norming.differences.correlations import ScaleCorrelations
from psychometrics.norming.differences.result import ScoreDifferences, Unknown
from psychometrics.norming.differences.sides import Pair, Sides, of_occasions, of_scales
from psychometrics.norming.smoothing import placing_for
from psychometrics.tallying.retest_tally import RetestTally

if TYPE_CHECKING:
    from psychometrics.norming.normed import NormedScores

Floats = npt.NDArray[np.float64]
JointCounts = tuple[npt.ArrayLike, npt.ArrayLike, npt.ArrayLike]
"""First scores, second scores, and how many people have both; one entry per pair of scores."""
ByPair = Mapping[Any, float]
"""(scale, scale) in either order -> number; for occasions scale -> number."""


def score_differences(
    normed: NormedScores,
    second: NormedScores | None = None,
    *,
    pairs: Sequence[Pair] | None = None,
    correlations: ScaleCorrelations | ByPair | None = None,
    joint: RetestTally | Mapping[Any, JointCounts] | None = None,
    error_correlations: ByPair | None = None,
    confidence: float | None = None,
) -> ScoreDifferences:
    """Return for every person how two scores differ: beyond error or not, and how rare that is in the norm sample.

    d = z1 - z2;  se = sqrt(e1^2 + e2^2 - 2 c e1 e2);  base rate: share of people with a difference of |d| or more

    Parameters
    ----------
    normed : NormedScores
        With standard errors; of the first occasion where ``second`` is given.
    second : NormedScores, optional
        The same people later, in the same norms: then every scale is compared with itself, d = later - earlier.
        Rows are matched by ``person_id``.
    pairs : sequence of (str, str), optional
        Scales to compare, d = first - second. All pairs of scales that share no item and no criterion when left out.
    correlations : ScaleCorrelations or mapping, optional
        Correlation of the two scores in the norm sample: ``scale_correlations(sample)``, or (scale, scale) -> r; for
        occasions scale -> r. Base rates then come from a bivariate normal distribution.
    joint : mapping or RetestTally, optional
        Exact joint counts of the norm sample, (scale, scale) -> (first scores, second scores, counts); for occasions
        a ``RetestTally`` or scale -> counts. They go before correlations, assume no distribution, and hold practice
        effects. Counted scores beyond the ends of the norms take the z of the end.
    error_correlations : mapping, optional
        Correlation of the *errors* of the two scores, where they share raters, items or the day; 0 when left out.
    confidence : float, optional
        Level of the intervals; that of ``normed`` when left out.

    Returns
    -------
    ScoreDifferences
        One row per person and pair; ``exceeds_standard_error`` is the flag to show a difference at all.

    Raises
    ------
    NormError
        Unknown scales, people who occur twice on an occasion, different norms, correlations outside -1..1, joint
        counts with norms in several strata.

    Notes
    -----
    The z scores of these norms are compared, normalised or linear as they were placed. The error of a normalised z is
    the error of the score times the slope of z over score -/+ error. Equal z means equally far up in the norm sample.
    The base rate does not know the person's errors, and reliability does not know the norm sample's spread: a small
    difference between two precise scores can be reliable and common. Norms in strata: correlations are taken to be
    the same in each. For change with regression to the mean or practice see :func:`psychometrics.reliable_change`.

    References
    ----------
    Payne and Jones (1957), Journal of Clinical Psychology, 13, 115-121; Crawford, Howell and Garthwaite (1998),
    doi:10.1076/jcen.20.6.898.1112.
    """
    level = normed.placing.confidence if confidence is None else confidence
    if not 0 < level < 1:
        raise NormError(f"confidence={level!r}; expected a number between 0 and 1, such as 0.95")
    sides = of_scales(normed, pairs) if second is None else of_occasions(normed, second, pairs)
    asked = _Asked(sides, correlations, joint, error_correlations, level)
    return asked.result()


class _Asked:
    """Everything that is asked of the two sides."""

    def __init__(
        self,
        sides: Sides,
        correlations: ScaleCorrelations | ByPair | None,
        joint: RetestTally | Mapping[Any, JointCounts] | None,
        error_correlations: ByPair | None,
        confidence: float,
    ) -> None:
        self.sides, self.confidence, self.joint = sides, confidence, joint
        self.correlations = correlations
        self.error_correlations = error_correlations or {}
        given = {} if correlations is None or isinstance(correlations, ScaleCorrelations) else correlations
        _check_correlations({**given}, "correlations")
        _check_correlations(self.error_correlations, "error_correlations")
        head = sides.normed.norms.head
        if joint is not None and (head.strata or head.continuous is not None):
            raise NormError(
                "joint counts are of one sample, and these norms are in strata or run along age",
                hint="Apply the norms with strata=[], or give correlations.",
            )

    def result(self) -> ScoreDifferences:
        """Work out all pairs."""
        sides = self.sides
        sign = 1.0 if sides.between == "scales" else -1.0
        d = sign * (sides.first - sides.second)
        shared = [_by_pair(self.error_correlations, pair, 0.0) for pair in sides.pairs]
        error = np.empty(d.shape)
        for i, c in enumerate(shared):
            error[i] = difference_error(sides.first_error[i], sides.second_error[i], c)
        margin = float(ndtri(0.5 + self.confidence / 2)) * error
        rates = np.full((4, *d.shape), np.nan)
        origin = []
        for i, pair in enumerate(sides.pairs):
            rates[:, i], word = self._base_rates(pair, d[i], sign)
            origin.append(word)
        unknown = np.select(
            [np.isnan(d), np.isnan(error), np.isnan(rates[0])],
            [Unknown.NO_SCORE, Unknown.NO_ERROR, Unknown.NO_BASE_RATE],
            Unknown.NOTHING,
        ).astype(np.int8)
        options = (("between", sides.between), ("confidence", str(self.confidence)))
        source = sides.normed.source
        return ScoreDifferences(
            persons=sides.persons,
            pairs=sides.pairs,
            between=sides.between,
            first=sides.first,
            second=sides.second,
            difference=d,
            standard_error=np.where(np.isnan(d), np.nan, error),
            ci_lower=d - margin,
            ci_upper=d + margin,
            probability=chance_of_difference(d, error),
            base_rate=rates[0],
            base_rate_lower=rates[1],
            base_rate_upper=rates[2],
            base_rate_same_direction=rates[3],
            base_rate_from=tuple(origin),
            confidence=self.confidence,
            unknown=unknown,
            n_only_first=sides.n_only[0],
            n_only_second=sides.n_only[1],
            source=replace(source, options=(*source.options, *options)),
        )

    def _base_rates(self, pair: Pair, d: Floats, sign: float) -> tuple[Floats, str]:
        """Return base rate, its interval, and that of the same direction; and what they come from."""
        counts = _joint_counts(self.joint, pair)
        if counts is not None:
            return self._counted(pair, counts, d, sign), "joint counts"
        r, n = self._correlation(pair)
        if np.isnan(r):
            return np.full((4, len(d)), np.nan), "nothing"
        low, high = correlation_interval(r, float("nan") if n is None else n, self.confidence)
        one_way = share_beyond(d, r, n)
        least, most = (
            np.full(len(d), np.nan) if np.isnan(end) else 2 * share_beyond(d, end, n) for end in (high, low)
        )
        return np.array([2 * one_way, least, most, one_way]), f"correlation {r:.4g}"

    def _correlation(self, pair: Pair) -> tuple[float, int | None]:
        if isinstance(self.correlations, ScaleCorrelations):
            if self.sides.between == "occasions":
                raise NormError(
                    "correlations of scales say nothing of occasions",
                    hint="Give scale -> retest correlation, or joint=tally_retest(...).",
                )
            return self.correlations.of(*pair)
        return _by_pair(self.correlations or {}, pair, float("nan")), None

    def _counted(
        self, pair: Pair, counts: tuple[Floats, Floats, npt.NDArray[np.int64]], d: Floats, sign: float
    ) -> Floats:
        z = [self._z(name, scores) for name, scores in zip(pair, counts[:2], strict=True)]
        differences = sign * (z[0] - z[1])
        if np.isnan(differences).any():
            return np.full((4, len(d)), np.nan)
        share, low, high = counted_share(d, differences, counts[2], self.confidence, either=True)
        one_way, _, _ = counted_share(d, differences, counts[2], self.confidence, either=False)
        return np.array([share, low, high, one_way])

    def _z(self, name: str, scores: Floats) -> Floats:
        """Return the z of counted scores; beyond the ends of the norms that of the end."""
        normed = self.sides.normed
        cell = normed.norms.cell((), name)
        if cell is None:
            return np.full(scores.shape, np.nan)
        first, last = cell.ends
        within = scores if np.isnan(first) else np.clip(scores, first, last)
        return cell.place(within, placing_for(normed.placing, normed.instrument, name)).z


def _by_pair(given: ByPair, pair: Pair, otherwise: float) -> float:
    keys = [pair, pair[::-1], *([pair[0]] if pair[0] == pair[1] else [])]
    return next((float(given[key]) for key in keys if key in given), otherwise)


def _check_correlations(given: ByPair, name: str) -> None:
    problems = [
        Problem(where=str(key), what=f"a correlation of {r}", expected="a number from -1 to 1")
        for key, r in given.items()
        if not -1 <= r <= 1
    ]
    if problems:
        raise NormError(f"{name} cannot be used", problems=problems)


def _joint_counts(
    joint: RetestTally | Mapping[Any, JointCounts] | None, pair: Pair
) -> tuple[Floats, Floats, npt.NDArray[np.int64]] | None:
    if joint is None:
        return None
    if isinstance(joint, RetestTally):
        return joint.pairs(pair[0]) if pair[0] == pair[1] and pair[0] in joint.scale_ids else None
    for key in (pair, *([pair[0]] if pair[0] == pair[1] else [])):
        if key in joint:
            return _checked_counts(joint[key], pair)
    if pair[::-1] in joint:
        second, first, counts = _checked_counts(joint[pair[::-1]], pair)
        return first, second, counts
    return None


def _checked_counts(given: JointCounts, pair: Pair) -> tuple[Floats, Floats, npt.NDArray[np.int64]]:
    first, second = (np.asarray(one, np.float64) for one in given[:2])
    counts = np.asarray(given[2])
    fits = first.shape == second.shape == counts.shape and counts.ndim == 1
    if not fits or counts.dtype.kind not in "iu" or (counts < 0).any() or not counts.sum():
        raise NormError(
            f"joint counts of {pair[0]} and {pair[1]} cannot be used",
            hint="Give three arrays of one length: first scores, second scores, whole numbers of people.",
        )
    return first, second, counts.astype(np.int64)
