"""Reliability of weighted composites, of composites of composites, and of differences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import exp, inf, isfinite, log, nan, sqrt
from typing import Any

import numpy as np
from scipy.special import ndtri

from psychometrics.errors import EstimationError, Problem
from psychometrics.evidence.checks import check_confidence
from psychometrics.evidence.consistency.composite_weights import (
    Weights,
    named_composites,
    rows_of_weights,
    the_whole,
)
from psychometrics.evidence.consistency.result import Reliability
from psychometrics.evidence.matrix import Floats, as_frame, as_matrix, column_names
from psychometrics.kernels.bounds import ROUND_OFF, Bounds
from psychometrics.kernels.consistency import composites as kernel
from psychometrics.result import Result, Source, because

Given = float | Reliability


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A component, or a composite of them."""

    name: str
    composite: bool
    weight: float
    standard_deviation: float
    reliability: float
    ci_lower: float
    ci_upper: float
    standard_error_of_measurement: float
    error_share: float
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CompositeReliability(Result):
    """Reliability of a composite, of the composites inside it, and what each component adds to its error.

    Attributes
    ----------
    estimate, ci_lower, ci_upper, standard_deviation, standard_error_of_measurement : float
        Of the composite.
    confidence : float
    method : str
        How the interval was found.
    reason : str
        Why a number is nan.
    parts : tuple of Part
        Components with their weight in the composite and share of its error variance, then the composites, the
        whole last.
    source : Source
    """

    estimate: float
    ci_lower: float
    ci_upper: float
    standard_deviation: float
    standard_error_of_measurement: float
    confidence: float
    method: str
    reason: str
    parts: tuple[Part, ...]
    source: Source = field(default_factory=Source)

    def columns(self) -> Mapping[str, Any]:
        """One row per component and composite; the whole is the last."""
        names = Part.__slots__
        return {
            **{name: [getattr(part, name) for part in self.parts] for name in names},
            "confidence": [self.confidence] * len(self.parts),
            "method": [self.method] * len(self.parts),
        }

    def __repr__(self) -> str:
        interval = f"[{self.ci_lower:.4g}, {self.ci_upper:.4g}]"
        n = sum(not part.composite for part in self.parts)
        why = because(self.estimate, self.reason)
        return f"<composite_reliability {self.estimate:.4g} {interval}{why}, {n} components>"


def composite_reliability(
    weights: Weights,
    covariance: Any,
    reliabilities: Mapping[str, Given] | Sequence[Given],
    *,
    standardized: bool = False,
    n_persons: int | None = None,
    confidence: float = 0.95,
) -> CompositeReliability:
    """Return 1 - sum w_j^2 S_j^2 (1 - r_j) / w'Sw (Mosier): the reliability of a weighted sum of scores.

    Right when the errors of different components are uncorrelated; errors shared by components (one rater, one
    day) make it too high.

    Parameters
    ----------
    weights : sequence of float, mapping of str to float, or mapping of str to mapping
        One weight per component in order; or by name; or composites by name, each a mapping of components and
        other composites to weights. Of several composites the whole is the one in no other.
    covariance : array-like or data frame, shape (n_components, n_components)
        Covariances of the components; the columns of a frame name them, else the keys of ``reliabilities``.
    reliabilities : mapping or sequence of float or Reliability
        Per component. A :class:`Reliability`, such as :func:`coefficient_alpha` gives, brings its interval along.
    standardized : bool
        The weights are of components divided by their standard deviation, at every level.
    n_persons : int, optional
        Persons behind the covariances, when the reliabilities were estimated from the same persons. Left out, the
        covariances are taken as known and the reliabilities as from samples of their own.
    confidence : float
        Level of the interval; the intervals of the reliabilities must be of this level.

    Returns
    -------
    CompositeReliability
        The interval joins those of the components on the scale of log(1 - r) (MOVER), errors of components
        independent. With ``n_persons`` the variance of the composite, of normal scores, is uncertain too. Nan unless
        every component with error has an interval. Where the items are at hand :func:`stratified_alpha` has an
        interval without these assumptions.

    Raises
    ------
    EstimationError
        Sizes or names that do not fit, a covariance matrix that is not symmetric, composites in a circle.

    References
    ----------
    Mosier (1943), doi:10.1007/BF02288700; Zou and Donner (2008), doi:10.1002/sim.3095, for MOVER. Checked against
    the formula written out, psychmeta's and simulated true scores.

    Examples
    --------
    >>> found = composite_reliability([1, 1], [[4, 2], [2, 9]], [0.8, 0.9])
    >>> round(found.estimate, 4)
    0.9
    """
    check_confidence(confidence)
    names, s, given = _components(covariance, reliabilities)
    composites = named_composites(weights, names)
    rows = rows_of_weights(composites, names, s, standardized=standardized)
    whole = the_whole(composites)
    order = [*(name for name in rows if name != whole), whole]
    r = np.array([_value(one) for one in given])
    join = _Join(given=given, confidence=confidence, n_persons=n_persons)
    found = {name: _composite(name, rows[name], s, r, join) for name in order}
    shares = kernel.error_shares(rows[whole], s, r)
    parts = [
        _component(*one, confidence)
        for one in zip(names, rows[whole], np.diagonal(s), given, shares, strict=True)
    ]
    last = found[whole]
    return CompositeReliability(
        estimate=last.reliability,
        ci_lower=last.ci_lower,
        ci_upper=last.ci_upper,
        standard_deviation=last.standard_deviation,
        standard_error_of_measurement=last.standard_error_of_measurement,
        confidence=confidence,
        method=join.method(),
        reason=last.reason,
        parts=(*parts, *found.values()),
    )


def difference_reliability(
    first: Given,
    second: Given,
    correlation: float,
    *,
    standard_deviations: tuple[float, float] = (1.0, 1.0),
    n_persons: int | None = None,
    confidence: float = 0.95,
) -> CompositeReliability:
    """Return (S_1^2 r_1 + S_2^2 r_2 - 2 r_12 S_1 S_2) / (S_1^2 + S_2^2 - 2 r_12 S_1 S_2): of the difference of two scores.

    Low when two reliable scores correlate highly: what they share drops out of the difference, their errors do not.

    Parameters
    ----------
    first, second : float or Reliability
        Reliability of each score.
    correlation : float
        Of the two observed scores.
    standard_deviations : (float, float)
        Of the scores; equal ones for a difference of standard scores.
    n_persons : int, optional
        Persons behind the correlation, when the reliabilities come from the same persons.
    confidence : float

    Returns
    -------
    CompositeReliability
        Weights 1 and -1, as :func:`composite_reliability`.

    Raises
    ------
    EstimationError
        A correlation outside -1 to 1, standard deviations that are not positive.

    References
    ----------
    Mosier (1943), doi:10.1007/BF02288700; Lord and Novick (1968), Statistical Theories of Mental Test Scores.
    Checked against the formula written out.

    Examples
    --------
    >>> round(difference_reliability(0.9, 0.8, 0.6).estimate, 4)
    0.625
    """
    if not -1 <= correlation <= 1:
        raise EstimationError(f"correlation={correlation!r}; expected a number from -1 to 1")
    if min(standard_deviations) <= 0:
        raise EstimationError(f"standard_deviations={standard_deviations!r}; expected two positive numbers")
    a, b = standard_deviations
    shared = correlation * a * b
    covariance = [[a * a, shared], [shared, b * b]]
    given = {"first": first, "second": second}
    return composite_reliability(
        {"first": 1.0, "second": -1.0}, covariance, given, n_persons=n_persons, confidence=confidence
    )


def _components(
    covariance: Any, reliabilities: Mapping[str, Given] | Sequence[Given]
) -> tuple[list[str], Floats, list[Given]]:
    s = as_matrix(covariance)
    names = column_names(covariance, s.shape[1])
    if isinstance(reliabilities, Mapping):
        if as_frame(covariance) is None:
            names = [str(name) for name in reliabilities]
        unknown = [name for name in names if name not in reliabilities]
        if unknown:
            raise EstimationError(f"no reliability for {', '.join(unknown)}")
        given = [reliabilities[name] for name in names]
    else:
        given = list(reliabilities)
    if s.shape != (len(given), len(given)):
        raise EstimationError(
            f"a covariance matrix of {s.shape[0]} by {s.shape[1]} and {len(given)} reliabilities; expected one size"
        )
    if not np.allclose(s, s.T, rtol=1e-8, atol=0, equal_nan=True) or np.any(np.diagonal(s) < 0):
        raise EstimationError("the covariance matrix is not symmetric, or has a negative variance")
    _refuse_impossible_correlations(names, s)
    problems = [
        Problem(where=name, what=f"reliability {_value(one)!r}", expected="a number, at most 1")
        for name, one in zip(names, given, strict=True)
        if _value(one) > 1
    ]
    if problems:
        raise EstimationError("some reliabilities are impossible", problems=problems)
    return names, s, given


def _refuse_impossible_correlations(names: list[str], s: Floats) -> None:
    """Refuse covariances larger than two variances allow: reliabilities or SDs were given for variances, say."""
    most = np.sqrt(np.outer(np.diagonal(s), np.diagonal(s)))
    problems = [
        Problem(
            where=f"{names[i]} and {names[j]}",
            what=f"covariance {s[i, j]:g}",
            expected=f"at most {most[i, j]:g}",
        )
        for i, j in zip(*np.nonzero(np.triu(np.abs(s) > most * (1 + 1e-8), 1)), strict=True)
    ]
    if problems:
        hint = "The diagonal holds the variances, the rest covariances of the observed scores."
        raise EstimationError("some covariances are beyond a correlation of 1", problems=problems, hint=hint)


def _value(given: Given) -> float:
    return given.estimate if isinstance(given, Reliability) else float(given)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Join:
    """How the intervals of components become that of a composite."""

    given: list[Given]
    confidence: float
    n_persons: int | None

    def method(self) -> str:
        """Say what was assumed."""
        if self.n_persons is None:
            return "mover (components independent, covariances taken as known)"
        return f"mover (errors of components independent, covariances of {self.n_persons} persons with normal scores)"

    def bounds(self, estimate: float, shares: Floats) -> Bounds:
        """Return the interval on the scale of log(1 - r), to which squared distances by share of error add.

        In one sample the variance V of the composite is common to all: the variance of log V, 2 / (n - 1), counts
        in full, while by the shares only sum share^2 of it is there.
        """
        if 1 - estimate < ROUND_OFF:
            return Bounds(reason="no error variance: the reliability is 1")
        down = up = 0.0
        for share, one in zip(shares, self.given, strict=True):
            lower, upper, reason = _ends(one, self.confidence)
            if share > 0 and reason:
                return Bounds(reason=f"no interval: {reason}")
            if share > 0:
                level = log(1 - _value(one))
                down += (share * (log(1 - lower) - level)) ** 2
                up += (share * (level - log(1 - upper))) ** 2 if upper < 1 else inf
        if self.n_persons is not None:
            z = float(ndtri((1 + self.confidence) / 2))
            common = (1 - float((shares**2).sum())) * z**2 * 2 / max(self.n_persons - 1, 1)
            down, up = down + common, up + common
        level = log(1 - estimate)
        return Bounds(lower=1 - exp(level + sqrt(down)), upper=1 - exp(level - sqrt(up)))


def _composite(name: str, row: Floats, s: Floats, r: Floats, join: _Join) -> Part:
    variance = float(row @ s @ row)
    estimate = kernel.composite_reliability(row, s, r)
    bounds = Bounds(reason="the composite does not vary, or a covariance or reliability is not known")
    if isfinite(estimate):
        bounds = join.bounds(estimate, kernel.error_shares(row, s, r))
    deviation = sqrt(variance) if variance >= 0 else nan
    return Part(
        name=name,
        composite=True,
        weight=nan,
        standard_deviation=deviation,
        reliability=estimate,
        ci_lower=bounds.lower,
        ci_upper=bounds.upper,
        standard_error_of_measurement=deviation * sqrt(1 - estimate) if 0 <= estimate <= 1 else nan,
        error_share=nan,
        reason=bounds.reason,
    )


def _component(
    name: str, weight: float, variance: float, given: Given, share: float, confidence: float
) -> Part:
    lower, upper, _ = _ends(given, confidence)
    r, deviation = _value(given), sqrt(variance)
    return Part(
        name=name,
        composite=False,
        weight=float(weight),
        standard_deviation=deviation,
        reliability=r,
        ci_lower=lower,
        ci_upper=upper,
        standard_error_of_measurement=deviation * sqrt(1 - r) if 0 <= r <= 1 else nan,
        error_share=float(share),
        reason="" if isfinite(lower) else "given without an interval",
    )


def _ends(given: Given, confidence: float) -> tuple[float, float, str]:
    """Return the interval that came with a reliability, and why there is none."""
    if not isinstance(given, Reliability) or not isfinite(given.ci_lower):
        return nan, nan, "a component's reliability came without an interval"
    if abs(given.confidence - confidence) > ROUND_OFF:
        return nan, nan, f"a component's interval is of level {given.confidence:g}, not {confidence:g}"
    return given.ci_lower, given.ci_upper, ""
