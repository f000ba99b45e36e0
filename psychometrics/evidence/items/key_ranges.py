"""Codes that are shifted, and blanks that were stored as the lowest option."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from psychometrics.evidence.items.finding import ALARM, ENOUGH, Finding, ScaleData, named
from psychometrics.instrument import Item
from psychometrics.kernels.items.blanks import lowest_against_next
from psychometrics.kernels.items.ranges import expected_at_end
from psychometrics.responses import MissingReason, Responses

EXPECTED = 12.0
"""Answers expected at an end nobody chose; as a Poisson number, none of 12 has probability 6e-6."""

INVALID_SHARE = 0.01
ALL_LOWEST_SHARE = 0.01


def ends_never_used(responses: Responses) -> Iterator[Finding]:
    """Find ends of the range that nobody chose, though the other options say that at least 12 should have."""
    sets: dict[tuple[int | str, ...], list[int]] = {}
    for row, item in enumerate(responses.instrument.items):
        sets.setdefault(item.codes, []).append(row)
    for codes, rows in sets.items():
        counts = np.array(
            [
                np.bincount(responses.codes[row][responses.codes[row] >= 0], minlength=len(codes))
                for row in rows
            ]
        )
        for edge, word in ((0, "lowest"), (-1, "highest")):
            facing = counts if edge == 0 else counts[:, ::-1]
            empty = [i for i in range(len(rows)) if facing[i, 0] == 0]
            expected = np.array([expected_at_end(one) for one in facing])
            if len(empty) == len(rows) > 2 and expected.sum() >= EXPECTED:
                yield _never(
                    word,
                    codes[edge],
                    [responses.instrument.item_ids[row] for row in rows],
                    float(expected.sum()),
                )
                continue
            for i in empty:
                if expected[i] >= EXPECTED:
                    yield _never(
                        word, codes[edge], [responses.instrument.item_ids[rows[i]]], float(expected[i])
                    )


def _never(word: str, code: int | str, ids: list[str], expected: float) -> Finding:
    return Finding(
        rule="range",
        scale_id="",
        item_id=ids[0] if len(ids) == 1 else "",
        finding=f"{word} option never used: codes shifted?",
        detail=f"nobody chose {code} in {named(ids)}; about {expected:,.0f} answers would be expected there",
    )


def outside_the_range(responses: Responses) -> Iterator[Finding]:
    """Items of which at least 1% of the cells fitted no option."""
    invalid = np.count_nonzero(responses.codes == MissingReason.INVALID, axis=1)
    for item_id, n in zip(responses.instrument.item_ids, invalid.tolist(), strict=True):
        if n >= INVALID_SHARE * max(responses.n_rows, 1) and n > 0:
            yield Finding(
                rule="range",
                scale_id="",
                item_id=item_id,
                finding="values outside its options: codes shifted, or a missing code not declared?",
                detail=f"{n:,} of {responses.n_rows:,} cells",
            )


def blanks_as_zero(data: ScaleData, responses: Responses) -> Iterator[Finding]:
    """Option 0 chosen too often by people who are high on the other items, as blanks stored as 0 would be."""
    items = [responses.instrument.items[row] for row in data.rows]
    chosen = [i for i, item in enumerate(items) if item.codes[0] == 0 and len(item.codes) > 2]
    if len(items) < 3 or not chosen or len(data.points) < ENOUGH:
        return
    codes = responses.codes[[data.rows[i] for i in chosen]]
    found = lowest_against_next(codes, _rest_in_code_direction(data, items, chosen))
    sure = found.p_value < ALARM / len(found.p_value)
    if sure.any():
        names = named([data.items[chosen[i]] for i in np.flatnonzero(sure[:-1])]) or "all items together"
        times = float(np.exp(found.log_odds_ratio[int(np.argmax(sure))]))
        yield Finding(
            rule="blanks",
            scale_id=data.scale.id,
            item_id="",
            finding="people who are high elsewhere choose 0 too often: blanks stored as 0?",
            detail=f"{names}: the odds of 0 against the next option are {times:.1f} times higher in the upper third than in "
            "the middle third (with options in order they can only be lower)",
        )
    yield from _rows_of_zeros(data, items, responses)


def _rest_in_code_direction(data: ScaleData, items: list[Item], chosen: list[int]) -> npt.NDArray[np.float64]:
    """Mean share of the possible points on the other items, turned for reversed items; shape (len(chosen), n_persons)."""
    low = np.array([float(min(item.points) * item.weight) for item in items])
    span = np.array([float((max(item.points) - min(item.points)) * item.weight) for item in items])
    shares = (data.points - low) / np.where(span > 0, span, 1.0)
    there = ~np.isnan(shares)
    total, n = np.where(there, shares, 0.0).sum(axis=1), there.sum(axis=1)
    rows = []
    for i in chosen:
        own, has = np.where(there[:, i], shares[:, i], 0.0), there[:, i]
        rest = np.where(n > has, (total - own) / np.maximum(n - has, 1), np.nan)
        rows.append(-rest if items[i].points[0] > items[i].points[-1] else rest)
    return np.array(rows)


def _rows_of_zeros(data: ScaleData, items: list[Item], responses: Responses) -> Iterator[Finding]:
    """Rows of nothing but 0 though the scale has items keyed both ways."""
    directions = {item.points[0] < item.points[-1] for item in items}
    if len(directions) < 2 or any(item.codes[0] != 0 for item in items):
        return
    n = int(np.all(responses.codes[list(data.rows)] == 0, axis=0).sum())
    if n >= max(3, ALL_LOWEST_SHARE * responses.n_rows):
        yield Finding(
            rule="blanks",
            scale_id=data.scale.id,
            item_id="",
            finding="rows of nothing but 0 on items keyed both ways: blanks stored as 0?",
            detail=f"{n:,} of {responses.n_rows:,} rows",
        )
