"""Smoothed distributions: at apply and build time, weighted or not, and where none can be had."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from norm_samples_for_tests import MARGINS, norms_of, sample

import psychometrics as pm
from psychometrics.errors import NormError
from psychometrics.kernels.norm_errors import plain_counts
from psychometrics.norming.edition import Smoothing
from psychometrics.norming.smoothing import smooth
from psychometrics.norming.weighting.weighting import rake

ASKED = {"x": np.arange(-1.0, 14)}
KINDS = [
    Smoothing(method="log_linear", degree=3),
    Smoothing(method="log_linear", criterion="bic"),
    Smoothing(method="kernel", bandwidth=0.7),
    Smoothing(method="kernel", degree=2, bandwidth=0.5),
    Smoothing(method="beta_binomial", parameters=2),
]


@pytest.mark.parametrize(
    "choice", KINDS, ids=lambda c: f"{c.method}-{c.degree or c.criterion or c.parameters}"
)
@pytest.mark.parametrize("weights", [False, True])
def test_smoothed_ranks_rise_and_stay_near(choice, weights):
    table = sample()
    norms = norms_of(table, weights=rake(table, MARGINS) if weights else None)
    raw, smoothed = norms.apply(ASKED), norms.apply(ASKED, smoothing=choice)
    for values in (smoothed.percentile_rank[0], smoothed.percentile_lower[0], smoothed.percentile_upper[0]):
        assert (np.diff(values) >= -1e-9).all()
        assert ((values >= 0) & (values <= 100)).all()
    assert np.abs(smoothed.percentile_rank - raw.percentile_rank).max() < 8
    width, before = (n.percentile_upper - n.percentile_lower for n in (smoothed, raw))
    assert width[0, 3:12].mean() < before[0, 3:12].mean()


@pytest.mark.parametrize(
    "choice", KINDS[:1] + KINDS[2:], ids=lambda c: f"{c.method}-{c.degree or c.parameters}"
)
def test_influences_are_those_of_moving_the_shares(choice):
    counts = np.array([3, 8, 20, 31, 40, 33, 18, 9, 4], np.int64)
    scores, n = np.arange(9.0), counts.sum()
    found = smooth(plain_counts(scores, counts), choice)
    for u in (1, 4, 7):
        step = np.eye(9)[u] - counts / n
        ends = [smooth(plain_counts(scores, counts + sign * 1e-3 * step * n), choice).mid for sign in (-1, 1)]
        assert found.mid_influence[:, u] == pytest.approx((ends[1] - ends[0]) / 2e-3, abs=2e-5)


def test_log_linear_keeps_moments_and_says_its_degree():
    counts = np.array([3, 8, 20, 31, 40, 33, 18, 9, 4], np.int64)
    found = smooth(plain_counts(np.arange(9.0), counts), Smoothing(method="log_linear", criterion="aic"))
    assert found.probabilities @ np.arange(9.0) == pytest.approx(counts @ np.arange(9.0) / counts.sum())
    assert found.chosen.startswith("log-linear, degree 2 by aic")


def test_an_edition_says_how_it_is_smoothed_and_can_be_used_raw(tmp_path: Path):
    table = sample()
    norms = norms_of(table, smoothing="log_linear")
    again = pm.load_norms(norms.save(tmp_path))
    assert 'criterion = "aic"' in (tmp_path / "e.toml").read_text(encoding="utf-8")
    assert again.head.smoothing == Smoothing(method="log_linear", criterion="aic")
    own, raw = again.apply(ASKED), again.apply(ASKED, smoothing="none")
    assert (
        own.percentile_rank.tolist()
        == norms_of(table).apply(ASKED, smoothing="log_linear").percentile_rank.tolist()
    )
    assert raw.percentile_rank.tolist() == norms_of(table).apply(ASKED).percentile_rank.tolist()
    assert ("smoothing", "log_linear") in own.source.options


def test_the_instrument_tells_the_range_of_the_scale():
    answers = pm.read_responses(
        {"person_id": list("abcdef"), **{f"q{i}": [0, 1, 1, 2, 3, 2] for i in range(1, 8)}}, "gad-7"
    )
    scores = pm.score("gad-7", answers)
    norms = pm.build_norms(scores, edition="e", provenance={"description": "six made-up people"})
    placed = norms.apply(scores, smoothing="beta_binomial")
    assert np.isfinite(placed.percentile_rank).all()
    assert (placed.percentile_upper < 100).all()


@pytest.mark.parametrize(
    ("values", "smoothing"),
    [
        ([3.0] * 20, "log_linear"),
        ([3.0] * 20, "beta_binomial"),
        ([3.0] * 20, "kernel"),
        ([1.0, 2.0] * 10, "log_linear"),
        ([0.1, 0.37, 0.9, 1.77], "log_linear"),
        ([5.0, 6.0, 7.0] * 5, "beta_binomial"),
        ([0.0, 1.0, 2.0, 3.0], Smoothing(method="log_linear", maximum=2)),
    ],
)
def test_what_cannot_be_smoothed_is_said(values, smoothing):
    frame = norms_of({"x": values}).apply({"x": values[:1]}, smoothing=smoothing).to_frame()
    if np.isnan(frame["percentile_rank"][0]):
        assert frame["reason"][0] == "no smooth distribution could be fitted to this part of the norm sample"
    else:
        assert values == [1.0, 2.0] * 10 or values == [5.0, 6.0, 7.0] * 5


def test_published_figures_cannot_be_smoothed():
    norms = norms_of(sample())
    published = replace(norms, head=norms.head.model_copy(update={"kind": "moments"}))
    with pytest.raises(NormError, match="no counts to smooth"):
        published.apply({"x": [3.0]}, smoothing="kernel")


def test_unknown_smoothing():
    with pytest.raises(NormError, match="not known"):
        norms_of(sample()).apply(ASKED, smoothing="spline")
