"""Equate the scores of two forms or versions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal

from psychometrics.kernels.smoothing.terms import Criterion
from psychometrics.norming.equating.figures import Sampling, figures_of
from psychometrics.norming.equating.forms import Form
from psychometrics.norming.equating.notes import anchor_notes, sample_notes
from psychometrics.norming.equating.plan import AnchorMethod, Design, MethodName, Plan
from psychometrics.norming.equating.presmoothing import Degree, Presmoothing
from psychometrics.norming.equating.result import Equating
from psychometrics.norming.equating.samples import read_samples
from psychometrics.norming.equating.words import check_words
from psychometrics.result import Source
from psychometrics.version import VERSION

Scale = str | tuple[str, str]


def equate(
    x: Any,
    y: Any = None,
    *,
    method: MethodName = "equipercentile",
    design: Design = "random_groups",
    scale: Scale | None = None,
    anchor: Any = None,
    anchor_method: AnchorMethod | None = None,
    internal: bool | None = None,
    synthetic_weight: float | None = None,
    x_scores: Iterable[float] | None = None,
    y_scores: Iterable[float] | None = None,
    anchor_scores: Iterable[float] | None = None,
    presmoothing: Literal["log_linear"] | None = None,
    degree: Degree | None = None,
    cross: int | None = None,
    criterion: Criterion = "aic",
    bandwidth: float | Mapping[str, float] | None = None,
    low: tuple[float, float] | None = None,
    high: tuple[float, float] | None = None,
    standard_error: Literal["delta", "bootstrap"] = "delta",
    replications: int = 1000,
    seed: int = 0,
    confidence: float = 0.95,
) -> Equating:
    """Find the score on form Y that stands for each score on form X.

    equipercentile: e(x) = G^-1(F(x)), F and G the distributions of X and Y in one population, made continuous.

    Parameters
    ----------
    x, y : Scores, ScoreTally, mapping or array-like
        The new form and the old one. One score per person (nan where missing); counts as {score: persons}; for a
        single group or an anchor counts of pairs, {(x, y): persons} with ``y=None``, or {(score, anchor): persons}.
    method : {"identity", "mean", "linear", "circle_arc", "equipercentile", "kernel"}
        mean, linear: a straight line through mean, or mean and SD. circle_arc: the ends of the scales and the means,
        for small samples. equipercentile: equal percentile ranks (Kolen and Brennan). kernel: the same with
        Gaussian curves in place of steps (von Davier, Holland and Thayer).
    design : {"random_groups", "single_group", "anchor"}
        Two samples of one population; the same persons took both forms; two populations joined by an anchor.
    scale : str or (str, str), optional
        Scale of Scores or ScoreTally, of X and of Y where they differ.
    anchor : (array-like, array-like) or str, optional
        Anchor scores of the persons of x and of y, or the scale that holds them. Counts of pairs need none.
    anchor_method : str, optional
        Needed with an anchor. mean, circle_arc: tucker, levine, nominal_weights, chained. linear: tucker, levine,
        levine_true, chained, braun_holland. equipercentile, kernel: frequency_estimation, chained.
    internal : bool, optional
        Whether the anchor items count in the scores; needed for levine and for presmoothing with an anchor.
    synthetic_weight : float, optional
        Weight of the population of X in the synthetic population, 0..1; its share of all persons by default.
    x_scores, y_scores, anchor_scores : iterable of float, optional
        Every score there can be; from the instrument, else whole numbers between the ends of the sample.
    presmoothing : {"log_linear"}, optional
        For equipercentile and kernel: smooth the counts by a log-linear model first.
    degree : int or (int, int), optional
        Moments kept: of each form, or of form and anchor (of X and Y in a single group); chosen by ``criterion`` when
        left out.
    cross : int, optional
        With pairs: powers of both scores whose products are kept; chosen among 1 to 3 when left out.
    criterion : {"aic", "bic", "likelihood_ratio"}
    bandwidth : float or mapping, optional
        For kernel: of all distributions, or by name: x, y, anchor_x, anchor_y. By least penalty when left out.
    low, high : (float, float), optional
        For circle_arc: where X and Y begin and end; the ends of both scales by default.
    standard_error : {"delta", "bootstrap"}
    replications, seed : int
        Of the bootstrap.
    confidence : float

    Returns
    -------
    Equating
        One row per score on X: equated score, standard error, interval. Unrounded, and not held within the scale of Y.

    Raises
    ------
    EstimationError
        Words that do not go together, scores that cannot be, no person, a log-linear fit that does not exist.

    Notes
    -----
    Equating makes scores of forms built alike interchangeable. It cannot make forms that measure different things,
    or with different reliability, interchangeable, and an anchor that behaves differently in both groups misleads it.
    The errors are those of sampling persons; a wrong design is in none of them.

    References
    ----------
    Kolen and Brennan (2014), doi:10.1007/978-1-4939-0317-7; von Davier, Holland and Thayer (2004), doi:10.1007/b97446.
    Checked against R's equate 2.0.9 and kequate 1.6.4.

    Examples
    --------
    >>> harder = {0: 2, 1: 5, 2: 9, 3: 8, 4: 4, 5: 2}
    >>> easier = {0: 1, 1: 3, 2: 6, 3: 9, 4: 7, 5: 4}
    >>> equate(harder, easier, method="linear").equated.round(2)
    array([0.55, 1.56, 2.56, 3.57, 4.58, 5.58])
    """
    check_words(
        method=method,
        design=design,
        anchor=anchor,
        anchor_method=anchor_method,
        internal=internal,
        synthetic_weight=synthetic_weight,
        presmoothing=presmoothing,
        criterion=criterion,
        standard_error=standard_error,
        replications=replications,
        confidence=confidence,
    )
    samples = read_samples(
        x, y, design=design, scale=scale, anchor=anchor, possible=(x_scores, y_scores, anchor_scores)
    )
    grids = samples.grids
    plan = Plan(
        method=method,
        design=design,
        anchor_method=anchor_method or "",
        internal=bool(internal),
        weight=samples.share_of_x if synthetic_weight is None else float(synthetic_weight),
        low=low or (float(grids[0][0]), float(grids[1][0])),
        high=high or (float(grids[0][-1]), float(grids[1][-1])),
        x=grids[0],
        y=grids[1],
        anchor=grids[2],
    )
    wanted = Presmoothing(degree=degree, cross=cross, criterion=criterion) if presmoothing else None
    sampling = Sampling(kind=standard_error, replications=replications, seed=seed, confidence=confidence)
    figures = figures_of(plan, samples.tables, wanted, bandwidth, sampling)
    return Equating(
        scores=plan.x,
        equated=figures.equated,
        standard_error=figures.standard_error,
        ci_lower=figures.lower,
        ci_upper=figures.upper,
        confidence=confidence,
        y_scores=plan.y,
        method=method,
        design=design,
        anchor_method=plan.anchor_method,
        presmoothing=figures.presmoothing,
        error_method=standard_error,
        intercept=figures.intercept,
        slope=figures.slope,
        synthetic_weight=plan.weight if plan.is_synthetic else float("nan"),
        bandwidths=figures.bandwidths,
        n_x=samples.n_x,
        n_y=samples.n_y,
        notes=(
            *samples.notes,
            *sample_notes(plan, samples),
            *anchor_notes(plan, samples.tables),
            *figures.notes,
        ),
        reasons=figures.reasons,
        scale_id=samples.scale_ids[0],
        y_scale_id=samples.scale_ids[1],
        source=_source(samples.forms[0], plan, sampling),
        y_source=samples.y_source,
    )


def _source(form: Form, plan: Plan, sampling: Sampling) -> Source:
    return Source(
        instrument=form.source.instrument,
        fingerprint=form.source.fingerprint,
        simulated=form.source.simulated,
        input_sha256=form.source.input_sha256,
        options=(
            ("method", plan.method),
            ("design", plan.design),
            ("anchor_method", plan.anchor_method),
            ("internal", str(plan.internal)),
            ("synthetic_weight", repr(plan.weight)),
            ("standard_error", sampling.kind),
            ("replications", str(sampling.replications)),
            ("seed", str(sampling.seed)),
            ("confidence", repr(sampling.confidence)),
        ),
        package_version=VERSION,
    )
