"""Rows about two occasions."""

from __future__ import annotations

import math

from psychometrics.evidence.overview.table import ReliabilityRow
from psychometrics.evidence.stability.occasions import Stability

SHOWN = ("icc_a1", "icc_c1", "pearson_r", "mean_change", "sem", "smallest_detectable_change")


def retest_rows(scale_id: str, retest: Stability) -> list[ReliabilityRow]:
    """Return the main statistics of a scale over its first two occasions."""
    one = retest.scales[scale_id]
    table = one.columns()
    place = {statistic: i for i, statistic in enumerate(table["statistic"])}
    return [
        ReliabilityRow(
            scale_id=scale_id,
            evidence="retest",
            statistic=statistic,
            estimate=table["estimate"][place[statistic]],
            ci_lower=table["ci_lower"][place[statistic]],
            ci_upper=table["ci_upper"][place[statistic]],
            standard_error_of_measurement=one.sem.estimate if statistic == "icc_a1" else math.nan,
            n_persons=one.n_pairs,
            n_parts=2,
            method=table["method"][place[statistic]],
            missing="pairs",
            reason=table["reason"][place[statistic]],
            judged=statistic != "pearson_r" or math.isnan(one.icc_a1.estimate),
        )
        for statistic in SHOWN
    ]
