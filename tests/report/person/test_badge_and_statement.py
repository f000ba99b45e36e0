"""A hand-made result page as Open Badges 3.0 credentials and xAPI statements, held against what the specifications ask."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from math import isnan, nan
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from psychometrics.errors import ReportError
from psychometrics.report.person.badge import open_badge, open_badges
from psychometrics.report.person.badge_results import CriterionLevels
from psychometrics.report.person.basis import Basis, Sentence
from psychometrics.report.person.content import CutView, PersonReport, ScaleView
from psychometrics.report.person.statement import iso_duration, xapi_statements
from psychometrics.report.person.statement_iri import checked_iri, figure, moment
from psychometrics.result import Source

HOSTILE = "<script>alert(1)</script> \u202eright-to-left \x00\x07 emoji \U0001f9e0 " + "x" * 50
ISSUER = {"id": "https://example.org/issuer", "name": "Example Assessments", "url": "https://example.org"}
WHEN = "2026-11-25T09:30:00Z"


def said(text: str, kind: str = "score") -> Sentence:
    return Sentence(text=text, bases=(Basis(kind=kind, ref="total"),))


def scale(**changes) -> ScaleView:
    known = {
        "scale_id": "total",
        "title": "Total",
        "direction": "higher: more skill",
        "method": "mixed",
        "score": 71.5,
        "minimum": 0.0,
        "maximum": 100.0,
        "score_lower": 64.0,
        "score_upper": 79.0,
        "confidence": 0.95,
        "percentile_rank": 81.2,
        "percentile_lower": 70.0,
        "percentile_upper": 90.0,
        "percentile_interval": "total",
        "t": 58.8,
        "t_lower": 55.0,
        "t_upper": 63.0,
        "norm_group": "whole sample",
        "norm_n": 2000.0,
        "n_valid": 12,
        "n_elements": 12,
        "n_raters": 2,
        "band": "above average",
        "sentence": said("Your score is at or above 81 in 100."),
    }
    return ScaleView(**(known | changes))


def cut(cut_id: str, at: float, met: bool | None, probability: float = 0.95, **changes) -> CutView:
    known = {
        "scale_id": "total",
        "label": f"{cut_id} cut",
        "score": 71.5,
        "basis": "criterion",
        "rationale": "for the test",
        "answer": said("Met." if met else "Not met."),
        "statements": (),
    }
    return CutView(cut_id=cut_id, at=at, met=met, probability=probability, **(known | changes))


def report(**changes) -> PersonReport:
    known = {
        "title": "Skill screen",
        "person_id": "p-17",
        "occasion": "1",
        "language": "en",
        "simulated": False,
        "norms_sentence": said("Norms: sample of 2026, n = 2,000.", "norms"),
        "summary": (said("A summary."),),
        "scales": (scale(), scale(scale_id="speed", title="Speed", score=nan, percentile_rank=nan)),
        "cuts": (cut("junior", 60, True), cut("mid", 70, True, 0.66), cut("senior", 80, False, 0.004)),
        "methods": (),
        "differences": (),
        "no_differences": None,
        "means": (),
        "does_not_mean": (),
        "quality": (),
        "not_assessed": (),
        "retest": (),
        "recommendations": (),
        "market_weight": 1.0,
        "claims": (),
        "colophon": (),
        "source": Source(
            instrument="screen@1.2.0", fingerprint="sha256:abc", norms="screen/2026", input_sha256="123"
        ),
    }
    return PersonReport(**(known | changes))


LEVELS = CriterionLevels(
    criterion_id="task.clarity",
    title="Clarity",
    labels=("None", "Some", "Full"),
    descriptors=("d0", "", "d2"),
    points=(0.0, 1.0, 2.0),
    achieved=1.0,
    required="Some",
)

# What the specification asks of each class: required keys, allowed keys (the subset that is written here).
CLASSES = {
    "VerifiableCredential": (
        {"@context", "id", "type", "name", "issuer", "validFrom", "credentialSubject"},
        {
            "description",
            "validUntil",
            "credentialSchema",
            "image",
            "evidence",
            "awardedDate",
            "proof",
            "credentialStatus",
        },
    ),
    "Profile": ({"id", "type"}, {"name", "url", "phone", "description", "email", "official", "image"}),
    "AchievementSubject": (
        {"type", "achievement"},
        {"id", "identifier", "narrative", "result", "activityEndDate"},
    ),
    "Achievement": (
        {"id", "type", "name", "description", "criteria"},
        {"achievementType", "alignment", "resultDescription", "version", "tag", "creator", "image"},
    ),
    "ResultDescription": (
        {"id", "type", "name", "resultType"},
        {
            "allowedValue",
            "alignment",
            "requiredLevel",
            "requiredValue",
            "rubricCriterionLevel",
            "valueMin",
            "valueMax",
        },
    ),
    "RubricCriterionLevel": ({"id", "type", "name"}, {"alignment", "description", "level", "points"}),
    "Result": ({"type"}, {"achievedLevel", "alignment", "resultDescription", "status", "value"}),
    "Alignment": (
        {"type", "targetName", "targetUrl"},
        {"targetCode", "targetDescription", "targetFramework", "targetType"},
    ),
    "IdentityObject": ({"type", "hashed", "identityHash", "identityType"}, {"salt"}),
}
RESULT_TYPES = {
    "GradePointAverage",
    "LetterGrade",
    "Percent",
    "PerformanceLevel",
    "PredictedScore",
    "RawScore",
    "Result",
    "RubricCriterion",
    "RubricCriterionLevel",
    "RubricScore",
    "ScaledScore",
    "Status",
}
STATUSES = {"Completed", "Enrolled", "Failed", "InProgress", "OnHold", "Withdrew"}
IRI = re.compile(r"[a-z][a-z0-9+.-]*:[^\s<>]+", re.IGNORECASE)


def check_classes(value, found: list[str]) -> None:
    """Walk a credential: every object with a type has what its class requires and nothing unknown."""
    if isinstance(value, list):
        for one in value:
            check_classes(one, found)
    elif isinstance(value, dict):
        types = value.get("type", [])
        name = types if isinstance(types, str) else (types or [""])[0]
        if name in CLASSES:
            required, allowed = CLASSES[name]
            assert required <= set(value) <= required | allowed, name
            found.append(name)
        for one in value.values():
            check_classes(one, found)


def check_badge(badge: dict) -> None:
    assert json.loads(json.dumps(badge, allow_nan=False)) == badge
    assert badge["@context"][0] == "https://www.w3.org/ns/credentials/v2"
    assert badge["@context"][1].startswith("https://purl.imsglobal.org/spec/ob/v3p0/context")
    assert set(badge["type"]) == {"VerifiableCredential", "AchievementCredential"}
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", badge["validFrom"])
    found: list[str] = []
    check_classes(badge, found)
    assert {
        "VerifiableCredential",
        "Profile",
        "AchievementSubject",
        "Achievement",
        "ResultDescription",
        "Result",
    } <= set(found)
    subject = badge["credentialSubject"]
    assert ("id" in subject) != ("identifier" in subject)
    described = {one["id"]: one for one in subject["achievement"]["resultDescription"]}
    assert all(IRI.fullmatch(name) for name in (*described, badge["id"], badge["issuer"]["id"]))
    for one in described.values():
        assert one["resultType"] in RESULT_TYPES
        levels = [level["id"] for level in one.get("rubricCriterionLevel", [])]
        assert "requiredLevel" not in one or one["requiredLevel"] in levels
        if "valueMin" in one:
            assert float(one["valueMin"]) <= float(one["requiredValue"]) <= float(one["valueMax"])
    for result in subject["result"]:
        of = described[result["resultDescription"]]
        assert result.get("status", "Completed") in STATUSES
        assert ("status" in result) == (of["resultType"] == "Status")
        assert all(isinstance(result.get(name, ""), str) for name in ("value", "achievedLevel"))
        if "achievedLevel" in result:
            assert result["achievedLevel"] in [level["id"] for level in of["rubricCriterionLevel"]]


def test_one_credential_for_every_met_cut():
    badges = open_badges(report(), issuer=ISSUER, valid_from=WHEN, criterion_levels=[LEVELS])
    assert [badge["name"] for badge in badges] == ["Skill screen: junior cut", "Skill screen: mid cut"]
    for badge in badges:
        check_badge(badge)
        assert "proof" not in badge
    assert badges[0]["id"] != badges[1]["id"]
    score, status, level = badges[1]["credentialSubject"]["result"]
    assert (score["value"], status["status"]) == ("71.5", "Completed")
    assert level["achievedLevel"]
    narrative = badges[1]["credentialSubject"]["narrative"]
    assert (
        "meets the cut: 0.66." in narrative
        and "n = 2,000" in narrative
        and "SIMULATED" not in json.dumps(badges)
    )


def test_the_same_call_gives_the_same_bytes_and_another_person_another_id():
    first, second = (
        json.dumps(open_badge(report(), "mid", issuer=ISSUER, valid_from=WHEN)) for _ in range(2)
    )
    assert first == second
    other = open_badge(report(person_id="p-18"), "mid", issuer=ISSUER, valid_from=WHEN)
    assert other["id"] != json.loads(first)["id"]
    achievements = [one["credentialSubject"]["achievement"] for one in (other, json.loads(first))]
    assert achievements[0] == achievements[1]


def test_an_unmet_cut_is_refused_unless_asked_and_then_says_so():
    with pytest.raises(ReportError, match="senior is not met"):
        open_badge(report(), "senior", issuer=ISSUER, valid_from=WHEN)
    badge = open_badge(report(), "senior", issuer=ISSUER, valid_from=WHEN, unmet=True)
    check_badge(badge)
    assert badge["name"].startswith("Not met: ")
    assert badge["credentialSubject"]["result"][1]["status"] == "Failed"
    assert "less than 0.01" in badge["credentialSubject"]["narrative"]
    assert len(open_badges(report(), issuer=ISSUER, valid_from=WHEN, unmet=True)) == 3


def test_simulated_is_in_every_name_and_description():
    for badge in open_badges(report(simulated=True), issuer=ISSUER, valid_from=WHEN, unmet=True):
        check_badge(badge)
        achievement = badge["credentialSubject"]["achievement"]
        for text in (badge["name"], badge["description"], achievement["name"], achievement["description"]):
            assert text.startswith("SIMULATED: ")
        assert "SIMULATED data" in badge["credentialSubject"]["narrative"]


def test_a_cut_needs_a_name_where_several_are_met():
    with pytest.raises(ReportError, match="2 cuts are met"):
        open_badge(report(), issuer=ISSUER, valid_from=WHEN)
    one = report(cuts=(cut("junior", 60, True), cut("mid", 80, False)))
    assert open_badge(one, issuer=ISSUER, valid_from=WHEN)["name"].endswith("junior cut")
    assert open_badges(report(cuts=()), issuer=ISSUER, valid_from=WHEN) == []
    with pytest.raises(ReportError, match='no cut "x"'):
        open_badge(one, "x", issuer=ISSUER, valid_from=WHEN)


def test_a_cut_without_a_score_is_no_badge():
    unknown = report(cuts=(cut("junior", 60, None, nan, score=nan),))
    assert open_badges(unknown, issuer=ISSUER, valid_from=WHEN, unmet=True) == []
    with pytest.raises(ReportError, match="not known"):
        open_badge(unknown, "junior", issuer=ISSUER, valid_from=WHEN, unmet=True)


def test_cuts_on_norms_are_scaled_scores_without_raw_ends():
    one = report(cuts=(cut("high", 55, True, nan, metric="t", score=58.8),))
    badge = open_badge(one, issuer=ISSUER, valid_from=WHEN)
    check_badge(badge)
    described = badge["credentialSubject"]["achievement"]["resultDescription"][0]
    assert described["resultType"] == "ScaledScore" and "valueMin" not in described
    assert "is not known" in badge["credentialSubject"]["narrative"]


def test_recipients_salt_alignment_and_ends():
    badge = open_badge(
        report(),
        "mid",
        issuer=ISSUER,
        valid_from=datetime(2026, 11, 25, 10, tzinfo=timezone(timedelta(hours=1))),
        valid_until="2027-11-25T00:00:00Z",
        recipient="did:example:123",
        achievement_ids={"mid": "https://example.org/mid"},
        alignment=[{"targetName": "Rust", "targetUrl": "https://example.org/rust", "targetType": "CFItem"}],
    )
    check_badge(badge)
    assert badge["validFrom"] == "2026-11-25T09:00:00Z"
    assert badge["credentialSubject"]["id"] == "did:example:123"
    assert badge["credentialSubject"]["achievement"]["id"] == "https://example.org/mid"
    hashed = open_badge(report(), "mid", issuer=ISSUER, valid_from=WHEN, salt="s")["credentialSubject"][
        "identifier"
    ][0]
    assert hashed["identityHash"].startswith("sha256$") and "p-17" not in json.dumps(hashed)


def test_points_between_levels_are_a_value():
    badge = open_badge(
        report(), "mid", issuer=ISSUER, valid_from=WHEN, criterion_levels=[replace(LEVELS, achieved=1.5)]
    )
    check_badge(badge)
    result = badge["credentialSubject"]["result"][2]
    assert result["value"] == "1.5" and "achievedLevel" not in result


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"issuer": {"id": "javascript:alert(1)", "name": "x"}}, "absolute IRI"),
        ({"issuer": {"id": "https://example.org"}}, "no name"),
        ({"issuer": {**ISSUER, "color": "red"}}, "color"),
        ({"issuer": {**ISSUER, "url": "no"}}, "issuer url"),
        ({"valid_from": "2026-11-25"}, "valid_from"),
        ({"valid_from": "2026-11-25T09:30:00"}, "time zone"),
        ({"valid_from": "today"}, "moment"),
        ({"valid_until": "2020-01-01T00:00:00Z"}, "not after"),
        ({"recipient": "me"}, "recipient"),
        ({"achievement_ids": {"mid": "mid"}}, "achievement id of mid"),
        ({"alignment": [{"targetName": "x"}]}, "targetUrl"),
        ({"alignment": [{"targetName": "x", "targetUrl": "https://a.b", "z": "y"}]}, '"z"'),
    ],
)
def test_badges_refuse_what_others_could_not_read(changes, words):
    with pytest.raises(ReportError) as error:
        open_badge(report(), "mid", **({"issuer": ISSUER, "valid_from": WHEN} | changes))
    assert words in str(error.value)


@pytest.mark.parametrize("changes", [{"labels": ("a",)}, {"required": "x"}, {"achieved": nan}])
def test_levels_that_make_no_sense_are_refused(changes):
    with pytest.raises(ReportError):
        replace(LEVELS, **changes)


def statements(page: PersonReport | None = None, **changes) -> list[dict]:
    options = {
        "actor": "https://example.org",
        "activity_base": "https://example.org/x",
        "timestamp": WHEN,
    } | changes
    return xapi_statements(page or report(), **options)


def check_statement(one: dict) -> None:
    """Requirements of part two of xAPI 1.0.3 on what is written here."""
    assert set(one) == {"id", "actor", "verb", "object", "result", "context", "timestamp"}
    assert UUID(one["id"]).version == 5 and UUID(one["context"]["registration"])
    given = {"mbox", "mbox_sha1sum", "openid", "account"} & set(one["actor"])
    assert one["actor"]["objectType"] == "Agent" and len(given) == 1
    assert IRI.fullmatch(one["verb"]["id"]) and one["verb"]["display"]
    assert one["object"]["objectType"] == "Activity" and IRI.fullmatch(one["object"]["id"])
    assert set(one["object"]["definition"]) <= {"type", "name", "description"}
    result = one["result"]
    assert set(result) <= {"score", "success", "completion", "duration", "extensions"}
    assert all(isinstance(result[name], bool) for name in ("success", "completion") if name in result)
    for extensions in (result["extensions"], one["context"]["extensions"]):
        assert all(IRI.fullmatch(name) for name in extensions)
    score = result.get("score", {})
    assert set(score) <= {"scaled", "raw", "min", "max"}
    if "scaled" in score:
        assert (
            -1 <= score["scaled"] <= 1
            and score["min"] < score["max"]
            and score["min"] <= score["raw"] <= score["max"]
        )
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", one["timestamp"])
    assert set(one["context"]) <= {"registration", "contextActivities", "language", "revision", "extensions"}
    assert json.loads(json.dumps(one, allow_nan=False)) == one


def test_one_statement_per_scored_scale_and_known_cut():
    found = statements(duration=754.3)
    assert [one["verb"]["id"].rsplit("/", 1)[1] for one in found] == ["scored", "passed", "passed", "failed"]
    for one in found:
        check_statement(one)
    assert len({one["id"] for one in found}) == len(found)
    score = found[0]["result"]
    assert score["score"] == {"scaled": 0.715, "raw": 71.5, "min": 0.0, "max": 100.0}
    assert score["duration"] == "PT12M34.3S" and score["completion"] is True
    assert score["extensions"]["https://example.org/x/extensions/percentile_rank"] == 81.2
    assert found[3]["result"]["success"] is False
    assert found[0]["context"]["contextActivities"]["parent"][0]["id"] == "https://example.org/x/screen/1.2.0"


def test_statements_are_the_same_again_and_say_simulated():
    assert statements() == statements()
    marked = statements(report(simulated=True))
    for one in marked:
        check_statement(one)
        assert one["object"]["definition"]["name"]["en"].startswith("SIMULATED: ")
        assert one["result"]["extensions"]["https://example.org/x/extensions/simulated"] is True
    assert statements(report(person_id="other"))[0]["id"] != statements()[0]["id"]


def test_scales_without_ends_or_answers():
    open_ended = report(scales=(scale(minimum=nan, maximum=nan, n_valid=10),), cuts=())
    (one,) = statements(open_ended)
    check_statement(one)
    assert one["result"]["score"] == {"raw": 71.5} and one["result"]["completion"] is False
    assert statements(report(scales=(), cuts=())) == []


@pytest.mark.parametrize(
    "actor",
    [
        {"mbox": "mailto:a@example.org", "name": "A"},
        {"openid": "https://a.example.org"},
        {"mbox_sha1sum": "a" * 40},
        {"account": {"homePage": "https://example.org", "name": "17"}, "objectType": "Agent"},
    ],
)
def test_agents_of_every_kind(actor):
    for one in statements(actor=actor):
        check_statement(one)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"actor": {}}, "0 times"),
        ({"actor": {"mbox": "a@example.org"}}, "absolute IRI"),
        ({"actor": {"mbox": "https://example.org"}}, "mailto"),
        ({"actor": {"mbox": "mailto:a@b.c", "openid": "https://a.b"}}, "2 times"),
        ({"actor": {"mbox_sha1sum": "xyz"}}, "40"),
        ({"actor": {"account": {"name": "x"}}}, "homePage"),
        ({"actor": {"mbox": "mailto:a@b.c", "objectType": "Group"}}, "Agent"),
        ({"actor": {"mbox": "mailto:a@b.c", "age": 3}}, "age"),
        ({"activity_base": "x"}, "activity_base"),
        ({"extension_base": "http://a b"}, "extension_base"),
        ({"timestamp": "2026-11-25T09:30"}, "time zone"),
        ({"registration": "1"}, "UUID"),
        ({"duration": -1}, "duration"),
        ({"duration": nan}, "duration"),
    ],
)
def test_statements_refuse_what_others_could_not_read(changes, words):
    with pytest.raises(ReportError) as error:
        statements(**changes)
    assert words in str(error.value)


def test_hostile_text_stays_text():
    page = report(
        title=HOSTILE,
        person_id=HOSTILE,
        language=HOSTILE,
        scales=(scale(title=HOSTILE, direction=HOSTILE, scale_id="total"),),
        cuts=(cut("mid", 70, True, label=HOSTILE, answer=said(HOSTILE)),),
        source=Source(instrument=f"{HOSTILE}@1", fingerprint=HOSTILE),
    )
    badge = open_badge(page, issuer=ISSUER | {"name": HOSTILE}, valid_from=WHEN)
    check_badge(badge)
    assert "\x00" not in badge["name"] + badge["issuer"]["name"] + badge["credentialSubject"]["narrative"]
    for one in statements(page):
        check_statement(one)
        assert list(one["object"]["definition"]["name"]) == ["und"]


@given(st.floats(0, 1e7))
def test_durations_read_back(seconds):
    text = iso_duration(seconds)
    parts = re.fullmatch(r"PT(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?", text)
    assert parts and text != "PT"
    back = sum(float(part or 0) * unit for part, unit in zip(parts.groups(), (3600, 60, 1), strict=True))
    assert back == pytest.approx(seconds, abs=0.0051)


def test_moments_and_numbers():
    assert moment("m", datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=UTC)) == "2026-01-02T03:04:05.678Z"
    assert figure(64.9999999) == "64.9999999" and figure(-0.0) == "0"
    assert isnan(float("nan"))
    with pytest.raises(ReportError):
        figure(nan)
    for bad in ("", "a", "https://a b", "data:text/html,x", None, 3, "https://a\n"):
        with pytest.raises(ReportError):
            checked_iri("it", bad)
