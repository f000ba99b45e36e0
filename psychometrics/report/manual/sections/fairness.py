"""Fairness: how groups differ, and whether cuts select them at different rates."""

from __future__ import annotations

from psychometrics.report.manual.content import Section
from psychometrics.report.manual.draft import Draft
from psychometrics.report.manual.material import Material


def fairness(material: Material) -> Section:
    """Write how groups differ."""
    draft = Draft(
        "fairness",
        "Fairness",
        rests_on="data",
        simulated=material.simulated,
        statements=material.statements,
    )
    draft.find("No groups were named: this manual does not say whether the instrument works alike for different people.")
    draft.lack("differences", "Differences of groups", "no groups named")
    draft.lack("impact", "Selection rates of groups", "no groups named")
    draft.ask_authors("items", "Differential item functioning")
    return draft.done()
