"""xAPI statements: the scores and cuts of a result page for a learning record store."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from math import isfinite, isnan
from typing import Any

from psychometrics.errors import ReportError
from psychometrics.report.person.content import CutView, PersonReport, ScaleView
from psychometrics.report.person.statement_iri import (
    checked_iri,
    joined,
    language_tag,
    moment,
    named_uuid,
    one_line,
)

VERBS = "http://adlnet.gov/expapi/verbs"
ASSESSMENT = "http://adlnet.gov/expapi/activities/assessment"
OBJECTIVE = "http://adlnet.gov/expapi/activities/objective"
IDENTIFIERS = ("mbox", "mbox_sha1sum", "openid", "account")
SIMULATED = "SIMULATED"


def xapi_statements(
    report: PersonReport,
    *,
    actor: Mapping[str, Any] | str,
    activity_base: str,
    timestamp: datetime | str,
    registration: str | None = None,
    duration: float | None = None,
    extension_base: str | None = None,
) -> list[dict[str, Any]]:
    """Return one statement per scale with a score, and one per cut that is known; xAPI 1.0.3, readable as 2.0.

    A scale is ``scored``: result.score holds raw, min, max and scaled = (raw - min) / (max - min). A cut is ``passed`` or
    ``failed`` with success; several cuts are answered independently. Percentile rank, intervals, norm sample, probability and
    SIMULATED are extensions.

    Parameters
    ----------
    report : PersonReport
    actor : mapping or str
        An Agent with exactly one of ``mbox`` (mailto:...), ``mbox_sha1sum``, ``openid`` and ``account`` (``homePage``,
        ``name``), and a ``name`` if wanted; or the home page of the system in which the person id of the report is
        the name of the account.
    activity_base : str
        IRI below which the instrument, its scales and its cuts are activities.
    timestamp : datetime or str
        When the assessment ended, with its time zone; no clock is read.
    registration : str, optional
        UUID of the attempt; the same for all statements of it. One is made from the report when left out.
    duration : float, optional
        Seconds that the assessment took.
    extension_base : str, optional
        IRI below which extensions are named; ``activity_base/extensions`` when left out.

    Returns
    -------
    list of dict
        Ready for ``json.dumps``; ids are UUIDs (version 5) that the same report and call give again, so that sending twice
        stores once.

    Raises
    ------
    ReportError
        Something that is no IRI, no moment, no Agent, or a duration below 0.

    References
    ----------
    ADL, Experience API 1.0.3, part two (Experience API data); IEEE 9274.1.1-2023 (xAPI 2.0).
    """
    base = checked_iri("activity_base", activity_base)
    extensions = checked_iri("extension_base", extension_base or joined(base, "extensions"))
    when = moment("timestamp", timestamp)
    agent = _agent(report, actor)
    if duration is not None and not (isfinite(duration) and duration >= 0):
        raise ReportError(f"duration is {duration!r}; expected seconds, 0 or more")
    context = _context(report, base, extensions, registration)
    shared = _Shared(
        report=report,
        base=base,
        extensions=extensions,
        when=when,
        agent=agent,
        context=context,
        duration=duration,
    )
    scales = [_of_scale(shared, view) for view in report.scales if not isnan(view.score)]
    return scales + [_of_cut(shared, view) for view in report.cuts if view.met is not None]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shared:
    """What all statements of one report have in common."""

    report: PersonReport
    base: str
    extensions: str
    when: str
    agent: dict[str, Any]
    context: dict[str, Any]
    duration: float | None

    def statement(
        self, kind: str, name: str, verb: str, definition: dict[str, Any], result: dict[str, Any]
    ) -> dict[str, Any]:
        """Return one statement; its id rests on everything that tells it from others."""
        source = self.report.source
        activity = joined(self.base, *source.instrument.split("@"), kind, name)
        key = (
            activity,
            self.report.person_id,
            self.report.occasion,
            source.input_sha256,
            source.norms,
            self.when,
        )
        return {
            "id": named_uuid("statement", verb, *key, *map(str, sorted(self.agent.items()))),
            "actor": self.agent,
            "verb": {"id": f"{VERBS}/{verb}", "display": {"en": verb}},
            "object": {"objectType": "Activity", "id": activity, "definition": definition},
            "result": result,
            "context": self.context,
            "timestamp": self.when,
        }

    def named(self, **values: Any) -> dict[str, Any]:
        """Return extensions under their IRIs; what is not known is left out."""
        known = {name: value for name, value in values.items() if _known(value)}
        if self.report.simulated:
            known["simulated"] = True
        return {joined(self.extensions, name): value for name, value in known.items()}


def _known(value: Any) -> bool:
    return value is not None and value != "" and not (isinstance(value, float) and isnan(value))


def _of_scale(shared: _Shared, view: ScaleView) -> dict[str, Any]:
    result: dict[str, Any] = {"score": _score(view), "completion": 0 <= view.n_valid == view.n_elements}
    if shared.duration is not None:
        result["duration"] = iso_duration(shared.duration)
    extensions = shared.named(
        score_lower=view.score_lower,
        score_upper=view.score_upper,
        confidence=view.confidence,
        percentile_rank=view.percentile_rank,
        percentile_lower=view.percentile_lower,
        percentile_upper=view.percentile_upper,
        percentile_interval=view.percentile_interval,
        t=view.t,
        norms=shared.report.source.norms if not isnan(view.percentile_rank) else "",
        norm_group=view.norm_group,
        norm_n=view.norm_n,
        n_raters=view.n_raters if view.n_raters >= 0 else None,
        band=view.band,
    )
    result["extensions"] = extensions
    definition = _definition(shared.report, ASSESSMENT, view.title, view.direction)
    return shared.statement("scales", view.scale_id, "scored", definition, result)


def _score(view: ScaleView) -> dict[str, float]:
    """Return raw, min, max and scaled; the last three only where the scale has ends that hold the score."""
    raw = view.score + 0.0
    if not (isfinite(view.minimum) and isfinite(view.maximum) and view.minimum < view.maximum):
        return {"raw": raw}
    if not view.minimum <= raw <= view.maximum:
        return {"raw": raw}
    scaled = (raw - view.minimum) / (view.maximum - view.minimum)
    return {"scaled": min(scaled, 1.0), "raw": raw, "min": view.minimum, "max": view.maximum}


def _of_cut(shared: _Shared, view: CutView) -> dict[str, Any]:
    result: dict[str, Any] = {"success": bool(view.met), "completion": True}
    if view.metric == "raw" and not isnan(view.score):
        result["score"] = {"raw": view.score + 0.0}
    result["extensions"] = shared.named(
        cut_at=view.at,
        cut_metric=view.metric,
        cut_basis=view.basis,
        score_at_cut_metric=view.score,
        probability=view.probability,
    )
    definition = _definition(shared.report, OBJECTIVE, view.label, view.rationale)
    return shared.statement("cuts", view.cut_id, "passed" if view.met else "failed", definition, result)


def _definition(report: PersonReport, kind: str, name: str, description: str) -> dict[str, Any]:
    tag = language_tag(report.language)
    title = one_line(f"{SIMULATED}: {name}" if report.simulated else name)
    found: dict[str, Any] = {"type": kind, "name": {tag: title}}
    return found | ({"description": {tag: one_line(description)}} if description.strip() else {})


def _context(report: PersonReport, base: str, extensions: str, registration: str | None) -> dict[str, Any]:
    instrument, _, version = report.source.instrument.partition("@")
    parent = {
        "objectType": "Activity",
        "id": joined(base, *report.source.instrument.split("@")),
        "definition": _definition(report, ASSESSMENT, report.title, ""),
    }
    made = named_uuid("registration", base, report.person_id, report.occasion, report.source.input_sha256)
    context: dict[str, Any] = {
        "registration": _uuid(registration) if registration else made,
        "contextActivities": {"parent": [parent]},
        "language": language_tag(report.language),
    }
    if version:
        context["revision"] = version
    named = {"instrument": instrument, "fingerprint": report.source.fingerprint, "occasion": report.occasion}
    context["extensions"] = {joined(extensions, name): value for name, value in named.items() if value}
    return context


def _uuid(text: str) -> str:
    from uuid import UUID

    try:
        return str(UUID(text))
    except (ValueError, AttributeError, TypeError) as error:
        raise ReportError(f"registration is {text!r}; expected a UUID") from error


def _agent(report: PersonReport, actor: Mapping[str, Any] | str) -> dict[str, Any]:
    if isinstance(actor, str):
        account = {"homePage": checked_iri("actor", actor), "name": report.person_id}
        return {"objectType": "Agent", "account": account}
    given = [name for name in IDENTIFIERS if name in actor]
    unknown = sorted(set(actor) - {*IDENTIFIERS, "name", "objectType"})
    if len(given) != 1 or unknown or actor.get("objectType", "Agent") != "Agent":
        raise ReportError(
            f"the actor identifies itself {len(given)} times"
            + (f", and has {', '.join(unknown)}" if unknown else ""),
            hint=f"An Agent has exactly one of {', '.join(IDENTIFIERS)}, and a name if wanted.",
        )
    agent = {"objectType": "Agent", given[0]: _identifier(given[0], actor[given[0]])}
    return agent | ({"name": one_line(str(actor["name"]))} if "name" in actor else {})


def _identifier(name: str, value: Any) -> Any:
    if name == "account":
        if not isinstance(value, Mapping) or set(value) != {"homePage", "name"} or not value["name"]:
            raise ReportError("account needs homePage and name, and nothing else")
        return {"homePage": checked_iri("homePage", value["homePage"]), "name": str(value["name"])}
    if name == "mbox_sha1sum":
        if not (isinstance(value, str) and len(value) == 40 and set(value) <= set("0123456789abcdef")):
            raise ReportError(f"mbox_sha1sum is {value!r}; expected 40 hexadecimal digits")
        return value
    iri = checked_iri(name, value)
    if name == "mbox" and not iri.startswith("mailto:"):
        raise ReportError(f"mbox is {value!r}; expected mailto:name@example.org")
    return iri


def iso_duration(seconds: float) -> str:
    """Return seconds as an ISO 8601 duration, such as ``PT1H4M12S``; to a hundredth of a second."""
    hundredths = round(seconds * 100)
    hours, rest = divmod(hundredths, 360_000)
    minutes, rest = divmod(rest, 6_000)
    whole, part = divmod(rest, 100)
    ends = f"{whole}.{part:02d}".rstrip("0") if part else str(whole)
    parts = f"{hours}H" * bool(hours) + f"{minutes}M" * bool(minutes) + f"{ends}S" * bool(rest)
    return f"PT{parts or '0S'}"
