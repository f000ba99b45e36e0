"""Omega hierarchical of groups of items that are known: a bifactor model, tested."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from psychometrics.engine.threads import one_blas_thread
from psychometrics.evidence.checks import check_confidence
from psychometrics.evidence.consistency.factor_reliability import model_remarks
from psychometrics.evidence.consistency.factor_structure import FactorStructure, names_of
from psychometrics.evidence.consistency.groups import without_each_group
from psychometrics.evidence.consistency.omega import choose_interval
from psychometrics.evidence.consistency.rows import Rows, grouped_rows, jackknife_rows, no_rows
from psychometrics.evidence.consistency.structure import (
    Groups,
    Members,
    group_members,
    refuse_shared,
    refuse_small_groups,
    structured_sample,
)
from psychometrics.evidence.matrix import Matrix
from psychometrics.evidence.sample import MissingRule, Sample
from psychometrics.kernels.bounds import Bounds
from psychometrics.kernels.consistency import structured_omega as kernel
from psychometrics.kernels.consistency.omega import correlations, why_no_omega
from psychometrics.kernels.factors.confirmatory import FactorFit, fit
from psychometrics.kernels.factors.goodness import Goodness, goodness
from psychometrics.kernels.factors.indices import uncontaminated_correlations
from psychometrics.kernels.factors.model import Bools, Floats, curvature
from psychometrics.responses import Responses
from psychometrics.tallying import ItemTally

MODEL = "bifactor"
FITS = ("chi_square", "df", "p_value", "cfi", "tli", "rmsea", "srmr")


@one_blas_thread()
def omega_bifactor(
    x: Matrix | Responses | ItemTally | Sequence[ItemTally],
    groups: Groups | None = None,
    *,
    scale: str | None = None,
    confidence: float = 0.95,
    missing: MissingRule = "pairwise",
    interval: str | None = None,
    jackknife_groups: int = 20,
    seed: int = 0,
) -> FactorStructure:
    """Return omega hierarchical of a bifactor model: one general factor, one factor for each group, all unrelated.

    omega_h = (sum g)^2 / variance of the sum that the model implies, fitted by maximum likelihood. The table holds
    omega total and hierarchical of the total and of each group, explained common variance, PUC, coefficient H, and the
    fit (chi-square, CFI, TLI, RMSEA with its 90% interval, SRMR).

    Parameters
    ----------
    x : array-like, data frame, Responses, ItemTally, list of ItemTally
        As in :func:`coefficient_omega`. No item is flipped.
    groups : mapping of str to sequence of str or int, optional
        Names of the items of each group, or their places counted from 0. At least 3 items in each; items in none
        load on the general factor alone. Left out, the groups are the scales of the instrument inside ``scale``: its
        components, or the scales on some of its items; without ``scale``, the scales inside no other.
    scale : str, optional
        A scale, or a composite of scales, of the instrument.
    confidence : float
        Level of all intervals but that of RMSEA.
    missing : {"pairwise", "listwise", "em"}
        The fit needs complete data or ``listwise``.
    interval : {"adf", "grouped_jackknife"}, optional
        As in :func:`coefficient_omega`. Left out, ``grouped_jackknife`` also steps in where the data determine the model
        so little that it does not settle without each person; ``method`` says which it was.
    jackknife_groups, seed : int
        Groups of persons that ``grouped_jackknife`` leaves out, dealt by this seed.

    Returns
    -------
    FactorStructure

    Raises
    ------
    EstimationError
        Groups that are too small, overlap, or name items that are not there.

    References
    ----------
    Reise (2012), doi:10.1080/00273171.2012.715555; Rodriguez, Reise and Haviland (2016), doi:10.1037/met0000045. Checked
    against lavaan 0.6.14.
    """
    check_confidence(confidence)
    sample, named = structured_sample(x, scale=scale, groups=groups, missing=missing)
    refuse_shared(named)
    refuse_small_groups(named)
    chosen = choose_interval(sample, interval)
    members = group_members(named, sample.item_ids)
    names = names_of(MODEL, sample.item_ids, tuple(named))
    reason = why_no_omega(sample.moments)
    if reason:
        return _structure(sample, named, members, no_rows(names, reason), None, confidence, chosen)
    pattern = np.column_stack([np.ones(sample.n_items, np.bool_), members])
    R, sd = correlations(sample.moments)
    fitted = fit(R, pattern)
    own = kernel.bifactor_indices(
        fitted.loadings * sd[:, None], fitted.uniquenesses * sd**2, members
    ).stacked()
    rows = no_rows(names, "not tried")
    if chosen == "adf" and sample.points is not None:
        without = kernel.bifactor_without_each(sample.points, sample.moments, fitted, members)
        rows = jackknife_rows(names, own, without, confidence)
    if chosen != "adf" or (interval is None and np.isnan(rows.bounds[0].lower)):
        chosen = "grouped_jackknife"
        samples = [one for one in without_each_group(sample, jackknife_groups, seed) if not why_no_omega(one)]
        rows = grouped_rows(names, own, kernel.bifactor_of_each(samples, fitted, members), confidence)
    return _structure(sample, named, members, rows, (fitted, R), confidence, chosen)


def _structure(
    sample: Sample,
    named: Members,
    members: Bools,
    rows: Rows,
    model: tuple[FactorFit, Floats] | None,
    confidence: float,
    interval: str,
) -> FactorStructure:
    k, m = members.shape
    fitted = model[0] if model else None
    quality = fit_quality(sample, *model) if model else None
    if quality:
        rows = with_fit(rows, quality, members)
    return FactorStructure(
        **rows.columns(),
        confidence=confidence,
        method=interval,
        missing=sample.moments.missing,
        n_persons=sample.n_persons,
        n_items=k,
        model=MODEL,
        estimation="ml",
        item_ids=sample.item_ids,
        group_ids=tuple(named),
        loadings=np.full((k, 1 + m), np.nan) if fitted is None else fitted.loadings,
        uniquenesses=np.full(k, np.nan) if fitted is None else fitted.uniquenesses,
        members=members,
        factor_correlations=np.eye(m),
        goodness=quality,
        remarks="" if model is None else _remarks(sample, members, *model),
        source=sample.source,
    )


def fit_quality(sample: Sample, fitted: FactorFit, R: Floats) -> Goodness:
    """Return the fit of a model; without a chi-square where values are missing."""
    found = goodness(R, fitted, sample.n_persons)
    n_pairs = sample.moments.n_pairs
    if sample.moments.missing == "em" or n_pairs.min() < n_pairs.max():
        return Goodness(
            df=found.df, srmr=found.srmr, reason="values are missing: no chi-square; use missing='listwise'"
        )
    return found


def with_fit(rows: Rows, found: Goodness, members: Bools | None = None) -> Rows:
    """Return the rows followed by PUC and those of the fit; RMSEA has its 90% interval."""
    names = [(f"one_factor_{name}" if members is None else name, "total") for name in FITS]
    values = [float(getattr(found, name)) for name in FITS]
    bounds = [Bounds(reason="" if np.isfinite(value) else found.reason) for value in values]
    bounds[FITS.index("rmsea")] = Bounds(
        lower=found.rmsea_lower, upper=found.rmsea_upper, reason=found.reason
    )
    if members is not None:
        names.insert(0, ("uncontaminated_correlations", "total"))
        values.insert(0, uncontaminated_correlations(members))
        bounds.insert(0, Bounds())
    return Rows(
        names=[*rows.names, *names], estimates=[*rows.estimates, *values], bounds=[*rows.bounds, *bounds]
    )


def _remarks(sample: Sample, members: Bools, fitted: FactorFit, R: Floats) -> str:
    alone = [item for item, own in zip(sample.item_ids, members, strict=True) if not own.any()]
    remarks = [
        model_remarks(
            sample.item_ids, fitted.loadings[:, 0], fitted.uniquenesses, converged=fitted.converged
        ),
        f"in no group, on the general factor alone: {', '.join(alone)}" if alone else "",
        "the model is all but unidentified: other loadings would fit as well" if _flat(R, fitted) else "",
    ]
    return "; ".join(text for text in remarks if text)


def _flat(R: Floats, fitted: FactorFit) -> bool:
    """Say whether the information has a direction without any, beside those at a bound."""
    free = int(fitted.pattern.sum())
    kept = np.ones(free + len(R), np.bool_)
    kept[free + fitted.heywood] = False
    H = curvature(R, fitted.loadings, fitted.uniquenesses, fitted.pattern, "ml", expected=True)
    values = np.linalg.eigvalsh(H[np.ix_(kept, kept)])
    return bool(values[0] < 1e-6 * values[-1])
