"""Rank, fit every pair of powers, and keep the one the criterion likes best."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.linalg import LinAlgError
from scipy.special import ndtr

from psychometrics.kernels.continuous.lattice import Lattice, linked
from psychometrics.kernels.continuous.model import LEAST_MASS, TaylorModel, log_likelihood, masses
from psychometrics.kernels.continuous.orders import ENOUGH, criterion_value
from psychometrics.kernels.continuous.ranking import Ranked, rank, usual_width
from psychometrics.kernels.continuous.sample import Sample, coarser
from psychometrics.kernels.continuous.taylor import MOST_POWERS, Moments, SurfaceFit, fit_surface, moments_of
from psychometrics.kernels.continuous.taylor_errors import coefficient_covariance

Floats = npt.NDArray[np.float64]
SEARCH_AGES = 33
USUAL_POWERS = (3, 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One link and pair of powers that was tried.

    Attributes
    ----------
    link : str
    k, t : int
        Powers of z and age.
    n_parameters : int
        Coefficients that the constraint does not hold.
    log_likelihood : float
        Of the distribution the surface implies.
    criterion : float
    """

    link: str
    k: int
    t: int
    n_parameters: int
    log_likelihood: float
    criterion: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TaylorFit:
    """The chosen surface.

    Attributes
    ----------
    model : TaylorModel
    chosen : Candidate
    tried : tuple of Candidate
    width : float
        Width of the window the ranks were taken in.
    r_squared : float
        Share of the variance of g(raw) over all ages that the surface explains.
    """

    model: TaylorModel
    chosen: Candidate
    tried: tuple[Candidate, ...]
    width: float
    r_squared: float


def fit_taylor(
    sample: Sample,
    lattice: Lattice,
    *,
    criterion: str = "bic",
    links: tuple[str, ...] = ("identity", "logit"),
    powers: tuple[int, int] | None = None,
    width: float | None = None,
    position: str = "rankit",
    z_limit: float = 3.0,
) -> TaylorFit:
    """Fit raw scores on powers of norm score and age, monotone by construction.

    min sum w (g(raw) - sum_ij c_ij B_i(z) B_j(age))^2  with  c_ij rising in i;  powers and link by BIC or AIC of
    P(score | age) = Phi(z(edge above, age)) - Phi(z(edge below, age)), the distribution the surface implies

    Parameters
    ----------
    sample : Sample
    lattice : Lattice
    criterion : {"bic", "aic"}
    links : tuple of str
        Which g to try; the logit only for discrete scores.
    powers : tuple of int, optional
        Exactly these powers of z and age instead of a search from (3, 2) up to (5, 5); with fewer than 100 persons from (1, 0).
    width : float, optional
        Window of ages within which persons are ranked; see :func:`usual_width`.
    position : str
        Plotting position.
    z_limit : float
        The surface covers at least -z_limit to z_limit.

    Returns
    -------
    TaylorFit
    """
    window = usual_width(sample) if width is None else width
    ranked = rank(sample, len(lattice.scores), width=window, method=position)
    most = powers or (MOST_POWERS[0], min(MOST_POWERS[1], len(np.unique(ranked.age)) - 1))
    reach = max(z_limit, float(np.abs(ranked.z).max()) + 1e-6)
    search = _Search(sample, lattice, criterion)
    found: list[tuple[Candidate, SurfaceFit, Moments]] = []
    for link in links if lattice.discrete else ("identity",):
        moments = _moments(ranked, lattice, link, most, reach, sample.age_range)
        for k, t in [powers] if powers else _powers(most, sample.n):
            if one := search.tried(moments, link, k, t):
                found.append((*one, moments))
    if not found:
        raise LinAlgError("the sample does not determine any surface")
    chosen, fit, moments = min(found, key=lambda one: one[0].criterion)
    model = TaylorModel(
        link=chosen.link,
        lattice=lattice,
        surface=fit.surface,
        covariance=coefficient_covariance(sample, ranked, lattice, fit, moments, chosen.link),
    )
    value = log_likelihood(model, sample)
    exact = _candidate(chosen.link, chosen.k, chosen.t, chosen.n_parameters, value, sample.n, criterion)
    return TaylorFit(
        model=model,
        chosen=exact,
        tried=tuple(one for one, _, _ in found),
        width=window,
        r_squared=_r_squared(ranked, lattice, model),
    )


def _powers(most: tuple[int, int], n: float) -> list[tuple[int, int]]:
    """Return the pairs to try: from the usual ones up, or from (1, 0) with fewer persons than they need."""
    low = USUAL_POWERS if n >= ENOUGH else (1, 0)
    return [(k, t) for k in range(low[0], most[0] + 1) for t in range(min(low[1], most[1]), most[1] + 1)]


def _moments(
    ranked: Ranked,
    lattice: Lattice,
    link: str,
    most: tuple[int, int],
    reach: float,
    age_range: tuple[float, float],
) -> Moments:
    row, column = np.nonzero(ranked.weights)
    return moments_of(
        linked(lattice.scores, lattice, link)[column],
        ranked.z[row, column],
        ranked.age[row],
        ranked.weights[row, column],
        powers=most,
        z_range=(-reach, reach),
        age_range=age_range,
    )


def _candidate(link: str, k: int, t: int, p: int, value: float, n: float, criterion: str) -> Candidate:
    return Candidate(
        link=link,
        k=k,
        t=t,
        n_parameters=p,
        log_likelihood=value,
        criterion=criterion_value(value, p, n, criterion),
    )


class _Search:
    """Scores candidates by the likelihood they imply, on a coarse grid of ages."""

    def __init__(self, sample: Sample, lattice: Lattice, criterion: str) -> None:
        near = coarser(sample, SEARCH_AGES)
        self.ages, place = np.unique(near.age, return_inverse=True)
        self.weights = np.zeros((len(self.ages), len(lattice.scores)))
        np.add.at(self.weights, (place, near.at), near.weights)
        self.n, self.lattice, self.criterion = sample.n, lattice, criterion

    def tried(self, moments: Moments, link: str, k: int, t: int) -> tuple[Candidate, SurfaceFit] | None:
        """Return a fitted candidate; None where the data do not determine it."""
        try:
            fit = fit_surface(moments, k, t)
        except (LinAlgError, RuntimeError):
            return None
        z = fit.surface.z(linked(self.lattice.edges, self.lattice, link), self.ages, newton=0)
        value = float(np.sum(self.weights * np.log(np.maximum(masses(ndtr(z)), LEAST_MASS))))
        return _candidate(link, k, t, fit.n_parameters, value, self.n, self.criterion), fit


def _r_squared(ranked: Ranked, lattice: Lattice, model: TaylorModel) -> float:
    row, column = np.nonzero(ranked.weights)
    w = ranked.weights[row, column]
    raw = linked(lattice.scores, lattice, model.link)[column]
    fitted, _ = model.surface.raw(ranked.z[row, column], ranked.age[row])
    spread = float(w @ (raw - w @ raw / w.sum()) ** 2)
    return 1 - float(w @ (raw - fitted) ** 2) / spread
