"""Validity: what scores go with, and what the authors know of content, process and consequences."""

from __future__ import annotations

from psychometrics.report.manual.content import Section
from psychometrics.report.manual.draft import Draft
from psychometrics.report.manual.material import Material


def validity(material: Material) -> Section:
    """Write the evidence that scores mean what they are said to mean."""
    draft = Draft(
        "validity",
        "Validity",
        rests_on="data",
        simulated=material.simulated,
        statements=material.statements,
    )
    draft.find("No criterion was given: this manual holds no evidence that scores go with anything outside the instrument.")
    draft.lack("criteria", "Relations to criteria", "no criteria given")
    draft.ask_authors("content", "Judgements of experts on the content")
    draft.ask_authors("process", "Response processes")
    draft.ask_authors("consequences", "Consequences of the use")
    return draft.done()
