"""Whether the editions of a folder and its log agree."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from psychometrics.errors import NormError
from psychometrics.norming.editions.log import LOG, START, Line, head_of, read_log
from psychometrics.result import Result, Source
from psychometrics.version import VERSION


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class EditionCheck(Result):
    """What the log of a folder says, and where the files say something else.

    Attributes
    ----------
    lines : tuple of mappings
        The log, oldest first.
    findings : tuple of (str, str)
        Edition or line, and what is wrong; empty when log and files agree.
    last_digest : str
        Keep it outside the folder: given back later, it shows that the log was not rewritten.
    """

    lines: tuple[Line, ...]
    findings: tuple[tuple[str, str], ...]
    last_digest: str
    source: Source

    @property
    def agree(self) -> bool:
        """Whether nothing is wrong."""
        return not self.findings

    def columns(self) -> Mapping[str, Any]:
        """One row per line of the log."""
        names = (
            "line", "written", "action", "edition", "instrument", "parent",
            "date", "who", "why", "n_before", "n_after",
        )  # fmt: skip
        wrong: dict[str, str] = {}
        for where, what in self.findings:
            wrong[where] = f"{wrong[where]}; {what}" if where in wrong else what
        table = {name: [line.get(name) for line in self.lines] for name in names}
        for name in ("n_before", "n_after"):
            table[name] = [float("nan") if n is None else float(n) for n in table[name]]
        return {**table, "reason": [wrong.get(line["edition"]) for line in self.lines]}

    def __repr__(self) -> str:
        said = "log and files agree" if self.agree else f"{len(self.findings)} findings"
        return f"<EditionCheck: {len(self.lines)} lines, {said}>"


def verify_editions(folder: str | Path, *, last_digest: str = "") -> EditionCheck:
    """Compare the editions of a folder with its append-only log.

    Found are: lines that were changed, dropped or put in; heads and tables that are not the ones that were written;
    editions that the log does not know, or that are gone without having been withdrawn; and, with a digest kept from
    before, a log that was cut or rewritten as a whole.

    Parameters
    ----------
    folder : str or Path
        Folder of one instrument's editions.
    last_digest : str, optional
        ``last_digest`` of an earlier check.

    Returns
    -------
    EditionCheck

    Raises
    ------
    NormError
        The folder has no log.
    """
    place = Path(folder)
    if not (place / LOG).is_file():
        raise NormError(
            f"{place}: no log of editions ({LOG})", hint="The log begins with the next edition saved here."
        )
    lines, broken = read_log(place)
    findings = [(f"line {number}", what) for number, what in broken]
    digests = [line["digest"] for line in lines]
    if last_digest and last_digest not in [START, *digests]:
        findings.append(("log", "the digest kept from before is not in it: the log was cut or rewritten"))
    newest = {line["edition"]: line for line in lines}
    for edition, line in newest.items():
        findings += [(edition, what) for what in _against_files(place, edition, line)]
    findings += [
        (path.stem, "not in the log")
        for path in sorted(place.glob("*.toml"))
        if path.stem not in newest and head_of(path.read_bytes()) is not None
    ]
    return EditionCheck(
        lines=lines,
        findings=tuple(findings),
        last_digest=digests[-1] if digests else START,
        source=Source(package_version=VERSION),
    )


def _against_files(folder: Path, edition: str, line: Line) -> list[str]:
    head = folder / f"{edition}.toml"
    if line["action"] == "withdrawn":
        return ["withdrawn, but its head is there"] if head.is_file() else []
    if not head.is_file():
        return ["its head is gone"]
    found = []
    data = head.read_bytes()
    if hashlib.sha256(data).hexdigest() != line["head_sha256"]:
        found.append("its head is not the one that was written")
    raw = head_of(data)
    table = folder / str(raw["table"] if raw else f"{edition}.csv")
    if not table.is_file():
        found.append("its table is gone")
    elif hashlib.sha256(table.read_bytes()).hexdigest() != line["table_sha256"]:
        found.append("its table is not the one that was written")
    return found
