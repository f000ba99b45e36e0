"""Read the texts of one language: templates with named places, plural forms, labels."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from psychometrics import sentences
from psychometrics.errors import Problem, ReportError

FOLDER = "psychometrics.report.person.texts"
LANGUAGES = sentences.languages_in(FOLDER)
"""Languages that have a file of sentences."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Texts(sentences.Texts):
    """The texts of one language.

    Attributes
    ----------
    labels : mapping
        Key to text: headings, heads of tables, words of charts.
    """

    labels: Mapping[str, str]

    def label(self, key: str) -> str:
        """Return the label of a key."""
        return self.labels[key]


@cache
def texts(language: str = "en") -> Texts:
    """Return the texts of a language.

    Raises
    ------
    ReportError
        No such language, or a file that does not fit its format.
    """
    if language not in LANGUAGES:
        raise ReportError(
            f'no texts of the result page in "{language}"',
            hint=f"There is: {', '.join(LANGUAGES)}. A translation is two files beside those of en.",
        )
    said = _read(f"{language}.toml", "sentences")
    labels = _read(f"{language}.labels.toml", "labels")
    problems = [
        *(sentences.template_problem(key, one) for key, one in said.items()),
        *("" if isinstance(one, str) else f"{key}: a label is one text" for key, one in labels.items()),
    ]
    found = [Problem(where=f"{language}.toml", what=problem) for problem in problems if problem]
    if found:
        raise ReportError(f'the texts in "{language}" cannot be used', problems=found)
    return Texts(language=language, sentences=said, labels=labels)


def _read(name: str, table: str) -> dict[str, Any]:
    try:
        return sentences.read_templates(FOLDER, name, table)
    except tomllib.TOMLDecodeError as error:
        raise ReportError(f"{name}: {error}") from error
