"""A chart per scale that watches batches of scores for drift; its state is plain JSON, so a nightly job can go on."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from math import nan
from pathlib import Path
from typing import Any

from psychometrics.errors import NormError
from psychometrics.kernels.drift.cusum import cusum_limit
from psychometrics.kernels.drift.score_moments import ScoreMoments
from psychometrics.norming.drift.charts import SIDES, SLACK, BatchRow, Chart, chart_people, chart_step
from psychometrics.norming.drift.drift import check_same, counted_as
from psychometrics.norming.editions.suppression import SMALLEST
from psychometrics.norming.files import table_digest
from psychometrics.norming.norms import Norms
from psychometrics.output import write_whole
from psychometrics.result import Result, Source, plain
from psychometrics.version import VERSION

FORMAT = 1


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DriftMonitor(Result):
    """Cumulative-sum charts of means and SDs over batches of scores.

    Attributes
    ----------
    norms : str
        The edition that is watched over, ``instrument/edition``.
    table_sha256 : str
        Digest of its table.
    false_alarm_every : float
        Batches between false alarms, on average, of all charts together.
    smallest_shift : float
        Shift of a mean, in SDs, or change of an SD, in shares of it, that is worth an alarm.
    limit : float
        An alarm is given when a sum is above it.
    by_stratum : bool
    charts : tuple of Chart
    rows : tuple of BatchRow
        Every batch so far, in order.
    """

    norms: str
    table_sha256: str
    false_alarm_every: float
    smallest_shift: float
    limit: float
    by_stratum: bool
    charts: tuple[Chart, ...]
    rows: tuple[BatchRow, ...]
    source: Source

    @property
    def batches(self) -> tuple[str, ...]:
        """Labels of the batches, in order."""
        return tuple(dict.fromkeys(row.batch for row in self.rows))

    @property
    def alarms(self) -> tuple[BatchRow, ...]:
        """The rows that gave an alarm."""
        return tuple(row for row in self.rows if row.alarm)

    def add(self, norms: Norms, scores: Any, *, batch: str) -> DriftMonitor:
        """Return the monitor after one more batch; this one stays as it is.

        z_mean = (M - M_before) / (SD_before sqrt(1/n + 1/N));  z_sd from the ratio of variances (Paulson);
        up = max(0, up + z - k), down = max(0, down - z - k);  k = max(.5, half of the smallest shift in units of z)

        "Before" are the edition's people and all batches so far, N in all: so the values are independent when nothing
        moves, however small the norm sample, and false alarms are as rare as stated.

        Parameters
        ----------
        norms : Norms
            The edition the monitor was made for.
        scores : Scores, frame or Norms
            The batch, everybody in it once.
        batch : str
            Its label, such as a date; batches are kept in the order they are added, and a label counts once.

        Raises
        ------
        NormError
            Another edition, or a batch that was added before.
        """
        if (norms.name, table_digest(norms)) != (self.norms, self.table_sha256):
            raise NormError(f"this monitor watches over {self.norms}, not {norms.name}, or its table differs")
        if not batch or batch in self.batches:
            raise NormError(
                f'batch "{batch}" has no label or was added before',
                hint="Every batch is added once, by its own label.",
            )
        new = scores if isinstance(scores, Norms) else counted_as(norms, scores)
        check_same(norms, new)
        cells = (new if self.by_stratum or not norms.head.strata else new.over([])).cells
        found = {(" / ".join(key) or "whole sample", s): cell for (key, s), cell in cells.items()}
        steps = [
            chart_step(
                chart, found.get((chart.stratum, chart.scale_id)), batch, self.limit, self.smallest_shift
            )
            for chart in self.charts
        ]
        return replace(
            self, charts=tuple(chart for chart, _ in steps), rows=(*self.rows, *(row for _, row in steps))
        )

    def save(self, path: str | Path) -> Path:
        """Write the state as JSON, whole or not at all; the same state gives the same bytes."""
        where = Path(path)
        names = ("norms", "table_sha256", "false_alarm_every", "smallest_shift", "limit", "by_stratum")
        state = {
            "format": FORMAT,
            **{name: getattr(self, name) for name in names},
            "simulated": self.source.simulated,
            "charts": [asdict(chart) for chart in self.charts],
            "rows": [plain(asdict(row)) for row in self.rows],
        }
        write_whole(where, (json.dumps(state, ensure_ascii=False, indent=1) + "\n").encode())
        return where

    def columns(self) -> Mapping[str, Any]:
        """One row per batch and chart; the figures of a batch of fewer than 10 people are not shown."""
        hidden = [row.n < SMALLEST and not self.source.simulated for row in self.rows]
        numbers = ("n", "mean", "sd", "z_mean", "z_sd", *SIDES)
        few = f"fewer than {SMALLEST} people: not shown"
        return {
            **{name: [getattr(row, name) for row in self.rows] for name in ("batch", "stratum", "scale_id")},
            **{
                name: [
                    nan if gone else getattr(row, name) for row, gone in zip(self.rows, hidden, strict=True)
                ]
                for name in numbers
            },
            "limit": [self.limit] * len(self.rows),
            "alarm": [row.alarm or None for row in self.rows],
            "since": [row.since or None for row in self.rows],
            "reason": [
                few if gone else row.reason or None for row, gone in zip(self.rows, hidden, strict=True)
            ],
        }

    def __repr__(self) -> str:
        simulated = " SIMULATED" if self.source.simulated else ""
        return (
            f"<DriftMonitor of {self.norms}:{simulated} {len(self.batches)} batches, {len(self.charts)} charts, "
            f"{len(self.alarms)} alarms>"
        )


def drift_monitor(
    norms: Norms,
    *,
    scales: Sequence[str] | None = None,
    by_stratum: bool = False,
    false_alarm_every: float = 500.0,
    smallest_shift: float = 0.1,
) -> DriftMonitor:
    """Start watching batches of scores for drift away from an edition.

    Parameters
    ----------
    norms : Norms
        The edition; its whole sample, or with ``by_stratum`` every stratum.
    scales : sequence of str, optional
        Which scales; all by default.
    false_alarm_every : float
        Batches between false alarms, on average and over all charts together (each scale has one for the mean and one
        for the SD). The limit follows from it.
    smallest_shift : float
        In SDs of the mean (and share of the SD): with large batches smaller shifts give no alarm.

    Returns
    -------
    DriftMonitor
        Without batches; ``monitor.add(norms, scores, batch="2026-11-01")`` returns the next one.

    References
    ----------
    Page (1954), doi:10.1093/biomet/41.1-2.100, for the charts; Hawkins (1987), The Statistician 36, 299-316,
    for charts that start from estimated parameters.
    """
    if not false_alarm_every > 1 or not smallest_shift >= 0:
        raise NormError("false_alarm_every must be above 1, smallest_shift 0 or more")
    check_same(norms, norms)
    used = norms if by_stratum or not norms.head.strata else norms.over([])
    charts = []
    for (key, scale_id), cell in used.cells.items():
        if scales is None or scale_id in scales:
            people = chart_people(cell)
            if not (people.n > 1 and people.m2 > 0):
                raise NormError(
                    f"{norms.name}: {scale_id}, {' / '.join(key) or 'whole sample'} has no n or no spread to watch"
                )
            charts.append(Chart(stratum=" / ".join(key) or "whole sample", scale_id=scale_id, people=people))
    if not charts:
        raise NormError(
            f"{norms.name} has none of these scales", hint=f"It has {', '.join(norms.scale_ids)}."
        )
    return DriftMonitor(
        norms=norms.name,
        table_sha256=table_digest(norms),
        false_alarm_every=false_alarm_every,
        smallest_shift=smallest_shift,
        limit=cusum_limit(SLACK, false_alarm_every * 2 * len(charts)),
        by_stratum=by_stratum,
        charts=tuple(charts),
        rows=(),
        source=norms.source,
    )


def load_drift_monitor(path: str | Path) -> DriftMonitor:
    """Read the state of a monitor that :meth:`DriftMonitor.save` wrote.

    Parameters
    ----------
    path : str or Path

    Returns
    -------
    DriftMonitor

    Raises
    ------
    NormError
        The file is not such a state.
    """
    where = Path(path)
    try:
        state = json.loads(where.read_text(encoding="utf-8"))
        if state.pop("format") != FORMAT:
            raise NormError(f"{where}: another format of monitor")
        charts = [
            Chart(
                stratum=one["stratum"],
                scale_id=one["scale_id"],
                people=ScoreMoments(**one["people"]),
                sums=tuple(one["sums"]),
                since=tuple(one["since"]),
            )
            for one in state.pop("charts")
        ]
        blank = dict.fromkeys(("mean", "sd", "z_mean", "z_sd"), nan)
        rows = [
            BatchRow(**{**row, **{k: v for k, v in blank.items() if row[k] is None}})
            for row in state.pop("rows")
        ]
        simulated = state.pop("simulated")
        source = Source(norms=state["norms"], simulated=simulated, package_version=VERSION)
        return DriftMonitor(charts=tuple(charts), rows=tuple(rows), source=source, **state)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        if isinstance(error, NormError):
            raise
        raise NormError(f"{where}: not the state of a drift monitor ({error})") from error
