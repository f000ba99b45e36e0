"""Polychoric and tetrachoric correlations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy.special import ndtri

from psychometrics.evidence.checks import check_word
from psychometrics.evidence.consistency.latent_correlations import LatentCorrelations
from psychometrics.evidence.consistency.ordinal_sample import (
    Missing,
    OrdinalSample,
    as_ordinal_sample,
    check_common,
)
from psychometrics.evidence.matrix import Floats, Matrix
from psychometrics.kernels.polychoric.influence import influences, standard_errors
from psychometrics.kernels.polychoric.matrix import PolychoricMatrix, polychoric_matrix
from psychometrics.kernels.polychoric.smoothing import SMOOTHINGS, Smoothing, smallest_eigenvalue, smooth
from psychometrics.kernels.polychoric.tables import threshold_errors, thresholds
from psychometrics.responses import Responses
from psychometrics.tallying.item_tally import ItemTally

AT_BOUND = "perfect association as far as the options tell: the likelihood rises to the bound"


def polychoric_correlations(
    x: Matrix | Responses | ItemTally | Sequence[ItemTally],
    *,
    scale: str | None = None,
    missing: Missing = "pairwise",
    confidence: float = 0.95,
    continuity: float = 0.0,
    smoothing: Smoothing | None = None,
) -> LatentCorrelations:
    """Return the correlations of the normal variables assumed behind ordinal items; tetrachoric for 2 x 2.

    rho maximises sum_ab n_ab log pi_ab(rho), pi_ab the mass of the standard bivariate normal distribution between the
    thresholds tau_a, tau_a+1 of one item and tau_b, tau_b+1 of the other, tau = Phi^-1(share at or below an option).

    Not a correlation of the scores that were observed, and right only as far as the variables behind are bivariate
    normal. Not corrected for empty cells and not smoothed unless you say so.

    Parameters
    ----------
    x : array-like, data frame, Responses, ItemTally, list of ItemTally
        Discrete points, persons by items: every distinct value is an option. Or responses, or counts of them.
    scale : str, optional
        Scale of the instrument, for responses and tallies.
    missing : {"pairwise", "listwise"}
        Pairwise takes thresholds from everybody who has the item and each pair from those who have both.
    confidence : float
    continuity : float
        Count put into each empty cell between options in use, 0 to 1; psych puts in 0.5 unless told otherwise.
    smoothing : {"eigenvalue", "nearest"}, optional
        How to mend a matrix that is not positive definite. ``eigenvalue`` raises the small eigenvalues; ``nearest``
        takes the nearest correlation matrix. ``largest_change`` says how far that moved it.

    Returns
    -------
    LatentCorrelations
        One row per pair. Standard errors allow for the thresholds being estimated and do not lean on normality.

    Raises
    ------
    EstimationError
        More than 64 distinct values in an item; text or infinities in ``x``; an unknown word or scale.

    References
    ----------
    Olsson (1979), doi:10.1007/BF02296207, two-step method; Joreskog (1994), doi:10.1007/BF02296131; Jin and
    Yang-Wallentin (2017), doi:10.1007/s11336-016-9512-2, for the errors; Higham (2002), doi:10.1093/imanum/22.3.329.
    Checked against lavaan 0.6-14, psych 2.2.9, polycor 0.8-1 and slow twins.

    Examples
    --------
    >>> polychoric_correlations([[1, 1], [1, 1], [1, 2], [2, 1], [2, 2], [2, 2]]).estimate.round(4)
    array([0.5])
    """
    check_common(confidence, continuity)
    if smoothing is not None:
        check_word("smoothing", smoothing, SMOOTHINGS)
    sample = as_ordinal_sample(x, scale=scale, missing=missing)
    fitted = polychoric_matrix(sample.tables, continuity)
    rho, tables = fitted.rho, sample.tables
    error = standard_errors(fitted.tables, influences(fitted.tables, rho))
    lower, upper = fisher_bounds(rho, error, confidence)
    used = (tables.margins > 0).sum(axis=1)
    cells = used[tables.first] * used[tables.second]
    tau, tau_error = sample_thresholds(sample)
    return LatentCorrelations(
        item_ids=sample.item_ids,
        option_points=sample.points,
        thresholds=tau,
        threshold_standard_errors=tau_error,
        first=tables.first,
        second=tables.second,
        estimate=rho,
        standard_error=error,
        ci_lower=lower,
        ci_upper=upper,
        n=tables.n,
        empty_cells=(cells - (tables.counts > 0).sum(axis=(1, 2))).astype(np.float64),
        corrected=fitted.corrected,
        kind=tuple("tetrachoric" if size == 4 else "polychoric" for size in cells),
        pair_reasons=pair_reasons(sample, fitted, error),
        confidence=confidence,
        method="two_step",
        missing=missing,
        continuity=continuity,
        n_persons=sample.n_persons,
        n_items=sample.n_items,
        source=sample.source,
        **mended(fitted.correlation, rho, smoothing),
    )


def fisher_bounds(rho: Floats, error: Floats, confidence: float) -> tuple[Floats, Floats]:
    """Return tanh(arctanh rho -/+ z se / (1 - rho^2)); nan without a standard error."""
    known = (np.abs(rho) < 1) & np.isfinite(error)
    inner = np.where(known, rho, 0.0)
    half = float(ndtri((1 + confidence) / 2)) * np.where(known, error, np.nan) / (1 - inner**2)
    return np.tanh(np.arctanh(inner) - half), np.tanh(np.arctanh(inner) + half)


def sample_thresholds(sample: OrdinalSample) -> tuple[tuple[Floats, ...], tuple[Floats, ...]]:
    """Return thresholds and their standard errors, per item as many as it has options in use, less one."""
    tau, error = thresholds(sample.tables.margins), threshold_errors(sample.tables.margins)
    sizes = [max(len(own) - 1, 0) for own in sample.points]
    return (
        tuple(row[:size] for row, size in zip(tau, sizes, strict=True)),
        tuple(row[:size] for row, size in zip(error, sizes, strict=True)),
    )


def pair_reasons(sample: OrdinalSample, fitted: PolychoricMatrix, error: Floats) -> tuple[str, ...]:
    """Say for each pair why it has a nan or lies at a bound."""
    tables, names = sample.tables, sample.item_ids
    single = (tables.margins > 0).sum(axis=1) < 2
    fine = np.isfinite(fitted.rho) & np.isfinite(error)
    reasons = [""] * len(fine)
    for pair in np.flatnonzero(~fine):
        i, j = tables.first[pair], tables.second[pair]
        flat = [names[place] for place in (i, j) if single[place]]
        if tables.n[pair] < 2:
            reasons[pair] = "fewer than 2 persons have both items"
        elif flat:
            reasons[pair] = f"one option only was chosen in {' and '.join(flat)}"
        elif np.isnan(fitted.rho[pair]):
            reasons[pair] = "among the persons with both items one of them has a single option"
        elif np.abs(fitted.rho[pair]) == 1:
            reasons[pair] = AT_BOUND
        else:
            reasons[pair] = "no standard error: the likelihood is flat"
    return tuple(reasons)


def mended(correlation: Floats, estimate: Floats, smoothing: Smoothing | None) -> dict[str, Any]:
    """Return the matrix, smoothed when asked for and needed, and what to know about it."""
    least = smallest_eigenvalue(correlation)
    notes = []
    missing = int(np.isnan(estimate).sum())
    bounds = int((np.abs(estimate) == 1).sum())
    if missing:
        notes.append(f"{_pairs(missing)} without a correlation: see the reason of each pair")
    if bounds:
        notes.append(f"{_pairs(bounds)} at a bound of -1 or 1: see the reason of each pair")
    change, matrix, applied = 0.0, correlation, ""
    if least <= 0 and smoothing is None:
        notes.append(f"not positive definite: smallest eigenvalue {least:.3g}; smoothing= mends it")
    elif least <= 0 and smoothing is not None:
        matrix, applied = smooth(correlation, smoothing), smoothing
        change = float(np.abs(matrix - correlation).max())
    elif missing and smoothing is not None:
        notes.append("not smoothed: correlations are missing")
    return {
        "matrix": matrix,
        "smallest_eigenvalue": least,
        "smoothing": applied,
        "largest_change": change,
        "reason": "; ".join(notes),
    }


def _pairs(count: int) -> str:
    return "1 pair" if count == 1 else f"{count} pairs"
