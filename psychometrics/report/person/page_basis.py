"""Sentences in the page, each with what it rests on: for machines as an attribute, for people as a numbered note."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import escape
from urllib.parse import quote

from markupsafe import Markup

from psychometrics.report.person.basis import Basis, Sentence
from psychometrics.report.person.content import PersonReport
from psychometrics.report.person.page_words import anchor

Bases = tuple[Basis, ...]
SAFE = "/:@.,_-+~"
PLAIN = re.compile(r"[A-Za-z0-9/:@.,_+~-]+")


class Notes:
    """The notes of one page: every different set of bases gets a number, in the order of the page.

    Parameters
    ----------
    report : PersonReport
    words : mapping
        Name of each kind of basis, and ``marker``, the label of a mark with a ``{number}``.
    """

    def __init__(self, report: PersonReport, words: Mapping[str, str]) -> None:
        self._words = words
        self._numbered: dict[str, tuple[Bases, str, str]] = {}
        self._known: dict[int, tuple[Bases, str, str]] = {}  # by identity: the report outlives its notes
        self._lines: dict[str, str] = {}
        self._named = _named(report)

    def say(self, sentence: Sentence) -> Markup:
        """Return a sentence as markup, with its bases and its mark."""
        _, listed, mark = self._known.get(id(sentence.bases)) or self._note(sentence.bases)
        return Markup(f'<bdi class="s" data-basis="{listed}">{escape(sentence.text)}</bdi>{mark}')  # noqa: S704

    def _note(self, bases: Bases) -> tuple[Bases, str, str]:
        listed = " ".join(map(written, bases))
        note = self._numbered.get(listed)
        if note is None:
            n = len(self._numbered) + 1
            told = escape(self._words["marker"].format(number=n))
            mark = f'<sup class="ref"><a href="#basis-{n}" aria-label="{told}">{n}</a></sup>'
            note = self._numbered[listed] = bases, listed, mark
        self._known[id(bases)] = note
        return note

    def lines(self) -> Markup:
        """Return every note so far as items of a list."""
        items = (
            f'<li id="basis-{n}" value="{n}">{"; ".join(map(self._line, bases))}</li>'
            for n, (bases, _, _) in enumerate(self._numbered.values(), start=1)
        )
        return Markup("\n".join(items))  # noqa: S704

    def _line(self, basis: Basis) -> str:
        key = f"{basis.kind}:{basis.ref}"
        if key not in self._lines:
            place, title = self._named.get(key, ("", ""))
            shown = f"<bdi>{escape(title or basis.ref)}</bdi>"
            shown = shown if title else f"<code>{shown}</code>"
            linked = f'<a href="#{place}">{shown}</a>' if place else shown
            self._lines[key] = f"{escape(self._words[basis.kind])} {linked}"
        return self._lines[key]


def written(basis: Basis) -> str:
    """Return a basis as it stands in ``data-basis``: ``kind:ref``, with what is no plain letter percent-encoded."""
    text = f"{basis.kind}:{basis.ref}"
    return text if PLAIN.fullmatch(text) else quote(text, safe=SAFE, errors="replace")


def _named(report: PersonReport) -> dict[str, tuple[str, str]]:
    """Return where on the page a basis is shown, and what it is called there."""
    found: dict[str, tuple[str, str]] = {}
    for scale in report.scales:
        place = anchor("scale", scale.scale_id), scale.title
        found[f"score:{scale.scale_id}"] = found[f"reliability:{scale.scale_id}"] = place
    for cut in report.cuts:
        found[f"cut:{cut.cut_id}"] = anchor("cut", cut.cut_id), cut.label
    for claim in report.claims:
        found[f"claim:{claim.claim_id}"] = anchor("claim", claim.claim_id), claim.claim_id
    for one in report.recommendations:
        found[f"catalogue:{one.node}"] = anchor("next", one.id), one.node
    return found
