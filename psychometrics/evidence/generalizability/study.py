"""G studies: where the variance of ratings comes from, and how far a mean of them generalizes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import inf, isfinite, nan, sqrt
from typing import Any, Literal

import numpy as np

from psychometrics.engine.threads import one_blas_thread
from psychometrics.errors import EstimationError
from psychometrics.evidence.checks import check_confidence, check_word
from psychometrics.evidence.generalizability.columns import FacetRatings, as_facet_ratings
from psychometrics.evidence.generalizability.result import (
    Coefficient,
    Coefficients,
    Component,
    Generalizability,
)
from psychometrics.evidence.matrix import Floats, as_vector
from psychometrics.kernels.bounds import Bounds
from psychometrics.kernels.components.surrogates import component_bounds, function_bounds, share_bounds
from psychometrics.kernels.generalizability.coefficients import ErrorWeights, error_weights, phi_lambda, share
from psychometrics.kernels.generalizability.design import Design, parse_design
from psychometrics.kernels.generalizability.mean_squares import AnovaTable, anova, sizes_seen
from psychometrics.kernels.generalizability.own_cells import own_cells
from psychometrics.kernels.generalizability.study import Method, Study, estimate, without_negatives

Negative = Literal["keep", "zero"]

METHODS: tuple[Method, ...] = ("anova", "reml")
NEGATIVES: tuple[Negative, ...] = ("keep", "zero")
OBJECTS = ("p", "person", "person_id")
INTERVAL = {"anova": "surrogate variables of mean squares", "reml": "surrogate variables of REML estimates"}


@one_blas_thread()
def generalizability(
    x: Any,
    design: str,
    *,
    object_of_measurement: str | None = None,
    fixed: Sequence[str] = (),
    columns: Mapping[str, str] | None = None,
    value: str | None = None,
    method: Method | None = None,
    negative: Negative = "keep",
    cut_scores: Sequence[float] = (),
    confidence: float = 0.95,
    task: str | None = None,
    criterion: str | None = None,
    occasion: str | None = None,
) -> Generalizability:
    """Return variance components, E rho^2 = t/(t + delta), Phi = t/(t + Delta) of a crossed or nested design.

    t is the variance of universe scores, delta and Delta relative and absolute error variance of the mean over as
    many conditions as the study had; with gaps, of the mean of the ratings a person really has, averaged over
    persons (:func:`decision_study` with ``n=`` is for a complete design). Not a measure of validity; and no better than the sample of raters and tasks:
    the interval says how much three raters tell about raters.

    Parameters
    ----------
    x : array-like, data frame, Ratings
        A long frame with a column for each facet and one of ratings; a table (persons by items) for two crossed
        facets; the ratings of an instrument, in points.
    design : str
        Facets crossed by ``x`` and nested by ``:``, such as ``p x i``, ``r:p``, ``p x (r:t)``, ``(r:p) x t``,
        ``p x r x t x o``; two to four facets. Levels of a nested facet are new ones in each level of what it is
        nested in, even if labelled alike.
    object_of_measurement : str, optional
        The facet whose scores are wanted; ``p``, ``person`` or ``person_id`` if it is in the design. If it is nested
        (``(p:c) x i``), scores are compared within what it is nested in.
    fixed : sequence of str
        Facets of which all levels that matter are in the study: their interaction with the objects is
        universe score.
    columns : mapping of str to str, optional
        Facet to column. By itself a facet is looked for under its own name, then p: person_id, r: rater_id,
        i, t: item_id, c: criterion_id, o: occasion.
    value : str, optional
        The column of ratings; ``level``, ``value``, ``rating`` or ``score`` by itself.
    method : {"anova", "reml"}, optional
        Mean squares, or restricted likelihood (never negative). By itself ``anova`` for balanced designs and
        ``reml`` for others. Unbalanced ``anova`` has analogous sums of squares (Henderson's first method) and no
        intervals.
    negative : {"keep", "zero"}
        Negative estimates of ``anova`` are kept (unbiased) or set to 0; ``reason`` says so in either case.
    cut_scores : sequence of float
        For Phi(lambda), in points of one rating.
    confidence : float
    task, criterion, occasion : str, optional
        Keep only these ratings of an instrument.

    Returns
    -------
    Generalizability
        Where components cannot be told apart all are nan, and ``reason`` says which and why.

    Raises
    ------
    EstimationError
        A design that cannot be read; columns that are not there; combinations rated more than once.

    References
    ----------
    Brennan (2001), Generalizability theory, doi:10.1007/978-1-4757-3456-0. Checked against his synthetic data sets
    3 and 4, gtheory 0.1.2, and lme4 for unbalanced and nested designs.
    """
    check_confidence(confidence)
    check_word("negative", negative, NEGATIVES)
    if method is not None:
        check_word("method", method, METHODS)
    cuts = as_vector(list(cut_scores) if np.iterable(cut_scores) else cut_scores, "cut_scores")
    if np.isnan(cuts).any():
        raise EstimationError(f"cut_scores={cut_scores!r}; expected numbers")
    plan = parse_design(design)
    object_ = _object(plan, object_of_measurement)
    _check_fixed(plan, object_, fixed)
    data = as_facet_ratings(
        x, plan, columns=columns, value=value, task=task, criterion=criterion, occasion=occasion
    )
    table = anova(plan, data.groups, data.value)
    chosen: Method = method or ("anova" if table.balanced else "reml")
    raw = estimate(plan, data.groups, data.value, table, chosen)
    study = without_negatives(raw) if negative == "zero" else raw
    draws = _draws(study, clip=chosen == "reml" or negative == "zero")
    objects = plan.closure(frozenset({object_}))
    n = sizes_seen(plan, data.groups, objects, frozenset(fixed))
    own = None if table.balanced else own_cells(plan, data.groups, objects)
    weights = error_weights(plan, plan, object_, frozenset(fixed), n, own)
    mean = float(data.value.mean())
    rows = coefficient_rows(study, weights, draws, confidence)
    rows += [_at_cut(study, weights, mean, float(cut)) for cut in cuts]
    return Generalizability(
        design=plan,
        object_of_measurement=object_,
        fixed=tuple(fixed),
        method=chosen,
        negative=negative,
        components=_components(plan, data, table, raw, study, draws, confidence),
        coefficients=Coefficients(rows=tuple(rows), confidence=confidence, method=INTERVAL[chosen]),
        n=n,
        grand_mean=mean,
        n_ratings=len(data.value),
        n_blank=data.n_blank,
        balanced=table.balanced,
        own=own,
        confidence=confidence,
        study=study,
        reason=study.reason,
    )


def _object(design: Design, named: str | None) -> str:
    found = named or next((facet for facet in OBJECTS if facet in design.facets), None)
    if found not in design.facets:
        what = f'"{named}" is not in the design' if named else "no facet is named p or person"
        raise EstimationError(
            f'the object of measurement of "{design.text}": {what}',
            hint=f"Say object_of_measurement= one of {', '.join(design.facets)}.",
        )
    return str(found)


def _check_fixed(design: Design, object_: str, fixed: Sequence[str]) -> None:
    for facet in fixed:
        if facet not in design.facets or facet == object_:
            others = ", ".join(one for one in design.facets if one != object_)
            raise EstimationError(f"fixed={list(fixed)!r}; expected facets among {others}")
    if {*fixed, *design.closure(frozenset({object_}))} == set(design.facets):
        raise EstimationError("with every facet fixed there is no error to estimate: leave one random")


def _draws(study: Study, *, clip: bool) -> Floats | None:
    if study.surrogates is None:
        return None
    draws = study.surrogates.draws()
    return np.maximum(draws, 0.0) if clip else draws


def _components(
    design: Design,
    data: FacetRatings,
    table: AnovaTable,
    raw: Study,
    study: Study,
    draws: Floats | None,
    confidence: float,
) -> tuple[Component, ...]:
    total = float(np.maximum(study.variances, 0).sum())
    rows = []
    for k, effect in enumerate(design.effects):
        df, variance = float(table.df[k]), float(study.variances[k])
        bounds = Bounds(reason=study.reason or study.no_interval)
        if study.surrogates is not None and draws is not None:
            bounds = component_bounds(study.surrogates, draws, k, confidence)
        reasons = [bounds.reason]
        if raw.variances[k] < 0:
            done = "kept" if variance < 0 else "set to 0"
            reasons.append(f"negative estimate {raw.variances[k]:.4g}: {done}")
        if df <= 0:
            reasons.append("no degrees of freedom: no mean square")
        if not total > 0 and not study.reason:
            reasons.append("no variance: no shares")
        rows.append(
            Component(
                component=design.label(effect),
                n_levels=data.groups.n_levels[k],
                df=df,
                sum_of_squares=float(table.sum_of_squares[k]),
                mean_square=float(table.sum_of_squares[k]) / df if df > 0 else nan,
                variance=variance,
                share=max(variance, 0.0) / total if total > 0 else nan,
                ci_lower=bounds.lower,
                ci_upper=bounds.upper,
                reason="; ".join(dict.fromkeys(reason for reason in reasons if reason)),
            )
        )
    return tuple(rows)


def coefficient_rows(
    study: Study, weights: ErrorWeights, draws: Floats | None, confidence: float
) -> list[Coefficient]:
    """Return E rho^2, Phi, universe-score variance, error SDs and signal-to-noise ratios with intervals."""
    tau, delta, absolute = (
        float(row @ study.variances) for row in (weights.universe, weights.relative, weights.absolute)
    )
    rows: list[Coefficient] = []
    ratios: list[Coefficient] = []
    for name, noise, row in (
        ("generalizability", delta, weights.relative),
        ("dependability", absolute, weights.absolute),
    ):
        found = float(share(np.array(tau), np.array(noise)))
        bounds = Bounds(reason=study.reason or study.no_interval)
        if study.surrogates is not None and draws is not None:
            bounds = share_bounds(
                study.surrogates, draws, weights.universe, row, confidence, at_least=weights.relative
            )
        reason = bounds.reason
        if np.isnan(found) and not study.reason:
            reason = "no variance of observed scores"
            bounds = Bounds(reason=reason)
        rows.append(_coefficient(name, found, bounds, reason))
        ratio = tau / noise if noise > 0 else nan
        odds = [_odds(end) for end in (bounds.lower, bounds.upper)]
        why = reason if noise > 0 or study.reason else "no error variance"
        ratios.append(
            _coefficient(
                f"signal_to_noise_{('relative', 'absolute')[len(ratios)]}",
                ratio,
                Bounds(lower=odds[0], upper=odds[1]),
                why,
            )
        )
    rows.append(
        _coefficient(
            "universe_score_variance", tau, _linear(draws, weights.universe, confidence), _why(study)
        )
    )
    for name, variance, row in (
        ("relative", delta, weights.relative),
        ("absolute", absolute, weights.absolute),
    ):
        ends = _linear(draws, row, confidence)
        roots = Bounds(lower=_root(ends.lower), upper=_root(ends.upper))
        why = _why(study) or ("a negative error variance has no SD" if variance < 0 else "")
        rows.append(_coefficient(f"{name}_error_sd", sqrt(variance) if variance >= 0 else nan, roots, why))
    return rows + ratios


def _coefficient(name: str, estimate: float, bounds: Bounds, reason: str) -> Coefficient:
    return Coefficient(
        coefficient=name, estimate=estimate, ci_lower=bounds.lower, ci_upper=bounds.upper, reason=reason
    )


def _why(study: Study) -> str:
    return study.reason or study.no_interval


def _linear(draws: Floats | None, row: Floats, confidence: float) -> Bounds:
    if draws is None:
        return Bounds()
    return function_bounds(draws, lambda parts: np.asarray(row @ parts), confidence)


def _root(value: float) -> float:
    return sqrt(max(value, 0.0)) if isfinite(value) else nan


def _odds(end: float) -> float:
    return end / (1 - end) if end < 1 else inf if end == 1 else nan


def _at_cut(study: Study, weights: ErrorWeights, mean: float, cut: float) -> Coefficient:
    """Return Phi(lambda) at one cut score."""
    tau, absolute, of_mean = (
        float(row @ study.variances) for row in (weights.universe, weights.absolute, weights.of_mean)
    )
    found = phi_lambda(tau, absolute, mean, of_mean, cut)
    reason = study.reason or "no interval is known for Phi(lambda)"
    return _coefficient(f"dependability_at_{cut:g}", found, Bounds(), reason)
