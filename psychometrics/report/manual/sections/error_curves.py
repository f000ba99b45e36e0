"""Error of measurement along the score."""

from __future__ import annotations

from functools import partial

import numpy as np

from psychometrics.evidence.error.conditional import conditional_standard_errors
from psychometrics.evidence.error.result import ConditionalErrors
from psychometrics.report.figures import conditional_error
from psychometrics.report.figures.error_curve import score_parts
from psychometrics.report.manual.draft import Draft
from psychometrics.report.manual.material import Absent, Material, attempt
from psychometrics.report.manual.pictures import add_pictures
from psychometrics.report.manual.small_cells import is_small
from psychometrics.report.manual.words import named, number, whole

WHAT = "Error along the score"
GROUP = 20
"""The fewest persons that an error at a score is computed from."""
PICKED = 5


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
        got = attempt(
            conditional_standard_errors,
            answers,
            scale=scale.id,
            minimum_group=_minimum(material),
            confidence=material.confidence,
        )
        why = got.why if isinstance(got, Absent) else _unknown(material, got)
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


def _unknown(material: Material, got: ConditionalErrors) -> str:
    """Return why there is no error at any score that can be shown; empty where there is one."""
    if is_small(got.n_persons, material.least):
        return material.few
    if not got.default_method:
        return "no method goes with these items"
    curve = got.curve(got.default_method)
    if (curve.standard_errors > 0).any():
        return ""
    if (curve.standard_errors == 0).any():
        return "no error above 0: each score has only one pattern of answers"
    return curve.reason or "nobody has an answer to every item"


def _curves(draft: Draft, material: Material, found: dict[str, ConditionalErrors]) -> None:
    draft.table(
        "Standard error at low, middle and high scores",
        ("scale", "method", "least", "most", "at score: error", "n", "left out"),
        [_line(material, name, got) for name, got in found.items()],
        numbers=("least", "most", "n", "left out"),
        below="anova: within-person variance over all items among those with the score. Neighbouring scores are put together until "
        f"they hold {_minimum(material)} persons, and stand together. Left out: persons with an answer missing.",
    )
    add_pictures(
        draft,
        (
            partial(conditional_error, got, title=material.name(name), simulated=material.simulated)
            for name, got in found.items()
        ),
    )


def _minimum(material: Material) -> int:
    return max(GROUP, material.least)


def _line(material: Material, name: str, got: ConditionalErrors) -> tuple[str, ...]:
    parts = [one for one in score_parts(got, got.default_method) if one.error > 0]
    errors = [one.error for one in parts]
    picks = np.unique(np.round(np.linspace(0, len(parts) - 1, PICKED)).astype(int))
    return (
        material.name(name),
        got.default_method.replace("_", " "),
        number(min(errors)),
        number(max(errors)),
        "; ".join(f"{parts[i].label}: {number(parts[i].error)}" for i in picks),
        whole(got.n_persons),
        whole(got.n_left_out),
    )
