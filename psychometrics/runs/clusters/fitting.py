"""What an engine can work on: frames of its own, and files; each row says who it is of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from psychometrics.engine.frames import frame_engine, source_engine
from psychometrics.engine.partitions import Partition, Source
from psychometrics.errors import RunError
from psychometrics.runs.batches import Batches
from psychometrics.runs.reading import Reading


def check_sources(engine: str, batches: Batches, second: Any = None) -> None:
    """Refuse frames of another engine, data that stay in this process, and frames whose rows are nobody's."""
    for where, own in _engines(batches, second):
        if own is not None and own != engine:
            raise RunError(
                f"{where} cannot be worked on by {engine}", hint=f'Use engine="{own}" for all data.'
            )
    for one in (batches, second):
        if not isinstance(one, Batches):
            continue
        if not isinstance(one.source.partitions, list):
            raise RunError(
                f"{one.source.where}: a stream cannot be sent to a cluster",
                hint="Write it to Parquet files first, or give a frame of the cluster.",
            )
        if source_engine(one.source) is not None:
            _need_persons(one.source, one)


def needed_columns(reading: Reading, fields: Iterable[str]) -> list[str]:
    """Return the columns that workers need: those that are read, and those that are renamed, as each of these must be there."""
    names = list(fields)
    wanted = {*reading.wanted(names), *reading.rename}
    return [name for name in names if name in wanted]


def _engines(batches: Batches, second: Any) -> Iterator[tuple[str, str | None]]:
    yield batches.source.where, source_engine(batches.source)
    yield "the frame of ratings", frame_engine(batches.ratings)
    if isinstance(second, Batches):
        yield f"the second occasion, {second.source.where},", source_engine(second.source)
        yield "the frame of ratings of the second occasion", frame_engine(second.ratings)


def _need_persons(source: Source, batches: Batches) -> None:
    reading = batches.reading
    partitions: list[Partition] = list(source.partitions)
    names = [reading.rename.get(name, name) for one in partitions for name in one.fields()]
    if reading.person not in names:
        raise RunError(
            f'{source.where}: no column "{reading.person}", and rows of a frame have no number',
            hint="Name the column that says who: person=. What is the index of a Dask frame becomes a column with "
            "frame.reset_index().",
        )
