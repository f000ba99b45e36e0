"""Finds the data folders ``instruments/`` and ``norms/``: inside an installed wheel or beside it in a checkout.

The only module that knows where they are. A user's own folder is always an argument.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Literal

from psychometrics.errors import CatalogError, UnknownInstrumentError, UnknownNormsError

Kind = Literal["instruments", "norms"]
DIGESTS = "sha256.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One file of the catalogue: an instrument's version or a norm edition."""

    id: str
    version: str
    path: Traversable

    @property
    def name(self) -> str:
        """``id@version`` of an instrument; for norms ``instrument/edition``, in the same two parts."""
        return f"{self.id}@{self.version}"

    @property
    def where(self) -> str:
        """The file, for messages."""
        return str(self.path)

    def read_bytes(self) -> bytes:
        """Return the file as it is."""
        try:
            return self.path.read_bytes()
        except OSError as error:
            raise CatalogError(f"{self.where}: cannot be read ({error.strerror or error})") from error

    def read_text(self) -> str:
        """Return the file as UTF-8 text."""
        try:
            return self.read_bytes().decode("utf-8")
        except UnicodeDecodeError as error:
            raise CatalogError(
                f"{self.where}: not UTF-8 text ({error})", hint="Save the file as UTF-8."
            ) from error

    def sibling(self, name: str) -> Traversable:
        """Return the file of that name in the same folder."""
        if isinstance(self.path, Path):
            return self.path.parent / name
        return root("norms") / self.id / name


def root(kind: Kind) -> Traversable:
    """Return the folder of shipped data: in the wheel first, in a checkout second."""
    packaged = resources.files("psychometrics") / "_data" / kind
    if packaged.is_dir():
        return packaged
    checkout = Path(__file__).resolve().parents[1]
    if (checkout / "pyproject.toml").is_file() and (checkout / kind).is_dir():
        return checkout / kind
    raise CatalogError(
        f"the folder {kind}/ that belongs to this library is missing",
        hint="Install psychometrics-engine again, or run from a complete checkout.",
    )


def entries(kind: Kind, *, folder: Path | None = None) -> list[Entry]:
    """Return every file ``<id>/<version>.toml`` of a folder, sorted by id, then version."""
    base: Traversable = root(kind) if folder is None else folder
    if not base.is_dir():
        raise CatalogError(
            f"{base}: no such folder", hint=f"Give a folder laid out as <id>/<name>.toml for {kind}."
        )
    found = [
        Entry(id=part.name, version=file.name.removesuffix(".toml"), path=file)
        for part in base.iterdir()
        if part.is_dir()
        for file in part.iterdir()
        if file.name.endswith(".toml")
    ]
    return sorted(found, key=lambda entry: (entry.id, _version_key(entry.version)))


def find_instrument(name: str, *, folder: Path | None = None) -> Entry:
    """Return the file of an instrument: a path, ``id@version``, or ``id`` (its newest version)."""
    if name.endswith(".toml"):
        return _file(name, UnknownInstrumentError)
    wanted, _, version = name.partition("@")
    known = entries("instruments", folder=folder)
    matches = [entry for entry in known if entry.id == wanted and version in ("", entry.version)]
    if matches:
        return matches[-1]
    versions = [entry.version for entry in known if entry.id == wanted]
    if versions:
        raise UnknownInstrumentError(
            f'instrument "{wanted}" has no version {version}', hint=f"There is {', '.join(versions)}."
        )
    raise UnknownInstrumentError(
        f'no instrument "{name}"',
        hint=_suggest(wanted, sorted({entry.id for entry in known}), "psychometrics instruments"),
    )


def find_norms(name: str, *, folder: Path | None = None) -> Entry:
    """Return the file of a norm edition: a path, or ``instrument/edition``."""
    if name.endswith(".toml"):
        return _file(name, UnknownNormsError)
    known = entries("norms", folder=folder)
    for entry in known:
        if f"{entry.id}/{entry.version}" == name:
            return entry
    names = [f"{entry.id}/{entry.version}" for entry in known]
    raise UnknownNormsError(
        f'no norm edition "{name}"', hint=_suggest(name, names, "psychometrics norms list")
    )


def _file(name: str, error: type[UnknownInstrumentError | UnknownNormsError]) -> Entry:
    path = Path(name)
    if not path.is_file():
        raise error(f"{path}: no such file", hint="Give an id from the list, or the path of a .toml file.")
    return Entry(id=path.parent.name, version=path.stem, path=path)


def _suggest(wanted: str, known: list[str], command: str) -> str:
    near = get_close_matches(wanted, known, n=1)
    return f'Did you mean "{near[0]}"?' if near else f"See what is there: {command}"


def _version_key(version: str) -> tuple[tuple[int, ...], str]:
    parts = version.split(".")
    return (tuple(int(part) for part in parts) if all(part.isdigit() for part in parts) else (), version)


def released_digests(kind: Kind) -> dict[str, str]:
    """Return the recorded SHA-256 of every released file, by its path below the folder."""
    return dict(tomllib.loads((root(kind) / DIGESTS).read_text(encoding="utf-8")))


def present_digests(kind: Kind) -> dict[str, str]:
    """Return the SHA-256 of every data file that is there now, by its path below the folder."""
    return {name: hashlib.sha256(file.read_bytes()).hexdigest() for name, file in sorted(_data_files(kind))}


def _data_files(kind: Kind) -> Iterator[tuple[str, Traversable]]:
    for part in root(kind).iterdir():
        if part.is_dir():
            for file in part.iterdir():
                if file.is_file() and not file.name.endswith((".py", ".pyc", ".md", ".log.jsonl")):
                    yield f"{part.name}/{file.name}", file
