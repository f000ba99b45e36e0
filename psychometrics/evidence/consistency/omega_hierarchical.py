"""Omega hierarchical, found by exploration: factors, rotated, transformed after Schmid and Leiman."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from psychometrics.engine.threads import one_blas_thread
from psychometrics.errors import EstimationError
from psychometrics.evidence.checks import check_confidence, check_word
from psychometrics.evidence.consistency.factor_reliability import model_remarks
from psychometrics.evidence.consistency.factor_structure import FactorStructure, names_of
from psychometrics.evidence.consistency.groups import without_each_group
from psychometrics.evidence.consistency.rows import Rows, grouped_rows, no_rows
from psychometrics.evidence.consistency.structure import structured_sample
from psychometrics.evidence.matrix import Matrix
from psychometrics.evidence.sample import MissingRule, Sample
from psychometrics.kernels.consistency import structured_omega as kernel
from psychometrics.kernels.consistency.omega import correlations, why_no_omega
from psychometrics.kernels.factors.model import ESTIMATIONS, Bools, Estimation
from psychometrics.kernels.factors.rotation import ROTATIONS, Rotation
from psychometrics.kernels.factors.schmid_leiman import TWO_FACTORS, SchmidLeiman, TwoFactors, schmid_leiman
from psychometrics.responses import Responses
from psychometrics.tallying import ItemTally

MODEL = "schmid_leiman"


@one_blas_thread()
def omega_hierarchical(
    x: Matrix | Responses | ItemTally | Sequence[ItemTally],
    *,
    n_factors: int = 3,
    scale: str | None = None,
    confidence: float = 0.95,
    missing: MissingRule = "pairwise",
    estimation: Estimation = "minres",
    rotation: Rotation = "oblimin",
    two_factors: TwoFactors | None = None,
    groups: int = 20,
    seed: int = 0,
) -> FactorStructure:
    """Return how much of a total score one general factor explains, (sum g)^2 / variance of the sum.

    Factors are extracted from the correlations, rotated obliquely, and split after Schmid and Leiman into a general
    factor g and group factors f_r. The table holds omega total (all factors), omega hierarchical (g alone), its
    limit with ever more items, the shares of group factors in their own sums, explained common variance, coefficient
    H of each factor, and the general share of each item. Where the groups are known beforehand,
    :func:`omega_bifactor` tests them; this one looks for them.

    Parameters
    ----------
    x : array-like, data frame, Responses, ItemTally, list of ItemTally
        As in :func:`coefficient_omega`. No item is flipped.
    n_factors : int
        Group factors; 3 or more. With 1, omega hierarchical is omega total. With 2, ``two_factors`` must be said.
    scale : str, optional
        A scale, or a composite of scales, of the instrument.
    confidence : float
    missing : {"pairwise", "listwise", "em"}
    estimation : {"minres", "ml"}
    rotation : {"oblimin", "promax"}
    two_factors : {"equal", "first", "second"}, optional
        Two factors have one correlation r but two loadings on the general factor. ``equal``: both sqrt(r); ``first``
        (``second``): the first (second) factor is the general one.
    groups, seed : int
        The intervals leave out one of so many groups of persons (blocks, of a tally), dealt by this seed.

    Returns
    -------
    FactorStructure

    Raises
    ------
    EstimationError
        Too many factors for the items; two factors without a choice; anything :func:`coefficient_omega` refuses.

    References
    ----------
    Schmid and Leiman (1957), doi:10.1007/BF02289209; Zinbarg, Revelle, Yovel and Li (2005),
    doi:10.1007/s11336-003-0974-7; Rodriguez, Reise and Haviland (2016), doi:10.1037/met0000045. Checked against psych
    2.5.3 (``omega``, of standardised items).
    """
    check_confidence(confidence)
    check_word("estimation", estimation, ESTIMATIONS)
    check_word("rotation", rotation, ROTATIONS)
    sample, _ = structured_sample(x, scale=scale, groups=None, missing=missing)
    choice = _check_factors(n_factors, sample.n_items, two_factors)
    reason = why_no_omega(sample.moments)
    if reason:
        return _structure(
            sample, n_factors, no_rows(_names(sample, n_factors), reason), None, None, confidence, estimation
        )
    found = schmid_leiman(
        correlations(sample.moments)[0],
        n_factors,
        estimation=estimation,
        rotation=rotation,
        two_factors=choice,
    )
    members = kernel.strongest_groups(found.groups)
    own = kernel.schmid_leiman_indices(sample.moments, found, members).stacked()
    without = kernel.schmid_leiman_of_each(
        [one for one in without_each_group(sample, groups, seed) if not why_no_omega(one)],
        found,
        members,
        estimation=estimation,
        rotation=rotation,
        two_factors=choice,
    )
    rows = grouped_rows(_names(sample, n_factors), own, without, confidence)
    return _structure(sample, n_factors, rows, found, members, confidence, estimation)


def _names(sample: Sample, n_factors: int) -> list[tuple[str, str]]:
    return names_of(MODEL, sample.item_ids, _group_ids(n_factors))


def _group_ids(n_factors: int) -> tuple[str, ...]:
    return tuple(f"group {number}" for number in range(1, n_factors + 1)) if n_factors > 1 else ()


def _check_factors(n_factors: int, n_items: int, two_factors: TwoFactors | None) -> TwoFactors:
    if two_factors is not None:
        check_word("two_factors", two_factors, TWO_FACTORS)
    most = max((m for m in range(1, n_items + 1) if (n_items - m) ** 2 >= n_items + m), default=1)
    if not 1 <= n_factors <= most:
        raise EstimationError(
            f"n_factors={n_factors}: the correlations of {n_items} items carry 1 to {most}",
            hint="Ask for fewer factors, or use coefficient_omega for one.",
        )
    if n_factors == 2 and two_factors is None:
        raise EstimationError(
            "two factors do not identify a general factor: one correlation, two loadings",
            hint="Say two_factors='equal', 'first' or 'second', or take 3 factors or more.",
        )
    return two_factors or "equal"


def _structure(
    sample: Sample,
    n_factors: int,
    rows: Rows,
    found: SchmidLeiman | None,
    members: Bools | None,
    confidence: float,
    estimation: str,
) -> FactorStructure:
    k, m = sample.n_items, len(_group_ids(n_factors))
    empty = np.full((k, 1 + m), np.nan)
    return FactorStructure(
        **rows.columns(),
        confidence=confidence,
        method="grouped_jackknife",
        missing=sample.moments.missing,
        n_persons=sample.n_persons,
        n_items=k,
        model=MODEL,
        estimation=estimation,
        item_ids=sample.item_ids,
        group_ids=_group_ids(n_factors),
        loadings=empty if found is None else np.column_stack([found.general, found.groups]),
        uniquenesses=empty[:, 0] if found is None else found.uniquenesses,
        members=np.zeros((k, m), np.bool_) if members is None else members,
        factor_correlations=np.full((m, m), np.nan) if found is None else found.factor_correlations,
        remarks="" if found is None else _remarks(sample, found),
        source=sample.source,
    )


def _remarks(sample: Sample, found: SchmidLeiman) -> str:
    remarks = [
        model_remarks(sample.item_ids, found.general, found.uniquenesses, converged=found.converged),
        "two group factors: the general factor rests on a choice, not on the data"
        if found.groups.shape[1] == 2
        else "",
        "Heywood case: a group factor is all general, there may be too many factors"
        if found.heywood_factors and found.groups.shape[1] > 2
        else "",
    ]
    return "; ".join(text for text in remarks if text)
