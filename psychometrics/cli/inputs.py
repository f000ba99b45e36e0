"""What a command is given to read: one file or many, standard input or a store; and that it writes over none of it."""

from __future__ import annotations

import re
from fnmatch import fnmatch
from pathlib import Path

import typer

from psychometrics.engine.addresses import is_address, shown

STORE = "store:"
STREAM = "-"
WILD = re.compile(r"[*?\[]")
ELSEWHERE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:/")
"""An address, also where it went through a path, which makes one slash of two."""


def is_glob(source: str) -> bool:
    """Say whether a source names files by wildcards; a file of just that name comes first."""
    return WILD.search(source) is not None and not Path(source).exists()


def many(source: str) -> str:
    """Say why a source may be more than one file; empty where it is one."""
    if Path(source).is_dir():
        return f"{source} is a folder"
    if is_address(source):
        return f"{shown(source)} may be many files"
    return f"{source} may be many files" if is_glob(source) else ""


def at_once(source: str) -> bool:
    """Say whether a source can only be read all at once: standard input, or a store."""
    return source == STREAM or source.startswith(STORE)


def one_file(*sources: str | None) -> None:
    """Refuse folders and globs where a command reads one file."""
    for why in filter(None, (many(one) for one in sources if one is not None and not at_once(one))):
        raise typer.BadParameter(f"{why}, and here one file is read")


def check_paths(out: str | Path | None, *sources: str | None) -> None:
    """Refuse standard input given twice, and output that would stand where input is read.

    Parameters
    ----------
    out : str, Path or None
        The file or folder to write; ``-`` is standard output.
    *sources : str or None
        All that the command reads.
    """
    given = [one for one in sources if one is not None]
    if given.count(STREAM) > 1:
        raise typer.BadParameter("- is standard input, which can be read only once")
    if out is None or str(out) == STREAM:
        return
    if ELSEWHERE.match(str(out)):
        raise typer.BadParameter(
            "output goes to a file or folder of this machine, not to an address such as s3://: write it here, then copy it"
        )
    for source in given:
        if not at_once(source) and not is_address(source) and _would_be_read(Path(out), source):
            raise typer.BadParameter(
                f"{out} is among what is read ({source}): write it to another place, or it would be lost or read as data"
            )


def _would_be_read(out: Path, source: str) -> bool:
    place = out.resolve()
    if is_glob(source):
        return _fits(place, Path(source).absolute())
    read = Path(source).resolve()
    if not read.is_dir():
        return place == read
    if not place.is_relative_to(read):
        return False
    below = place.relative_to(read).parts
    return not any(part.startswith((".", "_")) for part in below)  # these are not read


def _fits(place: Path, pattern: Path) -> bool:
    """Say whether a path fits a pattern, in which ``*`` stays within a folder and ``**`` does not."""
    if "**" in pattern.parts:
        return fnmatch(str(place), str(pattern))
    parts = place.parts, pattern.parts
    return len(parts[0]) == len(parts[1]) and all(map(fnmatch, *parts))
