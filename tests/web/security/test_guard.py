from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from store_clock_for_tests import Clock

from psychometrics.errors import StoreError
from psychometrics.web.security import COOKIE, Guard, Limits, policy_for_page
from psychometrics.web.security.headers import shown_path
from psychometrics.web.security.limits import Buckets, client_of
from psychometrics.web.security.sessions import LONGEST_SESSION, Cookies
from psychometrics.web.store import Store

Client = Callable[..., Any]
FORM = {"content-type": "application/x-www-form-urlencoded"}


def entered(client: Any, store: Store, person: str = "anna") -> str:
    """Follow a new link; return the form token of the session."""
    token = store.invite(person, "gad-7").token
    assert client.get(f"/t/{token}").status_code == 200
    return str(client.get("/take").json()["csrf"])


# ---------------------------------------------------------------------------------------------------- the link


def test_a_link_is_exchanged_for_a_cookie(client: Client, store: Store) -> None:
    visitor = client()
    token = store.invite("anna", "gad-7").token
    answer = visitor.get(f"/t/{token}")
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie and "samesite=strict" in cookie.lower() and "Path=/" in cookie
    assert "max-age" not in cookie.lower() and token not in cookie
    assert 'http-equiv="refresh" content="0; url=/take"' in answer.text and token not in answer.text
    assert visitor.get("/take").json()["who"] == "anna"
    rater = client()
    answer = rater.get(f"/t/{store.add_rater('rita')}")
    assert "url=/rate" in answer.text
    assert rater.get("/take").json() | {"csrf": ""} == {"kind": "rater", "who": "rita", "csrf": ""}


def test_with_https_the_cookie_is_for_this_host_alone(client: Client, store: Store) -> None:
    visitor = client("https://assess.example.org/rust")
    answer = visitor.get(f"/t/{store.invite('anna', 'gad-7').token}")
    assert (
        answer.headers["set-cookie"].startswith(f"__Host-{COOKIE}=")
        and "Secure" in answer.headers["set-cookie"]
    )
    assert "url=/rust/take" in answer.text
    assert answer.headers["strict-transport-security"] == "max-age=31536000"
    assert "strict-transport-security" not in client().get("/take").headers


@pytest.mark.parametrize("end", ["revoked", "expired", "erased"])
def test_a_session_ends_with_its_link(client: Client, store: Store, clock: Clock, end: str) -> None:
    visitor = client()
    csrf = entered(visitor, store)
    if end == "revoked":
        store.revoke(sitting_id=store.sittings()[0].id)
    elif end == "expired":
        clock.move(days=15)
    else:
        store.erase("anna")
    assert visitor.get("/take").json()["who"] is None
    assert visitor.post("/save", data={"csrf_token": csrf}).status_code == 401


def test_a_wrong_link_opens_nothing_and_guessing_is_slowed(client: Client, store: Store) -> None:
    visitor = client(limits=Limits(wrong_link_burst=3))
    for _ in range(3):
        answer = visitor.get("/t/guess")
        assert answer.status_code == 404 and "set-cookie" not in answer.headers
    answer = visitor.get("/t/guess")
    assert answer.status_code == 429 and int(answer.headers["retry-after"]) >= 1
    good = store.invite("anna", "gad-7").token
    assert visitor.get(f"/t/{good}").status_code == 200, "whoever guesses locks nobody out"


def test_cookies_cannot_be_made_or_changed(store: Store) -> None:
    now = [1_000_000.0]
    cookies = Cookies("s" * 64, clock=lambda: now[0])
    sealed = cookies.seal("a" * 64)
    assert cookies.read(sealed) == "a" * 64
    assert sealed != cookies.seal("a" * 64)
    for changed in (sealed.replace("a", "b", 1), sealed[:-1], sealed + "0", "", "...", "\xff", "a.1.b.c"):
        assert cookies.read(changed) is None
    assert Cookies("t" * 64, clock=lambda: now[0]).read(sealed) is None
    now[0] += LONGEST_SESSION + 1
    assert cookies.read(sealed) is None


# ------------------------------------------------------------------------------------------------ forged forms


def test_a_form_needs_the_token_of_its_own_session(client: Client, store: Store) -> None:
    visitor, other = client(), client()
    mine, theirs = entered(visitor, store), entered(other, store, "ben")
    assert visitor.post("/save", data={"a": "ü", "csrf_token": mine}).text == f"a=%C3%BC&csrf_token={mine}"
    assert visitor.post("/save", content=b"{}", headers={"x-csrf-token": mine}).text == "{}"
    for wrong in (
        {},
        {"csrf_token": ""},
        {"csrf_token": theirs},
        {"csrf_token": mine[:-1]},
        {"csrf_token": "é"},
    ):
        assert visitor.post("/save", data=wrong or {"a": "1"}).status_code == 403
    assert (
        visitor.post(
            "/save", content=f"csrf_token={mine}", headers={"content-type": "text/plain"}
        ).status_code
        == 403
    )
    assert client().post("/save", data={"csrf_token": mine}).status_code == 401
    for method in ("PUT", "PATCH", "DELETE"):
        assert visitor.request(method, "/save").status_code == 403


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"origin": "http://127.0.0.1:8765", "sec-fetch-site": "same-origin"}, 200),
        ({"origin": "null", "sec-fetch-site": "same-origin"}, 200),  # a form under no-referrer
        ({"origin": "null"}, 200),  # the same from a browser without Sec-Fetch-Site: the token decides
        ({"origin": "http://localhost:8765", "host": "localhost:8765"}, 200),
        ({"origin": "http://evil.example"}, 403),
        ({"origin": "http://127.0.0.1:9999"}, 403),
        ({"origin": "https://127.0.0.1:8765"}, 403),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-site", "origin": "http://127.0.0.1:8765"}, 403),
    ],
)
def test_where_a_form_comes_from(client: Client, store: Store, headers: dict[str, str], status: int) -> None:
    visitor = client()
    csrf = entered(visitor, store)
    cookie = {"cookie": f"{COOKIE}={visitor.cookies[COOKIE]}"}
    assert (
        visitor.post("/save", data={"csrf_token": csrf}, headers={**headers, **cookie}).status_code == status
    )


# ----------------------------------------------------------------------------------------------------- limits


def test_a_large_body_is_refused_announced_or_not(client: Client, store: Store) -> None:
    visitor = client(limits=Limits(body=1000))
    csrf = entered(visitor, store)

    async def pieces() -> AsyncIterator[bytes]:
        yield f"csrf_token={csrf}&a=".encode()
        for _ in range(50):
            yield b"x" * 100

    assert visitor.post("/save", data={"csrf_token": csrf, "a": "x" * 2000}).status_code == 413
    assert visitor.post("/save", content=pieces(), headers=FORM).status_code == 413
    assert visitor.post("/save", data={"csrf_token": csrf, "a": "x" * 100}).status_code == 200
    many = "&".join(f"a{k}=" for k in range(2000))
    assert client().post("/save", content=many, headers=FORM).status_code == 401
    assert visitor.post("/save", content=many[:900], headers=FORM).status_code == 403


def test_who_asks_too_often_waits(client: Client, store: Store) -> None:
    visitor = client(limits=Limits(client_burst=5, client_rate=0.01))
    assert [visitor.get("/take").status_code for _ in range(6)] == [200] * 5 + [429]
    one = client(limits=Limits(session_burst=3, session_rate=0.01))
    csrf = entered(one, store)
    codes = [one.post("/save", data={"csrf_token": csrf}).status_code for _ in range(3)]
    assert codes == [200, 200, 429]
    answer = one.get("/take")
    assert answer.status_code == 429 and int(answer.headers["retry-after"]) > 50
    assert answer.headers["cache-control"] == "no-store"


def test_buckets_fill_again_and_forget_who_is_quiet() -> None:
    now = [0.0]
    buckets = Buckets(2.0, 4.0, clock=lambda: now[0], most=3)
    assert [buckets.take("a") for _ in range(4)] == [0.0] * 4
    assert buckets.take("a") == pytest.approx(0.5)
    now[0] = 0.5
    assert buckets.take("a") == 0.0
    now[0] = 1000.0
    assert [buckets.take("a") for _ in range(5)] == [0.0] * 4 + [pytest.approx(0.5)]
    for key in ("b", "c", "d"):
        buckets.take(key)
    assert len(buckets._held) == 3 and "a" not in buckets._held


@pytest.mark.parametrize(
    ("client", "same_as"),
    [(("10.0.0.1", 1), ("10.0.0.1", 2)), (("2001:db8::1", 1), ("2001:db8::ffff", 1)), (None, None)],
)
def test_a_client_is_an_address_or_a_network(client: object, same_as: object) -> None:
    assert client_of({"client": client}) == client_of({"client": same_as})
    assert client_of({"client": ("10.0.0.1", 1)}) != client_of({"client": ("10.0.0.2", 1)})
    assert client_of({"client": ("2001:db8::1", 1)}) != client_of({"client": ("2001:db8:0:1::1", 1)})
    assert client_of({"client": ("unix:", 0)}) == "unix:"


# ---------------------------------------------------------------------------------------------------- headers


def test_every_answer_has_its_headers_also_a_refusal(client: Client) -> None:
    visitor = client()
    nonces = set()
    for path in ("/take", "/nothing", "/t/wrong"):
        headers = visitor.get(path).headers
        policy = headers["content-security-policy"]
        for rule in ("default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"):
            assert rule in policy
        assert "unsafe" not in policy and "http" not in policy
        nonces.add(policy.split("nonce-")[1].split("'")[0])
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-store"
        assert headers["x-frame-options"] == "DENY"
    assert len(nonces) == 3
    own = visitor.get("/static/x").headers
    assert own["cache-control"] == "public" and own["content-security-policy"] == "sandbox"


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:8765",
        "127.0.0.1.evil.example",
        "",
        "[::2]",
        "[::1",
        "[127.0.0.1]",
    ],
)
def test_another_host_name_is_not_answered(client: Client, host: str) -> None:
    assert client().get("/take", headers={"host": host}).status_code == 421
    assert client("https://assess.example.org").get("/take", headers={"host": "127.0.0.1"}).status_code == 421


@pytest.mark.parametrize("host", ["localhost:8765", "127.0.0.1", "[::1]:1"])
def test_this_machine_may_be_called_by_any_of_its_names(client: Client, host: str) -> None:
    assert client().get("/take", headers={"host": host}).status_code == 200


def test_the_log_holds_no_token_no_answer_and_no_second_line(
    client: Client, store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    visitor = client()
    token = store.invite("anna-of-the-log", "gad-7").token
    with caplog.at_level(logging.DEBUG):
        visitor.get(f"/t/{token}")
        csrf = visitor.get("/take?q=secret-query").json()["csrf"]
        visitor.post("/save", data={"csrf_token": csrf, "a": "secret-answer"})
    lines = [record.getMessage() for record in caplog.records if record.name == "psychometrics.web"]
    assert [line.split(" ms")[0].rsplit(" ", 1)[0] for line in lines] == [
        "GET /t/... 200",
        "GET /take 200",
        "POST /save 200",
    ]
    text = "\n".join(lines)
    for secret in (token, csrf, "secret", "anna", "127.0.0.1"):
        assert secret not in text
    assert shown_path("/a\nGET /b") == "/a?GET?/b"
    assert len(shown_path("/" + "x" * 5000)) == 200
    assert shown_path("/rust/t/" + token + "/more") == "/rust/t/.../more"


def test_what_fails_is_answered_with_headers_and_logged_without_words(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    for path, status in (("/crash", 500), ("/crash?store", 503)):
        answer = client().get(path)
        assert (
            answer.status_code == status and "default-src 'none'" in answer.headers["content-security-policy"]
        )
        assert "secret" not in answer.text
    assert "KeyError\n" in caplog.text and "in crash" in caplog.text
    assert "StoreError: the file was moved\n" in caplog.text, "whoever runs the server learns why"
    assert "secret" not in caplog.text.replace('message = "secret words"', "")


def test_a_page_of_its_own_runs_what_is_in_it_and_nothing_else() -> None:
    html = "<style>p{color:red}</style><p style='x'>&amp;</p><script>let a = '<b>';</script><script src=x></script>"
    policy = policy_for_page(html)
    assert policy.count("sha256-") == 3 and "style-src-attr 'unsafe-inline'" in policy
    assert "unsafe-inline" not in policy_for_page("<style>a</style>")
    assert "script-src 'none'" in policy_for_page("<p>") and "style-src 'none'" in policy_for_page("<p>")
    import hashlib
    from base64 import b64encode

    assert b64encode(hashlib.sha256(b"let a = '<b>';").digest()).decode() in policy


def test_an_address_must_be_one(store: Store) -> None:
    for wrong in (
        *("assess.example.org", "ftp://x", "https://", "https://x.org/a b", "https://[::1", "https://x:port"),
        *("https://x:99999", "https://me@x.org", "https://x.org/?q", "https://x.org/#a", " "),
    ):
        with pytest.raises(StoreError, match="not a web address"):
            Guard(store, public_url=wrong)
