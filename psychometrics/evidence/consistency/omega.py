"""Coefficient omega: the reliability of a sum whose items measure one thing, each in its own degree."""

from __future__ import annotations

from collections.abc import Sequence
from math import nan, sqrt

import numpy as np

from psychometrics.engine.threads import one_blas_thread
from psychometrics.errors import EstimationError
from psychometrics.evidence.checks import check_confidence, check_word
from psychometrics.evidence.consistency.factor_reliability import FactorReliability, model_remarks
from psychometrics.evidence.consistency.groups import without_each_group
from psychometrics.evidence.matrix import Matrix
from psychometrics.evidence.sample import MissingRule, Sample, as_sample
from psychometrics.kernels.bounds import Bounds, grouped_jackknife_bounds
from psychometrics.kernels.consistency import omega as kernel
from psychometrics.kernels.factors.confirmatory import FactorFit
from psychometrics.kernels.factors.model import ESTIMATIONS, Estimation
from psychometrics.responses import Responses
from psychometrics.tallying import ItemTally


@one_blas_thread()
def coefficient_omega(
    x: Matrix | Responses | ItemTally | Sequence[ItemTally],
    *,
    scale: str | None = None,
    confidence: float = 0.95,
    missing: MissingRule = "pairwise",
    interval: kernel.Interval | None = None,
    estimation: Estimation = "ml",
    total_variance: kernel.TotalVariance = "model",
    groups: int = 20,
    replicates: int = 2000,
    seed: int = 0,
) -> FactorReliability:
    """Return omega total of the one-factor model, (sum lambda)^2 / ((sum lambda)^2 + sum psi), with an interval.

    The reliability of the sum of congeneric items: one factor, loadings of any size, unrelated errors. It is
    *not* omega hierarchical (the share of a general factor among several, see :func:`omega_hierarchical` and
    :func:`omega_bifactor`), and no evidence that there is one factor (see :func:`unidimensionality`).

    Parameters
    ----------
    x : array-like, data frame, Responses, ItemTally, list of ItemTally
        Points, persons by items, reverse-keyed items already reversed, nan where missing; or responses. No item is
        ever flipped; one that loads negatively lowers omega, and ``remarks`` names it.
    scale : str, optional
        Scale of the instrument, for responses and tallies.
    confidence : float
        Level of the interval.
    missing : {"pairwise", "listwise", "em"}
    interval : {"adf", "grouped_jackknife", "bootstrap", "bca"}, optional
        ``adf`` (the default where the points are known, except with ``em``) fits the model without each person in
        turn and assumes no distribution. ``grouped_jackknife`` (the default otherwise) leaves out groups of persons.
        ``bootstrap`` (percentiles) and ``bca`` draw persons with replacement.
    estimation : {"ml", "minres"}
        Maximum likelihood on the covariances, as in lavaan and MBESS, gives the same answer whatever the units of
        an item. ``minres`` fits the correlations by least squares, as psych does.
    total_variance : {"model", "observed"}
        What the common variance is divided by: the variance of the sum that the model implies, or the one observed
        (semTools' ``omega3`` and default; MBESS ``hierarchical``), which stays right when one factor is not enough.
    groups, replicates, seed : int
        Groups of the jackknife; samples of the bootstrap; what both are shuffled by.

    Returns
    -------
    FactorReliability
        ``coefficient`` is ``omega_total_one_factor`` or ``omega_total_one_factor_observed_variance``.

    Raises
    ------
    EstimationError
        Text or infinities in ``x``; an unknown word in an argument; an interval that needs the points themselves.

    References
    ----------
    McDonald (1999), Test Theory; Jöreskog (1971), doi:10.1007/BF02291393; Kelley and Pornprasertmanit (2016),
    doi:10.1037/a0040086. Checked against lavaan 0.6.14, semTools 0.5.6 and psych 2.5.3.

    Examples
    --------
    >>> result = coefficient_omega([[1, 2, 2], [2, 2, 3], [3, 4, 4], [4, 4, 5], [5, 5, 4]])
    >>> result.coefficient
    'omega_total_one_factor'
    """
    check_confidence(confidence)
    check_word("estimation", estimation, ESTIMATIONS)
    check_word("total_variance", total_variance, kernel.TOTAL_VARIANCES)
    sample = as_sample(x, scale=scale, missing=missing)
    chosen = choose_interval(sample, interval)
    reason = kernel.why_no_omega(sample.moments)
    if reason:
        return _without_model(sample, reason, confidence, chosen, estimation, total_variance)
    fitted = kernel.fit_one_factor(sample.moments, estimation)
    estimate = kernel.omega_of(sample.moments, fitted, total_variance)
    bounds = Bounds(reason="omega passes 1 with the observed variance: the model does not fit")
    if estimate <= 1:
        bounds = _bounds(sample, fitted, total_variance, chosen, confidence, groups, replicates, seed)
    total = float(sample.moments.covariance.sum())
    return FactorReliability(
        coefficient=_name(total_variance),
        estimate=estimate,
        ci_lower=bounds.lower,
        ci_upper=bounds.upper,
        confidence=confidence,
        method=chosen,
        missing=missing,
        n_persons=sample.n_persons,
        n_items=sample.n_items,
        standard_deviation=sqrt(total),
        standard_error_of_measurement=sqrt(total * max(1 - estimate, 0.0)),
        reason=bounds.reason,
        source=sample.source,
        item_ids=sample.item_ids,
        loadings=fitted.loadings[:, 0],
        uniquenesses=fitted.uniquenesses,
        estimation=estimation,
        total_variance=total_variance,
        remarks=model_remarks(
            sample.item_ids, fitted.loadings[:, 0], fitted.uniquenesses, converged=fitted.converged
        ),
    )


def choose_interval(sample: Sample, interval: str | None) -> str:
    """Return the interval asked for, or the default of the sample; refuse one that needs points that are not there."""
    whole = sample.points is not None
    if interval is None:
        return "adf" if whole and sample.moments.missing != "em" else "grouped_jackknife"
    check_word("interval", interval, kernel.INTERVALS)
    if not whole and interval != "grouped_jackknife":
        raise EstimationError(
            f"interval={interval!r} needs each person's points; a tally holds only counts",
            hint="Use interval='grouped_jackknife', which leaves out blocks of the tally.",
        )
    if sample.moments.missing == "em" and interval != "grouped_jackknife":
        raise EstimationError(
            f"interval={interval!r} does not go with missing='em'", hint="Use interval='grouped_jackknife'."
        )
    return interval


def _name(total_variance: str) -> str:
    return "omega_total_one_factor" + ("_observed_variance" if total_variance == "observed" else "")


def _bounds(
    sample: Sample,
    fitted: FactorFit,
    total_variance: kernel.TotalVariance,
    interval: str,
    confidence: float,
    groups: int,
    replicates: int,
    seed: int,
) -> Bounds:
    if interval == "grouped_jackknife" or sample.points is None:
        without = kernel.omegas_of(without_each_group(sample, groups, seed), fitted, total_variance)
        if not np.isfinite(without).all():
            return Bounds(reason="without one of the groups omega would not exist")
        estimate = kernel.omega_of(sample.moments, fitted, total_variance)
        return grouped_jackknife_bounds(estimate, without, confidence)
    if interval == "adf":
        return kernel.adf_bounds(sample.points, sample.moments, fitted, total_variance, confidence)
    return kernel.resampled_bounds(
        sample.points,
        sample.moments,
        fitted,
        total_variance,
        confidence,
        accelerated=interval == "bca",
        replicates=replicates,
        seed=seed,
    )


def _without_model(
    sample: Sample,
    reason: str,
    confidence: float,
    interval: str,
    estimation: str,
    total_variance: str,
) -> FactorReliability:
    total = float(sample.moments.covariance.sum())
    nothing = np.full(sample.n_items, nan)
    return FactorReliability(
        coefficient=_name(total_variance),
        estimate=nan,
        ci_lower=nan,
        ci_upper=nan,
        confidence=confidence,
        method=interval,
        missing=sample.moments.missing,
        n_persons=sample.n_persons,
        n_items=sample.n_items,
        standard_deviation=sqrt(total) if total >= 0 else nan,
        standard_error_of_measurement=nan,
        reason=reason,
        source=sample.source,
        item_ids=sample.item_ids,
        loadings=nothing,
        uniquenesses=nothing,
        estimation=estimation,
        total_variance=total_variance,
    )
