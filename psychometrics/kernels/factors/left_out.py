"""The covariances, and the fitted factor model, with each person left out in turn: all persons at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from psychometrics.kernels.covariance import Moments
from psychometrics.kernels.factors.confirmatory import FLOOR, FactorFit, pack, refit
from psychometrics.kernels.factors.model import Estimation, Floats, curvature

PERSONS_AT_ONCE = 8_192
STEPS = 12
SETTLED = 1e-8
FLAT = 1e-6
NEARLY = 0.02
MOST_ALONE = 100

Statistics = Callable[[Floats, Floats, Floats], Floats]
"""Loadings (n, k, m), uniquenesses (n, k) and variances of the sums asked for (n, g), in points, to statistics (n, s)."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LeftOut:
    """Correlations of all persons but one, never written out: S_p = C + a C mm' - b yy', entry by entry.

    y is the person's deviation from the item means, 0 where missing, m the mask, a = 1/(n_ij - 2),
    b = n_ij / ((n_ij - 1)(n_ij - 2)); exact when nothing is missing.
    """

    covariance: Floats
    change: Floats
    weight: Floats
    y: Floats
    mask: Floats
    sd: Floats

    def times(self, V: Floats) -> Floats:
        """Return S_p V_p for all persons, V (n, k, m)."""
        V = V / self.sd[..., None]
        mask, y = self.mask[..., None], self.y[..., None]
        product = self.covariance @ V + mask * (self.change @ (mask * V)) - y * (self.weight @ (y * V))
        return product / self.sd[..., None]

    def diagonal(self) -> Floats:
        """Return the diagonals of S_p, (n, k)."""
        return self.variances() / self.sd**2

    def variances(self) -> Floats:
        """Return the item variances without the person, (n, k), in points."""
        own = np.diagonal(self.change) * self.mask - np.diagonal(self.weight) * np.square(self.y)
        variances: Floats = np.diagonal(self.covariance) + own
        return variances

    def variances_of_sums(self, W: Floats) -> Floats:
        """Return w'S_p w in points for each column of W (k, g): variances of sums of items, (n, g)."""
        out = np.empty((len(self.y), W.shape[1]))
        for column, w in enumerate(W.T):
            m, y = self.mask * w, self.y * w
            own = (m @ self.change * m).sum(axis=1) - (y @ self.weight * y).sum(axis=1)
            out[:, column] = w @ self.covariance @ w + own
        return out

    def matrices(self, persons: npt.NDArray[np.intp]) -> Floats:
        """Return S_p in full for some persons."""
        m, y, sd = self.mask[persons], self.y[persons], np.broadcast_to(self.sd, self.y.shape)[persons]
        full = (
            self.covariance
            + self.change * m[:, :, None] * m[:, None]
            - self.weight * y[:, :, None] * y[:, None]
        )
        scaled: Floats = full / (sd[:, :, None] * sd[:, None])
        return scaled


def left_out(x: Floats, moments: Moments, estimation: Estimation) -> LeftOut:
    """Return the covariances without each person of ``x``; scaled to correlations of all persons (ml) or of the others."""
    n_pairs = moments.n_pairs
    y = x - moments.means
    mask = ~np.isnan(y)
    found = LeftOut(
        covariance=moments.covariance,
        change=moments.covariance / (n_pairs - 2),
        weight=n_pairs / ((n_pairs - 1) * (n_pairs - 2)),
        y=np.where(mask, y, 0.0),
        mask=mask.astype(np.float64),
        sd=np.sqrt(np.diagonal(moments.covariance))[None],
    )
    if estimation == "ml":
        return found
    own = np.sqrt(np.maximum(found.variances(), 1e-12 * found.sd**2))
    return LeftOut(
        covariance=found.covariance,
        change=found.change,
        weight=found.weight,
        y=found.y,
        mask=found.mask,
        sd=own,
    )


def without_each(
    x: Floats, moments: Moments, fitted: FactorFit, sums: Floats, statistics: Statistics
) -> Floats:
    """Return statistics of the model fitted without each person, shape (n, s); nan where it would not fit.

    ``sums`` (k, g) says which sums of items the statistics need the observed variance of.

    Chord (Newton with one curvature) steps from the model of all persons, to convergence; persons who bear so
    much on the model that these do not settle are left out by a full fit.

    References
    ----------
    Ortega and Rheinboldt (1970), Iterative solution of nonlinear equations, for the chord method. Checked against
    leaving each person out and fitting again.
    """
    observed = ~np.isnan(x)
    used = observed.all(axis=1) if moments.missing == "listwise" else observed.any(axis=1)
    if not used.all():
        x = x[used]
    chunks = range(0, len(x), PERSONS_AT_ONCE)
    parts = [_chunk(x[at : at + PERSONS_AT_ONCE], moments, fitted, sums, statistics) for at in chunks]
    return np.concatenate(parts)


def _chunk(x: Floats, moments: Moments, fitted: FactorFit, sums: Floats, statistics: Statistics) -> Floats:
    S = left_out(x, moments, fitted.estimation)
    with np.errstate(all="ignore"):
        L, psi = _chord(S, len(x), moments, fitted)
        L = L * S.sd[..., None]
        return statistics(L, psi * S.sd**2, S.variances_of_sums(sums))


def _chord(S: LeftOut, n: int, moments: Moments, fitted: FactorFit) -> tuple[Floats, Floats]:
    pattern, estimation = fitted.pattern, fitted.estimation
    sd = np.sqrt(np.diagonal(moments.covariance))
    R = moments.covariance / np.outer(sd, sd)
    free = int(pattern.sum())
    held = np.zeros(free + len(sd), np.bool_)
    held[free + fitted.heywood] = True
    H = curvature(R, fitted.loadings, fitted.uniquenesses, pattern, estimation)[np.ix_(~held, ~held)]
    chord = np.linalg.pinv(H, rcond=FLAT, hermitian=True)
    L = np.broadcast_to(fitted.loadings, (n, *pattern.shape)).copy()
    psi = np.broadcast_to(fitted.uniquenesses, (n, len(sd))).copy()
    size = np.full(n, np.inf)
    for _ in range(STEPS):
        g = pack(*_slopes(S, L, psi, estimation), pattern)
        step = np.zeros_like(g)
        step[:, ~held] = -g[:, ~held] @ chord
        L[:, pattern] += step[:, :free]
        psi = np.maximum(psi + step[:, free:], FLOOR)
        size = np.abs(step).max(axis=1)
        if np.nanmax(size) < SETTLED:
            break
    moved = np.abs(pack(L, psi, pattern) - pack(fitted.loadings, fitted.uniquenesses, pattern)).max(axis=1)
    loose = np.flatnonzero(~(size < np.maximum(NEARLY * moved, 1e-6)) | ~(moved < 1))
    L[loose], psi[loose] = _alone(S, loose, fitted)
    return L, psi


def _alone(S: LeftOut, persons: npt.NDArray[np.intp], fitted: FactorFit) -> tuple[Floats, Floats]:
    """Return full fits without some persons; nan where no correlations are left, and for all where they are many.

    Many unsettled persons mean a model that the data hardly determine: leaving one out then says nothing.
    """
    L = np.full((len(persons), *fitted.loadings.shape), np.nan)
    psi = np.full((len(persons), len(fitted.uniquenesses)), np.nan)
    if len(persons) > MOST_ALONE:
        return L, psi
    matrices = S.matrices(persons)
    sensible = np.isfinite(matrices).all(axis=(1, 2)) & (np.diagonal(matrices, axis1=1, axis2=2) > 1e-9).all(
        axis=1
    )
    L[sensible], psi[sensible], _ = refit(matrices[sensible], fitted)
    return L, psi


def _slopes(S: LeftOut, L: Floats, psi: Floats, estimation: Estimation) -> tuple[Floats, Floats]:
    """Return the derivatives of :func:`psychometrics.kernels.factors.model.slope`, without any (k, k) matrix per person."""
    if estimation == "minres":
        by_loadings = L @ (L.swapaxes(1, 2) @ L) + psi[..., None] * L - S.times(L)
        return 2 * by_loadings, np.square(L).sum(axis=2) + psi - S.diagonal()
    Q = L / psi[..., None]
    core = np.eye(L.shape[2]) + L.swapaxes(1, 2) @ Q
    AL = Q @ np.linalg.inv(core)
    SA = S.times(AL)
    # A V = V/psi - AL Q'V
    ASAL = SA / psi[..., None] - AL @ (Q.swapaxes(1, 2) @ SA)
    SQ = S.times(Q)
    A = 1 / psi - np.einsum("nir,nir->ni", AL, Q)
    # diag ASA, A = P - AL Q': P S P - 2 P S Q (AL)' + AL (Q'SQ)(AL)'
    middle = AL @ (Q.swapaxes(1, 2) @ SQ)
    ASA = (
        S.diagonal() / psi**2
        - 2 * np.einsum("nir,nir->ni", SQ, AL) / psi
        + np.einsum("nir,nir->ni", middle, AL)
    )
    return 2 * (AL - ASAL), A - ASA
