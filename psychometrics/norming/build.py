"""Build a norm edition: count how many people of each stratum have each score."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from psychometrics.errors import NormError, Problem
from psychometrics.instrument import Instrument
from psychometrics.norming.block import ScoreBlock, score_block
from psychometrics.norming.cells.cell import Cell
from psychometrics.norming.cells.counts import CountCell
from psychometrics.norming.continuous.build import fit_cells
from psychometrics.norming.continuous.settings import ContinuousNorming
from psychometrics.norming.edition import (
    Change,
    EditionHead,
    ScaleReliability,
    Smoothing,
    StratumVariable,
    checked_head,
)
from psychometrics.norming.norms import Norms, edition_source
from psychometrics.norming.smoothing import read_smoothing
from psychometrics.norming.strata import Key, parse_strata, stratum_index, stratum_keys
from psychometrics.norming.weighting.editions import count_weighted, weight_words
from psychometrics.norming.weighting.weighting import Weighting, cell_index
from psychometrics.result import Source
from psychometrics.tallying.score_tally import ScoreTally, count_scores

POPULATION = (
    "description",
    "country",
    "sampling",
    "participation",
    "administration",
    "collected",
    "exclusions",
    "weights",
)
PUBLICATION = ("citation", "doi", "url")
OTHER = ("licence", "script", "released", "who", "why")


def build_norms(
    scores: Any,
    *,
    edition: str,
    provenance: Mapping[str, str],
    strata: Iterable[str | StratumVariable] = (),
    scale: str | Sequence[str] | None = None,
    weights: Weighting | None = None,
    smoothing: str | Smoothing | None = None,
    continuous: str | ContinuousNorming | None = None,
    method: str = "auto",
    simulated: bool = False,
    reliability: Iterable[Mapping[str, Any]] = (),
    title: str | None = None,
    day: date | None = None,
) -> Norms:
    """Count a norm sample into an edition.

    Parameters
    ----------
    scores : Scores or frame
        The norm sample, or a table with a column per scale (then name them in ``scale``).
    edition : str
        Name of the edition, such as ``"2026-11"``.
    provenance : mapping
        ``description`` of the population (needed), and where known: country, sampling, participation
        (how many of those asked took part), administration, collected (dates), exclusions, weights, licence, script,
        citation, doi, url, who, why.
    strata : iterable, optional
        Columns that divide the sample: ``"gender"``, ``"age:18,30,45,65"``.
    scale : str or list, optional
        Which scales; all by default.
    weights : Weighting, optional
        From :func:`rake` or :func:`given_weights`, made for this very sample. The edition then holds counts per
        weight cell; its means, ranks and standard errors are weighted. Who has no weight is left out.
    smoothing : str or Smoothing, optional
        How score distributions are smoothed whenever the edition is applied: "log_linear", "kernel",
        "beta_binomial". The counts themselves stay exact; the head says what was chosen.
    continuous : str or ContinuousNorming, optional
        Column of a number (age, grade) the norms run along: one smooth model for all ages in place of counts. A
        :class:`ContinuousNorming` says more: possible scores, powers, criterion.
    method : {"auto", "taylor", "beta_binomial", "shash", "box_cox_t", "normal"}
        Which model ``continuous`` norms get; "auto" takes the one with the best criterion.
    simulated : bool
        True for simulated people; every result made with these norms then says so.
    reliability : iterable of mappings, optional
        What is known of each scale in this sample: scale, coefficient, estimate,
        standard_error_of_measurement, n_persons.
    title : str, optional
        Title of the edition.
    day : date, optional
        Date of the build; today when left out.

    Returns
    -------
    Norms
        Exact counts; nobody's answers are kept. Persons outside every stratum are left out and counted in a note.

    Raises
    ------
    NormError
        No usable score, an unknown column, or provenance that is incomplete.

    Examples
    --------
    >>> import psychometrics as pm
    >>> sample = {"total": [3, 5, 5, 8], "gender": ["f", "m", "f", "m"]}
    >>> pm.build_norms(sample, scale="total", edition="x", provenance={"description": "four people"}, simulated=True)
    <Norms table/x: SIMULATED counts, 1 scales, 1 cells>
    """
    check_provenance(provenance)
    block = score_block(scores, [scale] if isinstance(scale, str) else scale)
    variables = parse_strata(strata, block.persons)
    index, _ = stratum_index(variables, block.persons)
    weight_cell = None if weights is None else cell_index(weights.table, block.persons)
    if weight_cell is not None:
        index = np.where(weight_cell < 0, np.minimum(index, -1), index)
    parts = None
    if continuous is not None:
        if smoothing is not None:
            raise NormError("continuous norms are smooth already", hint="Leave smoothing= out.")
        persons = None if weights is None else weights.of(block.persons)
        parts = fit_cells(block, variables, index, continuous, method, persons)
        cells = parts.cells
    elif weights is not None and weight_cell is not None:
        cells = count_weighted(block, variables, index, weights.table, weight_cell)
    else:
        cells = _count(block, variables, index)
    if not cells:
        raise NormError(
            "no score falls into any stratum", hint="Check that the sample has scores and the strata fit it."
        )
    outside = int(np.count_nonzero(index < 0))
    where = "stratum" if weights is None else "stratum or weight cell"
    notes = outside_notes(outside, len(index), where) + again_notes(_again(block.persons, index >= 0))
    n = len(index) - outside
    if parts is not None:
        n, notes = parts.n, notes + parts.notes
    head = edition_head(
        block.instrument, edition, provenance, variables, simulated, reliability, title, day, n, notes)
    if weights is not None:
        head = _weighted(head, weights)
    if parts is not None:
        head = head.model_copy(update={"kind": "continuous", "continuous": parts.design, "weighting": None})
    if smoothing is not None:
        head = head.model_copy(update={"smoothing": read_smoothing(smoothing)})
    return Norms(head=head, cells=cells, source=edition_source(head))


def outside_notes(outside: int, n: int, where: str = "stratum") -> list[str]:
    """Say how many people are left out."""
    return [f"{outside:,} of {n:,} people were in no {where} and are left out"] * bool(outside)


def again_notes(again: int) -> list[str]:
    """Say how many rows are of people who are in the sample already: they count more than once."""
    return [f"{again:,} rows are of people who are in the sample already; every row is counted"] * bool(again)


def _again(persons: pa.Table, inside: npt.NDArray[np.bool_]) -> int:
    if "person_id" not in persons.column_names:
        return 0
    known = persons.column("person_id").filter(pa.array(inside)).drop_null()
    return len(known) - int(pc.count_distinct(known).as_py())


def _weighted(head: EditionHead, weights: Weighting) -> EditionHead:
    said = head.population.weights or weight_words(weights)
    population = head.population.model_copy(update={"weights": said})
    return head.model_copy(
        update={"kind": "weighted_counts", "weighting": weights.table, "population": population}
    )


def _count(
    block: ScoreBlock, variables: list[StratumVariable], index: npt.NDArray[np.int32]
) -> dict[tuple[Key, str], Cell]:
    keys = stratum_keys(variables)
    labels = {
        variable.name: pa.DictionaryArray.from_arrays(
            pa.array(np.maximum(index, 0), mask=index < 0), [key[place] for key in keys]
        )
        for place, variable in enumerate(variables)
    }
    counts = count_scores(block.raw, block.scale_ids, labels, Source())
    return cells_of_counts(counts, variables)


def cells_of_counts(
    counts: ScoreTally, variables: Sequence[StratumVariable]
) -> dict[tuple[Key, str], Cell]:
    """Return the cells of an edition: each stratum in the order of its variables, each scale that has scores in it."""
    found = set(counts.strata)
    cells: dict[tuple[Key, str], Cell] = {}
    for key in (key for key in stratum_keys(variables) if key in found):
        for scale_id in counts.scale_ids:
            scores, n_persons = counts.distribution(scale_id, key)
            if len(scores):
                cells[key, scale_id] = CountCell(scores=scores, counts=n_persons)
    return cells


def check_provenance(provenance: Mapping[str, str]) -> None:
    """Refuse words on where a sample comes from that an edition cannot keep, or that do not say who it is."""
    unknown = sorted(set(provenance) - {*POPULATION, *PUBLICATION, *OTHER})
    problems = [Problem(where=name, what="unknown key of provenance") for name in unknown]
    if not provenance.get("description"):
        problems.append(
            Problem(where="description", what="missing", expected="who the norm sample is, in words")
        )
    if problems:
        hint = f"Known keys: {', '.join((*POPULATION, *PUBLICATION, *OTHER))}."
        raise NormError("provenance cannot be used", problems=problems, hint=hint)


def edition_head(
    instrument: Instrument | None,
    edition: str,
    provenance: Mapping[str, str],
    variables: list[StratumVariable],
    simulated: bool,
    reliability: Iterable[Mapping[str, Any]],
    title: str | None,
    day: date | None,
    n: int,
    notes: list[str],
) -> EditionHead:
    """Return the checked head of an edition of counts."""
    check_provenance(provenance)
    today = (day or date.today()).isoformat()
    raw = {
        "format": 1,
        "instrument": instrument.id if instrument else "table",
        "version": instrument.version if instrument else "0.0.0",
        "fingerprint": instrument.fingerprint if instrument else "",
        "edition": edition,
        "title": title or f"{instrument.title if instrument else 'Scores'}: {edition}",
        "kind": "counts",
        "simulated": simulated,
        "table": f"{edition}.csv",
        "table_sha256": "0" * 64,
        "notes": notes,
        "released": provenance.get("released", today),
        **{name: provenance[name] for name in ("licence", "script") if name in provenance},
        "population": {**{name: provenance[name] for name in POPULATION if name in provenance}, "n": n},
        "strata": [variable.model_dump(by_alias=True) for variable in variables],
        "reliability": [ScaleReliability(**one).model_dump() for one in reliability],
        "history": [
            Change(
                action="built", date=today, who=provenance.get("who", ""), why=provenance.get("why", "")
            ).model_dump()
        ],
    }
    if "citation" in provenance:
        raw["source"] = {name: provenance[name] for name in PUBLICATION if name in provenance}
    return checked_head(raw)
