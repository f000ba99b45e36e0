"""Addresses of object stores: their options, and how they are shown, without what is secret in them."""

from __future__ import annotations

import re

URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")
BUCKET = re.compile(rf"{URI.pattern}[^/]*")
OPTIONS = re.compile(r"\?[A-Za-z_]+=.*$", re.DOTALL)
"""``?name=value``; any other question mark stands for a letter, as in every glob."""
SECRET = re.compile(r"(?<=://)[^@/]*:.*@", re.DOTALL)
"""``key:secret@``, up to the last ``@``: a secret that nobody encoded may hold any character."""


def is_address(text: str) -> bool:
    """Say whether a text is the address of a file or folder in a store, or ``file://``."""
    return URI.match(text) is not None


def without_options(text: str) -> tuple[str, str]:
    """Return an address and its options, such as ``?region=eu-west-1``; empty where it has none."""
    found = OPTIONS.search(text)
    return (text, "") if found is None else (text[: found.start()], found.group())


def without_secret(text: str) -> str:
    """Return a text without keys and secrets of an address in it."""
    return SECRET.sub("", text)


def shown(text: str) -> str:
    """Return an address as messages show it: without keys, secrets and options; any other text as it is.

    Examples
    --------
    >>> shown("s3://key:secret@bucket/answers/*.parquet?endpoint_override=localhost:9000&scheme=http")
    's3://bucket/answers/*.parquet'
    """
    return without_options(without_secret(text))[0] if is_address(text) else text
