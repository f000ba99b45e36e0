"""How many people a norm sample needs, and how precise a sample of given size would be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr, ndtri

from psychometrics.errors import NormError, Problem
from psychometrics.kernels.norm_planning import (
    counted_variance,
    distribution_moments,
    mean_model_variance,
    moment_variance,
    normal_density,
)
from psychometrics.result import Result, Source
from psychometrics.version import VERSION

Floats = npt.NDArray[np.float64]
Norming = Literal["counts", "mean_and_sd", "regression"]
Of = Literal["percentile_rank", "z", "t"]

RANKS = (2.0, 5.0, 25.0, 50.0, 75.0, 95.0, 98.0)
ROUND_OFF = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class NormDesign:
    """How norms will be made.

    Attributes
    ----------
    norming : {"counts", "mean_and_sd", "regression"}
        Percentile ranks counted within each group; z from the mean and SD of each group; z from a regression of the
        score on age and groups with normal residuals of one SD.
    distribution : mapping or None
        Score -> share or count in the population, for ``counts`` and ``mean_and_sd``; None for a continuous normal
        distribution.
    degree, n_groups, interaction
        Regression: powers of age, groups of equal size, and whether each has a curve of its own.
    ages : {"uniform", "optimal"}
        Regression: ages spread evenly, or at the few ages of a D-optimal design.
    place : float or "worst" or "mean"
        Regression: the age the norms must serve, from -1 (youngest) to 1 (oldest); the worst one; or on average.
    design_effect : float
        How many times weights will multiply variances (Kish), 1 without weights.
    """

    norming: Norming = "counts"
    distribution: Mapping[float, float] | None = None
    degree: int = 1
    n_groups: int = 1
    interaction: bool = False
    ages: Literal["uniform", "optimal"] = "uniform"
    place: float | Literal["worst", "mean"] = "worst"
    design_effect: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class NormPlan(Result):
    """Precision per percentile rank of a norm sample of ``n_persons``; one row per rank.

    Attributes
    ----------
    n_persons : int
        People needed (all of them for regression; per group of one's own else) or given.
    ranks, z : ndarray of float64
        Percentile rank (of the nearest score for a discrete distribution) and its deviate.
    needed : ndarray of float64
        People each rank needs; nan when the number was given.
    rank_errors, z_errors : ndarray of float64
        Standard errors at ``n_persons``; of T ten times those of z.
    design : NormDesign
    """

    n_persons: int
    ranks: Floats
    z: Floats
    needed: Floats
    rank_errors: Floats
    z_errors: Floats
    design: NormDesign
    source: Source

    def columns(self) -> Mapping[str, Any]:
        """One row per percentile rank."""
        return {
            "percentile_rank": self.ranks,
            "z": self.z,
            "n_needed": self.needed,
            "n_persons": [self.n_persons] * len(self.ranks),
            "percentile_rank_standard_error": self.rank_errors,
            "z_standard_error": self.z_errors,
            "t_standard_error": 10 * self.z_errors,
        }

    def __repr__(self) -> str:
        return f"<NormPlan {self.design.norming}: {self.n_persons:,} persons, {len(self.ranks)} ranks>"


def norm_sample_size(
    standard_error: float,
    *,
    of: Of = "percentile_rank",
    ranks: Sequence[float] = RANKS,
    **design: Any,
) -> NormPlan:
    """Say how many people a norm sample needs for a wanted standard error at given percentile ranks.

    n = deff V(p) / SE^2.  Ranks from counts: V = p (1 - p) (continuous) or B + F/4 - p^2 (discrete);
    z from mean and SD: V = 1 + g1 z + (g2 + 2) z^2 / 4;  z from regression: V = d + z^2 / 2.
    Between ranks and z: SE(rank) = 100 phi(z) SE(z); T = 50 + 10 z.

    Parameters
    ----------
    standard_error : float
        Wanted, in points of the percentile rank, of z or of T.
    of : {"percentile_rank", "z", "t"}
        What the standard error is of.
    ranks : sequence of float
        Percentile ranks at which it must hold, within 0..100.
    **design
        Fields of :class:`NormDesign`: norming, distribution, degree, n_groups, interaction, ages, place, design_effect.

    Returns
    -------
    NormPlan
        People needed at each rank, and the precision of the sample that the most demanding rank asks for. For counts
        and mean and SD it is people per group that gets norms of its own; for regression all people together. It is
        NOT about errors of measurement, and large-sample: below about 50 people per group it is too hopeful.

    Raises
    ------
    NormError
        A design that makes no sense; all problems at once.

    References
    ----------
    Oosterhuis, van der Ark and Sijtsma (2017), doi:10.1007/s11336-016-9535-8. Regression: derived here by the delta
    method for normal residuals of one SD; optimal designs for this purpose are the subject of Innocenti et al. (2023),
    doi:10.1037/met0000394. Kiefer and Wolfowitz (1960), doi:10.4153/CJM-1960-030-4, for the largest d of a D-optimal
    design. Checked by simulation (tests/norming/test_planning.py).

    Examples
    --------
    >>> norm_sample_size(10, of="percentile_rank", ranks=[50])
    <NormPlan counts: 25 persons, 1 ranks>
    """
    chosen = _checked(ranks, design)
    if not standard_error > 0 or of not in ("percentile_rank", "z", "t"):
        raise NormError(
            f"standard_error {standard_error} of {of!r} cannot be planned for",
            hint='It must be above 0, of "percentile_rank", "z" or "t".',
        )
    share, z, rank_variance, z_variance = _variances(ranks, chosen)
    variance = rank_variance if of == "percentile_rank" else z_variance
    unit = {"percentile_rank": 100.0, "z": 1.0, "t": 10.0}[of]
    exact = chosen.design_effect * variance * (unit / standard_error) ** 2
    needed = np.maximum(np.ceil(exact - ROUND_OFF * np.maximum(exact, 1)), 2)
    return _plan(ceil(float(needed.max())), share, z, needed, rank_variance, z_variance, chosen)


def norm_sample_precision(n_persons: int, *, ranks: Sequence[float] = RANKS, **design: Any) -> NormPlan:
    """Say how precise norms from a sample of ``n_persons`` would be; the other way round of :func:`norm_sample_size`.

    Parameters
    ----------
    n_persons : int
        People per group with norms of its own; all people for regression.
    ranks : sequence of float
    **design
        Fields of :class:`NormDesign`.

    Returns
    -------
    NormPlan

    Examples
    --------
    >>> norm_sample_precision(25, ranks=[50]).rank_errors
    array([10.])
    """
    chosen = _checked(ranks, design)
    if n_persons < 2:
        raise NormError(f"{n_persons} persons are no norm sample", hint="Give 2 or more.")
    share, z, rank_variance, z_variance = _variances(ranks, chosen)
    return _plan(int(n_persons), share, z, np.full(len(z), np.nan), rank_variance, z_variance, chosen)


def _plan(
    n: int,
    share: Floats,
    z: Floats,
    needed: Floats,
    rank_variance: Floats,
    z_variance: Floats,
    design: NormDesign,
) -> NormPlan:
    factor = np.sqrt(design.design_effect / n)
    return NormPlan(
        n_persons=n,
        ranks=100 * share,
        z=z,
        needed=needed,
        rank_errors=100 * factor * np.sqrt(rank_variance),
        z_errors=factor * np.sqrt(z_variance),
        design=design,
        source=Source(package_version=VERSION),
    )


def _variances(ranks: Sequence[float], design: NormDesign) -> tuple[Floats, Floats, Floats, Floats]:
    """Return share, z, and n times the variance of the share and of z."""
    wanted = np.array(list(ranks), np.float64) / 100
    scores, probabilities = _distribution(design)
    if design.norming == "counts":
        share, variance = counted_variance(wanted, probabilities)
        z = np.asarray(ndtri(share))
        return share, z, variance, variance / normal_density(z) ** 2
    if scores is None or probabilities is None:
        z, skewness, excess = np.asarray(ndtri(wanted)), 0.0, 0.0
    else:
        wanted, _ = counted_variance(wanted, probabilities)
        mean, sd, skewness, excess = distribution_moments(scores, probabilities)
        mid = np.cumsum(probabilities) - probabilities / 2
        z = (np.interp(wanted, mid, scores) - mean) / sd
    if design.norming == "regression":
        d = mean_model_variance(design.degree, design.n_groups, design.interaction, design.ages, design.place)
        variance = d + z**2 / 2
    else:
        variance = moment_variance(z, skewness, excess)
    return np.asarray(ndtr(z)), z, variance * normal_density(z) ** 2, variance


def _distribution(design: NormDesign) -> tuple[Floats | None, Floats | None]:
    if design.distribution is None:
        return None, None
    scores = np.array(sorted(design.distribution), np.float64)
    weights = np.array([design.distribution[s] for s in sorted(design.distribution)], np.float64)
    used = weights > 0
    return scores[used], weights[used] / weights.sum()


def _checked(ranks: Sequence[float], design: Mapping[str, Any]) -> NormDesign:
    unknown = sorted(set(design) - set(NormDesign.__dataclass_fields__))
    if unknown:
        known = ", ".join(NormDesign.__dataclass_fields__)
        raise NormError(f"unknown options: {', '.join(unknown)}", hint=f"There are: {known}.")
    chosen = NormDesign(**design)
    problems = [
        Problem(where=where, what=what, expected=expected) for where, what, expected in _wrong(ranks, chosen)
    ]
    if problems:
        raise NormError("this norm sample cannot be planned", problems=problems)
    return chosen


def _wrong(ranks: Sequence[float], design: NormDesign) -> list[tuple[str, str, str]]:
    distribution = design.distribution
    checks = [
        (
            len(ranks) > 0 and all(0 < r < 100 for r in ranks),
            "ranks",
            list(ranks),
            "numbers between 0 and 100",
        ),
        (
            design.norming in ("counts", "mean_and_sd", "regression"),
            "norming",
            design.norming,
            "counts, mean_and_sd or regression",
        ),
        (design.degree >= 0, "degree", design.degree, "0 or more"),
        (design.n_groups >= 1, "n_groups", design.n_groups, "1 or more"),
        (design.ages in ("uniform", "optimal"), "ages", design.ages, "uniform or optimal"),
        (
            design.place in ("worst", "mean") or _within(design.place),
            "place",
            design.place,
            "worst, mean, or -1..1",
        ),
        (design.design_effect > 0, "design_effect", design.design_effect, "a number above 0"),
        (
            distribution is None or _usable(distribution),
            "distribution",
            distribution,
            "two scores or more, shares of 0 or more",
        ),
        (
            distribution is None or design.norming != "regression",
            "distribution",
            "given",
            "none: residuals are normal in a regression",
        ),
    ]
    return [(where, str(what), expected) for good, where, what, expected in checks if not good]


def _within(place: Any) -> bool:
    return isinstance(place, int | float) and -1 <= place <= 1


def _usable(distribution: Mapping[float, float]) -> bool:
    shares = list(distribution.values())
    return min(shares, default=-1.0) >= 0 and sum(share > 0 for share in shares) >= 2
