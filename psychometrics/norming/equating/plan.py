"""Which method of equating is meant: words of the call become one of the methods of the kernels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from psychometrics.errors import EstimationError
from psychometrics.kernels.equating import curves, lines
from psychometrics.kernels.equating.arcs import circle_arc
from psychometrics.kernels.equating.curves import Kernel
from psychometrics.kernels.equating.methods import ByMoments, ByShares, Smoother
from psychometrics.kernels.equating.samples import Table
from psychometrics.kernels.smoothing.bandwidth import best_bandwidth
from psychometrics.kernels.smoothing.continuised import Continuised, GaussianKernel, UniformKernel

Floats = npt.NDArray[np.float64]
MethodName = Literal["identity", "mean", "linear", "circle_arc", "equipercentile", "kernel"]
Design = Literal["random_groups", "single_group", "anchor"]
AnchorMethod = Literal[
    "tucker", "levine", "levine_true", "nominal_weights", "chained", "braun_holland", "frequency_estimation"
]

METHODS: tuple[MethodName, ...] = ("identity", "mean", "linear", "circle_arc", "equipercentile", "kernel")
DESIGNS: tuple[Design, ...] = ("random_groups", "single_group", "anchor")
WITH_ANCHOR: Mapping[str, tuple[str, ...]] = {
    "mean": ("tucker", "levine", "nominal_weights", "chained"),
    "linear": ("tucker", "levine", "levine_true", "chained", "braun_holland"),
    "circle_arc": ("tucker", "levine", "nominal_weights", "chained"),
    "equipercentile": ("frequency_estimation", "chained"),
    "kernel": ("frequency_estimation", "chained"),
}
BY_SHARES = ("equipercentile", "kernel")
SYNTHETIC = ("tucker", "levine", "nominal_weights", "braun_holland", "frequency_estimation")
NEEDS_INTERNAL = ("levine", "levine_true")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Plan:
    """A call of equate, its words checked.

    Attributes
    ----------
    method, design, anchor_method : str
    internal : bool
        Whether the anchor is part of the form.
    weight : float
        Of the population of X in the synthetic population.
    low, high : tuple of float
        Ends of the circle arc.
    x, y, anchor : ndarray
        Possible scores; ``anchor`` is empty without one.
    """

    method: str
    design: str
    anchor_method: str
    internal: bool
    weight: float
    low: tuple[float, float]
    high: tuple[float, float]
    x: Floats
    y: Floats
    anchor: Floats

    @property
    def is_synthetic(self) -> bool:
        """Whether both forms are brought to a synthetic population."""
        return self.anchor_method in SYNTHETIC

    @property
    def by_moments(self) -> bool:
        """Whether means and variances are all that is needed."""
        return self.method not in BY_SHARES and self.anchor_method != "braun_holland"

    def moments_method(self) -> ByMoments:
        """Return the method of a line or an arc."""
        if self.method == "circle_arc":
            return ByMoments(figure=self._arc)
        return ByMoments(figure=self._line)

    def line(self, x: Any, y: Any) -> tuple[Any, Any]:
        """Return intercept and slope from the moments of both samples."""
        if self.anchor_method == "chained":
            return lines.chained_mean_line(x, y) if self.method == "mean" else lines.chained_line(x, y)
        if self.anchor_method == "levine_true":
            return lines.levine_true_line(x, y, internal=self.internal)
        first, second = self.population(x, y)
        return lines.mean_line(first, second) if self.method == "mean" else lines.linear_line(first, second)

    def _line(self, x: Any, y: Any) -> Any:
        intercept, slope = self.line(x, y)
        return np.asarray(intercept)[..., None] + np.asarray(slope)[..., None] * self.x

    def _arc(self, x: Any, y: Any) -> Any:
        if self.anchor_method == "chained":
            middle = x[0], y[0] + x[2] - y[2]
        else:
            first, second = self.population(x, y)
            middle = first[0], second[0]
        return circle_arc(self.x, self.low, self.high, *middle)

    def population(self, x: Any, y: Any) -> tuple[Any, Any]:
        """Return (mean, variance) of X and of Y in one population: as sampled, or synthetic."""
        if not self.anchor_method:
            return x, y
        span = np.ptp(self.anchor)
        spans = float(np.ptp(self.x) / span), float(np.ptp(self.y) / span)
        g = lines.slopes(x, y, self.anchor_method, internal=self.internal, spans=spans)
        return lines.synthetic(x, y, g, self.weight)

    def shares_method(self, kernel: Kernel, smoothers: tuple[Smoother, ...]) -> ByShares:
        """Return the method of whole distributions."""
        return ByShares(
            curve=self.curve(),
            kernel=kernel,
            smoothers=smoothers,
            ties_in_full=self.method == "equipercentile" and self.design == "random_groups" and not smoothers,
        )

    def curve(self) -> Any:
        """Return the function from a kernel and tables of shares to equated scores."""
        scores = self.x, self.y
        if self.design == "single_group":
            return lambda kernel, tables, errors: curves.single_group(
                kernel, scores, tables[0], errors=errors
            )
        if self.anchor_method == "braun_holland":
            return lambda kernel, tables, errors: curves.braun_holland(  # noqa: ARG005
                scores, tables, self.weight, errors=errors
            )
        if self.anchor_method == "frequency_estimation":
            return lambda kernel, tables, errors: curves.frequency_estimation(
                kernel, scores, tables, self.weight, errors=errors
            )
        if self.anchor_method == "chained":
            three = self.x, self.y, self.anchor
            return lambda kernel, tables, errors: curves.chained(kernel, three, tables, errors=errors)
        return lambda kernel, tables, errors: curves.direct(kernel, scores, tables, errors=errors)

    def margins(self, tables: list[Table]) -> dict[str, tuple[Floats, Floats]]:
        """Return scores and shares of every distribution that is made continuous."""
        p = [table.probabilities for table in tables]
        if self.design == "single_group":
            return {"x": (self.x, p[0].sum(axis=1)), "y": (self.y, p[0].sum(axis=0))}
        if self.design == "random_groups":
            return {"x": (self.x, p[0]), "y": (self.y, p[1])}
        if self.anchor_method == "frequency_estimation":
            r, s = curves.synthetic_shares(p[0][None], p[1][None], self.weight)
            return {"x": (self.x, r[0]), "y": (self.y, s[0])}
        found = {}
        for name, scores, table in (("x", self.x, p[0]), ("y", self.y, p[1])):
            found[name] = scores, table.sum(axis=1)
            found[f"anchor_{name}"] = self.anchor, table.sum(axis=0)
        return found


def kernel_of(
    plan: Plan, tables: list[Table], bandwidth: float | Mapping[str, float] | None
) -> tuple[Kernel, dict[str, float]]:
    """Return how discrete scores are made continuous, and the bandwidths of a Gaussian kernel."""
    if plan.method != "kernel":
        return _uniform, {}
    widths = {}
    for name, (scores, shares) in plan.margins(tables).items():
        steps = np.diff(scores)
        if np.ptp(steps) > 1e-9 * steps[0]:
            raise EstimationError(f"kernel equating needs evenly spaced scores; those of {name} are not")
        given = bandwidth.get(name) if isinstance(bandwidth, Mapping) else bandwidth
        widths[name] = best_bandwidth(scores, shares) if given is None else float(given)
    return partial(_gaussian, widths), widths


def _uniform(name: str, scores: Floats, shares: Floats) -> Continuised:  # noqa: ARG001
    return UniformKernel(scores=scores, probabilities=shares)


def _gaussian(widths: Mapping[str, float], name: str, scores: Floats, shares: Floats) -> Continuised:
    return GaussianKernel(scores=scores, probabilities=shares, bandwidth=widths[name])
