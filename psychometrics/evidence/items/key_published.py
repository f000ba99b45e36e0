"""Published figures that the data miss."""

from __future__ import annotations

from collections.abc import Iterator
from math import isnan, sqrt

import numpy as np

from psychometrics.evidence.consistency.alpha import coefficient_alpha
from psychometrics.evidence.items.finding import ALARM, ENOUGH, Finding, ScaleData
from psychometrics.instrument import Instrument
from psychometrics.instrument.definition import PublishedEntry
from psychometrics.responses import Responses

SPREAD = 1.5
ALPHA_GAP = 0.10


def missed_figures(
    instrument: Instrument, responses: Responses, scales: list[ScaleData]
) -> Iterator[Finding]:
    """Means more than one SD away, SDs beyond a factor of 1.5, alphas off by more than .10; each beyond chance (99.9%)."""
    published = instrument.definition.published
    if not published or responses.n_rows < ENOUGH:
        return
    from psychometrics.scoring import score

    scores = None if instrument.criteria else score(instrument, responses)
    by_id = {data.scale.id: data for data in scales}
    for one in published:
        if one.statistic == "alpha" and one.scale in by_id:
            yield from _alpha(one, by_id[one.scale])
        elif scores is not None and one.statistic in {"mean", "sd"}:
            values = scores.of(one.scale)
            yield from _moment(one, values[~np.isnan(values)])


def _alpha(one: PublishedEntry, data: ScaleData) -> Iterator[Finding]:
    found = coefficient_alpha(data.points, confidence=1 - 2 * ALARM)
    beyond = not isnan(found.ci_lower) and not found.ci_lower <= float(one.value) <= found.ci_upper
    if beyond and abs(found.estimate - float(one.value)) > ALPHA_GAP:
        yield _finding(one, f"alpha {found.estimate:.2f}", "alpha more than .10 from a published one")


def _moment(one: PublishedEntry, values: np.ndarray) -> Iterator[Finding]:
    if len(values) < ENOUGH:
        return
    mean, sd = float(values.mean()), float(values.std(ddof=1))
    if one.statistic == "mean" and abs(mean - float(one.value)) > sd > 0:
        yield _finding(one, f"mean {mean:.2f}", "more than one SD from a published mean")
    ratio = sd / float(one.value) if one.statistic == "sd" and float(one.value) > 0 else 1.0
    sure = 1 + 3.1 / sqrt(2 * len(values))
    if not 1 / max(SPREAD, sure) <= ratio <= max(SPREAD, sure):
        yield _finding(
            one, f"SD {sd:.2f}", "SD more than 1.5 times a published one, or less than two thirds of it"
        )


def _finding(one: PublishedEntry, here: str, finding: str) -> Finding:
    return Finding(
        rule="published",
        scale_id=one.scale,
        item_id="",
        finding=finding,
        detail=f"{here} in these data, {one.value} published for {one.population}",
    )
