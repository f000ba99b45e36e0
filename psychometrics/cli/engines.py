"""Which engine does the work of a command: all at once in memory, in batches, or on a cluster."""

from __future__ import annotations

import json
import re
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from psychometrics.cli.common import MissingColumns, parse_missing, parse_pairs, words
from psychometrics.cli.inputs import at_once, many
from psychometrics.cli.progress import PATIENCE, RowsBar
from psychometrics.engine.files import whole_file
from psychometrics.engine.memory import parse_memory, total_memory
from psychometrics.errors import RunError

if TYPE_CHECKING:
    from psychometrics.norming import Norms
    from psychometrics.result import Source
    from psychometrics.runs import Batches, BatchRun

EngineName = Literal["memory", "batches", "dask", "spark"]
EngineOption = Annotated[
    EngineName | None,
    typer.Option(
        "--engine",
        help="memory: all at once. batches: part by part, for files larger than memory, folders and globs. dask, spark: "
        "on a cluster. Chosen by the size of the input when left out.",
    ),
]
MemoryOption = Annotated[
    str, typer.Option("--memory", help="What a run in batches may take: 1GiB, 800MB.")
]
ClusterOption = Annotated[
    str | None,
    typer.Option(
        "--cluster", help="Where the cluster is: the address of a Dask scheduler or a Spark master."
    ),
]
FreshOption = Annotated[
    bool,
    typer.Option("--fresh", help="In batches: do all of it anew, also what an earlier run has finished."),
]

SHARE = 4
"""Input that would take more than this part of the memory of the machine is read in batches."""
GROWTH = {".parquet": 16, ".csv": 6, ".tsv": 6, ".txt": 6, ".feather": 6, ".arrow": 4}
"""How many times its size a file takes while it is read and scored at once."""
TABLES = (".parquet", ".csv", ".tsv")
SUFFIX = re.compile(r"\.[A-Za-z]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """The engine of a command and what was said about it."""

    name: EngineName
    memory: str
    cluster: str | None
    fresh: bool

    @property
    def in_memory(self) -> bool:
        """Whether everything is read at once."""
        return self.name == "memory"


def choose_engine(
    engine: EngineName | None,
    *sources: str | None,
    memory: str,
    cluster: str | None = None,
    fresh: bool = False,
) -> Engine:
    """Return the engine; where the input decides, say so on standard error.

    Parameters
    ----------
    engine : str or None
        What was asked for; by the size of the input when left out.
    *sources : str or None
        All that the command reads.
    memory, cluster, fresh
        What else was asked for.
    """
    _check_memory(memory)
    given = [one for one in sources if one is not None]
    several = next(filter(None, (many(one) for one in given if not at_once(one))), "")
    if engine == "memory" and several:
        raise typer.BadParameter(f"{several}, more than one file: use --engine batches, dask or spark")
    why = "" if engine else several or next(filter(None, map(_too_large, given)), "")
    name: EngineName = engine or ("batches" if why else "memory")
    if cluster is not None and name not in ("dask", "spark"):
        raise typer.BadParameter("--cluster goes with --engine dask or spark")
    streams = [one for one in given if at_once(one)]
    if name != "memory" and streams:
        because = f"{why}, which is read in batches" if why else f"--engine {name}"
        raise typer.BadParameter(f"{streams[0]} can only be read all at once: not with {because}")
    if why:
        words().print(f"note: {why}: working in batches, in {memory} of memory", markup=False)
    return Engine(name=name, memory=memory, cluster=cluster, fresh=fresh)


def _check_memory(memory: str) -> None:
    try:
        parse_memory(memory)
    except RunError as error:
        raise typer.BadParameter(f"--memory {memory} is no size: write 1GiB, 800MB or bytes") from error


def _too_large(source: str) -> str:
    """Return that a file is too large to be read at once; empty where it is not."""
    path, total = Path(source), total_memory()
    suffix = path.name.lower().removesuffix(".gz").rpartition(".")[2]
    needed = (path.stat().st_size if path.is_file() else 0) * GROWTH.get(f".{suffix}", 1)
    if total and needed > total / SHARE:
        return f"{source} would take about {needed / 2**30:.1f} GiB, over a quarter of the memory of this machine"
    return ""


def run_engine(engine: Engine, batches: Batches, *, to: Path | None = None, **options: Any) -> BatchRun:
    """Run on the engine, with a bar of rows per second and time left; notes go to standard error."""
    from psychometrics.runs import run_batches
    from psychometrics.runs.resuming import ONLY_RATED

    with RowsBar(words()) as bar:
        run = run_batches(
            batches,
            to,
            progress=bar.tell,
            resume=not engine.fresh,
            engine=engine.name if engine.name != "memory" else None,
            cluster=engine.cluster,
            **options,
        )
    for note in run.notes:
        words().print(f"note: {note}", markup=False)
    kept = run.n_rows - run.n_new - run.rows.get(ONLY_RATED, 0)  # these are counted anew each time
    if kept > 0:
        words().print(
            f"note: {kept:,} of {run.n_rows:,} rows were finished by an earlier run and not done again (--fresh does all anew)",
            markup=False,
        )
    if run.seconds > PATIENCE:
        words().print(f"{run.n_new:,} rows, {run.rows_per_second:,.0f} rows/s", markup=False)
    return run


def batches_of(
    engine: Engine,
    instrument: str,
    responses: str | None,
    ratings: str | None,
    *,
    missing_code: list[str] | None,
    rating_missing_code: list[str] | None,
    invalid: Literal["error", "missing"],
    missing_columns: MissingColumns,
    person: str,
    rename: list[str] | None,
    occasion: str = "occasion",
) -> Batches:
    """Open what a command works on."""
    from psychometrics.runs import open_batches

    return open_batches(
        responses,
        instrument,
        person=person,
        occasion=occasion,
        rename=parse_pairs(rename, "--rename"),
        missing_codes=parse_missing(missing_code),
        invalid=invalid,
        missing_columns=missing_columns,
        ratings=ratings,
        rating_missing_codes=parse_missing(rating_missing_code),
        memory=engine.memory,
    )


@contextmanager
def output_folder(out: str | None) -> Iterator[Path]:
    """Yield the folder a run writes to: the one of ``--out``, or one beside the file, which goes when all is well.

    When the run fails the folder stays, so that the same command goes on where it ended.
    """
    if out is not None and out != "-" and not is_table(out):
        yield Path(out)
        return
    import tempfile

    if out is None or out == "-":
        with tempfile.TemporaryDirectory(prefix="scores-") as name:
            yield Path(name)
        return
    path = Path(out)
    beside = path.with_name(f".{path.name}.run")
    yield beside
    shutil.rmtree(beside, ignore_errors=True)


def is_table(out: str) -> bool:
    """Say whether ``--out`` names one file, not a folder."""
    suffix = Path(out).suffix.lower()
    if suffix in TABLES:
        return True
    if SUFFIX.fullmatch(suffix) and not out.endswith("/") and not Path(out).is_dir():
        raise typer.BadParameter(
            f"scores in batches are not written as {suffix}: --out takes a name that ends in {' '.join(TABLES)}, or a "
            f"folder ({out}/)"
        )
    return False


def deliver_run(run: BatchRun, out: str | None, norms: Norms | None = None) -> None:
    """Put the scores of a run where they are wanted: left in the folder, one file, or CSV on standard output."""
    if out is None or out == "-":
        for piece in _lines(run, ","):
            sys.stdout.buffer.write(piece)
        sys.stdout.flush()
        return
    if not is_table(out):
        words().print(f"wrote {len(run.files):,} files of scores to {Path(out) / 'scores'}", markup=False)
        return
    with whole_file(Path(out)) as file:
        if Path(out).suffix.lower() == ".parquet":
            _join(run, file, _source(run, norms))
        else:
            for piece in _lines(run, "\t" if Path(out).suffix.lower() == ".tsv" else ","):
                file.write(piece)
    words().print(f"wrote {out}", markup=False)


def _groups(run: BatchRun) -> Iterator[Any]:
    import pyarrow.parquet as pq

    for path in run.files.values():
        file = pq.ParquetFile(path)
        for group in range(file.num_row_groups):
            yield file.read_row_group(group)


def _lines(run: BatchRun, delimiter: str) -> Iterator[bytes]:
    """Yield the scores as delimited text, with one header."""
    from psychometrics.report.files import table_csv

    for number, table in enumerate(_groups(run)):
        text = table_csv(table, delimiter)
        yield text if number == 0 else text[text.index(b"\n") + 1 :]


def _source(run: BatchRun, norms: Norms | None) -> Source:
    """Return where the scores come from, with the norms they were placed in."""
    if norms is None:
        return run.source
    return replace(run.source, norms=norms.name, simulated=run.source.simulated or norms.head.simulated)


def _join(run: BatchRun, file: Any, origin: Source) -> None:
    import pyarrow.parquet as pq

    source = {"psychometrics_source": json.dumps(origin.to_dict(), sort_keys=True)}
    writer: pq.ParquetWriter | None = None
    for table in _groups(run):
        told = table.replace_schema_metadata(source)
        writer = writer or pq.ParquetWriter(file, told.schema)
        writer.write_table(told)
    if writer is not None:
        writer.close()
