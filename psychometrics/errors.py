"""Everything that can go wrong, as one tree.

::

    PsychometricsError
    ├── CatalogError                    no such folder, or a shipped file is damaged
    ├── InstrumentError
    │   ├── DefinitionError             a definition file does not fit the format, or makes no sense
    │   └── UnknownInstrumentError      no instrument of that id or version
    ├── ResponsesError                  responses or ratings do not fit their instrument
    ├── ScoringError                    a rule of the definition cannot be carried out
    ├── TallyError                      counts that do not fit together, or a file that holds none
    ├── NormError
    │   ├── UnknownNormsError           no norm edition of that name
    │   └── NormMismatchError           norms made for another instrument or fingerprint
    ├── EstimationError                 a statistic was asked for in a way that has no meaning
    ├── CareersError                    claims or a catalogue do not fit their format, or a link leads nowhere
    ├── ReportError                     a page cannot be built: a sentence without a basis, a person who is not there
    ├── RunError                        a run over partitions ended: names the partition and the cause
    ├── StoreError                      the database of taken assessments refuses something
    ├── OutputError                     a file could not be written
    └── MissingPackageError             an optional package is not installed

Each error says what is wrong, where, what was expected and what to do. Where several things are wrong,
``problems`` holds all of them, one :class:`Problem` each (printed are the first ten), and ``facts`` holds what a program may want to read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

ROWS_SHOWN = 40
PROBLEMS_SHOWN = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that is wrong in a file or a table.

    Attributes
    ----------
    where : str
        The place: a path inside a definition, a column, an item.
    what : str
        What is there.
    expected : str
        What should be there; empty when ``what`` says it all.
    hint : str
        What to do; may be empty.
    rows : tuple of int
        Rows of the data, counted from 1 below the header; empty when the problem is not in rows.
    """

    where: str
    what: str
    expected: str = ""
    hint: str = ""
    rows: tuple[int, ...] = ()

    def __str__(self) -> str:
        text = f"{self.where}: {self.what}" if self.where else self.what
        if self.rows:
            text += f" ({describe_rows(self.rows)})"
        if self.expected:
            text += f"; expected {self.expected}"
        if self.hint:
            text += f". {self.hint}"
        return text


def describe_rows(rows: Sequence[int]) -> str:
    """Write row numbers as runs: ``rows 3, 7-9, 12``; a long list is cut and the rest counted."""
    runs = runs_of(rows)
    shown = runs[:ROWS_SHOWN]
    text = ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in shown)
    left = sum(last - first + 1 for first, last in runs[ROWS_SHOWN:])
    more = f" and {left:,} more" if left else ""
    return f"{'row' if len(rows) == 1 else 'rows'} {text}{more}"


def runs_of(rows: Sequence[int]) -> list[tuple[int, int]]:
    """Return the first and last row of each run of rows that follow each other."""
    runs: list[tuple[int, int]] = []
    for row in sorted(rows):
        if runs and row == runs[-1][1] + 1:
            runs[-1] = (runs[-1][0], row)
        else:
            runs.append((row, row))
    return runs


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return a hint that names the nearest known word, or lists what there is."""
    words = sorted(known)
    near = get_close_matches(word, words, n=1)
    if near:
        return f'Did you mean "{near[0]}"?'
    if not words:
        return ""
    shown = ", ".join(words[:12])
    return f"There are: {shown}{', …' if len(words) > 12 else ''}."


class PsychometricsError(Exception):
    """Base of every error this library raises on purpose.

    Parameters
    ----------
    message : str
        What is wrong and where.
    problems : iterable of Problem
        Every single problem found; the first ten are listed below the message.
    hint : str
        What to do.
    facts : mapping
        Values a program can read instead of the prose.
    """

    def __init__(
        self,
        message: str,
        *,
        problems: Iterable[Problem] = (),
        hint: str = "",
        facts: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.problems = tuple(problems)
        self.hint = hint
        self.facts = dict(facts or {})

    def __str__(self) -> str:
        return self.told(PROBLEMS_SHOWN, " (all in .problems)")

    def told(self, shown: int | None = None, rest: str = "") -> str:
        """Write the message with the first problems, all by default; ``rest`` says where the others are."""
        hints = {problem.hint for problem in self.problems}
        shared = hints.pop() if len(hints) == 1 and len(self.problems) > 1 else ""  # is said once
        problems = [replace(one, hint="") if shared else one for one in self.problems[:shown]]
        lines = [self.message, *(f"  - {problem}" for problem in problems)]
        if shown is not None and len(self.problems) > shown:
            lines.append(f"  - and {len(self.problems) - shown:,} more{rest}")
        if hint := " ".join(dict.fromkeys(one for one in (shared, self.hint) if one)):
            lines.append(f"Hint: {hint}")
        return "\n".join(lines)

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (type(self), self.message, self.problems, self.hint, self.facts)

    def to_frame(self) -> pd.DataFrame:
        """All problems as a table, one line for each row of the data that is concerned."""
        import pandas as pd

        lines = [
            (problem.where, row, problem.what, problem.expected, problem.hint)
            for problem in self.problems
            for row in (problem.rows or (None,))
        ]
        return pd.DataFrame(lines, columns=["where", "row", "what", "expected", "hint"])


def _rebuild(
    cls: type[PsychometricsError],
    message: str,
    problems: tuple[Problem, ...],
    hint: str,
    facts: dict[str, Any],
) -> PsychometricsError:
    return cls(message, problems=problems, hint=hint, facts=facts)


class CatalogError(PsychometricsError, LookupError):
    """A data folder is not where it should be, or a shipped file is damaged."""


class InstrumentError(PsychometricsError):
    """Something about an instrument."""


class DefinitionError(InstrumentError, ValueError):
    """A definition file does not fit the format, or fits it and makes no sense."""


class UnknownInstrumentError(InstrumentError, LookupError):
    """No instrument has that id or version."""


class ResponsesError(PsychometricsError, ValueError):
    """Responses or ratings do not fit their instrument."""


class ScoringError(PsychometricsError, ValueError):
    """A scoring rule cannot be carried out on these data."""


class TallyError(PsychometricsError, ValueError):
    """Counts do not fit together or were never added, or a file holds none."""


class NormError(PsychometricsError, ValueError):
    """A norm edition is broken, or does not fit what it is used for."""


class UnknownNormsError(NormError, LookupError):
    """No norm edition has that name."""


class NormMismatchError(NormError):
    """The norms were made for another instrument, version or fingerprint."""


class EstimationError(PsychometricsError, ValueError):
    """A statistic was asked for in a way that has no meaning."""


class CareersError(PsychometricsError, ValueError):
    """Claims or a catalogue do not fit their format, or a link leads nowhere."""


class ReportError(PsychometricsError, ValueError):
    """A page cannot be built."""


class RunError(PsychometricsError, RuntimeError):
    """A run over partitions ended early; what was finished is kept for the rerun."""


class StoreError(PsychometricsError, RuntimeError):
    """The database of taken assessments refuses something."""


class OutputError(PsychometricsError, OSError):
    """A file could not be written; nothing half-written is left behind."""

    def __str__(self) -> str:
        return PsychometricsError.__str__(self)


class MissingPackageError(PsychometricsError, ImportError):
    """An optional package is not installed."""

    def __init__(
        self,
        message: str,
        *,
        problems: Iterable[Problem] = (),
        hint: str = "",
        facts: Mapping[str, Any] | None = None,
    ) -> None:
        PsychometricsError.__init__(self, message, problems=problems, hint=hint, facts=facts)

    def __str__(self) -> str:
        return PsychometricsError.__str__(self)
