"""Sentences of one language, as templates in a TOML file: named places, plural forms, lists of names."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from string import Formatter
from typing import Any

FORMS = {"one", "other"}
COUNT = "n"
Template = str | Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Texts:
    """The sentences of one language.

    Attributes
    ----------
    language : str
    sentences : mapping
        Key to template, or to its plural forms ``one`` and ``other``, chosen by ``n``.
    """

    language: str
    sentences: Mapping[str, Template]

    def say(self, key: str, **values: Any) -> str:
        """Return the sentence of a key with its places filled."""
        template = self.sentences[key]
        if not isinstance(template, str):
            template = template["one" if values[COUNT] == 1 else "other"]
        return template.format_map(values)

    def listed(self, names: Sequence[str], last: str) -> str:
        """Return names in a row, the last two joined by the template ``last`` with the places ``before`` and ``name``."""
        if len(names) < 2:
            return "".join(names)
        return self.say(last, before=self.say("list.comma").join(names[:-1]), name=names[-1])

    def quoted(self, names: Iterable[str], last: str) -> str:
        """Return names in quotation marks in a row."""
        return self.listed([self.say("list.quoted", name=name) for name in names], last)


def languages_in(package: str) -> tuple[str, ...]:
    """Return the languages that have a file of sentences in a package."""
    names = [file.name.removesuffix(".toml") for file in resources.files(package).iterdir()]
    return tuple(sorted(name for name in names if name.isalpha() and len(name) in (2, 3)))


def read_templates(package: str, name: str, table: str | None = None) -> dict[str, Any]:
    """Return one table of a file, or all of it, flat: ``scale.placed`` and the like; nothing where there is no such file."""
    file = resources.files(package) / name
    if not file.is_file():
        return {}
    entries = tomllib.loads(file.read_text(encoding="utf-8"))
    return dict(_flat(entries if table is None else entries.get(table, {})))


def _flat(table: Mapping[str, Any], head: str = "") -> Iterator[tuple[str, Template]]:
    """Return ``scale.placed`` and the like; a table of plural forms stays a table."""
    for key, value in table.items():
        if isinstance(value, Mapping) and set(value) != FORMS:
            yield from _flat(value, f"{head}{key}.")
        else:
            yield f"{head}{key}", value


def places(template: Template) -> set[str]:
    """Return the named places of a template, of all its plural forms together."""
    forms = [template] if isinstance(template, str) else list(template.values())
    return {name for form in forms for _, name, _, _ in Formatter().parse(form) if name is not None}


def template_problem(key: str, template: Any) -> str:
    """Say what is wrong with a template; nothing where all is well."""
    forms = [*template.values()] if isinstance(template, Mapping) else [template]
    if not all(isinstance(form, str) and form.strip() for form in forms):
        return f"{key}: expected a text, or the forms one and other"
    named = places(template)
    unnamed = "" in named or any(not name.isidentifier() for name in named)
    return f"{key}: places must have names, such as {{score}}" if unnamed else ""
