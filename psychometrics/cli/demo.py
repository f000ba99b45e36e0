"""``psychometrics demo``: the flagship instrument end to end on its simulated sample."""

from __future__ import annotations

from importlib.resources.abc import Traversable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from psychometrics import catalog
from psychometrics.cli.common import tables
from psychometrics.instrument import Instrument, load_instrument
from psychometrics.report.files import write_result
from psychometrics.report.ruler import ruler, ruler_head
from psychometrics.report.tables import format_number, format_rank, rows_table
from psychometrics.responses import Ratings, Responses, read_ratings, read_responses
from psychometrics.scoring import Scores, score

if TYPE_CHECKING:
    from psychometrics.evidence.overview.table import InstrumentReliability
    from psychometrics.norming import NormedScores

FLAGSHIP = "skill-rust-backend"
EDITION = "simulated-2026"
SHOWN = 3


def demo(
    out: Annotated[
        Path | None,
        typer.Option("--out", help="Folder for the score table, the profile and the reliability table."),
    ] = None,
) -> None:
    """Run the flagship instrument end to end on the shipped, simulated sample."""
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
    if out is not None:
        for name, result in (("scores.csv", scores), ("profile.csv", profile), ("reliability.csv", evidence)):
            write_result(result, out / name)
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
    wanted = [cut.scale for cut in instrument.definition.cuts]
    cuts = {cut.scale: cut for cut in instrument.definition.cuts}
    margins = dict(zip(scores.scale_ids, scores.margins(), strict=True))
    for row in _three(profile, wanted):
        name = scores.persons.column("person_id")[row].as_py()
        lines = []
        for scale_id in wanted:
            place = profile.scale_ids.index(scale_id)
            raw, cut = scores.of(scale_id)[row], cuts[scale_id]
            rank, low, high = (
                float(a[place, row])
                for a in (profile.percentile_rank, profile.percentile_lower, profile.percentile_upper)
            )
            error = margins[scale_id]
            scale = instrument.scale(scale_id)
            low_score, high_score = max(raw - error, scale.minimum), min(raw + error, scale.maximum)
            between = f"{format_number(low_score, 0)} to {format_number(high_score, 0)}"
            met = "met" if raw >= float(cut.at) else "not met"
            lines.append(
                [
                    scale_id,
                    format_number(raw, 1),
                    between,
                    ruler(rank, low, high),
                    format_rank(rank),
                    f"{cut.at}: {met}",
                ]
            )
        head = ["level", "score", "95% score", ruler_head(), "rank", "cut"]
        say.print(
            rows_table(
                head,
                lines,
                title=f"{name}  (percentile rank in the SIMULATED norm sample, n = {profile.norm_n[0, row]:.0f})",
                right=["score", "rank"],
            )
        )
    say.print(
        "● percentile rank   ─ 95% interval from the size of the norm sample   + quarters of 0..100",
        markup=False,
    )
    say.print(
        "Each level is screened on its own: a cut met says nothing about the other levels.\n", markup=False
    )


def _three(profile: NormedScores, wanted: list[str]) -> list[int]:
    """Return the rows of a low, a middle and a high person."""
    import numpy as np

    ranks = profile.percentile_rank[[profile.scale_ids.index(scale_id) for scale_id in wanted]].mean(axis=0)
    order = np.argsort(ranks)
    there = int(np.count_nonzero(~np.isnan(ranks)))
    return [int(order[int(there * share)]) for share in (0.15, 0.5, 0.9)][:SHOWN]


def _show_evidence(say: Console, evidence: InstrumentReliability, notes: tuple[str, ...]) -> None:
    shown = ("coefficient_alpha", "icc_a1", "icc(A,1)", "icc(A,k)")
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
        if row.statistic in shown
    ]
    names = ["scale or task", "about", "statistic", "estimate", "95% interval", "n", "SEM"]
    say.print(
        rows_table(names, rows, title="How far to trust it (SIMULATED)", right=["estimate", "n", "SEM"])
    )
    for note in notes:
        say.print(f"note: {note}", markup=False)


def _show_files(say: Console, out: Path | None) -> None:
    say.print("Where it is", style="bold")
    say.print(f"  definition  {catalog.find_instrument(FLAGSHIP).where}", markup=False, soft_wrap=True)
    say.print(
        f"  norms       {catalog.find_norms(f'{FLAGSHIP}/{EDITION}').where}", markup=False, soft_wrap=True
    )
    if out is not None:
        say.print(
            f"  written     {out}/scores.csv, profile.csv, reliability.csv", markup=False, soft_wrap=True
        )
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
