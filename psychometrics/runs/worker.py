"""One partition from its first batch to its files."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow as pa

from psychometrics.engine.alike import Recast
from psychometrics.engine.files import part_file
from psychometrics.engine.finding import has_changed
from psychometrics.engine.manifest import Finished
from psychometrics.engine.partitions import Partition
from psychometrics.engine.pool import Watch
from psychometrics.errors import RunError
from psychometrics.responses import Ratings
from psychometrics.runs.batches import identity_of, read_batches
from psychometrics.runs.passes import BatchPass, Done
from psychometrics.runs.people import KeyFile
from psychometrics.runs.rated import with_blank_columns
from psychometrics.runs.ratings import BucketPartition
from psychometrics.runs.reading import Place
from psychometrics.runs.summary import Summary, nobody
from psychometrics.runs.writing import SCORES, STATE, ScoreFile, score_file, stem, write_state


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Worker:
    """Works on one partition after the other; can be sent to another process.

    Attributes
    ----------
    work : BatchPass
        What is done with a batch.
    folder : Path
        Where files go.
    batch_rows : int
        Rows of a batch.
    repeatable : bool
        Whether partitions can be read again.
    """

    work: BatchPass
    folder: Path
    batch_rows: int
    repeatable: bool

    def __call__(self, partition: Partition, watch: Watch) -> tuple[Summary, Finished]:
        """Return the counts of a partition and what was written; the files wait to be settled."""
        name = stem(partition.name)
        keys, summary, files = KeyFile(), Summary(), {}
        if self.work.layout is None:
            summary = self._batches(partition, watch, keys, None)
        else:
            path = self.folder / SCORES / f"{name}.parquet"
            with score_file(path, part_file) as (scores, file):
                summary = self._batches(partition, watch, keys, scores)
            files[f"{SCORES}/{path.name}"] = file.sha256()
        state = self.folder / STATE / name
        written = keys.write(state.with_name(f"{name}.x"), can_read_again=self.repeatable)
        files |= {f"{STATE}/{one}": digest for one, digest in written.items()}
        files[f"{STATE}/{name}.counts"] = write_state(state.with_name(f"{name}.counts"), summary.pack())
        finished = Finished(
            partition=partition.name,
            identity=identity_of(partition, self.work.reading),
            n_rows=summary.n_rows,
            files=files,
        )
        return summary, finished

    def _batches(self, partition: Partition, watch: Watch, keys: KeyFile, scores: ScoreFile | None) -> Summary:
        summary: Summary | None = None
        counter = self.work.counter()
        mine = partition.ratings() if isinstance(partition, BucketPartition) else None
        for table, place in read_batches(partition, self.work.reading, self.batch_rows):
            watch.check()
            batch = self.work.reading.read(table, place)
            ratings = self.work.ratings if mine is None else mine
            done = self.work.work_on(batch, ratings, map_too=scores is not None, counter=counter)
            summary = self._take(done, keys, scores, summary)
            watch.rows(table.num_rows)
            del table, done, batch
        if summary is None:
            summary = self._nobody(partition, mine, keys, scores)
        if partition.n_rows is not None and summary.n_rows != partition.n_rows:
            raise RunError(
                f"{summary.n_rows:,} rows could be read, and it should have {partition.n_rows:,}",
                hint="The file is not whole, or changed while it was read.",
            )
        file = getattr(partition.inner if isinstance(partition, Recast) else partition, "file", None)
        if file is not None and has_changed(file):
            raise RunError("changed while it was read", hint="Run again when nobody writes to it.")
        if counter is not None and "items" not in summary.tallies:
            summary = self.work.with_counted(summary, counter)
        if mine is None:
            return summary
        blank = with_blank_columns(mine, self.work.reading, partition.fields())
        return self._with_only_rated(blank, summary, scores)

    def _nobody(
        self, partition: Partition, mine: Ratings | None, keys: KeyFile, scores: ScoreFile | None
    ) -> Summary:
        """Work on a partition without rows: its file has the columns of the others."""
        empty = pa.schema(list(partition.fields().items())).empty_table()
        wanted = self.work.reading.wanted(empty.column_names)
        place = Place(partition=partition.name, first_row=partition.first_row or 0)
        batch = self.work.reading.read(empty.select(wanted), place)
        done = self.work.work_on(batch, self.work.ratings if mine is None else mine)
        return self._take(done, keys, scores, None)

    def _with_only_rated(self, ratings: Ratings, summary: Summary, scores: ScoreFile | None) -> Summary:
        """Add the persons of a bucket who were rated and gave no answers."""
        left = np.ones(ratings.persons.num_rows, np.bool_)
        left[summary.rated] = False
        summary = replace(summary, rated=nobody())  # these rows are of this bucket only
        if not left.any():
            return summary
        done = self.work.only_rated(ratings.select(left))
        if scores is not None and done.table is not None:
            scores.write(done.table)
        return summary + done.summary

    def _take(self, done: Done, keys: KeyFile, scores: ScoreFile | None, summary: Summary | None) -> Summary:
        if scores is not None and done.table is not None:
            scores.write(done.table)
        if done.batch is not None:
            own = done.batch.keys
            again = own.person is not own.row and self.work.count_scores
            keys.add(own.row, own.rising, own.person[done.inside] if again else None)
        return done.summary if summary is None else summary + done.summary
