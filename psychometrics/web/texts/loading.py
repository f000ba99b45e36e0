"""Read the words of the pages in one language."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from psychometrics import sentences
from psychometrics.errors import Problem, StoreError

FOLDER = "psychometrics.web.texts"
LANGUAGES = sentences.languages_in(FOLDER)
"""Languages that have a catalogue."""
DEFAULT_LANGUAGE = "en"
MONTHS = "date.months"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Texts(sentences.Texts):
    """The words of one language: ``texts.say("take.progress", n=3, of=24)``.

    Attributes
    ----------
    months : tuple of str
        Their names, January first.
    """

    months: tuple[str, ...]

    def date(self, moment: datetime) -> str:
        """Return a date in words."""
        return self.say("date.form", day=moment.day, month=self.months[moment.month - 1], year=moment.year)


@cache
def texts(language: str = DEFAULT_LANGUAGE) -> Texts:
    """Return the words of a language.

    Raises
    ------
    StoreError
        There is no catalogue of that language, or it does not fit its format.
    """
    if language not in LANGUAGES:
        raise StoreError(
            f'the pages have no words in "{language}"', hint=f"There are: {', '.join(LANGUAGES)}."
        )
    name = f"{language}.toml"
    try:
        entries = sentences.read_templates(FOLDER, name)
    except tomllib.TOMLDecodeError as error:
        raise StoreError(f"{name}: {error}") from error
    months = tuple(entries.pop(MONTHS, ()))
    said = {key: one for key, one in entries.items() if one != ""}  # some refusals leave nothing to do
    found = [sentences.template_problem(key, one) for key, one in said.items()]
    found.append("" if len(months) == 12 else f"{MONTHS}: expected the names of twelve months")
    problems = [Problem(where=name, what=problem) for problem in found if problem]
    if problems:
        raise StoreError(f'the words in "{language}" cannot be used', problems=problems)
    return Texts(language=language, sentences=entries, months=months)
