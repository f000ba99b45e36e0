"""Do the data contradict the definition? Signs of a wrong key, a shifted range, a doubled or swapped column."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from psychometrics.errors import EstimationError, did_you_mean
from psychometrics.evidence.items.finding import Finding, scales_of
from psychometrics.evidence.items.key_columns import doubled, misplaced
from psychometrics.evidence.items.key_polarity import against_their_scale, differing_in_groups
from psychometrics.evidence.items.key_published import missed_figures
from psychometrics.evidence.items.key_ranges import blanks_as_zero, ends_never_used, outside_the_range
from psychometrics.instrument import Instrument, load_instrument
from psychometrics.responses import Responses
from psychometrics.result import Result, Source

MOST_LEVELS = 12
COLUMNS = ("rule", "scale_id", "item_id", "finding", "detail")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class KeyCheck(Result):
    """All findings; none is good news as far as these rules see.

    Attributes
    ----------
    findings : tuple of Finding
    groups : tuple of str
        The person columns in which directions were compared.
    source : Source
    """

    findings: tuple[Finding, ...]
    groups: tuple[str, ...]
    source: Source

    def columns(self) -> Mapping[str, Any]:
        """One row per finding."""
        return {name: [getattr(one, name) for one in self.findings] for name in COLUMNS}

    def __repr__(self) -> str:
        return f"<Key check of {self.source.instrument}: {len(self.findings)} finding(s)>"


def check_keys(
    instrument: Instrument | str, responses: Responses, *, groups: Sequence[str] | None = None
) -> KeyCheck:
    """Hold the data against the definition.

    Rules, each with a false alarm in about 1 of 1,000 clean scales, each only with at least 50 answers:

    - ``polarity``: items that run against their scale; a scale that falls into two halves;
    - ``group polarity``: items whose direction differs between groups of persons;
    - ``range``: an end of the range nobody chose though the other options make at least 12 answers there likely; cells
      that fit no option;
    - ``blanks``: 0 chosen too often by people who are high on the other items; rows of nothing but 0 on items keyed
      both ways;
    - ``columns``: two items with the same codes, or exactly reversed ones, in 99.9% of the rows;
    - ``misplaced``: items unrelated to their scale, or clearly nearer to another scale;
    - ``published``: a mean, SD or alpha of the definition that the data miss by far.

    What cannot be seen: a whole scale turned round, two items of one scale and direction swapped.

    Parameters
    ----------
    instrument : Instrument or str
        What was asked.
    responses : Responses
        What was answered.
    groups : sequence of str, optional
        Person columns in which the direction of items is compared; all with 2 to 12 levels when left out.

    Returns
    -------
    KeyCheck
        Findings to look at; they are signs, not proofs.

    Raises
    ------
    EstimationError
        The responses belong to another instrument; an unknown column in ``groups``.

    Notes
    -----
    How often each kind of fault is caught, and how often clean data raise an alarm, is measured in
    ``tests/benchmarks/power_of_key_check.py``; the table is in the docs.
    """
    if isinstance(instrument, str):
        instrument = load_instrument(instrument)
    if not isinstance(responses, Responses):
        raise EstimationError(
            f"check_keys works on Responses, not on {type(responses).__name__}",
            hint="Counts do not know who answered; give what pm.read_responses returns.",
        )
    if responses.instrument.fingerprint != instrument.fingerprint:
        raise EstimationError(
            f"the responses belong to {responses.instrument.name}, not to {instrument.name}"
        )
    labels = _groups(responses, groups)
    scales = scales_of(responses)
    findings: list[Finding] = []
    for data in scales:
        findings += [
            *against_their_scale(data),
            *differing_in_groups(data, labels),
            *blanks_as_zero(data, responses),
        ]
    # an item turned the wrong way would hide what else is wrong with the scale
    wrong = {one.item_id for one in findings if one.rule == "polarity" and one.item_id}
    findings += [
        *doubled(responses),
        *misplaced([data.turned(wrong) for data in scales]),
        *ends_never_used(responses),
        *outside_the_range(responses),
        *missed_figures(instrument, responses, scales),
    ]
    return KeyCheck(findings=_once(findings), groups=tuple(labels), source=responses.source)


def _once(findings: list[Finding]) -> tuple[Finding, ...]:
    """Return each fault of an item once, though the item may be in several scales."""
    seen: dict[object, Finding] = {}
    for one in findings:
        seen.setdefault((one.rule, one.item_id) if one.item_id else one, one)
    return tuple(seen.values())


def _groups(responses: Responses, wanted: Sequence[str] | None) -> dict[str, npt.NDArray[np.object_]]:
    there = [name for name in responses.persons.column_names if name not in {"person_id", "occasion"}]
    for name in wanted or ():
        if name not in there:
            raise EstimationError(
                f'no person column "{name}" to compare groups in', hint=did_you_mean(name, there)
            )
    found = {}
    for name in there if wanted is None else wanted:
        column = responses.persons.column(name)
        levels = [level for level in column.unique().to_pylist() if level is not None]
        if wanted is not None or 2 <= len(levels) <= MOST_LEVELS:
            found[name] = np.array([None if one is None else str(one) for one in column.to_pylist()], object)
    return found
