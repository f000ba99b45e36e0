"""What is given to a manual: checked, with everything that is wrong said at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

import pyarrow.compute as pc

from psychometrics import catalog
from psychometrics.errors import NormError, Problem, ReportError, did_you_mean
from psychometrics.evidence.stability.occasions import Stability
from psychometrics.instrument import Instrument
from psychometrics.norming import Norms, load_norms
from psychometrics.report.manual.material import Absent
from psychometrics.report.manual.questions import BY_ID
from psychometrics.responses import Ratings, Responses
from psychometrics.scoring import Scores, score

D = TypeVar("D", Responses, Ratings)
Retest = Responses | Ratings | tuple[Responses | None, Ratings | None] | Scores | Stability | None
"""A second occasion, as answers, ratings, both, scores, or as what was made of two."""


def tidy_statements(statements: Mapping[str, str] | None) -> dict[str, str]:
    """Return the statements that say something."""
    return {str(name): str(text).strip() for name, text in (statements or {}).items() if str(text).strip()}


def check_given(
    instrument: Instrument,
    responses: Responses | None,
    ratings: Ratings | None,
    groups: tuple[str, ...],
    criteria: tuple[str, ...],
    statements: Mapping[str, str],
    *,
    confidence: float,
    smallest: int,
) -> None:
    """Refuse data of another instrument, columns that are not there, answers to questions nobody asks."""
    problems = [
        Problem(where=name, what=f"of {data.source.instrument}", expected=instrument.name)
        for name, data in (("responses", responses), ("ratings", ratings))
        if data is not None and data.source.fingerprint != instrument.fingerprint
    ]
    columns = [] if responses is None else responses.persons.column_names
    for option, names in (("groups", groups), ("criteria", criteria)):
        problems += [
            Problem(where=option, what=f'no person column "{name}"', hint=did_you_mean(name, columns))
            for name in names
            if name not in columns or name == "person_id"
        ]
    problems += [
        Problem(where="statements", what=f'no question "{name}"', hint=did_you_mean(name, BY_ID))
        for name in statements
        if name not in BY_ID
    ]
    if not 0 < confidence < 1:
        problems.append(
            Problem(where="confidence", what=f"{confidence}", expected="a number between 0 and 1")
        )
    if smallest < 1:
        problems.append(Problem(where="smallest", what=f"{smallest}", expected="1 or more"))
    if problems:
        raise ReportError(f"the manual of {instrument.name} cannot be written", problems=problems)


def retest_scores(instrument: Instrument, retest: Retest) -> Stability | Scores | None:
    """Return the scores of the second occasion."""
    if retest is None or isinstance(retest, Stability | Scores):
        return retest
    if isinstance(retest, Responses):
        retest = (retest, None)
    elif isinstance(retest, Ratings):
        retest = (None, retest)
    return None if retest == (None, None) else score(instrument, *retest)


def norms_of(instrument: Instrument, norms: Norms | str | None) -> Norms | Absent:
    """Return the edition, or why there is none; an edition that is named and does not fit is an error."""
    if norms is None:
        return Absent(why="no norm edition was asked for")
    if norms != "default":
        found = load_norms(norms) if isinstance(norms, str) else norms
        why = _misfit(instrument, found)
        if why:
            raise ReportError(f"the manual of {instrument.name} cannot use these norms: {why}")
        return found
    name = instrument.definition.default_norms
    if name is None:
        return Absent(why="the definition names no norm edition, and none was given")
    try:
        found = load_norms(name)
    except NormError as error:
        return Absent(why=f"the edition that the definition names cannot be read: {error.message}")
    why = _misfit(instrument, found)
    return Absent(why=f"the edition that the definition names does not fit: {why}") if why else found


def _misfit(instrument: Instrument, norms: Norms) -> str:
    head = norms.head
    if head.instrument != instrument.id:
        return f"they are of {head.instrument}"
    if head.fingerprint and head.fingerprint != instrument.fingerprint:
        return f"they were made for version {head.version} with another fingerprint"
    return ""


def is_simulated(responses: Responses | None, ratings: Ratings | None) -> bool:
    """Say whether the data say so themselves, or are the sample that ships with a simulated norm edition."""
    given = [data for data in (responses, ratings) if data is not None]
    if any(data.source.simulated for data in given):
        return True
    digests = {data.source.input_sha256 for data in given}
    files = [path for path, digest in catalog.released_digests("norms").items() if digest in digests]
    return any(
        load_norms(f"{one.id}/{one.version}").head.simulated
        for one in catalog.entries("norms")
        if any(path.startswith(f"{one.id}/{one.version}.") for path in files)
    )


def by_occasion(
    responses: Responses | None, ratings: Ratings | None
) -> list[tuple[str, Responses | None, Ratings | None]]:
    """Return the data of each occasion by name, in the order of the names; all of them where there is one or none."""
    columns = [
        data.persons.column("occasion")
        for data in (responses, ratings)
        if data is not None and "occasion" in data.persons.column_names
    ]
    names = sorted({name for column in columns for name in column.unique().to_pylist() if name is not None})
    if len(names) < 2:
        return [("", responses, ratings)]
    return [(name, _on(responses, name), _on(ratings, name)) for name in names]


def _on(data: D | None, name: str) -> D | None:
    if data is None or "occasion" not in data.persons.column_names:
        return data
    return data.select(pc.equal(data.persons.column("occasion"), name).fill_null(fill_value=False).to_numpy())
