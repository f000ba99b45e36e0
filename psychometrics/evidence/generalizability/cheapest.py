"""The cheapest design that reaches a wanted dependability."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import permutations
from math import isfinite, nan
from typing import Any

import numpy as np

from psychometrics.errors import EstimationError
from psychometrics.evidence.generalizability.decision import decision_design
from psychometrics.evidence.generalizability.result import Generalizability
from psychometrics.evidence.matrix import Floats
from psychometrics.kernels.generalizability.coefficients import error_weights, share
from psychometrics.kernels.generalizability.design import CROSS, Design
from psychometrics.result import Result, Source

LARGEST = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class PricedDesign:
    """The cheapest numbers of conditions of one design.

    ``reason`` says why there are none.
    """

    design: str
    n: dict[str, float]
    cost: float
    generalizability: float
    dependability: float
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CheapestDesign(Result):
    """What each design costs at least, the cheapest first.

    Attributes
    ----------
    rows : tuple of PricedDesign
    target_generalizability, target_phi : float
        What was wanted; nan where nothing was.
    source : Source
    """

    rows: tuple[PricedDesign, ...]
    target_generalizability: float
    target_phi: float
    source: Source = field(default_factory=Source)

    @property
    def best(self) -> PricedDesign:
        """The cheapest; its cost is nan when no design reaches the target."""
        return self.rows[0]

    def columns(self) -> Mapping[str, Any]:
        """One row per design."""
        table: dict[str, Any] = {"design": [row.design for row in self.rows]}
        for facet in self.rows[0].n:
            table[f"n_{facet}"] = [row.n[facet] for row in self.rows]
        for name in ("cost", "generalizability", "dependability", "reason"):
            table[name] = [getattr(row, name) for row in self.rows]
        return table

    def __repr__(self) -> str:
        best = self.best
        if best.reason:
            return f"<no design reaches the target: {best.reason}>"
        numbers = ", ".join(f"{size:g} {facet}" for facet, size in best.n.items())
        return (
            f'<cheapest design "{best.design}": {numbers}, cost {best.cost:g}, Phi {best.dependability:.4g}>'
        )


def cheapest_design(
    study: Generalizability,
    *,
    cost: Mapping[str, float],
    target_phi: float | None = None,
    target_generalizability: float | None = None,
    designs: Sequence[str] | None = None,
    largest: int | Mapping[str, int] = LARGEST,
) -> CheapestDesign:
    """Return the cheapest numbers of raters, tasks, ... with Phi (or E rho^2) at or above a target.

    Every combination of whole numbers up to ``largest`` is tried, in every design: the answer is exact. It rests
    on the estimated components; see :func:`decision_study` for the interval of what it promises.

    Parameters
    ----------
    study : Generalizability
    cost : mapping of str to float
        Cost of one level of a facet or of one combination, such as ``{"t": 5, "r": 20, "p x r x t": 1}``: 5 for
        each task, 20 for each rater, 1 for each rating. How many there are follows from the design: with other
        raters for each task, n_r n_t raters; with other raters for each person, n_p n_r, n_p the persons of the
        G study.
    target_phi, target_generalizability : float
        At least one; if both, both are reached.
    designs : sequence of str, optional
        By itself that of the G study and those with one of its crossed facets nested in another.
    largest : int or mapping of str to int
        The most levels to try, of each facet.

    Returns
    -------
    CheapestDesign
        Of equal costs the one with the fewest ratings per object.

    Raises
    ------
    EstimationError
        No target, a target outside 0..1, negative costs, unknown facets.

    References
    ----------
    Brennan (2001), Generalizability theory, doi:10.1007/978-1-4757-3456-0, chapter 4. Checked against trying all
    designs one by one with :func:`decision_study`.
    """
    targets = (
        (nan if target_generalizability is None else target_generalizability),
        (nan if target_phi is None else target_phi),
    )
    wanted = [one for one in targets if not np.isnan(one)]
    if not wanted or any(not 0 < one < 1 for one in wanted):
        raise EstimationError("say target_phi= or target_generalizability=, between 0 and 1, such as 0.80")
    prices = _prices(study, cost)
    limits = _limits(study, largest)
    texts = list(designs) if designs is not None else _alternatives(study)
    rows = [_cheapest(study, text, decision_design(study, text), prices, targets, limits) for text in texts]
    rows.sort(key=lambda row: (not isfinite(row.cost), row.cost if isfinite(row.cost) else 0.0))
    return CheapestDesign(rows=tuple(rows), target_generalizability=targets[0], target_phi=targets[1])


def _prices(study: Generalizability, cost: Mapping[str, float]) -> list[tuple[frozenset[str], float]]:
    if not cost:
        raise EstimationError(
            "cost= is empty", hint='Say what one level costs, such as cost={"r": 20, "t": 5}.'
        )
    prices = []
    for name, price in cost.items():
        facets = frozenset(word for word in name.split() if word not in CROSS)
        if not facets or facets - set(study.design.facets) or not (isfinite(price) and price >= 0):
            raise EstimationError(
                f"cost[{name!r}] is {price!r}; expected 0 or more, for a facet or a product such as "
                f'"{" x ".join(study.design.facets)}"'
            )
        prices.append((facets, float(price)))
    return prices


def _limits(study: Generalizability, largest: int | Mapping[str, int]) -> dict[str, int]:
    others = [
        facet
        for facet in study.design.facets
        if facet not in study.design.closure(frozenset({study.object_of_measurement}))
    ]
    given = largest if isinstance(largest, Mapping) else dict.fromkeys(others, largest)
    unknown = sorted(set(given) - set(others))
    if unknown or any(limit < 1 or limit != int(limit) for limit in given.values()):
        raise EstimationError(
            f"largest={largest!r}; expected whole numbers of 1 or more for {', '.join(others)}"
        )
    return {
        facet: round(study.n[facet]) if facet in study.fixed else int(given.get(facet, LARGEST))
        for facet in others
    }


def _alternatives(study: Generalizability) -> list[str]:
    """Return the design of the study and those with one more facet nested in another that it was crossed with."""
    design, object_ = study.design, study.object_of_measurement
    found = [design.text]
    if any(design.within.values()):
        return found
    others = [facet for facet in design.facets if facet != object_ and facet not in study.fixed]
    for one, other in permutations(others, 2):
        parts = [facet for facet in design.facets if facet not in {one, other}]
        found.append(" x ".join([*parts, f"({one}:{other})"]))
    return found


def _cheapest(
    study: Generalizability,
    text: str,
    plan: Design,
    prices: list[tuple[frozenset[str], float]],
    targets: tuple[float, float],
    limits: dict[str, int],
) -> PricedDesign:
    axes = [
        np.array([study.n[facet]]) if facet in study.fixed else np.arange(1.0, limit + 1)
        for facet, limit in limits.items()
    ]
    sizes: dict[str, float | Floats] = dict(study.n)
    sizes.update(zip(limits, (one.ravel() for one in np.meshgrid(*axes, indexing="ij")), strict=True))
    weights = error_weights(study.design, plan, study.object_of_measurement, frozenset(study.fixed), sizes)
    tau, delta, absolute = (
        row @ study.study.variances for row in (weights.universe, weights.relative, weights.absolute)
    )
    rho, phi = share(tau, delta), share(tau, absolute)
    reached = np.ones(len(rho), bool)
    for values, target in zip((rho, phi), targets, strict=True):
        if not np.isnan(target):
            reached &= np.nan_to_num(values, nan=-1.0) >= target
    total = np.zeros(len(rho))
    for facets, price in prices:
        count: Floats = np.ones(len(rho))
        for facet in plan.closure(facets):
            count = count * sizes[facet]
        total += price * count
    if not reached.any():
        return PricedDesign(
            design=text,
            n=dict.fromkeys(limits, nan),
            cost=nan,
            generalizability=nan,
            dependability=nan,
            reason=study.reason or _why_not(rho, phi, limits),
        )
    ratings = np.prod([sizes[facet] * np.ones(len(rho)) for facet in limits], axis=0)
    places = np.flatnonzero(reached)
    best = places[np.lexsort((ratings[places], total[places]))[0]]
    return PricedDesign(
        design=text,
        n={facet: float(np.broadcast_to(sizes[facet], len(rho))[best]) for facet in limits},
        cost=float(total[best]),
        generalizability=float(rho[best]),
        dependability=float(phi[best]),
    )


def _why_not(rho: Floats, phi: Floats, limits: Mapping[str, int]) -> str:
    if np.isnan(phi).all():
        return "no variance of observed scores"
    most = ", ".join(f"{limit} {facet}" for facet, limit in limits.items())
    return f"with up to {most}, E rho^2 is {np.nanmax(rho):.3f} and Phi {np.nanmax(phi):.3f} at most"
