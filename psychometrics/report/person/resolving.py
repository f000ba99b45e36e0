"""Look up what each basis of a page names: a page may rest on nothing that is not there."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from math import isnan
from typing import Any

from pydantic import BaseModel

from psychometrics.careers.catalogue import Catalogue
from psychometrics.careers.claims import Claims
from psychometrics.errors import CareersError, Problem, ReportError
from psychometrics.evidence.overview.table import InstrumentReliability
from psychometrics.evidence.stability.occasions import Stability
from psychometrics.instrument import Instrument
from psychometrics.norming import Norms
from psychometrics.report.person.basis import Basis
from psychometrics.report.person.content import PersonReport

EVERYTHING = "all"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Context:
    """Where the bases of a page are looked up; ``PersonReports.context`` gives it."""

    instrument: Instrument
    norms: Norms | None = None
    reliability: InstrumentReliability | None = None
    stability: Stability | None = None
    catalogue: Catalogue | None = None
    claims: Claims | None = None


def resolve(basis: Basis, report: PersonReport, context: Context) -> Any:
    """Return what a basis names, or refuse.

    Parameters
    ----------
    basis : Basis
        ``score``: a scale of the page, with a score or a reason for having none. ``cut``: a cut of the page.
        ``norms``: the edition of the page. ``response``: an item, a scale over items, or ``all``. ``rating``: a task, a
        ``task.criterion`` or a scale over ratings. ``reliability``: a scale or task in the table of reliability, or a
        scale tested twice. ``claim``, ``catalogue``: an id; ``from->to`` is a link. ``definition``: a path in the
        definition, parts of lists by position or id, such as ``misuse.0`` or ``statements.junior_met``.
    report : PersonReport
        The page it stands on.
    context : Context
        What the page was made from.

    Returns
    -------
    object
        The view, row, claim, node or part of the definition.

    Raises
    ------
    ReportError
        There is no such thing.
    """
    found = _LOOK_UP[basis.kind](basis.ref, report, context)
    if found is None:
        raise ReportError(
            f'the basis "{basis}" of the page of {report.person_id} leads nowhere',
            hint="A sentence may rest only on what is there.",
        )
    return found


def unresolved(report: PersonReport, context: Context) -> tuple[Problem, ...]:
    """Return every basis of a page that leads nowhere, with the sentence that rests on it."""
    problems = []
    for sentence in report.sentences():
        for basis in sentence.bases:
            try:
                resolve(basis, report, context)
            except ReportError:
                problems.append(Problem(where=str(basis), what=f'leads nowhere; rests on it: "{sentence}"'))
    return tuple(problems)


def _score(ref: str, report: PersonReport, _: Context) -> Any:
    view = next((one for one in report.scales if one.scale_id == ref), None)
    return None if view is None or (isnan(view.score) and not view.sentence.text) else view


def _cut(ref: str, report: PersonReport, _: Context) -> Any:
    return next((one for one in report.cuts if one.cut_id == ref), None)


def _norms(ref: str, report: PersonReport, context: Context) -> Any:
    used = context.norms
    return used if used is not None and ref == used.name == report.source.norms else None


def _response(ref: str, _: PersonReport, context: Context) -> Any:
    known = context.instrument
    if ref == EVERYTHING:
        return known.items or None
    if ref in known.item_ids:
        return known.item(ref)
    return known.scale(ref) if ref in known.scale_ids and known.items_under(known.scale(ref)) else None


def _rating(ref: str, _: PersonReport, context: Context) -> Any:
    known = context.instrument
    if ref == EVERYTHING:
        return known.criteria or None
    found = [one for one in known.criteria if ref in (one.id, one.item_id)]
    if found:
        return found[0]
    return known.scale(ref) if ref in known.scale_ids and known.criteria_under(known.scale(ref)) else None


def _reliability(ref: str, _: PersonReport, context: Context) -> Any:
    rows = [] if context.reliability is None else context.reliability.rows
    found = next((row for row in rows if row.scale_id == ref), None)
    return found or (None if context.stability is None else context.stability.scales.get(ref))


def _claim(ref: str, _: PersonReport, context: Context) -> Any:
    return None if context.claims is None else context.claims.by_id.get(ref)


def _catalogue(ref: str, _: PersonReport, context: Context) -> Any:
    if context.catalogue is None:
        return None
    try:
        return context.catalogue.resolve(ref)
    except CareersError:
        return None


def _definition(ref: str, _: PersonReport, context: Context) -> Any:
    found: Any = context.instrument.definition
    for step in ref.split("."):
        found = _inside(found, step)
        if found is None:
            return NOT_SAID if step == ref and step in _keys(context.instrument.definition) else None
    return found


NOT_SAID = "left open in the definition"
"""What a key stands for that the format has and this definition does not use."""


def _keys(model: BaseModel) -> set[str]:
    """Return the keys of a part of the definition, as they stand in the file."""
    return {field.alias or name for name, field in type(model).model_fields.items()}


def _inside(found: Any, step: str) -> Any:
    if isinstance(found, BaseModel):
        names = {field.alias or name: name for name, field in type(found).model_fields.items()}
        return getattr(found, names[step]) if step in names else None
    if isinstance(found, dict):
        return found.get(step)
    if isinstance(found, list):
        return _listed(found, step)
    return None


def _listed(found: Iterable[Any], step: str) -> Any:
    parts = list(found)
    if step.isdecimal():
        return parts[int(step)] if int(step) < len(parts) else None
    return next((part for part in parts if getattr(part, "id", None) == step), None)


_LOOK_UP: dict[str, Callable[[str, PersonReport, Context], Any]] = {
    "score": _score,
    "cut": _cut,
    "norms": _norms,
    "response": _response,
    "rating": _rating,
    "reliability": _reliability,
    "claim": _claim,
    "catalogue": _catalogue,
    "definition": _definition,
}
