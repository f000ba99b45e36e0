"""``psychometrics items``: item analysis and key check."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from psychometrics.cli.common import (
    InstrumentArgument,
    InvalidOption,
    MissingColumnsOption,
    MissingOption,
    OccasionOption,
    OutOption,
    PersonOption,
    RatingMissingOption,
    RatingsOption,
    RenameOption,
    ResponsesArgument,
    check_rating_codes,
    check_suffix,
    deliver,
    read_input,
    show_table,
    tables,
    words,
)
from psychometrics.cli.engines import (
    ClusterOption,
    EngineOption,
    MemoryOption,
    batches_of,
    choose_engine,
    run_engine,
)
from psychometrics.cli.inputs import check_paths
from psychometrics.errors import EstimationError

if TYPE_CHECKING:
    from psychometrics.evidence.items.analysis import InstrumentItems
    from psychometrics.evidence.items.keys import KeyCheck
    from psychometrics.evidence.items.levels import LevelUse
    from psychometrics.evidence.items.options import OptionUse

SHOWN = (
    "scale_id",
    "item_id",
    "n",
    "n_missing",
    "mean",
    "sd",
    "item_proportion",
    "item_rest_correlation",
    "ci_lower",
    "ci_upper",
    "discrimination_index",
    "alpha_if_dropped",
    "omega_if_dropped",
    "flags",
)
"""Columns for people; ``--out`` writes all of them."""
IMPORTANT = ("scale_id", "item_id", "n", "mean", "item_rest_correlation", "flags", "sd", "alpha_if_dropped")
OPTION_COLUMNS = (
    "item_id",
    "option",
    "flags",
    "n",
    "share",
    "mean_rest",
    "rest_correlation",
    "scale_id",
    "label",
)
LEVEL_COLUMNS = (
    "item_id",
    "criterion_id",
    "level",
    "flags",
    "n",
    "share",
    "n_raters",
    "raters_using",
    "label",
)
MOST = 8


def items_command(
    instrument: InstrumentArgument,
    responses: ResponsesArgument,
    ratings: RatingsOption = None,
    out: OutOption = None,
    missing_code: MissingOption = None,
    rating_missing_code: RatingMissingOption = None,
    invalid: InvalidOption = "error",
    missing_columns: MissingColumnsOption = "error",
    person: PersonOption = "person_id",
    occasion: OccasionOption = "occasion",
    rename: RenameOption = None,
    engine: EngineOption = None,
    memory: MemoryOption = "1GiB",
    cluster: ClusterOption = None,
) -> None:
    """Analyse every item, option and rubric level, and hold the data against the keys of the definition.

    --out F writes the items to F, the options to F.options.csv and the rubric levels to F.levels.csv (with the suffix
    of F). RESPONSES may be a folder or a glob of files (in quotes), read in batches. Then the items are analysed from counts; the key check needs the answers of persons, and rests.
    """
    from psychometrics.evidence.items.analysis import item_analysis
    from psychometrics.evidence.items.keys import check_keys

    check_rating_codes(rating_missing_code, ratings)
    check_paths(out, responses, ratings)
    check_suffix(out)
    chosen = choose_engine(engine, responses, ratings, memory=memory, cluster=cluster)
    if not chosen.in_memory:
        batches = batches_of(
            chosen,
            instrument,
            responses,
            ratings,
            missing_code=missing_code,
            rating_missing_code=rating_missing_code,
            invalid=invalid,
            missing_columns=missing_columns,
            person=person,
            occasion=occasion,
            rename=rename,
        )
        run = run_engine(chosen, batches)
        if not run.instrument.items:
            raise EstimationError(f"{run.instrument.name} has no items that a person answers")
        counted = item_analysis(run.instrument, run.item_tally, run.ratings)
        deliver(counted, out, show=_show)
        if out is not None and out != "-":
            _write_parts(counted, out)
        words().print("key check: not done, it needs the answers of persons", markup=False)
        return
    what, answers, judged = read_input(
        instrument,
        responses,
        ratings,
        missing_code=missing_code,
        rating_missing_code=rating_missing_code,
        invalid=invalid,
        missing_columns=missing_columns,
        person=person,
        occasion=occasion,
        rename=rename,
    )
    if answers is None:
        raise EstimationError(f"{what.name} has no items that a person answers")
    found = item_analysis(what, answers, judged)
    deliver(found, out, show=_show)
    if out is not None and out != "-":
        _write_parts(found, out)
    _say(check_keys(what, answers))


def _show(found: InstrumentItems) -> None:
    columns = [name for name in SHOWN if name != "scale_id" or len(found.scales) > 1]
    show_table(found, title=f"Items of {found.source.instrument}", columns=columns, important=IMPORTANT)
    _show_flagged(found.options, "Options to look at", OPTION_COLUMNS)
    _show_flagged(found.levels, "Rubric levels to look at", LEVEL_COLUMNS)


def _show_flagged(part: OptionUse | LevelUse | None, title: str, columns: Sequence[str]) -> None:
    """Print the rows with flags, at most ``MOST`` of them, and how many more there are."""
    import pyarrow as pa

    from psychometrics.report.tables import print_table

    if part is None or not any(part.flags):
        return
    flagged = part.to_arrow().filter(pa.array([flag != "" for flag in part.flags]))
    table = flagged.select([name for name in columns if name in flagged.column_names])
    print_table(table, tables(), title=title, limit=MOST, important=columns)


def _write_parts(found: InstrumentItems, out: str) -> None:
    """Write the tables of options and levels beside the table of items, and say so."""
    from psychometrics.report.files import write_result

    path = Path(out)
    for part, name in ((found.options, "options"), (found.levels, "levels")):
        if part is not None:
            beside = path.with_name(f"{path.name}.{name}{path.suffix}")
            write_result(part, beside)
            words().print(f"wrote {beside}", markup=False)


def _say(check: KeyCheck) -> None:
    where = f" (groups compared: {', '.join(check.groups)})" if check.groups else ""
    words().print(f"key check: {len(check.findings)} finding(s){where}", markup=False)
    for one in check.findings:
        place = " ".join(filter(None, [one.scale_id, one.item_id]))
        words().print(
            f"  {one.rule}, {place + ': ' if place else ''}{one.finding} {one.detail}", markup=False
        )
