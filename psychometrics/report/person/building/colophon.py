"""Ids, versions, fingerprints, options, the day: enough to make the page again."""

from __future__ import annotations

from dataclasses import replace

from psychometrics.report.person.building.page import Page
from psychometrics.report.person.content import Fact
from psychometrics.result import Source
from psychometrics.version import VERSION


def source_of(page: Page) -> Source:
    """Return where the page came from."""
    asked = page.asked
    parts = [part for part in (asked.normed, asked.scores) if part is not None]
    base = parts[0].source
    digest = next((part.source.input_sha256 for part in parts if part.source.input_sha256), "")
    return replace(
        base,
        instrument=page.instrument.name,
        fingerprint=page.instrument.fingerprint,
        norms="" if asked.norms is None else asked.norms.name,
        simulated=asked.simulated,
        input_sha256=digest,
        options=(*base.options, ("language", page.texts.language)),
        package_version=VERSION,
    )


def colophon(page: Page, source: Source) -> tuple[Fact, ...]:
    """Return the facts of the colophon."""
    asked, say = page.asked, page.say
    facts = [
        (say("colophon.instrument"), page.instrument.name),
        (say("colophon.fingerprint"), page.instrument.fingerprint),
        (say("colophon.licence"), page.instrument.definition.licence),
    ]
    if asked.norms is not None:
        head = asked.norms.head
        facts += [
            (say("colophon.norms"), asked.norms.name),
            (say("colophon.norms_digest"), f"sha256:{head.table_sha256}"),
            (say("colophon.norms_date"), page.norms_date),
        ]
    if asked.norms is not None and head.source is not None:
        facts.append((say("colophon.norms_source"), head.source.citation))
    facts += [(say("colophon.package"), VERSION), (say("colophon.input"), source.input_sha256)]
    facts += [
        (name, f"sha256:{part.source.input_sha256}")
        for name, part in (
            (say("colophon.responses"), asked.responses),
            (say("colophon.ratings"), asked.ratings),
        )
        if part is not None
    ]
    facts += [
        (say("colophon.simulated"), say("colophon.yes") if source.simulated else say("colophon.no")),
        (say("colophon.options"), ", ".join(f"{name}={value}" for name, value in source.options)),
        (say("colophon.day"), asked.today.isoformat()),
    ]
    return tuple(Fact(name=name, value=value) for name, value in facts if value)
