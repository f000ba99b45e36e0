"""Read the texts of one language: templates with named places, plural forms, labels."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from string import Formatter
from typing import Any

from psychometrics.errors import Problem, ReportError

FOLDER = "psychometrics.report.person.texts"
FORMS = {"one", "other"}
COUNT = "n"


def _languages() -> tuple[str, ...]:
    names = [file.name.removesuffix(".toml") for file in resources.files(FOLDER).iterdir()]
    return tuple(sorted(name for name in names if name.isalpha() and len(name) in (2, 3)))


LANGUAGES = _languages()
"""Languages that have a file of sentences."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Texts:
    """The texts of one language.

    Attributes
    ----------
    language : str
    sentences : mapping
        Key to template, or to its plural forms ``one`` and ``other``, chosen by ``n``.
    labels : mapping
        Key to text: headings, heads of tables, words of charts.
    """

    language: str
    sentences: Mapping[str, str | Mapping[str, str]]
    labels: Mapping[str, str]

    def say(self, key: str, **values: Any) -> str:
        """Return the sentence of a key with its places filled."""
        template = self.sentences[key]
        if not isinstance(template, str):
            template = template["one" if values[COUNT] == 1 else "other"]
        return template.format_map(values)

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
    sentences = dict(_flat(_read(f"{language}.toml").get("sentences", {})))
    labels = dict(_flat(_read(f"{language}.labels.toml").get("labels", {})))
    problems = [
        *(_sentence_problems(key, one) for key, one in sentences.items()),
        *("" if isinstance(one, str) else f"{key}: a label is one text" for key, one in labels.items()),
    ]
    found = [Problem(where=f"{language}.toml", what=problem) for problem in problems if problem]
    if found:
        raise ReportError(f'the texts in "{language}" cannot be used', problems=found)
    return Texts(
        language=language,
        sentences=sentences,
        labels={key: one for key, one in labels.items() if isinstance(one, str)},
    )


def places(template: str | Mapping[str, str]) -> set[str]:
    """Return the named places of a template, of all its plural forms together."""
    forms = [template] if isinstance(template, str) else list(template.values())
    return {name for form in forms for _, name, _, _ in Formatter().parse(form) if name is not None}


def _read(name: str) -> dict[str, Any]:
    file = resources.files(FOLDER) / name
    if not file.is_file():
        return {}
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise ReportError(f"{name}: {error}") from error


def _flat(table: Mapping[str, Any], head: str = "") -> Iterator[tuple[str, str | Mapping[str, str]]]:
    """Return ``scale.placed`` and the like; a table of plural forms stays a table."""
    for key, value in table.items():
        if isinstance(value, Mapping) and set(value) != FORMS:
            yield from _flat(value, f"{head}{key}.")
        else:
            yield f"{head}{key}", value


def _sentence_problems(key: str, template: Any) -> str:
    forms = [template] if isinstance(template, str) else [*template.values()]
    if not all(isinstance(form, str) and form.strip() for form in forms):
        return f"{key}: expected a text, or the forms one and other"
    named = places(template)
    if "" in named or any(not name.isidentifier() for name in named):
        return f"{key}: places must have names, such as {{score}}"
    return f"{key}: plural forms need the place n" if len(forms) > 1 and COUNT not in named else ""
