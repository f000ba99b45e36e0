"""A small version of tests/benchmarks/coverage_percentile.py: the total covers, single sources do not."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest

from psychometrics.scoring.error_sources import ErrorSources

SCRIPT = Path(__file__).resolve().parents[1] / "benchmarks" / "coverage_percentile.py"


@pytest.fixture(scope="module")
def study():
    spec = importlib.util.spec_from_file_location("coverage_percentile", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    sys.modules["coverage_percentile"] = module
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("test", ["rasch", "graded"])
@pytest.mark.parametrize("n", [100, 1000])
def test_the_total_covers_and_no_source_alone_does(study, test, n) -> None:
    found = study.world(getattr(study, test)())
    sources = ErrorSources(measurement=found.errors)
    hits = study.covered(found, study.ask(found), sources, n, 40)
    norm_sample, measurement, total = hits[:, :-1]
    assert 0.93 <= total.mean() <= 0.97
    assert (total > 0.91).all()
    assert norm_sample.max() < 0.9
    if n == 100:
        assert measurement.mean() < total.mean() - 0.005


def test_an_error_per_number_of_raters_covers_where_an_average_does_not(study) -> None:
    norms, own = study.rated(2, 1.5, 4.0), study.rated(1, 1.5, 4.0)
    asked = study.Asked(own.scores, own.chances[:, norms.persons], study.ask(norms).truth, n_raters=1)
    counted = study.covered(norms, asked, ErrorSources(measurement=1.5, raters=4.0), 300, 10)
    average = study.covered(
        norms, asked, ErrorSources(measurement=float(np.hypot(1.5, 4 / np.sqrt(2)))), 300, 10
    )
    assert counted[2].mean() > 0.93 > 0.9 > average[2].mean()
