"""Stability: the same persons on two occasions."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import partial

import numpy as np

from psychometrics.evidence.stability.occasions import Stability
from psychometrics.evidence.stability.retest import TestRetest
from psychometrics.evidence.stability.verdicts import Verdict
from psychometrics.kernels.bounds import Estimate
from psychometrics.report.figures import bland_altman, retest_plot
from psychometrics.report.manual.content import Judgement, Section
from psychometrics.report.manual.draft import Draft
from psychometrics.report.manual.judging import of_retest
from psychometrics.report.manual.material import Absent, Material
from psychometrics.report.manual.pictures import add_pictures
from psychometrics.report.manual.small_cells import HIDDEN, hidden_note, small_cells
from psychometrics.report.manual.words import interval, named, number, sentence, whole
from psychometrics.result import counted
from psychometrics.scoring import Scores

MAIN = ("icc_a1", "icc_c1", "pearson_r", "spearman_rho", "concordance")
POINTS = (
    "mean_change",
    "sem_agreement",
    "smallest_detectable_change_agreement",
    "limit_lower",
    "limit_upper",
    "proportional_bias",
)
SLOPE = "proportional_bias"
"""Has no unit, so that its decimals do not go by the length of the scale."""
NAMES = {
    "icc_a1": "ICC(A,1)",
    "icc_c1": "ICC(C,1)",
    "pearson_r": "Pearson r",
    "spearman_rho": "Spearman rho",
    "concordance": "Lin's concordance",
    "mean_change": "mean change",
    "sem_agreement": "SEM (change counted as error)",
    "smallest_detectable_change_agreement": "smallest detectable change",
    "limit_lower": "lower limit of agreement",
    "limit_upper": "upper limit of agreement",
    "proportional_bias": "slope of change on level",
}
DRAWN = 4
"""Scales with pictures, two each."""
WHAT = {
    "retest": "Stability over two occasions",
    "interval": "Interval between the occasions",
    "change": "Smallest detectable change",
}


def stability(material: Material) -> Section:
    """Write how stable scores are."""
    draft = Draft(
        "stability",
        "Stability over time",
        rests_on="data",
        simulated=material.simulated,
        statements=material.statements,
    )
    found = material.stability
    if isinstance(found, Absent):
        draft.find(
            "How stable scores are from one occasion to the next is not known from the data of this manual."
        )
        for question, what in WHAT.items():
            draft.lack(question, what, found.why)
        draft.ask_authors("forms", "Parallel forms")
        return draft.done()
    known = {name: one for name, one in found.scales.items() if not math.isnan(one.icc_a1.estimate)}
    _find(draft, material, found, known)
    _interval(draft, material, found)
    _tables(draft, material, found)
    first, second = material.scores, material.retest
    if isinstance(first, Scores) and isinstance(second, Scores):
        add_pictures(
            draft,
            (
                partial(draw, first, second, scale_id, smallest=material.least, simulated=material.simulated)
                for scale_id in material.main[:DRAWN]
                if scale_id in found.scales
                for draw in (retest_plot, bland_altman)
            ),
        )
    _verdicts(draft, material, found)
    draft.ask_authors("forms", "Parallel forms")
    return draft.done()


def _find(draft: Draft, material: Material, found: Stability, known: dict[str, TestRetest]) -> None:
    if not known:
        draft.find("Two occasions were given, and no scale has a retest coefficient that could be computed.")
        why = "; ".join(dict.fromkeys(one.icc_a1.reason for one in found.scales.values()))
        draft.lack("retest", WHAT["retest"], why or "no scale on both occasions")
        draft.lack("change", WHAT["change"], why or "no scale on both occasions")
        return
    draft.answer("retest", "change")
    low = min(known, key=lambda name: known[name].icc_a1.estimate)
    high = max(known, key=lambda name: known[name].icc_a1.estimate)
    ends = " and ".join(
        f"{number(known[name].icc_a1.estimate)} ({material.level} interval "
        f"{interval(known[name].icc_a1.ci_lower, known[name].icc_a1.ci_upper)}) for {material.name(name)}"
        for name in dict.fromkeys((low, high))
    )
    draft.find(f"ICC(A,1) over two occasions {'lies between' if low != high else 'is'} {ends}.")


def _interval(draft: Draft, material: Material, found: Stability) -> None:
    draft.say(
        f"{counted(found.n_first, 'person')} on the first occasion, {found.n_second:,} on the second; only those on both are paired."
    )
    draft.listing(sentence(material.titled(note)) for note in found.notes)
    if found.interval is None:
        draft.lack("interval", WHAT["interval"], "no dates are known")
        return
    span = found.interval
    between = (
        f"{span.median:g} {'day' if span.median == 1 else 'days'} apart"
        if span.minimum == span.maximum
        else f"{span.median:g} days apart (median; {span.minimum:g} to {span.maximum:g})"
    )
    draft.find(f"The occasions were {between}.")
    hidden = small_cells([""] * len(span.counts), np.asarray(span.counts, np.int64), material.least)
    rows = [
        (
            f"{low:g} to {high - 1:g}" if high - low > 1 else f"{low:g}",
            HIDDEN if gone else whole(n),
        )
        for low, high, n, gone in zip(span.edges[:-1], span.edges[1:], span.counts, hidden, strict=True)
    ]
    draft.table(
        "Days between the occasions",
        ("days", "persons"),
        rows,
        numbers=("persons",),
        below=sentence(hidden_note(material.least)) if hidden.any() else "",
    )
    draft.answer("interval")


def _tables(draft: Draft, material: Material, found: Stability) -> None:
    heads = ("scale", "pairs", *(NAMES[name] for name in MAIN))
    draft.table(
        "Agreement and association of two occasions",
        heads,
        [
            (material.name(s), whole(one.n_pairs), *(_cell(getattr(one, n)) for n in MAIN))
            for s, one in found.scales.items()
        ],
        numbers=heads[1:],
        below=f"Estimate and {material.level} interval. ICC(A,1), two-way, absolute agreement, counts a change common to all as "
        "error; ICC(C,1), consistency, and the correlations leave it out.",
    )
    heads = ("scale", "mean first", "mean second", *(NAMES[name] for name in POINTS))
    draft.table(
        "Change and error, in points of the score",
        heads,
        [
            (
                material.name(s),
                number(one.mean_first),
                number(one.mean_second),
                *(_cell(getattr(one, n), 2 if n == SLOPE else material.digits(s)) for n in POINTS),
            )
            for s, one in found.scales.items()
        ],
        numbers=heads[1:],
        below="Mean change: second less first, with any effect of practice in it. A change of one person below the smallest detectable "
        "change, 1.96 sqrt(2) SEM, is not told from error at the 95% level. Limits of agreement: mean change ± 1.96 SD "
        "of the changes.",
    )
    gone = [name for scale_id, name in material.titles.items() if scale_id not in found.scales]
    if gone:
        draft.gap(
            f"Retest of {named(gone)}",
            f"fewer than {material.least} persons have both scores",
            "two occasions of more persons",
        )
    for reason in dict.fromkeys(one.icc_a1.reason for one in found.scales.values() if one.icc_a1.reason):
        own = [material.name(s) for s, one in found.scales.items() if one.icc_a1.reason == reason]
        draft.gap(f"Retest of {named(own)}", reason, "two occasions of more persons with scores that differ")


def _cell(one: Estimate, digits: int = 2) -> str:
    if math.isnan(one.estimate):
        return ""
    ends = interval(one.ci_lower, one.ci_upper, digits)
    return (
        f"{number(one.estimate, digits)} [{ends.replace(' to ', ', ')}]"
        if ends
        else number(one.estimate, digits)
    )


def _verdicts(draft: Draft, material: Material, found: Stability) -> None:
    rows = list(found.verdicts().rows)
    own = [one for one in rows if one[1].criterion.startswith("reliability")]
    draft.judge(
        "What COSMIN says of the coefficients",
        [one for s, verdict in own for one in of_retest(material.name(s), [verdict])],
    )
    draft.judge("What COSMIN says of the study", _of_study(material, [one for one in rows if one not in own]))


def _of_study(material: Material, rows: list[tuple[str, Verdict]]) -> list[Judgement]:
    """Return the verdicts that do not depend on the coefficient, once for all scales that share them."""
    shared: dict[tuple[str, str], list[tuple[str, Verdict]]] = {}
    for scale_id, verdict in rows:
        shared.setdefault((verdict.criterion, verdict.rating), []).append((scale_id, verdict))
    everyone = {scale_id for scale_id, _ in rows}
    found = []
    for own in shared.values():
        who = "all scales" if {s for s, _ in own} == everyone else named([material.name(s) for s, _ in own])
        reasons = list(dict.fromkeys(verdict.reason.partition("; from ")[0] for _, verdict in own))
        bins = own[0][1].reason.partition("; from ")[2]
        rule = own[0][1].criterion + (f": from {bins}" if bins else "")
        found += of_retest(who, [replace(own[0][1], reason="; ".join(reasons[:3]), criterion=rule)])
    return found
