"""Longer and shorter tests: the Spearman-Brown prophecy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import inf, isfinite, nan
from typing import Any

from psychometrics.errors import EstimationError
from psychometrics.evidence.checks import check_whole, is_number
from psychometrics.evidence.consistency.result import Reliability
from psychometrics.kernels.consistency import composites as kernel
from psychometrics.result import Result, Source

Given = float | Reliability


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Prophecy(Result):
    """What length does to reliability.

    Attributes
    ----------
    reliability : float
        Of the test as it is.
    factor, factor_ci_lower, factor_ci_upper : float
        How many times as long the test is to be; its interval when the target was given.
    target, target_ci_lower, target_ci_upper : float
        The reliability of that test; its interval when the factor was given.
    n_items : float
        Items of the test as it is; nan when not given.
    n_items_needed, n_items_ci_lower, n_items_ci_upper : float
        Whole items that reach the target, rounded up; nan when not asked for. The interval runs from the upper to
        the lower end of that of the reliability.
    confidence : float
        Level of the intervals; nan when the reliability came without one.
    reason : str
        Why a number is nan.
    source : Source
    """

    reliability: float
    factor: float
    factor_ci_lower: float = nan
    factor_ci_upper: float = nan
    target: float
    target_ci_lower: float = nan
    target_ci_upper: float = nan
    n_items: float = nan
    n_items_needed: float = nan
    n_items_ci_lower: float = nan
    n_items_ci_upper: float = nan
    confidence: float = nan
    reason: str = ""
    source: Source = field(default_factory=Source)

    def columns(self) -> Mapping[str, Any]:
        """One row."""
        return {name: [getattr(self, name)] for name in Prophecy.__slots__ if name != "source"}

    def __repr__(self) -> str:
        needed = f", {self.n_items_needed:g} items" if isfinite(self.n_items_needed) else ""
        return f"<reliability {self.reliability:.4g}, {self.factor:.4g} times as long: {self.target:.4g}{needed}>"


def spearman_brown(reliability: Given, factor: float) -> Prophecy:
    """Return m r / (1 + (m - 1) r): the reliability of a test m times as long.

    For items like those that are there: parallel, with uncorrelated errors. Not for a change of what is asked.

    Parameters
    ----------
    reliability : float or Reliability
        At most 1; a :class:`Reliability` brings its interval along.
    factor : float
        m, positive; below 1 for a shorter test.

    Returns
    -------
    Prophecy

    Raises
    ------
    EstimationError
        A factor that is not positive, a reliability above 1.

    References
    ----------
    Spearman (1910), doi:10.1111/j.2044-8295.1910.tb00206.x; Brown (1910), doi:10.1111/j.2044-8295.1910.tb00207.x.
    Checked against alpha of 2k parallel items.

    Examples
    --------
    >>> round(spearman_brown(0.7, 2).target, 4)
    0.8235
    """
    if not (is_number(factor) and 0 < factor < inf):
        raise EstimationError(f"factor={factor!r}; expected a positive number, such as 2 for twice as long")
    r, lower, upper, confidence = _given(reliability)
    target = kernel.spearman_brown(r, factor)
    reasons = [
        "" if isfinite(r) else "the reliability is not known",
        "no test of that length: the reliability is too negative"
        if isfinite(r) and not isfinite(target)
        else "",
        "" if isfinite(lower) else "the reliability came without an interval",
    ]
    return Prophecy(
        reliability=r,
        factor=float(factor),
        target=target,
        target_ci_lower=kernel.spearman_brown(lower, factor),
        target_ci_upper=kernel.spearman_brown(upper, factor),
        confidence=confidence,
        reason="; ".join(reason for reason in reasons if reason),
    )


def prophecy(reliability: Given, n_items: int | None = None, target: float = 0.9) -> Prophecy:
    """Return how many items reach a reliability: k m, m = R (1 - r) / (r (1 - R)), rounded up.

    The items to come must be like those that are there (parallel, with uncorrelated errors).

    Parameters
    ----------
    reliability : float or Reliability
        Of the test as it is, above 0; a :class:`Reliability` brings its interval and its number of items along.
    n_items : int, optional
        Items of the test as it is; may be left out with a :class:`Reliability`.
    target : float
        R, above 0 and below 1.

    Returns
    -------
    Prophecy

    Raises
    ------
    EstimationError
        A target outside 0 to 1, a reliability above 1, fewer than 1 item, no number of items.

    References
    ----------
    As :func:`spearman_brown`.

    Examples
    --------
    >>> prophecy(0.8, 10, target=0.9)
    <reliability 0.8, 2.25 times as long: 0.9, 23 items>
    """
    if not (is_number(target) and 0 < target < 1):
        raise EstimationError(f"target={target!r}; expected a reliability above 0 and below 1")
    if n_items is None and isinstance(reliability, Reliability):
        n_items = reliability.n_items
    if n_items is None:
        raise EstimationError("n_items=None; expected how many items the test has now")
    check_whole("n_items", n_items, 1)
    r, lower, upper, confidence = _given(reliability)
    reasons = [
        "no number of items reaches the target from a reliability of 0 or less" if r <= 0 else "",
        "" if isfinite(r) else "the reliability is not known",
        "" if isfinite(lower) else "the reliability came without an interval",
        "no upper end: the interval of the reliability reaches 0" if lower <= 0 else "",
    ]
    return Prophecy(
        reliability=r,
        factor=kernel.lengthening(r, target),
        factor_ci_lower=kernel.lengthening(upper, target),
        factor_ci_upper=kernel.lengthening(lower, target),
        target=float(target),
        n_items=float(n_items),
        n_items_needed=kernel.items_needed(r, n_items, target),
        n_items_ci_lower=kernel.items_needed(upper, n_items, target),
        n_items_ci_upper=kernel.items_needed(lower, n_items, target),
        confidence=confidence,
        reason="; ".join(reason for reason in reasons if reason),
    )


def _given(reliability: Given) -> tuple[float, float, float, float]:
    """Return a reliability, the ends of its interval and their level; nan where it came without."""
    if isinstance(reliability, Reliability):
        found = reliability.estimate, reliability.ci_lower, reliability.ci_upper, reliability.confidence
    elif is_number(reliability):
        found = float(reliability), nan, nan, nan
    else:
        raise EstimationError(
            f"a reliability of {reliability!r}; expected a number, or what a coefficient returned"
        )
    if found[0] > 1:
        raise EstimationError(f"a reliability of {found[0]!r}; expected at most 1")
    return found
