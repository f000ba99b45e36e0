"""Scores of persons in one shape, whether they come as ``Scores`` or as a plain frame with a column per scale."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from psychometrics.errors import NormError, Problem
from psychometrics.instrument import Instrument
from psychometrics.responses.tables import as_text, load_table
from psychometrics.result import Source
from psychometrics.scoring import Scores
from psychometrics.scoring.score_errors import ScoreError

LARGEST = 2**53  # whole numbers beyond it run into one another


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ScoreBlock:
    """Raw scores, shape (n_scales, n_rows), with the person columns; no instrument for a plain frame.

    ``n_raters``, ``n_missing``, ``n_valid`` and ``no_score`` (why there is none) have the same shape; None where not
    known.
    """

    persons: pa.Table
    scale_ids: tuple[str, ...]
    raw: npt.NDArray[np.float64]
    instrument: Instrument | None
    source: Source
    standard_errors: Mapping[str, ScoreError] = field(default_factory=dict)
    n_raters: npt.NDArray[np.int16] | None = None
    n_missing: npt.NDArray[np.int16] | None = None
    n_valid: npt.NDArray[np.int16] | None = None
    no_score: npt.NDArray[np.int8] | None = None


def score_block(scores: Any, scales: Sequence[str] | None = None) -> ScoreBlock:
    """Return the block of ``Scores``, or of a frame with one numeric column per name in ``scales``."""
    if isinstance(scores, Scores):
        wanted = tuple(scales or scores.scale_ids)
        raw = scores.raw if scales is None else np.array([scores.of(scale_id) for scale_id in wanted])
        rows = [scores.scale_ids.index(scale_id) for scale_id in wanted]
        return ScoreBlock(
            persons=scores.persons,
            scale_ids=wanted,
            raw=raw,
            instrument=scores.instrument,
            source=scores.source,
            standard_errors=scores.standard_errors,
            n_raters=scores.n_raters[rows] if scores.n_raters.size else None,
            n_missing=scores.n_missing()[rows],
            n_valid=scores.n_valid[rows],
            no_score=scores.reason[rows],
        )
    return _frame_block(scores, scales)


def _frame_block(frame: Any, scales: Sequence[str] | None) -> ScoreBlock:
    if not scales:
        raise NormError(
            "a plain table needs the names of its score columns", hint='Say scale="..." (or a list).'
        )
    loaded = load_table(frame, text=("person_id", "occasion"))
    table = loaded.table
    problems = []
    rows = []
    for name in scales:
        if name not in table.column_names:
            problems.append(
                Problem(where=name, what="no such column", expected=", ".join(table.column_names))
            )
        elif not (
            pa.types.is_integer(table.column(name).type) or pa.types.is_floating(table.column(name).type)
        ):
            problems.append(Problem(where=name, what=f"holds {table.column(name).type}", expected="numbers"))
        else:
            rows.append(table.column(name).cast(pa.float64(), safe=False).to_numpy())
    if problems:
        raise NormError(f"{loaded.where}: cannot be read as scores", problems=problems)
    raw = np.array(rows)
    if np.isinf(raw).any():
        raise NormError(f"{loaded.where}: infinite scores", hint="Scores must be finite numbers or blank.")
    if (np.abs(raw) >= LARGEST).any():
        raise NormError(
            f"{loaded.where}: scores of {LARGEST:,} or beyond",
            hint="No score is that large. Is this the right column?",
        )
    others = {name: table.column(name) for name in table.column_names if name not in scales}
    identity = (
        as_text(others.pop("person_id"))
        if "person_id" in others
        else pa.array(np.arange(1, table.num_rows + 1)).cast(pa.string())
    )
    return ScoreBlock(
        persons=pa.table({"person_id": identity, **others}),
        scale_ids=tuple(scales),
        raw=raw,
        instrument=None,
        source=Source(input_sha256=loaded.sha256),
    )
