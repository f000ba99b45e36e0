"""Result pages of one person, or of everybody in the scores."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, overload

from psychometrics.errors import ReportError, did_you_mean
from psychometrics.report.person.building.advice import prepare_advice
from psychometrics.report.person.building.asked import take
from psychometrics.report.person.building.not_assessed import judged_of
from psychometrics.report.person.building.one import Maker
from psychometrics.report.person.building.page import Page
from psychometrics.report.person.building.quality import answers_of
from psychometrics.report.person.content import PersonReport
from psychometrics.report.person.resolving import Context
from psychometrics.report.person.texts import texts

if TYPE_CHECKING:
    from psychometrics.careers.catalogue import Catalogue
    from psychometrics.careers.claims import Claims
    from psychometrics.evidence.overview.table import InstrumentReliability
    from psychometrics.evidence.stability.occasions import Stability
    from psychometrics.norming import NormedScores, Norms
    from psychometrics.report.person.writing import WrittenReports
    from psychometrics.responses import Ratings, Responses
    from psychometrics.scoring import Scores


@dataclass(frozen=True, eq=False)
class PersonReports(Sequence[PersonReport]):
    """The result pages of everybody, each made when it is asked for.

    What can be worked out for all people at once (places, intervals, cuts, differences, recommendations) is worked out
    when this is made; a page is then put together in about a millisecond. Can be pickled, and shared by processes.
    """

    maker: Maker

    def __len__(self) -> int:
        return len(self.maker.page.people.ids)

    @overload
    def __getitem__(self, index: int) -> PersonReport: ...

    @overload
    def __getitem__(self, index: slice) -> list[PersonReport]: ...

    def __getitem__(self, index: int | slice) -> PersonReport | list[PersonReport]:
        if isinstance(index, slice):
            return [self.maker.report(row) for row in range(*index.indices(len(self)))]
        row = index + len(self) if index < 0 else index
        if not 0 <= row < len(self):
            message = f"page {index} of {len(self)}"
            raise IndexError(message)
        return self.maker.report(row)

    def __iter__(self) -> Iterator[PersonReport]:
        return (self.maker.report(row) for row in range(len(self)))

    @cached_property
    def _rows(self) -> dict[tuple[str, str], int]:
        known = self.maker.page.people
        return {key: row for row, key in enumerate(zip(known.ids, known.occasions, strict=True))}

    @property
    def person_ids(self) -> tuple[str, ...]:
        """Ids of the persons, one per page."""
        return tuple(self.maker.page.people.ids)

    @property
    def occasions(self) -> tuple[str, ...]:
        """Occasions, one per page; empty where there is none."""
        return tuple(self.maker.page.people.occasions)

    @property
    def context(self) -> Context:
        """What every basis of these pages must be found in; see :func:`psychometrics.report.person.resolving.resolve`."""
        asked, advice = self.maker.page.asked, self.maker.advice
        return Context(
            instrument=asked.instrument,
            norms=asked.norms,
            reliability=asked.reliability,
            stability=asked.stability,
            catalogue=advice.catalogue,
            claims=advice.claims,
        )

    def of(self, person_id: str, occasion: str | None = None) -> PersonReport:
        """Return the page of one person; of several occasions the one named.

        Raises
        ------
        ReportError
            Nobody of that id or occasion, or several occasions and none named.
        """
        known = self.maker.page.people
        person, wanted = str(person_id), None if occasion is None else str(occasion)
        if wanted is not None and (person, wanted) in self._rows:
            return self[self._rows[person, wanted]]
        rows = [row for row, one in enumerate(known.ids) if one == person]
        if not rows:
            raise ReportError(
                f'nobody called "{person}" in these scores', hint=did_you_mean(person, known.ids)
            )
        there = ", ".join(f'"{known.occasions[row]}"' for row in rows)
        if wanted is not None:
            raise ReportError(f'"{person}" has no occasion "{wanted}"', hint=f"There is {there}.")
        if len(rows) > 1:
            raise ReportError(f'"{person}" has {len(rows)} occasions', hint=f"Name one: {there}.")
        return self[rows[0]]

    def write(
        self,
        path: str | Path,
        *,
        format: Literal["html", "json"] = "html",  # noqa: A002 - the word of the command line
        workers: int | None = None,
        **options: Any,
    ) -> WrittenReports:
        """Write every page to a folder or zip; see :func:`psychometrics.report.person.writing.write_reports`."""
        from psychometrics.report.person.writing import write_reports

        return write_reports(self, path, format=format, workers=workers, **options)

    def __repr__(self) -> str:
        page = self.maker.page
        simulated = " SIMULATED" if self.maker.same.source.simulated else ""
        return f"<PersonReports on {page.instrument.name}:{simulated} {len(self):,} pages>"


def person_reports(
    scores: Scores | NormedScores,
    *,
    norms: Norms | NormedScores | str | Path | None = None,
    responses: Responses | None = None,
    ratings: Ratings | None = None,
    reliability: InstrumentReliability | None = None,
    stability: Stability | None = None,
    catalogue: Catalogue | str | Path | None = "default",
    claims: Claims | str | Path | None = None,
    market_weight: float | None = None,
    language: str = "en",
    today: date | None = None,
    simulated: bool | None = None,
) -> PersonReports:
    """Make the result pages of everybody in the scores.

    Parameters
    ----------
    scores : Scores or NormedScores
        Scores of one instrument, or scores placed in norms already.
    norms : Norms, NormedScores, str or Path, optional
        The edition to compare with, its name, its path, ``"default"`` for the one the instrument names, or these
        scores already placed. Without norms a page says that nobody is compared. An edition of more than 20 years is
        named on the page and not used, unless the scores were placed in it on demand.
    responses, ratings : optional
        What the scores were made from: lets the page say how complete the answers are and which tasks nobody rated.
        Seconds per item are read from person columns ``seconds_<item>`` or ``<item>_seconds``.
    reliability : InstrumentReliability, optional
        Standard errors, where the scores have none; agreement of raters; smallest detectable changes.
    stability : Stability, optional
        From :func:`test_retest`: smallest detectable changes.
    catalogue : Catalogue, str or Path, optional
        Roles and skills from which recommendations are derived: those that come along by default, your own file, or
        None for no recommendations.
    claims : Claims, str or Path, optional
        The claims that a catalogue read from a file may name; those that come along when left out.
    market_weight : float, optional
        Weight of the market signal, 0 to 1; that of the catalogue when left out.
    language : str
        Language of the page; what the definition says stands as it is.
    today : date, optional
        The day of the page, by which norms are young or old.
    simulated : bool, optional
        True where answers or ratings are made up: the page then says SIMULATED everywhere. When left out, it says so
        where a source does, as a simulated norm sample; made-up answers alone look like any others. False is
        refused where a source says that it is simulated.

    Returns
    -------
    PersonReports
        One page per row of the scores.

    Raises
    ------
    ReportError
        Parts that do not belong together, scores without an instrument, a language without texts, simulated data
        that are called real.

    Notes
    -----
    Standard errors are taken from the scores when they carry them, else from the reliability table, else from the
    norms; every scale says which. The interval of a percentile rank holds all errors where that of the score is known
    (``percentile_interval == "total"``), else that of the norm sample alone. T runs along with the rank and is shown
    from 10 to 90.
    """
    page = Page(
        asked=take(
            scores,
            norms=norms,
            responses=responses,
            ratings=ratings,
            reliability=reliability,
            stability=stability,
            today=today,
            simulated=simulated,
        ),
        texts=texts(language),
    )
    advice = prepare_advice(page, catalogue=catalogue, claims=claims, market_weight=market_weight)
    maker = Maker(page=page, answers=answers_of(page.asked), judged=judged_of(page.asked), advice=advice)
    return PersonReports(maker.ready())


def report_person(
    scores: Scores | NormedScores, person: str | None = None, *, occasion: str | None = None, **options: Any
) -> PersonReport:
    """Make the result page of one person: everything it says, as plain data.

    Parameters
    ----------
    scores : Scores or NormedScores
        Scores in which the person is.
    person : str, optional
        Id of the person; may be left out where the scores hold one row.
    occasion : str, optional
        Which occasion, where the person has several.
    **options
        As for :func:`person_reports`, which is quicker for many people: norms, responses, ratings, reliability,
        stability, catalogue, claims, market_weight, language, today, simulated.

    Returns
    -------
    PersonReport
        With ``to_html()``, ``to_json()`` and ``write(path)``.

    Raises
    ------
    ReportError
        Nobody of that id; several people and none named; and all that :func:`person_reports` refuses.
    """
    reports = person_reports(scores, **options)
    if person is None and len(reports) != 1:
        raise ReportError(f"there are {len(reports)} rows in these scores", hint="Say whose page: person=...")
    return reports[0] if person is None else reports.of(person, occasion)
