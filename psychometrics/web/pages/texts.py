"""The words of the pages, from one catalogue per language; what definitions say is not among them."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any

from psychometrics.errors import StoreError

DEFAULT_LANGUAGE = "en"


class Texts:
    """The catalogue of one language: ``texts("take.next")``, with values: ``texts("take.progress", n=3, of=24)``.

    An entry with ``one`` and ``other`` is chosen by the value ``n``.
    """

    def __init__(self, language: str, entries: Mapping[str, Any]) -> None:
        self.language = language
        self._entries = entries

    def __call__(self, key: str, **values: object) -> str:
        """Return the text of a key, its values put in."""
        entry: Any = self._entries
        for part in key.split("."):
            entry = entry[part]
        if isinstance(entry, Mapping):
            entry = entry["one" if values.get("n") == 1 else "other"]
        return str(entry).format(**values)

    def date(self, moment: datetime) -> str:
        """Return a date in words."""
        months: list[str] = self._entries["date"]["months"]
        return self("date.form", day=moment.day, month=months[moment.month - 1], year=moment.year)

    def keys(self) -> frozenset[str]:
        """Return all keys, those of counted entries once."""
        return frozenset(_keys(self._entries))


def _keys(entries: Mapping[str, Any], before: str = "") -> list[str]:
    found = []
    for name, entry in entries.items():
        if isinstance(entry, Mapping) and "other" not in entry:
            found += _keys(entry, f"{before}{name}.")
        else:
            found.append(f"{before}{name}")
    return found


@cache
def texts(language: str = DEFAULT_LANGUAGE) -> Texts:
    """Return the catalogue of a language.

    Raises
    ------
    StoreError
        There is no catalogue of that language.
    """
    folder = files("psychometrics.web") / "texts"
    there = sorted(
        file.name.removesuffix(".toml") for file in folder.iterdir() if file.name.endswith(".toml")
    )
    if language not in there:
        raise StoreError(f'the pages have no words in "{language}"', hint=f"There are: {', '.join(there)}.")
    return Texts(language, tomllib.loads((folder / f"{language}.toml").read_text(encoding="utf-8")))
