"""What is worth a second look at a rater: each flag with its rule and where the rule comes from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from psychometrics.evidence.agreement.rater_report import RaterReport

FEWEST_TARGETS = 30
SEVERITY_IN_SD = 0.15
WEIGHTED_KAPPA = 0.70
NARROW, WIDE = 0.80, 1.25
HALO = 0.20

WILLIAMSON = (
    "Williamson, Xi and Breyer (2012), doi:10.1111/j.1745-3992.2011.00223.x, made for machine against human"
)
HOUSE = "rule of this library"


@dataclass(frozen=True, slots=True, kw_only=True)
class Flag:
    """A flag, the rule behind it and its source."""

    name: str
    rule: str
    source: str


FLAGS: tuple[Flag, ...] = (
    Flag(
        name="few",
        rule=f"fewer than {FEWEST_TARGETS} targets shared with other raters: no other flag is given",
        source=HOUSE,
    ),
    Flag(
        name="severe",
        rule=f"adjusted severity at least {SEVERITY_IN_SD} SD of all ratings, and its interval above 0",
        source=WILLIAMSON,
    ),
    Flag(
        name="lenient",
        rule=f"adjusted severity at most -{SEVERITY_IN_SD} SD of all ratings, and its interval below 0",
        source=WILLIAMSON,
    ),
    Flag(
        name="narrow",
        rule=f"spread ratio below {NARROW}, and its interval below 1: central tendency",
        source=HOUSE,
    ),
    Flag(name="wide", rule=f"spread ratio above {WIDE}, and its interval above 1", source=HOUSE),
    Flag(
        name="disagrees",
        rule=f"quadratic weighted kappa with another rater below {WEIGHTED_KAPPA}",
        source=WILLIAMSON,
    ),
    Flag(
        name="halo",
        rule=f"correlation between criteria at least {HALO} above that of the others on the same targets",
        source=HOUSE,
    ),
    Flag(name="drifts", rule="the interval of drift leaves out 0", source=HOUSE),
)


def flags_of(report: RaterReport, standard_deviation: float) -> tuple[str, ...]:
    """Return the flags of each rater, with commas between."""
    limit = SEVERITY_IN_SD * standard_deviation
    holds: dict[str, npt.NDArray[np.bool_]] = {
        "severe": (report.severity_adjusted >= limit) & (report.severity_adjusted_ci_lower > 0),
        "lenient": (report.severity_adjusted <= -limit) & (report.severity_adjusted_ci_upper < 0),
        "narrow": (report.spread_ratio < NARROW) & (report.spread_ratio_ci_upper < 1),
        "wide": (report.spread_ratio > WIDE) & (report.spread_ratio_ci_lower > 1),
        "disagrees": report.weighted_kappa < WEIGHTED_KAPPA,
        "halo": report.halo - report.halo_rest >= HALO,
        "drifts": (report.drift_ci_lower > 0) | (report.drift_ci_upper < 0),
    }
    few = report.n_shared_targets < FEWEST_TARGETS
    return tuple(
        "few" if few[place] else ", ".join(name for name, which in holds.items() if which[place])
        for place in range(len(few))
    )
