"""Carry norms over to a new version of an instrument by an explicit conversion that is stored with them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import numpy as np

from psychometrics.errors import NormError, NormMismatchError, Problem
from psychometrics.instrument import Instrument
from psychometrics.instrument.instrument import Scale
from psychometrics.norming.cells.cell import Cell
from psychometrics.norming.cells.converted import ConvertedCell
from psychometrics.norming.cells.counts import CountCell
from psychometrics.norming.cells.weighted import WeightedCell
from psychometrics.norming.edition import Change, Conversion, EditionHead, checked_head
from psychometrics.norming.equating.result import Equating
from psychometrics.norming.norms import COUNTED, Norms, edition_source
from psychometrics.norming.strata import Key
from psychometrics.result import Source


def convert_norms(
    norms: Norms,
    conversion: Equating | Mapping[str, Equating],
    *,
    to: Instrument,
    edition: str,
    why: str = "",
    who: str = "",
    day: date | None = None,
) -> Norms:
    """Make an edition for a new version of an instrument out of norms for an earlier one.

    Parameters
    ----------
    norms : Norms
        Counts, weighted or not, for the earlier version.
    conversion : Equating or mapping of scale to Equating
        From scores of the new version (x) to scores of the earlier one (y); by scale of the new version.
    to : Instrument
        The new version.
    edition : str
        Name of the new edition.
    why, who : str
        Kept in the history.
    day : date, optional
        Date of the change; today when left out.

    Returns
    -------
    Norms
        The same exact counts on the earlier scale, and in the head the table from each new score to the earlier
        scale with its standard errors. A new score x is placed where e(x) lies, each person's score spread evenly
        over its interval. Intervals hold the error of the conversion. Scales without a conversion are left out.

    Raises
    ------
    NormMismatchError
        The conversion was made for other instruments or scales.
    NormError
        Published figures instead of counts, norms converted before, or a table that falls, has gaps, or does not
        reach every possible score.
    """
    equatings = _by_scale(conversion, to)
    problems = [*_edition_problems(norms, to)]
    for scale_id, equating in equatings.items():
        problems += _scale_problems(norms, to, scale_id, equating)
    if problems:
        raise NormMismatchError(f"{norms.name} cannot be carried over to {to.name}", problems=problems)
    stored = [_stored(norms, scale_id, equating) for scale_id, equating in equatings.items()]
    head = _head(norms, to, stored, list(equatings.values()), edition, _change(stored, why, who, day))
    return Norms(head=head, cells=_cells(norms, stored), source=edition_source(head))


def _by_scale(conversion: Equating | Mapping[str, Equating], to: Instrument) -> dict[str, Equating]:
    if isinstance(conversion, Mapping):
        return dict(conversion)
    if conversion.scale_id:
        return {conversion.scale_id: conversion}
    if len(to.scale_ids) == 1:
        return {to.scale_ids[0]: conversion}
    raise NormError(
        f"{to.name} has {len(to.scale_ids)} scales, and the equating does not say which it is for",
        hint='Give {"scale": equating}.',
    )


def _edition_problems(norms: Norms, to: Instrument) -> list[Problem]:
    problems = []
    if norms.head.kind not in COUNTED:
        problems.append(Problem(where="kind", what=norms.head.kind, expected="counts"))
    if norms.head.conversion:
        parent = norms.head.parent or "its parent"
        problems.append(
            Problem(
                where="conversion", what="norms converted before", hint=f"Convert {parent} by one equating."
            )
        )
    if norms.head.fingerprint == to.fingerprint:
        problems.append(Problem(where="fingerprint", what="the norms are for this very version already"))
    return problems


def _scale_problems(norms: Norms, to: Instrument, scale_id: str, equating: Equating) -> list[Problem]:
    earlier = equating.y_scale_id or scale_id
    problems = [
        Problem(where=f"{scale_id}, {name}", what=source.instrument or source.fingerprint, expected=expected)
        for name, source, fingerprint, expected in (
            ("x", equating.source, to.fingerprint, to.name),
            ("y", equating.y_source, norms.head.fingerprint, f"{norms.head.instrument}@{norms.head.version}"),
        )
        if source.fingerprint and source.fingerprint != fingerprint
    ]
    if scale_id not in to.scale_ids:
        return [*problems, Problem(where=scale_id, what=f"no such scale in {to.name}")]
    if earlier not in norms.scale_ids:
        return [*problems, Problem(where=earlier, what="no norms for this scale")]
    return [*problems, *_table_problems(norms, to.scale(scale_id), scale_id, earlier, equating)]


def _table_problems(
    norms: Norms, scale: Scale, scale_id: str, earlier: str, equating: Equating
) -> list[Problem]:
    problems = []
    if not np.isfinite(equating.equated).all():
        return [Problem(where=scale_id, what="the equating has scores without an equated score")]
    if (np.diff(equating.equated) < 0).any():
        problems.append(Problem(where=scale_id, what="the equating falls somewhere"))
    low, high = float(equating.scores[0]), float(equating.scores[-1])
    if np.isfinite(scale.minimum) and (low > scale.minimum or high < scale.maximum):
        expected = f"{scale.minimum:g} to {scale.maximum:g}"
        problems.append(Problem(where=scale_id, what=f"equated from {low:g} to {high:g}", expected=expected))
    counted = [
        cell.scores
        for (_, own), cell in norms.cells.items()
        if own == earlier and isinstance(cell, CountCell | WeightedCell)
    ]
    others = np.setdiff1d(np.concatenate([np.empty(0), *counted]), equating.y_scores)
    if len(others):
        what = f"norms at scores the equating does not know, such as {others[0]:g}"
        problems.append(Problem(where=earlier, what=what, expected="the same possible scores (y_scores)"))
    return problems


def _stored(norms: Norms, scale_id: str, equating: Equating) -> Conversion:
    notes = list(equating.notes)
    if not equating.source.fingerprint or not equating.y_source.fingerprint:
        notes.append("the equating does not say which versions its scores came from")
    return Conversion(
        scale=scale_id,
        old_scale=equating.y_scale_id or scale_id,
        old_instrument=norms.head.instrument,
        old_version=norms.head.version,
        old_fingerprint=norms.head.fingerprint,
        old_edition=norms.head.edition,
        how=equating.describe(),
        method=equating.method,
        design=equating.design,
        error_method=equating.error_method,
        n_new=equating.n_x,
        n_old=equating.n_y,
        scores=equating.scores.tolist(),
        equated=equating.equated.tolist(),
        standard_error=equating.standard_error.tolist(),
        old_scores=equating.y_scores.tolist(),
        notes=notes,
    )


def _change(stored: list[Conversion], why: str, who: str, day: date | None) -> Change:
    how = "; ".join(f"{one.scale}: {one.how}" for one in stored)
    return Change(
        action="converted",
        date=(day or date.today()).isoformat(),
        why=f"{why} ({how})" if why else how,
        who=who,
    )


def _head(
    norms: Norms,
    to: Instrument,
    stored: list[Conversion],
    equatings: list[Equating],
    edition: str,
    change: Change,
) -> EditionHead:
    left = sorted(set(norms.scale_ids) - {one.old_scale for one in stored})
    sources: list[Source] = [part for one in equatings for part in (one.source, one.y_source)]
    update = {
        "instrument": to.id,
        "version": to.version,
        "fingerprint": to.fingerprint,
        "edition": edition,
        "title": f"{to.title}: {edition}, converted from {norms.name}",
        "parent": norms.head.edition,
        "simulated": norms.head.simulated or any(source.simulated for source in sources),
        "released": change.date,
        "notes": [
            *norms.head.notes,
            *(f"no conversion for {scale_id}: left out" for scale_id in left),
        ],
        "conversion": [one.model_dump() for one in stored],
        "reliability": [],
        "history": [one.model_dump() for one in (*norms.head.history, change)],
        "table": f"{edition}.csv",
        "table_sha256": "0" * 64,
    }
    return checked_head({**norms.head.model_dump(by_alias=True), **update})


def _cells(norms: Norms, stored: list[Conversion]) -> dict[tuple[Key, str], Cell]:
    cells: dict[tuple[Key, str], Cell] = {}
    for one in stored:
        for (key, scale_id), cell in norms.cells.items():
            if scale_id == one.old_scale and isinstance(cell, CountCell | WeightedCell):
                cells[key, one.scale] = ConvertedCell(inner=cell, conversion=one)
    return cells


def with_conversions(cells: dict[tuple[Key, str], Cell], head: EditionHead) -> dict[tuple[Key, str], Cell]:
    """Give cells of counts that were read from a table the conversions of their head."""
    if not head.conversion:
        return cells
    by_scale = {one.scale: one for one in head.conversion}
    lost = sorted({scale_id for _, scale_id in cells} - set(by_scale))
    if lost:
        problems = [Problem(where=scale_id, what="no conversion in the head") for scale_id in lost]
        raise NormError(f"{head.edition}: converted norms", problems=problems)
    return {
        (key, scale_id): ConvertedCell(inner=cell, conversion=by_scale[scale_id])
        if isinstance(cell, CountCell | WeightedCell)
        else cell
        for (key, scale_id), cell in cells.items()
    }
