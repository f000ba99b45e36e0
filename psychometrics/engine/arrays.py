"""Named arrays and a description as one small block of bytes, for what a partition leaves behind."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from psychometrics.errors import RunError

MAGIC = b"PSYARRAY1"
CODEC = "lz4"
Arrays = dict[str, npt.NDArray[Any]]


def pack(head: Mapping[str, Any], arrays: Mapping[str, npt.NDArray[Any]]) -> bytes:
    """Return the bytes; the same content in the same order gives the same bytes. Whole numbers are kept as small as they are."""
    kept = {name: np.ascontiguousarray(_shrunk(array)) for name, array in arrays.items()}
    body = b"".join(array.tobytes() for array in kept.values())
    places = [[name, array.dtype.str, arrays[name].dtype.str, array.shape] for name, array in kept.items()]
    text = json.dumps({"head": head, "arrays": places, "size": len(body)}).encode()
    packed = pa.compress(body, codec=CODEC, asbytes=True) if body else b""
    rest = len(text).to_bytes(8, "little") + text + packed
    return MAGIC + hashlib.sha256(rest).digest() + rest


def unpack(data: bytes) -> tuple[dict[str, Any], Arrays]:
    """Return the description and the arrays.

    Raises
    ------
    RunError
        Not such a block, or damaged.
    """
    start = len(MAGIC) + 32
    rest = data[start:]
    if data[: len(MAGIC)] != MAGIC or hashlib.sha256(rest).digest() != data[len(MAGIC) : start]:
        raise RunError("a file of counts is damaged", hint="Do the run anew: resume=False (on the command line --fresh).")
    length = int.from_bytes(rest[:8], "little")
    about = json.loads(rest[8 : 8 + length])
    packed = rest[8 + length :]
    body = pa.decompress(packed, about["size"], codec=CODEC, asbytes=True) if about["size"] else b""
    arrays, place = {}, 0
    for name, kind, wanted, shape in about["arrays"]:
        n = int(np.prod(shape, dtype=np.int64))
        found = np.frombuffer(body, np.dtype(kind), n, place).reshape(shape)
        arrays[name] = found.astype(np.dtype(wanted))
        place += found.nbytes
    return about["head"], arrays


def _shrunk(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    if array.dtype != np.int64 or not array.size:
        return array
    most = int(array.view(np.uint64).max())  # the highest bit of a number below 0 is set
    return array if most >= 2**63 else array.astype(np.min_scalar_type(most))
