"""The table of scales: a row per scale with its ruler, and the axes to see it on."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

from markupsafe import Markup

from psychometrics.report.person.basis import Sentence
from psychometrics.report.person.content import PersonReport, ScaleView
from psychometrics.report.person.drawing import Told, head, ruler, shared, shared_layer
from psychometrics.report.person.drawing_axes import NORMAL_CURVE, PERCENTILES, T_SCORES
from psychometrics.report.person.page_words import anchor, digits_by_scale, number, numbers, rank, ranks
from psychometrics.report.person.rounding import level

TABLE = "scales-table"
AXES = shared_layer(PERCENTILES, "axis-p") + shared_layer(T_SCORES, "axis-s")
P_LAYER, S_LAYER = shared("axis-p"), shared("axis-s")
ORDER = ("composite", "mixed", "rubric", "self_report")
CLOSE = 0.5
"""T points between T and the normal curve below which T is taken to come from the rank."""
Words = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScaleRow:
    """One row of the table, as texts and drawings."""

    view: ScaleView
    key: str
    said: Sentence
    percentile: Markup | None
    t_score: Markup | None
    rank: str
    interval: str
    t: str
    score: str
    counted: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScaleTable:
    """All scales by method, with the heads of the two axes."""

    groups: tuple[tuple[str, tuple[ScaleRow, ...]], ...]
    axes: Markup
    percentile_head: Markup
    t_head: Markup
    curve_head: Markup | None
    has_t: bool
    confidence: str
    interval_kinds: tuple[str, ...]


def scale_table(report: PersonReport, words: Words) -> ScaleTable:
    """Return the scales of a report, the levels first, then one method after the other."""
    methods = [*ORDER, *dict.fromkeys(scale.method for scale in report.scales if scale.method not in ORDER)]
    groups = [(method, [scale for scale in report.scales if scale.method == method]) for method in methods]
    digits = digits_by_scale(report)
    return ScaleTable(
        groups=tuple(
            (
                words.get(method, method.replace("_", " ")),
                tuple(scale_row(one, words, digits[one.scale_id]) for one in scales),
            )
            for method, scales in groups
            if scales
        ),
        axes=AXES,
        percentile_head=head(PERCENTILES),
        t_head=head(T_SCORES),
        curve_head=head(NORMAL_CURVE) if _from_ranks(report) else None,
        has_t=any(not math.isnan(scale.t) for scale in report.scales),
        confidence=level(report.scales[0].confidence) if report.scales else "",
        interval_kinds=tuple(
            dict.fromkeys(s.percentile_interval for s in report.scales if not math.isnan(s.percentile_lower))
        ),
    )


def scale_row(view: ScaleView, words: Words, digits: int) -> ScaleRow:
    """Return one scale as texts and drawings, its score with so many decimals."""
    key = anchor("scale", view.scale_id)
    interval = ranks(view.percentile_lower, view.percentile_upper)
    band = words["band_told"].format(band=view.band) if view.band else ""
    return ScaleRow(
        view=view,
        key=key,
        said=view.brief or view.sentence,
        percentile=_percentile(view, words, key, interval, band),
        t_score=_t_score(view, words, key, band),
        rank=rank(view.percentile_rank),
        interval=interval,
        t=number(view.t, 0),
        score=number(view.score, digits),
        counted=_counted(view, words),
    )


def _percentile(view: ScaleView, words: Words, key: str, interval: str, band: str) -> Markup | None:
    if math.isnan(view.percentile_rank):
        return None
    shown = rank(view.percentile_rank)
    told = Told(
        key=f"{key}--p",
        title=words["picture"].format(title=view.title, rank=shown),
        description=words["picture_told"].format(interval=interval, band=band),
        table=TABLE,
    )
    return ruler(
        PERCENTILES,
        told,
        value=view.percentile_rank,
        lower=view.percentile_lower,
        upper=view.percentile_upper,
        label=shown,
        layer=P_LAYER,
    )


def _t_score(view: ScaleView, words: Words, key: str, band: str) -> Markup | None:
    if math.isnan(view.t):
        return None
    told = Told(
        key=f"{key}--s",
        title=words["picture_t"].format(title=view.title, t=number(view.t, 0)),
        description=words["picture_t_told"].format(
            interval=numbers(view.t_lower, view.t_upper, 0), band=band
        ),
        table=TABLE,
    )
    return ruler(
        T_SCORES,
        told,
        value=view.t,
        lower=view.t_lower,
        upper=view.t_upper,
        label=number(view.t, 0),
        layer=S_LAYER,
    )


def _counted(view: ScaleView, words: Words) -> tuple[str, ...]:
    found = []
    told = not math.isnan(view.score) and view.n_valid < view.n_elements  # a note of the scale says so
    if view.n_elements > 0 and view.n_valid >= 0 and not told:
        found.append(words["answered"].format(valid=view.n_valid, all=view.n_elements))
    if view.n_raters >= 0:
        found.append(words["raters"].format(n=view.n_raters))
    if view.norm_group and not math.isnan(view.norm_n):
        found.append(words["group"].format(group=view.norm_group, n=number(view.norm_n, 0)))
    return tuple(found)


def _from_ranks(report: PersonReport) -> bool:
    """Return whether every T on the page is the normal deviate of its percentile rank."""
    pairs = [
        (s.percentile_rank, s.t) for s in report.scales if 0 < s.percentile_rank < 100 and 20 <= s.t <= 80
    ]
    deviate = NormalDist().inv_cdf
    return bool(pairs) and all(abs(50 + 10 * deviate(p / 100) - t) < CLOSE for p, t in pairs)
