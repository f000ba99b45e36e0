"""Numbers and links as they stand on the page: the only place where something is rounded."""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Iterable
from functools import lru_cache
from html import escape
from urllib.parse import urlsplit

from markupsafe import Markup

from psychometrics.report.person.content import PersonReport
from psychometrics.report.person.rounding import HARDLY_ANY, LEAST, MOST, NEARLY_ALL, in_100
from psychometrics.result import format_number, format_rank

CONTROL = bytes([*range(9), 11, 12, *range(14, 32), 127])
UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
PLAIN_ANCHOR = re.compile(r"[A-Za-z0-9_.:]+(-[A-Za-z0-9_.:]+)*")
MOST_DIGITS = 6
LONGEST = 60


def rank(value: float) -> str:
    """Write a percentile rank without decimals, ``≤1`` and ``≥99`` at the ends, a dash for none."""
    return format_rank(value) or "–"


def ranks(lower: float, upper: float) -> str:
    """Write an interval of percentile ranks."""
    return "–" if math.isnan(lower) or math.isnan(upper) else f"{rank(lower)} to {rank(upper)}"


def number(value: float, digits: int) -> str:
    """Write a number with fixed decimals, a dash for none."""
    return format_number(value, digits) or "–"


def numbers(lower: float, upper: float, digits: int) -> str:
    """Write an interval."""
    return (
        "–"
        if math.isnan(lower) or math.isnan(upper)
        else f"{number(lower, digits)} to {number(upper, digits)}"
    )


def chance(probability: float) -> str:
    """Write a probability in whole percent, never as certain: ``<1%``, ``>99%``; a dash for none."""
    if math.isnan(probability):
        return "–"
    share = in_100(probability)
    return {HARDLY_ANY: f"<{LEAST}%", NEARLY_ALL: f">{MOST}%"}.get(share, f"{share}%")


def digits_for(scores: Iterable[float], width: float) -> int:
    """Return the decimals of a scale: none for whole scores, two on a range below 20, else one."""
    if all(math.isnan(one) or float(one).is_integer() for one in scores):
        return 0
    return 2 if width < 20 else 1


def digits_apart(score: float, at: float, digits: int) -> int:
    """Return enough decimals that the written score is on the same side of the cut as the score."""
    if math.isnan(score) or math.isnan(at):
        return digits
    while digits < MOST_DIGITS and (round(score, digits) >= round(at, digits)) != (score >= at):
        digits += 1
    return digits


def digits_by_scale(report: PersonReport) -> dict[str, int]:
    """Return the decimals of each scale, the same wherever it stands: those of its range, more where a cut lies near."""
    numbers_of: dict[tuple[float, float], list[float]] = {}
    for one in report.scales:
        known = (one.score, one.score_lower, one.score_upper)
        numbers_of.setdefault((one.minimum, one.maximum), []).extend(known)
    for cut in report.cuts:
        for one in report.scales:
            if one.scale_id == cut.scale_id and cut.metric == "raw":
                numbers_of[one.minimum, one.maximum].append(cut.at)
    by_range = {key: digits_for(scores, key[1] - key[0]) for key, scores in numbers_of.items()}
    found = {one.scale_id: by_range[one.minimum, one.maximum] for one in report.scales}
    for cut in report.cuts:
        if cut.metric == "raw" and cut.scale_id in found:
            found[cut.scale_id] = digits_apart(cut.score, cut.at, found[cut.scale_id])
    return found


def anchor(kind: str, name: str) -> str:
    """Return the id of an element: the name where it may be one, else what is left of it with a digest.

    Two hyphens stand only between the parts of an id, so that no name can be taken for another with a part after it.
    """
    if len(name) <= LONGEST and PLAIN_ANCHOR.fullmatch(name):
        return f"{kind}--{name}"
    slug = re.sub(r"[^A-Za-z0-9_.]+", "-", name)[:LONGEST].strip("-")
    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    return f"{kind}--{slug}--{digest}"


def is_web_address(url: str) -> bool:
    """Return whether a link may be made clickable: http or https with a host, nothing hidden in it."""
    if re.search(r"[\s\x00-\x20\x7f\\]", url):
        return False
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)


@lru_cache(maxsize=1024)
def link(url: str, words: str = "") -> Markup:
    """Return a link to another site, or the same words as plain text where the address is none."""
    shown = Markup("<bdi>{}</bdi>").format(words or url)
    if not is_web_address(url):
        return shown
    return Markup('<a class="out" href="{}" rel="noopener noreferrer">{}</a>').format(url, shown)


def printable(page: str) -> tuple[str, bytes]:
    """Return the page as text and UTF-8, with what HTML does not know (NUL, control characters, half surrogates) as U+FFFD."""
    try:
        encoded = page.encode()
        if len(encoded.translate(None, CONTROL)) == len(encoded):  # ten times as fast as to search the text
            return page, encoded
    except UnicodeEncodeError:
        pass
    clean = UNPRINTABLE.sub("\ufffd", page)
    return clean, clean.encode()


def isolated(text: str) -> Markup:
    """Return text whose direction does not leak into what stands around it."""
    return Markup(f"<bdi>{escape(text)}</bdi>")  # noqa: S704 - escaped here
