"""What tests of runs on Dask and on Spark share: what must come out is what comes out in memory."""

from __future__ import annotations

import datetime

import numpy as np
import pyarrow as pa
from batches_for_tests import FOUR, RUBRIC, open_batches, ratings

import psychometrics as pm
from psychometrics.runs import BatchRun, run_batches

STRATA = ["gender", "region", "age:18,30,65"]
ABOUT = {"description": "nobody"}
DAY = datetime.date(2026, 1, 2)
MANY_SCALES = "dass-21"


def plain(table: pa.Table) -> pa.Table:
    """Return the table with texts in place of dictionaries and of large or view texts."""
    kinds = []
    for field in table.schema:
        kind = field.type.value_type if pa.types.is_dictionary(field.type) else field.type
        kinds.append(
            (
                field.name,
                pa.string() if pa.types.is_large_string(kind) or pa.types.is_string_view(kind) else kind,
            )
        )
    return table.cast(pa.schema(kinds))


def bits(table: pa.Table) -> dict[str, list[object]]:
    """Return the cells; numbers with a point as their bits."""
    out: dict[str, list[object]] = {}
    for name in table.column_names:
        column = table.column(name)
        if pa.types.is_floating(column.type):
            values = column.cast(pa.float64()).fill_null(np.nan).to_numpy()
            out[name] = np.where(np.isnan(values), np.nan, values).view(np.int64).tolist()
        else:
            out[name] = column.to_pylist()
    return out


def same_rows(mine: pa.Table, others: pa.Table, keys: tuple[str, ...] = ()) -> None:
    """Assert that two tables hold the same cells, bit for bit; in any order where there are keys."""
    mine, others = plain(mine), plain(others)
    assert mine.column_names == others.column_names
    if keys:
        order = [(key, "ascending") for key in keys]
        mine, others = mine.sort_by(order), others.sort_by(order)
    assert bits(mine) == bits(others)


def same_run(run: BatchRun, table: pa.Table, **reading: object) -> None:
    """Assert that a run has found what is found in memory: counts, digest, norms, reliability."""
    responses = pm.read_responses(table, FOUR, **reading)
    scores = pm.score(FOUR, responses)
    local = run_batches(open_batches(table, FOUR, workers=1, **reading), norms_strata=run.strata.given)
    assert run.summary.pack() == local.summary.pack()
    assert run.source == local.source
    assert run.item_tally == pm.tally(FOUR, responses)
    if not run.strata.given:
        assert run.score_tally == pm.tally_scores(scores)
    if len(run.score_tally.counts):
        norms = run.build_norms(edition="x", provenance=ABOUT, day=DAY)
        others = pm.build_norms(scores, edition="x", provenance=ABOUT, strata=run.strata.given, day=DAY)
        assert norms.head == others.head
        same_rows(norms.to_arrow(), others.to_arrow())
    if run.retest_tally is None:
        same_rows(run.reliability().to_arrow(), local.reliability().to_arrow())
    if not run.strata.given and run.retest_tally is None:
        memory = pm.reliability(FOUR, pm.tally(FOUR, responses), scores=scores)
        same_rows(run.reliability().to_arrow(), memory.to_arrow())


def many_scales(n: int = 50) -> pa.Table:
    """Return answers to an instrument with scales whose names are not in the order of the alphabet."""
    rng = np.random.default_rng(1)
    items = pm.load_instrument(MANY_SCALES).item_ids
    columns = {
        item: pa.array(rng.integers(0, 4, n).astype(np.int8), mask=rng.random(n) < 0.05) for item in items
    }
    return pa.table({"person_id": [f"p{i:03d}" for i in range(n)], **columns})


def rated_answers(n: int = 60) -> pa.Table:
    """Return answers to the instrument with a task."""
    rng = np.random.default_rng(0)
    return pa.table(
        {
            "person_id": [str(i) for i in range(100, 100 + n)],
            **{q: rng.integers(0, 5, n) for q in ("q1", "q2")},
        }
    )


def same_rated(run: BatchRun, table: pa.Table, long: pa.Table) -> None:
    """Assert that a run with ratings has found what is found in memory."""
    judged = pm.read_ratings(long, RUBRIC)
    responses = pm.read_responses(table, RUBRIC)
    scores = pm.score(RUBRIC, responses, judged)
    assert run.n_rows == scores.n_rows
    assert run.item_tally == pm.tally(RUBRIC, responses)
    assert run.score_tally == pm.tally_scores(scores)
    assert run.rating_tally == pm.tally_ratings(judged)


def sitting(n: int, seed: int, *, rated: bool) -> tuple[pa.Table, pa.Table | None]:
    """Return answers of an occasion, and ratings where there are any; some persons have only the one or the other."""
    table = rated_answers(70)
    here = np.random.default_rng(seed).permutation(70)[:n]
    return table.take(pa.array(here)), ratings(80, seed) if rated else None


def retest_in_memory(*sittings: tuple[pa.Table, pa.Table | None]) -> pm.RetestTally:
    """Return the pairs of scores of two occasions that stand in memory."""
    scores = [
        pm.score(
            RUBRIC,
            pm.read_responses(table, RUBRIC),
            None if long is None else pm.read_ratings(long, RUBRIC),
        )
        for table, long in sittings
    ]
    return pm.tally_retest(*scores)
