"""Who would be told something else under another edition."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

import psychometrics as pm
from psychometrics.errors import NormError
from psychometrics.norming.editions.renorming import who_changes_band

DAY = date(2026, 11, 1)


def build(scores: list[float], edition: str, *, simulated: bool = True) -> pm.Norms:
    return pm.build_norms(
        {"x": scores, "g": ["a", "b"] * (len(scores) // 2)},
        scale="x",
        edition=edition,
        provenance={"description": "made-up people"},
        strata=["g"],
        simulated=simulated,
        day=DAY,
    )


LOW = build([float(i // 2) for i in range(200)], "low")
HIGH = build([float(i // 2) + 10 for i in range(200)], "high")
PEOPLE = {"person_id": ["p1", "p2", "p3", "p4"], "x": [27.0, 60.0, 90.0, None], "g": ["a", "b", "a", "b"]}


def test_ranks_bands_and_changes_of_every_person() -> None:
    found = who_changes_band(PEOPLE, LOW, HIGH, ranks=[25, 75], labels=["low", "middle", "high"], today=DAY)
    frame = found.to_frame()
    assert frame["person_id"].tolist() == ["p1", "p2", "p3", "p4"]
    assert frame["percentile_old"].tolist()[:3] == pytest.approx([27.5, 60.5, 90.5], rel=1e-12)
    assert frame["percentile_new"].tolist()[:3] == pytest.approx([17.5, 50.5, 80.5], rel=1e-12)
    assert frame["rank_change"].tolist()[:3] == pytest.approx([-10, -10, -10], rel=1e-12)
    assert frame["band_old"].tolist()[:3] == ["middle", "middle", "high"]
    assert frame["band_new"].tolist()[:3] == ["low", "middle", "high"]
    assert frame["changes_band"].tolist()[:3] == [1, 0, 0]
    assert frame["reason"][3] == "no percentile rank in one of the editions"
    assert np.isnan(frame["changes_band"][3])
    assert "SIMULATED" in repr(found)
    assert "1 of 3 change band" in repr(found)


def test_lower_edges_are_included() -> None:
    tens = build([float(i // 20) for i in range(200)], "tens")
    found = who_changes_band({"x": [2.0, 3.0], "g": ["a", "a"]}, tens, tens, ranks=[25, 35], today=DAY)
    assert found.band_old[0].tolist() == ["25 to below 35", "35 and above"]


def test_summary_by_stratum() -> None:
    summary = who_changes_band(PEOPLE, LOW, HIGH, ranks=[25, 75], today=DAY).summary().to_frame()
    assert summary["stratum"].tolist() == ["whole sample", "a", "b"]
    assert summary["n"].tolist() == [3, 2, 1]
    assert summary["share_changed"].tolist() == pytest.approx([1 / 3, 1 / 2, 0])
    assert summary["n_down"].tolist() == [1, 1, 0]
    assert summary["largest_rank_change"].tolist() == pytest.approx([-10, -10, -10], rel=1e-12)


def test_the_same_edition_changes_nothing() -> None:
    found = who_changes_band(PEOPLE, LOW, LOW, ranks=[10, 50, 90], today=DAY)
    assert np.nansum(np.abs(found.rank_change)) == 0
    assert found.summary().to_frame()["n_changed"].sum() == 0


def test_without_bands_the_reason_says_so() -> None:
    frame = who_changes_band(PEOPLE, LOW, HIGH, today=DAY).to_frame()
    assert "give ranks" in frame["reason"][0]
    assert frame["rank_change"][0] == pytest.approx(-10, rel=1e-12)


def test_small_groups_of_real_people_are_not_in_the_summary() -> None:
    real = [build([float(i // 2) for i in range(200)], name, simulated=False) for name in ("one", "two")]
    summary = who_changes_band(PEOPLE, *real, ranks=[50], today=DAY).summary().to_frame()
    assert summary["n"].isna().all()
    assert summary["reason"][0] == "fewer than 10 people: not shown"


def test_bands_and_cuts_of_an_instrument() -> None:
    norms = pm.load_norms("skill-rust-backend/simulated-2026")
    folder = "norms/skill-rust-backend/simulated-2026"
    from pathlib import Path

    root = Path(__file__).resolve().parents[2]
    instrument = pm.load_instrument("skill-rust-backend")
    scores = pm.score(
        instrument,
        pm.read_responses(str(root / f"{folder}.responses.csv.gz"), instrument),
        pm.read_ratings(str(root / f"{folder}.ratings.csv.gz"), instrument),
    )
    found = who_changes_band(scores, norms, norms, today=DAY)
    summary = found.summary().to_frame()
    assert [what for what in summary["what"] if what.startswith("cut")]
    assert found.to_frame()["cuts_changed"].isna().all()


def test_bad_calls() -> None:
    for ranks in ([75, 25], [0, 50], [50, 100], []):
        with pytest.raises(NormError, match="must rise"):
            who_changes_band(PEOPLE, LOW, HIGH, ranks=ranks)
    with pytest.raises(NormError, match="2 labels for 3 bands"):
        who_changes_band(PEOPLE, LOW, HIGH, ranks=[25, 75], labels=["a", "b"])
    other = pm.build_norms(
        {"y": [1.0, 2.0]},
        scale="y",
        edition="y",
        provenance={"description": "made-up people"},
        simulated=True,
    )
    with pytest.raises(NormError, match="different scales"):
        who_changes_band({**PEOPLE, "y": [1.0, 2.0, 1.0, 2.0]}, LOW, other, today=DAY)
