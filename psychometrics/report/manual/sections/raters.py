"""Raters: how well they agree, who is severe, what goes to adjudication."""

from __future__ import annotations

import math
from collections import Counter
from functools import partial

import numpy as np

from psychometrics.evidence.agreement.adjudication import adjudication_queue
from psychometrics.evidence.agreement.rater_flags import FLAGS
from psychometrics.evidence.agreement.rater_report import RaterReport, rater_report
from psychometrics.evidence.items.levels import LEVEL_RULES, level_use
from psychometrics.evidence.overview.rater_rows import rater_rows
from psychometrics.evidence.overview.table import ReliabilityRow
from psychometrics.report.figures import rater_severity
from psychometrics.report.manual.content import Judgement, Section
from psychometrics.report.manual.draft import Draft
from psychometrics.report.manual.judging import of_flag
from psychometrics.report.manual.material import Absent, Material, attempt
from psychometrics.report.manual.pictures import add_pictures
from psychometrics.report.manual.small_cells import (
    HIDDEN,
    hidden_note,
    is_small,
    small_cells,
    without_figures,
)
from psychometrics.report.manual.words import (
    exact,
    interval,
    named,
    number,
    percent,
    sentence,
    statistic,
    whole,
)
from psychometrics.responses import Ratings
from psychometrics.result import counted

WHAT = {
    "agreement": "Agreement of raters",
    "severity": "Severity of raters",
    "adjudication": "Adjudication",
}
TASK, CRITERION = ("icc(A,1)", "icc(A,k)"), ("gwet_ac2", "krippendorff_alpha_ordinal")
TWO = "ratings of the same work by two raters or more"


def raters(material: Material) -> Section:
    """Write what is known of the raters."""
    draft = Draft(
        "raters", "Raters", rests_on="data", simulated=material.simulated, statements=material.statements
    )
    if not material.instrument.criteria:
        draft.find("No part of this instrument is judged by raters.")
        draft.skip(*WHAT, "training")
        return draft.done()
    if material.ratings is None:
        draft.find("How well raters agree is not known from the data of this manual.")
        for question, what in WHAT.items():
            draft.lack(question, what, "no ratings given")
    else:
        _agreement(draft, material, material.ratings)
        _severity(draft, material, material.ratings)
        _levels(draft, material, material.ratings)
        _adjudication(draft, material.ratings)
    draft.ask_authors("training", "Choice, training and monitoring of raters")
    return draft.done()


def _agreement(draft: Draft, material: Material, ratings: Ratings) -> None:
    rows = attempt(rater_rows, ratings, material.confidence, everything=True)
    if isinstance(rows, Absent):
        draft.find("The agreement of raters could not be computed.")
        draft.lack("agreement", WHAT["agreement"], rows.why)
        return
    rows = [
        without_figures(row, material.few) if is_small(row.n_persons, material.least) else row for row in rows
    ]
    tasks = [row for row in rows if row.statistic in TASK]
    single = [row for row in tasks if row.statistic == TASK[0] and not math.isnan(row.estimate)]
    if single:
        low, high = min(single, key=_estimate), max(single, key=_estimate)
        between = (
            f"{number(low.estimate)} ({low.scale_id})"
            if low is high
            else f"between {number(low.estimate)} ({low.scale_id}) and {number(high.estimate)} ({high.scale_id})"
        )
        draft.find(f"What one rater's score of a task says about another's, ICC(A,1), is {between}.")
        draft.answer("agreement")
    _task_table(draft, material, tasks)
    _criterion_table(draft, material, [row for row in rows if row.statistic in CRITERION])
    gone: dict[str, list[str]] = {}
    for row in tasks:
        if row.reason and row.scale_id not in gone.setdefault(row.reason, []):
            gone[row.reason].append(row.scale_id)
    for reason, names in gone.items():
        draft.gap(f"ICC of {named(names)}", reason, TWO)
    if not single:
        draft.find("No task has a coefficient of agreement that could be computed.")
        draft.lack("agreement", WHAT["agreement"], "; ".join(gone) or "no task was rated")


def _estimate(row: ReliabilityRow) -> float:
    return row.estimate


def _task_table(draft: Draft, material: Material, tasks: list[ReliabilityRow]) -> None:
    draft.table(
        "Agreement on whole tasks",
        ("task", "statistic", "estimate", "interval", "persons", "raters", "remarks"),
        [
            (
                row.scale_id,
                statistic(row.statistic),
                number(row.estimate, 3),
                interval(row.ci_lower, row.ci_upper, 3),
                whole(row.n_persons),
                whole(row.n_parts),
                row.note,
            )
            for row in tasks
        ],
        numbers=("estimate", "interval", "persons", "raters"),
        below=f"Two-way model, absolute agreement; {material.level} intervals. ICC(A,1): one rater; ICC(A,k): the mean of as many "
        "as there were.",
    )


def _criterion_table(draft: Draft, material: Material, rows: list[ReliabilityRow]) -> None:
    titles = {one.id: one.title for one in material.instrument.criteria}
    by_name: dict[str, dict[str, ReliabilityRow]] = {}
    for row in rows:
        by_name.setdefault(row.scale_id, {})[row.statistic] = row
    heads = [f"{statistic(name)}{more}" for name in CRITERION for more in ("", ", interval")]
    draft.table(
        "Agreement on each criterion",
        ("criterion", "title", *heads, "persons"),
        [
            (
                name,
                titles.get(name, ""),
                *(
                    cell
                    for one in CRITERION
                    for cell in (
                        (number(own[one].estimate, 3), interval(own[one].ci_lower, own[one].ci_upper, 3))
                        if one in own
                        else ("", "")
                    )
                ),
                whole(max(row.n_persons for row in own.values())),
            )
            for name, own in by_name.items()
        ],
        numbers=(*heads, "persons"),
        below="Beyond chance, the order of the levels counted: AC2 with quadratic weights, alpha with the ordinal metric. Alpha is "
        "low where nearly all get the same level, whatever the agreement.",
    )


def _severity(draft: Draft, material: Material, ratings: Ratings) -> None:
    report = attempt(rater_report, ratings, confidence=material.confidence)
    if isinstance(report, Absent):
        draft.lack("severity", WHAT["severity"], report.why)
        return
    known = report.severity_adjusted[~np.isnan(report.severity_adjusted)]
    draft.head("Severity and use of the scale")
    _rater_table(draft, report)
    if not len(known):
        draft.lack("severity", WHAT["severity"], "; ".join(dict.fromkeys(filter(None, report.reasons))))
        return
    span = float(known.max() - known.min())
    draft.find(
        f"The most severe and the most lenient of {counted(len(known), 'rater')} lie {number(span)} points apart on a criterion"
        + (
            f" ({number(span / report.standard_deviation)} SD of all ratings)."
            if report.standard_deviation > 0
            else "."
        )
    )
    add_pictures(draft, [partial(rater_severity, report, simulated=material.simulated)])
    draft.judge("Raters worth a second look", _flagged(report))
    draft.answer("severity")


def _rater_table(draft: Draft, report: RaterReport) -> None:
    heads = (
        "rater",
        "ratings",
        "shared persons",
        "severity",
        "interval",
        "spread",
        "weighted kappa",
        "exact",
        "halo",
        "of others",
    )
    draft.table(
        "Raters beside each other",
        heads,
        [
            (
                name,
                whole(report.n_ratings[i]),
                whole(report.n_shared_targets[i]),
                number(report.severity_adjusted[i]),
                interval(report.severity_adjusted_ci_lower[i], report.severity_adjusted_ci_upper[i]),
                number(report.spread_ratio[i]),
                number(report.weighted_kappa[i]),
                percent(report.exact_agreement[i]),
                number(report.halo[i]),
                number(report.halo_rest[i]),
            )
            for i, name in enumerate(report.rater_ids)
        ],
        numbers=heads[1:],
        below="Severity: points below the colleagues on the same work, colleagues balanced out; negative is lenient. Spread: own SD over "
        "that of the others. Weighted kappa: quadratic, with a colleague at random. Exact: share of the same level. Halo: "
        "mean correlation of the criteria, own and of the others.",
    )
    for reason in dict.fromkeys(filter(None, report.reasons)):
        draft.note(f"Not computed: {reason}.")


def _flagged(report: RaterReport) -> list[Judgement]:
    rules = {one.name: one for one in FLAGS}
    figures = {
        "few": ("shared persons", report.n_shared_targets),
        "severe": ("severity", report.severity_adjusted),
        "lenient": ("severity", report.severity_adjusted),
        "narrow": ("spread ratio", report.spread_ratio),
        "wide": ("spread ratio", report.spread_ratio),
        "disagrees": ("weighted kappa", report.weighted_kappa),
        "halo": ("halo", report.halo),
        "drifts": ("drift", report.drift),
    }
    found = []
    for i, flags in enumerate(report.flags):
        for flag in filter(None, flags.split(", ")):
            name, values = figures[flag]
            value = whole(values[i]) if flag == "few" else number(values[i])
            found.append(
                of_flag(
                    report.rater_ids[i],
                    f"{name} {value}",
                    flag,
                    system="rule",
                    threshold=f"{flag}: {rules[flag].rule}",
                    source=rules[flag].source,
                )
            )
    return found


def _levels(draft: Draft, material: Material, ratings: Ratings) -> None:
    use = attempt(level_use, ratings)
    if isinstance(use, Absent):
        draft.gap("Use of the levels", use.why, "ratings")
        return
    hidden = small_cells(list(zip(use.item_id, use.criterion_id, strict=True)), use.n, material.least)
    rules = "; ".join(f"{flag}: {rule} ({source})" for flag, (rule, source) in LEVEL_RULES.items()) + "."
    rows = [
        (
            f"{use.item_id[i]}.{use.criterion_id[i]}",
            use.level[i],
            use.label[i],
            *(
                (HIDDEN,) * 3
                if hidden[i]
                else (
                    whole(use.n[i]),
                    percent(float(use.share[i])),
                    f"{use.raters_using[i]} of {use.n_raters[i]}",
                )
            ),
            "" if hidden[i] else use.flags[i],
        )
        for i in range(len(use.level))
    ]
    draft.table(
        "Use of the levels",
        ("criterion", "level", "label", "ratings", "share", "raters who gave it", "flag"),
        rows,
        numbers=("ratings", "share"),
        below=f"{sentence(hidden_note(material.least, 'ratings'))} {rules}" if hidden.any() else rules,
    )


def _points(limits: list[float]) -> str:
    return f"{named([exact(one) for one in limits])} {'point' if limits == [1] else 'points'}"


def _adjudication(draft: Draft, ratings: Ratings) -> None:
    queue = attempt(adjudication_queue, ratings)
    if isinstance(queue, Absent):
        draft.lack("adjudication", WHAT["adjudication"], queue.why)
        return
    if not queue.n_compared:
        draft.lack("adjudication", WHAT["adjudication"], "no work was rated by two raters or more", TWO)
        return
    n = len(queue.gaps)
    limits = sorted(set(queue.limits))
    from_ = f" ({_points(limits)} or more)" if limits else ""
    draft.head("Adjudication")
    draft.say(
        f"{n:,} of {counted(queue.n_compared, 'doubly rated criterion', 'doubly rated criteria')} ({percent(n / queue.n_compared, 1)}) {'has' if n == 1 else 'have'} ratings too far apart"
        f"{from_} and {'goes' if n == 1 else 'go'} to adjudication."
    )
    by_criterion = Counter(queue.criterion_ids)
    draft.table(
        "To adjudicate, by criterion",
        ("criterion", "cases"),
        [
            (name, whole(count))
            for name, count in sorted(by_criterion.items(), key=lambda one: (-one[1], one[0]))
        ],
        numbers=("cases",),
    )
    draft.answer("adjudication")
