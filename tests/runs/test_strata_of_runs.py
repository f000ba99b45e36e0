"""Persons in no stratum: norms leave them out, everything else does not, and the run says how many there are."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from batches_for_tests import FOUR, RUBRIC, answers, cut, open_batches, ratings, write

import psychometrics as pm
from psychometrics.runs import run_batches

ABOUT = {"description": "simulated"}


@pytest.mark.parametrize("strata", [["gender"], ["gender=f,m", "age:18,40"], ["region=none"]])
def test_reliability_is_that_of_all_persons(tmp_path: Path, strata: list[str]) -> None:
    table = answers(400, 5)
    folder = write(cut(table, [100, 101, 333]), tmp_path / "in")
    run = run_batches(open_batches(folder, FOUR), norms_strata=strata)
    responses = pm.read_responses(table, FOUR)
    whole = pm.reliability(FOUR, pm.tally(FOUR, responses), scores=pm.score(FOUR, responses), detail="all")
    assert run.reliability(detail="all").to_arrow().equals(whole.to_arrow())
    outside = run.summary.n_outside
    assert outside > 0
    assert f"{outside:,} of 400 people were in no stratum and are left out" in run.notes
    again = run_batches(open_batches(folder, FOUR), tmp_path / "out", norms_strata=strata)
    resumed = run_batches(open_batches(folder, FOUR), tmp_path / "out", norms_strata=strata)
    assert resumed.n_new == 0
    assert resumed.reliability().to_arrow().equals(again.reliability().to_arrow())


def test_without_strata_nobody_is_outside() -> None:
    run = run_batches(open_batches(answers(50), FOUR))
    assert "outside" not in run.summary.tallies
    assert not run.notes


@pytest.mark.parametrize("layout", ["long", "wide"])
def test_persons_in_no_stratum_of_the_norms_are_counted(tmp_path: Path, layout: str) -> None:
    table = answers(200, 1)
    known = table.filter(pa.compute.is_in(table.column("gender"), pa.array(["f", "m"])))
    sample = pm.score(FOUR, pm.read_responses(known, FOUR))
    norms = pm.build_norms(sample, edition="x", provenance=ABOUT, strata=["gender"])
    run = run_batches(
        open_batches(write(cut(table, [70]), tmp_path / "in"), FOUR),
        tmp_path / "out",
        norms=norms,
        layout=layout,
        tally=False,
    )
    n = 200 - known.num_rows
    assert n > 0
    assert f"{n} of 200 people are in no stratum of the norms" in run.notes


@pytest.mark.parametrize("many", [False, True])
@pytest.mark.parametrize("layout", ["long", "wide"])
def test_who_was_rated_only_is_in_no_stratum(
    tmp_path: Path, many: bool, layout: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if many:
        monkeypatch.setattr("psychometrics.runs.ratings.SPREAD", 10**9)
    table = pa.table(
        {
            "person_id": np.arange(100, 130),
            "age": np.arange(30),
            "group": pa.array(["a", "b", None] * 10).dictionary_encode(),
            **{q: np.arange(30) % 5 for q in ("q1", "q2")},
        }
    )
    folder = write([table.slice(0, 12), table.slice(12)], tmp_path / "in")
    batches = open_batches(folder, RUBRIC, ratings=ratings(40), columns=["age", "group"])
    run = run_batches(batches, tmp_path / "out", norms_strata=["age:10,20,30", "group"], layout=layout)
    assert run.summary.n_outside == run.n_rows - int(
        np.count_nonzero((np.arange(30) >= 10) & (np.arange(30) % 3 < 2))
    )
