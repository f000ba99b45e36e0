"""How old an edition is, and whether it may still be used."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from math import nan
from typing import TYPE_CHECKING, Literal

from psychometrics.errors import NormError
from psychometrics.norming.cells.cell import Note
from psychometrics.norming.edition import EditionHead

if TYPE_CHECKING:
    from psychometrics.norming.norms import Norms

OUTDATED_AFTER = 15
UNUSABLE_AFTER = 20
DAYS_PER_YEAR = 365.2425

Verdict = Literal["current", "outdated", "unusable", "unknown"]
Outdated = Literal["refuse", "allow"]

DATE = re.compile(
    r"(?<!\d)(?P<year>(?:19|20)\d\d)"
    r"(?:/(?P<school>\d\d)(?!\d)|-(?P<month>0[1-9]|1[0-2])(?!\d)(?:-(?P<day>0[1-9]|[12]\d|3[01])(?!\d))?|(?!\d))"
)
NOTE_OF = {"current": 0, "outdated": Note.OUTDATED, "unusable": Note.UNUSABLE, "unknown": Note.NO_DATE}


@dataclass(frozen=True, slots=True, kw_only=True)
class EditionAge:
    """The age of an edition on a day.

    Attributes
    ----------
    until : date or None
        Last day of the (oldest) period in which its people took part, or of its release; None when not known.
    basis : str
        What the age is counted from: "collected", "released", "built"; empty when not known.
    today : date
    years : float
        nan when not known.
    verdict : {"current", "outdated", "unusable", "unknown"}
        Up to 15 years, more than 15, more than 20, no date.
    """

    until: date | None
    basis: str
    today: date
    years: float
    verdict: Verdict

    @property
    def note(self) -> int:
        """``Note`` flag that results carry."""
        return int(NOTE_OF[self.verdict])

    @property
    def limits(self) -> tuple[date, date] | None:
        """Last days on which the edition is current, and usable; None when its date is not known."""
        if self.until is None:
            return None
        return _later(self.until, OUTDATED_AFTER), _later(self.until, UNUSABLE_AFTER)

    def sentence(self) -> str:
        """Say it in words."""
        if self.until is None:
            return "No date of the norm sample is known, so nobody can say whether it is outdated."
        since = {"collected": "collected until", "released": "released", "built": "built"}[self.basis]
        age = f"The norm sample was {since} {self.until.isoformat()}, {self.years:.1f} years ago"
        at_least = (
            "" if self.basis == "collected" else " (at least: when the data were collected is not stated)"
        )
        rest = {
            "current": f"; norms count as outdated after {OUTDATED_AFTER} years.",
            "outdated": f": outdated (more than {OUTDATED_AFTER} years).",
            "unusable": f": no longer usable (more than {UNUSABLE_AFTER} years).",
        }[self.verdict]
        return age + at_least + rest


def edition_age(norms: Norms | EditionHead, *, today: date | None = None) -> EditionAge:
    """Return how old a norm sample is, by the limits of the Dutch test committee (COTAN): 15 and 20 years.

    The clock starts at the end of the period in which the data were collected. An edition put together from several
    periods ("2010; 2025") is as old as the oldest of them: its people are still counted. Where the collection is not
    dated, the release stands in for it, or the first step of the history if that is earlier; the true age is then
    higher. A year alone means its last day.

    Parameters
    ----------
    norms : Norms or EditionHead
        The edition, or its head.
    today : date, optional
        The day to judge by; today when left out.

    Returns
    -------
    EditionAge
    """
    head = norms if isinstance(norms, EditionHead) else norms.head
    now = today or date.today()
    until, basis = _start(head)
    if until is None:
        return EditionAge(until=None, basis="", today=now, years=nan, verdict="unknown")
    years = max((now - until).days / DAYS_PER_YEAR, 0.0)
    verdict: Verdict = "current"
    if _later(until, OUTDATED_AFTER) < now:
        verdict = "unusable" if _later(until, UNUSABLE_AFTER) < now else "outdated"
    return EditionAge(until=until, basis=basis, today=now, years=years, verdict=verdict)


def _start(head: EditionHead) -> tuple[date | None, str]:
    collected = collection_end(head.population.collected or "")
    if collected is not None:
        return collected, "collected"
    released = last_date(head.released or "")
    built = last_date(head.history[0].date) if head.history else None
    if built is not None and (released is None or built < released):
        return built, "built"
    return (released, "released") if released is not None else (None, "")


def collection_end(text: str) -> date | None:
    """Return the end of the oldest period named in a text; periods stand apart by semicolons."""
    ends = [end for end in map(last_date, text.split(";")) if end is not None]
    return min(ends) if ends else None


def last_date(text: str) -> date | None:
    """Return the latest date in a text: 2026-05-31, 2026-05, 2026, 2025/26; a month or year means its last day."""
    return max((_day(match) for match in DATE.finditer(text)), default=None)


def _day(match: re.Match[str]) -> date:
    year = int(match["year"])
    if match["school"] and (year + 1) % 100 == int(match["school"]):
        return date(year + 1, 12, 31)
    month = int(match["month"] or 12)
    last = monthrange(year, month)[1]
    return date(year, month, min(int(match["day"] or last), last))


def _later(day: date, years: int) -> date:
    leap = day.month == 2 and day.day == 29
    return date(day.year + years, 3 if leap else day.month, 1 if leap else day.day)


def check_age(head: EditionHead, *, outdated: Outdated = "refuse", today: date | None = None) -> EditionAge:
    """Return the age of an edition, or refuse one that is no longer usable unless ``outdated="allow"``."""
    if outdated not in ("refuse", "allow"):
        raise NormError(f"outdated {outdated!r} is not known", hint='Use "refuse" or "allow".')
    age = edition_age(head, today=today)
    if age.verdict == "unusable" and outdated == "refuse":
        raise NormError(
            f"{head.instrument}/{head.edition}: {age.sentence()}",
            hint='Use newer norms. To use these all the same: outdated="allow" (on the command line --force-outdated).',
        )
    return age
