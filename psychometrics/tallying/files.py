"""A tally as one small file: a description, its counts, and a digest over both."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from psychometrics.errors import OutputError, TallyError
from psychometrics.output import write_whole
from psychometrics.result import Source
from psychometrics.tallying.arithmetic import Tally
from psychometrics.tallying.cells import Cells
from psychometrics.tallying.item_tally import ItemTally
from psychometrics.tallying.rating_tally import RatingTally
from psychometrics.tallying.retest_tally import RetestTally
from psychometrics.tallying.score_tally import ScoreTally

Arrays = dict[str, npt.NDArray[Any]]

FORMAT = 1
KINDS: dict[str, type[Tally]] = {
    kind.__name__: kind for kind in (ItemTally, ScoreTally, RetestTally, RatingTally)
}


def save_tally(tally: Tally, path: Path, *, replace: bool) -> Path:
    """Write a tally; the same counts give the same bytes."""
    if path.exists() and not replace:
        hint = "Choose another name, or write over it: save(path, replace=True)."
        raise OutputError(f"{path}: exists already", hint=hint)
    arrays: Arrays = {}
    for number, cell in enumerate(tally.cells().values()):
        arrays[f"counts_{number}"] = _shrunk(cell.counts)
        if cell.keys is not None:
            arrays[f"keys_{number}"] = cell.keys
    head = {
        "format": FORMAT,
        "tally": type(tally).__name__,
        "described": tally.described(),
        "names": list(tally.names()),
        "cells": list(tally.cells()),
        "source": tally.source.to_dict(),
        "sha256": _digest(arrays),
    }
    text = json.dumps(head, ensure_ascii=False, sort_keys=True).encode()
    buffer = io.BytesIO()
    arrays["head"] = np.frombuffer(text, np.uint8)
    np.savez_compressed(buffer, **arrays)  # type: ignore[arg-type]
    write_whole(path, buffer.getvalue(), replace=replace)
    return path


def load_tally(path: str | Path) -> Tally:
    """Read a tally that was saved.

    Parameters
    ----------
    path : str or Path
        A file written by ``save``.

    Returns
    -------
    ItemTally, ScoreTally, RetestTally or RatingTally
        Whichever was saved; equal to it.

    Raises
    ------
    TallyError
        No such file, not a tally, damaged, or written by a later version.
    """
    path = Path(path)
    head, arrays = _read(path)
    if head.get("format") != FORMAT or head.get("tally") not in KINDS:
        raise TallyError(
            f"{path}: a tally of format {head.get('format')!r}, kind {head.get('tally')!r}",
            hint=f"This version reads format {FORMAT}: {', '.join(KINDS)}.",
        )
    if head.get("sha256") != _digest(arrays):
        raise TallyError(f"{path}: the counts are damaged", hint="Count the data again, or restore the file.")
    cells = {
        name: Cells(arrays[f"counts_{number}"].astype(np.int64), arrays.get(f"keys_{number}"))
        for number, name in enumerate(head["cells"])
    }
    source = Source(**{**head["source"], "options": tuple(sorted(head["source"]["options"].items()))})
    return KINDS[head["tally"]].made_of(head["described"], tuple(head["names"]), cells, source)


def _read(path: Path) -> tuple[dict[str, Any], Arrays]:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise TallyError(f"{path}: cannot be read ({error.strerror or error})") from error
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
        return json.loads(arrays.pop("head").tobytes()), arrays
    except (
        ValueError,
        KeyError,
        OSError,
        EOFError,
        AttributeError,
        NotImplementedError,
        TypeError,
        zipfile.BadZipFile,
        zlib.error,
    ) as error:
        raise TallyError(
            f"{path}: not a tally, or damaged", hint="A tally is written by its save method."
        ) from error


def _shrunk(counts: npt.NDArray[np.int64]) -> npt.NDArray[Any]:
    """Return the same counts in the smallest whole numbers that hold them."""
    return counts.astype(np.min_scalar_type(int(counts.max(initial=0))))


def _digest(arrays: Mapping[str, npt.NDArray[Any]]) -> str:
    digest = hashlib.sha256()
    for name in sorted(arrays):
        array = arrays[name]
        digest.update(f"{name}{array.shape}{array.dtype.str}".encode())
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()
