"""Groups of persons, small ones hidden."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Part:
    """One group: the column, the label, and the rows of its persons."""

    column: str
    label: str
    rows: npt.NDArray[np.bool_]


def parts_of(persons: pa.Table, column: str, smallest: int) -> list[Part]:
    """Return the groups of a column, sorted, that hold so many persons or more."""
    labels = np.array(
        [None if one is None else str(one) for one in persons.column(column).to_pylist()], object
    )
    known = sorted({one for one in labels.tolist() if one is not None})
    parts = [Part(column=column, label=label, rows=labels == label) for label in known]
    return [part for part in parts if int(part.rows.sum()) >= smallest]
