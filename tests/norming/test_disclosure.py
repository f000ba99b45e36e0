"""Nobody can be read off what is shown, and a check says what an edition gives away."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import psychometrics as pm
from psychometrics.errors import NormError
from psychometrics.norming.editions.compare import compare_norms
from psychometrics.norming.editions.disclosure import disclosure_check, small_differences
from psychometrics.norming.editions.suppression import hidden_cells
from psychometrics.norming.weighting.weighting import rake

DAY = date(2026, 11, 1)


def build(sizes: dict[tuple[str, ...], int], *, edition: str = "e", simulated: bool = False) -> pm.Norms:
    """Build an edition with so many people in each stratum, scores 1, 2, 3, 1, 2, ..."""
    rows = [(key, 1.0 + i % 3) for key, n in sizes.items() for i in range(n)]
    names = [f"v{i}" for i in range(len(next(iter(sizes))))]
    table = {"x": [score for _, score in rows]}
    table |= {name: [key[i] for key, _ in rows] for i, name in enumerate(names)}
    return pm.build_norms(
        table,
        scale="x",
        edition=edition,
        provenance={"description": "made-up people"},
        strata=names,
        simulated=simulated,
        day=DAY,
    )


def rules(norms: pm.Norms, **more: object) -> set[str]:
    return {one.rule for one in disclosure_check(norms, **more).findings}  # type: ignore[arg-type]


def test_large_groups_have_no_findings() -> None:
    check = disclosure_check(build({("f",): 300, ("m",): 400}))
    assert check.findings == ()
    assert check.sentence() == "Nothing here is about fewer than 10 people."
    assert check.to_frame().empty


def test_small_groups_are_found_and_not_shown() -> None:
    norms = build({("f",): 300, ("m",): 9})
    assert rules(norms) == {"small_group", "recoverable"}
    frame = norms.to_frame()
    assert frame["n"].isna().all(), "the other group would give the small one away"
    assert frame["reason"].tolist() == [
        "not shown: with the total it would give away fewer than 10 people",
        "fewer than 10 people: not shown",
    ]
    assert norms.to_dict()["rows"][1]["mean"] is None
    assert build({("f",): 300, ("m",): 10}).to_frame()["n"].tolist() == [300, 10]
    assert norms.columns(smallest=5)["n"] == [300.0, 9.0]


def test_simulated_people_need_no_protection() -> None:
    norms = build({("f",): 3, ("m",): 1}, simulated=True)
    assert norms.to_frame()["n"].tolist() == [3, 1]
    check = disclosure_check(norms)
    assert check.findings == ()
    assert "SIMULATED" in check.sentence()


sizes = st.lists(st.integers(0, 30), min_size=6, max_size=6).filter(lambda n: sum(n) > 0)


@settings(max_examples=80, deadline=None)
@given(sizes)
def test_no_total_gives_a_small_group_away(numbers: list[int]) -> None:
    """Whatever row, column or whole is added up, its hidden people are none or at least 10, or all of it is hidden."""
    keys = [(a, b) for a in ("f", "m") for b in ("1", "2", "3")]
    norms = build({key: n for key, n in zip(keys, numbers, strict=True) if n})
    hidden = {key for key, _ in hidden_cells(norms)}
    held = {key: cell.n for (key, _), cell in norms.cells.items()}
    assert {key for key, n in held.items() if n is not None and n < 10} <= hidden
    lines = [
        [key for key in held if key[place] == label] for place in (0, 1) for label in {k[place] for k in held}
    ]
    for line in [*lines, list(held)]:
        gone = [held[key] or 0 for key in line if key in hidden]
        assert not gone or sum(gone) >= 10 or len(gone) == len(line)


def test_one_score_for_all_and_one_person_at_an_end() -> None:
    table = {"x": [5.0] * 40 + [1.0] + [2.0] * 40, "g": ["a"] * 40 + ["b"] * 41}
    norms = pm.build_norms(
        table, scale="x", edition="e", provenance={"description": "made-up people"}, strata=["g"], day=DAY
    )
    check = disclosure_check(norms)
    assert [(one.rule, one.severity, one.stratum) for one in check.findings] == [
        ("same_score", "reveals", "a"),
        ("single_at_end", "rare", "b"),
    ]
    frame = norms.to_frame()
    assert frame["minimum"].tolist()[0] == 5
    assert np.isnan(frame["minimum"][1]), "one person holds it"
    assert frame["maximum"].tolist() == [5, 2]


def test_the_difference_of_parent_and_child_is_found() -> None:
    parent = build({("f",): 300, ("m",): 400})
    gone = build({("m",): 1})
    gone = pm.Norms(
        head=gone.head.model_copy(update={"strata": parent.head.strata}), cells=gone.cells, source=gone.source
    )
    child = parent.remove(gone, edition="child", day=DAY)
    assert rules(child) == set()
    check = disclosure_check(child, against=[parent])
    (found,) = check.reveals
    assert (found.rule, found.stratum, found.n) == ("subtraction", "m", 1)
    assert small_differences(child, parent, 10) == {(("m",), "x"): 1}
    assert small_differences(child, parent.over([]), 10) == {((), "x"): 1}
    assert small_differences(child, pm.load_norms("phq-9/de-2013"), 10) == {}
    compared = compare_norms(parent, child).to_frame()
    assert compared["n_first"].tolist()[0] == 300
    assert compared.loc[1, ["n_first", "n_second", "mean_first", "shift"]].isna().all()
    assert compared["reason"][1] == "the editions differ by fewer than 10 people here: not shown"


def test_small_weight_cells_are_found() -> None:
    table = {"x": [1.0, 2.0, 3.0] * 20, "g": ["a"] * 55 + ["b"] * 5}
    weights = rake(table, {"g": {"a": 0.5, "b": 0.5}})
    norms = pm.build_norms(
        table, scale="x", edition="e", provenance={"description": "made-up people"}, weights=weights, day=DAY
    )
    assert "small_weight_cell" in rules(norms)


def test_saving_can_be_refused(tmp_path: Path) -> None:
    norms = build({("f",): 300, ("m",): 9})
    with pytest.raises(NormError, match="scores of few people can be read off") as caught:
        norms.save(tmp_path, disclosure="refuse")
    assert [problem.what for problem in caught.value.problems] == ["small_group: 9 people"]
    assert not list(tmp_path.glob("e.*"))
    norms.save(tmp_path)
    more = build({("f",): 40, ("m",): 40}, edition="f")
    more.save(tmp_path, disclosure="refuse")
    one = build({("f",): 1, ("m",): 20}, edition="g")
    with pytest.raises(NormError, match="subtraction"):
        more.merge(one, edition="h", day=DAY).save(tmp_path, disclosure="refuse")
    with pytest.raises(NormError, match="is not known"):
        more.save(tmp_path, disclosure="maybe")  # type: ignore[arg-type]


def test_published_figures_and_bad_calls() -> None:
    check = disclosure_check(pm.load_norms("phq-9/de-2013"))
    assert check.findings == ()
    with pytest.raises(NormError, match="smallest 1"):
        disclosure_check(build({("f",): 30}), smallest=1)
