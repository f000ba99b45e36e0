"""Development: where the content comes from."""

from __future__ import annotations

from psychometrics.instrument.definition import SourceEntry
from psychometrics.report.manual.content import Section
from psychometrics.report.manual.draft import Draft
from psychometrics.report.manual.material import Material
from psychometrics.result import counted


def development(material: Material) -> Section:
    """Write how the instrument came about."""
    told = material.instrument.definition
    draft = Draft("development", "Development", statements=material.statements)
    if told.sources:
        draft.find(f"The definition names {counted(len(told.sources), 'source')} that it rests on.")
        draft.table(
            "Sources and what was taken from them",
            ("source", "used for"),
            [(cite(source), "; ".join(source.used_for)) for source in told.sources],
        )
        draft.answer("sources")
    else:
        draft.find("The definition names no source for its content.")
        draft.lack("sources", "Sources of the content", "the definition names none")
    draft.ask_authors("items", "How the items came about")
    draft.ask_authors("tryout", "Tryouts")
    draft.ask_authors("translation", "Translation or adaptation")
    return draft.done()


def cite(source: SourceEntry) -> str:
    """Return a source with its DOI or address."""
    where = f"doi:{source.doi}" if source.doi else source.url or ""
    return f"{source.citation} {where}".strip()
