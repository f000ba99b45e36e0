"""The components of a G study with what their intervals are drawn from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import numpy.typing as npt

from psychometrics.kernels.components.identification import (
    dependent_groupings,
    gram_of_groupings,
    joint_sizes,
)
from psychometrics.kernels.components.surrogates import Surrogates, surrogates_from_covariance
from psychometrics.kernels.components.variance_components import fit_components
from psychometrics.kernels.generalizability.design import Design
from psychometrics.kernels.generalizability.mean_squares import AnovaTable, Groups

Floats = npt.NDArray[np.float64]
Method = Literal["anova", "reml"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Study:
    """Estimates of the components.

    Attributes
    ----------
    variances : ndarray of float64, shape (n_effects,)
        Nan where they cannot be estimated; ``reason`` says why.
    surrogates : Surrogates or None
        None where there is no interval; ``no_interval`` says why.
    """

    variances: Floats
    surrogates: Surrogates | None = None
    reason: str = ""
    no_interval: str = ""


def why_not_identified(design: Design, groups: Groups) -> str:
    """Say which components the design cannot tell apart, and why; empty when it can tell all."""
    if len(groups.cells[0]) < 2:
        return "fewer than 2 ratings"
    names = [design.label(effect) for effect in design.effects]
    last = names[-1]
    reasons = []
    for alike in _alike(groups):
        labels = [names[k] for k in alike if names[k] != last]
        if groups.n_levels[alike[0]] == 1:
            reasons.append(f"{_listed(labels)} {'has' if len(labels) == 1 else 'have'} one level")
        elif len(labels) < len(alike):
            reasons.append(f"{_listed(labels)} cannot be told from the residual {last}: no repeats")
        else:
            reasons.append(f"{_listed(labels)} cannot be told apart: they divide the ratings alike")
    if reasons:
        return "; ".join(reasons)
    together = dependent_groupings(gram_of_groupings(list(groups.cells[:-1])))
    return "; ".join(
        f"{_listed([names[k] for k in one])} cannot be told apart in these cells" for one in together
    )


def _alike(groups: Groups) -> list[list[int]]:
    """Return the effects that divide the ratings alike, and those with one level."""
    found: list[list[int]] = []
    rest = list(range(len(groups.cells)))
    while rest:
        first = rest[0]
        alike = [first]
        for k in rest[1:]:
            same_number = groups.n_levels[k] == groups.n_levels[first]
            if (
                same_number
                and len(joint_sizes(groups.cells[first], groups.cells[k])[2]) == groups.n_levels[k]
            ):
                alike.append(k)
        rest = [k for k in rest if k not in alike]
        if len(alike) > 1 or groups.n_levels[first] == 1:
            found.append(alike)
    return found


def _listed(labels: list[str]) -> str:
    return labels[0] if len(labels) == 1 else f"{', '.join(labels[:-1])} and {labels[-1]}"


def estimate(design: Design, groups: Groups, y: Floats, table: AnovaTable, method: Method) -> Study:
    """Return the components by analysis of variance or REML."""
    nothing = np.full(len(design.effects), np.nan)
    reason = why_not_identified(design, groups)
    if reason:
        return Study(variances=nothing, reason=reason)
    if not np.ptp(y):
        none = np.zeros(len(design.effects))
        return Study(variances=none, no_interval="the ratings do not vary")
    return _by_anova(table) if method == "anova" else _by_reml(groups, y)


def _by_anova(table: AnovaTable) -> Study:
    variances = table.components()
    if not table.balanced:
        no_interval = 'no interval for an unbalanced analysis of variance: see method="reml"'
        return Study(variances=variances, no_interval=no_interval)
    squares = np.maximum(table.sum_of_squares / table.df, 0.0)
    weights = table.weights()
    weights[np.abs(weights) < 1e-9 * np.abs(weights).max(axis=1, keepdims=True)] = 0.0
    return Study(variances=variances, surrogates=Surrogates(values=squares, df=table.df, weights=weights))


def _by_reml(groups: Groups, y: Floats) -> Study:
    fit = fit_components(y, list(groups.cells[:-1]))
    if fit is None:
        reason = 'REML finds no residual variance (a perfect fit): see method="anova"'
        return Study(variances=np.full(len(groups.cells), np.nan), reason=reason)
    order = np.argsort(-np.array(groups.n_levels), kind="stable").tolist()
    surrogates = surrogates_from_covariance(fit.variances, fit.covariance, order)
    flat = "" if surrogates is not None else "no interval: the likelihood is flat"
    return Study(variances=fit.variances, surrogates=surrogates, no_interval=flat)


def without_negatives(study: Study) -> Study:
    """Return the study with negative components set to 0."""
    return replace(study, variances=np.maximum(study.variances, 0.0))
