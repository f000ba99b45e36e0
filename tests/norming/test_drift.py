"""Is the population moving: one comparison, and a monitor over batches."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pytest

import psychometrics as pm
from psychometrics.errors import NormError, NormMismatchError
from psychometrics.norming.drift.drift import norm_drift
from psychometrics.norming.drift.monitor import drift_monitor, load_drift_monitor

DAY = date(2026, 11, 1)
Sample = dict[str, object]


def sample(
    rng: np.random.Generator, n: int, shift: float = 0.0, spread: float = 1.0, women: float = 0.5
) -> Sample:
    scores = np.clip(np.round(20 + 5 * (shift + spread * rng.normal(size=n))), 0, 40)
    return {"x": scores, "gender": np.where(rng.random(n) < women, "f", "m")}


def norms(n: int = 3000, seed: int = 1, **more: object) -> pm.Norms:
    return pm.build_norms(
        sample(np.random.default_rng(seed), n),
        scale="x",
        edition="e",
        provenance={"description": "made-up people"},
        strata=["gender"],
        day=DAY,
        **more,  # type: ignore[arg-type]
    )


EDITION = norms()


def test_nothing_moved() -> None:
    found = norm_drift(EDITION, sample(np.random.default_rng(2), 2000))
    assert found.verdict == "same"
    assert [row.stratum for row in found.rows] == ["whole sample", "f", "m"]
    whole = found.row("x")
    assert whole.shift.ci_lower < 0 < whole.shift.ci_upper
    assert whole.stability.index < whole.stability.critical
    assert whole.ks_p_holm >= whole.smirnov.p
    assert found.composition.index < found.composition.critical


def test_a_shift_a_wider_spread_and_a_little_shift() -> None:
    rng = np.random.default_rng(3)
    moved = norm_drift(EDITION, sample(rng, 2000, shift=0.4))
    assert moved.verdict == "moved"
    assert moved.row("x").shift.estimate == pytest.approx(0.4, abs=0.08)
    wide = norm_drift(EDITION, sample(rng, 4000, spread=1.5)).row("x")
    assert wide.sd_ratio.ci_lower > 1.3
    assert wide.verdict in ("moved", "watch")
    little = norm_drift(norms(100_000), sample(rng, 100_000, shift=0.05)).row("x")
    assert little.smirnov.p < 1e-10
    assert little.verdict == "same", "far from chance, but within the margin"
    assert norm_drift(EDITION, sample(rng, 3000, shift=0.18)).row("x").verdict == "watch"


def test_few_people_are_unclear() -> None:
    found = norm_drift(EDITION, sample(np.random.default_rng(4), 29, shift=3))
    assert found.row("x").verdict == "unclear"


def test_composition_is_told_apart_from_drift() -> None:
    rng = np.random.default_rng(5)
    found = norm_drift(EDITION, sample(rng, 2000, women=0.9))
    assert found.composition.index > found.composition.critical
    assert found.row("x", "f").verdict == "same"


def test_small_groups_are_not_shown() -> None:
    people = sample(np.random.default_rng(6), 200)
    people["gender"] = np.where(np.arange(200) < 5, "m", "f")
    frame = norm_drift(EDITION, people).to_frame()
    assert frame["n_new"].isna().tolist() == [False, True, True]
    assert frame["reason"][2] == "fewer than 10 people: not shown"
    assert frame["verdict"].tolist()[2] == "unclear"


def test_order_of_people_changes_nothing_and_scale_does_not_matter() -> None:
    people = sample(np.random.default_rng(7), 500, shift=0.1)
    turned = {name: np.asarray(values)[::-1] for name, values in people.items()}
    assert norm_drift(EDITION, people).to_dict()["rows"] == norm_drift(EDITION, turned).to_dict()["rows"]
    old = sample(np.random.default_rng(1), 3000)
    for table in (old, people):
        table["x"] = 3 * np.asarray(table["x"]) + 7
    scaled = pm.build_norms(
        old, scale="x", edition="e", provenance={"description": "made-up people"}, strata=["gender"], day=DAY
    )
    a, b = (
        norm_drift(EDITION, sample(np.random.default_rng(7), 500, shift=0.1)).rows,
        norm_drift(scaled, people).rows,
    )
    for one, other in zip(a, b, strict=True):
        assert one.shift.estimate == pytest.approx(other.shift.estimate, rel=1e-9)
        assert one.sd_ratio.ci_upper == pytest.approx(other.sd_ratio.ci_upper, rel=1e-9)
        assert one.stability.index == pytest.approx(other.stability.index, rel=1e-12)
        assert one.smirnov.p == pytest.approx(other.smirnov.p, rel=1e-12)


def test_published_figures_give_a_shift_and_say_what_is_missing() -> None:
    rng = np.random.default_rng(8)
    people = {"total": rng.integers(0, 12, 400).astype(float), "gender": ["female", "male"] * 200}
    found = norm_drift(pm.load_norms("phq-9/de-2013"), people)
    assert [row.stratum for row in found.rows] == ["female", "male"]
    row = found.row("total", "female")
    assert row.shift.estimate == pytest.approx((row.mean_new - 3.1) / 3.5)
    assert np.isnan(row.shift.ci_lower)
    assert "no counts" in row.reason
    assert "not published" in row.reason


def test_two_editions_and_mismatches() -> None:
    other = norms(seed=9)
    assert norm_drift(EDITION, other).verdict == "same"
    with pytest.raises(NormMismatchError, match="another fingerprint"):
        norm_drift(EDITION, pm.load_norms("skill-rust-backend/simulated-2026"))
    with pytest.raises(NormMismatchError, match="divided differently"):
        norm_drift(EDITION, other.over([]))
    with pytest.raises(NormError, match="no such column"):
        norm_drift(EDITION, {"x": [1.0]})
    with pytest.raises(NormError, match="cannot be used"):
        norm_drift(EDITION, other, margin=0)


@pytest.mark.parametrize("scores", [[5.0], [5.0] * 40])
def test_degenerate_samples_give_reasons(scores: list[float]) -> None:
    flat = pm.build_norms(
        {"x": [5.0] * 50},
        scale="x",
        edition="e",
        provenance={"description": "made-up people"},
        simulated=True,
    )
    frame = norm_drift(flat, {"x": scores}).to_frame()
    assert np.isnan(frame["shift"][0])
    assert "no spread in the norms" in frame["reason"][0]
    assert frame["ks_p"][0] == 1
    against = norm_drift(EDITION.over([]), {"x": scores})
    assert against.rows[0].sd_ratio.reason == "no spread in the new scores"


def test_a_weighted_edition_is_the_yardstick_with_its_weights() -> None:
    rng = np.random.default_rng(10)
    people = sample(rng, 2000, women=0.8)
    people["x"] = np.asarray(people["x"]) + np.where(np.asarray(people["gender"]) == "f", 4, 0)
    weights = pm.rake(people, {"gender": {"f": 0.5, "m": 0.5}})
    edition = pm.build_norms(
        people, scale="x", edition="e", provenance={"description": "made-up people"}, weights=weights, day=DAY
    )
    new = sample(rng, 2000, women=0.5)
    new["x"] = np.asarray(new["x"]) + np.where(np.asarray(new["gender"]) == "f", 4, 0)
    row = norm_drift(edition, {"x": new["x"]}).rows[0]
    assert row.verdict == "same"
    assert abs(row.shift.estimate) < 0.1
    assert row.reason == "distance and its p without weights"


def test_a_monitor_finds_a_shift_and_when_it_began() -> None:
    rng = np.random.default_rng(11)
    monitor = drift_monitor(EDITION)
    for day in range(5):
        monitor = monitor.add(EDITION, sample(rng, 300), batch=f"before {day}")
    assert monitor.alarms == ()
    for day in range(5):
        monitor = monitor.add(EDITION, sample(rng, 300, shift=0.3), batch=f"after {day}")
    first = monitor.alarms[0]
    assert first.alarm == "mean up"
    assert first.since.startswith("after")
    assert monitor.batches[-1] == "after 4"
    assert "alarms" in repr(monitor)
    frame = monitor.to_frame()
    assert len(frame) == 10
    assert frame["alarm"].notna().sum() == len(monitor.alarms)


def test_a_monitor_sees_the_spread_too() -> None:
    rng = np.random.default_rng(12)
    monitor = drift_monitor(EDITION)
    for day in range(4):
        monitor = monitor.add(EDITION, sample(rng, 400, spread=1.4), batch=str(day))
    assert any("sd up" in row.alarm for row in monitor.alarms)


def test_the_state_is_kept_and_gone_on_with(tmp_path: Path) -> None:
    rng = np.random.default_rng(13)
    batches = [sample(rng, n) for n in (100, 1, 50, 20)]
    straight = drift_monitor(EDITION, by_stratum=True)
    for i, batch in enumerate(batches):
        straight = straight.add(EDITION, batch, batch=str(i))
    nightly = drift_monitor(EDITION, by_stratum=True)
    for i, batch in enumerate(batches):
        path = nightly.add(EDITION, batch, batch=str(i)).save(tmp_path / "state.json")
        nightly = load_drift_monitor(path)
    once = straight.save(tmp_path / "once.json")
    assert once.read_bytes() == path.read_bytes()
    assert nightly.batches == ("0", "1", "2", "3")
    assert {row.stratum for row in nightly.rows} == {"f", "m"}
    assert "nobody in this batch" in {row.reason for row in nightly.rows}
    assert nightly.to_frame()["mean"].isna().any(), "a batch of one person is not shown"


def test_a_batch_counts_once_and_for_its_own_edition(tmp_path: Path) -> None:
    monitor = drift_monitor(EDITION).add(EDITION, sample(np.random.default_rng(14), 50), batch="a")
    with pytest.raises(NormError, match="added before"):
        monitor.add(EDITION, sample(np.random.default_rng(14), 50), batch="a")
    other = norms(seed=15)
    with pytest.raises(NormError, match="watches over"):
        monitor.add(other, sample(np.random.default_rng(14), 50), batch="b")
    saved = pm.load_norms(EDITION.save(tmp_path))
    assert monitor.add(saved, sample(np.random.default_rng(14), 50), batch="b").batches == ("a", "b")
    (tmp_path / "bad.json").write_text("[1]", encoding="utf-8")
    with pytest.raises(NormError, match="not the state of a drift monitor"):
        load_drift_monitor(tmp_path / "bad.json")


def test_a_monitor_needs_something_to_watch() -> None:
    flat = pm.build_norms(
        {"x": [5.0] * 9}, scale="x", edition="e", provenance={"description": "made-up people"}
    )
    with pytest.raises(NormError, match="no n or no spread"):
        drift_monitor(flat)
    with pytest.raises(NormError, match="none of these scales"):
        drift_monitor(EDITION, scales=["y"])
    with pytest.raises(NormError, match="false_alarm_every"):
        drift_monitor(EDITION, false_alarm_every=1)


def test_false_alarms_are_as_rare_as_stated() -> None:
    """150 monitors without drift, 30 batches stated: the mean run is within 25% (standard error about 8%)."""
    rng = np.random.default_rng(16)
    small = pm.build_norms(
        {"x": np.round(20 + 5 * rng.normal(size=500))},
        scale="x",
        edition="e",
        provenance={"description": "made-up people"},
        simulated=True,
    )
    limit = drift_monitor(small, false_alarm_every=30).limit
    from psychometrics.kernels.drift.cusum import cusum_step, variance_ratio_z

    runs = []
    for _ in range(150):
        sums, n, people, squares, batch = [0.0] * 4, 500.0, 0.0, 500.0, 0
        shift, spread = rng.normal() / np.sqrt(500), np.sqrt(rng.chisquare(499) / 499)
        people, squares = shift, spread**2
        while max(sums) <= limit and batch < 1000:
            batch += 1
            mean, variance = rng.normal() / np.sqrt(100), rng.chisquare(99) / 99
            z = (mean - people) / np.sqrt(squares * (1 / 100 + 1 / n))
            z_sd = variance_ratio_z(variance / squares, 100, n, 3.0)
            sums[:2] = cusum_step(sums[0], sums[1], z, 0.5)
            sums[2:] = cusum_step(sums[2], sums[3], z_sd, 0.5)
            people, squares = (
                (n * people + 100 * mean) / (n + 100),
                (n * squares + 100 * variance) / (n + 100),
            )
            n += 100
        runs.append(batch)
    assert np.mean(runs) == pytest.approx(30, rel=0.25)
