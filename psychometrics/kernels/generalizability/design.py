"""Designs such as ``p x (r:t)``: facets, what is nested in what, and the effects that follow."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import combinations

from psychometrics.errors import EstimationError

Effect = frozenset[str]
"""The facets of an effect, with those they are nested in."""

TOKEN = re.compile(r"\s*([A-Za-z_][A-Za-z0-9_]*|[:()×*])")
CROSS = {"x", "X", "×", "*"}
MOST_FACETS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Design:
    """Facets and their nesting.

    Attributes
    ----------
    text : str
        As it was written.
    facets : tuple of str
        In the order written.
    within : dict of str to frozenset of str
        The facets each one is nested in (all the way up).
    effects : tuple of frozenset of str
        Main effects first; the last holds every facet and stands for the residual.
    """

    text: str
    facets: tuple[str, ...]
    within: dict[str, Effect]
    effects: tuple[Effect, ...]

    def closure(self, facets: Effect) -> Effect:
        """Return the facets with all they are nested in."""
        return facets.union(*(self.within[facet] for facet in facets))

    def label(self, effect: Effect) -> str:
        """Return the usual name of an effect: ``p``, ``r:t``, ``p x t``, ``p x (r:t)``."""
        above = frozenset().union(*(self.within[facet] for facet in effect))
        primary = [facet for facet in self.facets if facet in effect and facet not in above]
        homes = [tuple(f for f in self.facets if f in self.within[facet]) for facet in primary]
        parts = [
            facet if not home else f"{facet}:{self._home(home)}"
            for facet, home in zip(primary, homes, strict=True)
        ]
        if len(parts) == 1:
            return parts[0]
        if len({home for home in homes if home}) == 1 and all(homes):
            inside = " x ".join(primary)
            return f"({inside}):{self._home(homes[0])}"
        return " x ".join(f"({part})" if ":" in part else part for part in parts)

    def _home(self, home: tuple[str, ...]) -> str:
        inner = [one for one in home if not any(one in self.within[other] for other in home)]
        names = [
            one
            if not self.within[one]
            else f"{one}:{self._home(tuple(f for f in self.facets if f in self.within[one]))}"
            for one in inner
        ]
        return names[0] if len(names) == 1 else f"({' x '.join(names)})"


def parse_design(text: str) -> Design:
    """Read a design: facets crossed by ``x``, ``a:b`` for a nested in b, brackets; ``:`` binds tighter than ``x``.

    Raises
    ------
    EstimationError
        What cannot be read, and where; a facet named twice; more than four facets.
    """
    tokens = _tokens(text)
    parser = _Parser(text, tokens)
    within = parser.crossed()
    if parser.place < len(tokens):
        parser.fail(f'"{tokens[parser.place]}" is not expected there')
    facets = tuple(token for token in tokens if token in within)
    if not 2 <= len(facets) <= MOST_FACETS:
        raise EstimationError(
            f'the design "{text}" has {len(facets)} facets; expected 2 to {MOST_FACETS}, the persons among them'
        )
    effects = [
        frozenset(chosen)
        for size in range(1, len(facets) + 1)
        for chosen in combinations(facets, size)
        if all(within[facet] <= set(chosen) for facet in chosen)
    ]
    return Design(text=text, facets=facets, within=within, effects=tuple(effects))


def _tokens(text: str) -> list[str]:
    if not isinstance(text, str):
        raise EstimationError(f'design={text!r}; expected text, such as "p x r" or "p x (r:t)"')
    tokens, place = [], 0
    text = text.rstrip()
    while place < len(text):
        found = TOKEN.match(text, place)
        if found is None:
            raise EstimationError(
                f'the design "{text}" cannot be read at "{text[place:].strip()}"',
                hint='Write facets crossed by x and nested by a colon, such as "p x (r:t)".',
            )
        tokens.append(found.group(1))
        place = found.end()
    return tokens


class _Parser:
    def __init__(self, text: str, tokens: list[str]) -> None:
        self.text, self.tokens, self.place = text, tokens, 0
        self.seen: set[str] = set()

    def fail(self, what: str) -> None:
        raise EstimationError(
            f'the design "{self.text}" cannot be read: {what}',
            hint='Write facets crossed by x and nested by a colon, such as "p x (r:t)" or "(r:p) x t".',
        )

    def next(self) -> str:
        return self.tokens[self.place] if self.place < len(self.tokens) else ""

    def crossed(self) -> dict[str, Effect]:
        """Read ``a x b x ...``."""
        found = self.nested()
        while self.next() in CROSS:
            self.place += 1
            found |= self.nested()
        return found

    def nested(self) -> dict[str, Effect]:
        """Read ``a:b:...``: all on the left are nested in all on the right."""
        left = self.factor()
        if self.next() != ":":
            return left
        self.place += 1
        right = self.nested()
        inside = frozenset(right)
        return {**{facet: above | inside for facet, above in left.items()}, **right}

    def factor(self) -> dict[str, Effect]:
        """Read one facet or a bracket."""
        word = self.next()
        if word == "(":
            self.place += 1
            found = self.crossed()
            if self.next() != ")":
                self.fail("a bracket is not closed")
            self.place += 1
            return found
        if not word or word in CROSS or word in {":", ")"}:
            self.fail(f"a facet is expected {f'before {chr(34)}{word}{chr(34)}' if word else 'at the end'}")
        if word in self.seen:
            self.fail(f'the facet "{word}" is named twice')
        self.seen.add(word)
        self.place += 1
        return {word: frozenset()}
