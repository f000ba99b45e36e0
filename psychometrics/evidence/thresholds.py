"""What review systems ask of a coefficient, each figure with its source and whether we saw it there."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

Kind = Literal["consistency", "strata", "reliability", "correlation"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold:
    """The bins of one review system for one kind of coefficient.

    Attributes
    ----------
    system : str
        Who asks.
    kind : {"consistency", "strata", "reliability", "correlation"}
        Internal consistency of one scale; of a total of several; intraclass correlation or weighted kappa (retest, raters); a plain correlation.
    bins : tuple of (float, str)
        Lower edge (included) and name, rising; below the first edge the name is ``below``.
    below : str
    source : str
    confirmed : bool
        False where the figure is handed down and was not seen in the source itself.
    """

    system: str
    kind: Kind
    bins: tuple[tuple[float, str], ...]
    below: str
    source: str
    confirmed: bool = True


COSMIN = "COSMIN criteria for good measurement properties, doi:10.1007/s11136-018-1798-3, as in Terwee et al. (2007), doi:10.1016/j.jclinepi.2006.03.012"
EFPA = "EFPA review model 4.2.6, bins as quoted by a test publisher"
COTAN = "COTAN review system, as commonly quoted; not seen in the source"

THRESHOLDS = (
    Threshold(
        system="COSMIN",
        kind="consistency",
        bins=((0.70, "sufficient, if one-dimensional"),),
        below="insufficient",
        source=COSMIN,
    ),
    Threshold(
        system="COSMIN", kind="reliability", bins=((0.70, "sufficient"),), below="insufficient", source=COSMIN
    ),
    Threshold(
        system="COSMIN", kind="correlation", bins=((0.80, "sufficient"),), below="insufficient", source=COSMIN
    ),
    *(
        Threshold(
            system="EFPA",
            kind=kind,
            bins=((0.70, "adequate"), (0.80, "good"), (0.90, "above good (name of this bin not seen)")),
            below="below adequate",
            source=EFPA,
        )
        for kind in ("consistency", "strata", "reliability")
    ),
    *(
        Threshold(
            system="COTAN, important decisions",
            kind=kind,
            bins=((0.80, "sufficient"), (0.90, "good")),
            below="insufficient",
            source=COTAN,
            confirmed=False,
        )
        for kind in ("consistency", "strata", "reliability")
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What one system says of a coefficient, and whether the lower end of its interval says the same."""

    system: str
    label: str
    holds_at_lower_end: bool
    source: str
    confirmed: bool

    def __str__(self) -> str:
        sure = "" if self.holds_at_lower_end else ", not at the lower end of the interval"
        doubt = "" if self.confirmed else " [unconfirmed bins]"
        return f"{self.system}: {self.label}{sure}{doubt}"


def verdicts(kind: Kind, estimate: float, ci_lower: float) -> tuple[Verdict, ...]:
    """Return what each review system says of a coefficient; nothing for nan.

    Parameters
    ----------
    kind : {"consistency", "strata", "reliability", "correlation"}
    estimate, ci_lower : float
        The coefficient and the lower end of its interval (nan where there is none).
    """
    if math.isnan(estimate):
        return ()
    return tuple(
        Verdict(
            system=one.system,
            label=_label(one, estimate),
            holds_at_lower_end=not math.isnan(ci_lower) and _label(one, ci_lower) == _label(one, estimate),
            source=one.source,
            confirmed=one.confirmed,
        )
        for one in THRESHOLDS
        if one.kind == kind
    )


def _label(one: Threshold, value: float) -> str:
    met = [name for edge, name in one.bins if value >= edge]
    return met[-1] if met else one.below
