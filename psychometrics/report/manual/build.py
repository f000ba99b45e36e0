"""The technical manual of an instrument, from its definition and data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from psychometrics.engine.threads import one_blas_thread
from psychometrics.evidence.overview.table import InstrumentReliability
from psychometrics.instrument import Instrument, load_instrument
from psychometrics.norming.editions.suppression import SMALLEST
from psychometrics.norming.norms import Norms
from psychometrics.report.manual.closing import missing_section, review_of, review_section
from psychometrics.report.manual.given import (
    Retest,
    by_occasion,
    check_given,
    is_simulated,
    norms_of,
    retest_scores,
    tidy_statements,
)
from psychometrics.report.manual.glance import glance
from psychometrics.report.manual.manual import TechnicalManual
from psychometrics.report.manual.material import Absent, Material
from psychometrics.report.manual.numbering import numbered, tidy
from psychometrics.report.manual.sections.administration import administration
from psychometrics.report.manual.sections.analysis import analysis
from psychometrics.report.manual.sections.changes import changes
from psychometrics.report.manual.sections.citing import citing
from psychometrics.report.manual.sections.construct import construct
from psychometrics.report.manual.sections.decisions import decisions
from psychometrics.report.manual.sections.development import development
from psychometrics.report.manual.sections.fairness import fairness
from psychometrics.report.manual.sections.items import items
from psychometrics.report.manual.sections.limits import limits
from psychometrics.report.manual.sections.norms import norms as norms_section
from psychometrics.report.manual.sections.purpose import purpose
from psychometrics.report.manual.sections.raters import raters
from psychometrics.report.manual.sections.reliability import reliability as reliability_section
from psychometrics.report.manual.sections.sample import sample
from psychometrics.report.manual.sections.scoring import scoring
from psychometrics.report.manual.sections.stability import stability
from psychometrics.report.manual.sections.structure import structure
from psychometrics.report.manual.sections.validity import validity
from psychometrics.report.manual.words import clean
from psychometrics.responses import Ratings, Responses
from psychometrics.result import Source
from psychometrics.version import VERSION

SECTIONS = (
    purpose,
    construct,
    development,
    administration,
    items,
    scoring,
    sample,
    norms_section,
    reliability_section,
    stability,
    raters,
    structure,
    analysis,
    validity,
    fairness,
    decisions,
    limits,
    citing,
    changes,
)


@one_blas_thread()
def technical_manual(
    instrument: Instrument | str,
    responses: Responses | None = None,
    ratings: Ratings | None = None,
    *,
    retest: Retest = None,
    norms: Norms | str | None = "default",
    criteria: Any = None,
    groups: Sequence[str] | str | None = None,
    reliability: InstrumentReliability | None = None,
    statements: Mapping[str, str] | None = None,
    reviewed: str = "",
    changelog: Sequence[tuple[str, str]] = (),
    simulated: bool | None = None,
    today: date | None = None,
    confidence: float = 0.95,
    smallest: int = SMALLEST,
    selection: bool | None = None,
) -> TechnicalManual:
    """Write the technical manual of an instrument in the order of the Standards and of the EFPA review model.

    Everything comes from the definition, the data and the statements of the authors; what is not there is listed as
    missing with what would fill it, and every verdict names its threshold and source.

    Parameters
    ----------
    instrument : Instrument or str
        What was asked.
    responses, ratings : Responses, Ratings, optional
        The people whom the figures are of. Without them the manual is what the definition says. Where they hold
        several occasions, the figures are of the first, and the second is the retest unless another is given.
    retest : Responses, Ratings, (Responses, Ratings), Scores or Stability, optional
        The second occasion, or what :func:`test_retest` made of both.
    norms : Norms or str, optional
        An edition or its name; ``default`` is the one that the definition names, None leaves norms out.
    criteria : str, sequence of str, data frame or mapping, optional
        Criteria for validity: names of person columns of the responses, or the columns themselves, as in
        :func:`criterion_validity`; a frame with ``person_id`` is matched by it.
    groups : str or sequence of str, optional
        Person columns with groups, for reliability in groups and fairness.
    reliability : InstrumentReliability, optional
        What :func:`reliability` gave, where it is already there; computed otherwise, with every coefficient.
    statements : mapping of str to str, optional
        What the authors say to questions that neither definition nor data can answer: id of the question (see
        ``review`` of a manual, or the column ``id`` of its table) to text. Printed as stated by the authors.
    reviewed : str
        Who reviewed the manual, and when.
    changelog : sequence of (str, str)
        Version or date, and what changed.
    simulated : bool, optional
        Whether the data are simulated. Left out, a sample that ships with a simulated norm edition is known by its
        SHA-256; everything else counts as real.
    today : date, optional
        The day to judge the age of norms by. Left out there is no verdict, only the days after which they count as
        outdated and as no longer usable: the same call gives the same bytes on every day.
    confidence : float
        Level of the intervals.
    smallest : int
        No figure of fewer persons is shown: groups, scales, options, scores (simulated data are shown whole). 1 for a
        manual that stays with its authors.
    selection : bool, optional
        Whether persons are selected by the scores (hired, admitted, placed). It decides whether selection rates of groups and
        the four-fifths rule are worked out. Left out, the words of the intended use in the definition decide.

    Returns
    -------
    TechnicalManual
        ``write("manual.html")``, ``write("manual.md")``, ``to_html()``, ``to_markdown()``; ``missing`` lists the gaps,
        ``review`` every question of a reviewer and where it is answered.

    Raises
    ------
    ReportError
        Data of another instrument, columns that are not there, statements to questions that nobody asks: all at once.

    References
    ----------
    AERA, APA, NCME (2014), Standards for educational and psychological testing. EFPA (2013), Review model for the
    description and evaluation of psychological and educational tests, version 4.2.6. Timmerman, de Bildt and Urban
    (2025), GRoNC, doi:10.1177/10731911251371395. The questions are in words of this library; a reviewer needs the
    originals beside it.

    Examples
    --------
    >>> manual = technical_manual("swls")
    >>> manual.section("reliability").finding
    ('Nothing is known of the reliability of these scores from the data of this manual.',)
    """
    if isinstance(instrument, str):
        instrument = load_instrument(instrument)
    by_name = criteria is None or isinstance(criteria, str) or _are_texts(criteria)
    columns = _names(groups), _names(criteria) if by_name else ()
    said = tidy_statements(statements)
    check_given(instrument, responses, ratings, *columns, said, confidence=confidence, smallest=smallest)
    occasions = by_occasion(responses, ratings)
    (_, responses, ratings), *later = occasions
    if later and retest is None:
        retest = later[0][1:]
    material = Material(
        instrument=instrument,
        responses=responses,
        ratings=ratings,
        retest=retest_scores(instrument, retest),
        occasions=tuple(name for name, *_ in occasions),
        norms=norms_of(instrument, norms),
        groups=columns[0],
        criteria=columns[1] if by_name else criteria,
        known_reliability=reliability,
        statements=said,
        reviewed=reviewed.strip(),
        changelog=tuple(changelog),
        today=today,
        confidence=confidence,
        smallest=smallest,
        simulated=is_simulated(responses, ratings) if simulated is None else simulated,
        selection=selection,
    )
    return _manual(material)


def _names(columns: Sequence[str] | str | None) -> tuple[str, ...]:
    if columns is None:
        return ()
    return (columns,) if isinstance(columns, str) else tuple(dict.fromkeys(columns))


def _are_texts(criteria: Any) -> bool:
    return isinstance(criteria, list | tuple) and all(isinstance(one, str) for one in criteria)


def _manual(material: Material) -> TechnicalManual:
    instrument = material.instrument
    written = numbered([tidy(write(material)) for write in SECTIONS])
    review = review_of(written)
    closing = [missing_section(written), review_section(review)]
    sections = numbered([*written, *map(tidy, closing)])
    norms_simulated = not isinstance(material.norms, Absent) and material.norms.head.simulated
    return TechnicalManual(
        title=clean(instrument.title),
        subtitle=f"Technical manual, version {instrument.version}",
        banner=_banner(data=material.simulated, norms=norms_simulated),
        glance=glance(material, written, review),
        sections=tuple(sections),
        review=review,
        confidence=material.confidence,
        source=Source(
            instrument=instrument.name,
            fingerprint=instrument.fingerprint,
            norms="" if isinstance(material.norms, Absent) else material.norms.source.norms,
            simulated=material.simulated or norms_simulated,
            input_sha256="" if material.responses is None else material.responses.source.input_sha256,
            options=_options(material),
            package_version=VERSION,
        ),
    )


def _banner(*, data: bool, norms: bool) -> str:
    if data:
        also = " The norms are simulated too." if norms else ""
        return f"SIMULATED DATA. No person stands behind the figures of this manual.{also}"
    return "SIMULATED NORMS. No person stands behind the norm edition." if norms else ""


def _options(material: Material) -> tuple[tuple[str, str], ...]:
    return (
        ("confidence", f"{material.confidence:g}"),
        (
            "criteria",
            ", ".join(material.criteria) if isinstance(material.criteria, tuple) else "given as columns",
        ),
        ("groups", ", ".join(material.groups)),
        ("smallest", str(material.smallest)),
        ("today", "" if material.today is None else material.today.isoformat()),
    )
