"""Score responses and ratings: one pass over chunks of persons, whole numbers until the last division."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from psychometrics.engine.chunks import for_each_chunk
from psychometrics.errors import Problem, ScoringError
from psychometrics.instrument import Instrument, Scale, load_instrument
from psychometrics.kernels.sums import sum_groups
from psychometrics.responses import MissingReason, Ratings, Responses
from psychometrics.result import Source
from psychometrics.scoring.align import align_persons
from psychometrics.scoring.cells import LookUp, ScoreCells, look_up
from psychometrics.scoring.finish import Finished, finish_composite, finish_scale, item_sums
from psychometrics.scoring.plan import ScalePlan, plan_scale
from psychometrics.scoring.rubric import CriterionValues, add_criteria, criterion_values
from psychometrics.scoring.scores import Scores
from psychometrics.version import VERSION


def score(
    instrument: Instrument | str, responses: Responses | None = None, ratings: Ratings | None = None
) -> Scores:
    """Score every scale of an instrument for every person.

    Parameters
    ----------
    instrument : Instrument or str
        What was asked.
    responses : Responses, optional
        What was answered; needed when the instrument has items.
    ratings : Ratings, optional
        What raters judged; needed when the instrument has rubric tasks. Persons are matched by ``person_id`` and
        ``occasion``; a person with answers and no ratings is scored on what there is, and the reverse.

    Returns
    -------
    Scores
        One row per person and occasion, in the order of the responses, then those who were only rated.

    Raises
    ------
    ScoringError
        Responses or ratings are missing, or belong to another instrument or fingerprint.

    Notes
    -----
    Points, weights and multipliers are exact fractions; sums are whole numbers; one division at the end gives the
    nearest float. Scores that are equal as fractions are therefore equal as floats, and neither the order of items
    nor the cutting into chunks changes a bit.

    Examples
    --------
    >>> import psychometrics as pm
    >>> answers = pm.read_responses({"person_id": ["a"], **{f"q{i}": [2] for i in range(1, 8)}}, "gad-7")
    >>> pm.score("gad-7", answers).of("total")
    array([14.])
    """
    if isinstance(instrument, str):
        instrument = load_instrument(instrument)
    return score_cells(instrument, responses, ratings).scores


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scored:
    """Scores, and per scale the cells they were looked up in; None where they were not."""

    scores: Scores
    cells: tuple[ScoreCells | None, ...]


def score_cells(
    instrument: Instrument,
    responses: Responses | None,
    ratings: Ratings | None,
    *,
    keep: bool = False,
) -> Scored:
    """Score as :func:`score` does, and with ``keep`` return the cells too: they are quick to count."""
    _check_belongs(instrument, responses, ratings)
    alignment = align_persons(responses, ratings)
    n_rows = alignment.persons.num_rows
    codes = _codes(instrument, responses, n_rows)
    values = None if ratings is None else criterion_values(ratings, alignment.rating_rows, n_rows)
    not_applicable = bool(instrument.branches) or any(_not_asked(row) for row in codes)
    plans, tables = _rules(instrument)
    tables = {} if not_applicable else tables
    shape = (len(instrument.scales), n_rows)
    raw, n_valid, reason = np.empty(shape), np.empty(shape, np.int16), np.empty(shape, np.int8)
    places = {scale_id: np.empty(n_rows if keep else 0, np.int16) for scale_id in tables}

    def work(part: slice) -> None:
        done: dict[str, Finished] = {}
        for scale in instrument.scales_in_order:
            if scale.id not in tables:
                done[scale.id] = _score_scale(
                    scale, plans, codes[:, part], values, part, done, not_applicable
                )
        for row, scale_id in enumerate(instrument.scale_ids):
            if scale_id in tables:
                table = tables[scale_id]
                place = places[scale_id][part] if keep else np.empty(part.stop - part.start, np.int16)
                n_valid[row, part] = table.place(codes[:, part], place)
                where = place.astype(np.intp)
                np.take(table.values, where, out=raw[row, part], mode="clip")
                np.take(table.reason, where, out=reason[row, part], mode="clip")
            else:
                raw[row, part], n_valid[row, part] = done[scale_id].values(), done[scale_id].n_valid
                reason[row, part] = done[scale_id].reason

    for_each_chunk(n_rows, work)
    n_raters, adjudicate = _rater_columns(instrument, values, n_rows)
    scores = Scores(
        instrument=instrument,
        persons=alignment.persons,
        raw=raw,
        n_valid=n_valid,
        reason=reason,
        n_raters=n_raters,
        adjudicate=adjudicate,
        notes=(*(responses.notes if responses else ()), *alignment.notes),
        source=_source(instrument, responses, ratings),
    )
    cells = [
        ScoreCells(values=tables[one].values, place=places[one]) if keep and one in tables else None
        for one in instrument.scale_ids
    ]
    return Scored(scores=scores, cells=tuple(cells))


def _not_asked(row: npt.NDArray[np.int8]) -> bool:
    asked = not row.size or row.min() > MissingReason.NOT_APPLICABLE
    return not asked and bool((row == MissingReason.NOT_APPLICABLE).any())


@lru_cache(maxsize=64)
def _rules(instrument: Instrument) -> tuple[dict[str, ScalePlan], dict[str, LookUp]]:
    """Return the plans of the scales, and the tables of those that can be looked up; made once for all batches."""
    plans = {scale.id: plan_scale(instrument, scale) for scale in instrument.scales if not scale.components}
    return plans, _tables(instrument, plans)


def _tables(instrument: Instrument, plans: Mapping[str, ScalePlan]) -> dict[str, LookUp]:
    """Return the scales that can be looked up; what composites are made of stays a fraction."""
    parts = {part.scale_id for scale in instrument.scales for part in scale.components}
    found = {
        scale.id: look_up(scale, plans[scale.id])
        for scale in instrument.scales
        if scale.id in plans and scale.id not in parts
    }
    return {scale_id: one for scale_id, one in found.items() if one is not None}


def _score_scale(
    scale: Scale,
    plans: dict[str, ScalePlan],
    codes: npt.NDArray[np.int8],
    values: CriterionValues | None,
    part: slice,
    done: dict[str, Finished],
    not_applicable: bool,
) -> Finished:
    if scale.components:
        return finish_composite(scale, [done[component.scale_id] for component in scale.components])
    plan = plans[scale.id]
    sums = sum_groups(codes, plan.groups, not_applicable=not_applicable, ranges=scale.aggregate == "percent")
    if not plan.criteria or values is None:
        return finish_scale(scale, plan, item_sums(sums, plan))
    return finish_scale(scale, plan, add_criteria(sums, plan, values, part))


def _codes(instrument: Instrument, responses: Responses | None, n_rows: int) -> npt.NDArray[np.int8]:
    if responses is not None and responses.n_rows == n_rows:
        return responses.codes
    codes = np.full((len(instrument.items), n_rows), MissingReason.NOT_PRESENTED.value, np.int8)
    if responses is not None:
        codes[:, : responses.n_rows] = responses.codes
    return codes


def _rater_columns(
    instrument: Instrument, values: CriterionValues | None, n_rows: int
) -> tuple[npt.NDArray[np.int16], npt.NDArray[np.bool_]]:
    if values is None:
        return np.empty((0, 0), np.int16), np.empty((0, 0), np.bool_)
    n_raters = np.full((len(instrument.scales), n_rows), -1, np.int16)
    adjudicate = np.zeros(n_raters.shape, np.bool_)
    for row, scale in enumerate(instrument.scales):
        rows = [instrument.criterion_ids.index(name) for name in instrument.criteria_under(scale)]
        if rows:
            fewest = np.where(values.valid[rows], values.n_raters[rows], np.iinfo(np.int16).max).min(axis=0)
            n_raters[row] = np.where(values.valid[rows].any(axis=0), fewest, 0)
            adjudicate[row] = values.adjudicate[rows].any(axis=0)
    return n_raters, adjudicate


def _check_belongs(instrument: Instrument, responses: Responses | None, ratings: Ratings | None) -> None:
    problems = [
        Problem(
            where=name,
            what=f"belong to {given.instrument.name} with another fingerprint",
            expected=instrument.name,
        )
        for name, given in (("responses", responses), ("ratings", ratings))
        if given is not None and given.instrument.fingerprint != instrument.fingerprint
    ]
    if responses is None and ratings is None:
        problems.append(
            Problem(where="", what="neither responses nor ratings", expected="at least one of them")
        )
    if ratings is None and not instrument.items:
        problems.append(
            Problem(
                where="ratings", what="missing", expected=f"ratings: {instrument.name} has rubric tasks only"
            )
        )
    if problems:
        raise ScoringError(f"{instrument.name} cannot be scored", problems=problems)


def _source(instrument: Instrument, responses: Responses | None, ratings: Ratings | None) -> Source:
    given = [part for part in (responses, ratings) if part is not None]
    return Source(
        instrument=instrument.name,
        fingerprint=instrument.fingerprint,
        input_sha256="+".join(part.source.input_sha256 for part in given),
        options=tuple(option for part in given for option in part.source.options),
        package_version=VERSION,
    )
