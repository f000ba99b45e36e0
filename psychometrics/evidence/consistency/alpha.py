"""Coefficient alpha."""

from __future__ import annotations

from math import nan, sqrt

from psychometrics.evidence.checks import check_confidence, check_word
from psychometrics.evidence.consistency.result import Reliability
from psychometrics.evidence.matrix import Floats, Matrix, as_matrix
from psychometrics.kernels.bounds import Bounds
from psychometrics.kernels.consistency import alpha as kernel
from psychometrics.kernels.covariance import Missing, Moments, moments


def coefficient_alpha(
    x: Matrix,
    *,
    confidence: float = 0.95,
    missing: Missing = "pairwise",
    interval: kernel.Interval = "adf",
) -> Reliability:
    """Return alpha = k/(k-1) (1 - sum of item variances / variance of the sum), with an interval.

    Not a measure of one-dimensionality, and the reliability of the sum only if all items measure the same
    thing equally well with uncorrelated errors.

    Parameters
    ----------
    x : array-like or data frame, shape (n_persons, n_items)
        Points, reverse-keyed items already reversed; nan where missing.
    confidence : float
        Level of the interval.
    missing : {"pairwise", "listwise"}
        Pairwise uses every person for the pairs of items answered; listwise only persons without gaps.
    interval : {"adf", "feldt", "bonett"}
        ``adf`` assumes no distribution and is right for skewed items and with values missing. ``feldt`` and
        ``bonett`` assume normal scores; with values missing pairwise they count every person used in full.

    Returns
    -------
    Reliability

    Raises
    ------
    EstimationError
        Text or infinities in ``x``; an unknown word in an argument.

    References
    ----------
    Cronbach (1951), doi:10.1007/BF02310555; Maydeu-Olivares, Coffman and Hartmann (2007),
    doi:10.1037/1082-989X.12.2.157; Feldt (1965), doi:10.1007/BF02289499; Bonett (2002),
    doi:10.3102/10769986027004335. Checked against psych 2.5.3 and pingouin; coverage in
    :func:`psychometrics.kernels.consistency.alpha.adf_interval`.

    Examples
    --------
    >>> result = coefficient_alpha([[1, 2, 2], [2, 2, 3], [3, 4, 4], [4, 4, 5], [5, 5, 4]])
    >>> round(result.estimate, 4)
    0.94
    """
    check_confidence(confidence)
    check_word("missing", missing, ("pairwise", "listwise"))
    check_word("interval", interval, kernel.INTERVALS)
    matrix = as_matrix(x)
    sample = moments(matrix, missing)
    reason = kernel.why_no_alpha(sample)
    estimate = nan if reason else kernel.alpha_from_covariance(sample.covariance)
    bounds = Bounds(reason=reason)
    if not reason:
        bounds = _bounds(matrix, sample, interval, confidence)
    total = float(sample.covariance.sum())
    deviation = sqrt(total) if total >= 0 else nan
    reasons = [bounds.reason]
    if estimate < 0:
        reasons.append("no standard error of measurement from a negative estimate")
    return Reliability(
        coefficient="coefficient_alpha",
        estimate=estimate,
        ci_lower=bounds.lower,
        ci_upper=bounds.upper,
        confidence=confidence,
        method=interval,
        missing=missing,
        n_persons=sample.n_persons,
        n_items=matrix.shape[1],
        standard_deviation=deviation,
        standard_error_of_measurement=deviation * sqrt(max(1 - estimate, 0.0)) if estimate >= 0 else nan,
        reason="; ".join(text for text in reasons if text),
    )


def _bounds(x: Floats, sample: Moments, interval: kernel.Interval, confidence: float) -> Bounds:
    if interval == "adf":
        return kernel.adf_interval(x, sample, confidence)
    estimate = kernel.alpha_from_covariance(sample.covariance)
    bounds = kernel.feldt_interval if interval == "feldt" else kernel.bonett_interval
    return bounds(estimate, sample.n_persons, len(sample.means), confidence)
