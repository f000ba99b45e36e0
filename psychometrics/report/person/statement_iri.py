"""Names that other systems hold on to: IRIs that are checked, ids that the same content gives again, moments in time."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime
from urllib.parse import quote
from uuid import NAMESPACE_URL, uuid5

from psychometrics.errors import ReportError

SCHEMES = ("http", "https", "urn", "did", "mailto", "tag")
_IRI = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:[^\s<>\"{}|\\^`\x00-\x1f\x7f]+")
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")


def checked_iri(name: str, value: object) -> str:
    """Return an absolute IRI of a scheme that names things; refuse anything else."""
    text = value if isinstance(value, str) else ""
    if not _IRI.fullmatch(text) or text.split(":", 1)[0].lower() not in SCHEMES:
        raise ReportError(
            f"{name} is {value!r}; expected an absolute IRI such as https://example.org/issuer",
            hint=f"Schemes: {', '.join(SCHEMES)}; no spaces, no angle brackets.",
        )
    return text


def named_uuid(*parts: str) -> str:
    """Return a UUID (version 5) that the same parts give again."""
    return str(uuid5(NAMESPACE_URL, "\x1f".join(("psychometrics", *parts))))


def joined(base: str, *parts: str) -> str:
    """Return a path below a base IRI; whatever stands in the parts is percent-encoded."""
    return "/".join((base.rstrip("/"), *(quote(part, safe="") for part in parts)))


def moment(name: str, value: datetime | str) -> str:
    """Return a moment in UTC, as 2026-11-25T09:30:00Z; the time zone must be given."""
    try:
        when = datetime.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        when = None
    if not isinstance(when, datetime) or when.tzinfo is None:
        raise ReportError(
            f"{name} is {value!r}; expected a moment with its time zone",
            hint="Write it as 2026-11-25T09:30:00Z, or give a datetime with tzinfo.",
        )
    utc = when.astimezone(UTC)
    parts = "milliseconds" if utc.microsecond else "seconds"
    return utc.isoformat(timespec=parts).replace("+00:00", "Z")


def language_tag(language: str) -> str:
    """Return the language as a tag, ``und`` where it is none."""
    return language if _LANGUAGE.fullmatch(language) else "und"


def one_line(text: str) -> str:
    """Return text without control characters and line breaks."""
    kept = "".join(
        character if character.isprintable() or character in "\u200d\u200e\u200f" else " "
        for character in text
    )
    return " ".join(kept.split())


def figure(value: float) -> str:
    """Write a number with up to ten digits, so that it stays on its side of a cut; refuses nan."""
    if not math.isfinite(value):
        raise ReportError(f"{value} cannot be written as a result")
    return f"{value + 0.0:.10g}"
