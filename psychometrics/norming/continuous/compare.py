"""Several ways to fit continuous norms, side by side."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import nan
from typing import Any

import numpy as np
from scipy.linalg import LinAlgError

from psychometrics.errors import NormError
from psychometrics.kernels.continuous.checks import folds_of, held_out, rises_everywhere
from psychometrics.kernels.continuous.fitting import METHODS, Fitted, fit
from psychometrics.norming.block import score_block
from psychometrics.norming.continuous.frame import NormData, ages_of, norm_data
from psychometrics.norming.continuous.settings import ContinuousNorming, read_settings
from psychometrics.norming.edition import StratumVariable
from psychometrics.norming.strata import parse_strata, stratum_index, stratum_keys
from psychometrics.norming.weighting.weighting import Weighting
from psychometrics.result import Result, Source
from psychometrics.version import VERSION

NAMES = (
    "scale_id",
    "stratum",
    "method",
    "terms",
    "n_persons",
    "n_parameters",
    "log_likelihood",
    "aic",
    "bic",
    "log_score",
    "error_t",
    "converged",
    "monotone",
    "chosen",
    "reason",
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ModelComparison(Result):
    """One row per scale, stratum and method.

    Attributes
    ----------
    rows : tuple of mapping
        ``terms``, ``n_parameters``; ``log_likelihood``, ``aic``, ``bic`` of P(score | age), comparable between methods;
        ``log_score`` (mean log P of held-out persons) and ``error_t`` (held-out error in T) by cross-validation; ``converged``;
        ``monotone`` (checked on 201 ages); ``chosen`` (by the criterion); ``reason`` where a method could not be fitted or
        cross-validated.
    """

    rows: tuple[Mapping[str, Any], ...]
    source: Source

    def columns(self) -> Mapping[str, Any]:
        """Return the table, best criterion first within a cell."""
        return {name: [row[name] for row in self.rows] for name in NAMES}

    def __repr__(self) -> str:
        chosen = ", ".join(
            f"{row['scale_id']} {row['stratum']}: {row['method']}" for row in self.rows if row["chosen"]
        )
        return f"<ModelComparison of {len(self.rows)} models; chosen: {chosen}>"


def compare_models(
    scores: Any,
    continuous: str | ContinuousNorming,
    *,
    scale: str | Sequence[str] | None = None,
    strata: Iterable[str | StratumVariable] = (),
    methods: Sequence[str] = METHODS,
    weights: Weighting | None = None,
    folds: int = 5,
    seed: int = 0,
) -> ModelComparison:
    """Fit continuous norms by several methods and cross-validate each.

    Powers are chosen anew in every fold, so that the held-out figures include the choosing.

    Parameters
    ----------
    scores : Scores or frame
        The norm sample.
    continuous : str or ContinuousNorming
        Column the norms run along.
    scale, strata, weights
        As for :func:`build_norms`.
    methods : sequence of str
        "taylor", "beta_binomial", "shash", "box_cox_t", "normal".
    folds : int
        Parts for cross-validation, 2 or more; 0 for none.
    seed : int
        Of the division into parts.

    Returns
    -------
    ModelComparison

    Raises
    ------
    NormError
        As for :func:`build_norms`.
    """
    if folds == 1 or folds < 0:
        raise NormError(f"folds {folds} must be 0 or at least 2")
    for method in methods:
        settings = read_settings(continuous, method)
    block = score_block(scores, [scale] if isinstance(scale, str) else scale)
    variables = parse_strata(strata, block.persons)
    index, _ = stratum_index(variables, block.persons)
    ages = ages_of(block.persons, settings.column)
    w = np.ones(len(ages)) if weights is None else np.nan_to_num(weights.of(block.persons))
    rows: list[Mapping[str, Any]] = []
    for position, key in enumerate(stratum_keys(variables)):
        for scale_id in block.scale_ids:
            data = norm_data(block, scale_id, index == position, ages, w, settings)
            place = {"scale_id": scale_id, "stratum": " / ".join(key) or "whole sample"}
            rows += _rows(data, place, methods, settings, folds, seed)
    options = (("criterion", settings.criterion), ("folds", str(folds)), ("seed", str(seed)))
    source = Source(input_sha256=block.source.input_sha256, options=options, package_version=VERSION)
    return ModelComparison(rows=tuple(rows), source=source)


def _rows(
    data: NormData,
    place: Mapping[str, str],
    methods: Sequence[str],
    settings: ContinuousNorming,
    folds: int,
    seed: int,
) -> list[Mapping[str, Any]]:
    rows = [
        {**place, "n_persons": len(data.scores), **_row(data, method, settings, folds, seed)}
        for method in methods
    ]
    good = [row for row in rows if row["converged"]]
    best = min(good, key=lambda row: row[settings.criterion], default=None)
    ordered = sorted(rows, key=lambda row: (np.isnan(row[settings.criterion]), row[settings.criterion]))
    return [{**row, "chosen": row is best} for row in ordered]


def _row(data: NormData, method: str, settings: ContinuousNorming, folds: int, seed: int) -> dict[str, Any]:
    try:
        if method == "beta_binomial" and not data.lattice.discrete:
            raise LinAlgError("needs scores in equal steps")
        fitted = fit(method, data.sample(), data.lattice, settings.choices())
    except LinAlgError as error:
        return {
            **dict.fromkeys(NAMES[5:11], nan),
            "method": method,
            "terms": "",
            "converged": False,
            "monotone": False,
            "reason": str(error),
        }
    log_score, error_t, why = _cross_validated(data, fitted, settings, folds, seed)
    return {
        "method": method,
        "terms": fitted.terms,
        "n_parameters": fitted.n_parameters,
        "log_likelihood": fitted.log_likelihood,
        "aic": fitted.aic,
        "bic": fitted.bic,
        "log_score": log_score,
        "error_t": error_t,
        "converged": fitted.converged,
        "monotone": rises_everywhere(fitted.model, z_limit=settings.z_limit),
        "reason": why if fitted.converged else "the search for the maximum did not settle",
    }


def _cross_validated(
    data: NormData, fitted: Fitted, settings: ContinuousNorming, folds: int, seed: int
) -> tuple[float, float, str]:
    """Return the mean held-out log score and error in T; nan and why where there is none."""
    if not folds:
        return nan, nan, "not cross-validated"
    if len(data.scores) < 2 * folds:
        return nan, nan, "too few people to cross-validate"
    fold = folds_of(len(data.scores), folds, seed)
    found = []
    for part in range(folds):
        try:
            model = fit(fitted.method, data.sample(fold != part), data.lattice, settings.choices()).model
        except LinAlgError as error:
            return nan, nan, f"not cross-validated: {error}"
        found.append(held_out(model, data.sample(fold == part), z_limit=settings.z_limit))
    log_score = float(np.mean([one for one, _ in found]))
    return log_score, float(np.sqrt(np.mean([one**2 for _, one in found]))), ""
