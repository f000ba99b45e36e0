"""What an edition gives away about few people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from psychometrics.errors import NormError, Problem
from psychometrics.norming.editions.suppression import SMALLEST, end_counts, hidden_cells, score_counts
from psychometrics.norming.norms import COUNTED, Norms
from psychometrics.norming.strata import Key
from psychometrics.result import Result, Source

Severity = Literal["reveals", "rare"]
Disclosure = Literal["allow", "refuse"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One way in which an edition says something about few people.

    ``severity`` is "reveals" where scores of particular people can be read off, "rare" where a score is held by one
    person, who could be recognised only by someone who knows that score already.
    """

    rule: str
    severity: Severity
    stratum: str
    scale_id: str
    n: float
    what: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DisclosureCheck(Result):
    """What an edition gives away about few people.

    Attributes
    ----------
    findings : tuple of Finding
    smallest : int
        Groups of fewer people count as few.
    source : Source
    """

    findings: tuple[Finding, ...]
    smallest: int
    source: Source

    @property
    def reveals(self) -> tuple[Finding, ...]:
        """The findings by which somebody's score can be read off."""
        return tuple(one for one in self.findings if one.severity == "reveals")

    def columns(self) -> Mapping[str, Any]:
        """One row per finding."""
        names = ("rule", "severity", "stratum", "scale_id", "n", "what")
        return {name: [getattr(one, name) for one in self.findings] for name in names}

    def sentence(self) -> str:
        """Say it in words."""
        if self.source.simulated:
            return "SIMULATED: nobody stands behind these counts."
        if not self.findings:
            return f"Nothing here is about fewer than {self.smallest} people."
        parts = [f"{len(self.reveals)} finding(s) by which scores of few people can be read off"]
        rare = len(self.findings) - len(self.reveals)
        parts += [f"{rare} score(s) at an end held by one person"] if rare else []
        return "; ".join(parts) + f" (few: below {self.smallest})."

    def __repr__(self) -> str:
        return f"<DisclosureCheck of {self.source.norms}: {len(self.reveals)} reveal, {len(self.findings) - len(self.reveals)} rare>"


def disclosure_check(
    norms: Norms, *, against: Iterable[Norms] = (), smallest: int = SMALLEST
) -> DisclosureCheck:
    """Look for everything in an edition that is about few people.

    Rules: ``small_group`` a stratum of fewer than ``smallest``; ``same_score`` a stratum in which all have one score;
    ``subtraction`` the difference to another edition (its parent above all) is a group of fewer than ``smallest``,
    whose scores are the difference of the counts; ``small_weight_cell`` a weight cell of fewer than ``smallest``;
    ``recoverable`` a group that is large enough but must be hidden along with a small one, since totals are known;
    ``single_at_end`` the lowest or highest score of a stratum is held by one person.

    Parameters
    ----------
    norms : Norms
        The edition.
    against : iterable of Norms, optional
        Editions that somebody might lay beside it; its parent, where it has one.
    smallest : int
        Groups of fewer people count as few; 10, the minimum most in use for results of tests (NCES 2011-603).

    Returns
    -------
    DisclosureCheck
        A simulated edition has no findings.

    Notes
    -----
    It is a check of counts, not a proof: what somebody knows from elsewhere it cannot know. It says nothing of
    editions that were not given.

    References
    ----------
    Federal Committee on Statistical Methodology (2005), Statistical Policy Working Paper 22; National Center for
    Education Statistics (2010), NCES 2011-603.
    """
    if smallest < 2:
        raise NormError(f"smallest {smallest} must be 2 or more", hint="10 is the usual minimum.")
    findings: list[Finding] = []
    if not norms.head.simulated:
        findings = [*_small(norms, smallest), *_recoverable(norms, smallest), *_weight_cells(norms, smallest)]
        for other in against:
            findings += _subtraction(norms, other, smallest)
        findings += _single_ends(norms)
    return DisclosureCheck(findings=tuple(findings), smallest=smallest, source=norms.source)


def _label(key: Key) -> str:
    return " / ".join(key) or "whole sample"


def _small(norms: Norms, smallest: int) -> Iterable[Finding]:
    for (key, scale_id), cell in norms.cells.items():
        n, counts = cell.n, score_counts(cell)
        place = {"stratum": _label(key), "scale_id": scale_id}
        if n is not None and n < smallest:
            what = f"{n} people" if n > 1 else "one person"
            yield Finding(rule="small_group", severity="reveals", n=float(n), what=what, **place)
        if counts is not None and n and np.count_nonzero(counts.counts) == 1:
            what = f"all have the score {float(counts.scores[counts.counts > 0][0]):g}"
            yield Finding(rule="same_score", severity="reveals", n=float(n), what=what, **place)


def _recoverable(norms: Norms, smallest: int) -> Iterable[Finding]:
    for (key, scale_id), reason in hidden_cells(norms, smallest).items():
        cell = norms.cells[key, scale_id]
        if cell.n is not None and cell.n >= smallest:
            yield Finding(
                rule="recoverable",
                severity="rare",
                stratum=_label(key),
                scale_id=scale_id,
                n=float(cell.n),
                what=reason,
            )


def _weight_cells(norms: Norms, smallest: int) -> Iterable[Finding]:
    weighting = norms.head.weighting
    for cell in weighting.cells if weighting is not None else []:
        if cell.n_persons < smallest:
            yield Finding(
                rule="small_weight_cell",
                severity="reveals",
                stratum=" / ".join(cell.labels),
                scale_id="",
                n=float(cell.n_persons),
                what="the table holds the scores of this weight cell apart",
            )


def _single_ends(norms: Norms) -> Iterable[Finding]:
    for (key, scale_id), cell in norms.cells.items():
        held = end_counts(cell)
        for name, end, n in zip(("lowest", "highest"), cell.ends, held or (), strict=False):
            if n == 1 and cell.n != 1:
                yield Finding(
                    rule="single_at_end",
                    severity="rare",
                    stratum=_label(key),
                    scale_id=scale_id,
                    n=1.0,
                    what=f"one person holds the {name} score {end:g}",
                )


def _subtraction(norms: Norms, other: Norms, smallest: int) -> Iterable[Finding]:
    if other.head.simulated:
        return
    for (key, scale_id), few in small_differences(norms, other, smallest).items():
        yield Finding(
            rule="subtraction",
            severity="reveals",
            stratum=_label(key),
            scale_id=scale_id,
            n=float(few),
            what=f"the counts of {other.name} differ by {few} people, whose scores are the difference",
        )


def small_differences(norms: Norms, other: Norms, smallest: int) -> dict[tuple[Key, str], int]:
    """Return where two editions of one instrument differ by at least one and fewer than ``smallest`` people."""
    if norms.head.kind not in COUNTED or other.head.kind not in COUNTED:
        return {}
    if norms.head.fingerprint != other.head.fingerprint:
        return {}
    if [v.labels for v in norms.head.strata] != [v.labels for v in other.head.strata]:
        norms, other = norms.over([]), other.over([])
    found: dict[tuple[Key, str], int] = {}
    for place in dict.fromkeys([*norms.cells, *other.cells]):
        counts: dict[float, int] = {}
        for edition, sign in ((norms, 1), (other, -1)):
            cell = edition.cells.get(place)
            plain = None if cell is None else score_counts(cell)
            for score, n in zip(plain.scores.tolist(), plain.counts.tolist(), strict=True) if plain else ():
                counts[score] = counts.get(score, 0) + sign * n
        moved = sum(abs(n) for n in counts.values())
        if 0 < moved < smallest:
            found[place] = moved
    return found


def refuse_disclosure(check: DisclosureCheck) -> None:
    """Raise one error with every finding by which a score can be read off; nothing when there is none."""
    if check.reveals:
        problems = [
            Problem(where=f"{one.scale_id}, {one.stratum}".strip(", "), what=f"{one.rule}: {one.what}")
            for one in check.reveals
        ]
        raise NormError(
            f"{check.source.norms}: scores of few people can be read off this edition",
            problems=problems,
            hint='Use fewer strata or wider bands, or collect more people; or say disclosure="allow".',
        )
