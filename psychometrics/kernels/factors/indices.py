"""What a general factor and its groups say of a total score: omega hierarchical, ECV, PUC, H."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from psychometrics.kernels.factors.model import Bools, Floats


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Indices:
    """Indices of a general factor and m groups of items; all fields are stacks (..., ), (..., m) or (..., k).

    Attributes
    ----------
    omega_total : ndarray
        Share of all factors in the variance of the sum.
    omega_hierarchical : ndarray
        Share of the general factor alone.
    omega_limit : ndarray
        omega_hierarchical / omega_total: what omega_hierarchical goes to with ever more items of this kind.
    omega_group : ndarray
        Share of all group factors together.
    explained_common_variance : ndarray
        ECV = sum g^2 / (sum g^2 + sum f^2), of standardised items.
    coefficient_h : ndarray
        H = 1 / (1 + 1 / sum(g^2 / (1 - g^2))): reliability of the best weighted sum for the general factor.
    omega_subscale, omega_hierarchical_subscale : ndarray, (..., m)
        Share of general and own group factor, and of the group factor alone, in the sum of the group's items.
    group_explained_common_variance, group_coefficient_h : ndarray, (..., m)
        As above, for the group factors.
    item_explained_common_variance : ndarray, (..., k)
        g^2 / (g^2 + sum f^2) of each item.
    """

    omega_total: Floats
    omega_hierarchical: Floats
    omega_limit: Floats
    omega_group: Floats
    explained_common_variance: Floats
    coefficient_h: Floats
    omega_subscale: Floats
    omega_hierarchical_subscale: Floats
    group_explained_common_variance: Floats
    group_coefficient_h: Floats
    item_explained_common_variance: Floats

    def stacked(self) -> Floats:
        """Return all of them side by side, (..., s)."""
        parts = (getattr(self, name) for name in self.__dataclass_fields__)
        return np.concatenate(
            [part[..., None] if part.ndim == self.omega_total.ndim else part for part in parts], -1
        )


def indices(L: Floats, sd: Floats, members: Bools, totals: Floats, common: Floats | None = None) -> Indices:
    """Return the indices of a general factor (first column of L) and group factors.

    Parameters
    ----------
    L : ndarray of float64, shape (..., k, 1 + m)
        Standardised loadings.
    sd : ndarray of float64, shape (..., k)
        SDs of the items: the sums are of the items as scored.
    members : ndarray of bool, shape (k, m)
        Which items make up the sum of each group.
    totals : ndarray of float64, shape (..., 1 + m)
        Variance of the sum of all items, and of the items of each group.
    common : ndarray of float64, shape (...), optional
        Variance of the sum due to all factors, if it is not that of these loadings.

    References
    ----------
    Zinbarg, Revelle, Yovel and Li (2005), doi:10.1007/s11336-003-0974-7; Reise (2012), doi:10.1080/00273171.2012.715555;
    Rodriguez, Reise and Haviland (2016), doi:10.1037/met0000045; Hancock and Mueller (2001). Checked against psych 2.2.9
    and the formulas written out.
    """
    points = L * sd[..., None]
    sums = points.sum(axis=-2)
    general = np.square(sums[..., 0])
    own = np.square((points[..., 1:] * members).sum(axis=-2))
    general_in = np.square((points[..., :1] * members).sum(axis=-2))
    squares = np.square(L)
    by_factor = squares.sum(axis=-2)
    whole = _positive(totals)
    if common is None:
        common = np.square(sums).sum(axis=-1)
    hierarchical, total = general / whole[..., 0], common / whole[..., 0]
    all_common = _positive(by_factor.sum(axis=-1))
    ratio = squares / _positive(1 - squares)
    with np.errstate(divide="ignore"):
        h = 1 / (1 + 1 / ratio.sum(axis=-2))
    return Indices(
        omega_total=total,
        omega_hierarchical=hierarchical,
        omega_limit=hierarchical / _positive(total),
        omega_group=own.sum(axis=-1) / whole[..., 0],
        explained_common_variance=by_factor[..., 0] / all_common,
        coefficient_h=h[..., 0],
        omega_subscale=(general_in + own) / whole[..., 1:],
        omega_hierarchical_subscale=own / whole[..., 1:],
        group_explained_common_variance=by_factor[..., 1:] / all_common[..., None],
        group_coefficient_h=h[..., 1:],
        item_explained_common_variance=squares[..., 0] / _positive(squares.sum(axis=-1)),
    )


def uncontaminated_correlations(members: Bools) -> float:
    """Return PUC: the share of pairs of items whose correlation comes from the general factor alone.

    References
    ----------
    Rodriguez, Reise and Haviland (2016), doi:10.1037/met0000045.
    """
    k = len(members)
    together = (members.astype(float) @ members.T > 0) & ~np.eye(k, dtype=bool)
    return 1 - float(together.sum()) / (k * (k - 1))


def _positive(a: Floats) -> Floats:
    return np.where(a > 0, a, np.nan)
