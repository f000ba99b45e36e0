"""Agreement of raters on categories, beyond what chance would give."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite, nan
from typing import Any, Literal

import numpy as np

from psychometrics.errors import EstimationError
from psychometrics.evidence.agreement.rated_units import RatedUnits, all_rated_units, as_rated_units
from psychometrics.evidence.agreement.resampled import resampled_bounds
from psychometrics.evidence.agreement.result import Agreement, AgreementTable
from psychometrics.evidence.agreement.weights import Nearness, metric, nearness
from psychometrics.evidence.checks import check_confidence, check_whole, check_word
from psychometrics.kernels.agreement.categories import share_bounds
from psychometrics.kernels.agreement.chance import (
    COEFFICIENTS,
    Coefficient,
    beyond_chance,
    without_estimate,
)
from psychometrics.kernels.agreement.chance import Agreement as Found
from psychometrics.kernels.agreement.intervals import (
    INTERVALS,
    Interval,
    influence_bounds,
    standard_error,
    wald_bounds,
)
from psychometrics.kernels.agreement.krippendorff import krippendorff
from psychometrics.kernels.agreement.light import light
from psychometrics.kernels.agreement.weights import Level
from psychometrics.kernels.bounds import Bounds
from psychometrics.responses import Ratings
from psychometrics.tallying import RatingTally

Auto = Literal["auto"]

FOR_TWO = ("cohen", "scott")
BY_RATER = ("cohen", "conger", "light")
MOST_RATERS_FOR_LIGHT = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """The arguments every coefficient shares; ``rubric`` says that the levels are those of a rubric."""

    rubric: bool
    level: Level | Auto
    weights: Any
    confidence: float
    interval: Interval
    population: int | None
    replicates: int
    seed: int

    def check(self) -> None:
        """Refuse what no coefficient can be asked for."""
        check_confidence(self.confidence)
        check_word("interval", self.interval, INTERVALS)
        check_whole("replicates", self.replicates, 1)
        check_whole("seed", self.seed, 0)
        if self.population is not None:
            check_whole("population", self.population, 1)
        if self.population is not None and self.interval in {"jackknife", "bootstrap"}:
            hint = "Use interval='closed_form'."
            raise EstimationError("population= does not go with a resampled interval", hint=hint)


def agreement(
    x: Any,
    *,
    coefficient: Coefficient = "gwet",
    level: Level | Auto = "auto",
    weights: Any = "auto",
    confidence: float = 0.95,
    interval: Interval = "closed_form",
    categories: Sequence[Any] | None = None,
    criterion: str | None = None,
    population: int | None = None,
    replicates: int = 2000,
    seed: int = 0,
) -> Agreement:
    """Return (p_a - p_e) / (1 - p_e): agreement of raters beyond chance; coefficients differ in p_e.

    p_a is the mean over units of the share of agreeing pairs of raters, weighted where near categories count as
    part agreement. p_e: ``percent`` 0; ``brennan_prediger`` all categories alike; ``scott`` and ``fleiss`` one
    distribution for all raters; ``cohen``, ``conger`` and ``light`` a distribution for each rater; ``gwet`` (AC1,
    with weights AC2) chance only for units hard to rate. ``krippendorff`` is 1 - D_o / D_e. It is not the reliability
    of scores (``intraclass_correlation``, ``generalizability``), and says nothing about being right.

    Parameters
    ----------
    x : array-like, data frame, Ratings, RatingTally, RatedUnits
        A table of units by raters, nan or None where nobody rated; a long frame with one row per rating (columns
        ``target`` or ``person_id``, ``rater_id``, ``level``, and ``item_id``, ``criterion_id``, ``occasion`` where there
        are such); ratings or a tally of them; or :class:`RatedUnits` made from a contingency table or from counts.
        Units rated once take part in p_e, as in Gwet (2014), but not in Krippendorff's alpha.
    coefficient : {"percent", "cohen", "scott", "fleiss", "conger", "light", "gwet", "brennan_prediger", "krippendorff"}
        ``cohen`` and ``scott`` are for two raters.
    level : {"auto", "nominal", "ordinal", "interval", "ratio"}
        Krippendorff's metric; for ``krippendorff`` only. ``ordinal`` is his own, from the cumulated margins. ``auto``
        is ``ordinal`` for Ratings and their tallies, whose rubric puts the levels in order, else ``nominal``.
    weights : {"auto", "identity", "linear", "quadratic", "ordinal", "radical", "ratio", "circular", "bipolar"} or matrix
        Gwet's weights; ``ordinal`` is not Krippendorff's ordinal metric. ``auto`` is ``quadratic`` for Ratings and their
        tallies, else ``identity``: a bare table does not say that its categories are in order. With ``krippendorff``
        weights take the place of the metric: give one of the two. What was used stands in ``weights`` of the result.
    confidence : float
        Level of the interval.
    interval : {"closed_form", "gwet", "jackknife", "bootstrap"}
        Units are the sample, raters are fixed. ``closed_form``: from the influences of the units, on the log scale of
        1 - coefficient (percent: Wilson's). ``gwet``: as published and in irrCAC, estimate -/+ t error; its error takes the number of units
        rated twice as fixed and is too large where many are rated once. ``jackknife``: each unit left out in turn.
        ``bootstrap``: units drawn anew, BCa.
    categories : sequence, optional
        All categories there are, lowest first; else those seen (Ratings and tallies: those of the rubric).
    criterion : str, optional
        Which criterion of several; ``agreement_table`` takes them all.
    population : int, optional
        Units in all, when those rated are a share of a finite number that counts.
    replicates, seed : int
        Of the bootstrap.

    Returns
    -------
    Agreement

    Raises
    ------
    EstimationError
        A unit rated twice by one rater; categories that are not declared; words without an order where an order is
        needed; unknown words; two raters needed and not there.

    References
    ----------
    Gwet (2014), Handbook of inter-rater reliability, 4th ed.; Gwet (2008), doi:10.1348/000711006X126600; Cohen
    (1960), doi:10.1177/001316446002000104; Cohen (1968), doi:10.1037/h0026256; Fleiss (1971), doi:10.1037/h0031619;
    Conger (1980), doi:10.1037/0033-2909.88.2.322; Brennan and Prediger (1981), doi:10.1177/001316448104100307;
    Light (1971), doi:10.1037/h0031643; Krippendorff (2011), https://repository.upenn.edu/asc_papers/43. Checked against
    irrCAC 1.0, irr 0.84.1, psych 2.5.3 and sums over pairs of raters.

    Examples
    --------
    >>> table = [[1, 1, 1], [2, 2, 3], [3, 3, 3], [3, 3, 2], [1, 2, 1], [4, 4, 4]]
    >>> result = agreement(table, coefficient="gwet", weights="quadratic")
    >>> round(result.estimate, 4), round(result.standard_error, 4)
    (0.8734, 0.0575)
    """
    check_word("coefficient", coefficient, COEFFICIENTS)
    choices = Choices(
        rubric=isinstance(x, Ratings | RatingTally),
        level=level,
        weights=weights,
        confidence=confidence,
        interval=interval,
        population=population,
        replicates=replicates,
        seed=seed,
    )
    choices.check()
    rated = as_rated_units(x, categories=categories, criterion=criterion)
    if coefficient != "krippendorff" and level not in {"auto", "nominal"}:
        hint = f'weights="{"quadratic" if level == "interval" else level}" gives near categories their part.'
        raise EstimationError(
            f"level={level!r} is Krippendorff's metric; {coefficient} takes weights=", hint=hint
        )
    if level != "auto" and not (_is(weights, "auto") or _is(weights, "identity")):
        raise EstimationError("level= and weights= both say how near categories are; give one")
    _refuse_raters(rated, coefficient)
    return _one(rated, coefficient, choices)


def agreement_table(
    x: Any,
    *,
    coefficients: Sequence[Coefficient] | None = None,
    level: Level | Auto = "auto",
    weights: Any = "auto",
    confidence: float = 0.95,
    interval: Interval = "closed_form",
    categories: Sequence[Any] | None = None,
    criterion: str | None = None,
    population: int | None = None,
    replicates: int = 2000,
    seed: int = 0,
) -> AgreementTable:
    """Return all coefficients of agreement of all criteria, one row each (see :func:`agreement`).

    Parameters
    ----------
    x
        As in :func:`agreement`; every criterion is taken. For Ratings and their tallies near levels count as part
        agreement by themselves (quadratic weights, Krippendorff's ordinal metric), for other tables they do not.
    coefficients : sequence of str, optional
        Which; else all that these ratings allow (Cohen's and Scott's for two raters; Light's for at most 60).
    level : {"auto", "nominal", "ordinal", "interval", "ratio"}
        Krippendorff's metric.
    weights
        Of the other coefficients; of Krippendorff's too when given without ``level``.
    criterion : str, optional
        Only this one.
    confidence, interval, categories, population, replicates, seed
        As in :func:`agreement`.

    Returns
    -------
    AgreementTable

    Examples
    --------
    >>> agreement_table([[1, 1], [2, 2], [3, 2], [3, 3]], coefficients=["percent", "cohen"]).to_frame().estimate.round(4)
    0    0.7500
    1    0.6364
    Name: estimate, dtype: float64
    """
    for name in coefficients or ():
        check_word("coefficients", name, COEFFICIENTS)
    choices = Choices(
        rubric=isinstance(x, Ratings | RatingTally),
        level=level,
        weights=weights,
        confidence=confidence,
        interval=interval,
        population=population,
        replicates=replicates,
        seed=seed,
    )
    choices.check()
    rows = []
    for rated in all_rated_units(x, categories=categories, criterion=criterion):
        for name in coefficients or _allowed(rated):
            _refuse_raters(rated, name)
            rows.append(_one(rated, name, choices))
    return AgreementTable(coefficients=tuple(rows), source=rows[0].source)


def _is(weights: Any, word: str) -> bool:
    return isinstance(weights, str) and weights == word


def _near(rated: RatedUnits, coefficient: Coefficient, choices: Choices) -> Nearness:
    """Return how near categories are: as asked for, else by the order of a rubric, else not at all."""
    values = rated.scale.values
    ordered = choices.rubric and values is not None and bool(np.all(np.diff(values) > 0))
    given = not _is(choices.weights, "auto")
    if coefficient == "krippendorff" and (choices.level != "auto" or not given):
        level: Level = "ordinal" if ordered else "nominal"
        return metric(rated.scale, level if choices.level == "auto" else choices.level)
    return nearness(rated.scale, choices.weights if given else "quadratic" if ordered else "identity")


def _allowed(rated: RatedUnits) -> list[Coefficient]:
    return [
        name
        for name in COEFFICIENTS
        if not (
            (name in FOR_TWO and rated.n_raters != 2)
            or (name in BY_RATER and rated.n_raters == 0)
            or (name == "light" and not 2 < rated.n_raters <= MOST_RATERS_FOR_LIGHT)
        )
    ]


def _refuse_raters(rated: RatedUnits, coefficient: Coefficient) -> None:
    if coefficient in BY_RATER and rated.n_raters == 0 and rated.n_ratings:
        hint = "Give the ratings themselves, or take fleiss, gwet or krippendorff."
        raise EstimationError(f"{coefficient} needs to know who rated; counts do not say", hint=hint)
    if coefficient in FOR_TWO and rated.n_raters > 2:
        other = "conger" if coefficient == "cohen" else "fleiss"
        hint = f'coefficient="{other}" is the same for more raters.'
        raise EstimationError(f"{coefficient} is for 2 raters; there are {rated.n_raters}", hint=hint)


def _one(rated: RatedUnits, coefficient: Coefficient, choices: Choices) -> Agreement:
    near = _near(rated, coefficient, choices)
    found = _found(rated, coefficient, near)
    error, bounds = nan, Bounds(reason=found.reason)
    if isfinite(found.estimate):
        error, bounds = _bounds(rated, coefficient, near, found, choices)
    counts, times = rated.units.counts, rated.units.multiplicity
    return Agreement(
        coefficient=coefficient,
        criterion_id=rated.criterion_id,
        estimate=found.estimate,
        ci_lower=bounds.lower,
        ci_upper=bounds.upper,
        standard_error=error,
        confidence=choices.confidence,
        method=choices.interval,
        observed_agreement=found.observed,
        chance_agreement=found.chance,
        weights=near.name,
        missing="none" if rated.complete else "available",
        n_units=round(rated.units.n_units),
        n_units_compared=round(float(times[rated.units.sizes >= 2].sum())),
        n_raters=rated.n_raters,
        n_ratings=rated.n_ratings,
        n_categories=rated.units.n_categories,
        n_categories_used=int(np.count_nonzero(counts.sum(axis=0))),
        reason=bounds.reason,
        source=rated.source,
    )


def _found(rated: RatedUnits, coefficient: Coefficient, near: Nearness) -> Found:
    units = rated.units
    if not np.any(units.sizes >= 2):
        return without_estimate(units, nan, nan, "no unit was rated by two raters")
    if coefficient == "krippendorff":
        return krippendorff(units, 1 - near.weights, ordinal=near.ordinal_metric)
    if coefficient == "light":
        return light(units, near.weights)
    return beyond_chance(units, coefficient, near.weights)


def _bounds(
    rated: RatedUnits, coefficient: Coefficient, near: Nearness, found: Found, choices: Choices
) -> tuple[float, Bounds]:
    if choices.interval in {"jackknife", "bootstrap"}:
        return resampled_bounds(
            rated.units,
            coefficient,
            near,
            found.estimate,
            choices.confidence,
            choices.interval,
            choices.replicates,
            choices.seed,
        )
    n_units, sampled = rated.units.n_units, 0.0
    if choices.population is not None:
        if choices.population < n_units:
            raise EstimationError(
                f"population={choices.population} is less than the {n_units:.0f} units rated"
            )
        sampled = n_units / choices.population
    fixed = choices.interval == "gwet"
    error = standard_error(found, fixed_comparisons=fixed, sampled=sampled)
    if not fixed and coefficient == "percent" and isfinite(error):
        compared = float(rated.units.multiplicity[rated.units.sizes >= 2].sum())
        return error, share_bounds(found.estimate, error, compared, choices.confidence)
    if not fixed:
        return error, influence_bounds(found, error, choices.confidence)
    n = float(found.multiplicity.sum())
    return error, wald_bounds(found.estimate, error, n, choices.confidence)
