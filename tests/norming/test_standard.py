"""Normed scores in any metric."""

from __future__ import annotations

import numpy as np
import pytest
from norm_samples_for_tests import norms_of, sample

from psychometrics.errors import NormError
from psychometrics.kernels.standard_scores import NCE_SD, StandardScale
from psychometrics.norming.standard import standard_scores


def test_every_metric_is_its_mean_and_sd_times_z():
    normed = norms_of(sample()).apply({"x": np.arange(13.0)}, standard="linear")
    found = standard_scores(normed, ["z", "t", "iq", "wechsler", "nce", (500, 100)])
    frame = found.to_frame()
    z = frame["z"].to_numpy()
    for name, mean, sd in (
        ("t", 50, 10),
        ("iq", 100, 15),
        ("wechsler", 10, 3),
        ("nce", 50, NCE_SD),
        ("mean_500_sd_100", 500, 100),
    ):
        assert frame[name].to_numpy() == pytest.approx(mean + sd * z, rel=1e-5)
    assert frame["t"].to_numpy() == pytest.approx(normed.t[0])


def test_outermost_steps_are_said_and_no_rank_has_no_score():
    normed = norms_of({"x": np.arange(200.0)}).apply({"x": [0.0, 100.0, 199.0, 500.0]})
    frame = standard_scores(normed, ["stanine", "sten"]).to_frame()
    assert frame["stanine"].tolist()[:3] == [1, 5, 9]
    assert "stanine: lowest step" in frame["at_end"][0]
    assert "sten: highest step" in frame["at_end"][2]
    assert frame["at_end"].isna().tolist() == [False, True, False, True]
    assert np.isnan(frame["sten"][3])


def test_steps_of_ones_own():
    c_scale = StandardScale(name="c", mean=5, sd=2, limits=tuple(np.arange(-2.25, 2.5, 0.5)), first=0)
    normed = norms_of({"x": np.arange(200.0)}).apply({"x": [0.0, 99.5, 199.0]})
    assert standard_scores(normed, [c_scale]).values[0, 0].tolist() == [0, 5, 10]


@pytest.mark.parametrize("metrics", [[], ["tt"], [(50, 0)], [(float("nan"), 1)]])
def test_metrics_that_make_no_sense(metrics):
    normed = norms_of(sample()).apply({"x": [1.0]})
    with pytest.raises(NormError):
        standard_scores(normed, metrics)
