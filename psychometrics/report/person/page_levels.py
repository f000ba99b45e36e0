"""The cards of the levels and the pairs of methods, as texts and drawings."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from psychometrics.report.person.content import CutView, MethodPair, PersonReport, ScaleView
from psychometrics.report.person.drawing import Axis, Told, ruler
from psychometrics.report.person.drawing_axes import PERCENTILES, T_SCORES, Z_SCORES, score_axis
from psychometrics.report.person.drawing_bars import Placed, pair, share_bar
from psychometrics.report.person.page_words import (
    anchor,
    chance,
    digits_apart,
    digits_by_scale,
    digits_for,
    number,
    numbers,
    rank,
)
from psychometrics.report.person.rounding import OPEN, level

Words = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelCard:
    """One level: its answer, its numbers, its two drawings."""

    view: CutView
    key: str
    title: str
    verdict: str
    state: str  # "yes" | "no" | "unknown"
    score: str
    score_name: str
    interval: str
    interval_name: str
    cut: str
    basis: str
    probability: str
    picture: Markup | None
    bar: Markup


def level_card(
    view: CutView, scales: dict[str, ScaleView], words: Words, digits_of: dict[str, int]
) -> LevelCard:
    """Return the card of one cut."""
    scale = scales.get(view.scale_id)
    state = {True: "yes", False: "no", None: "unknown"}[view.met]
    line = _line(view, scale) if scale else None
    digits = _digits(view, line, digits_of)
    key, title = anchor("cut", view.cut_id), scale.title if scale else view.label
    shown = {
        "score": number(view.score, digits),
        "interval": numbers(line.lower, line.upper, digits) if line else "–",
        "cut": number(view.at, digits),
    }
    probability = words["not_known"] if math.isnan(view.probability) else chance(view.probability)
    return LevelCard(
        view=view,
        key=key,
        title=title,
        verdict=words[
            f"{state}_open" if view.met is not None and OPEN[0] <= view.probability <= OPEN[1] else state
        ],
        state=state,
        score_name=words[view.metric],
        interval_name=words["interval"].format(confidence=level(scale.confidence) if scale else "95%"),
        basis=words.get(view.basis, view.basis),
        probability=probability,
        picture=_picture(view, line, key, title, shown, words),
        bar=share_bar(
            Told(
                key=f"{key}--bar",
                title=words["bar"].format(title=title),
                description=words["bar_told"].format(probability=probability),
                table=f"{key}--table",
            ),
            view.probability,
        ),
        **shown,
    )


def _digits(view: CutView, line: Line | None, digits_of: dict[str, int]) -> int:
    """Return the decimals of a card: those of its scale for scores, else those that the metric of the cut needs."""
    if view.metric == "raw" and view.scale_id in digits_of:
        return digits_of[view.scale_id]
    shown = [view.score, view.at, *((line.lower, line.upper) if line else ())]
    plain = digits_for(shown, line.axis.upper - line.axis.lower if line else 100.0)
    return digits_apart(view.score, view.at, plain)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """The axis of a cut, and the interval of the score on it."""

    axis: Axis
    lower: float
    upper: float


def _line(view: CutView, scale: ScaleView) -> Line:
    """Return the line that score and cut are drawn on: that of the metric of the cut."""
    if view.metric == "percentile_rank":
        return Line(axis=PERCENTILES, lower=scale.percentile_lower, upper=scale.percentile_upper)
    if view.metric == "t":
        return Line(axis=T_SCORES, lower=scale.t_lower, upper=scale.t_upper)
    if view.metric == "z":
        return Line(axis=Z_SCORES, lower=(scale.t_lower - 50) / 10, upper=(scale.t_upper - 50) / 10)
    return Line(
        axis=score_axis(scale.minimum, scale.maximum), lower=scale.score_lower, upper=scale.score_upper
    )


def _picture(
    view: CutView, line: Line | None, key: str, title: str, shown: dict[str, str], words: Words
) -> Markup | None:
    if line is None or math.isnan(view.score):
        return None
    axis = line.axis
    told = Told(
        key=f"{key}--line",
        title=words["picture"].format(title=title),
        description=words["picture_told"].format(**shown, lower=f"{axis.lower:g}", upper=f"{axis.upper:g}"),
        table=f"{key}--table",
    )
    return ruler(
        axis, told, value=view.score, lower=line.lower, upper=line.upper, label=shown["score"], cut=view.at
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class MethodCard:
    """Self-report beside tasks, as texts and one drawing."""

    view: MethodPair
    key: str
    rows: tuple[tuple[str, str, str, str, str], ...]
    picture: Markup | None


def method_card(view: MethodPair, words: Words, digits_of: dict[str, int]) -> MethodCard:
    """Return the card of one composite with two methods."""
    key = anchor("methods", view.composite_id)
    sides = (("self_report", view.self_report), ("rubric", view.rubric))
    return MethodCard(
        view=view,
        key=key,
        rows=tuple(_row(words[name], side, digits_of) for name, side in sides),
        picture=_pair(view, key, words, digits_of),
    )


def _row(name: str, scale: ScaleView, digits_of: dict[str, int]) -> tuple[str, str, str, str, str]:
    own = (scale.score, scale.score_lower, scale.score_upper)
    digits = digits_of.get(scale.scale_id, digits_for(own, scale.maximum - scale.minimum))
    return (
        name,
        number(scale.score, digits),
        rank(scale.percentile_rank),
        number(scale.t, 0),
        numbers(scale.t_lower, scale.t_upper, 0),
    )


def _pair(view: MethodPair, key: str, words: Words, digits_of: dict[str, int]) -> Markup | None:
    """Draw both on the T axis, or on the axis of their scores where there are no norms and the ranges agree."""
    one, other = view.self_report, view.rubric
    if not (math.isnan(one.t) or math.isnan(other.t)):
        axis, unit = T_SCORES, words["unit_t"]
        ends = [(scale.t, scale.t_lower, scale.t_upper, 0) for scale in (one, other)]
    elif (one.minimum, one.maximum) == (other.minimum, other.maximum) and not math.isnan(
        one.score + other.score
    ):
        axis, unit = score_axis(one.minimum, one.maximum), words["unit_score"]
        digits = max(digits_of.get(scale.scale_id, 1) for scale in (one, other))
        ends = [(scale.score, scale.score_lower, scale.score_upper, digits) for scale in (one, other)]
    else:
        return None
    first, second = (
        Placed(value=value, lower=lower, upper=upper, label=number(value, digits))
        for value, lower, upper, digits in ends
    )
    return pair(axis, _pair_told(view, key, words, axis, unit, first, second), first=first, second=second)


def _pair_told(
    view: MethodPair, key: str, words: Words, axis: Axis, unit: str, first: Placed, second: Placed
) -> Told:
    return Told(
        key=f"{key}--picture",
        title=words["picture"].format(title=view.title),
        description=words["picture_told"].format(
            first=first.label,
            second=second.label,
            lower=f"{axis.lower:g}",
            upper=f"{axis.upper:g}",
            unit=unit,
        ),
        table=f"{key}--table",
    )


def level_cards(report: PersonReport, words: Words) -> list[LevelCard]:
    """Return the cards of all cuts, in their order."""
    scales = {scale.scale_id: scale for scale in report.scales}
    digits_of = digits_by_scale(report)
    return [level_card(cut, scales, words, digits_of) for cut in report.cuts]


def method_cards(report: PersonReport, words: Words) -> list[MethodCard]:
    """Return the cards of all composites with two methods."""
    digits_of = digits_by_scale(report)
    return [method_card(one, words, digits_of) for one in report.methods]
