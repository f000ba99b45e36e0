"""Names of files made from names of people: safe everywhere, never twice."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence

from psychometrics.errors import Problem, ReportError

LONGEST = 60
DIGEST = 12
UNSAFE = re.compile(r"[^A-Za-z0-9_-]+")
RESERVED = {"con", "prn", "aux", "nul", *(f"{device}{n}" for device in ("com", "lpt") for n in range(10))}
"""Names that Windows keeps for devices, whatever their suffix."""

Key = tuple[str, str]


def file_names(keys: Sequence[Key], suffix: str) -> list[str]:
    """Return a file name for every person and occasion.

    The name is the id where it is made of plain letters, digits, ``_`` and ``-`` alone; else what is left of it with a
    digest of the id. The occasion stands in the name where somebody has several. Two names that differ in nothing but
    capitals, which many file systems do not tell apart, get their digests too.

    Raises
    ------
    ReportError
        A person and occasion that is there twice.
    """
    _refuse_twice(keys)
    several = max(Counter(person for person, _ in keys).values(), default=1) > 1
    texts = [f"{person}.{occasion}" if several and occasion else person for person, occasion in keys]
    names = [_stem(text, key) for text, key in zip(texts, keys, strict=True)]
    for length in (DIGEST, 64):
        taken = Counter(name.casefold() for name in names)
        names = [
            name if taken[name.casefold()] == 1 else f"{_slug(text)}-{_digest(key, length)}"
            for name, text, key in zip(names, texts, keys, strict=True)
        ]
    return [f"{name}{suffix}" for name in names]


def _stem(text: str, key: Key) -> str:
    person, _, occasion = text.partition(".")
    plain = not UNSAFE.search(person + occasion) and 0 < len(text) <= LONGEST and not text.endswith(".")
    if plain and person and person.casefold() not in RESERVED and not text.startswith("-"):
        return text
    return f"{_slug(text)}-{_digest(key, DIGEST)}"


def _slug(text: str) -> str:
    """Return the plain letters of a text, shortened; ``page`` where none are left."""
    letters = unicodedata.normalize("NFKD", text[: 4 * LONGEST]).encode("ascii", "ignore").decode()
    return UNSAFE.sub("-", letters)[:LONGEST].strip("-") or "page"


def _digest(key: Key, length: int) -> str:
    return hashlib.sha256("\0".join(key).encode("utf-8", "surrogatepass")).hexdigest()[:length]


def _refuse_twice(keys: Sequence[Key]) -> None:
    twice = [key for key, n in Counter(keys).items() if n > 1]
    if twice:
        raise ReportError(
            "the same person and occasion is there more than once",
            problems=[Problem(where=person, what=f'occasion "{occasion}"') for person, occasion in twice],
            hint="Give every testing of a person an occasion of its own.",
        )
