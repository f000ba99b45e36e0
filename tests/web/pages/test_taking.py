from __future__ import annotations

import json
import re

import pytest
import web_instruments_for_tests as made
from web_client_for_tests import Client

from psychometrics.errors import StoreError
from psychometrics.web.app import make_app
from psychometrics.web.pages import routing
from psychometrics.web.store import open_store

JSON = {"accept": "application/json"}


@pytest.fixture
def store(tmp_path):
    with open_store(tmp_path / "store.sqlite") as opened:
        yield opened


def add(store, tmp_path, entries, branches="", title="Asked"):
    """Put a made instrument into the store."""
    path = tmp_path / "asked.toml"
    path.write_text(made.definition_text(entries, branches, title), encoding="utf-8")
    return store.add_instrument(path)


def visitor(store, name, person="p"):
    client = Client(make_app(store))
    invitation = store.invite(person, name)
    client.enter(invitation.token)
    return client, invitation.sitting_id


def test_a_branch_that_closes_is_not_asked_and_its_answers_are_taken_back_at_the_end(store, tmp_path):
    rules = made.branch(["i2"], 'item = "i1", options = [1, 2]')
    instrument = add(store, tmp_path, [made.item("i1"), made.item("i2"), made.item("i3")], rules)
    client, sitting = visitor(store, instrument.name)
    client.post("/take", {})
    assert client.path == "/take/1"
    client.post("/take/1", {"answer.i1": "1", "go": "next"})
    assert client.path == "/take/2"
    client.post("/take/2", {"answer.i2": "2", "answer.i3": "0", "go": "back"})
    client.post("/take/1", {"answer.i1": "0", "go": "next"})
    assert client.path == "/take/2" and "answer.i2" not in client.page.text
    client.post("/take/2", {"answer.i2": "1", "go": "next"})
    assert "no longer applies" in client.page.text
    assert store.answers(sitting).get("i2") == 1, "kept until the end: a change of mind may come back"
    client.post("/take/review", {"go": "finish"})
    assert client.path == "/done"
    assert store.responses(instrument.name).to_frame()["i2"].isna().all()
    assert store.responses(instrument.name).notes == ()


def test_what_is_left_out_is_skipped_and_what_was_never_shown_is_not_reached(store, tmp_path):
    instrument = add(store, tmp_path, [made.item("i1"), made.task("t1"), made.item("i2")])
    client, sitting = visitor(store, instrument.name)
    client.post("/take", {})
    client.post("/take/1", {"go": "next"})
    client.post("/take/2", {"answer.t1": "  \r\n ", "go": "stop"})
    assert client.path == "/take?stopped" and "Go on where you stopped" not in client.page.text
    kept = store.answers(sitting)
    assert kept.codes == {"i1": None} and kept.texts == {"t1": None}


def test_a_script_gets_json_and_a_form_a_redirect(store, tmp_path):
    instrument = add(store, tmp_path, [made.item("i1"), made.item("i2")])
    client, sitting = visitor(store, instrument.name)
    client.post("/take", {})
    said = client.post("/take/1", {"answer.i1": "2", "go": "save"}, headers=JSON)
    assert json.loads(said.text) == {"saved": True, "n": 1, "of": 2, "words": "1 of 2 answered"}
    said = client.post("/take/1", {"answer.i1": "2", "go": "next"}, headers=JSON)
    assert said.json()["to"] == "/take/review"
    said = client.post("/take/1", {"answer.i1": "7", "go": "save"}, headers=JSON)
    assert said.status_code == 422 and "none of the answers" in said.json()["reason"]
    assert store.answers(sitting).get("i1") == 2
    said = client.post("/take/1", {"answer.i1": "1", "go": "next"}, follow=False)
    assert said.status_code == 303 and said.headers["location"] == "/take/review"


def test_an_absent_field_never_takes_an_answer_back_but_the_button_does(store, tmp_path):
    instrument = add(store, tmp_path, [made.item("i1"), made.item("i2")])
    client, sitting = visitor(store, instrument.name)
    client.post("/take", {})
    client.post("/take/1", {"answer.i1": "2", "go": "next"})
    client.get("/take/1")
    client.post("/take/1", {"go": "next"})
    assert store.answers(sitting).get("i1") == 2
    client.get("/take/1")
    client.post("/take/1", {"answer.i1": "2", "clear": "i1"})
    assert client.path == "/take/1" and store.answers(sitting).get("i1") is None


def test_without_a_script_the_time_on_the_page_is_divided_and_marked(store, tmp_path):
    instrument = add(store, tmp_path, [made.item("i1"), made.item("i2")])
    client, sitting = visitor(store, instrument.name)
    client.post("/take", {})
    opened = float(client.page.text.split('name="opened" value="')[1].split('"')[0])
    fields = {"opened": str(opened - 20), "visit": "v1", "seconds.i1": "", "seconds.i2": ""}
    client.post("/take/1", {"answer.i1": "2", "go": "save", **fields})
    client.post("/take/1", {"answer.i1": "2", "go": "save", **fields})
    spent = store.answers(sitting).seconds
    assert 10 <= spent["i1"] < 12 and spent["i1"] == spent["i2"], "divided equally, and counted once"


@pytest.mark.parametrize("opened", ["", "nan", "inf", "-1", "1e400", "<script>", "0", "1", "99999999999"])
def test_a_forged_time_is_no_time(store, tmp_path, opened):
    instrument = add(store, tmp_path, [made.item("i1")])
    client, sitting = visitor(store, instrument.name)
    client.post("/take", {})
    client.post("/take/1", {"answer.i1": "2", "opened": opened, "visit": "\u202e\x00", "seconds.i1": "nan"})
    assert store.answers(sitting).get("i1") == 2 and store.answers(sitting).seconds == {}


def test_after_the_end_nothing_can_be_changed(store, tmp_path):
    instrument = add(store, tmp_path, [made.item("i1")])
    client, sitting = visitor(store, instrument.name)
    client.post("/take", {})
    client.post("/take/1", {"answer.i1": "2"})
    client.get("/take/review")
    client.post("/take/review", {"go": "finish"})
    for path in ("/take", "/take/1", "/take/review"):
        assert client.get(path).url.path == "/done"
    assert client.post("/take/1", {"answer.i1": "0"}).status_code == 409
    assert "handed in" in client.page.text
    assert client.post("/take/review", {"go": "finish"}).url.path == "/done"
    assert store.answers(sitting).get("i1") == 2
    assert client.get("/result").status_code == 200


def test_strangers_and_wrong_addresses_get_a_page_that_says_what_to_do(store, tmp_path):
    instrument = add(store, tmp_path, [made.item("i1")])
    client = Client(make_app(store))
    assert client.get("/take").status_code == 401 and "link" in client.page.text
    assert client.get("/t/nonsense").status_code == 404 and "does not work any more" in client.page.text
    assert client.get("/static/../app.py").status_code == 404
    assert client.get("/nowhere").status_code == 404
    assert client.get("/rate").status_code == 401
    assert client.get("/healthz").text == "ok\n"
    client, _ = visitor(store, instrument.name)
    assert client.get("/rate").status_code == 403
    assert client.get("/take/77").status_code == 404
    assert client.ask("POST", "/take/1", data={"csrf_token": "guessed"}).status_code == 403


def test_a_definition_without_wording_is_refused_on_a_page(store):
    name = store.add_instrument("gad-7").name
    client, _ = visitor(store, name)
    assert client.page.status_code == 409 and "topics, not the wording" in client.page.text


def test_a_store_that_fails_is_said_and_nothing_is_called_saved(store, tmp_path, monkeypatch):
    instrument = add(store, tmp_path, [made.item("i1")])
    client, _ = visitor(store, instrument.name)
    client.post("/take", {})

    def fails(*_args, **_kwargs):
        raise StoreError("the disk is full")

    monkeypatch.setattr(store, "save_answers", fails)
    said = client.post("/take/1", {"answer.i1": "1", "go": "save"}, headers=JSON)
    assert said.status_code == 503 and said.json()["saved"] is False
    monkeypatch.setattr(store, "save_answers", lambda *_a, **_k: 1 / 0)
    said = client.post("/take/1", {"answer.i1": "1", "go": "save"})
    assert said.status_code == 500 and "fault of this site" in said.text


def test_the_app_may_live_under_a_path(store, tmp_path):
    instrument = add(store, tmp_path, [made.item("i1")])
    client = Client(make_app(store, public_url="http://127.0.0.1/tests/rust"))
    onward = client.get(f"/t/{store.invite('p', instrument.name).token}")
    assert "url=/tests/rust/take" in onward.text
    page = client.get("/take").text
    assert 'action="/tests/rust/take"' in page and 'href="/tests/rust/static/app.css?v=' in page


def test_addresses_that_are_none_are_not_found(store, tmp_path):
    instrument = add(store, tmp_path, [made.item("i1")])
    client, _ = visitor(store, instrument.name)
    for number in ("9" * 5000, "0", "01", "-1", "1e0", "\uff11", "1/", "%00", "1.0"):
        assert client.get(f"/take/{number}").status_code == 404, number
    assert client.get("/take/", follow=False).status_code == 404, (
        "no redirect to an address made from a header"
    )
    assert client.get("/take/1").status_code == 200


@pytest.mark.parametrize("kind", ["application/json", "multipart/form-data; boundary=x", "text/plain", ""])
def test_what_is_no_form_is_refused_and_not_read_as_an_empty_one(store, tmp_path, kind):
    instrument = add(store, tmp_path, [made.item("i1")])
    client, sitting = visitor(store, instrument.name)
    client.post("/take", {})
    token = re.search('name="csrf_token" value="([^"]+)"', client.page.text)[1]
    headers = {"x-csrf-token": token, **({"content-type": kind} if kind else {})}
    for path in ("/take/1", "/take/review"):
        assert client.ask("POST", path, content=b'{"answer.i1": "2"}', headers=headers).status_code == 403
    assert store.answers(sitting).codes == {} and not store.progress(sitting).finished


@pytest.mark.parametrize(
    "content", [b"\xff\x00", b"answer.i1=%ff%fe", b"answer.i1=2%00", b"answer.i1=%ED%A0%BD"]
)
def test_bytes_that_are_no_text_are_no_answer(store, tmp_path, content):
    instrument = add(store, tmp_path, [made.item("i1")])
    client, sitting = visitor(store, instrument.name)
    client.post("/take", {})
    token = re.search('name="csrf_token" value="([^"]+)"', client.page.text)[1]
    form = {"content-type": "application/x-www-form-urlencoded"}
    said = client.ask(
        "POST", "/take/1", content=b"csrf_token=" + token.encode() + b"&" + content, headers=form
    )
    assert said.status_code in (403, 422)
    assert store.answers(sitting).get("i1") is None


def test_the_same_link_in_two_tabs_goes_on_in_both(store, tmp_path):
    instrument = add(store, tmp_path, [made.item("i1")])
    client = Client(make_app(store))
    invitation = store.invite("p", instrument.name)
    client.enter(invitation.token)
    client.post("/take", {})
    first = client.page
    client.cookies.clear()
    client.enter(invitation.token)
    client.page = first
    assert client.post("/take/1", {"answer.i1": "2"}, follow=False).status_code == 303
    assert store.answers(invitation.sitting_id).get("i1") == 2


def test_handed_in_from_another_tab_between_reading_and_saving_is_said_so(store, tmp_path, monkeypatch):
    instrument = add(store, tmp_path, [made.item("i1")])
    client, sitting = visitor(store, instrument.name)
    client.post("/take", {})
    save = store.save_answers

    def late(*args, **options):
        store.finish(sitting)
        return save(*args, **options)

    monkeypatch.setattr(store, "save_answers", late)
    said = client.post("/take/1", {"answer.i1": "2"}, headers=JSON)
    assert said.status_code == 409 and "handed in" in said.json()["reason"]
    assert store.answers(sitting).get("i1") is None


HOSTILE = (
    '</textarea></script><script>alert("1")</script>{{ 7777 * 7777 }}{% raw %}\u202e\u2066🦀' + "x" * 10_000
)


def test_hostile_words_of_a_definition_and_of_answers_stay_words(store, tmp_path):
    entries = [made.item("i1", text=HOSTILE), made.task("t1", text=HOSTILE, descriptor=HOSTILE)]
    instrument = add(store, tmp_path, entries, title=HOSTILE[:200])
    client, sitting = visitor(store, instrument.name, person="<b>Ada</b>")
    for path in ("/take", "/take/1", "/take/2", "/take/review"):
        page = client.get(path)
        assert page.status_code == 200
        assert "<script>alert" not in page.text and str(7777 * 7777) not in page.text
    client.get("/take/2")
    client.post("/take/2", {"answer.t1": HOSTILE + "\x00", "go": "next"})
    assert store.answers(sitting).get("t1") == HOSTILE + "\x00"
    assert "<script>alert" not in client.get("/take/2").text
    client.get("/take/review")
    client.post("/take/review", {"go": "finish"})
    assert "<script>alert" not in client.get("/done").text
    rater = Client(make_app(store))
    rater.enter(store.add_rater("<i>r</i>"))
    store.assign(instrument.name, double_share=0)
    page = rater.get(f"/rate/{store.tasks_for('<i>r</i>')[0].id}")
    assert page.status_code == 200 and "<script>alert" not in page.text and "Ada" not in page.text


def test_a_language_without_words_is_refused(store):
    with pytest.raises(StoreError, match='no words in "xx"'):
        make_app(store, language="xx")


def test_every_word_of_the_catalogue_is_used_and_every_word_used_is_there():
    import re
    from pathlib import Path

    from psychometrics.web.texts import texts

    folder = Path(routing.__file__).parents[1]
    files = [*folder.glob("templates/*.jinja"), *folder.glob("pages/*.py")]
    source = "\n".join(file.read_text(encoding="utf-8") for file in files)
    called = re.findall(r"""\bt\.say\(\s*["']([a-z_.]+)["']""", source)
    used = {*called, *re.findall(r"""["']([a-z_.]+)["']\|t\b""", source)}
    there = texts().sentences.keys()
    assert used <= there, used - there
    computed = {
        "welcome.contents_both",
        "welcome.contents_questions",
        "welcome.contents_tasks",
        "date.form",
    }
    unused = {key for key in there - used - computed if not re.fullmatch(r"error\.\w+\.(title|what|do)", key)}
    assert not unused, unused
