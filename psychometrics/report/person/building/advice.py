"""Recommendations and claims, from the catalogue."""

from __future__ import annotations

from dataclasses import dataclass
from math import nan
from typing import Any

from psychometrics.report.person.basis import Sentence
from psychometrics.report.person.building.page import Page, basis, sentence
from psychometrics.report.person.content import ClaimView, RecommendationView


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Advice:
    """What recommendations are derived from."""

    page: Page
    catalogue: Any
    claims: Any
    market_weight: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Advised:
    """The recommendations of one person."""

    recommendations: tuple[RecommendationView, ...]
    market_weight: float
    claims: tuple[ClaimView, ...]
    note: Sentence | None


def prepare_advice(page: Page, *, catalogue: Any, claims: Any, market_weight: float | None) -> Advice:
    """Load catalogue and claims."""
    return Advice(
        page=page, catalogue=None, claims=None, market_weight=nan if market_weight is None else market_weight
    )


def advised(advice: Advice, row: int) -> Advised:
    """Return the recommendations of one row."""
    page = advice.page
    note = sentence(
        page.say("next.none", why=page.say("next.off")), *(basis("score", s.id) for s in page.top_scales)
    )
    return Advised(recommendations=(), market_weight=advice.market_weight, claims=(), note=note)
