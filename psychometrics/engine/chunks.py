"""Run one function over chunks of a long axis, on all cores; the result does not depend on the cutting."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

CHUNK = 65_536

_here = threading.local()


def chunk_slices(length: int, size: int = CHUNK) -> list[slice]:
    """Return slices that cover ``range(length)`` in order."""
    return [slice(start, min(start + size, length)) for start in range(0, length, size)]


def n_cores() -> int:
    """Return how many cores this process may use."""
    return (os.process_cpu_count() if hasattr(os, "process_cpu_count") else os.cpu_count()) or 1


@contextmanager
def on_this_thread() -> Iterator[None]:
    """Keep the chunks that this thread works on off other threads: they are busy with partitions of their own."""
    before = getattr(_here, "alone", False)
    _here.alone = True
    try:
        yield
    finally:
        _here.alone = before


def for_each_chunk(length: int, work: Callable[[slice], None], *, size: int = CHUNK) -> None:
    """Call ``work`` for every chunk; each call writes to its own part of the output.

    Threads help because NumPy lets go of the interpreter inside its loops. An error in one chunk is raised here.
    """
    slices = chunk_slices(length, size)
    n_threads = 1 if getattr(_here, "alone", False) else min(len(slices), n_cores())
    if n_threads <= 1:
        for part in slices:
            work(part)
        return
    with ThreadPoolExecutor(n_threads) as pool:
        for done in [pool.submit(work, part) for part in slices]:
            done.result()
