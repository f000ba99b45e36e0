"""Purpose: what the scores are for, what they are not for, for whom."""

from __future__ import annotations

from psychometrics.report.manual.content import Section
from psychometrics.report.manual.draft import Draft
from psychometrics.report.manual.material import Material


def purpose(material: Material) -> Section:
    """Write what the instrument is for."""
    told = material.instrument.definition
    draft = Draft("purpose", "Purpose", statements=material.statements)
    draft.find(f"{told.title} is made for: {_plain(told.intended_use[0])}")
    draft.find(f"It is meant for: {_plain(told.population)}")
    draft.head("Intended use")
    draft.listing(told.intended_use)
    draft.head("What it must not be used for")
    draft.listing(told.misuse)
    draft.answer("use", "misuse", "population")
    draft.ask_authors("users", "Qualification of users")
    return draft.done()


def _plain(text: str) -> str:
    flat = " ".join(text.split())
    return flat if flat.endswith((".", "!", "?")) else f"{flat}."
