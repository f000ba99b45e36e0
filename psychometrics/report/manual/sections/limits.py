"""Limits: what is known to be missing or weak."""

from __future__ import annotations

from psychometrics.report.manual.content import Section
from psychometrics.report.manual.draft import Draft
from psychometrics.report.manual.material import Absent, Material
from psychometrics.result import counted

ALWAYS = (
    "Evidence in this manual is of the people in its data; other populations need their own.",
    "A score is an estimate: read it with its interval, and decide nothing by a difference smaller than its error.",
)


def limits(material: Material) -> Section:
    """Write what the reader must not overlook."""
    told = material.instrument.definition
    draft = Draft("limits", "Limits", statements=material.statements)
    if told.left_out:
        draft.find(f"The authors name {counted(len(told.left_out), 'limit')} of the instrument.")
        draft.listing(told.left_out)
        draft.answer("known")
    else:
        draft.find("The definition names no limits, which does not mean that there are none.")
        draft.lack("known", "Known limits", "left_out is empty")
    draft.head("Limits of this manual")
    draft.listing(_own(material))
    if material.reviewed:
        draft.facts([("Reviewed", material.reviewed)])
        draft.answer("review")
    else:
        draft.lack("review", "Independent review", "nobody is named who reviewed it")
    return draft.done()


def _own(material: Material) -> list[str]:
    said = list(ALWAYS)
    if material.simulated:
        said.insert(
            0,
            "The data are SIMULATED: every figure shows what the manual would say, not how the instrument works.",
        )
    if not isinstance(material.norms, Absent) and material.norms.head.simulated:
        said.insert(0, "The norms are SIMULATED: no percentile rank from them says anything about a person.")
    if not material.has_data:
        said.append("Without data this manual says what the instrument is meant to be, not what it does.")
    return said
