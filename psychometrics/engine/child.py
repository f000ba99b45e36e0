"""The other end of :mod:`psychometrics.engine.processes`: takes partitions one after the other, and tells what came of them."""

from __future__ import annotations

import gc
import os
import pickle
import sys
import threading
import traceback
from queue import SimpleQueue
from typing import Any, BinaryIO

from psychometrics.engine.chunks import on_this_thread
from psychometrics.engine.faults import CAUSES
from psychometrics.engine.pool import Watch

ROWS, DONE, FAILED = "rows", "done", "failed"


def serve() -> None:
    """Work on what comes in by standard input until nothing does; answers go out by standard output."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # whatever is printed must not stand between answers
    waiting: SimpleQueue[Any] = SimpleQueue()
    threading.Thread(target=_take_in, args=(sys.stdin.buffer, waiting), daemon=True).start()
    work = waiting.get()
    gc.freeze()  # what was loaded stays; looking through it again and again takes time
    watch = Watch(lambda n: _tell(answers, _packed(ROWS, n)))
    with on_this_thread():
        while True:
            partition = waiting.get()
            try:
                answer = _packed(DONE, work(partition, watch))
            except BaseException as error:
                answer = _packed(FAILED, _told(error))
            _tell(answers, answer)
            del answer, partition


def _take_in(letters: BinaryIO, waiting: SimpleQueue[Any]) -> None:
    """Take what is sent as it comes. When nobody is left to send anything this process ends, whatever it is doing."""
    try:
        while True:
            waiting.put(pickle.load(letters))  # noqa: S301 - from the process that started this one
    except EOFError:
        os._exit(0)
    except BaseException:
        traceback.print_exc()
        os._exit(1)


def _packed(kind: str, what: Any) -> bytes:
    return pickle.dumps((kind, what), protocol=pickle.HIGHEST_PROTOCOL)


def _tell(answers: BinaryIO, packed: bytes) -> None:
    answers.write(packed)
    answers.flush()


def _told(error: BaseException) -> BaseException:
    """Return an error that can be sent; one of the program keeps where it came from."""
    if not isinstance(error, CAUSES):
        error.add_note("".join(traceback.format_exception(error)))
    try:
        pickle.loads(pickle.dumps(error))  # noqa: S301 - made here
    except Exception:
        return RuntimeError("".join(traceback.format_exception(error)))
    return error
