"""Coefficient alpha."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import nan
from typing import Literal

import numpy as np

from psychometrics.errors import EstimationError
from psychometrics.evidence.checks import check_confidence, check_whole, check_word
from psychometrics.evidence.consistency.alpha_intervals import (
    INTERVALS,
    Choice,
    Interval,
    complete_bounds,
    moments_bounds,
)
from psychometrics.evidence.consistency.result import Reliability, reliability_of
from psychometrics.evidence.matrix import Floats, Matrix
from psychometrics.evidence.points import linear_codes
from psychometrics.evidence.sample import (
    MISSING_RULES,
    Points,
    Sample,
    as_points,
    as_sample,
    as_tally,
    scale_of_items,
)
from psychometrics.kernels.bounds import Bounds
from psychometrics.kernels.consistency import alpha as kernel
from psychometrics.kernels.consistency.complete_alpha import (
    CompleteSums,
    complete_sums,
    complete_sums_of_codes,
    why_no_alpha,
)
from psychometrics.kernels.consistency.gradients import correlations
from psychometrics.responses import Responses
from psychometrics.result import Source
from psychometrics.tallying.item_tally import ItemTally

LEAST_RESAMPLES = 2


def coefficient_alpha(
    x: Matrix | Responses | ItemTally | Sequence[ItemTally],
    *,
    scale: str | None = None,
    confidence: float = 0.95,
    missing: Literal["pairwise", "listwise", "em"] = "pairwise",
    interval: Interval = "adf",
    standardized: bool = False,
    groups: int = 20,
    resamples: int = 2000,
    seed: int = 0,
) -> Reliability:
    """Return alpha = k/(k-1) (1 - sum of item variances / variance of the sum), with an interval.

    Not a measure of one-dimensionality, and the reliability of the sum only if all items measure the same
    thing equally well with uncorrelated errors.

    Parameters
    ----------
    x : array-like, data frame, Responses, ItemTally, list of ItemTally
        A table holds points, persons by items, reverse-keyed items already reversed; nan where missing. Responses
        are reversed and weighted as their instrument says. Several tallies are added; each is one block.
    scale : str, optional
        Which scale of the instrument, for responses and tallies; may be left out when only one stands on items.
    confidence : float
        Level of the interval.
    missing : {"pairwise", "listwise", "em"}
        Pairwise uses every person for the pairs of items answered; listwise only persons without gaps; em
        estimates the covariances by maximum likelihood for normal items, values missing at random.
    interval : {"adf", "feldt", "bonett", "duhachek", "bootstrap", "bca", "grouped_jackknife"}
        ``adf`` assumes no distribution and is right for skewed items and with values missing; from a tally and
        with em, which know no single person, it becomes the grouped jackknife, and ``method`` says so. ``feldt``,
        ``bonett`` and ``duhachek`` assume normal scores; with values missing pairwise or em they count every
        person used in full. ``bootstrap`` takes percentiles, ``bca`` corrects them for bias and acceleration.
        ``grouped_jackknife`` leaves out groups of persons, or the blocks of a tally.
    standardized : bool
        Alpha of the standardised items, k r / (1 + (k-1) r) with r the average correlation; the standard deviation
        is then that of the sum of standardised items.
    groups : int
        Groups of the grouped jackknife from persons.
    resamples : int
        Samples of the bootstrap, at least 2; 1,000 or more for ends that another seed would give too.
    seed : int
        What groups and samples are drawn by; the same seed gives the same interval.

    Returns
    -------
    Reliability

    Raises
    ------
    EstimationError
        Text or infinities in ``x``; an unknown word in an argument; a bootstrap of a tally or with em; a
        normal-theory interval other than ``duhachek`` of standardised alpha; several scales to choose from.

    References
    ----------
    Cronbach (1951), doi:10.1007/BF02310555; Maydeu-Olivares, Coffman and Hartmann (2007),
    doi:10.1037/1082-989X.12.2.157; Feldt (1965), doi:10.1007/BF02289499; Bonett (2002),
    doi:10.3102/10769986027004335; Duhachek and Iacobucci (2004), doi:10.1037/0021-9010.89.5.792; Efron (1987),
    doi:10.2307/2289144. Checked against psych 2.5.3 and pingouin; coverage on the page of this
    function.

    Examples
    --------
    >>> result = coefficient_alpha([[1, 2, 2], [2, 2, 3], [3, 4, 4], [4, 4, 5], [5, 5, 4]])
    >>> round(result.estimate, 4)
    0.94
    """
    check_confidence(confidence)
    check_word("missing", missing, MISSING_RULES)
    check_word("interval", interval, INTERVALS)
    check_whole("groups", groups, 2)
    check_whole("resamples", resamples, LEAST_RESAMPLES)
    check_whole("seed", seed, 0)
    counted = as_tally(x) is not None
    _check_goes_together(interval, counted=counted, missing=missing, standardized=standardized)
    choice = Choice(interval=interval, confidence=confidence, groups=groups, resamples=resamples, seed=seed)
    if not counted and missing != "em" and not standardized:
        found = _of_codes(x, scale, missing, choice) if isinstance(x, Responses) else None
        found = found or _of_complete_points(as_points(x, scale=scale), missing, choice)
        if found is not None:
            return found
    return _of_sample(as_sample(x, scale=scale, missing=missing), choice, standardized=standardized)


def _check_goes_together(interval: Interval, *, counted: bool, missing: str, standardized: bool) -> None:
    if interval in {"bootstrap", "bca"} and (counted or missing == "em"):
        why = "a tally holds counts" if counted else "every sample would need an EM of its own"
        raise EstimationError(
            f'interval="{interval}" draws persons, and {why}',
            hint='Use "grouped_jackknife", or give the persons with missing="pairwise".',
        )
    if standardized and interval in {"feldt", "bonett"}:
        raise EstimationError(
            f'interval="{interval}" is of raw alpha, not of standardised alpha',
            hint='Use "adf", "bootstrap" or "duhachek".',
        )


def _of_complete_points(points: Points, missing: str, choice: Choice) -> Reliability | None:
    """Return alpha of persons without gaps from two numbers per person; None where covariances are needed."""
    x = points.values
    if missing == "listwise":
        whole = ~np.isnan(x).any(axis=1)
        x = x if whole.all() else x[whole]
    sums = complete_sums(x)
    return None if sums is None else _of_sums(sums, x, missing, choice, points.source)


def _of_codes(responses: Responses, scale: str | None, missing: str, choice: Choice) -> Reliability | None:
    """Return alpha of responses without gaps straight from their codes; None where points are needed."""
    found = linear_codes(responses, scale_of_items(responses.instrument, scale).items)
    if found is None:
        return None
    return _of_sums(complete_sums_of_codes(*found), None, missing, choice, responses.source)


def _of_sums(
    sums: CompleteSums, x: Floats | None, missing: str, choice: Choice, source: Source
) -> Reliability | None:
    n, k = len(sums.totals), sums.n_items
    reason = why_no_alpha(n, k, trace=sums.trace, total=sums.total)
    estimate = nan if reason else k / (k - 1) * (1 - sums.trace / sums.total)
    found = (Bounds(reason=reason), choice.method())
    if not reason:
        bounds = complete_bounds(x, sums, estimate, choice)
        if bounds is None:
            return None
        found = bounds
    return reliability_of(
        "coefficient_alpha",
        estimate,
        found[0],
        total_variance=sums.total,
        confidence=choice.confidence,
        method=found[1],
        missing=missing,
        n_persons=n,
        n_items=k,
        source=source,
    )


def _of_sample(sample: Sample, choice: Choice, *, standardized: bool) -> Reliability:
    covariance = sample.moments.covariance
    reason = sample.moments.reason or kernel.why_no_alpha(sample.moments)
    if standardized and not reason:
        covariance = correlations(covariance)
        reason = kernel.why_no_alpha(replace(sample.moments, covariance=covariance))
        reason = "an item does not vary: it has no correlations" if np.isnan(covariance).any() else reason
    estimate = nan if reason else kernel.alpha_from_covariance(covariance)
    bounds, method = Bounds(reason=reason), choice.method()
    if not reason:
        bounds, method = moments_bounds(sample, estimate, choice, standardized=standardized)
    return reliability_of(
        "standardized_alpha" if standardized else "coefficient_alpha",
        estimate,
        bounds,
        total_variance=float(covariance.sum()),
        confidence=choice.confidence,
        method=method,
        missing=sample.moments.missing,
        n_persons=sample.n_persons,
        n_items=sample.n_items,
        source=sample.source,
    )
