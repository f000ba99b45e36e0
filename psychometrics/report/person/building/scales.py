"""The view of one scale: its place in words, its interval, its level, what it rests on."""

from __future__ import annotations

from math import isnan, nan

from psychometrics.instrument import Scale
from psychometrics.norming.cells.cell import NoRank
from psychometrics.report.person.building.levels import level_of
from psychometrics.report.person.building.notes import scale_notes
from psychometrics.report.person.building.page import Page
from psychometrics.report.person.building.people import Person
from psychometrics.report.person.building.places import Place
from psychometrics.report.person.building.statements import statement_sources, statements_of
from psychometrics.report.person.content import ScaleView


def scale_views(page: Page, person: Person) -> tuple[ScaleView, ...]:
    """Return the view of every scale of one person, in the order of the definition."""
    return tuple(_view(page, person, scale, i) for i, scale in enumerate(page.instrument.scales))


def _view(page: Page, person: Person, scale: Scale, i: int) -> ScaleView:
    level, place = level_of(page, person, i), Place(page, person, scale, i)
    apart = isnan(person.raw[i]) or scale.id in page.scales_with_cuts
    statements = () if apart else statements_of(page, person, scale.id)
    ranked = person.no_rank[i] == NoRank.RANKED
    return ScaleView(
        scale_id=scale.id,
        title=scale.title,
        direction=scale.direction,
        method=page.methods[scale.id],
        score=person.raw[i],
        minimum=scale.minimum,
        maximum=scale.maximum,
        score_lower=person.score_lower[i],
        score_upper=person.score_upper[i],
        confidence=page.asked.confidence,
        percentile_rank=person.rank[i],
        percentile_lower=person.rank_lower[i],
        percentile_upper=person.rank_upper[i],
        percentile_interval="total" if person.total[i] else "norm_sample",
        t=person.t[i],
        t_lower=person.t_lower[i],
        t_upper=person.t_upper[i],
        norm_group=page.people.strata[person.row] if ranked else "",
        norm_n=person.norm_n[i] if page.asked.normed is not None else nan,
        n_valid=person.n_valid[i],
        n_elements=scale.n_elements,
        n_raters=person.n_raters[i],
        band="" if level is None else level.label,
        sentence=place.full(),
        notes=(
            *(() if level is None else level.sentences),
            *statements,
            *scale_notes(page, person, scale, i),
        ),
        error=person.error[i],
        error_from="" if isnan(person.error[i]) else page.asked.origins.get(scale.id, ""),
        sources=statement_sources(page, statements),
        brief=place.brief(),
    )
