"""Change log: what changed between versions."""

from __future__ import annotations

from psychometrics.report.manual.content import Section
from psychometrics.report.manual.draft import Draft
from psychometrics.report.manual.material import Material


def changes(material: Material) -> Section:
    """Write what changed."""
    draft = Draft("changes", "Change log", statements=material.statements)
    version = material.instrument.version
    if material.changelog:
        draft.find(f"This is version {version}.")
        draft.table("Changes", ("version or date", "what changed"), material.changelog)
        draft.answer("log")
    else:
        draft.find(f"This is version {version}; no change log was given.")
        draft.lack("log", "Change log", "no entries were given")
    return draft.done()
