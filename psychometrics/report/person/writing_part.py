"""One worker's share of many pages: rendered, and put into files or packed for an archive.

``python -m psychometrics.report.person.writing_part JOB K`` does the K-th share of a job that
:mod:`psychometrics.report.person.writing` left in a folder of its own.
"""

from __future__ import annotations

import pickle
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from psychometrics.report.person.content import PersonReport
from psychometrics.report.person.writing_zip import Member, pack

Format = Literal["html", "json"]
TOGETHER = 16
"""Signs that are sent at once."""
SUFFIXES: dict[str, str] = {"html": ".html", "json": ".json"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What is written: ``rows`` of ``reports`` under ``names``, as files in ``folder`` or packed into ``folder/part-K``."""

    reports: Sequence[PersonReport]
    rows: tuple[tuple[int, ...], ...]
    names: tuple[str, ...]
    format: Format
    folder: Path
    archive: bool


@cache
def _renderer(format: Format) -> Callable[[PersonReport], bytes]:  # noqa: A002
    if format == "html":
        from psychometrics.report.person.page import page_bytes

        return page_bytes
    from psychometrics.report.person.json_content import report_json

    return lambda report: report_json(report).encode("utf-8", "replace")


def write_part(job: Job, k: int) -> Iterator[None]:
    """Write the K-th share of a job, and give a sign after every page."""
    render = _renderer(job.format)
    if not job.archive:
        for row in job.rows[k]:
            (job.folder / job.names[row]).write_bytes(render(job.reports[row]))
            yield
        return
    members: list[Member] = []
    with (job.folder / f"part-{k}").open("wb") as file:
        for row in job.rows[k]:
            member, packed = pack(job.names[row], render(job.reports[row]))
            members.append(member)
            file.write(packed)
            yield
    (job.folder / f"part-{k}.members").write_bytes(pickle.dumps(members))


def packed_members(folder: Path, parts: int) -> Iterator[tuple[Member, bytes]]:
    """Return what the workers packed, share by share."""
    for k in range(parts):
        members: list[Member] = pickle.loads((folder / f"part-{k}.members").read_bytes())  # noqa: S301 - our own
        with (folder / f"part-{k}").open("rb") as file:
            for member in members:
                yield member, file.read(member.packed)


def main(path: str, k: int) -> int:
    """Do one share of a job in this process; a sign per page goes to standard output, an error into a file."""
    file = Path(path)
    job: Job = pickle.loads(file.read_bytes())  # noqa: S301 - written by the process that started this one
    try:
        for n, _ in enumerate(write_part(job, k), start=1):
            sys.stdout.write("\n")
            if n % TOGETHER == 0:
                sys.stdout.flush()
    except Exception as error:  # handed to the parent, which raises it
        file.with_suffix(f".error-{k}").write_bytes(pickle.dumps(error))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2])))
