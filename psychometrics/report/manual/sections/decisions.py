"""Decisions: who meets the cuts, and how surely."""

from __future__ import annotations

import numpy as np

from psychometrics.report.manual.content import Section
from psychometrics.report.manual.draft import Draft
from psychometrics.report.manual.material import Absent, Material
from psychometrics.report.manual.words import exact, named, number, percent, whole
from psychometrics.scoring import Scores
from psychometrics.scoring.cuts import CutDecisions

WHAT = {"rates": "Share of persons who meet each cut", "consistency": "Consistency of the decisions"}
UNSURE = (0.05, 0.95)


def decisions(material: Material) -> Section:
    """Write what the cuts do to the people of this manual."""
    draft = Draft(
        "decisions",
        "Decisions at cuts",
        rests_on="data",
        simulated=material.simulated,
        statements=material.statements,
    )
    cuts = [cut for cut in material.instrument.definition.cuts if cut.metric == "raw"]
    others = [cut.id for cut in material.instrument.definition.cuts if cut.metric != "raw"]
    if not material.instrument.definition.cuts:
        draft.find("The definition has no cut: no decision is built into this instrument.")
        draft.skip(*WHAT)
        return draft.done()
    if others:
        draft.gap(
            f"Decisions at {named(others)}",
            "the cut is on a norm metric",
            "norms, and the scores placed in them",
        )
    if isinstance(material.scores, Absent) or not cuts:
        why = material.scores.why if isinstance(material.scores, Absent) else "no cut is on the raw score"
        draft.find("How many persons meet the cuts is not known from the data of this manual.")
        draft.lack("rates", WHAT["rates"], why, material.needs_data)
        draft.lack("consistency", WHAT["consistency"], why, material.needs_data)
        return draft.done()
    scores = material.scores.with_standard_errors(material.errors, confidence=material.confidence)
    _rates(draft, material, scores)
    return draft.done()


def _rates(draft: Draft, material: Material, scores: Scores) -> None:
    found = scores.cuts()
    sure = found.probability()
    labels = {cut.id: cut.label for cut in material.instrument.definition.cuts}
    rows, said, unknown = [], [], []
    for i, cut in enumerate(found.cuts):
        met = found.met[i][~np.isnan(found.met[i])]
        chance = sure[i][~np.isnan(sure[i])]
        if not len(met):
            unknown.append(cut.id)
            continue
        share, label = float(met.mean()), labels[cut.id]
        said.append(
            f"{percent(share)} of {len(met):,} persons reach “{label}” ({exact(cut.at)} on {material.name(cut.scale_id)})"
        )
        rows.append(
            (
                labels[cut.id],
                material.name(cut.scale_id),
                exact(cut.at),
                whole(len(met)),
                whole(float(met.sum())),
                percent(share, 1),
                number(_error(found, i)),
                percent(float(((chance > UNSURE[0]) & (chance < UNSURE[1])).mean())) if len(chance) else "",
                number(float(np.mean(chance**2 + (1 - chance) ** 2))) if len(chance) else "",
            )
        )
    draft.find("; ".join(said) + "." if said else "Nobody has a score on a scale with a cut.")
    draft.table(
        "Cuts and the people of this manual",
        ("cut", "scale", "at", "n", "meet it", "share", "SEM", "not sure", "expected consistency"),
        rows,
        numbers=("at", "n", "meet it", "share", "SEM", "not sure", "expected consistency"),
        below="Not sure: share of persons whose true score meets the cut with a probability between 5% and 95%, "
        "Phi((score - cut) / SEM). Expected consistency: mean of p² + (1 - p)² over the persons, the chance that two "
        "measurements around the score observed decide alike; it takes each observed score for the true one, and one SEM for "
        "the whole scale, so it is a rough figure.",
    )
    if rows:
        draft.answer("rates")
    else:
        draft.lack("rates", WHAT["rates"], f"no score for {named(unknown)}")
    if any(row[-1] for row in rows):
        draft.answer("consistency")
    else:
        draft.lack(
            "consistency", WHAT["consistency"], "the standard error of the scores with cuts is not known"
        )


def _error(found: CutDecisions, i: int) -> float:
    errors = found.standard_errors[i][~np.isnan(found.standard_errors[i])]
    return float(np.sqrt(np.mean(np.square(errors)))) if len(errors) else float("nan")
