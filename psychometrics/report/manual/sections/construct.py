"""Construct: what is measured, and by which scales."""

from __future__ import annotations

from psychometrics.instrument import Scale
from psychometrics.report.manual.content import Section
from psychometrics.report.manual.draft import Draft
from psychometrics.report.manual.material import Material
from psychometrics.report.manual.words import first_sentence, named
from psychometrics.result import counted


def construct(material: Material) -> Section:
    """Write what is measured."""
    instrument = material.instrument
    told = instrument.definition
    draft = Draft("construct", "Construct", statements=material.statements)
    draft.find(first_sentence(told.construct_text))
    draft.find(f"It is reported on {counted(len(instrument.scales), 'scale')}.")
    rest = " ".join(told.construct_text.split()).removeprefix(first_sentence(told.construct_text)).strip()
    if rest:
        draft.say(rest)
    described = {entry.id: entry.description or "" for entry in told.scales}
    draft.table(
        "The scales and what they mean",
        ("scale", "made of", "a higher score", "remarks"),
        [
            (material.name(scale.id), _made_of(scale), scale.direction, described[scale.id])
            for scale in instrument.scales
        ],
    )
    draft.answer("definition")
    unsaid = [material.name(scale.id) for scale in instrument.scales if not scale.direction]
    if unsaid:
        draft.lack(
            "direction",
            f"What a higher score means on {named(unsaid)}",
            "the definition does not say it",
        )
    else:
        draft.answer("direction")
    draft.ask_authors("theory", "Theory and research behind the construct")
    return draft.done()


def _made_of(scale: Scale) -> str:
    n = scale.n_elements
    if scale.method == "self_report":
        return counted(n, "item")
    if scale.method == "rubric":
        return counted(n, "rubric criterion", "rubric criteria")
    if scale.method == "composite":
        return counted(n, "scale")
    return f"{counted(len(scale.items), 'item')} and {counted(len(scale.criteria), 'rubric criterion', 'rubric criteria')}"
