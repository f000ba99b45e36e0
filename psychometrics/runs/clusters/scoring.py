"""Lazy frames of scores."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import pyarrow as pa

from psychometrics.engine.chunks import on_this_thread
from psychometrics.engine.faults import CAUSES, fault
from psychometrics.engine.frames import source_engine
from psychometrics.engine.partitions import Partition
from psychometrics.errors import RunError
from psychometrics.instrument import Instrument
from psychometrics.norming import Norms, load_norms
from psychometrics.responses.missing import MissingCodes
from psychometrics.runs.asked import placed_by
from psychometrics.runs.batches import Batches, open_batches
from psychometrics.runs.clusters.buckets import RATINGS, RESPONSES, Piece
from psychometrics.runs.clusters.counting import works
from psychometrics.runs.clusters.driving import fields_of
from psychometrics.runs.clusters.fitting import check_sources, needed_columns
from psychometrics.runs.clusters.job import HELD_BY_WORKER, Input, Plan, bucket_name, do_part
from psychometrics.runs.clusters.joining import JoinJob, empty_side
from psychometrics.runs.clusters.judged import Judged, judged_of
from psychometrics.runs.clusters.places import from_anywhere
from psychometrics.runs.passes import BatchPass
from psychometrics.runs.strata import Strata
from psychometrics.runs.tables import Layout, check_names


def score_frame(
    instrument: Instrument | str,
    frame: Any,
    ratings: Any = None,
    *,
    norms: Norms | str | None = None,
    apply: Mapping[str, Any] | None = None,
    layout: Layout = "long",
    columns: Iterable[str] = (),
    person: str = "person_id",
    occasion: str = "occasion",
    rename: Mapping[str, str] | None = None,
    missing_codes: MissingCodes | None = None,
    invalid: Literal["error", "missing"] = "error",
    missing_columns: Literal["error", "not_presented"] = "error",
    rating_missing_codes: MissingCodes | None = None,
) -> Any:
    """Score a Dask or Spark frame into a frame of the same kind. Nothing is computed before the result is.

    Every row of scores is the same, bit for bit, as :func:`score` gives. What only a look at all rows can find (a person
    who is there twice) is not looked for: :func:`run_batches` does.

    Parameters
    ----------
    instrument : Instrument or str
        What was asked.
    frame : dask.dataframe.DataFrame or pyspark.sql.DataFrame
        Responses, a row per person.
    ratings : frame, path or table, optional
        Ratings in long form. Rows are joined by person: they come in another order, and persons who were rated and gave
        no answers are among them.
    norms : Norms or str, optional
        Places every score.
    apply : mapping, optional
        Options of :meth:`Norms.apply`.
    layout : {"long", "wide"}
        A row per person and scale, as :meth:`Scores.to_arrow`; or a row per person.
    columns : iterable of str
        Person columns to keep beside the scores.
    person, occasion, rename, missing_codes, invalid, missing_columns
        As for :func:`read_responses`.
    rating_missing_codes : mapping or list, optional
        Codes in ``level`` that mean "not rated".

    Returns
    -------
    dask.dataframe.DataFrame or pyspark.sql.DataFrame
        Lazy. All columns of a Dask frame are Arrow columns (``pandas.ArrowDtype``).

    Raises
    ------
    RunError
        At once: not such a frame, or columns that do not fit. When the result is computed: the partition and what is
        wrong in it.
    """
    batches = open_batches(
        frame,
        instrument,
        person=person,
        occasion=occasion,
        rename=rename,
        missing_codes=missing_codes,
        invalid=invalid,
        missing_columns=missing_columns,
        columns=columns,
        ratings=ratings,
        rating_missing_codes=rating_missing_codes,
    )
    engine = source_engine(batches.source)
    if engine is None:
        raise RunError(
            f"cannot score a {type(frame).__name__} lazily",
            hint="Give a Dask or Spark frame; for anything else there are score() and run_batches().",
        )
    check_sources(engine, batches)
    scoring, inputs = _scoring(batches, norms, dict(apply or {}), layout)
    if engine == "dask":
        from psychometrics.runs.clusters.dask_frames import scored
    else:
        from psychometrics.runs.clusters.spark_frames import scored
    return scored(scoring, inputs)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scoring:
    """Scores of partitions, or of buckets where ratings are joined, all with the same columns and types.

    Attributes
    ----------
    work : BatchPass
    batch_rows : int
    schema : Schema
        Of the scores.
    join : JoinJob or None
        How ratings are joined.
    """

    work: BatchPass
    batch_rows: int
    schema: pa.Schema
    join: JoinJob | None

    def part(self, partition: Partition) -> Iterable[pa.Table]:
        """Yield the scores of a partition."""
        try:
            with on_this_thread():
                for done in works(self.work, partition, self.batch_rows, wants_table=True, counter=None):
                    yield self._typed(done.table)
        except CAUSES as error:
            raise _told(partition.name, error) from error

    def cut(self, side: str, number: int, partition: Partition) -> list[Piece]:
        """Return the rows of a partition cut into buckets."""
        assert self.join is not None  # noqa: S101
        parted = do_part(self.join, side, number, partition)
        if parted.found.faulty:
            raise RunError(f"{partition.name}: cannot be scored", problems=parted.found.problems)
        return parted.pieces

    def bucket(self, number: int, pieces: Sequence[Piece]) -> Iterable[pa.Table]:
        """Yield the scores of a bucket."""
        assert self.join is not None  # noqa: S101
        name = bucket_name(self.join, number)
        try:
            with on_this_thread():
                for done in self.join.dones(name, pieces):
                    yield self._typed(done.table)
        except CAUSES as error:
            raise _told(name, error) from error

    def _typed(self, table: pa.Table | None) -> pa.Table:
        assert table is not None  # noqa: S101
        return table.select(self.schema.names).cast(self.schema)


def _told(name: str, error: BaseException) -> RunError:
    return RunError(f"{name}: cannot be scored", problems=fault(name, error))


def _scoring(
    batches: Batches, norms: Norms | str | None, apply: Mapping[str, Any], layout: Layout
) -> tuple[Scoring, list[Input]]:
    norms = load_norms(norms) if isinstance(norms, str) else norms
    batches = batches.with_strata(Strata.of(()), placed_by(norms, apply))
    if layout == "wide":
        check_names(batches.instrument.scale_ids, batches.reading.columns)
    judged = judged_of(batches, joins=True)
    work = BatchPass(
        reading=batches.reading,
        pairs=None,
        count_scores=False,
        layout=layout,
        norms=norms,
        apply_options=dict(apply),
    )
    fields = fields_of(batches.source)
    empty = empty_side(work, fields)
    rows = min(batches.plan(shared=judged.size, held=HELD_BY_WORKER).batch_rows, work.best_rows)
    wanted = needed_columns(batches.reading, fields)
    inputs = [Input(side=RESPONSES, source=from_anywhere(batches.source), columns=wanted)]
    join = None
    if judged.joined is not None:
        inputs.append(Input(side=RATINGS, source=from_anywhere(judged.joined), columns=judged.columns))
        join = _join(batches, judged, work, rows, empty)
    scoring = Scoring(work=work, batch_rows=rows, schema=_schema(work, join, empty), join=join)
    return scoring, inputs


def _join(batches: Batches, judged: Judged, work: BatchPass, rows: int, empty: pa.Table) -> JoinJob:
    return JoinJob(
        plan=Plan(work=work, batch_rows=rows),
        n_buckets=1,
        rating_codes=batches.rating_codes,
        no_responses=empty,
        no_ratings=judged.no_ratings,
    )


def _schema(work: BatchPass, join: JoinJob | None, empty: pa.Table) -> pa.Schema:
    """Return the columns of the scores; a column of which nothing is known holds texts."""
    if join is None:
        found = work.map(empty)
    else:
        (done,) = join.dones("no rows", [])
        found = done.table
    return pa.schema(
        [
            (
                field.name,
                pa.string()
                if pa.types.is_null(field.type) or pa.types.is_large_string(field.type)
                else field.type,
            )
            for field in found.schema
        ]
    )
