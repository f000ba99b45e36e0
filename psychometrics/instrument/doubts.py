"""What is allowed in a definition and is seldom meant; ``psychometrics validate`` prints it as a warning."""

from __future__ import annotations

from collections.abc import Iterator

from psychometrics.errors import Problem
from psychometrics.instrument.instrument import Component, Instrument, Scale

UNEVEN = 2
"""A component that can move a composite more than so many times as far as another is said aloud."""


def doubts(instrument: Instrument) -> list[Problem]:
    """Return what a definition may do and seldom means: raw composites of scales in different metrics."""
    return [problem for scale in instrument.scales for problem in _mixed_metrics(instrument, scale)]


def _mixed_metrics(instrument: Instrument, scale: Scale) -> Iterator[Problem]:
    raw = [part for part in scale.components if part.sd is None]
    scales = [instrument.scale(part.scale_id) for part in raw]
    reach = [_reach(part, one) for part, one in zip(raw, scales, strict=True)]
    if len({one.aggregate for one in scales}) < 2 or not min(reach) > 0 or max(reach) <= UNEVEN * min(reach):
        return
    shares = ", ".join(
        f"{one.id} ({one.aggregate}, {one.minimum:g} to {one.maximum:g}, weight {float(part.weight):g})"
        for part, one in zip(raw, scales, strict=True)
    )
    yield Problem(
        where=f"scales ({scale.id}).components",
        what=f"raw scores in different metrics are added: {shares}",
        expected="components in one metric, each with its mean and sd, or weights that even out the metrics",
        hint=f"As it stands the widest moves {scale.id} up to {max(reach) / min(reach):.3g} times as far as the narrowest.",
    )


def _reach(part: Component, scale: Scale) -> float:
    """Return how far a component can move the composite."""
    return abs(float(part.weight)) * (scale.maximum - scale.minimum)
