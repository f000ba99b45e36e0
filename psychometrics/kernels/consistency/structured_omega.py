"""Omega hierarchical and its company: from a Schmid-Leiman transformation, and from a bifactor model."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.optimize import linear_sum_assignment

from psychometrics.kernels.consistency.omega import correlations
from psychometrics.kernels.covariance import Moments
from psychometrics.kernels.factors.confirmatory import FactorFit, refit
from psychometrics.kernels.factors.indices import Indices, indices
from psychometrics.kernels.factors.left_out import without_each
from psychometrics.kernels.factors.model import Bools, Estimation, Floats
from psychometrics.kernels.factors.rotation import Rotation
from psychometrics.kernels.factors.schmid_leiman import SchmidLeiman, TwoFactors, schmid_leiman


def sums_of(members: Bools) -> Floats:
    """Return the weights (k, 1 + m) of the sum of all items and of each group."""
    return np.column_stack([np.ones(len(members)), members.astype(np.float64)])


def observed_totals(sample: Moments, members: Bools) -> Floats:
    """Return the observed variances of those sums."""
    W = sums_of(members)
    totals: Floats = np.einsum("ig,ij,jg->g", W, sample.covariance, W)
    return totals


def strongest_groups(groups: Floats) -> Bools:
    """Return for each item the group factor it loads on most (in size), as a mask (k, m)."""
    members = np.zeros(groups.shape, np.bool_)
    if groups.shape[1]:
        members[np.arange(len(groups)), np.abs(groups).argmax(axis=1)] = True
    return members


def schmid_leiman_indices(sample: Moments, found: SchmidLeiman, members: Bools) -> Indices:
    """Return the indices over the observed variance of the sums; the common part is that variance less the unique one.

    With one factor the common part is that of its loadings, so that omega total is omega hierarchical.
    """
    sd = np.sqrt(np.diagonal(sample.covariance))
    totals = observed_totals(sample, members)
    L = np.column_stack([found.general, found.groups])
    common = None
    if found.groups.shape[1]:
        common = np.asarray(totals[0] - found.uniquenesses @ sd**2)
    return indices(L, sd, members, totals, common)


def schmid_leiman_of_each(
    samples: list[Moments],
    near: SchmidLeiman,
    members: Bools,
    *,
    estimation: Estimation,
    rotation: Rotation,
    two_factors: TwoFactors,
) -> Floats:
    """Return all indices of several samples like the first, (b, s), group factors matched to its own."""
    rows = []
    for sample in samples:
        found = schmid_leiman(
            correlations(sample)[0],
            near.pattern.shape[1],
            estimation=estimation,
            rotation=rotation,
            two_factors=two_factors,
            near=near.pattern,
        )
        order = _matched(found.pattern, near.pattern) if found.groups.shape[1] else []
        matched = replace(found, groups=found.groups[:, order])
        rows.append(schmid_leiman_indices(sample, matched, members).stacked())
    return np.array(rows)


def _matched(pattern: Floats, to: Floats) -> list[int]:
    """Return for each factor of ``to`` the factor most like it: greatest sum of congruences, each used once."""
    lengths = np.sqrt(np.outer(np.square(to).sum(axis=0), np.square(pattern).sum(axis=0)))
    alike = np.abs(to.T @ pattern) / np.maximum(lengths, 1e-300)
    return [int(column) for column in linear_sum_assignment(-alike)[1]]


def bifactor_indices(L: Floats, psi: Floats, members: Bools) -> Indices:
    """Return the indices over the variances that the model implies; L and psi in points, (..., k, 1 + m)."""
    sd = np.sqrt(np.square(L).sum(axis=-1) + psi)
    W = sums_of(members)
    factor_sums = np.einsum("kg,...km->...gm", W, L)
    totals = np.square(factor_sums).sum(axis=-1) + psi @ np.square(W)
    return indices(L / sd[..., None], sd, members, totals)


def bifactor_without_each(x: Floats, sample: Moments, fitted: FactorFit, members: Bools) -> Floats:
    """Return all indices with each person left out, (n, s)."""

    def statistics(L: Floats, psi: Floats, _: Floats) -> Floats:
        return bifactor_indices(L, psi, members).stacked()

    return without_each(x, sample, fitted, np.ones((len(members), 0)), statistics)


def bifactor_of_each(samples: list[Moments], fitted: FactorFit, members: Bools) -> Floats:
    """Return all indices of several samples like the fitted one, (b, s)."""
    if not samples:
        return np.empty((0, 6 + 4 * members.shape[1] + len(members)))
    R, sd = (np.stack(part) for part in zip(*map(correlations, samples), strict=True))
    L, psi, _ = refit(R, fitted)
    return bifactor_indices(L * sd[..., None], psi * sd**2, members).stacked()
