"""Claims: what is admitted, what is refused, and that the words carry no number that is not a figure."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from careers_for_tests import CLAIM, CLAIMS, REFUSED, SHARES

from psychometrics.careers import claims_schema, load_claims, parse_claims, refused_claims_schema
from psychometrics.careers.claims import numbers_of
from psychometrics.errors import CareersError

PLAIN = f"format = 1\n{CLAIM.format(id='plain', statement='Some do.', kind='peer_reviewed', figures='')}"


def refusal(text: str, refused: str = REFUSED) -> CareersError:
    with pytest.raises(CareersError) as caught:
        parse_claims(text, refused)
    return caught.value


def test_the_first_three_claims_are_there_with_their_figures() -> None:
    claims = load_claims()
    noy = claims.claim("noy-zhang-2023")
    assert noy.source.doi == "10.1126/science.adh2586"
    assert (noy.source.n, noy.kind, noy.flagged) == (453, "peer_reviewed", None)
    assert [noy.figure(name).value for name in ("time", "quality")] == [-40, 18]  # type: ignore[union-attr]
    indeed = claims.claim("indeed-ai-at-work-2025")
    assert {figure.value for figure in indeed.figures} == {26, 41, 2900}
    assert indeed.kind == "first_party_research"
    assert indeed.flagged
    forum = claims.claim("wef-future-of-jobs-2025")
    values = {figure.id: figure.value for figure in forum.figures}
    assert (values["created"], values["displaced"], values["net"], values["skills"]) == (170, -92, 78, 39)
    assert values["created"] + values["displaced"] == values["net"]
    assert forum.flagged


def test_every_shipped_claim_says_what_it_does_not_prove_and_links_to_its_source() -> None:
    for claim in load_claims():
        assert claim.does_not_prove
        assert claim.caveats, claim.id
        assert claim.source.link.startswith("https://"), claim.id
        assert set(numbers_of(claim.statement)) <= {abs(figure.value) for figure in claim.figures}, claim.id


def test_every_refused_claim_says_why_and_who_traced_it() -> None:
    refused = load_claims().refused
    assert len(refused) >= 3
    for one in refused:
        assert one.why
        assert all(url.startswith("http") for url in one.traced)


@pytest.mark.parametrize(
    ("old", "new", "where", "says"),
    [
        ('doi = "10.1234/abc"', "", "claims[0] (plain).source", "no primary source"),
        ('doi = "10.1234/abc"', 'url = "http://example.org"', "source.url", "http://example.org"),
        ('doi = "10.1234/abc"', 'url = "javascript:alert(1)"', "source.url", "javascript:alert(1)"),
        ('doi = "10.1234/abc"', 'doi = "10.1234/<script>"', "source.doi", "<script>"),
        ('["much"]', "[]", "does_not_prove", "[]"),
        ('does_not_prove = ["much"]\n', "", "does_not_prove", "missing"),
        ("checked = 2026-11-25\n", "", "checked", "missing"),
        ("checked = 2026-11-25", 'checked = "yesterday"', "checked", "yesterday"),
        ("peer_reviewed", "vendor_survey", "flagged", "the kind vendor_survey"),
        ("peer_reviewed", "employer_survey", "flagged", "the kind employer_survey"),
        ("peer_reviewed", "rumour", "kind", "rumour"),
        ("Some do.", "Some 12 % do.", "statement", "the number 12 is not among its figures"),
        ("Some do.", "Some 2,900 do.", "statement", "the number 2900"),
        ("Some do.", "", "statement", "''"),
        ("Some do.", "x" * 10_000, "statement", "..."),
        ('id = "plain"', 'id = "myth"', "claims[0] (myth)", "Nobody knows where it comes from"),
        ("population", "populaton", "source.populaton", "unknown key"),
        ("n = 10", "n = true", "source.n", "True"),
        ("Some do.", "Some\\u0000 do.", "statement", "without control characters"),
        ('doi = "10.1234/abc"', 'url = "https://me@example.org"', "source.url", "me@example.org"),
        ('doi = "10.1234/abc"', 'url = "https://example.org/\u202e"', "source.url", "example.org"),
        ("year = 2020", "year = 20", "source.year", "20"),
    ],
)
def test_what_keeps_a_claim_out(old: str, new: str, where: str, says: str) -> None:
    assert old in PLAIN
    error = refusal(PLAIN.replace(old, new))
    assert any(where in problem.where and says in str(problem) for problem in error.problems), str(error)


def test_a_typo_is_answered_with_the_nearest_key() -> None:
    error = refusal(PLAIN.replace("population", "populaton"))
    assert 'Did you mean "population"?' in str(error)


def test_all_problems_come_at_once() -> None:
    wrong = PLAIN.replace('doi = "10.1234/abc"', "").replace("Some do.", "Some 7 do.")
    wrong = wrong.replace("peer_reviewed", "vendor_survey").replace('id = "plain"', 'id = "myth"')
    assert refusal(wrong).facts["n_problems"] == 4


def test_an_id_stands_for_one_claim() -> None:
    assert "stands there 2 times" in str(refusal(f"{CLAIMS}{SHARES}"))
    assert "stands there 2 times" in str(refusal(CLAIMS, REFUSED + REFUSED.replace("\nformat = 1", "")))
    twice = SHARES.replace('id = "far"', 'id = "near"')
    assert 'two figures with the id "near"' in str(refusal(f"format = 1\n{twice}"))


def test_a_flag_lets_a_survey_in() -> None:
    flagged = PLAIN.replace('kind = "peer_reviewed"', 'kind = "vendor_survey"\nflagged = "sells it"')
    assert parse_claims(flagged, REFUSED).claim("plain").flagged == "sells it"


@pytest.mark.parametrize("words", ["<script>alert(1)</script>", "מימין לשמאל \u202e", "🦀 " * 50, "{0} %s"])
def test_hostile_text_stays_text(words: str) -> None:
    claims = parse_claims(PLAIN.replace("Nobody", words), REFUSED)
    assert claims.claim("plain").source.authors == words.strip()


def test_what_is_not_toml_or_not_utf8_or_not_there_is_one_clear_error(tmp_path: Path) -> None:
    assert "not valid TOML" in str(refusal(PLAIN.replace("Some do.", "Some\0do.")))
    assert "not valid TOML" in str(refusal("claims = ["))
    with pytest.raises(CareersError, match="cannot be read"):
        load_claims(tmp_path / "none.toml")
    bad = tmp_path / "bad.toml"
    bad.write_bytes(b"\xff\xfe")
    with pytest.raises(CareersError, match="not UTF-8"):
        load_claims(bad)


def test_own_files_are_read_from_where_they_are(tmp_path: Path) -> None:
    (tmp_path / "claims.toml").write_text(PLAIN, encoding="utf-8")
    (tmp_path / "refused.toml").write_text(REFUSED, encoding="utf-8")
    claims = load_claims(tmp_path / "claims.toml", refused_path=tmp_path / "refused.toml")
    assert [claim.id for claim in claims] == ["plain"]
    assert len(claims) == 1
    assert claims.to_frame().loc[0, "link"] == "https://doi.org/10.1234/abc"
    assert claims.to_dict()["rows"][0]["n"] == "10"


def test_an_unknown_claim_is_named_and_a_refused_one_explained() -> None:
    claims = load_claims()
    with pytest.raises(CareersError, match="noy-zhang-2023"):
        claims.claim("noy-zhang-2024")
    with pytest.raises(CareersError, match="refused claim"):
        claims.claim("learning-pyramid")


def test_numbers_are_found_as_they_are_written() -> None:
    found = numbers_of("Of 134,436 people (0.26 SD, 1,000.5 hours), 12 and 3.")
    assert found == [Decimal("134436"), Decimal("0.26"), Decimal("1000.5"), Decimal(12), Decimal(3)]


def test_schemas_have_every_key() -> None:
    claim = claims_schema()["$defs"]["Claim"]
    assert {"statement", "does_not_prove", "flagged", "checked_in"} <= set(claim["properties"])
    assert set(refused_claims_schema()["$defs"]["RefusedClaim"]["required"]) == {
        "id",
        "figure",
        "repeated",
        "why",
        "traced",
        "checked",
    }
