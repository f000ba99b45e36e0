"""The table of scores that a batch gives: long as in memory, or wide with a row per person."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pyarrow as pa

from psychometrics.errors import RunError
from psychometrics.norming import NormedScores
from psychometrics.scoring import Scores
from psychometrics.scoring.scores import reason_column

Layout = Literal["long", "wide"]
PLACES = ("percentile_rank", "percentile_lower", "percentile_upper", "z")
STRATUM = "norms.stratum"
COMPRESSION = "lz4"


def score_table(scores: Scores, normed: NormedScores | None, layout: Layout) -> pa.Table:
    """Return the scores of a batch; texts are plain texts, so that every batch has the same schema.

    ``long`` is :meth:`Scores.to_arrow`, or that of :class:`NormedScores`. ``wide`` has the person columns, per scale
    the raw score and, after a point, the ``reason`` where there is none; in norms also the place of each score.
    """
    if layout == "long":
        return plain_texts(scores.to_arrow() if normed is None else normed.to_arrow())
    columns = {name: scores.persons.column(name) for name in scores.persons.column_names}
    for row, scale_id in enumerate(scores.scale_ids):
        reason = scores.reason[row]
        columns[scale_id] = pa.array(scores.raw[row], from_pandas=bool(reason.any()))
        columns[f"{scale_id}.reason"] = (
            reason_column(reason) if reason.any() else pa.nulls(len(reason), pa.string())
        )
        if normed is not None:
            for name in PLACES:
                columns[f"{scale_id}.{name}"] = pa.array(getattr(normed, name)[row], from_pandas=True)
    if normed is not None:
        places = normed.stratum
        columns[STRATUM] = pa.DictionaryArray.from_arrays(
            pa.array(np.maximum(places, 0), mask=places < 0), pa.array(normed.strata)
        )
    return plain_texts(pa.table(columns))


def plain_texts(table: pa.Table) -> pa.Table:
    """Return the table with its dictionary columns as what they stand for."""
    for place, field in enumerate(table.schema):
        if pa.types.is_dictionary(field.type):
            column = table.column(place)
            texts = (
                pa.nulls(len(column), field.type.value_type)
                if column.null_count == len(column)
                else column.cast(field.type.value_type)
            )
            table = table.set_column(place, field.name, texts)
    return table


def check_names(scales: tuple[str, ...], columns: tuple[str, ...]) -> None:
    """Refuse person columns that would share a name with a score column of the wide table."""
    own = {STRATUM, *scales} | {f"{s}.{end}" for s in scales for end in ("reason", *PLACES)}
    twice = sorted(set(columns) & own)
    if twice:
        raise RunError(
            f"columns={list(columns)}: {', '.join(twice)} would stand in the table of scores twice",
            hint="Leave these columns out, or rename them in the data.",
        )


def writer_options(schema: pa.Schema) -> dict[str, object]:
    """Return how a table of scores is written: few different values are kept as such, ids are not."""
    many = {"person_id"}
    return {
        "compression": COMPRESSION,
        "use_dictionary": [name for name in schema.names if name not in many],
        "write_statistics": False,
    }
