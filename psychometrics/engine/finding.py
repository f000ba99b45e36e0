"""The data files that a path, a glob or an address stands for: all of them, each once, with its name and its labels."""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import unquote

import pyarrow.fs as pafs

from psychometrics.engine.addresses import BUCKET, is_address, shown, without_options
from psychometrics.engine.faults import CAUSES, SHOWN, fault
from psychometrics.engine.parquet import FilePlace
from psychometrics.engine.stores import REACH, dated, open_address, open_folder, stamp_of
from psychometrics.errors import Problem, RunError

PARQUET, ARROW, TEXT = (".parquet", ".pq"), (".feather", ".arrow"), (".csv", ".tsv", ".txt")
SUFFIXES = (*PARQUET, *ARROW, *TEXT)
UNREAD = re.compile(
    rf"(?:{'|'.join(map(re.escape, SUFFIXES))})\.(?:bz2|zip|zst|xz|lz4|7z|br|z)$|\.z?sav$", re.IGNORECASE
)
"""Data that read_responses or other programs read, and batches do not."""
WILD = re.compile(r"[*?\[]")
HIVE = re.compile(r"([^/=]+)=([^/]*)")
NO_LABEL = "__HIVE_DEFAULT_PARTITION__"


def find_files(text: str) -> list[FilePlace]:
    """Return the data files of a path, a folder, a glob or an address of an object store, by name.

    Raises
    ------
    RunError
        Nothing there; a folder that cannot be listed; a link to nothing; packed or SPSS files beside the others.
    """
    with _told(text):
        filesystem, root, found = _at_address(text) if is_address(text) else _here(text)
    if not found:
        wild = WILD.search(shown(text)) is not None and not Path(text).exists()
        raise _nothing(shown(text), "no file fits" if wild else "no data files in it")
    return [_place(filesystem, one, root) for one in found]


def find_below(folder: pafs.FileSystem) -> tuple[str, list[FilePlace]]:
    """Return the path of a folder in a filesystem, and the data files in it, by name.

    Raises
    ------
    RunError
        As :func:`find_files`; a filesystem that is no folder in another, or one of this machine.
    """
    filesystem, root = open_folder(folder)
    with _told(root):
        found = _below(filesystem, root)
    if not found:
        raise _nothing(root, "no data files in it")
    return root, [_place(filesystem, one, root) for one in found]


@contextmanager
def _told(where: str) -> Iterator[None]:
    """Say what cannot be read; an error that lists files names them itself."""
    try:
        yield
    except CAUSES as error:
        if isinstance(error, RunError) and error.problems:
            raise
        hint = "" if isinstance(error, RunError) else REACH * is_address(where)
        raise RunError(
            f"{shown(where)[:SHOWN]}: cannot be read", problems=fault("", error), hint=hint
        ) from error


def _nothing(where: str, what: str) -> RunError:
    return RunError(f"{where}: {what}", hint=f"Data files end in {' '.join(SUFFIXES)} (or .csv.gz).")


def _here(text: str) -> tuple[pafs.FileSystem, str, list[pafs.FileInfo]]:
    """Return the files of a path or a glob of this machine."""
    wild = None if Path(text).exists() else WILD.search(text)
    root = text if wild is None else text[: wild.start()].rpartition("/")[0]
    filesystem = pafs.LocalFileSystem()
    paths = [text] if wild is None else sorted(glob.glob(text, recursive=True))  # noqa: PTH207 - may begin anywhere
    found = {one.path: one for path in paths for one in _below(filesystem, path)}
    return filesystem, root, list(found.values())


def _at_address(text: str) -> tuple[pafs.FileSystem, str, list[pafs.FileInfo]]:
    """Return the files of an address, or of a glob that begins with one."""
    address, options = without_options(text)
    bucket = BUCKET.match(address)
    wild = WILD.search(address, bucket.end() if bucket else 0)
    base = address if wild is None else address[: wild.start()].rpartition("/")[0]
    filesystem, root = open_address(base + options)
    if wild is None:
        return filesystem, root, _below(filesystem, root)
    fits = _pattern(address[len(base) :], unquote)
    root = root.rstrip("/")

    def wanted(path: str) -> bool:  # a folder that fits stands for all that is in it
        below = PurePosixPath(path[len(root) :])
        return any(fits.fullmatch(str(one)) for one in (below, *below.parents))

    return filesystem, root, _below(filesystem, root, wanted)


def would_find(text: str, path: Path) -> bool:
    """Say whether reading a local folder or glob once more would find a data file at a path."""
    if is_address(text) and not text.startswith("file://"):
        return False
    real = os.path.realpath(path)
    own = os.path.realpath(text.removeprefix("file://"))
    if Path(own).is_dir():
        return real.startswith(f"{own.rstrip('/')}/") and not _is_hidden(real, own)
    wild = WILD.search(own)
    if wild is None or _is_hidden(real, own[: wild.start()].rpartition("/")[0]):
        return False
    fits = _pattern(own)
    return any(fits.fullmatch(str(one)) for one in (Path(real), *Path(real).parents))


def _pattern(text: str, literal: Callable[[str], str] = str) -> re.Pattern[str]:
    """Return what a glob stands for: ``*`` stays in its folder, ``**`` does not; ``literal`` decodes what is between."""
    parts = re.split(r"(\*\*/?|\*|\?|\[[^]]+\])", text)
    turned = {"**": ".*", "**/": "(?:.*/)?", "*": "[^/]*", "?": "[^/]"}
    return re.compile(
        "".join(
            turned.get(part)
            or (part.replace("[!", "[^") if part.startswith("[") else re.escape(literal(part)))
            for part in parts
        )
    )


def _below(
    filesystem: pafs.FileSystem, path: str, wanted: Callable[[str], bool] = bool
) -> list[pafs.FileInfo]:
    """Return the file itself, or the data files in a folder that are wanted, by name."""
    info = filesystem.get_file_info(path)
    if info.type == pafs.FileType.File:
        return [info]
    if info.type == pafs.FileType.NotFound:
        raise RunError(f"{path}: there is no such file or folder", hint="Check the name.")
    if isinstance(filesystem, pafs.LocalFileSystem):
        _readable(Path(path))
    seen = filesystem.get_file_info(pafs.FileSelector(path, recursive=True))
    files = [one for one in seen if one.type == pafs.FileType.File and wanted(one.path)]
    found = [one for one in files if not _is_hidden(one.path, path)]
    _nobody_is_missed(found, path)
    data = sorted((one for one in found if suffix_of(one.path) in SUFFIXES), key=lambda one: one.path)
    return dated(filesystem, data)


def _nobody_is_missed(found: Sequence[pafs.FileInfo], root: str) -> None:
    """Refuse files that hold data and would be passed over: people would be missing and nobody would know."""
    _refuse(
        root, [_name(one, root) for one in found if UNREAD.search(one.path)], "packed so, or an SPSS file"
    )


def _refuse(root: str, names: Sequence[str], what: str) -> None:
    if names:
        raise RunError(
            f"{root}: {len(names)} files in it cannot be read in batches",
            problems=[Problem(where=name, what=what) for name in names],
            hint="Unpack or convert these files, or take them out of the folder.",
        )


def _readable(folder: Path) -> None:
    """Refuse a folder some part of which cannot be listed, and links to files that are gone."""
    gone = []
    for one in [folder, *folder.rglob("*")]:
        if one.is_dir():
            next(one.iterdir(), None)
        elif suffix_of(one.name) in SUFFIXES and not one.exists() and not _is_hidden(str(one), str(folder)):
            gone.append(str(one.relative_to(folder)))
    _refuse(str(folder), gone, "a link to nothing")


def _is_hidden(path: str, root: str) -> bool:
    below = PurePosixPath(path[len(root) :].lstrip("/"))
    return any(part.startswith((".", "_")) for part in below.parts)


def suffix_of(path: str) -> str:
    """Return the suffix that says what kind of file it is."""
    return PurePosixPath(path.lower().removesuffix(".gz")).suffix


def _name(info: pafs.FileInfo, root: str) -> str:
    below = info.path.startswith(root) and info.path != root
    return info.path[len(root) :].lstrip("/") if below else PurePosixPath(info.path).name


def _place(filesystem: pafs.FileSystem, info: pafs.FileInfo, root: str) -> FilePlace:
    return FilePlace(
        path=info.path,
        filesystem=filesystem,
        name=_name(info, root),
        size=int(info.size or 0),
        stamp=stamp_of(filesystem, info),
        labels=_labels(str(PurePosixPath(info.path).parent)),
    )


def _labels(folder: str) -> dict[str, Any]:
    """Return what the folders of a path say, as Hive writes it: other characters as ``%2F``, none as its own word."""
    return {
        unquote(name): None if value == NO_LABEL else unquote(value) for name, value in HIVE.findall(folder)
    }


def each_once(files: Sequence[FilePlace]) -> list[FilePlace]:
    """Return the files under names that differ.

    Raises
    ------
    RunError
        A file is there twice, also through a link: everybody in it would count twice.
    """
    first: dict[str, FilePlace] = {}
    problems: list[Problem] = []
    for file in files:
        path = os.path.realpath(file.path) if _is_local(file) else file.path
        if path in first:
            problems.append(Problem(where=file.path, what=f"the same file as {first[path].path}"))
        first.setdefault(path, file)
    if problems:
        raise RunError(
            f"{len(problems)} files are there more than once",
            problems=problems,
            hint="Everybody in them would count twice: name each file once.",
        )
    return _numbers_of_folders(_distinct_names(files))


def has_changed(file: FilePlace) -> bool:
    """Say whether a file is another one than when it was found."""
    info = file.filesystem.get_file_info(file.path)
    return (int(info.size or 0), stamp_of(file.filesystem, info)) != (file.size, file.stamp)


def _is_local(file: FilePlace) -> bool:
    return isinstance(file.filesystem, pafs.LocalFileSystem)


def _distinct_names(files: Sequence[FilePlace]) -> list[FilePlace]:
    names = [file.name for file in files]
    if len(set(names)) == len(names):
        return list(files)
    return [replace(file, name=file.path.lstrip("/")) for file in files]


def _numbers_of_folders(files: Sequence[FilePlace]) -> list[FilePlace]:
    """Turn labels of folders into whole numbers where all of a name are."""
    values: dict[str, set[Any]] = {}
    for file in files:
        for name, value in file.labels.items():
            values.setdefault(name, set()).add(value)
    whole = {
        name for name, own in values.items() if all(re.fullmatch(r"-?\d{1,18}", one or "") for one in own)
    }
    return [
        replace(file, labels={n: int(v) if n in whole else v for n, v in file.labels.items()})
        for file in files
    ]
