"""D studies: what the coefficients become with other numbers of raters and tasks, and the cheapest design."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any

import numpy as np

from psychometrics.errors import EstimationError
from psychometrics.evidence.checks import check_confidence
from psychometrics.evidence.generalizability.result import Generalizability
from psychometrics.evidence.generalizability.study import coefficient_rows
from psychometrics.kernels.generalizability.coefficients import check_decision_design, error_weights
from psychometrics.kernels.generalizability.design import Design, parse_design
from psychometrics.result import Result, Source

COLUMNS = (
    "universe_score_variance",
    "relative_error_sd",
    "absolute_error_sd",
    "generalizability",
    "generalizability_ci_lower",
    "generalizability_ci_upper",
    "dependability",
    "dependability_ci_lower",
    "dependability_ci_upper",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """One design of a D study with what is expected of it."""

    design: str
    n: dict[str, float]
    universe_score_variance: float
    relative_error_sd: float
    absolute_error_sd: float
    generalizability: float
    generalizability_ci_lower: float
    generalizability_ci_upper: float
    dependability: float
    dependability_ci_lower: float
    dependability_ci_upper: float
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DecisionStudy(Result):
    """A D study: one row per design and numbers of conditions.

    Attributes
    ----------
    rows : tuple of Decision
    confidence : float
    source : Source
    """

    rows: tuple[Decision, ...]
    confidence: float
    source: Source = field(default_factory=Source)

    def columns(self) -> Mapping[str, Any]:
        """One row per design: ``n_<facet>``, variances, error SDs, both coefficients with intervals."""
        table: dict[str, Any] = {"design": [row.design for row in self.rows]}
        for facet in self.rows[0].n:
            table[f"n_{facet}"] = [row.n[facet] for row in self.rows]
        for name in (*COLUMNS, "reason"):
            table[name] = [getattr(row, name) for row in self.rows]
        return table

    def __repr__(self) -> str:
        phi = [row.dependability for row in self.rows]
        return f"<D study, {len(phi)} designs: Phi {min(phi):.4g} to {max(phi):.4g}>"


def decision_study(
    study: Generalizability,
    n: Mapping[str, int | Sequence[int]] | None = None,
    *,
    design: str | Sequence[str] | None = None,
    fixed: Sequence[str] | None = None,
    confidence: float = 0.95,
) -> DecisionStudy:
    """Return E rho^2, Phi and the error SDs for every combination of numbers of conditions.

    delta = sum of components / n' over the effects with the objects and a random facet; n' counts the conditions
    the mean is taken over, with no gaps. A prediction from the components, as uncertain as they are: see the intervals.

    Parameters
    ----------
    study : Generalizability
        The G study.
    n : mapping of str to int or sequence of int, optional
        Facet to numbers of levels (of a nested facet: within each level of what it is nested in). A facet left out
        keeps its number in the G study. Without any, the ratings are those of the G study, gaps and all.
    design : str or sequence of str, optional
        Designs to compare; by itself that of the G study. What it crossed may be nested: ``p x (r:t)`` means other
        raters for each task, ``(r:p) x t`` or ``r:p`` other raters for each person.
    fixed : sequence of str, optional
        By itself as in the G study.
    confidence : float

    Returns
    -------
    DecisionStudy

    Raises
    ------
    EstimationError
        Unknown facets, numbers below 1, a design that crosses what the G study nested.

    References
    ----------
    Brennan (2001), Generalizability theory, doi:10.1007/978-1-4757-3456-0, chapter 4.
    """
    check_confidence(confidence)
    held = tuple(study.fixed if fixed is None else fixed)
    grids = numbers_of(study, n or {}, held)
    draws = None
    if study.study.surrogates is not None:
        draws = study.study.surrogates.draws()
        if study.method == "reml" or study.negative == "zero":
            draws = np.maximum(draws, 0.0)
    texts = [study.design.text] if design is None else [design] if isinstance(design, str) else list(design)
    rows = []
    for text in texts:
        plan = decision_design(study, text)
        for numbers in product(*grids.values()):
            sizes = dict(zip(grids, numbers, strict=True))
            weights = error_weights(
                study.design,
                plan,
                study.object_of_measurement,
                frozenset(held),
                sizes,
                None if n else study.own,
            )
            found = {
                row.coefficient: row for row in coefficient_rows(study.study, weights, draws, confidence)
            }
            rho, phi = found["generalizability"], found["dependability"]
            rows.append(
                Decision(
                    design=text,
                    n={facet: size for facet, size in sizes.items() if facet != study.object_of_measurement},
                    universe_score_variance=found["universe_score_variance"].estimate,
                    relative_error_sd=found["relative_error_sd"].estimate,
                    absolute_error_sd=found["absolute_error_sd"].estimate,
                    generalizability=rho.estimate,
                    generalizability_ci_lower=rho.ci_lower,
                    generalizability_ci_upper=rho.ci_upper,
                    dependability=phi.estimate,
                    dependability_ci_lower=phi.ci_lower,
                    dependability_ci_upper=phi.ci_upper,
                    reason="; ".join(dict.fromkeys(row.reason for row in found.values() if row.reason)),
                )
            )
    return DecisionStudy(rows=tuple(rows), confidence=confidence)


def decision_design(study: Generalizability, text: str) -> Design:
    """Return a D-study design that the G study can speak of."""
    plan = parse_design(text)
    check_decision_design(study.design, plan, study.object_of_measurement)
    return plan


def numbers_of(
    study: Generalizability, n: Mapping[str, int | Sequence[int]], fixed: Sequence[str]
) -> dict[str, list[float]]:
    """Return for each facet the numbers of levels to try, checked."""
    others = [facet for facet in study.design.facets if facet != study.object_of_measurement]
    unknown = sorted({*n, *fixed} - set(others))
    if unknown:
        raise EstimationError(
            f"n= and fixed= name {', '.join(unknown)}; expected facets among {', '.join(others)}"
        )
    grids: dict[str, list[float]] = {}
    for facet in study.design.facets:
        asked = n.get(facet, [study.n[facet]])
        numbers = [float(one) for one in (asked if isinstance(asked, Sequence) else [asked])]
        if not numbers or min(numbers) < 1:
            raise EstimationError(f"n[{facet!r}] is {asked!r}; expected whole numbers of 1 or more")
        if facet in n and any(one != int(one) for one in numbers):
            raise EstimationError(f"n[{facet!r}] is {asked!r}; expected whole numbers of 1 or more")
        grids[facet] = numbers
    return grids
