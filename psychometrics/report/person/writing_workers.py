"""Processes side by side, started afresh: nothing is forked, and a script needs no guard around its main part."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from threading import Lock, Thread
from typing import IO

from psychometrics.errors import OutputError
from psychometrics.report.person.writing_part import Job

MODULE = "psychometrics.report.person.writing_part"


def run_workers(job: Job, path: Path, tick: Callable[[], None]) -> None:
    """Do every share of a job in a process of its own; ``path`` is where the job is left for them.

    Raises
    ------
    PsychometricsError
        What went wrong in a worker, or that one ended without a word. All workers are stopped by then.
    """
    path.write_bytes(pickle.dumps(job, protocol=pickle.HIGHEST_PROTOCOL))
    with ExitStack() as stack:
        processes = [_started(path, k, stack) for k in range(len(job.rows))]
        lock = Lock()
        readers = [Thread(target=_read, args=(one.stdout, tick, lock), daemon=True) for one in processes]
        for reader in readers:
            reader.start()
        for k, process in enumerate(processes):
            errors = process.stderr.read() if process.stderr else b""
            if process.wait() != 0:
                _raise(path.with_suffix(f".error-{k}"), errors)
        for reader in readers:
            reader.join()


def _started(path: Path, k: int, stack: ExitStack) -> subprocess.Popen[bytes]:
    """Start one worker; it is stopped when the stack is left, however that comes."""
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
        "OPENBLAS_NUM_THREADS": "1",
    }
    process = subprocess.Popen(  # noqa: S603 - this interpreter, our own module
        [sys.executable, "-m", MODULE, str(path), str(k)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment,
    )
    stack.callback(_stop, process)
    return process


def _stop(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.kill()
        process.wait()
    for pipe in (process.stdout, process.stderr):
        if pipe:
            pipe.close()


def _read(signs: IO[bytes] | None, tick: Callable[[], None], lock: Lock) -> None:
    for _ in signs or ():
        with lock:
            tick()


def _raise(path: Path, errors: bytes) -> None:
    if path.exists():
        error: Exception = pickle.loads(path.read_bytes())  # noqa: S301 - written by our own worker
        raise error
    said = errors.decode("utf-8", "replace").strip().splitlines()
    raise OutputError(
        f"a worker that wrote pages ended without a result: {said[-1] if said else 'no message'}",
        hint="With workers=1 the pages are written in this process.",
    )
