"""Many result pages at once: to a folder or a zip archive, with an index, whole or not at all."""

from __future__ import annotations

import csv
import io
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from psychometrics.errors import OutputError, ReportError
from psychometrics.report.person.content import PersonReport
from psychometrics.report.person.writing_names import Key, file_names
from psychometrics.report.person.writing_part import SUFFIXES, Format, Job, packed_members, write_part
from psychometrics.report.person.writing_workers import run_workers
from psychometrics.report.person.writing_zip import pack, write_zip

INDEX = "index.csv"
HEAD = ("person_id", "occasion", "file")
FEW = 200
"""Below this many pages, starting processes costs more than it gains."""

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenReports:
    """What was written: ``n_pages`` pages and an index, in a folder or an archive at ``path``."""

    path: Path
    n_pages: int
    format: str


def write_reports(
    reports: Iterable[PersonReport],
    path: str | Path,
    *,
    format: Format = "html",  # noqa: A002
    workers: int | None = None,
    archive: bool | None = None,
    replace: bool = False,
    progress: Progress | None = None,
) -> WrittenReports:
    """Write the pages of many people to a folder or a zip archive.

    Everything is written beside the place it is for and takes its name in the end, so a run that is stopped leaves no
    half folder and no half archive. ``index.csv`` says who has which file. File names are made from ids: safe on every
    file system, never the same for two people.

    Parameters
    ----------
    reports : sequence of PersonReport
        From :func:`person_reports`, which makes each when it is asked for; other iterables are read into a list.
    path : str or Path
        A folder, or a file that ends in ``.zip``.
    format : {"html", "json"}
    workers : int, optional
        Processes side by side; by default one for few pages, else one per core that this process may use.
    archive : bool, optional
        Whether to write an archive; by default the suffix of the path says so.
    replace : bool
        Whether pages that are there already are replaced. Without it an archive, or a folder in which there is
        anything, is left alone and the call refused. With it a folder is replaced only if it holds an index of pages and
        the files named there, nothing else. A replaced archive changes in one step; a folder in two, between which there
        is none.
    progress : callable, optional
        Called with the number of pages done and of all pages.

    Returns
    -------
    WrittenReports

    Raises
    ------
    ReportError
        No pages, or the same person and occasion twice.
    OutputError
        Something is there already, or cannot be written.

    Notes
    -----
    The same pages give the same archive, byte for byte, whatever the number of workers: members are sorted by name and
    carry a fixed date. Files of a folder are not flushed to the disk one by one: a process that dies loses nothing that
    has its final name, a power cut may.
    """
    if format not in SUFFIXES:
        raise ReportError(f'cannot write pages as "{format}"', hint=f"Formats: {', '.join(SUFFIXES)}.")
    pages = reports if isinstance(reports, Sequence) else list(reports)
    path = Path(path)
    packed = path.suffix.lower() == ".zip" if archive is None else archive
    keys = _keys(pages)
    names = file_names(keys, SUFFIXES[format])
    _refuse(path, packed=packed, replace=replace)
    shares = _shares(names, workers)
    with _beside(path) as work:
        job = Job(
            reports=pages,
            rows=shares,
            names=tuple(names),
            format=format,
            folder=work / "pages",
            archive=packed,
        )
        _do(job, work, _ticker(len(pages), progress))
        index = _index(keys, names)
        if packed:
            _finish_archive(job, work / "archive.zip", path, index)
        else:
            (job.folder / INDEX).write_bytes(index)
            _finish_folder(job.folder, path, work)
    return WrittenReports(path=path, n_pages=len(pages), format=format)


def _keys(pages: Sequence[PersonReport]) -> list[Key]:
    if not pages:
        raise ReportError(
            "there is no page to write", hint="The scores hold nobody, or nobody was asked for."
        )
    if hasattr(pages, "person_ids") and hasattr(pages, "occasions"):
        return list(zip(pages.person_ids, pages.occasions, strict=True))
    return [(page.person_id, page.occasion) for page in pages]


def _shares(names: list[str], workers: int | None) -> tuple[tuple[int, ...], ...]:
    """Return the rows of every worker: runs of the pages as sorted by name."""
    if workers is not None and workers < 1:
        raise ReportError(f"{workers} workers cannot write pages", hint="Give 1 or more, or none.")
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    n = (1 if len(names) < FEW else cores) if workers is None else workers
    order = sorted(range(len(names)), key=names.__getitem__)
    edges = [len(order) * k // n for k in range(n + 1)]
    return tuple(tuple(order[a:b]) for a, b in zip(edges, edges[1:], strict=False) if b > a)


def _do(job: Job, work: Path, tick: Callable[[], None]) -> None:
    job.folder.mkdir()
    if len(job.rows) > 1:
        run_workers(job, work / "job", tick)
        return
    for _ in write_part(job, 0):
        tick()


def _ticker(total: int, progress: Progress | None) -> Callable[[], None]:
    done = 0

    def tick() -> None:
        nonlocal done
        done += 1
        if progress is not None:
            progress(done, total)

    return tick


def _index(keys: list[Key], names: list[str]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEAD)
    writer.writerows((*key, name) for key, name in zip(keys, names, strict=True))
    return text.getvalue().encode("utf-8", "replace")


@contextmanager
def _beside(path: Path) -> Iterator[Path]:
    """Give a folder to work in beside the final place; it is gone afterwards, whatever happens."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        work = Path(tempfile.mkdtemp(dir=path.parent, prefix=f".{path.name[:40]}.", suffix=".part"))
    except OSError as error:
        raise _cannot(path, error) from error
    try:
        yield work
    except OutputError:
        raise
    except OSError as error:
        raise _cannot(path, error) from error
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _finish_archive(job: Job, made: Path, path: Path, index: bytes) -> None:
    with made.open("wb") as file:
        write_zip(file, chain([pack(INDEX, index)], packed_members(job.folder, len(job.rows))))
        file.flush()
        os.fsync(file.fileno())
    made.replace(path)


def _finish_folder(made: Path, path: Path, work: Path) -> None:
    if path.exists():
        path.rename(work / "old")
    made.rename(path)


def _refuse(path: Path, *, packed: bool, replace: bool) -> None:
    """Refuse to write over what is there, unless it may be replaced."""
    if not path.exists() and not path.is_symlink():
        return
    if path.is_dir() == packed or path.is_symlink():
        kind = "an archive" if packed else "a folder of pages"
        raise OutputError(f"{path}: exists already and is not {kind}", hint="Choose another name.")
    if not packed and not any(path.iterdir()):
        return
    if not replace:
        raise OutputError(
            f"{path}: exists already",
            hint="Choose another name, or say that it is to be replaced (replace=True).",
        )
    if not packed and not _holds_pages_only(path):
        raise OutputError(
            f"{path}: holds more than result pages and is never replaced",
            hint="Choose another name, or empty the folder yourself.",
        )


def _holds_pages_only(folder: Path) -> bool:
    """Return whether a folder holds an index of pages and nothing that is not named there."""
    try:
        with (folder / INDEX).open(encoding="utf-8", newline="") as file:
            rows = list(csv.reader(file))
    except (OSError, ValueError, csv.Error):
        return False
    listed = {row[2] for row in rows[1:] if len(row) == len(HEAD)}
    return (
        bool(rows) and tuple(rows[0]) == HEAD and {one.name for one in folder.iterdir()} <= listed | {INDEX}
    )


def _cannot(path: Path, error: OSError) -> OutputError:
    return OutputError(
        f"{path}: cannot be written ({error.strerror or error})",
        hint="Check the folder, the permissions and the space on the disk. Nothing was left half-written.",
    )
