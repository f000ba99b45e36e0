"""What Spark sends to its workers. It travels as code, so that it also runs where the package is not installed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any


def sent(work: Callable[[Iterator[Any]], Iterator[Any]]) -> Callable[[Iterator[Any]], Iterator[Any]]:
    """Return the work packed up; a worker that cannot unpack it says so, and which partition it had."""
    import sys

    from pyspark import cloudpickle

    cloudpickle.register_pickle_by_value(sys.modules[__name__])  # type: ignore[no-untyped-call]
    return partial(unpacked, cloudpickle.dumps(work))  # type: ignore[no-untyped-call]


def unpacked(packed: bytes, batches: Iterator[Any]) -> Iterator[Any]:
    """Do the work; errors note the partition and the machine."""
    import pickle
    import socket

    from pyspark import TaskContext

    try:
        yield from pickle.loads(packed)(batches)  # noqa: S301 - Spark itself sends pickles
        settle()
    except Exception as error:
        context = TaskContext.get()
        number = "?" if context is None else context.partitionId()
        error.add_note(f"in partition {number}, on {socket.gethostname()}")
        raise


def settle() -> None:
    """Leave what a worker has loaded out of its garbage collections, once.

    Spark has one after every task of a worker that is used again. Looking through all packages takes a tenth of a second,
    which is more than the work where partitions are tiny.
    """
    import gc

    if not gc.get_freeze_count():
        gc.collect()
        gc.freeze()
