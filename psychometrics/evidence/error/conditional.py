"""Standard errors of measurement along the observed score."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isnan, nan, sqrt

import numpy as np
import numpy.typing as npt

from psychometrics.errors import EstimationError
from psychometrics.evidence.checks import check_confidence, check_whole, is_number
from psychometrics.evidence.error.metric import score_line
from psychometrics.evidence.error.result import ConditionalErrors, ErrorCurve
from psychometrics.evidence.error.split import Plan, Split, plan_methods
from psychometrics.evidence.matrix import Matrix
from psychometrics.evidence.sample import as_sample, scale_of_items
from psychometrics.kernels.consistency import conditional_error as kernel
from psychometrics.kernels.consistency.alpha import alpha_from_covariance
from psychometrics.kernels.covariance import moments
from psychometrics.responses import Responses

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.intp]
ROUNDED = 9
"""Decimals to which sums of weighted points are equal."""


def conditional_standard_errors(
    x: Matrix | Responses | Mapping[float, int],
    *,
    scale: str | None = None,
    method: str | Sequence[str] | None = None,
    split: Split = None,
    degree: int = 3,
    minimum_group: int = 20,
    reliability: float | None = None,
    n_items: int | None = None,
    confidence: float = 0.95,
) -> ConditionalErrors:
    """Return the standard error of measurement at each score: errors are seldom equal along a scale.

    ====================  ==========================================================================  ============
    method                error variance at score x                                                   items
    ====================  ==========================================================================  ============
    ``thorndike``         variance of the difference of two halves among those who score x            any
    ``feldt``             K MS(person x part) among those who score x, K parts                        any
    ``mollenkopf_feldt``  polynomial in x of the squared residuals of K parts, over all persons       any
    ``anova``             feldt with every item a part                                                any
    ``lord``              x (k - x) / (k - 1)                                                         0/1
    ``keats``             lord (1 - reliability) / (1 - KR21)                                         0/1
    ``lord_generalised``  mean over those who score x of sum_h k_h/(k_h-1) sum_i (x_pi - x_ph.)^2     any
    ====================  ==========================================================================  ============

    Not the error at a true score: all of them go by the score that was observed. ``lord`` and ``lord_generalised``
    count the differing difficulty of items as error, the others do not.

    Parameters
    ----------
    x : array-like, data frame, Responses, or mapping of score to number of persons
        Points, persons by items, reverse-keyed items already reversed; Responses are turned as their instrument
        says. Persons with an item missing are left out and counted. From a mapping only ``lord`` and ``keats`` can be
        computed; it needs ``n_items`` (and, for keats, ``reliability``).
    scale : str, optional
        Which scale, when ``x`` is Responses.
    method : str or sequence of str, optional
        All methods that the items allow, by default.
    split : int or sequence, optional
        Number of parts (item i goes to part i modulo that number), or the part of each item. Default: odd and even
        items for ``thorndike``; parts of two or three items for ``feldt`` and ``mollenkopf_feldt``; one stratum for
        ``lord_generalised``.
    degree : int
        Of the polynomial of ``mollenkopf_feldt``.
    minimum_group : int
        Neighbouring scores are merged until they hold so many persons (for the methods that look at those who score
        x). ``merged_from``, ``merged_to`` and ``n_merged`` in the table say which.
    reliability : float, optional
        For ``keats`` and for the overall error; coefficient alpha of the same persons by default.
    n_items : int, optional
        Number of items behind a mapping of counts.
    confidence : float
        Level of the interval of a score, x -/+ z times its error.

    Returns
    -------
    ConditionalErrors
        Table of scores; ``root_mean_square`` (over persons) beside ``overall_standard_error`` is the check that the
        two agree. ``for_scores(method)`` goes into :meth:`Scores.with_standard_errors`; without a method
        it takes ``anova``.

    Raises
    ------
    EstimationError
        A method that the items do not allow, a split that does not fit, text or infinities.

    Notes
    -----
    In merged groups ``anova`` uses the person-by-item residual, so that differing scores inside a group are not
    error; jaspReliability sums item variances there, which counts them. ``mollenkopf_feldt`` is n/(n-1) times the
    published form: its average is then exactly the error of coefficient alpha of the parts.

    References
    ----------
    Thorndike (1951) in Lindquist, Educational measurement; Feldt, Steffen and Gupta (1985),
    doi:10.1177/014662168500900402; Feldt and Qualls (1996), doi:10.1111/j.1745-3984.1996.tb00486.x; Mollenkopf (1949),
    Psychometrika 14, 189-229; Lord (1955), doi:10.1177/001316445501500401; Lord (1965), doi:10.1007/BF02289490; Keats
    (1957), doi:10.1007/BF02289207; Emons (2023), doi:10.1007/978-3-031-10370-4_11. Checked against jaspReliability
    and the true errors of simulated item responses.

    Examples
    --------
    >>> errors = conditional_standard_errors({0: 2, 1: 5, 2: 6, 3: 5, 4: 2}, method="lord", n_items=4)
    >>> {score: round(error, 3) for score, error in errors.table("lord").items()}
    {0.0: 0.0, 1.0: 1.0, 2.0: 1.155, 3.0: 1.0, 4.0: 0.0}
    """
    check_confidence(confidence)
    _check_numbers(degree, minimum_group, reliability)
    scale_id, line = _scale_of(x, scale)
    if isinstance(x, Mapping):
        data = _from_counts(x, n_items, reliability)
        plan = plan_methods(_count_methods(method, reliability), split, data.n_items, binary=True)
    else:
        data = _from_points(x, scale, reliability, n_items)
        binary = data.x.size > 0 and bool(np.isin(data.x, (0.0, 1.0)).all())
        plan = plan_methods(method, split, data.n_items, binary=binary)
    groups = kernel.score_groups(data.scores, data.counts, minimum_group)
    curves = tuple(_curve(name, data, plan, groups, degree) for name in plan.methods)
    return ConditionalErrors(
        groups=groups,
        curves=curves,
        standard_error_of_measurement=data.overall(),
        reliability=data.reliability,
        confidence=confidence,
        n_persons=int(data.counts.sum()),
        n_left_out=data.n_left_out,
        n_items=data.n_items,
        minimum_group=minimum_group,
        scale_id=scale_id,
        line=line,
        **({"source": x.source} if isinstance(x, Responses) else {}),
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Data:
    """Persons with nothing missing, or the counts of their scores."""

    x: Floats
    person_score: Floats
    scores: Floats
    counts: Integers
    place: Integers
    n_items: int
    n_left_out: int
    reliability: float

    def moments(self) -> tuple[float, float]:
        """Return mean and variance (divisor n - 1) of the scores."""
        n = int(self.counts.sum())
        mean = float(self.scores @ self.counts) / n if n else nan
        return mean, float(np.square(self.scores - mean) @ self.counts) / (n - 1) if n > 1 else nan

    def overall(self) -> float:
        """Return sd sqrt(1 - reliability)."""
        return sqrt(self.moments()[1] * (1 - self.reliability)) if self.reliability >= 0 else nan


def _from_points(
    x: Matrix | Responses, scale: str | None, reliability: float | None, n_items: int | None
) -> _Data:
    if n_items is not None:
        raise EstimationError("n_items= goes with counts of scores; here the items are in the table")
    points = as_sample(x, scale=scale).points
    if points is None:
        hint = "lord and keats can be had from {score: persons}, n_items= and reliability=."
        raise EstimationError("conditional errors need the points of each person", hint=hint)
    whole = points[~np.isnan(points).any(axis=1)]
    total = np.round(whole.sum(axis=1), ROUNDED)
    scores, place, counts = np.unique(total, return_inverse=True, return_counts=True)
    if reliability is None:
        reliability = alpha_from_covariance(moments(whole).covariance) if len(whole) > 1 else nan
    return _Data(
        x=whole,
        person_score=total,
        scores=scores,
        counts=counts,
        place=place,
        n_items=points.shape[1],
        n_left_out=len(points) - len(whole),
        reliability=reliability,
    )


def _from_counts(counts: Mapping[float, int], n_items: int | None, reliability: float | None) -> _Data:
    if n_items is None or n_items < 2:
        raise EstimationError("counts of scores need n_items=, 2 or more")
    scores = np.array(sorted(counts), np.float64)
    persons = np.array([counts[score] for score in sorted(counts)])
    if persons.dtype.kind not in "iu" or np.any(persons < 0):
        raise EstimationError("counts of persons must be whole numbers, 0 or more")
    if np.any((scores < 0) | (scores > n_items) | (scores != np.rint(scores))):
        raise EstimationError(
            f"scores of {n_items} items scored 0 and 1 are whole numbers from 0 to {n_items}"
        )
    empty = np.empty(0)
    return _Data(
        x=empty,
        person_score=empty,
        scores=scores,
        counts=persons.astype(np.intp),
        place=np.empty(0, np.intp),
        n_items=n_items,
        n_left_out=0,
        reliability=nan if reliability is None else reliability,
    )


def _count_methods(method: str | Sequence[str] | None, reliability: float | None) -> Sequence[str]:
    asked = (
        (method,)
        if isinstance(method, str)
        else tuple(method or (["lord", "keats"][: 1 + (reliability is not None)]))
    )
    others = [name for name in asked if name not in ("lord", "keats")]
    if others:
        raise EstimationError(
            f"{', '.join(others)}: counts of scores are not enough", hint="Give the points of each person."
        )
    if "keats" in asked and reliability is None:
        raise EstimationError("keats from counts of scores needs reliability=")
    return asked


def _scale_of(x: object, scale: str | None) -> tuple[str, tuple[float, float]]:
    if not isinstance(x, Responses):
        return "", (0.0, 1.0)
    chosen = scale_of_items(x.instrument, scale)
    if chosen.criteria:
        hint = "composite_score_reliability() gives the one error of items and raters together."
        raise EstimationError(f'the error of "{chosen.id}" comes from raters too', hint=hint)
    return chosen.id, score_line(x.instrument, chosen)


def _curve(name: str, data: _Data, plan: Plan, groups: kernel.ScoreGroups, degree: int) -> ErrorCurve:
    part = plan.parts.get(name)
    variance, reason = _variances(name, data, part, groups, degree)
    below = variance < 0
    if below.any():
        reason = "the polynomial falls below 0 here: too few persons at this end"
    errors = np.sqrt(np.where(below, nan, variance))
    n = int(data.counts.sum())
    mean = float(variance @ data.counts) / n if n else nan
    return ErrorCurve(
        method=name,
        standard_errors=errors,
        root_mean_square=sqrt(mean) if mean >= 0 else nan,
        split=() if part is None else tuple(np.bincount(part).tolist()),
        grouped=name in ("thorndike", "feldt", "anova", "lord_generalised"),
        reason=reason if np.isnan(errors).any() else "",
    )


def _variances(
    name: str, data: _Data, part: Integers | None, groups: kernel.ScoreGroups, degree: int
) -> tuple[Floats, str]:
    """Return the error variance at each score, and why some are nan."""
    if name == "lord":
        return kernel.lord_error(data.scores, data.n_items), ""
    if name == "keats":
        return _keats(data)
    if len(data.x) < 2:
        return np.full(len(data.scores), nan), "fewer than 2 persons without missing items"
    person_group = groups.group[data.place]
    if name == "lord_generalised" and part is not None:
        return kernel.group_means(kernel.person_errors(data.x, part), person_group)[groups.group], ""
    parts = data.x if part is None else kernel.part_sums(data.x, part)
    if name == "mollenkopf_feldt":
        return _polynomial(parts, data, degree)
    return kernel.parts_error(parts, person_group)[groups.group], "only one person in the group"


def _polynomial(parts: Floats, data: _Data, degree: int) -> tuple[Floats, str]:
    if len(data.scores) <= degree:
        reason = f"a polynomial of degree {degree} needs more than {degree} different scores"
        return np.full(len(data.scores), nan), reason
    return kernel.polynomial_error(parts, data.person_score, data.scores, degree), ""


def _keats(data: _Data) -> tuple[Floats, str]:
    nothing = np.full(len(data.scores), nan)
    mean, variance = data.moments()
    if not variance > 0:
        return nothing, "the scores do not vary"
    if isnan(data.reliability) or data.reliability < 0:
        return nothing, "there is no reliability of 0 or more to rescale to"
    kr21 = kernel.kuder_richardson_21(mean, variance, data.n_items)
    if kr21 >= 1:
        return nothing, "KR21 is 1: every score lies at an end of the scale"
    return kernel.keats_error(data.scores, data.n_items, data.reliability, kr21), ""


def _check_numbers(degree: int, minimum_group: int, reliability: float | None) -> None:
    check_whole("degree", degree, 1)
    check_whole("minimum_group", minimum_group, 2)
    if reliability is not None and not (is_number(reliability) and 0 <= reliability <= 1):
        raise EstimationError(f"reliability={reliability!r}; expected a number from 0 to 1")
