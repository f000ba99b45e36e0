"""Purpose: what the scores are for, what they are not for, for whom."""

from __future__ import annotations

from psychometrics.report.manual.content import Section
from psychometrics.report.manual.draft import Draft
from psychometrics.report.manual.material import Material
from psychometrics.report.manual.words import sentence


def purpose(material: Material) -> Section:
    """Write what the instrument is for."""
    told = material.instrument.definition
    draft = Draft("purpose", "Purpose", statements=material.statements)
    first = "First intended use" if len(told.intended_use) > 1 else "Intended use"
    draft.find(f"{first} of {told.title}: {sentence(told.intended_use[0])}")
    draft.find(f"Population: {sentence(told.population)}")
    draft.head("Intended use")
    draft.listing(told.intended_use)
    draft.head("What it must not be used for")
    draft.listing(told.misuse)
    draft.answer("use", "misuse", "population")
    draft.ask_authors("users", "Qualification of users")
    return draft.done()
