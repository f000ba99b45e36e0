"""Norm samples grow old: 15 years outdated, 20 years no longer usable."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

import psychometrics as pm
from psychometrics.errors import NormError
from psychometrics.norming.editions.ageing import collection_end, edition_age, last_date


def build(**provenance: str) -> pm.Norms:
    return pm.build_norms(
        {"x": [1, 2, 3]},
        scale="x",
        edition="e",
        provenance={"description": "three made-up people", **provenance},
        day=date(2026, 1, 1),
    )


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("2006-05-05 to 2006-06-08", date(2006, 6, 8)),
        ("2003 to 2008", date(2008, 12, 31)),
        ("2003-2008", date(2008, 12, 31)),
        ("spring of 2019", date(2019, 12, 31)),
        ("2024-02", date(2024, 2, 29)),
        ("2024-02-31", date(2024, 2, 29)),
        ("school year 2025/26", date(2026, 12, 31)),
        ("school year 1999/00", date(2000, 12, 31)),
        ("2010/44", date(2010, 12, 31)),
        ("between 1998-11 and 2001-03", date(2001, 3, 31)),
        ("not stated in the source read", None),
        ("simulated; the dates in the files are simulated too", None),
        ("room 12005, code 3201999", None),
        ("", None),
    ],
)
def test_dates_are_read_from_words(text: str, end: date | None) -> None:
    assert last_date(text) == end


def test_an_edition_is_as_old_as_its_oldest_period() -> None:
    assert collection_end("2010-03; 2025") == date(2010, 3, 31)
    assert collection_end("2025; not known") == date(2025, 12, 31)
    old, new = build(collected="2010"), build(collected="2025")
    merged = old.merge(new, edition="m", day=date(2026, 1, 1))
    assert merged.head.population.collected == "2010; 2025"
    assert edition_age(merged.head, today=date(2026, 6, 1)).verdict == "outdated"
    again = merged.merge(new, edition="n", day=date(2026, 1, 1))
    assert again.head.population.collected == "2010; 2025"
    assert merged.remove(new, edition="o").head.population.collected == "2010; 2025"


@pytest.mark.parametrize(
    ("today", "verdict"),
    [
        (date(2009, 1, 1), "current"),
        (date(2025, 5, 20), "current"),
        (date(2025, 5, 21), "outdated"),
        (date(2030, 5, 20), "outdated"),
        (date(2030, 5, 21), "unusable"),
    ],
)
def test_the_limits_are_15_and_20_years_to_the_day(today: date, verdict: str) -> None:
    age = edition_age(build(collected="2010-05-20").head, today=today)
    assert age.verdict == verdict
    assert age.basis == "collected"
    assert age.years >= 0


def test_a_leap_day_has_its_anniversary_in_march() -> None:
    head = build(collected="2008-02-29").head
    assert edition_age(head, today=date(2023, 3, 1)).verdict == "current"
    assert edition_age(head, today=date(2023, 3, 2)).verdict == "outdated"


def test_release_or_first_step_stand_in_for_the_collection() -> None:
    released = build(released="2005")
    assert edition_age(released.head, today=date(2026, 1, 1)).basis == "released"
    built = build(released="2027")
    assert edition_age(built.head, today=date(2026, 1, 1)).basis == "built"
    assert "when the data were collected is not stated" in edition_age(built.head).sentence()
    undated = built.head.model_copy(update={"released": None, "history": []})
    unknown = edition_age(undated)
    assert unknown.verdict == "unknown"
    assert np.isnan(unknown.years)
    assert "nobody can say" in unknown.sentence()


def test_merging_does_not_make_an_undated_edition_young() -> None:
    old = build(released="2004-01-01")
    aged = old.head.model_copy(
        update={"history": [old.head.history[0].model_copy(update={"date": "2004-01-01"})]}
    )
    merged = pm.Norms(head=aged, cells=old.cells, source=old.source).merge(build(), edition="m")
    assert edition_age(merged.head, today=date(2026, 1, 1)).verdict == "unusable"


def test_every_result_carries_the_note_and_20_years_are_refused_unless_allowed() -> None:
    norms = build(collected="2010")
    note = norms.apply({"x": [2]}, today=date(2027, 1, 1)).to_frame()["note"][0]
    assert "outdated: the norm sample is more than 15 years old" in note
    assert "old" not in norms.apply({"x": [2]}, today=date(2025, 12, 31)).to_frame()["note"][0]
    with pytest.raises(NormError, match=r"(?s)no longer usable.*outdated=\"allow\""):
        norms.apply({"x": [2]}, today=date(2031, 1, 1))
    forced = norms.apply({"x": [2]}, today=date(2031, 1, 1), outdated="allow")
    assert "no longer usable" in forced.to_frame()["note"][0]
    assert ("outdated", "allow") in forced.source.options
    assert (
        forced.percentile_rank.tolist()
        == norms.apply({"x": [2]}, today=date(2020, 1, 1)).percentile_rank.tolist()
    )
    with pytest.raises(NormError, match="is not known"):
        norms.apply({"x": [2]}, outdated="maybe")


def test_a_note_changes_with_the_verdict_not_with_the_day() -> None:
    norms = build(collected="2020")
    frames = [norms.apply({"x": [2]}, today=day).to_dict() for day in (date(2026, 1, 1), date(2035, 12, 31))]
    assert frames[0] == frames[1]


def test_an_unknown_age_is_said() -> None:
    norms = build()
    head = norms.head.model_copy(update={"released": None, "history": []})
    undated = pm.Norms(head=head, cells=norms.cells, source=norms.source)
    assert "age of the norm sample is not known" in undated.apply({"x": [2]}).to_frame()["note"][0]


def test_shipped_editions_on_a_given_day() -> None:
    ages = {
        name: edition_age(pm.load_norms(name).head, today=date(2026, 11, 1)).verdict
        for name in ("gad-7/de-2008", "phq-9/de-2013", "ipip-neo-120/johnson", "sus/percentile-points")
    }
    assert ages == {
        "gad-7/de-2008": "unusable",
        "phq-9/de-2013": "outdated",
        "ipip-neo-120/johnson": "outdated",
        "sus/percentile-points": "current",
    }
