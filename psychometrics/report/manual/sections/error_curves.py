"""Error of measurement along the score."""

from __future__ import annotations

from functools import partial

import numpy as np

from psychometrics.evidence.error.conditional import conditional_standard_errors
from psychometrics.evidence.error.result import ConditionalErrors
from psychometrics.report.figures import conditional_error
from psychometrics.report.manual.draft import Draft
from psychometrics.report.manual.material import Absent, Material, attempt
from psychometrics.report.manual.pictures import add_pictures
from psychometrics.report.manual.words import (
    exact,
    named,
    number,
    whole,
)

WHAT = "Error along the score"


def error_along_score(draft: Draft, material: Material) -> None:
    """Write the standard error of measurement at low, middle and high scores."""
    answers = material.responses
    draft.head("Error along the score")
    if answers is None or not material.item_scales:
        why = "no responses given" if material.item_scales else "no scale stands on items that persons answer"
        draft.lack("conditional", WHAT, why)
        return
    found: dict[str, ConditionalErrors] = {}
    gaps: dict[str, list[str]] = {}
    for scale in material.item_scales:
        if scale.criteria:
            continue
        got = attempt(conditional_standard_errors, answers, scale=scale.id, confidence=material.confidence)
        why = got.why if isinstance(got, Absent) else _unknown(got)
        if isinstance(got, Absent) or why:
            gaps.setdefault(why, []).append(material.name(scale.id))
        else:
            found[scale.id] = got
    for why, names in gaps.items():
        draft.gap(
            f"Error along the score of {named(names)}",
            why,
            "responses without blanks of some hundred persons",
        )
    if not found:
        draft.lack("conditional", WHAT, "; ".join(gaps) or "no scale of items alone")
        return
    _curves(draft, material, found)
    draft.answer("conditional")


def _unknown(got: ConditionalErrors) -> str:
    """Return why there is no error at any score; empty where there is one."""
    if not got.default_method:
        return "no method goes with these items"
    curve = got.curve(got.default_method)
    if not np.isnan(curve.standard_errors).all():
        return ""
    return curve.reason or "nobody has an answer to every item"


def _curves(draft: Draft, material: Material, found: dict[str, ConditionalErrors]) -> None:
    rows = []
    for name, got in found.items():
        table = got.for_scores()[name]
        scores = np.array(sorted(table))
        errors = np.array([table[score] for score in scores])
        picks = np.unique(np.round(np.linspace(0, len(scores) - 1, 5)).astype(int))
        rows.append(
            (
                material.name(name),
                got.default_method.replace("_", " "),
                number(float(errors.min())),
                number(float(errors.max())),
                "; ".join(f"{exact(round(scores[i], 1))}: {number(errors[i])}" for i in picks),
                whole(got.n_persons),
                whole(got.n_left_out),
            )
        )
    draft.table(
        "Standard error at low, middle and high scores",
        ("scale", "method", "least", "most", "at score: error", "n", "left out"),
        rows,
        numbers=("least", "most", "n", "left out"),
        below="anova: within-person variance over all items among those with the score. Neighbouring scores are put "
        "together until they hold 20 persons. Left out: persons with an answer missing.",
    )
    add_pictures(
        draft,
        (
            partial(conditional_error, got, title=material.name(name), simulated=material.simulated)
            for name, got in found.items()
        ),
    )
