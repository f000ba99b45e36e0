"""What to keep in mind with an equating, and why a number of it is missing."""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt

import numpy as np
import numpy.typing as npt

from psychometrics.kernels.equating.samples import Table, moments
from psychometrics.norming.equating.plan import NEEDS_INTERNAL, Plan
from psychometrics.norming.equating.samples import Samples

Floats = npt.NDArray[np.float64]

SMALL = 100
FEW = 5


def sample_notes(plan: Plan, samples: Samples) -> list[str]:
    """Say what small samples mean."""
    if plan.method == "identity":
        return []
    least = min(samples.n_x, samples.n_y)
    if least >= SMALL or plan.method in ("mean", "circle_arc"):
        return []
    return [f"{least} persons took a form: identity, mean or circle-arc equating may err less with so few"]


def anchor_notes(plan: Plan, tables: Sequence[Table]) -> list[str]:
    """Say how well the anchor stands for the form, and how far the groups are apart on it."""
    if not plan.anchor_method:
        return []
    x, y = (moments(table, table.counts.reshape(1, -1))[:, 0] if table.n > 1 else None for table in tables)
    if x is None or y is None:
        return []
    found = []
    for name, m in (("X", x), ("Y", y)):
        if m[1] > 0 and m[3] > 0:
            found.append(f"{m[4] / sqrt(m[1] * m[3]):.2f} with {name}")
    notes = [f"the anchor correlates {' and '.join(found)}"] if found else []
    pooled = sqrt((x[3] + y[3]) / 2)
    if pooled > 0:
        notes.append(
            f"on the anchor the sample of X is {(x[2] - y[2]) / pooled:+.2f} SD from the sample of Y"
        )
    return notes


def no_figures(plan: Plan, tables: Sequence[Table]) -> str:
    """Say why nothing can be equated; empty when it can."""
    if any(table.n < 2 for table in tables):
        return "a sample of one person"
    m = [moments(table, table.counts.reshape(1, -1))[:, 0] for table in tables]
    spreads = _spreads(m, plan)
    flat = [name for name, variance in spreads if not variance > 0]
    if flat and plan.method not in ("mean", "circle_arc"):
        return f"all persons have the same score on {' and '.join(flat)}"
    if plan.anchor_method in ("tucker", "levine", "levine_true"):
        return _no_slope(plan, m[0], m[1])
    if plan.anchor_method in ("frequency_estimation", "braun_holland"):
        return _unseen(plan, tables)
    return ""


def _spreads(m: list[Floats], plan: Plan) -> list[tuple[str, float]]:
    if len(m) == 1:
        return [("X", m[0][1]), ("Y", m[0][3])]
    spreads = [("X", m[0][1]), ("Y", m[1][1])]
    if plan.anchor_method:
        spreads += [("the anchor beside X", m[0][3]), ("the anchor beside Y", m[1][3])]
    return spreads


def _no_slope(plan: Plan, x: Floats, y: Floats) -> str:
    if not min(x[3], y[3]) > 0:
        return "all persons of a sample have the same anchor score"
    if plan.anchor_method in NEEDS_INTERNAL:
        below = [x[4] + (0 if plan.internal else x[3]), y[4] + (0 if plan.internal else y[3])]
        if min(x[4], y[4]) <= 0 or min(below) <= 0:
            return "the anchor does not correlate with the form, so Levine's formula says nothing"
    if plan.method == "linear" and plan.anchor_method != "levine_true":
        first, second = plan.population(x, y)
        if not min(first[1], second[1]) > 0:
            return "the variance in the synthetic population would not be above 0"
    return ""


def _unseen(plan: Plan, tables: Sequence[Table]) -> str:
    """Say which anchor scores one sample would have to tell of and cannot; smoothed shares have none."""
    p, q = (table.probabilities.sum(axis=0) for table in tables)
    wanted = ((plan.weight < 1) & (q > 0) & (p <= 0)) | ((plan.weight > 0) & (p > 0) & (q <= 0))
    if not wanted.any():
        return ""
    seen = ", ".join(f"{score:g}" for score in plan.anchor[wanted])
    return f"anchor scores that one sample only has ({seen}): smooth the counts, or chain"


def without_error(plan: Plan, tables: Sequence[Table], variance: Floats, *, smoothed: bool) -> list[str]:
    """Say for each score why it has no standard error; empty where it has one."""
    texts = [""] * len(plan.x)
    if plan.method == "circle_arc" and not np.isfinite(variance).all():
        return ["the means lie too far from the line through the ends: no arc joins them"] * len(plan.x)
    if plan.by_moments or smoothed:
        return ["" if np.isfinite(one) else "no error can be computed" for one in variance]
    counts = tables[0].counts.reshape(len(plan.x), -1).sum(axis=1)
    up, down = np.cumsum(counts), np.cumsum(counts[::-1])[::-1]
    for place, one in enumerate(variance):
        if up[place] == 0:
            texts[place] = "no error: no one scored this low on X; smoothing would give one"
        elif down[place] == 0:
            texts[place] = "no error: no one scored this high on X; smoothing would give one"
        elif not np.isfinite(one):
            texts[place] = "no error: no one on Y scored near the equated score; smoothing would give one"
    return texts


def sparse_note(plan: Plan, tables: Sequence[Table]) -> list[str]:
    """Say between which scores the errors rest on few persons, for distributions as counted."""
    counts = tables[0].counts.reshape(len(plan.x), -1).sum(axis=1)
    tail = np.minimum(np.cumsum(counts), np.cumsum(counts[::-1])[::-1]) < FEW
    if not tail.any() or tail.all():
        return []
    low, high = plan.x[~tail][[0, -1]]
    text = f"fewer than {FEW} persons lie beyond x = {low:g} or {high:g}: errors there are too small; smooth the counts"
    return [text]
