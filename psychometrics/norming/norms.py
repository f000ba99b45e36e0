"""A norm edition in memory: one cell per stratum and scale, and where it all came from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from psychometrics.errors import NormError, NormMismatchError, Problem
from psychometrics.norming.cells.cell import Cell
from psychometrics.norming.cells.converted import ConvertedCell
from psychometrics.norming.cells.counts import CountCell, add_counts
from psychometrics.norming.cells.weighted import WeightedCell, add_weighted
from psychometrics.norming.edition import Change, EditionHead, checked_head
from psychometrics.norming.editions.suppression import SMALLEST, hidden_cells, shown_ends
from psychometrics.norming.strata import Key, stratum_keys
from psychometrics.norming.weighting.editions import combined, renewed_words
from psychometrics.result import Result, Source
from psychometrics.version import VERSION

if TYPE_CHECKING:
    from psychometrics.instrument import Instrument
    from psychometrics.norming.equating.result import Equating
    from psychometrics.norming.normed import NormedScores

Cells = Mapping[tuple[Key, str], Cell]
COUNTED = ("counts", "weighted_counts")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Norms(Result):
    """A norm edition: immutable; every change makes a new one.

    Attributes
    ----------
    head : EditionHead
        Provenance: instrument, fingerprint, population, dates, source, strata, whether simulated.
    cells : mapping
        ``(stratum labels, scale id)`` to counts, moments or percentile points.
    """

    head: EditionHead
    cells: Cells
    source: Source

    @property
    def name(self) -> str:
        """``instrument/edition``."""
        return f"{self.head.instrument}/{self.head.edition}"

    @property
    def scale_ids(self) -> tuple[str, ...]:
        """Ids of the scales that have norms."""
        return tuple(dict.fromkeys(scale for _, scale in self.cells))

    def cell(self, key: Key, scale_id: str) -> Cell | None:
        """Return the cell of a stratum and scale, or None."""
        return self.cells.get((key, scale_id))

    def over(self, names: Sequence[str]) -> Norms:
        """Return the same edition divided by fewer variables; counts of the others are added up."""
        kept = [variable for variable in self.head.strata if variable.name in names]
        unknown = sorted(set(names) - {variable.name for variable in self.head.strata})
        if unknown:
            known = ", ".join(v.name for v in self.head.strata) or "none"
            raise NormError(
                f"{self.name} is not divided by {', '.join(unknown)}", hint=f"It is divided by: {known}."
            )
        if len(kept) == len(self.head.strata):
            return self
        if self.head.kind not in COUNTED:
            raise NormError(
                f"{self.name} holds published figures per stratum, which cannot be put together",
                hint="Only editions of counts can be used over fewer strata.",
            )
        positions = [i for i, variable in enumerate(self.head.strata) if variable.name in names]
        cells: dict[tuple[Key, str], Cell] = {}
        for (key, scale_id), cell in self.cells.items():
            short = (tuple(key[i] for i in positions), scale_id)
            cells[short] = _added(cells.get(short), cell)
        return replace(self, head=self.head.model_copy(update={"strata": kept}), cells=cells)

    def apply(self, scores: Any, **options: Any) -> NormedScores:
        """Place scores in this norm sample; see :func:`psychometrics.norming.apply.apply_norms` for the options.

        Parameters
        ----------
        scores : Scores or frame
            Scores of the same instrument and fingerprint, or a table with a column per scale.
        **options
            ``strata`` (names of the variables to use; all by default, ``[]`` for the whole sample),
            ``method`` ("mid", "below", "at_or_below" or a plotting position), ``standard`` ("normalised" or
            "linear"), ``confidence``, ``smoothing``.

        Returns
        -------
        NormedScores

        Raises
        ------
        NormMismatchError
            The scores were made with another instrument or fingerprint.
        """
        from psychometrics.norming.apply import apply_norms

        return apply_norms(self, scores, **options)

    def merge(
        self, other: Norms, *, edition: str, why: str = "", who: str = "", day: date | None = None
    ) -> Norms:
        """Return a new edition with the counts of both; this one stays as it is.

        Parameters
        ----------
        other : Norms
            Counts for the same fingerprint and strata.
        edition : str
            Name of the new edition.
        why, who : str
            Kept in the history.
        day : date, optional
            Date of the change; today when left out.
        """
        return self._changed(other, +1, edition, self._change("merged", why, who, day))

    def remove(
        self, other: Norms, *, edition: str, why: str = "", who: str = "", day: date | None = None
    ) -> Norms:
        """Return a new edition without the counts of ``other``; refused when they were never in it."""
        return self._changed(other, -1, edition, self._change("removed", why, who, day))

    def _change(self, action: Literal["merged", "removed"], why: str, who: str, day: date | None) -> Change:
        day = day or date.today()
        return Change(action=action, date=day.isoformat(), why=why, who=who, n_before=self.head.population.n)

    def _changed(self, other: Norms, sign: int, edition: str, change: Change) -> Norms:
        self._check_addable(other)
        weighting = None
        if self.head.kind == "weighted_counts":
            weighting, cells = combined((self.head, other.head), (self.cells, other.cells), sign)
        else:
            cells = {
                place: add_counts(self.cells.get(place), other.cells.get(place), sign)
                for place in dict.fromkeys([*self.cells, *other.cells])
            }
        negative = [
            place
            for place, cell in cells.items()
            if isinstance(cell, CountCell | WeightedCell) and (cell.counts < 0).any()
        ]
        if negative:
            problems = [
                Problem(
                    where=f"{scale_id}, {' / '.join(key) or 'whole sample'}",
                    what="fewer people than are to be removed",
                )
                for key, scale_id in negative
            ]
            raise NormError(f"{self.name}: these counts were never in this edition", problems=problems)
        cells = {place: cell for place, cell in cells.items() if cell.n}
        if not cells:
            raise NormError(
                f"{self.name}: nobody would be left", hint="Withdraw the edition instead: norms withdraw."
            )
        update = {
            "edition": edition,
            "parent": self.head.edition,
            "simulated": self.head.simulated or other.head.simulated,
            "history": [*self.head.history, change],
            "released": change.date,
            "weighting": weighting,
            "notes": self._notes(other, sign),
            "reliability": [],
            "population": self.head.population.model_copy(
                update={
                    "n": self._n_after(other, sign),
                    "collected": self._collected(other, sign),
                    "weights": renewed_words(self.head, weighting),
                }
            ),
            "table": f"{edition}.csv",
            "table_sha256": "0" * 64,
        }
        head = checked_head(self.head.model_copy(update=update).model_dump(by_alias=True))
        return Norms(head=head, cells=cells, source=edition_source(head))

    def _notes(self, other: Norms, sign: int) -> list[str]:
        """Return the notes of this edition, and those about the people who were added."""
        if sign < 0:
            return self.head.notes
        return [*self.head.notes, *(f"of those added: {note}" for note in other.head.notes)]

    def _collected(self, other: Norms, sign: int) -> str | None:
        """Return the periods of both, apart by semicolons: an edition is as old as its oldest part."""
        own, added = self.head.population.collected, other.head.population.collected
        if sign < 0 or added is None or own is None:
            return own
        periods = dict.fromkeys(period.strip() for period in f"{own};{added}".split(";"))
        return "; ".join(periods)

    def _n_after(self, other: Norms, sign: int) -> int | None:
        n, m = self.head.population.n, other.head.population.n
        return None if n is None or m is None or n + sign * m < 1 else n + sign * m

    def convert(
        self,
        conversion: Equating | Mapping[str, Equating],
        *,
        to: Instrument,
        edition: str,
        why: str = "",
        who: str = "",
        day: date | None = None,
    ) -> Norms:
        """Return an edition for a new version of the instrument; see :func:`psychometrics.norming.conversion.convert_norms`.

        Parameters
        ----------
        conversion : Equating or mapping of scale to Equating
            From scores of the new version (x) to scores of this one (y).
        to : Instrument
            The new version.
        edition : str
            Name of the new edition.
        why, who : str
            Kept in the history.
        day : date, optional
            Date of the change; today when left out.
        """
        from psychometrics.norming.conversion import convert_norms

        return convert_norms(self, conversion, to=to, edition=edition, why=why, who=who, day=day)

    def _check_addable(self, other: Norms) -> None:
        problems = []
        if self.head.conversion or other.head.conversion:
            what = "counts of another version, read through a conversion"
            hint = "Merge or remove in the edition it was converted from, and convert that again."
            problems.append(Problem(where="conversion", what=what, hint=hint))
        if self.head.kind not in COUNTED or other.head.kind != self.head.kind:
            problems.append(
                Problem(
                    where="kind",
                    what=f"{self.head.kind} and {other.head.kind}",
                    expected="counts in both, or weighted counts in both",
                )
            )
        if self.head.fingerprint != other.head.fingerprint or self.head.instrument != other.head.instrument:
            problems.append(
                Problem(where="fingerprint", what="made for different instruments", expected="the same one")
            )
        if [v.model_dump() for v in self.head.strata] != [v.model_dump() for v in other.head.strata]:
            problems.append(
                Problem(where="strata", what="divided differently", expected="the same variables and levels")
            )
        strange = [scale_id for scale_id in other.scale_ids if scale_id not in self.scale_ids]
        if strange:
            problems.append(
                Problem(
                    where="scales",
                    what=f"{', '.join(strange)} not in {self.name}",
                    expected=", ".join(self.scale_ids),
                )
            )
        if problems:
            raise NormMismatchError(f"{self.name} and {other.name} cannot be put together", problems=problems)

    def save(self, folder: str | Path, *, disclosure: Literal["allow", "refuse"] = "allow") -> Path:
        """Write ``<edition>.toml`` and ``<edition>.csv`` into a folder, and a line into the folder's log.

        An edition that is there is never overwritten, and a name is never used twice.

        Parameters
        ----------
        folder : str or Path
        disclosure : {"allow", "refuse"}
            With "refuse" an edition from which scores of few people can be read off (:func:`disclosure_check`, against
            its parent where that lies in the folder) is not written. "allow" is the default, since the files are the
            working material of those who hold the scores anyway; what is *shown* of an edition hides small groups in
            any case.
        """
        from psychometrics.norming.files import save_norms

        return save_norms(self, Path(folder), disclosure=disclosure)

    def columns(self, *, smallest: int = SMALLEST) -> Mapping[str, Any]:
        """One row per stratum and scale: n, mean, SD, least and greatest score.

        Groups of fewer than ``smallest`` people (10), and what would give them away, are not shown; nor is a least or
        greatest score that fewer hold. Simulated editions show everything.
        """
        keys = [
            key for key in stratum_keys(self.head.strata) for s in self.scale_ids if (key, s) in self.cells
        ]
        scales = [
            s for key in stratum_keys(self.head.strata) for s in self.scale_ids if (key, s) in self.cells
        ]
        places = list(zip(keys, scales, strict=True))
        cells = [self.cells[place] for place in places]
        names = [variable.name for variable in self.head.strata]
        hidden = hidden_cells(self, smallest)
        shown = [place not in hidden for place in places]
        ends = [shown_ends(cell, smallest, simulated=self.head.simulated) for cell in cells]

        def visible(values: Sequence[float | None]) -> list[float]:
            pairs = zip(values, shown, strict=True)
            return [float(value) if seen and value is not None else float("nan") for value, seen in pairs]

        return {
            **{name: [key[i] for key in keys] for i, name in enumerate(names)},
            "scale_id": scales,
            "n": visible([cell.n for cell in cells]),
            "mean": visible([cell.mean for cell in cells]),
            "sd": visible([cell.sd for cell in cells]),
            "minimum": visible([low for low, _ in ends]),
            "maximum": visible([high for _, high in ends]),
            "reason": [hidden.get(place) for place in places],
        }

    def __repr__(self) -> str:
        simulated = " SIMULATED" if self.head.simulated else ""
        return f"<Norms {self.name}:{simulated} {self.head.kind}, {len(self.scale_ids)} scales, {len(self.cells)} cells>"


def _added(left: Cell | None, right: Cell) -> Cell:
    if isinstance(right, ConvertedCell):
        return right.added_to(left)
    if isinstance(right, WeightedCell):
        return add_weighted(left if isinstance(left, WeightedCell) else None, right)
    return add_counts(left, right)


def edition_source(head: EditionHead) -> Source:
    """Return the source line of an edition."""
    return Source(
        instrument=f"{head.instrument}@{head.version}" if head.version else head.instrument,
        fingerprint=head.fingerprint,
        norms=f"{head.instrument}/{head.edition}",
        simulated=head.simulated,
        input_sha256=head.table_sha256,
        package_version=VERSION,
    )
