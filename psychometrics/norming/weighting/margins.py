"""Margins of a population: read from what the user gives, held against the sample."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from psychometrics.errors import NormError, Problem
from psychometrics.norming.edition import Margin, MarginLevel, StratumVariable, WeightTable
from psychometrics.norming.strata import parse_strata

Shares = Mapping[Any, float]

SAME = 1e-4


def read_margins(
    margins: Mapping[str | tuple[str, ...], Shares], persons: pa.Table
) -> tuple[list[StratumVariable], list[Margin]]:
    """Return the weighting variables and the margins as shares; every problem at once."""
    if not margins:
        raise NormError("no margins", hint='Give at least one, such as {"gender": {"f": 0.51, "m": 0.49}}.')
    variables: dict[str, StratumVariable] = {}
    problems: list[Problem] = []
    found = []
    for key, shares in margins.items():
        texts = (key,) if isinstance(key, str) else tuple(key)
        parsed = parse_strata(texts, persons)
        names = [variable.name for variable in parsed]
        levels = [((label,) if isinstance(key, str) else tuple(label), n) for label, n in shares.items()]
        problems += _level_problems(names, levels)
        if not problems:
            for place, variable in enumerate(parsed):
                own = list(dict.fromkeys(str(labels[place]) for labels, _ in levels))
                problems += _agree(variables, variable, own)
            found.append(_margin(names, levels))
    problems += _contradictions(found)
    if problems:
        raise NormError("the margins cannot be used", problems=problems)
    return list(variables.values()), found


def _margin(names: list[str], levels: Sequence[tuple[tuple[Any, ...], float]]) -> Margin:
    total = float(sum(n for _, n in levels))
    return Margin(
        variables=names,
        levels=[
            MarginLevel(labels=[str(one) for one in labels], share=float(n) / total) for labels, n in levels
        ],
    )


def _level_problems(names: list[str], levels: Sequence[tuple[tuple[Any, ...], float]]) -> list[Problem]:
    where = " x ".join(names)
    if not levels:
        return [Problem(where=where, what="no levels")]
    wrong = [
        Problem(where=where, what=f"level {labels!r}", expected=f"{len(names)} labels, one per variable")
        for labels, _ in levels
        if len(labels) != len(names)
    ]
    numbers = np.array([float(n) for _, n in levels])
    wrong += [
        Problem(
            where=where,
            what=f"level {' / '.join(map(str, labels))}: {n}",
            expected="a share or a number, 0 or more",
        )
        for (labels, _), n in zip(levels, numbers.tolist(), strict=True)
        if not (np.isfinite(n) and n >= 0)
    ]
    if not wrong and not numbers.sum() > 0:
        wrong = [Problem(where=where, what="all shares are 0")]
    return wrong


def _agree(known: dict[str, StratumVariable], variable: StratumVariable, own: list[str]) -> list[Problem]:
    """Take a variable with the levels its margin gives; another margin must give the same."""
    if variable.bands is not None:
        unknown = sorted(set(own) - set(variable.labels))
        problem = Problem(where=variable.name, what=f"levels {unknown}", expected=f"bands {variable.labels}")
        known.setdefault(variable.name, variable)
        return [problem] if unknown else []
    given = variable.model_copy(update={"levels": own})
    before = known.setdefault(variable.name, given)
    if set(before.labels) == set(own):
        return []
    return [
        Problem(
            where=variable.name,
            what=f"levels {own} in one margin, {before.labels} in another",
            expected="the same levels in every margin",
        )
    ]


def _contradictions(margins: Sequence[Margin]) -> list[Problem]:
    """Two margins that share variables must give these the same shares."""
    problems = []
    for one, other in combinations(margins, 2):
        shared = [name for name in one.variables if name in other.variables]
        if not shared:
            continue
        first, second = _collapsed(one, shared), _collapsed(other, shared)
        problems += [
            Problem(
                where=" / ".join(labels),
                what=f"share {first.get(labels, 0.0):.4g} by {' x '.join(one.variables)}, "
                f"{second.get(labels, 0.0):.4g} by {' x '.join(other.variables)}",
                expected="the same share",
            )
            for labels in {**first, **second}
            if abs(first.get(labels, 0.0) - second.get(labels, 0.0)) > SAME
        ]
    return problems


def _collapsed(margin: Margin, names: list[str]) -> dict[tuple[str, ...], float]:
    places = [margin.variables.index(name) for name in names]
    out: dict[tuple[str, ...], float] = {}
    for level in margin.levels:
        labels = tuple(level.labels[i] for i in places)
        out[labels] = out.get(labels, 0.0) + level.share
    return out


def check_outside(
    place: npt.NDArray[np.int64],
    words: tuple[str, ...],
    variables: Sequence[StratumVariable],
    outside: str,
) -> None:
    """Refuse people who are in no weight cell, unless they are to be left out."""
    if outside not in ("error", "leave_out"):
        raise NormError(f"outside={outside!r} is not known", hint='Use "error" or "leave_out".')
    if not (place >= 0).any():
        raise NormError("nobody falls into any level of the margins", hint="Check the labels of the levels.")
    if outside == "leave_out" or (place >= 0).all():
        return
    columns = [variable.column for variable in variables]
    problems = [
        Problem(
            where=columns[v] if v < len(columns) else "base weight",
            what=f"{int((place == -1 - v).sum()):,} people are blank or in no level of the margin",
            rows=tuple((np.flatnonzero(place == -1 - v) + 1).tolist()),
        )
        for v in range(len(words))
        if (place == -1 - v).any()
    ]
    raise NormError(
        "some people cannot be weighted",
        problems=problems,
        hint='Complete the margins or the columns, or say outside="leave_out".',
    )


def check_filled(table: WeightTable) -> None:
    """Refuse margins with levels that nobody fills, and crossed levels that a margin does not know."""
    names = [variable.name for variable in table.variables]
    problems = []
    for margin in table.margins:
        places = [names.index(name) for name in margin.variables]
        there = {tuple(cell.labels[i] for i in places) for cell in table.cells if cell.base > 0}
        known = {tuple(level.labels) for level in margin.levels}
        title = " x ".join(margin.variables)
        problems += [
            Problem(where=title, what=f"nobody in {' / '.join(level.labels)}, share {level.share:.4g}")
            for level in margin.levels
            if level.share > 0 and tuple(level.labels) not in there
        ]
        problems += [
            Problem(where=title, what=f"people in {' / '.join(labels)}, which the margin does not name")
            for labels in sorted({tuple(c.labels[i] for i in places) for c in table.cells} - known)
        ]
    if problems:
        raise NormError(
            "the sample cannot stand for these margins",
            problems=problems,
            hint="Collect people there, put levels together, or leave the margin out.",
        )
