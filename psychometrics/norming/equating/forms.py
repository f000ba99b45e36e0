"""Scores of a form in one shape, whatever they come as: one score, or a pair, per person, with how many have it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from psychometrics.errors import EstimationError, Problem, did_you_mean
from psychometrics.result import Source
from psychometrics.scoring import Scores
from psychometrics.tallying.score_tally import ScoreTally

Floats = npt.NDArray[np.float64]

SHOWN = 8


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Form:
    """Scores on a form, and beside them scores on an anchor or on a second form.

    Attributes
    ----------
    rows : ndarray, shape (n_rows, 1 or 2)
    weights : ndarray, shape (n_rows,)
        How many persons each row stands for.
    ranges : tuple of (float, float)
        Least and greatest possible score of each column; nan where not known.
    scale_id : str
        Empty for plain numbers.
    source : Source
    notes : tuple of str
        What was left out.
    """

    rows: Floats
    weights: Floats
    ranges: tuple[tuple[float, float], ...]
    scale_id: str = ""
    source: Source = field(default_factory=Source)
    notes: tuple[str, ...] = ()


def read_form(given: Any, name: str, *, scale: str | None, beside: Any = None) -> Form:
    """Return scores of one form.

    Parameters
    ----------
    given : Scores, ScoreTally, mapping or array-like
        Persons' scores; counts as {score: persons}, or {(score, score beside): persons}.
    name : str
        What to call it in errors: x, y.
    scale : str or None
        Scale of Scores or a ScoreTally; may be left out when there is one.
    beside : str or array-like, optional
        The anchor: a scale of the same Scores, or one number per person.
    """
    if isinstance(given, Scores):
        return _from_scores(given, name, scale, beside)
    if isinstance(given, ScoreTally):
        if beside is not None:
            raise EstimationError(
                f"{name}: a ScoreTally does not say who has which score on a second scale",
                hint="Give Scores, or counts of pairs as {(score, anchor score): persons}.",
            )
        chosen = _scale(scale, given.scale_ids, name)
        values, counts = given.distribution(chosen)
        return _form(values[:, None], counts, name, scale_id=chosen, source=given.source)
    if isinstance(given, Mapping):
        return _from_counts(given, name, beside)
    columns = [_numbers(given, name)]
    if beside is not None:
        columns.append(_numbers(beside, f"anchor of {name}"))
    return _from_columns(columns, name)


def _scale(scale: str | None, known: Sequence[str], name: str) -> str:
    if scale is None and len(known) == 1:
        return known[0]
    if scale is None or scale not in known:
        raise EstimationError(
            f"{name}: scale {scale!r} is not there"
            if scale
            else f"{name}: which of its {len(known)} scales?",
            hint=did_you_mean(scale or "", known) or 'Say scale="...".',
        )
    return scale


def _from_scores(given: Scores, name: str, scale: str | None, beside: Any) -> Form:
    chosen = _scale(scale, given.scale_ids, name)
    names = [chosen]
    columns = [given.of(chosen)]
    if isinstance(beside, str):
        names.append(_scale(beside, given.scale_ids, f"anchor of {name}"))
        columns.append(given.of(beside))
    elif beside is not None:
        columns.append(_numbers(beside, f"anchor of {name}"))
    form = _from_columns(columns, name)
    ends = [(given.instrument.scale(one).minimum, given.instrument.scale(one).maximum) for one in names]
    known = tuple(ends) + ((np.nan, np.nan),) * (len(columns) - len(ends))
    return replace(form, scale_id=chosen, source=given.source, ranges=known)


def paired(x: Any, y: Any, *, scale: tuple[str | None, str | None]) -> Form:
    """Return pairs of scores of persons who took both forms: by ``person_id`` for Scores, else by position."""
    if isinstance(x, Mapping) and y is None:
        return _from_counts(x, "x", None, pairs=True)
    if isinstance(x, Scores) and isinstance(y, Scores):
        return _matched(x, y, scale)
    if isinstance(x, Scores | ScoreTally | Mapping) or isinstance(y, Scores | ScoreTally | Mapping):
        raise EstimationError(
            "a single group needs to know who has which score on both forms",
            hint="Give two Scores, two arrays in the same order, or counts of pairs as {(x, y): persons} with y=None.",
        )
    return _from_columns([_numbers(x, "x"), _numbers(y, "y")], "x and y")


def _matched(x: Scores, y: Scores, scale: tuple[str | None, str | None]) -> Form:
    first, second = read_form(x, "x", scale=scale[0]), read_form(y, "y", scale=scale[1])
    ids = [scores.persons.column("person_id").to_pylist() for scores in (x, y)]
    twice = [name for name, one in zip("xy", ids, strict=True) if len(set(one)) < len(one)]
    if twice:
        raise EstimationError(
            f"{' and '.join(twice)}: a person is there more than once", hint="Keep one occasion per form."
        )
    place = {person: row for row, person in enumerate(ids[1])}
    both = [(row, place[person]) for row, person in enumerate(ids[0]) if person in place]
    at = np.array(both, np.intp).reshape(-1, 2)
    columns = [x.of(first.scale_id)[at[:, 0]], y.of(second.scale_id)[at[:, 1]]]
    lost = len(ids[0]) + len(ids[1]) - 2 * len(both)
    form = _from_columns(columns, "x and y")
    notes = (*([f"{lost:,} persons took one form only and are left out"] if lost else []), *form.notes)
    return replace(
        form,
        scale_id=first.scale_id,
        source=x.source,
        ranges=(first.ranges[0], second.ranges[0]),
        notes=notes,
    )


def _numbers(given: Any, name: str) -> Floats:
    values = given.to_numpy() if hasattr(given, "to_numpy") else given
    try:
        array = np.asarray([np.nan if one is None else one for one in values], np.float64)
    except (TypeError, ValueError) as error:
        raise EstimationError(f"{name}: expected one number per person") from error
    if array.ndim != 1 or np.isinf(array).any():
        raise EstimationError(f"{name}: expected one finite number per person, nan where missing")
    return array


def _from_columns(columns: list[Floats], name: str) -> Form:
    if len({len(one) for one in columns}) > 1:
        lengths = " and ".join(f"{len(one):,}" for one in columns)
        raise EstimationError(f"{name}: {lengths} scores; expected one of each per person, in the same order")
    rows = np.column_stack(columns)
    gone = np.isnan(rows).any(axis=1)
    lost = int(np.count_nonzero(gone))
    notes = (f"{name}: {lost:,} of {len(rows):,} persons without a score are left out",) if lost else ()
    return _form(rows[~gone], np.ones(len(rows) - lost), name, notes=notes)


def _from_counts(given: Mapping[Any, Any], name: str, beside: Any, *, pairs: bool = False) -> Form:
    if beside is not None:
        raise EstimationError(
            f"{name}: counts hold the anchor themselves",
            hint="Write them as {(score, anchor score): persons}.",
        )
    keys = [key if isinstance(key, tuple) else (key,) for key in given]
    wide = {len(key) for key in keys}
    if len(wide) != 1 or (pairs and wide != {2}):
        raise EstimationError(f"{name}: expected counts as {{score: persons}} or {{(score, score): persons}}")
    counts = np.array(list(given.values()), np.float64)
    bad = [str(key) for key, n in zip(given, counts, strict=True) if not (n >= 0 and float(n).is_integer())]
    if bad:
        raise EstimationError(f"{name}: counts that are not whole numbers of persons: {_few(bad)}")
    return _form(np.array(keys, np.float64)[counts > 0], counts[counts > 0], name)


def _form(
    rows: Floats,
    weights: Any,
    name: str,
    *,
    scale_id: str = "",
    source: Source | None = None,
    notes: tuple[str, ...] = (),
) -> Form:
    if not len(rows):
        raise EstimationError(f"{name}: no person has a score")
    return Form(
        rows=rows,
        weights=np.asarray(weights, np.float64),
        ranges=((np.nan, np.nan),) * rows.shape[1],
        scale_id=scale_id,
        source=source or Source(),
        notes=notes,
    )


MOST = 10_000


def possible_scores(form: Form, column: int, given: Any, name: str, option: str) -> tuple[Floats, str]:
    """Return every score there can be on a column of a form, and a note when it had to be taken from the sample."""
    seen = form.rows[:, column]
    if given is not None:
        grid = np.asarray(list(given), np.float64)
        if len(grid) < 2 or not (np.diff(grid) > 0).all():
            raise EstimationError(f"{option}: expected two or more scores, rising")
        _refuse_others(seen, grid, name, option)
        return grid, ""
    low, high = form.ranges[column]
    whole = bool((seen == np.rint(seen)).all())
    if not whole or (np.isfinite(low) and not (float(low).is_integer() and float(high).is_integer())):
        raise EstimationError(
            f"{name}: scores are not whole numbers", hint=f"Say which scores there can be: {option}=[...]."
        )
    if len(seen) and float(seen.max() - seen.min()) > MOST:
        raise EstimationError(
            f"{name}: scores from {seen.min():g} to {seen.max():g} are more than {MOST:,} steps of 1 apart",
            hint=f"Say which scores there can be: {option}=[...].",
        )
    note = ""
    if not np.isfinite(low):
        low, high = float(seen.min()), float(seen.max())
        note = f"{name}: possible scores taken from the sample, {low:g} to {high:g}; {option}=range(...) says them"
    grid = np.arange(low, high + 1)
    _refuse_others(seen, grid, name, option)
    return grid, note


def _refuse_others(seen: Floats, grid: Floats, name: str, option: str) -> None:
    others = np.setdiff1d(seen, grid)
    if len(others):
        text = _few([f"{one:g}" for one in others])
        raise EstimationError(
            f"{name}: scores that cannot be, by {option}",
            problems=[
                Problem(
                    where=name, what=text, expected=f"one of {len(grid)} scores {grid[0]:g} to {grid[-1]:g}"
                )
            ],
        )


def _few(texts: list[str]) -> str:
    return ", ".join(texts[:SHOWN]) + (f" and {len(texts) - SHOWN} more" if len(texts) > SHOWN else "")


def count(form: Form, grids: tuple[Floats, ...]) -> Floats:
    """Return persons in each cell of the table of possible scores."""
    places = [np.searchsorted(grid, form.rows[:, column]) for column, grid in enumerate(grids)]
    counts = np.zeros(tuple(len(grid) for grid in grids))
    np.add.at(counts, tuple(places), form.weights)
    return counts
