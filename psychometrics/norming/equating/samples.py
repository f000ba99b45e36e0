"""The samples of an equating as tables of counts over every possible score."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from psychometrics.errors import EstimationError
from psychometrics.kernels.equating.samples import Table
from psychometrics.norming.equating.forms import Form, count, paired, possible_scores, read_form
from psychometrics.result import Source

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Samples:
    """The samples of an equating.

    Attributes
    ----------
    forms : tuple of Form
        Two, or one of pairs for a single group.
    tables : tuple of Table
    grids : tuple of ndarray
        Possible scores of X, Y and the anchor; the last is empty without one.
    scale_ids : (str, str)
    y_source : Source
    notes : tuple of str
    """

    forms: tuple[Form, ...]
    tables: tuple[Table, ...]
    grids: tuple[Floats, Floats, Floats]
    scale_ids: tuple[str, str]
    y_source: Source
    notes: tuple[str, ...]

    @property
    def n_x(self) -> int:
        """Persons who took X."""
        return int(self.tables[0].n)

    @property
    def n_y(self) -> int:
        """Persons who took Y."""
        return int(self.tables[-1].n)

    @property
    def share_of_x(self) -> float:
        """Persons who took X over all."""
        return self.n_x / (self.n_x + self.n_y)


def read_samples(
    x: Any, y: Any, *, design: str, scale: Any, anchor: Any, possible: tuple[Any, Any, Any]
) -> Samples:
    """Read both samples and count them."""
    scales: tuple[str | None, str | None] = scale if isinstance(scale, tuple) else (scale, scale)
    if design == "single_group":
        return _single(x, y, scales, possible)
    if y is None:
        raise EstimationError("y is missing", hint="Give the sample of both forms.")
    beside = anchor if isinstance(anchor, tuple) else (anchor, anchor)
    forms = tuple(
        read_form(given, name, scale=own, beside=own_anchor)
        for given, name, own, own_anchor in zip((x, y), "xy", scales, beside, strict=True)
    )
    wide = 2 if design == "anchor" else 1
    if any(form.rows.shape[1] != wide for form in forms):
        expected = "an anchor score beside each score" if wide == 2 else "one score per person"
        raise EstimationError(
            f"design {design!r} needs {expected}",
            hint="Give anchor=..., or counts as {(score, anchor score): persons}."
            if wide == 2
            else 'Say design="anchor" or "single_group" for pairs.',
        )
    return _counted(forms, possible, anchored=wide == 2)


def _counted(forms: tuple[Form, ...], possible: tuple[Any, Any, Any], *, anchored: bool) -> Samples:
    grids, notes = [], [note for form in forms for note in form.notes]
    for form, name, given in zip(forms, "xy", possible, strict=False):
        grid, note = possible_scores(form, 0, given, name, f"{name}_scores")
        grids.append(grid)
        notes.append(note)
    third = np.empty(0)
    if anchored:
        third, note = _anchor_scores(forms, possible[2])
        notes.append(note)
    own = [(grid, third) if anchored else (grid,) for grid in grids]
    return Samples(
        forms=forms,
        tables=tuple(_table(form, scores) for form, scores in zip(forms, own, strict=True)),
        grids=(grids[0], grids[1], third),
        scale_ids=(forms[0].scale_id, forms[1].scale_id),
        y_source=forms[1].source,
        notes=tuple(note for note in notes if note),
    )


def _anchor_scores(forms: tuple[Form, ...], given: Any) -> tuple[Floats, str]:
    """Return the scores of the anchor, which both samples share."""
    both = Form(
        rows=np.concatenate([form.rows[:, 1:] for form in forms]),
        weights=np.concatenate([form.weights for form in forms]),
        ranges=(forms[0].ranges[1],),
    )
    return possible_scores(both, 0, given, "anchor", "anchor_scores")


def _single(x: Any, y: Any, scales: tuple[str | None, str | None], possible: tuple[Any, Any, Any]) -> Samples:
    form = paired(x, y, scale=scales)
    first, note_x = possible_scores(form, 0, possible[0], "x", "x_scores")
    second, note_y = possible_scores(form, 1, possible[1], "y", "y_scores")
    return Samples(
        forms=(form,),
        tables=(_table(form, (first, second)),),
        grids=(first, second, np.empty(0)),
        scale_ids=(form.scale_id, getattr(y, "scale_ids", ("",))[0] if scales[1] is None else scales[1]),
        y_source=getattr(y, "source", Source()),
        notes=tuple(note for note in (*form.notes, note_x, note_y) if note),
    )


def _table(form: Form, scores: tuple[Floats, ...]) -> Table:
    counts = count(form, scores)
    return Table(scores=scores, counts=counts, probabilities=counts / counts.sum())
