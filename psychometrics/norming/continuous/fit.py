"""Fit one cell: one method, or the best of all."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.linalg import LinAlgError

from psychometrics.errors import NormError
from psychometrics.kernels.continuous.fitting import METHODS, Fitted, fit
from psychometrics.norming.cells.continuous import ContinuousCell
from psychometrics.norming.continuous.frame import NormData
from psychometrics.norming.continuous.settings import ContinuousNorming


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CellFit:
    """The chosen fit of a cell, and all that were tried.

    Attributes
    ----------
    cell : ContinuousCell
    chosen : Fitted
    tried : tuple of Fitted
    failed : tuple of (str, str)
        Methods that the sample does not determine, and why.
    """

    cell: ContinuousCell
    chosen: Fitted
    tried: tuple[Fitted, ...]
    failed: tuple[tuple[str, str], ...]


def methods_for(method: str, data: NormData) -> tuple[str, ...]:
    """Return the methods to try: the named one, or every one that suits the scores."""
    if method != "auto":
        return (method,)
    return tuple(name for name in METHODS if data.lattice.discrete or name != "beta_binomial")


def fit_cell(data: NormData, method: str, settings: ContinuousNorming, where: str) -> CellFit:
    """Fit a cell; "auto" takes the method with the best criterion.

    Raises
    ------
    NormError
        No method could be fitted.
    """
    if method == "beta_binomial" and not data.lattice.discrete:
        raise NormError(
            f"{where}: the beta-binomial needs scores in equal steps",
            hint='Use "shash", "box_cox_t" or "taylor".',
        )
    sample = data.sample()
    tried, failed = [], []
    for name in methods_for(method, data):
        try:
            tried.append(fit(name, sample, data.lattice, settings.choices()))
        except LinAlgError as error:
            failed.append((name, str(error)))
    good = [one for one in tried if one.converged]
    if not good:
        words = (
            "; ".join(f"{name}: {why}" for name, why in failed) or "the search for the maximum did not settle"
        )
        raise NormError(
            f"{where}: {len(data.scores):,} people (effective {sample.n:.1f}) do not determine continuous norms ({words})",
            hint="Get more people, more ages, or fewer terms: powers=..., or another method.",
        )
    chosen = min(good, key=lambda one: one.bic if settings.criterion == "bic" else one.aic)
    cell = ContinuousCell(
        model=chosen.model,
        n=len(data.scores),
        mean=float(np.average(data.scores, weights=data.weights)),
        sd=_sd(data, sample.n),
        ends=(float(data.scores.min()), float(data.scores.max())),
        z_limit=settings.z_limit,
    )
    return CellFit(cell=cell, chosen=chosen, tried=tuple(tried), failed=tuple(failed))


def _sd(data: NormData, n: float) -> float:
    mean = np.average(data.scores, weights=data.weights)
    variance = float(np.average((data.scores - mean) ** 2, weights=data.weights))
    return float(np.sqrt(variance * n / (n - 1))) if n > 1 else float("nan")
