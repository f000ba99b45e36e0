"""One way to fit any continuous norms."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.linalg import LinAlgError

from psychometrics.kernels.continuous.families import FAMILIES
from psychometrics.kernels.continuous.lattice import Lattice
from psychometrics.kernels.continuous.likelihood import LikelihoodFit, determined, maximise, sandwich
from psychometrics.kernels.continuous.model import FamilyModel, Model
from psychometrics.kernels.continuous.orders import choose_powers, criterion_value
from psychometrics.kernels.continuous.sample import Sample
from psychometrics.kernels.continuous.taylor_search import Candidate, fit_taylor

METHODS = ("taylor", *FAMILIES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """How to fit.

    Attributes
    ----------
    criterion : {"bic", "aic"}
    powers : tuple of int, optional
        Exactly these powers, as the method counts them: (z, age) for taylor, age per predictor for a family (-1: absent).
    links : tuple of str
        Which links a Taylor surface may have.
    width : float, optional
        Window of ages for its ranks.
    position : str
        Plotting position of its ranks.
    z_limit : float
        How far out the norms go.
    """

    criterion: str = "bic"
    powers: tuple[int, ...] | None = None
    links: tuple[str, ...] = ("identity", "logit")
    width: float | None = None
    position: str = "rankit"
    z_limit: float = 3.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Fitted:
    """A model with the figures to compare it by.

    Attributes
    ----------
    method : str
    terms : str
        Powers in words.
    model : Model
    n_parameters : int
    log_likelihood, aic, bic : float
        Of P(score | age), the same quantity for every method.
    converged : bool
    """

    method: str
    terms: str
    model: Model
    n_parameters: int
    log_likelihood: float
    aic: float
    bic: float
    converged: bool


def fit(method: str, sample: Sample, lattice: Lattice, choices: Choices) -> Fitted:
    """Fit one method.

    Raises
    ------
    numpy.linalg.LinAlgError
        The sample does not determine the model.
    """
    if method == "taylor":
        return _taylor(sample, lattice, choices)
    family = FAMILIES[method](lattice=lattice)
    n_ages = len(np.unique(sample.age))
    most = tuple(min(power, n_ages - 1) for power in family.most_powers)
    found = (
        maximise(family, sample, choices.powers)
        if choices.powers
        else choose_powers(family, sample, criterion=choices.criterion, most=most)
    )
    if not np.isfinite(found.log_likelihood) or not determined(found.information):
        raise LinAlgError(f"the likelihood of {method} has no maximum in this sample")
    model = FamilyModel(
        family=method,
        lattice=lattice,
        age_range=sample.age_range,
        powers=found.powers,
        coefficients=found.coefficients,
        covariance=sandwich(family, sample, found),
    )
    return _fitted(method, _words(family.predictors, found), model, found, sample, converged=found.converged)


def _taylor(sample: Sample, lattice: Lattice, choices: Choices) -> Fitted:
    powers = None if choices.powers is None else (choices.powers[0], choices.powers[1])
    found = fit_taylor(
        sample,
        lattice,
        criterion=choices.criterion,
        links=choices.links,
        powers=powers,
        width=choices.width,
        position=choices.position,
        z_limit=choices.z_limit,
    )
    one = found.chosen
    terms = f"{one.link}, z^{one.k} age^{one.t}"
    return _fitted("taylor", terms, found.model, one, sample, converged=True)


def _fitted(
    method: str,
    terms: str,
    model: Model,
    found: Candidate | LikelihoodFit,
    sample: Sample,
    *,
    converged: bool,
) -> Fitted:
    value, p = found.log_likelihood, found.n_parameters
    return Fitted(
        method=method,
        terms=terms,
        model=model,
        n_parameters=p,
        log_likelihood=value,
        aic=criterion_value(value, p, sample.n, "aic"),
        bic=criterion_value(value, p, sample.n, "bic"),
        converged=converged,
    )


def _words(names: tuple[str, ...], found: LikelihoodFit) -> str:
    return ", ".join(
        f"{name} age^{power}" for name, power in zip(names, found.powers, strict=True) if power >= 0
    )
