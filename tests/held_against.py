"""Hold our figures against other software: assert the agreement, and remember it for the page in the docs.

``pytest tests/reference --agreement-page`` writes ``docs/explanation/agreement.md`` from what the tests compared.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

PAGE = Path(__file__).resolve().parents[1] / "docs" / "explanation" / "agreement.md"


@dataclass(frozen=True, kw_only=True)
class Comparison:
    topic: str
    statistic: str
    data: str
    software: str
    ours: float
    theirs: float
    within: str
    why: str
    agrees: bool


COMPARISONS: list[Comparison] = []


def agrees(
    topic: str,
    statistic: str,
    ours: float,
    theirs: float,
    *,
    data: str,
    software: str,
    why: str,
    rel: float | None = None,
    abs: float | None = None,
) -> None:
    """Assert that two figures agree within a stated tolerance (exactly one of rel and abs), and why that one."""
    assert (rel is None) != (abs is None), "say one tolerance"
    assert ours == pytest.approx(theirs, rel=rel, abs=abs, nan_ok=False), f"{statistic} of {data}: {software}"
    within = f"{rel:g} relative" if rel is not None else f"{abs:g}"
    _remember(topic, statistic, ours, theirs, data, software, within, why, agrees=True)


def differs(
    topic: str, statistic: str, ours: float, theirs: float, *, data: str, software: str, why: str
) -> None:
    """Assert that two figures differ on purpose, and say why we are not the same."""
    assert ours != pytest.approx(theirs, rel=1e-6, nan_ok=True), (
        f"{statistic} of {data}: no difference to {software}"
    )
    _remember(topic, statistic, ours, theirs, data, software, "differs", why, agrees=False)


def _remember(
    topic: str,
    statistic: str,
    ours: float,
    theirs: float,
    data: str,
    software: str,
    within: str,
    why: str,
    *,
    agrees: bool,
) -> None:
    COMPARISONS.append(
        Comparison(
            topic=topic,
            statistic=statistic,
            data=data,
            software=software,
            ours=float(ours),
            theirs=float(theirs),
            within=within,
            why=why,
            agrees=agrees,
        )
    )


HEAD = """# Agreement with other software

Made by the reference tests (`pytest tests/reference --agreement-page`): every figure below was computed in a test and
held against the figure of another package or of a publication. {agree} figures agree within the tolerance beside
them; {differ} differ on purpose. Figures are shown to six digits and compared in full.

Data sets named `sim_...` are simulated.
"""


def page() -> str:
    """Return the page as Markdown; the same comparisons give the same bytes in whatever order they were made."""
    found = sorted(
        set(COMPARISONS),
        key=lambda one: (one.topic, one.statistic, one.data, one.software, one.ours, one.theirs),
    )
    agree = [one for one in found if one.agrees]
    differ = [one for one in found if not one.agrees]
    topics = sorted({one.topic for one in found})
    lines = [HEAD.format(agree=len(agree), differ=len(differ)), *_overview(topics, agree, differ)]
    lines += _reasons(differ)
    for topic in topics:
        lines += _topic(
            topic, [one for one in agree if one.topic == topic], [one for one in differ if one.topic == topic]
        )
    return "\n".join(lines)


def _overview(topics: list[str], agree: list[Comparison], differ: list[Comparison]) -> list[str]:
    lines = ["| topic | agree | differ on purpose | held against |", "| --- | --- | --- | --- |"]
    for topic in topics:
        mine = [one for one in agree if one.topic == topic]
        others = [one for one in differ if one.topic == topic]
        software = ", ".join(sorted({one.software for one in [*mine, *others]}))
        lines.append(f"| {topic} | {len(mine)} | {len(others)} | {software} |")
    return [*lines, ""]


def _reasons(differ: list[Comparison]) -> list[str]:
    lines = ["## Where we differ, and why\n"]
    for software, why in sorted({(one.software, one.why) for one in differ}):
        mine = [one for one in differ if (one.software, one.why) == (software, why)]
        names = sorted({one.statistic for one in mine})
        shown = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
        lines.append(f"- **{software}**, {shown}: {why}.")
    return [*lines, ""]


def _topic(topic: str, agree: list[Comparison], differ: list[Comparison]) -> list[str]:
    lines = [f"## {topic}\n"]
    if agree:
        lines += [
            "| statistic | data | ours | theirs | software | agrees within | because |",
            "| --- | --- | --- | --- | --- | --- | --- |",
            *(f"{_start(one)} | {one.within} | {one.why} |" for one in agree),
            "",
        ]
    if differ:
        lines += [
            f"### {topic}: different on purpose\n",
            "| statistic | data | ours | theirs | software | why |",
            "| --- | --- | --- | --- | --- | --- |",
            *(f"{_start(one)} | {one.why} |" for one in differ),
            "",
        ]
    return lines


def _start(one: Comparison) -> str:
    return f"| {one.statistic} | {one.data} | {one.ours:.6g} | {one.theirs:.6g} | {one.software}"
