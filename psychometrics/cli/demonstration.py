"""What ``psychometrics demo`` does and prints."""

from __future__ import annotations

import math
from importlib.resources.abc import Traversable
from pathlib import Path
from statistics import NormalDist
from typing import TYPE_CHECKING

from rich.console import Console

from psychometrics import catalog
from psychometrics.cli.common import tables
from psychometrics.instrument import Instrument, load_instrument
from psychometrics.report.files import write_result
from psychometrics.report.person.rounding import HARDLY_ANY, NEARLY_ALL, in_100
from psychometrics.report.ruler import ruler, ruler_head
from psychometrics.report.tables import rows_table
from psychometrics.responses import Ratings, Responses, read_ratings, read_responses
from psychometrics.result import format_number, format_rank
from psychometrics.scoring import Scores, score

if TYPE_CHECKING:
    from psychometrics.evidence.overview.table import InstrumentReliability
    from psychometrics.evidence.stability.occasions import Stability
    from psychometrics.norming import NormedScores

FLAGSHIP = "skill-rust-backend"
EDITION = "simulated-2026"
SHOWN = 3
PAGE = "result-page.html"
MANUAL = "manual.html"


def demonstrate(out: Path) -> None:
    """Score, place and judge the sample, print what comes of it, and write the tables, a page and the manual."""
    from psychometrics.evidence.overview.reliability import reliability
    from psychometrics.evidence.stability.occasions import test_retest
    from psychometrics.norming import load_norms

    say = tables()
    instrument = load_instrument(FLAGSHIP)
    answers, judged = _sample(instrument, "")
    scores = score(instrument, answers, judged)
    again = score(instrument, *_sample(instrument, ".retest"))
    stability = test_retest(scores, again, tests=False)
    evidence = reliability(instrument, answers, judged, scores=scores, retest=stability)
    scores = scores.with_standard_errors(evidence.standard_errors())
    profile = load_norms(f"{FLAGSHIP}/{EDITION}").apply(scores)
    _show_question(say, instrument, answers, judged)
    _show_people(say, instrument, scores, profile)
    _show_evidence(say, evidence, stability.notes)
    for name, result in (("scores.csv", scores), ("profile.csv", profile), ("reliability.csv", evidence)):
        write_result(result, out / name)
    _write_page(out, scores, profile, answers, judged, evidence, stability)
    _write_manual(out, instrument, answers, judged, evidence, stability)
    _show_files(say, out)


def _sample(instrument: Instrument, part: str) -> tuple[Responses, Ratings]:
    folder = catalog.root("norms") / FLAGSHIP
    return (
        read_responses(_path(folder / f"{EDITION}{part}.responses.csv.gz"), instrument),
        read_ratings(_path(folder / f"{EDITION}{part}.ratings.csv.gz"), instrument),
    )


def _path(file: Traversable) -> Path:
    return Path(str(file))


def _show_question(say: Console, instrument: Instrument, answers: Responses, judged: Ratings) -> None:
    say.print(f"{instrument.title}  ({instrument.name})", style="bold", markup=False)
    say.print(instrument.definition.construct_text, markup=False)
    say.print(
        f"Asked: {len(instrument.items)} statements and {len({c.item_id for c in instrument.criteria})} tasks, "
        f"judged on {len(instrument.criteria)} criteria.",
        markup=False,
    )
    say.print(
        f"SIMULATED sample: {answers.n_rows:,} people, {len(judged.levels):,} ratings by {len(judged.rater_ids)} raters. "
        "No person stands behind these numbers.",
        style="bold",
        markup=False,
    )


def _show_people(say: Console, instrument: Instrument, scores: Scores, profile: NormedScores) -> None:
    cuts = scores.cuts()
    chance, errors = cuts.probability(), scores.errors()
    wanted = [cut.scale_id for cut in cuts.cuts]
    z = NormalDist().inv_cdf(0.5 + scores.confidence / 2)
    for row in _three(profile, wanted):
        name = scores.persons.column("person_id")[row].as_py()
        lines = []
        for place, cut in enumerate(cuts.cuts):
            normed = profile.scale_ids.index(cut.scale_id)
            raw = scores.of(cut.scale_id)[row]
            margin = z * errors[scores.scale_ids.index(cut.scale_id), row]
            rank, low, high = (
                float(a[normed, row])
                for a in (profile.percentile_rank, profile.percentile_lower, profile.percentile_upper)
            )
            scale = instrument.scale(cut.scale_id)
            low_score, high_score = max(raw - margin, scale.minimum), min(raw + margin, scale.maximum)
            between = f"{format_number(low_score, 0)} to {format_number(high_score, 0)}"
            met = "met" if cuts.met[place, row] == 1 else "not met"
            lines.append(
                [
                    cut.scale_id,
                    format_number(raw, 1),
                    between,
                    ruler(rank, low, high),
                    format_rank(rank),
                    f"{cut.at:g}: {met}",
                    _chance(chance[place, row]),
                ]
            )
        head = ["level", "score", "95% score", ruler_head(), "rank", "cut", "sure"]
        say.print(
            rows_table(
                head,
                lines,
                title=f"{name}  (percentile rank in the SIMULATED norm sample, n = {profile.norm_n[0, row]:.0f})",
                right=["score", "rank", "sure"],
                important=["level", "score", ruler_head(), "rank", "cut", "sure"],
                whole=[ruler_head()],
            )
        )
    say.print(
        "● percentile rank   ─ 95% interval from the size of the norm sample   + quarters of 0..100   "
        "sure: probability that the true score reaches the cut",
        markup=False,
    )
    say.print(
        "Each level is screened on its own: a cut met says nothing about the other levels.\n", markup=False
    )


def _chance(probability: float) -> str:
    """Write a probability by the rule of the result page; blank where the error of the score is not known."""
    if math.isnan(probability):
        return ""
    number = in_100(probability)
    return {HARDLY_ANY: "<1%", NEARLY_ALL: ">99%"}.get(number, f"{number}%")


def _three(profile: NormedScores, wanted: list[str]) -> list[int]:
    """Return the rows of a low, a middle and a high person."""
    import numpy as np

    ranks = profile.percentile_rank[[profile.scale_ids.index(scale_id) for scale_id in wanted]].mean(axis=0)
    order = np.argsort(ranks)
    there = int(np.count_nonzero(~np.isnan(ranks)))
    return [int(order[int(there * share)]) for share in (0.15, 0.5, 0.9)][:SHOWN]


def _show_evidence(say: Console, evidence: InstrumentReliability, notes: tuple[str, ...]) -> None:
    rows = [
        [
            row.scale_id,
            row.evidence,
            row.statistic,
            format_number(row.estimate, 2),
            f"{format_number(row.ci_lower, 2)} to {format_number(row.ci_upper, 2)}",
            f"{row.n_persons:,}",
            format_number(row.standard_error_of_measurement, 1),
        ]
        for row in evidence.rows
        if row.read_first or row.statistic == "icc_a1"
    ]
    names = ["scale or task", "about", "statistic", "estimate", "95% interval", "n", "SEM"]
    say.print(
        rows_table(
            names,
            rows,
            title="How far to trust it (SIMULATED)",
            right=["estimate", "n", "SEM"],
            important=["scale or task", "statistic", "estimate", "95% interval", "n"],
        )
    )
    for note in notes:
        say.print(f"note: {note}", markup=False)


def _write_page(
    out: Path,
    scores: Scores,
    profile: NormedScores,
    answers: Responses,
    judged: Ratings,
    evidence: InstrumentReliability,
    stability: Stability,
) -> None:
    from psychometrics.report.person.building import report_person

    middle = _three(profile, list(profile.scale_ids))[1]
    page = report_person(
        scores,
        scores.persons.column("person_id")[middle].as_py(),
        norms=profile,
        responses=answers,
        ratings=judged,
        reliability=evidence,
        stability=stability,
    )
    page.write(out / PAGE)


def _write_manual(
    out: Path,
    instrument: Instrument,
    answers: Responses,
    judged: Ratings,
    evidence: InstrumentReliability,
    stability: Stability,
) -> None:
    from psychometrics.report.manual.build import technical_manual

    manual = technical_manual(
        instrument, answers, judged, retest=stability, reliability=evidence, simulated=True
    )
    manual.write(out / MANUAL)


def _show_files(say: Console, out: Path) -> None:
    where = [
        ("definition", catalog.find_instrument(FLAGSHIP).where),
        ("norms", catalog.find_norms(f"{FLAGSHIP}/{EDITION}").where),
        ("tables", f"{out}/scores.csv, profile.csv, reliability.csv"),
        ("result page", f"{out}/{PAGE}  (one person of the SIMULATED sample)"),
        ("manual", f"{out}/{MANUAL}"),
    ]
    say.print("Where it is", style="bold")
    for name, place in where:
        say.print(f"  {name:<13}{place}", markup=False, soft_wrap=True)
    say.print("\nThe same in Python", style="bold")
    say.print(
        f'  scores = pm.score("{FLAGSHIP}", pm.read_responses("responses.csv", "{FLAGSHIP}"), pm.read_ratings("ratings.csv", "{FLAGSHIP}"))',
        markup=False,
        soft_wrap=True,
    )
    say.print(
        f'  profile = pm.load_norms("{FLAGSHIP}/{EDITION}").apply(scores)', markup=False, soft_wrap=True
    )
    say.print("  print(profile.to_frame())", markup=False)
