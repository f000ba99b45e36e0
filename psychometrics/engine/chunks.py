"""Run one function over chunks of a long axis, on all cores; the result does not depend on the cutting."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

CHUNK = 65_536


def chunk_slices(length: int, size: int = CHUNK) -> list[slice]:
    """Return slices that cover ``range(length)`` in order."""
    return [slice(start, min(start + size, length)) for start in range(0, length, size)]


def for_each_chunk(length: int, work: Callable[[slice], None], *, size: int = CHUNK) -> None:
    """Call ``work`` for every chunk; each call writes to its own part of the output.

    Threads help because NumPy lets go of the interpreter inside its loops. An error in one chunk is raised here.
    """
    slices = chunk_slices(length, size)
    n_threads = min(
        len(slices), os.process_cpu_count() if hasattr(os, "process_cpu_count") else os.cpu_count() or 1
    )
    if n_threads <= 1:
        for part in slices:
            work(part)
        return
    with ThreadPoolExecutor(n_threads) as pool:
        for done in [pool.submit(work, part) for part in slices]:
            done.result()
