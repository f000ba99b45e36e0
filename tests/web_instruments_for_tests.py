"""Instruments with wording, tasks and branches, for the tests of what is shown in the browser."""

from __future__ import annotations

import json

from hypothesis import strategies as st

from psychometrics.instrument import Instrument, parse_instrument

HEAD = """
format = 1
id = "asked"
version = "1.0.0"
title = {title}
construct = "nothing"
intended_use = ["tests"]
misuse = ["everything else"]
population = "nobody"
language = "en"
licence = "CC0-1.0"
wording = "full"
minutes = [1, 2]
"""

OPTIONS = {
    "often": '[option_sets.often]\noptions = [{ code = 0, label = "never" }, { code = 1, label = "at times" }, { code = 2, label = "always" }]\n',
    "yes": '[option_sets.yes]\noptions = [{ code = "n", label = "no", points = 0 }, { code = "y", label = "yes", points = 3 }]\n',
}


def quoted(text: str) -> str:
    """Write a TOML string."""
    return json.dumps(text, ensure_ascii=False)


def item(item_id: str, options: str = "often", text: str = "") -> str:
    return (
        f'[[items]]\nid = "{item_id}"\ntext = {quoted(text or f"I do {item_id}.")}\noptions = "{options}"\n'
    )


def task(item_id: str, text: str = "Say why.", descriptor: str = "what is seen") -> str:
    levels = ", ".join(
        f'{{ code = {code}, label = "level {code}", descriptor = {quoted(descriptor)} }}' for code in range(4)
    )
    return (
        f'[[items]]\nid = "{item_id}"\nkind = "rubric"\nminutes = [1, 2]\ntext = {quoted(text)}\n'
        f'[[items.criteria]]\nid = "clear"\ntitle = "Clear"\nlevels = [{levels}]\n'
    )


def definition(entries: list[str], branches: str = "", title: str = "Asked") -> Instrument:
    return parse_instrument(definition_text(entries, branches, title))


def definition_text(entries: list[str], branches: str = "", title: str = "Asked") -> str:
    first = next(line for entry in entries for line in entry.splitlines() if line.startswith("id = "))
    scale = f'[[scales]]\nid = "total"\ntitle = "Total"\nitems = [{first[5:]}]\n'
    used = "".join(
        text for name, text in OPTIONS.items() if any(f'options = "{name}"' in entry for entry in entries)
    )
    return HEAD.format(title=quoted(title)) + "\n".join(entries) + used + branches + scale


def branch(items: list[str], condition: str) -> str:
    names = ", ".join(f'"{name}"' for name in items)
    return f"[[branches]]\nitems = [{names}]\nasked_if = {{ {condition} }}\npoints_when_not_asked = 0\n"


@st.composite
def instruments(draw: st.DrawFn) -> Instrument:
    """Any order of questions, of two kinds of options, and tasks; some asked only if earlier ones were answered so."""
    kinds = draw(
        st.lists(st.sampled_from(["often", "often", "often", "yes", "task"]), min_size=1, max_size=24)
    )
    names = [f"i{place}" for place in range(len(kinds))]
    entries = [
        task(name) if kind == "task" else item(name, kind) for name, kind in zip(names, kinds, strict=True)
    ]
    questions = [(name, kind) for name, kind in zip(names, kinds, strict=True) if kind != "task"]
    rules = ""
    places = st.lists(st.integers(0, len(questions) - 2), max_size=3) if len(questions) > 1 else st.just([])
    for place in draw(places):
        decider, kind = questions[place]
        later = [name for name, _ in questions[place + 1 :]]
        chosen = draw(st.lists(st.sampled_from(later), min_size=1, max_size=4, unique=True))
        by_option = f'item = "{decider}", options = [{1 if kind == "often" else quoted("y")}]'
        by_points = f'points_of = ["{decider}"], at_least = 1'
        rules += branch(sorted(chosen, key=names.index), draw(st.sampled_from([by_option, by_points])))
    return definition(entries, rules)


def answers_to(instrument: Instrument) -> st.SearchStrategy[dict[str, int | str | None]]:
    """Some items answered, some left out."""
    codes = {one.id: one.codes for one in instrument.items}
    return st.fixed_dictionaries(
        {},
        optional={
            entry.id: st.sampled_from(codes[entry.id])
            if entry.id in codes
            else st.sampled_from(["words", " "])
            for entry in instrument.definition.items
        },
    )
