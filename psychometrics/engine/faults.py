"""What is wrong with a partition, in one line."""

from __future__ import annotations

import errno

import pyarrow as pa

from psychometrics.errors import Problem, PsychometricsError

FULL = {errno.ENOSPC, errno.EDQUOT}
CAUSES = (PsychometricsError, OSError, pa.ArrowException, EOFError, UnicodeDecodeError)
"""Errors that lie in the data or the machine; anything else is a fault of the program and goes on up."""
SHOWN = 400


def fault(name: str, error: BaseException) -> tuple[Problem, ...]:
    """Return the problems of a partition, each naming it."""
    if isinstance(error, PsychometricsError) and error.problems:
        return tuple(
            Problem(
                where=f"{name}: {one.where}" if one.where else name,
                what=one.what,
                expected=one.expected,
                hint=one.hint or error.hint,
                rows=one.rows,
            )
            for one in error.problems
        )
    if isinstance(error, PsychometricsError):
        return (Problem(where=name, what=error.message.removeprefix(f"{name}: "), hint=error.hint),)
    text = getattr(error, "strerror", None) or str(error).strip() or type(error).__name__
    return (Problem(where=name, what=" ".join(str(text).split())[:SHOWN]),)


def is_full(error: BaseException | None) -> bool:
    """Say whether the disk is full: then no other partition will fare better."""
    while error is not None:
        if getattr(error, "errno", None) in FULL or "No space left on device" in str(error):
            return True
        error = error.__cause__
    return False
