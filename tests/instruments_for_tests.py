"""Small instruments of our own that the tests share."""

from __future__ import annotations

HEAD = """
format = 1
id = "{id}"
version = "1.0.0"
title = "A test instrument"
construct = "nothing"
intended_use = ["tests"]
misuse = ["everything else"]
population = "nobody"
language = "en"
licence = "CC0-1.0"
wording = "topics"
"""

FREQUENCY = """
[option_sets.often]
options = [{ code = 0, label = "never" }, { code = 1 }, { code = 2 }, { code = 3 }, { code = 4, label = "always" }]
"""


def item_lines(n: int, *, reversed_items: tuple[int, ...] = (), extra: str = "") -> str:
    lines = [
        f'{{ id = "q{i}", topic = "t{i}", options = "often", reversed = {str(i in reversed_items).lower()} }},'
        for i in range(1, n + 1)
    ]
    return "items = [\n" + "\n".join(lines) + f"\n{extra}]\n"


def simple(
    n: int = 4,
    *,
    rules: str = "",
    reversed_items: tuple[int, ...] = (),
    aggregate: str = "sum",
    extra: str = "",
) -> str:
    """One scale ``total`` over q1..qn with options 0..4."""
    names = ", ".join(f'"q{i}"' for i in range(1, n + 1))
    scale = (
        f'[[scales]]\nid = "total"\ntitle = "Total"\nitems = [{names}]\naggregate = "{aggregate}"\n{rules}\n'
    )
    return HEAD.format(id="simple") + item_lines(n, reversed_items=reversed_items) + FREQUENCY + scale + extra


def with_rubric(*, raters: str = 'minimum = 1\ncombine = "mean"\nadjudicate_gap = 2', rules: str = "") -> str:
    """Two items, one task with two criteria of levels 0..3, a scale each, and a composite."""
    levels = ", ".join(f'{{ code = {c}, label = "l{c}", descriptor = "d{c}" }}' for c in range(4))
    return (
        HEAD.format(id="rubric")
        + f"""
items = [
  {{ id = "q1", topic = "t", options = "often" }},
  {{ id = "q2", topic = "t", options = "often" }},
  {{ id = "task", kind = "rubric", topic = "t", criteria = [{{ id = "clear", title = "Clear", levels = [{levels}] }}, {{ id = "right", title = "Right", levels = [{levels}] }}] }},
]
{FREQUENCY}
[raters]
{raters}
[[scales]]
id = "self"
title = "Self-report"
items = ["q1", "q2"]
aggregate = "percent"
[[scales]]
id = "work"
title = "Work"
items = ["task"]
aggregate = "percent"
{rules}
[[scales]]
id = "both"
title = "Both"
components = [{{ scale = "self", weight = 1 }}, {{ scale = "work", weight = 2 }}]
aggregate = "mean"
"""
    )
