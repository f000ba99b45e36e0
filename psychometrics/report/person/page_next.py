"""Recommendations as texts, bars and the few numbers with which their order can be worked out again."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from psychometrics.report.person.content import ClaimView, PersonReport, RecommendationView, SignalView
from psychometrics.report.person.drawing import Told
from psychometrics.report.person.drawing_bars import share_bar
from psychometrics.report.person.page_words import anchor, number

MARKET = "market"
DIGITS = 12
"""Strengths that agree to so many digits are ties."""
Words = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class NextCard:
    """One recommendation."""

    view: RecommendationView
    key: str
    strength: str
    bar: Markup
    data: str
    rows: tuple[tuple[SignalView, str, str, str, bool], ...]


def next_cards(report: PersonReport, words: Words) -> list[NextCard]:
    """Return the recommendations in the order of their rank."""
    return [_card(view, words) for view in sorted(report.recommendations, key=lambda one: one.rank)]


def _card(view: RecommendationView, words: Words) -> NextCard:
    key, strength = anchor("next", view.id), number(view.strength, 2)
    told = Told(
        key=f"{key}--bar",
        title=words["picture"].format(title=view.title, strength=strength),
        description=words["picture_told"].format(strength=strength),
        table=f"{key}--table",
    )
    return NextCard(
        view=view,
        key=key,
        strength=strength,
        bar=share_bar(told, view.strength),
        data=_data(view.signals),
        rows=tuple(
            (one, number(one.value, 2), number(one.weight, 2), number(one.share, 2), one.signal == MARKET)
            for one in view.signals
        ),
    )


def _data(signals: Iterable[SignalView]) -> str:
    """Return value, weight and whether it is the market for every signal with a value, as JSON."""
    return json.dumps(
        [
            [round(one.value, DIGITS), round(one.weight, DIGITS), int(one.signal == MARKET)]
            for one in signals
            if math.isfinite(one.value) and math.isfinite(one.weight)
        ],
        separators=(",", ":"),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimCard:
    """A claim, with the place and title of every recommendation that uses it."""

    view: ClaimView
    used_by: tuple[tuple[str, str], ...]


def claim_lists(report: PersonReport) -> dict[str, list[ClaimCard]]:
    """Return the claims that recommendations use, and the others apart, as background; no empty list."""
    titles = {one.id: one.title for one in report.recommendations}
    found: dict[str, list[ClaimCard]] = {}
    for kind, is_used in (("used", True), ("background", False)):
        for view in (one for one in report.claims if bool(one.used_by) == is_used):
            links = tuple((anchor("next", name), titles.get(name, name)) for name in view.used_by)
            found.setdefault(kind, []).append(ClaimCard(view=view, used_by=links))
    return found


def has_market(report: PersonReport) -> bool:
    """Return whether any recommendation takes the market signal in: else there is nothing to move."""
    return any(one.signal == MARKET for view in report.recommendations for one in view.signals)
