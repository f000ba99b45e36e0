"""Structure: whether a scale measures one thing, and how scales go together."""

from __future__ import annotations

import math
from itertools import combinations

import numpy as np

from psychometrics.evidence.consistency.unidimensionality import Unidimensionality, unidimensionality
from psychometrics.evidence.overview.one_factor import LEAST_CFI, MOST_RMSEA, OneFactor, one_factor_fit
from psychometrics.instrument import Scale
from psychometrics.kernels.covariance import moments
from psychometrics.kernels.score_differences import correlation_interval
from psychometrics.report.manual.content import Judgement, Section
from psychometrics.report.manual.draft import Draft
from psychometrics.report.manual.judging import of_flag
from psychometrics.report.manual.material import Absent, Material, attempt
from psychometrics.report.manual.small_cells import is_small
from psychometrics.report.manual.words import interval, named, number, whole
from psychometrics.responses import Responses
from psychometrics.scoring import Scores

WHAT = {"dimensions": "Whether each scale measures one thing", "scales": "Correlations of the scales"}
FIT = "Bentler and Bonett (1980), doi:10.1037/0033-2909.88.3.588; Browne and Cudeck (1992), doi:10.1177/0049124192021002005"
MATRIX = 15
"""More scales than that are listed pair by pair, not as a square."""


def structure(material: Material) -> Section:
    """Write how items and scales hang together."""
    draft = Draft(
        "structure",
        "Structure",
        rests_on="data",
        simulated=material.simulated,
        statements=material.statements,
    )
    _dimensions(draft, material)
    _scales(draft, material)
    draft.ask_authors("model", "Factor model of all items")
    return draft.done()


def _dimensions(draft: Draft, material: Material) -> None:
    if not material.item_scales:
        draft.skip("dimensions")
        return
    if material.responses is None:
        draft.find(
            "Whether the items of a scale measure one thing is not known from the data of this manual."
        )
        draft.lack("dimensions", WHAT["dimensions"], "no responses given")
        return
    found: dict[str, tuple[Unidimensionality, OneFactor]] = {}
    gaps: dict[str, list[str]] = {}
    for scale in material.item_scales:
        why = _one_scale(material, material.responses, scale, found)
        if why:
            gaps.setdefault(why, []).append(material.name(scale.id))
    for why, names in gaps.items():
        draft.gap(f"Dimensions of {named(names)}", why, "responses to 3 items or more that vary")
    if not found:
        draft.find("For no scale can it be said whether its items measure one thing.")
        draft.lack("dimensions", WHAT["dimensions"], "; ".join(gaps))
        return
    misfit = [material.name(name) for name, (_, fitted) in found.items() if fitted.misfits]
    draft.find(
        f"One factor clearly misfits the items of {named(misfit)}."
        if misfit
        else "No scale of items shows a clear misfit of one factor, which does not prove that one thing is measured."
    )
    _index_table(draft, material, found)
    draft.judge(
        "Fit of one factor",
        [one for name, (_, fitted) in found.items() if (one := _judged(material.name(name), fitted))],
    )
    draft.answer("dimensions")


def _one_scale(
    material: Material,
    responses: Responses,
    scale: Scale,
    found: dict[str, tuple[Unidimensionality, OneFactor]],
) -> str:
    """Keep the indices of a scale; return why there are none."""
    got = attempt(unidimensionality, responses, scale=scale.id)
    if isinstance(got, Absent):
        return got.why
    fitted = attempt(one_factor_fit, responses, scale.id)
    if isinstance(fitted, Absent):
        return fitted.why
    if is_small(min(got.n_persons, fitted.n_persons), material.least):
        return material.few
    if math.isnan(got.value("unidimensionality")):
        return next(filter(None, got.reason), "no index could be computed")
    found[scale.id] = (got, fitted)
    return ""


def _index_table(
    draft: Draft, material: Material, found: dict[str, tuple[Unidimensionality, OneFactor]]
) -> None:
    heads = (
        "scale",
        "items",
        "n",
        "u",
        "eigenvalues 1 : 2",
        "first factor",
        "n of the fit",
        "CFI",
        "RMSEA",
        "90% interval",
        "loadings from",
        "to",
        "remarks",
    )
    rows = []
    for name, (got, fitted) in found.items():
        good = fitted.goodness
        loadings = got.loadings[~np.isnan(got.loadings)]
        rows.append(
            (
                material.name(name),
                whole(got.n_items),
                whole(got.n_persons),
                number(got.value("unidimensionality")),
                number(got.value("eigenvalue_ratio"), 1),
                number(got.value("first_factor_share")),
                whole(fitted.n_persons),
                number(good.cfi, 3),
                number(good.rmsea, 3),
                interval(good.rmsea_lower, good.rmsea_upper, 3),
                number(float(loadings.min())) if len(loadings) else "",
                number(float(loadings.max())) if len(loadings) else "",
                "; ".join(filter(None, [got.remarks, good.reason])),
            )
        )
    draft.table(
        "How near each scale comes to one factor",
        heads,
        rows,
        numbers=heads[1:-1],
        below="n: persons with at least one answer to the scale; u, eigenvalues, first factor and loadings rest on the correlations "
        "of every two items over the persons who answered both. n of the fit: persons with every answer of the scale; CFI and RMSEA "
        "(maximum likelihood) rest on them alone. u: Revelle and Condon's index, 1 for one factor. First factor: share of all "
        "item variance. Loadings standardised. None of these is a reliability.",
    )


def _judged(name: str, fitted: OneFactor) -> Judgement | None:
    good = fitted.goodness
    if math.isnan(good.cfi) or math.isnan(good.rmsea):
        return None
    return of_flag(
        name,
        f"CFI {number(good.cfi, 3)}, RMSEA {number(good.rmsea, 3)}, n = {fitted.n_persons:,}",
        "clear misfit" if fitted.misfits else "no clear misfit",
        system="fit of one factor",
        threshold=f"clear misfit: p < .05, and CFI below {LEAST_CFI:.2f} or the lower end of RMSEA above {MOST_RMSEA:.2f}",
        source=FIT,
    )


def _scales(draft: Draft, material: Material) -> None:
    if len(material.instrument.scales) < 2:
        draft.skip("scales")
        return
    if isinstance(material.scores, Absent):
        draft.lack("scales", WHAT["scales"], material.scores.why, material.needs_data)
        return
    draft.head("How the scales go together")
    rows = _pairs(material, material.scores)
    if not any(row[2] for row in rows):
        draft.lack(
            "scales",
            WHAT["scales"],
            f"fewer than {max(3, material.least)} persons with both scores, or scores that do not vary",
        )
        return
    if len(material.instrument.scales) <= MATRIX:
        _square(draft, material, rows)
    draft.table(
        "Correlations of the scales, pair by pair",
        ("scale", "and", "r", f"{material.level} interval", "n", "shared items"),
        rows,
        numbers=("r", f"{material.level} interval", "n"),
        below="Pearson r of raw scores, Fisher's interval."
        + (
            " Scales that share items go together for that reason alone."
            if any(row[5] for row in rows)
            else ""
        ),
    )
    draft.answer("scales")


def _pairs(material: Material, scores: Scores) -> list[tuple[str, ...]]:
    found = moments(scores.raw.T.copy())
    spread = np.sqrt(np.where(np.diag(found.covariance) > 0, np.diag(found.covariance), np.nan))
    rows: list[tuple[str, ...]] = []
    for i, j in combinations(range(len(scores.scale_ids)), 2):
        one, other = material.instrument.scales[i], material.instrument.scales[j]
        n = int(found.n_pairs[i, j]) if found.n_pairs.size else 0
        r = (
            float(_correlation(scores, i, j))
            if n > max(2, material.least - 1) and np.isfinite(spread[[i, j]]).all()
            else float("nan")
        )
        rows.append(
            (
                material.name(one.id),
                material.name(other.id),
                number(r),
                interval(*correlation_interval(r, n, material.confidence)),
                whole(n),
                "yes" if _shared(material, one, other) else "",
            )
        )
    return rows


def _correlation(scores: Scores, i: int, j: int) -> float:
    """Return r over the persons who have both scores."""
    both = ~np.isnan(scores.raw[[i, j]]).any(axis=0)
    pair = moments(scores.raw[[i, j]][:, both].T.copy())
    var = np.diag(pair.covariance)
    return float(pair.covariance[0, 1] / math.sqrt(var[0] * var[1])) if (var > 0).all() else math.nan


def _shared(material: Material, one: Scale, other: Scale) -> bool:
    own = {*material.instrument.items_under(one), *material.instrument.criteria_under(one)}
    return bool(own & {*material.instrument.items_under(other), *material.instrument.criteria_under(other)})


def _square(draft: Draft, material: Material, rows: list[tuple[str, ...]]) -> None:
    names = [material.name(scale.id) for scale in material.instrument.scales]
    cells = {(row[0], row[1]): f"{row[2]}*" if row[5] and row[2] else row[2] for row in rows}
    heads = [str(place + 1) for place in range(len(names) - 1)]
    draft.table(
        "Correlations of the scales",
        ("scale", *heads),
        [
            (f"{place + 1} {name}", *(cells.get((other, name), "") for other in names[:-1]))
            for place, name in enumerate(names)
        ],
        numbers=heads,
        below="* The two scales share items or criteria." if any(row[5] for row in rows) else "",
        keep=("scale", *heads),
    )
