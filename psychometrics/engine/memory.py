"""A memory ceiling becomes a number of rows: so many that all workers together stay below it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from psychometrics.errors import RunError

UNITS = {"": 1, "B": 1}
UNITS |= {f"{letter}iB": 1024**power for power, letter in enumerate("KMGT", 1)}
UNITS |= {f"{letter}B": 1000**power for power, letter in enumerate("KMGT", 1)}
FEWEST_ROWS = 4_096
MOST_ROWS = 1_048_576
SLACK = 0.85  # allocators keep some of what was given back


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryPlan:
    """How many rows each worker holds at once.

    Attributes
    ----------
    ceiling : int
        Bytes the process may take, itself included.
    workers : int
    batch_rows : int
    """

    ceiling: int
    workers: int
    batch_rows: int


def parse_memory(memory: str | int) -> int:
    """Return bytes: a whole number, or a text such as ``1GiB``, ``500 MB``."""
    if isinstance(memory, int) and not isinstance(memory, bool) and memory > 0:
        return memory
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([A-Za-z]*)\s*", str(memory))
    units = {name.lower(): size for name, size in UNITS.items()}
    if found and found[2].lower() in units and float(found[1]) > 0:
        return int(float(found[1]) * units[found[2].lower()])
    raise RunError(f"memory={memory!r} is no size", hint='Write "1GiB", "800MB", or a number of bytes.')


def plan_rows(
    memory: str | int, *, workers: int, per_row: int, fixed: int, shared: int = 0, held: int | None = None
) -> MemoryPlan:
    """Return how many rows fit.

    Parameters
    ----------
    memory : str or int
        The ceiling of the whole process.
    workers : int
        Batches in work at once.
    per_row : int
        Bytes a row takes at the worst moment.
    fixed : int
        Bytes each worker needs whatever the number of rows.
    shared : int
        Bytes needed once.
    held : int, optional
        Bytes a process holds before it begins; by default what this one holds.

    Raises
    ------
    RunError
        Not even a small batch fits; the hint says what would.
    """
    ceiling = parse_memory(memory)
    own = (resident() if held is None else held) + shared
    left = ceiling * SLACK - own
    rows = int((left / workers - fixed) // per_row) if left > 0 else 0
    if rows < FEWEST_ROWS:
        least = (own + workers * (fixed + FEWEST_ROWS * per_row)) / SLACK
        raise RunError(
            f"memory={memory!r} is too little for {workers} worker{'s' * (workers > 1)}: "
            f"{own / 1e6:,.0f} MB are taken already",
            hint=f"Give at least {int(least / 1e6) + 1} MB{', or fewer workers' * (workers > 1)}.",
        )
    return MemoryPlan(ceiling=ceiling, workers=workers, batch_rows=min(rows, MOST_ROWS))


def resident() -> int:
    """Return the bytes of memory that this process holds now."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except (OSError, ValueError, IndexError):
        import resource

        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    import os

    return pages * os.sysconf("SC_PAGE_SIZE")


def total_memory() -> int:
    """Return the bytes of memory that the machine (or the group this process is in) has; 0 when not known."""
    import os

    try:
        whole = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (ValueError, OSError, AttributeError):
        return 0
    try:
        limit = Path("/sys/fs/cgroup/memory.max").read_text(encoding="ascii").strip()
    except OSError:
        limit = "max"
    return min(whole, int(limit)) if limit.isdigit() else whole
