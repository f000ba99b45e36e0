"""Is anybody there twice, in all partitions together? Exact, in bounded memory, from small files of hashes."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from psychometrics.engine.files import whole_file
from psychometrics.errors import Problem
from psychometrics.runs.writing import write_state

Hashes = npt.NDArray[np.uint64]
Ids = Callable[[str], Iterator[tuple[pa.Table, Hashes]]]
"""Name of a partition -> its persons again, in pieces, with their hashes."""

MOST_SHOWN = 200
MOST_CANDIDATES = 100_000


class KeyFile:
    """Collects the hashes of a partition; what is written is sorted."""

    def __init__(self) -> None:
        self._parts: list[Hashes] = []
        self._inside: list[Hashes] = []
        self._rising: tuple[int, int] | None = None
        self._known = True

    def add(self, row: Hashes, rising: tuple[int, int] | None, inside: Hashes | None) -> None:
        """Take the hashes of a batch; ``inside`` are those of the persons of the norm sample, where they can repeat."""
        if not len(row):
            return
        if self._known:
            grows = rising is not None and (self._rising is None or rising[0] > self._rising[1])
            self._known = grows
            if grows and rising is not None:
                self._rising = (rising[0] if self._rising is None else self._rising[0], rising[1])
        self._parts.append(row)
        if inside is not None:
            self._inside.append(inside)

    def write(self, path: Path, *, can_read_again: bool) -> dict[str, str]:
        """Write what is needed, to be settled with the partition; returns name -> SHA-256. Ids that rise need their ends only."""
        for suffix in (".ends", ".keys", ".inside"):  # of the same partition as it was before
            path.with_suffix(suffix).unlink(missing_ok=True)
        if self._known and can_read_again:
            ends = list(self._rising) if self._rising else []
            return {f"{path.stem}.ends": write_state(path.with_suffix(".ends"), json.dumps(ends).encode())}
        files = {f"{path.stem}.keys": write_state(path.with_suffix(".keys"), _sorted(self._parts))}
        if self._inside:
            files[f"{path.stem}.inside"] = write_state(path.with_suffix(".inside"), _sorted(self._inside))
        return files


def _sorted(parts: list[Hashes]) -> memoryview:
    """Return the bytes of all hashes, rising; the parts are let go of."""
    whole = np.concatenate([np.empty(0, np.uint64), *parts])
    parts.clear()
    whole.sort()
    return whole.view(np.uint8).data


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """The key files of all partitions.

    Attributes
    ----------
    files : mapping
        Partition -> path of its keys, without suffix.
    again : callable
        Reads the persons of a partition again.
    budget : int
        Bytes that may be taken.
    """

    files: Mapping[str, Path]
    again: Ids
    budget: int

    def twice(self) -> list[Problem]:
        """Return who is there more than once, with the partitions; the first 200."""
        hashed = self._hashes()
        wanted = np.unique(
            np.concatenate([np.empty(0, np.uint64), *_repeated(list(hashed.values()), self.budget)])
        )
        return self._confirmed(wanted[:MOST_CANDIDATES], hashed) if len(wanted) else []

    def n_again(self) -> int:
        """Return how many rows of the norm sample are of persons who are in it already."""
        parts = [_mapped(path.with_suffix(".inside")) for path in self.files.values()]
        return sum(len(part) for part in parts) - sum(n for n in _distinct(parts, self.budget))

    def _hashes(self) -> dict[str, Hashes]:
        """Return the sorted hashes of every partition that could share a person with another."""
        ends = {name: _ends(path) for name, path in self.files.items()}
        rising = sorted((own, name) for name, own in ends.items() if own is not None)
        hashed = [
            name
            for name, own in ends.items()
            if own is None and self.files[name].with_suffix(".keys").exists()
        ]
        met = {name for _, name in rising} if hashed else set()
        most, holder = None, ""
        for (low, high), name in rising:
            if most is not None and low <= most:
                met |= {name, holder}
            if most is None or high > most:
                most, holder = high, name
        found = {name: _mapped(self.files[name].with_suffix(".keys")) for name in hashed}
        for name in sorted(met):
            path = self.files[name].with_suffix(".keys")
            if not path.exists():
                with whole_file(path) as file:
                    file.write(_sorted([hashes for _, hashes in self.again(name)]))
            found[name] = _mapped(path)
        return found

    def _confirmed(self, wanted: Hashes, hashed: Mapping[str, Hashes]) -> list[Problem]:
        """Read the ids behind the hashes: two persons may share a hash, and only one who is there twice is wrong."""
        seen: dict[tuple[str | None, ...], list[str]] = {}
        for name in self.files:
            if name not in hashed or not np.isin(wanted, hashed[name]).any():
                continue
            for persons, hashes in self.again(name):
                rows = np.flatnonzero(np.isin(hashes, wanted))
                for person in persons.take(pa.array(rows)).to_pylist():
                    seen.setdefault(tuple(person.values()), []).append(name)
        return [twice_problem(who, names) for who, names in seen.items() if len(names) > 1][:MOST_SHOWN]


def twice_problem(who: Sequence[str | None], names: Sequence[str]) -> Problem:
    """Say that a person (id; or id and occasion) is there more than once, and in which partitions."""
    when = f', occasion "{who[1]}"' if len(who) > 1 else ""
    places = ", ".join(f"{name}{' twice' if names.count(name) > 1 else ''}" for name in dict.fromkeys(names))
    hint = "" if len(who) > 1 else "If these are several occasions, name their column: occasion."
    return Problem(
        where=f'person "{who[0]}"{when}', what=f"{len(names)} rows, in {places}", expected="one", hint=hint
    )


def _ends(path: Path) -> tuple[int, int] | None:
    try:
        found = json.loads(path.with_suffix(".ends").read_text(encoding="ascii"))
    except OSError:
        return None
    return (found[0], found[1]) if found else None


def _mapped(path: Path) -> Hashes:
    if not path.exists() or not path.stat().st_size:
        return np.empty(0, np.uint64)
    return np.memmap(path, np.uint64, "r")


def _slices(parts: Sequence[Hashes], budget: int) -> Iterator[Hashes]:
    """Yield the hashes of all parts, sorted, a range of values at a time."""
    total = sum(len(part) for part in parts)
    n_ranges = max(1, -(-total * 24 // max(budget, 1 << 20)))
    edges = [round(i * 2**64 / n_ranges) for i in range(n_ranges)]
    cuts = [[*np.searchsorted(part, np.array(edges, np.uint64)).tolist(), len(part)] for part in parts]
    for number in range(n_ranges):
        own = [part[cut[number] : cut[number + 1]] for part, cut in zip(parts, cuts, strict=True)]
        yield np.sort(np.concatenate([np.empty(0, np.uint64), *own]))


def _repeated(parts: Sequence[Hashes], budget: int) -> Iterator[Hashes]:
    for one in _slices(parts, budget):
        yield one[1:][one[1:] == one[:-1]]


def _distinct(parts: Sequence[Hashes], budget: int) -> Iterator[int]:
    for one in _slices(parts, budget):
        yield len(one) and 1 + int(np.count_nonzero(one[1:] != one[:-1]))
