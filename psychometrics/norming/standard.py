"""Normed scores in any metric of standard scores."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from psychometrics.errors import NormError, did_you_mean
from psychometrics.kernels.standard_scores import STANDARD_SCALES, StandardScale
from psychometrics.result import Result, Source
from psychometrics.scoring.scores import repeat_rows, tile_names

if TYPE_CHECKING:
    from psychometrics.norming.normed import NormedScores

Floats = npt.NDArray[np.float64]
Metric = str | tuple[float, float] | StandardScale


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StandardScores(Result):
    """Standard scores of every person and scale, in the metrics asked for.

    Attributes
    ----------
    normed : NormedScores
    metrics : tuple of StandardScale
    values : ndarray of float64, shape (n_metrics, n_scales, n_rows)
        Unrounded, save for metrics of steps; nan where there is no z.
    source : Source
    """

    normed: NormedScores
    metrics: tuple[StandardScale, ...]
    values: Floats
    source: Source

    def columns(self) -> Mapping[str, Any]:
        """One row per person and scale, a column per metric; ``at_end`` names the metrics whose outermost step it is."""
        persons, scales = self.normed.persons, self.normed.scale_ids
        keys = [name for name in ("person_id", "occasion") if name in persons.column_names]
        z = self.normed.z
        return {
            **{name: repeat_rows(persons.column(name), len(scales)) for name in keys},
            "scale_id": tile_names(scales, z.shape[1]),
            "percentile_rank": self.normed.percentile_rank.T.reshape(-1),
            **{m.name: v.T.reshape(-1) for m, v in zip(self.metrics, self.values, strict=True)},
            "at_end": self._ends(),
        }

    def _ends(self) -> list[str | None]:
        z = self.normed.z.T.reshape(-1)
        said = np.full(len(z), "", object)
        for metric in self.metrics:
            end = metric.at_end(z)
            for where, word in ((-1, "lowest"), (1, "highest")):
                said[end == where] += f"{metric.name}: {word} step, no limit beyond; "
        return [text[:-2] or None for text in said.tolist()]

    def __repr__(self) -> str:
        names = ", ".join(metric.name for metric in self.metrics)
        return f"<StandardScores {names}: {self.values.shape[2]:,} rows, {self.values.shape[1]} scales>"


def standard_scores(normed: NormedScores, metrics: Sequence[Metric]) -> StandardScores:
    """Tell normed scores in other metrics.

    score = mean + SD z;  stanine and sten: the step z lies in, lower limit included

    Parameters
    ----------
    normed : NormedScores
        From ``norms.apply``; its z is normalised (from the percentile rank) or linear (from mean and SD), as
        ``standard=`` there says.
    metrics : sequence
        "z", "t" (50, 10), "iq" (100, 15), "wechsler" (10, 3), "nce" (50, 21.06: normal curve equivalents, which meet
        the percentile rank at 1, 50 and 99), "stanine" (limits -1.75 ... 1.75), "sten" (limits -2 ... 2); a pair
        (mean, SD); or a StandardScale with steps of its own.

    Returns
    -------
    StandardScores
        Unrounded. The outermost steps of stanines and stens have no outer limit, which ``at_end`` says.

    Raises
    ------
    NormError
        An unknown name, or an SD that is not above 0.

    Examples
    --------
    >>> import psychometrics as pm
    >>> norms = pm.build_norms({"x": [1, 2, 3]}, scale="x", edition="e", provenance={"description": "three"})
    >>> standard_scores(norms.apply({"x": [2]}), ["wechsler", (500, 100)]).values[:, 0, 0]
    array([ 10., 500.])
    """
    chosen = tuple(_metric(one) for one in metrics)
    if not chosen:
        raise NormError("no metric", hint=f"There are: {', '.join(STANDARD_SCALES)}; or (mean, SD).")
    return StandardScores(
        normed=normed,
        metrics=chosen,
        values=np.array([metric.of(normed.z) for metric in chosen]),
        source=normed.source,
    )


def _metric(one: Metric) -> StandardScale:
    if isinstance(one, StandardScale):
        return one
    if isinstance(one, str):
        if one not in STANDARD_SCALES:
            raise NormError(f"no metric {one!r}", hint=did_you_mean(one, STANDARD_SCALES))
        return STANDARD_SCALES[one]
    mean, sd = float(one[0]), float(one[1])
    if not (np.isfinite(mean) and np.isfinite(sd) and sd > 0):
        raise NormError(f"a metric needs a mean and an SD above 0, not {one}")
    return StandardScale(name=f"mean_{mean:g}_sd_{sd:g}", mean=mean, sd=sd)
