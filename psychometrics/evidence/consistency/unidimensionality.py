"""Whether the items measure one thing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from psychometrics.evidence.consistency.factor_reliability import model_remarks
from psychometrics.evidence.consistency.omega_bifactor import fit_quality, with_fit
from psychometrics.evidence.consistency.rows import Rows, no_rows
from psychometrics.evidence.consistency.structure import structured_sample
from psychometrics.evidence.matrix import Matrix
from psychometrics.evidence.sample import MissingRule, Sample
from psychometrics.kernels.bounds import Bounds
from psychometrics.kernels.consistency.omega import correlations, one_factor, why_no_omega
from psychometrics.kernels.consistency.structured_omega import schmid_leiman_indices, strongest_groups
from psychometrics.kernels.consistency.unidimensionality import congeneric_fit, tau_equivalence_fit
from psychometrics.kernels.factors.confirmatory import fit
from psychometrics.kernels.factors.model import Floats as Matrix64
from psychometrics.kernels.factors.schmid_leiman import schmid_leiman
from psychometrics.responses import Responses
from psychometrics.result import Result, Source
from psychometrics.tallying import ItemTally

Floats = npt.NDArray[np.float64]

NAMES = (
    "unidimensionality",
    "congeneric_fit",
    "tau_equivalence_fit",
    "first_eigenvalue",
    "second_eigenvalue",
    "eigenvalue_ratio",
    "first_factor_share",
    "explained_common_variance",
)
GROUP_FACTORS = 3


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Unidimensionality(Result):
    """Indices of one-dimensionality: one row each.

    Attributes
    ----------
    statistic : tuple of str
    part : tuple of str
        Always ``total``.
    estimate, ci_lower, ci_upper : ndarray of float64
        Only RMSEA has an interval, of 90%.
    reason : tuple of str
        Why a number is nan; empty when none is.
    n_persons, n_items : int
    missing : str
    loadings : ndarray of float64, shape (n_items,)
        Standardised, on one factor by least residuals.
    item_ids : tuple of str
    remarks : str
        Negative loadings, bounds; empty when nothing.
    source : Source
    """

    statistic: tuple[str, ...]
    part: tuple[str, ...]
    estimate: Floats
    ci_lower: Floats
    ci_upper: Floats
    reason: tuple[str, ...]
    n_persons: int
    n_items: int
    missing: str
    loadings: Floats
    item_ids: tuple[str, ...]
    remarks: str = ""
    source: Source = field(default_factory=Source)

    def columns(self) -> Mapping[str, Any]:
        """One row per index."""
        return {
            "statistic": self.statistic,
            "estimate": self.estimate,
            "ci_lower": self.ci_lower,
            "ci_upper": self.ci_upper,
            "n_persons": [self.n_persons] * len(self.statistic),
            "reason": self.reason,
        }

    def value(self, statistic: str) -> float:
        """Return one index."""
        return float(self.estimate[self.statistic.index(statistic)])

    def __repr__(self) -> str:
        return f"<unidimensionality {self.value('unidimensionality'):.4g}, {self.n_persons} persons, {self.n_items} items>"


def unidimensionality(
    x: Matrix | Responses | ItemTally | Sequence[ItemTally],
    *,
    scale: str | None = None,
    missing: MissingRule = "pairwise",
) -> Unidimensionality:
    """Return indices of how near the items come to one factor.

    u = congeneric fit x tau-equivalence fit: 1 - sum (r_ij - l_i l_j)^2 / sum r_ij^2, and the same with the mean
    correlation for l_i l_j. Beside it the eigenvalues of the correlations, their ratio, the share of all variance in
    one factor, the explained common variance of a general factor against three group factors (Schmid-Leiman, 6 items
    or more), and the fit of the one-factor model by maximum likelihood. High reliability is none of these.

    Parameters
    ----------
    x : array-like, data frame, Responses, ItemTally, list of ItemTally
        As in :func:`coefficient_omega`. No item is flipped: an item keyed the wrong way lowers the tau-equivalence fit.
    scale : str, optional
        A scale, or a composite of scales, of the instrument.
    missing : {"pairwise", "listwise", "em"}
        The chi-square fit needs complete data or ``listwise``.

    Returns
    -------
    Unidimensionality

    References
    ----------
    Revelle and Condon (2019), doi:10.1037/pas0000754; Reise (2012), doi:10.1080/00273171.2012.715555. Checked against psych
    2.2.9 (``unidim``) and lavaan 0.6.14.
    """
    sample, _ = structured_sample(x, scale=scale, groups=None, missing=missing)
    reason = why_no_omega(sample.moments)
    if reason:
        names = [(name, "total") for name in NAMES]
        return _result(sample, no_rows(names, reason), np.full(sample.n_items, np.nan), "")
    R, _ = correlations(sample.moments)
    least = fit(R, one_factor(len(R)), "minres")
    likely = fit(R, one_factor(len(R)), "ml")
    rows = with_fit(_indices(sample, R, least.loadings[:, 0]), fit_quality(sample, likely, R))
    remarks = model_remarks(
        sample.item_ids,
        least.loadings[:, 0],
        least.uniquenesses,
        converged=least.converged and likely.converged,
    )
    return _result(sample, rows, least.loadings[:, 0], remarks)


def _indices(sample: Sample, R: Matrix64, loadings: Floats) -> Rows:
    congeneric, tau = congeneric_fit(R, loadings), tau_equivalence_fit(R)
    first, second = np.linalg.eigvalsh(R)[::-1][:2]
    ecv, reason = _explained(sample, R)
    ratio = float(first / second) if second > 1e-12 else float("nan")
    estimates = [congeneric * tau, congeneric, tau, float(first), float(second), ratio]
    estimates += [float(np.square(loadings).mean()), ecv]
    reasons = [""] * 5 + ["" if second > 1e-12 else "the second eigenvalue is 0", "", reason]
    return Rows(
        names=[(name, "total") for name in NAMES],
        estimates=estimates,
        bounds=[Bounds(reason=text) for text in reasons],
    )


def _explained(sample: Sample, R: Matrix64) -> tuple[float, str]:
    if len(R) < 2 * GROUP_FACTORS:
        return float("nan"), "three group factors need at least 6 items"
    found = schmid_leiman(R, GROUP_FACTORS)
    indices = schmid_leiman_indices(sample.moments, found, strongest_groups(found.groups))
    return float(indices.explained_common_variance), ""


def _result(sample: Sample, rows: Rows, loadings: Floats, remarks: str) -> Unidimensionality:
    return Unidimensionality(
        **rows.columns(),
        n_persons=sample.n_persons,
        n_items=sample.n_items,
        missing=sample.moments.missing,
        loadings=loadings,
        item_ids=sample.item_ids,
        remarks=remarks,
        source=sample.source,
    )
