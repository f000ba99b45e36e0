"""Open Badges 3.0: a met cut of a result page as an AchievementCredential, still to be signed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from math import isnan
from typing import Any

from psychometrics.errors import Problem, ReportError, did_you_mean
from psychometrics.report.person.badge_results import (
    CriterionLevels,
    criterion_description,
    criterion_result,
    score_description,
    score_result,
    status_description,
    status_result,
)
from psychometrics.report.person.content import CutView, PersonReport, ScaleView
from psychometrics.report.person.statement_iri import checked_iri, moment, named_uuid, one_line
from psychometrics.result import format_rank

CONTEXTS = (
    "https://www.w3.org/ns/credentials/v2",
    "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
)
SCHEMA = "https://purl.imsglobal.org/spec/ob/v3p0/schema/json/ob_v3p0_achievementcredential_schema.json"
SIMULATED = "SIMULATED"
PROFILE_TEXTS = ("name", "description", "phone", "email", "official")
ALIGNMENT_TEXTS = ("targetName", "targetDescription", "targetCode", "targetFramework", "targetType")


def open_badge(
    report: PersonReport,
    cut: str | None = None,
    *,
    issuer: Mapping[str, str],
    valid_from: datetime | str,
    valid_until: datetime | str | None = None,
    recipient: str | None = None,
    salt: str | None = None,
    achievement_ids: Mapping[str, str] | None = None,
    criterion_levels: Sequence[CriterionLevels] = (),
    alignment: Sequence[Mapping[str, str]] = (),
    unmet: bool = False,
) -> dict[str, Any]:
    """Return one cut as an Open Badges 3.0 AchievementCredential: plain JSON-LD by the VC data model 2.0, unsigned.

    Without a proof it is no verifiable credential: whoever issues it signs it (Data Integrity or VC-JWT), unchanged.

    Parameters
    ----------
    report : PersonReport
    cut : str, optional
        Which cut; may be left out when only one is met.
    issuer : mapping
        ``id`` (an IRI) and ``name``; also ``url``, ``description``, ``email``, ``phone``, ``official``.
    valid_from, valid_until : datetime or str
        Moments with their time zone; no clock is read, so that the same call gives the same bytes.
    recipient : str, optional
        IRI of the person, such as a DID; else the person id of the report is the identifier.
    salt : str, optional
        Hash the person id with this salt (SHA-256) instead of writing it down.
    achievement_ids : mapping of cut to IRI, optional
        Where the achievement is described; else a ``urn:uuid`` that the same instrument and cut give again.
    criterion_levels : sequence of CriterionLevels, optional
        Rubric criteria with their levels and the one achieved; see :func:`criterion_levels_of`.
    alignment : sequence of mapping, optional
        Nodes of frameworks (CASE, ESCO, ...): ``targetName`` and ``targetUrl``; also ``targetCode``,
        ``targetDescription``, ``targetFramework``, ``targetType``.
    unmet : bool
        Also write a cut that is not met, as a result with status Failed; refused by default.

    Returns
    -------
    dict
        Ready for ``json.dumps``. Name and description begin with SIMULATED where responses or norms are simulated.

    Raises
    ------
    ReportError
        No such cut, a cut that is not met or not known, something that is no IRI or no moment.

    References
    ----------
    1EdTech, Open Badges Specification 3.0 (final), with its errata and context 3.0.3; W3C, Verifiable Credentials Data
    Model 2.0.
    """
    view = _the_cut(report, cut, unmet=unmet)
    scale = next((one for one in report.scales if one.scale_id == view.scale_id), None)
    start = moment("valid_from", valid_from)
    identity = _identity(report, view, start, checked_iri("issuer id", issuer.get("id")))
    name = _marked(report, f"{report.title}: {view.label}")
    credential: dict[str, Any] = {
        "@context": list(CONTEXTS),
        "id": f"urn:uuid:{identity}",
        "type": ["VerifiableCredential", "AchievementCredential"],
        "name": name if view.met else _marked(report, f"Not met: {report.title}: {view.label}"),
        "description": _marked(report, str(view.answer)),
        "issuer": _profile(issuer),
        "validFrom": start,
    }
    if valid_until is not None:
        credential["validUntil"] = _after(start, valid_until)
    credential["credentialSubject"] = {
        **_recipient(report, recipient, salt),
        "achievement": _achievement(
            report, view, scale, name, achievement_ids or {}, criterion_levels, alignment
        ),
        "narrative": _narrative(report, view, scale),
        "result": _results(report, view, criterion_levels),
    }
    credential["credentialSchema"] = [{"id": SCHEMA, "type": "1EdTechJsonSchemaValidator2019"}]
    return credential


def open_badges(report: PersonReport, *, unmet: bool = False, **options: Any) -> list[dict[str, Any]]:
    """Return one credential for every cut that is met.

    Parameters
    ----------
    report : PersonReport
        The content of a result page.
    unmet : bool
        True: one for every cut that is known, met or not.
    **options
        Those of :func:`open_badge`.

    Returns
    -------
    list of dict
        Credentials in the order of the cuts; empty when no cut is met.
    """
    known = [view for view in report.cuts if view.met is not None and (view.met or unmet)]
    return [open_badge(report, view.cut_id, unmet=unmet, **options) for view in known]


def _the_cut(report: PersonReport, cut: str | None, *, unmet: bool) -> CutView:
    views = {view.cut_id: view for view in report.cuts}
    met = [view.cut_id for view in report.cuts if view.met]
    if cut is None:
        if len(met) != 1:
            hint = f"Met: {', '.join(met) or 'none'}. Name one, or take open_badges for all that are met."
            raise ReportError(f"{len(met)} cuts are met; a badge stands for one", hint=hint)
        cut = met[0]
    if cut not in views:
        raise ReportError(f'the page has no cut "{cut}"', hint=did_you_mean(cut, views))
    view = views[cut]
    if view.met is None:
        raise ReportError(
            f"{cut}: whether it is met is not known", hint="There is no score; no badge can be issued."
        )
    if not view.met and not unmet:
        raise ReportError(f"{cut} is not met", hint="unmet=True writes it as a result with status Failed.")
    return view


def _marked(report: PersonReport, text: str) -> str:
    line = one_line(text)
    return f"{SIMULATED}: {line}" if report.simulated else line


def _identity(report: PersonReport, view: CutView, start: str, issuer_id: str) -> str:
    source = report.source
    who = (
        report.person_id,
        report.occasion,
        source.instrument,
        source.fingerprint,
        source.norms,
        source.input_sha256,
    )
    return named_uuid("badge", *who, view.cut_id, start, issuer_id)


def _after(start: str, valid_until: datetime | str) -> str:
    end = moment("valid_until", valid_until)
    if datetime.fromisoformat(end) <= datetime.fromisoformat(start):
        raise ReportError(f"valid_until, {end}, is not after valid_from, {start}")
    return end


def _profile(issuer: Mapping[str, str]) -> dict[str, Any]:
    unknown = sorted(set(issuer) - {"id", "url", *PROFILE_TEXTS})
    if unknown or not one_line(str(issuer.get("name", ""))):
        what = f"issuer has no {', '.join(unknown)}" if unknown else "the issuer has no name"
        raise ReportError(what, hint=f"Keys: id, name; also url, {', '.join(PROFILE_TEXTS[1:])}.")
    profile: dict[str, Any] = {"id": checked_iri("issuer id", issuer["id"]), "type": ["Profile"]}
    profile |= {name: one_line(str(issuer[name])) for name in PROFILE_TEXTS if name in issuer}
    return profile | ({"url": checked_iri("issuer url", issuer["url"])} if "url" in issuer else {})


def _recipient(report: PersonReport, recipient: str | None, salt: str | None) -> dict[str, Any]:
    subject: dict[str, Any] = {"type": ["AchievementSubject"]}
    if recipient is not None:
        return {"id": checked_iri("recipient", recipient), **subject}
    identity: dict[str, Any] = {"type": "IdentityObject", "hashed": salt is not None}
    if salt is None:
        identity["identityHash"] = report.person_id
    else:
        identity["identityHash"] = f"sha256${sha256((report.person_id + salt).encode()).hexdigest()}"
        identity["salt"] = salt
    return {**subject, "identifier": [{**identity, "identityType": "systemId"}]}


def _achievement(
    report: PersonReport,
    view: CutView,
    scale: ScaleView | None,
    name: str,
    ids: Mapping[str, str],
    levels: Sequence[CriterionLevels],
    alignment: Sequence[Mapping[str, str]],
) -> dict[str, Any]:
    instrument, _, version = report.source.instrument.partition("@")
    made = f"urn:uuid:{named_uuid('achievement', instrument, report.source.fingerprint, view.cut_id)}"
    criteria = one_line(f"{view.label}: a score of {view.at:g} or more. {view.rationale}")
    described = [score_description(report, view, scale), status_description(report, view)]
    described += [criterion_description(report, one) for one in levels]
    achievement: dict[str, Any] = {
        "id": checked_iri(f"achievement id of {view.cut_id}", ids.get(view.cut_id, made)),
        "type": ["Achievement"],
        "achievementType": "Assessment",
        "name": name,
        "description": _marked(report, f"{report.title}, {view.label}, by {report.source.instrument}."),
        "criteria": {"narrative": criteria},
        "resultDescription": described,
    }
    if version:
        achievement["version"] = version
    return achievement | ({"alignment": [_aligned(one) for one in alignment]} if alignment else {})


def _aligned(one: Mapping[str, str]) -> dict[str, Any]:
    missing = [name for name in ("targetName", "targetUrl") if not one.get(name)]
    unknown = sorted(set(one) - {"targetUrl", *ALIGNMENT_TEXTS})
    if missing or unknown:
        problems = [Problem(where="alignment", what=f"no {name}") for name in missing]
        problems += [Problem(where="alignment", what=f'unknown key "{name}"') for name in unknown]
        raise ReportError("an alignment cannot be used", problems=problems)
    texts = {name: one_line(one[name]) for name in ALIGNMENT_TEXTS if name in one}
    return {"type": ["Alignment"], **texts, "targetUrl": checked_iri("targetUrl", one["targetUrl"])}


def _narrative(report: PersonReport, view: CutView, scale: ScaleView | None) -> str:
    """Return the answer with what it rests on: probability, norm sample, SIMULATED."""
    parts = [str(view.answer)]
    if not isnan(view.probability):
        parts.append(f"Probability that the true score meets the cut: {_probability(view.probability)}.")
    else:
        parts.append("How sure that is, is not known: the error of the score is not known.")
    if scale is not None and not isnan(scale.percentile_rank):
        rank = format_rank(scale.percentile_rank)
        ends = f"{format_rank(scale.percentile_lower)} to {format_rank(scale.percentile_upper)}"
        known = not (isnan(scale.percentile_lower) or isnan(scale.percentile_upper))
        parts.append(
            f"Percentile rank {rank}" + (f" ({scale.confidence:.0%} interval {ends})." if known else ".")
        )
        if report.norms_sentence is not None:
            parts.append(str(report.norms_sentence))
    if report.simulated:
        parts.append(f"{SIMULATED} data: this shows how the system works and says nothing about a person.")
    parts.append("One source among several; not to be the only basis of a decision.")
    return one_line(" ".join(parts))


def _probability(value: float) -> str:
    if value < 0.01:
        return "less than 0.01"
    return "more than 0.99" if value > 0.99 else f"{value:.2f}"


def _results(report: PersonReport, view: CutView, levels: Sequence[CriterionLevels]) -> list[dict[str, Any]]:
    found = [score_result(report, view), status_result(report, view)]
    return found + [criterion_result(report, one) for one in levels]
