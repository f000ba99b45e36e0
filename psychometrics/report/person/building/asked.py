"""What a result page is asked to rest on, checked: scores, norms, errors, responses, ratings, evidence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from psychometrics.errors import Problem, ReportError
from psychometrics.evidence.overview.table import InstrumentReliability
from psychometrics.evidence.stability.occasions import Stability
from psychometrics.instrument import Instrument
from psychometrics.norming import NormedScores, Norms, load_norms
from psychometrics.norming.editions.ageing import EditionAge, edition_age
from psychometrics.responses import Ratings, Responses
from psychometrics.scoring import Scores, score
from psychometrics.scoring.score_errors import ScoreError

KEYS = ("person_id", "occasion")
Origin = str
"""Where a standard error comes from: "scores", "reliability" or "norms"."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Asked:
    """Everything a page may rest on; None where it was not given.

    ``normed`` is placed with the errors of ``errors``; it is None without norms and with norms that are no longer
    usable (``norms`` is then there all the same, and ``age`` says why). ``simulated`` is what the sources say, or what was
    said of them; ``simulated_parts`` which of "answers" and "norms" they say it of.
    """

    instrument: Instrument
    persons: pa.Table
    scores: Scores | None
    normed: NormedScores | None
    norms: Norms | None
    age: EditionAge | None
    errors: Mapping[str, ScoreError]
    origins: Mapping[str, Origin]
    confidence: float
    responses: Responses | None
    ratings: Ratings | None
    reliability: InstrumentReliability | None
    stability: Stability | None
    today: date
    simulated: bool
    simulated_parts: tuple[str, ...]


def take(
    scores: Scores | NormedScores,
    *,
    norms: Norms | NormedScores | str | Path | None = None,
    responses: Responses | None = None,
    ratings: Ratings | None = None,
    reliability: InstrumentReliability | None = None,
    stability: Stability | None = None,
    today: date | None = None,
    simulated: bool | None = None,
) -> Asked:
    """Check that all parts belong together, and place the scores where there are norms."""
    day = today or date.today()
    if not isinstance(scores, Scores | NormedScores):
        raise ReportError(
            f"a result page needs scores, not {type(scores).__name__}",
            hint="Give what score(...) or norms.apply(...) returned.",
        )
    if isinstance(scores, NormedScores) and norms is not None:
        raise ReportError(
            "these scores are placed in norms already", hint="Leave norms= out, or give plain scores."
        )
    placed = (
        scores if isinstance(scores, NormedScores) else norms if isinstance(norms, NormedScores) else None
    )
    plain = scores if isinstance(scores, Scores) else None
    instrument = scores.instrument
    if instrument is None:
        raise ReportError(
            "these scores were made without an instrument, so nothing can be said of what they mean",
            hint="Score responses with score(instrument, responses).",
        )
    if plain is None and placed is not None and (responses is not None or ratings is not None):
        plain = _scored_again(placed, responses, ratings)
    _check_parts(instrument, responses=responses, ratings=ratings, reliability=reliability, norms=placed)
    if plain is not None and placed is not None:
        _check_same_people(plain, placed)
    edition = placed.norms if placed is not None else _edition(instrument, norms)
    errors, origins = _errors(scores, reliability, edition)
    age = None if edition is None else edition_age(edition, today=day)
    confidence = (
        plain.confidence if plain is not None else placed.placing.confidence if placed is not None else 0.95
    )
    if plain is not None:
        plain = plain.with_standard_errors(errors, confidence=confidence)
    return Asked(
        instrument=instrument,
        persons=scores.persons,
        scores=plain,
        normed=_placed(plain, placed, edition, age, errors, day),
        norms=edition,
        age=age,
        errors=errors,
        origins=origins,
        confidence=confidence,
        responses=responses,
        ratings=ratings,
        reliability=reliability,
        stability=stability,
        today=day,
        simulated=_simulated(simulated, plain, placed, edition, responses, ratings),
        simulated_parts=_simulated_parts(simulated, edition, (plain, responses, ratings)),
    )


def _simulated_parts(said: bool | None, edition: Norms | None, given: tuple[Any, ...]) -> tuple[str, ...]:
    """Return which of "answers" and "norms" are simulated; who says that a call is simulated says it of the answers."""
    answers = bool(said) or any(part.source.simulated for part in given if part is not None)
    norms = edition is not None and edition.head.simulated
    return tuple(name for name, is_so in (("answers", answers), ("norms", norms)) if is_so)


def _simulated(said: bool | None, *parts: Any) -> bool:
    """Return whether anything is simulated; what a source calls so cannot be called real."""
    known = any(part.source.simulated for part in parts if part is not None)
    if known and said is False:
        raise ReportError(
            "these data are SIMULATED, as their sources say",
            hint="Leave simulated= out: the page must say so.",
        )
    return known or bool(said)


def _scored_again(
    normed: NormedScores, responses: Responses | None, ratings: Ratings | None
) -> Scores | None:
    """Return the plain scores behind normed ones, where the data that came along give the same; else None."""
    given = [part for part in (responses, ratings) if part is not None]
    if normed.instrument is None or any(
        one.instrument.fingerprint != normed.instrument.fingerprint for one in given
    ):
        return None
    scores = score(normed.instrument, responses, ratings)
    return scores if _same_people(scores, normed) else None


def _edition(instrument: Instrument, norms: Any) -> Norms | None:
    """Return the edition that is meant: one given, one named, or the default of the instrument."""
    if norms is None or isinstance(norms, Norms):
        return norms
    if norms == "default":
        norms = instrument.definition.default_norms
        if norms is None:
            raise ReportError(
                f"{instrument.name} names no default norms", hint="Leave norms= out, or name an edition."
            )
    if not isinstance(norms, str | Path):
        raise ReportError(
            f"norms={type(norms).__name__}; expected an edition, its name or path, or normed scores"
        )
    return load_norms(str(norms))


def _placed(
    plain: Scores | None,
    placed: NormedScores | None,
    edition: Norms | None,
    age: EditionAge | None,
    errors: Mapping[str, ScoreError],
    day: date,
) -> NormedScores | None:
    if placed is not None:
        return replace(placed, standard_errors=dict(errors))
    if plain is None or edition is None or age is None or age.verdict == "unusable":
        return None
    return edition.apply(plain, confidence=plain.confidence, today=day)


def _errors(
    scores: Scores | NormedScores, reliability: InstrumentReliability | None, edition: Norms | None
) -> tuple[dict[str, ScoreError], dict[str, Origin]]:
    """Return the errors of the scores, else of the reliability table, else of the norms; and which it was."""
    kept = (
        {}
        if edition is None
        else {one.scale: one.standard_error_of_measurement for one in edition.head.reliability}
    )
    known: list[tuple[Origin, Mapping[str, ScoreError]]] = [
        ("norms", kept),
        ("reliability", {} if reliability is None else reliability.standard_errors()),
        ("scores", _own(scores, kept)),
    ]
    errors: dict[str, ScoreError] = {}
    origins: dict[str, Origin] = {}
    scales = set(() if scores.instrument is None else scores.instrument.scale_ids)
    for origin, found in known:
        for scale_id, error in found.items():
            if scale_id in scales:
                errors[scale_id], origins[scale_id] = error, origin
    return errors, origins


def _own(scores: Scores | NormedScores, kept: Mapping[str, ScoreError]) -> Mapping[str, ScoreError]:
    """Return the errors that came with the scores; normed scores carry those of the norms too, which are not theirs."""
    if isinstance(scores, Scores):
        return scores.standard_errors
    return {name: one for name, one in scores.standard_errors.items() if kept.get(name) != one}


def _check_parts(instrument: Instrument, *, norms: NormedScores | None, **parts: Any) -> None:
    problems = []
    for name, part in parts.items():
        theirs = None if part is None else part.instrument
        if theirs is not None and theirs.fingerprint != instrument.fingerprint:
            problems.append(
                Problem(where=name, what=f"belongs to {theirs.name}", expected=f"data of {instrument.name}")
            )
    if norms is not None and (
        norms.instrument is None or norms.instrument.fingerprint != instrument.fingerprint
    ):
        problems.append(Problem(where="norms", what="scores of another instrument", expected=instrument.name))
    if problems:
        raise ReportError("these parts do not belong to one result page", problems=problems)


def _check_same_people(scores: Scores, normed: NormedScores) -> None:
    if not _same_people(scores, normed):
        raise ReportError(
            "the scores and the normed scores are not of the same people",
            hint="Give norms.apply(scores) of these very scores, or the edition itself.",
        )


def _same_people(scores: Scores, normed: NormedScores) -> bool:
    same = scores.raw.shape == normed.raw.shape and np.array_equal(scores.raw, normed.raw, equal_nan=True)
    keys = [name for name in KEYS if name in scores.persons.column_names]
    return same and all(
        name in normed.persons.column_names and scores.persons.column(name) == normed.persons.column(name)
        for name in keys
    )
