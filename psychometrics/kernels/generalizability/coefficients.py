"""Universe score, error variances and coefficients of a decision study."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from psychometrics.errors import EstimationError
from psychometrics.kernels.generalizability.design import Design, Effect
from psychometrics.kernels.generalizability.own_cells import OwnCells

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ErrorWeights:
    """How much each component of the G study counts in a D study: rows of length n_components.

    Attributes
    ----------
    universe, relative, absolute : ndarray of float64, shape (..., n_components)
        Universe-score variance, relative error variance (delta), absolute error variance (Delta).
    of_mean : ndarray of float64, shape (..., n_components)
        Error variance of the mean over all objects.
    """

    universe: Floats
    relative: Floats
    absolute: Floats
    of_mean: Floats


def check_decision_design(study: Design, decision: Design, object_: str) -> None:
    """Refuse a D-study design that the G study says nothing about.

    What was crossed may be nested; what was nested cannot be crossed, since its parts were not told apart.
    """
    if set(study.facets) != set(decision.facets):
        raise EstimationError(
            f'the design "{decision.text}" has the facets {", ".join(decision.facets)}; '
            f"the G study has {', '.join(study.facets)}"
        )
    crossed = [facet for facet in study.facets if not study.within[facet] <= decision.within[facet]]
    if crossed:
        raise EstimationError(
            f'"{decision.text}" crosses {", ".join(crossed)}, nested in the G study "{study.text}": '
            "its components are not known",
            hint="Nest what the G study nested; what it crossed may be crossed or nested.",
        )
    if decision.within[object_] != study.within[object_]:
        raise EstimationError(f'"{decision.text}" nests {object_}, the objects of measurement, differently')


def error_weights(
    study: Design,
    decision: Design,
    object_: str,
    fixed: frozenset[str],
    sizes: Mapping[str, float | Floats],
    own: OwnCells | None = None,
) -> ErrorWeights:
    """Return the weights of the components of ``study`` in a D study with ``decision`` as its design.

    An effect with facets a is averaged over n'(a), the product of the sizes of the facets of its closure in the D
    design, without the objects. With the object in it and no random facet it is universe score; with the object
    and a random facet it is relative and absolute error; with a random facet only, absolute error; a fixed effect
    without the object is a constant.

    With ``own`` the mean is that of the ratings each object really has (sizes do not count): 1 / n'(a) is the mean
    over objects of the sum of squared shares of its ratings. The universe score is the mean over all levels of a
    fixed facet in equal shares; what the shares of an object differ from these is error, relative for effects
    with the object and absolute for the others.

    References
    ----------
    Brennan (2001), Generalizability theory, doi:10.1007/978-1-4757-3456-0, sections 4.1-4.4. Checked against his
    synthetic data sets 3 and 4, and gtheory 0.1.2; with gaps against simulated universe scores.
    """
    objects = decision.closure(frozenset({object_}))
    shape = () if own else np.broadcast_shapes(*(np.shape(size) for size in sizes.values()))
    found = {name: np.zeros((*shape, len(study.effects))) for name in ErrorWeights.__dataclass_fields__}
    for place, effect in enumerate(study.effects):
        facets = decision.closure(effect)
        averaged = facets - objects
        random = bool(averaged - fixed)
        if own is None:
            weight, of_mean = _product(sizes, averaged), _product(sizes, facets)
        else:
            weight = (own.squares if random else own.equal)[averaged]
            of_mean = own.of_mean[facets]
        if own and not random:
            for name in ("relative", "absolute") if object_ in facets else ("absolute",):
                found[name][..., place] = own.uneven(averaged)
        if object_ in facets:
            for name in ("relative", "absolute") if random else ("universe",):
                found[name][..., place] = weight
        elif random:
            found["absolute"][..., place] = weight
        if object_ in facets or random:
            found["of_mean"][..., place] = of_mean
    return ErrorWeights(**found)


def _product(sizes: Mapping[str, float | Floats], facets: Effect) -> float | Floats:
    """Return 1 / n'(a), the product of the sizes."""
    weight: float | Floats = 1.0
    for facet in facets:
        weight = weight / sizes[facet]
    return weight


def share(signal: Floats, noise: Floats) -> Floats:
    """Return signal / (signal + noise); nan where the sum is not above 0."""
    total = signal + noise
    there = total > 0
    found: Floats = np.where(there, signal / np.where(there, total, 1.0), np.nan)
    return found


def phi_lambda(universe: float, absolute: float, mean: float, variance_of_mean: float, cut: float) -> float:
    """Return Phi(lambda) = (tau + d) / (tau + d + Delta), d = (mean - lambda)^2 - var(mean).

    The dependability of decisions about the cut score lambda. d is the unbiased estimate of the squared distance of
    the universe mean from the cut: for items scored 0/1 and lambda = mean it gives KR-21.

    References
    ----------
    Brennan and Kane (1977), doi:10.1111/j.1745-3984.1977.tb00045.x. Checked against KR-21.
    """
    distance = (mean - cut) ** 2 - variance_of_mean
    return float(share(np.array(universe + distance), np.array(absolute)))
