"""Decisions: who meets the cuts, and how surely."""

from __future__ import annotations

import numpy as np

from psychometrics.report.manual.content import Section
from psychometrics.report.manual.draft import Draft
from psychometrics.report.manual.material import Absent, Material
from psychometrics.report.manual.small_cells import HIDDEN, is_small
from psychometrics.report.manual.words import exact, named, number, percent, whole
from psychometrics.result import counted
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
        if not len(met) or is_small(len(met), material.least):
            unknown.append(cut.id)
            continue
        share, label, n = float(met.mean()), labels[cut.id], int(met.sum())
        few = is_small(n, material.least) or is_small(len(met) - n, material.least)
        who = _how_many(n, len(met), material.least)
        said.append(f"{who} reach “{label}” ({exact(cut.at)} on {material.name(cut.scale_id)})")
        rows.append(
            (
                labels[cut.id],
                material.name(cut.scale_id),
                exact(cut.at),
                whole(len(met)),
                HIDDEN if few else whole(n),
                HIDDEN if few else percent(share, 1),
                number(_error(found, i)),
                percent(float(((chance > UNSURE[0]) & (chance < UNSURE[1])).mean())) if len(chance) else "",
                number(float(np.mean(chance**2 + (1 - chance) ** 2))) if len(chance) else "",
            )
        )
    draft.find(
        "; ".join(said) + "."
        if said
        else "No cut can be looked at: too few persons have a score on its scale."
    )
    draft.table(
        "Cuts and the people of this manual",
        ("cut", "scale", "at", "n", "meet it", "share", "SEM", "not sure", "expected consistency"),
        rows,
        numbers=("at", "n", "meet it", "share", "SEM", "not sure", "expected consistency"),
        below="Not sure: share of persons whose true score meets the cut with a probability between 5% and 95%, "
        "Phi((score - cut) / SEM). Expected consistency: mean of p² + (1 - p)² over the persons, the chance that two "
        "measurements around the score observed decide alike; it takes each observed score for the true one, and one SEM for "
        "the whole scale, so it is a rough figure."
        + (
            f" {HIDDEN.capitalize()}: fewer than {material.least} persons meet the cut, or miss it."
            if any(HIDDEN in row for row in rows)
            else ""
        ),
    )
    if rows:
        draft.answer("rates")
    else:
        why = f", of {counted(material.least, 'person')} or more" if material.least > 1 else ""
        draft.lack("rates", WHAT["rates"], f"no scores for {named(unknown)}{why}")
    if any(row[-1] for row in rows):
        draft.answer("consistency")
    else:
        draft.lack(
            "consistency", WHAT["consistency"], "the standard error of the scores with cuts is not known"
        )


def _how_many(n: int, of: int, least: int) -> str:
    """Say which share meets a cut, and of so few that they could be known only that they are few."""
    if is_small(n, least):
        return f"Fewer than {least} of {counted(of, 'person')}"
    if is_small(of - n, least):
        return f"All but fewer than {least} of {counted(of, 'person')}"
    return f"{percent(n / of)} of {counted(of, 'person')}"


def _error(found: CutDecisions, i: int) -> float:
    errors = found.standard_errors[i][~np.isnan(found.standard_errors[i])]
    return float(np.sqrt(np.mean(np.square(errors)))) if len(errors) else float("nan")
