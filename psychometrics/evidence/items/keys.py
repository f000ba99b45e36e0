"""Do the data contradict the definition? Signs of a wrong key, a shifted range, a doubled column."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import ndtri

from psychometrics.evidence.items.analysis import InstrumentItems, item_analysis
from psychometrics.instrument import Instrument, load_instrument
from psychometrics.responses import Responses
from psychometrics.result import Result, Source

ENOUGH = 50
SURE = 0.999
SAME = 0.999


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One sign that data and definition do not fit together."""

    scale_id: str
    item_id: str
    finding: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class KeyCheck(Result):
    """All findings; none is good news as far as these rules see."""

    findings: tuple[Finding, ...]
    source: Source

    def columns(self) -> Mapping[str, Any]:
        """One row per finding."""
        return {
            name: [getattr(one, name) for one in self.findings]
            for name in ("scale_id", "item_id", "finding", "detail")
        }

    def __repr__(self) -> str:
        return f"<Key check of {self.source.instrument}: {len(self.findings)} finding(s)>"


def check_keys(instrument: Instrument | str, responses: Responses) -> KeyCheck:
    """Hold the data against the definition.

    Four rules, each only with at least 50 answers: (1) the item-rest correlation of an item is below 0 with 99.9%
    confidence (Fisher z): its key may be the wrong way round; (2) two items have the same codes in at least 99.9%
    of the rows and vary: a column may be doubled; (3) in all items that share an option set, nobody ever chose the
    lowest (or the highest) option: codes may be shifted; (4) the mean score lies more than one SD from a published
    mean of the definition.

    Parameters
    ----------
    instrument : Instrument or str
        What was asked.
    responses : Responses
        What was answered.

    Returns
    -------
    KeyCheck
        Findings to look at; they are signs, not proofs.
    """
    if isinstance(instrument, str):
        instrument = load_instrument(instrument)
    items = item_analysis(instrument, responses)
    findings = [*_signs(items), *_doubles(responses), *_shifts(responses), *_published(instrument, responses)]
    return KeyCheck(findings=tuple(findings), source=responses.source)


def _signs(items: InstrumentItems) -> Iterator[Finding]:
    z = float(ndtri(SURE))
    for scale_id, one in items.scales.items():
        table = one.columns()
        for item_id, n, r in zip(table["item_id"], table["n"], table["item_rest_correlation"], strict=True):
            if n >= ENOUGH and r > -1 and math.atanh(r) + z / math.sqrt(n - 3) < 0:
                detail = f"item-rest correlation {r:.2f} over {n:,} answers"
                yield Finding(
                    scale_id=scale_id,
                    item_id=item_id,
                    finding="runs against its scale: key reversed, or not?",
                    detail=detail,
                )


def _doubles(responses: Responses) -> Iterator[Finding]:
    codes = responses.codes
    for i in range(len(codes)):
        for j in range(i):
            both = (codes[i] >= 0) & (codes[j] >= 0)
            n = int(np.count_nonzero(both))
            if n < ENOUGH or np.ptp(codes[i][both]) == 0:
                continue
            share = np.count_nonzero(codes[i][both] == codes[j][both]) / n
            if share >= SAME:
                ids = responses.instrument.item_ids
                detail = f"the same as {ids[j]} in {100 * share:.1f}% of {n:,} rows"
                yield Finding(scale_id="", item_id=ids[i], finding="doubled column?", detail=detail)


def _shifts(responses: Responses) -> Iterator[Finding]:
    groups: dict[tuple[int | str, ...], list[int]] = {}
    for row, item in enumerate(responses.instrument.items):
        groups.setdefault(item.codes, []).append(row)
    for codes, rows in groups.items():
        block = responses.codes[rows]
        valid = block[block >= 0]
        if len(codes) < 3 or len(valid) < ENOUGH * len(rows) or len(rows) < 3:
            continue
        names = ", ".join(responses.instrument.item_ids[row] for row in rows[:6]) + (
            ", …" if len(rows) > 6 else ""
        )
        for edge, word in ((0, "lowest"), (len(codes) - 1, "highest")):
            if not (valid == edge).any():
                detail = f"nobody ever chose {codes[edge]} in {names}"
                yield Finding(
                    scale_id="",
                    item_id="",
                    finding=f"{word} option never used: codes shifted?",
                    detail=detail,
                )


def _published(instrument: Instrument, responses: Responses) -> Iterator[Finding]:
    from psychometrics.scoring import score

    means = [one for one in instrument.definition.published if one.statistic == "mean"]
    if not means or responses.n_rows < ENOUGH:
        return
    scores = score(instrument, responses) if not instrument.criteria else None
    for one in means:
        values = scores.of(one.scale) if scores is not None else np.empty(0)
        values = values[~np.isnan(values)]
        if len(values) >= ENOUGH and abs(values.mean() - float(one.value)) > values.std(ddof=1):
            detail = f"mean {values.mean():.2f} in these data, {one.value} published for {one.population}"
            yield Finding(
                scale_id=one.scale,
                item_id="",
                finding="more than one SD from a published mean",
                detail=detail,
            )
