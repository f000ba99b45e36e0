"""From correlated factors to a general factor and group factors that are free of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from psychometrics.kernels.factors.confirmatory import fit
from psychometrics.kernels.factors.exploratory import ExploratoryFit, extract
from psychometrics.kernels.factors.model import Estimation, Floats
from psychometrics.kernels.factors.rotation import Rotation, rotate

TwoFactors = Literal["equal", "first", "second"]

TWO_FACTORS: tuple[TwoFactors, ...] = ("equal", "first", "second")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SchmidLeiman:
    """The transformed factors of standardised items.

    Attributes
    ----------
    general : ndarray of float64, shape (k,)
    groups : ndarray of float64, shape (k, m)
        Loadings on the group factors; no columns when one factor was extracted.
    uniquenesses : ndarray of float64, shape (k,)
        Of the factors extracted.
    factor_loadings : ndarray of float64, shape (m,)
        Of the correlated factors on the general factor.
    factor_correlations : ndarray of float64, shape (m, m)
    pattern : ndarray of float64, shape (k, m)
        Loadings on the correlated factors.
    extraction : ExploratoryFit
    heywood_factors : bool
        A correlated factor is all general: its unique share stands at the bound.
    converged : bool
    """

    general: Floats
    groups: Floats
    uniquenesses: Floats
    factor_loadings: Floats
    factor_correlations: Floats
    pattern: Floats
    extraction: ExploratoryFit
    heywood_factors: bool
    converged: bool


def schmid_leiman(
    R: Floats,
    n_factors: int,
    *,
    estimation: Estimation = "minres",
    rotation: Rotation = "oblimin",
    two_factors: TwoFactors = "equal",
    near: Floats | None = None,
) -> SchmidLeiman:
    """Return g = P gamma and f_r = p_r sqrt(1 - gamma_r^2): P the pattern of the rotated factors, gamma their loadings.

    gamma comes from one factor of the factor correlations by least residuals, and is held at 1. Two factors have one correlation and
    two gammas: ``equal`` makes both sqrt(r), ``first`` (``second``) makes the first (second) factor the general one.
    With two factors and r < 0, the second gamma of ``equal`` is negative. ``near`` is the pattern of a sample like
    this one, to start the rotation from.

    References
    ----------
    Schmid and Leiman (1957), doi:10.1007/BF02289209; Zinbarg, Revelle, Yovel and Li (2005),
    doi:10.1007/s11336-003-0974-7. Checked against psych 2.5.3 (``schmid``).
    """
    factors = extract(R, n_factors, estimation)
    if n_factors == 1:
        return SchmidLeiman(
            general=factors.loadings[:, 0],
            groups=np.empty((len(R), 0)),
            uniquenesses=factors.uniquenesses,
            factor_loadings=np.ones(1),
            factor_correlations=np.eye(1),
            pattern=factors.loadings,
            extraction=factors,
            heywood_factors=False,
            converged=factors.converged,
        )
    turned = rotate(factors.loadings, rotation, near)
    gamma, held, settled = _second_order(turned.correlations, two_factors)
    general = turned.loadings @ gamma
    sign = -1.0 if general.sum() < 0 else 1.0
    return SchmidLeiman(
        general=sign * general,
        groups=turned.loadings * np.sqrt(np.maximum(1 - np.square(gamma), 0.0)),
        uniquenesses=factors.uniquenesses,
        factor_loadings=sign * gamma,
        factor_correlations=turned.correlations,
        pattern=turned.loadings,
        extraction=factors,
        heywood_factors=held,
        converged=factors.converged and turned.converged and settled,
    )


def _second_order(phi: Floats, two_factors: TwoFactors) -> tuple[Floats, bool, bool]:
    if len(phi) > 2:
        second = fit(phi, np.ones((len(phi), 1), np.bool_), "minres")
        return np.clip(second.loadings[:, 0], -1, 1), bool(len(second.heywood)), second.converged
    r = float(phi[0, 1])
    root = abs(r) ** 0.5
    gammas = {"equal": (root, np.sign(r) * root), "first": (1.0, r), "second": (r, 1.0)}
    return np.array(gammas[two_factors]), two_factors != "equal", True
