"""Smoothed score distributions of norm cells: which model, and ranks with their errors."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import reduce
from math import gcd
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from pydantic import ValidationError

from psychometrics.errors import NormError
from psychometrics.kernels.beta_binomial import fit_beta_binomial
from psychometrics.kernels.norm_errors import WeightedCounts, variances
from psychometrics.kernels.percentiles import RankTable, below_and_at, tabulate
from psychometrics.kernels.smoothing.bandwidth import best_bandwidth
from psychometrics.kernels.smoothing.continuised import GaussianKernel
from psychometrics.kernels.smoothing.log_linear import fit_log_linear
from psychometrics.kernels.smoothing.terms import choose_degree, polynomial_terms
from psychometrics.norming.edition import Smoothing, head_problems
from psychometrics.scoring.scores import scale_ends

if TYPE_CHECKING:
    from psychometrics.instrument import Instrument
    from psychometrics.norming.cells.cell import Placing

Floats = npt.NDArray[np.float64]

DEFAULTS: dict[str, dict[str, object]] = {
    "log_linear": {"criterion": "aic"},
    "kernel": {},
    "beta_binomial": {"parameters": 2},
}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SmoothedCounts:
    """A smoothed distribution.

    Attributes
    ----------
    scores, probabilities : ndarray of float64, shape (K,)
        Every score there can be, and its probability; nan without a fit.
    mid : ndarray of float64, shape (K,)
        Share below plus half the share at each score; for a kernel, its distribution function there.
    probability_influence, mid_influence : ndarray of float64, shape (K, U)
        How they move with the share of each score in the sample, centred.
    chosen : str
        Model, degree and criterion, or bandwidth, in words.
    reason : str
        Why there is no fit.
    """

    scores: Floats
    probabilities: Floats
    mid: Floats
    probability_influence: Floats
    mid_influence: Floats
    chosen: str
    reason: str = ""


def read_smoothing(choice: str | Smoothing) -> Smoothing:
    """Return a checked choice of smoothing; a name alone stands for its usual settings."""
    if isinstance(choice, Smoothing):
        return choice
    if choice not in DEFAULTS:
        raise NormError(f"smoothing {choice!r} is not known", hint=f"Use {', '.join(DEFAULTS)}.")
    try:
        return Smoothing.model_validate({"method": choice, **DEFAULTS[choice]})
    except ValidationError as error:
        raise NormError("this smoothing cannot be used", problems=head_problems(error)) from error


def placing_for(placing: Placing, instrument: Instrument | None, scale_id: str) -> Placing:
    """Return how to place scores of one scale: a smoothing learns the range of the scale from its instrument."""
    chosen = placing.smoothing
    if chosen is None or instrument is None or scale_id not in {s.id for s in instrument.definition.scales}:
        return placing
    low, high = (float(ends[0]) for ends in scale_ends(instrument, (scale_id,), 1))
    update = {}
    if chosen.minimum is None and np.isfinite(low):
        update["minimum"] = low
    if chosen.maximum is None and np.isfinite(high):
        update["maximum"] = high
    return replace(placing, smoothing=chosen.model_copy(update=update))


def smooth(of: WeightedCounts, choice: Smoothing) -> SmoothedCounts:
    """Smooth a distribution of counts, weighted or not.

    Parameters
    ----------
    of : WeightedCounts
    choice : Smoothing
        ``log_linear`` (degree given, or chosen by criterion), ``beta_binomial`` (2 or 4 parameters), ``kernel``
        (Gaussian; on the shares, or on a log-linear fit when a degree or a criterion is given). The degree and the
        bandwidth are taken as fixed in the errors.
    """
    scores, why = possible_scores(of.scores, choice)
    if why:
        return _no_fit(of.scores, why)
    at = np.rint((of.scores - scores[0]) / max(scores[1] - scores[0], 1e-300)).astype(np.intp)
    counts = np.zeros(len(scores))
    counts[at] = of.mass
    if choice.method == "beta_binomial":
        p, jacobian, why = fit_beta_binomial(counts / of.n, choice.parameters or 2)
        chosen = f"beta-binomial, {choice.parameters or 2} parameters"
    elif choice.method == "log_linear" or choice.degree is not None or choice.criterion is not None:
        p, jacobian, chosen, why = _log_linear(counts, scores, choice)
    else:
        p, jacobian, chosen, why = counts / of.n, np.eye(len(scores)), "shares", ""
    if why:
        return _no_fit(of.scores, why)
    mid, gradient = np.cumsum(p) - p / 2, np.tri(len(p)) - 0.5 * np.eye(len(p))
    if choice.method == "kernel":
        width = choice.bandwidth or best_bandwidth(scores, p)
        if not np.isfinite(width):
            return _no_fit(of.scores, "a kernel needs two distinct scores")
        kernel = GaussianKernel(scores=scores, probabilities=p[None, :], bandwidth=width)
        mid, gradient = kernel.cdf(scores[None, :])[0], kernel.cdf_gradient(scores[None, :])
        chosen = f"Gaussian kernel, bandwidth {width:.4g}, on {chosen}"
    shares = of.mass / of.n
    moved, ranked = jacobian[:, at], (gradient @ jacobian)[:, at]
    return SmoothedCounts(
        scores=scores,
        probabilities=p,
        mid=np.clip(mid, 0, 1),
        probability_influence=moved - (moved @ shares)[:, None],
        mid_influence=ranked - (ranked @ shares)[:, None],
        chosen=chosen,
    )


def _no_fit(scores: Floats, why: str) -> SmoothedCounts:
    gone, none = np.full(len(scores), np.nan), np.full((len(scores), len(scores)), np.nan)
    return SmoothedCounts(
        scores=scores,
        probabilities=gone,
        mid=gone,
        probability_influence=none,
        mid_influence=none,
        chosen="",
        reason=why,
    )


def _log_linear(counts: Floats, scores: Floats, choice: Smoothing) -> tuple[Floats, Floats, str, str]:
    if choice.degree is not None:
        fit, degree = fit_log_linear(counts, polynomial_terms(scores, choice.degree)), choice.degree
        chosen = f"log-linear, degree {degree} as given"
    else:
        criterion = choice.criterion or "aic"
        best = choose_degree(counts, scores, criterion)
        fit, degree = best.fit, best.degree
        chosen = f"log-linear, degree {degree} by {criterion}"
    p = fit.probabilities
    if fit.reason:
        return p, np.full((len(p), len(p)), np.nan), chosen, fit.reason
    moved = p[:, None] * (fit.terms - p @ fit.terms)
    return p, moved @ np.linalg.solve(fit.terms.T @ moved, fit.terms.T), chosen, ""


def possible_scores(scores: Floats, choice: Smoothing) -> tuple[Floats, str]:
    """Return every score between the least and the greatest there can be, evenly spaced, or why there are none."""
    low = float(scores[0]) if choice.minimum is None else choice.minimum
    high = float(scores[-1]) if choice.maximum is None else choice.maximum
    if low > scores[0] or high < scores[-1]:
        return scores, f"scores outside {low:g} to {high:g}, the range given for smoothing"
    points = np.unique(np.concatenate([[low], scores, [high]]))
    if len(points) < 3:
        return scores, "fewer than three scores there can be: nothing to smooth"
    gaps = np.diff(points)
    step = float(gaps.min())
    if np.array_equal(points, np.rint(points)):
        step = float(reduce(gcd, gaps.astype(np.int64).tolist()))
    n = round((high - low) / step)
    if n > 5000 or not np.allclose((points - low) / step, np.rint((points - low) / step), atol=1e-6):
        return scores, "scores are not evenly spaced: only scores on a grid can be smoothed"
    return low + step * np.arange(n + 1, dtype=np.float64), ""


def smoothed_table(
    of: WeightedCounts, choice: Smoothing, method: str, confidence: float
) -> tuple[RankTable, str]:
    """Tabulate smoothed percentile ranks with delta-method intervals, and why there are none."""
    found = smooth(of, choice)
    if found.reason:
        return _empty(found.scores), found.reason
    size = 2 * len(found.scores) + 1
    B, F = below_and_at(found.probabilities)
    mid, moved = B + F / 2, np.zeros((size, found.mid_influence.shape[1]))
    half = {"below": -0.5, "at_or_below": 0.5}.get(method, 0.0)
    kernel = choice.method == "kernel"
    mid[1::2] = found.mid
    moved[1::2] = found.mid_influence + half * found.probability_influence
    moved[2::2] = np.cumsum(found.probability_influence, axis=0)
    if kernel:
        mid[2:-1:2], moved[2:-1:2] = (mid[1:-2:2] + mid[3::2]) / 2, (moved[1:-2:2] + moved[3::2]) / 2
    mid[-1], moved[-1] = 1.0, 0.0
    share = np.clip(mid + half * F, 0, 1)
    table = tabulate(
        found.scores,
        np.clip(mid, 0, 1),
        share,
        variances(of, moved) * of.effective_n,
        round(of.n),
        method=method,
        confidence=confidence,
        effective_n=of.effective_n,
        df=of.degrees_of_freedom,
    )
    crowds = (float(found.probabilities[0]), float(found.probabilities[-1]))
    return replace(table, crowds=crowds), ""


def _empty(scores: Floats) -> RankTable:
    gone = np.full(2 * len(scores) + 1, np.nan)
    return RankTable(scores=scores, percentile_rank=gone, lower=gone, upper=gone, z=gone)
