from __future__ import annotations

import pytest
import web_instruments_for_tests as made
from web_client_for_tests import Client

from psychometrics.web.app import make_app
from psychometrics.web.store import open_store

RATERS = '[raters]\nminimum = 1\ncombine = "mean"\nadjudicate_gap = 2\n'


@pytest.fixture
def store(tmp_path):
    path = tmp_path / "asked.toml"
    text = made.definition_text([made.item("i1"), made.task("t1"), made.task("t2")])
    path.write_text(text.replace("minutes = [1, 2]\n", f"minutes = [1, 2]\n{RATERS}", 1), encoding="utf-8")
    with open_store(tmp_path / "store.sqlite") as opened:
        opened.add_instrument(path)
        for person in ("Ada", "Bo"):
            sitting = opened.invite(person, "asked").sitting_id
            opened.save_answers(
                sitting, {"i1": 1, "t1": f"first of {person[0]}", "t2": f"second of {person[0]}"}
            )
            opened.finish(sitting)
        yield opened


def rater(store, name):
    client = Client(make_app(store))
    client.enter(store.add_rater(name))
    return client


def rate(client, store, name, place, level):
    assignment = store.tasks_for(name)[place].id
    client.get(f"/rate/{assignment}")
    return client.post(f"/rate/{assignment}", {"level.clear": str(level)})


def test_a_rater_goes_from_answer_to_answer_and_sees_no_person(store):
    client = rater(store, "one")
    assert "nothing for you to rate" in client.page.text
    store.assign("asked", double_share=0)
    assert "0 of 4 rated" in client.get("/rate").text
    for place in range(4):
        page = client.get(f"/rate/{store.tasks_for('one')[place].id}")
        assert "Ada" not in page.text and "Bo" not in page.text and f"Answer {place + 1} of 4" in page.text
        rate(client, store, "one", place, 2)
    assert client.path == "/rate" and "You have rated everything" in client.page.text
    page = rate(client, store, "one", 0, 3)
    assert client.path == "/rate"
    assert sorted(store.ratings("asked").levels.tolist()) == [2, 2, 2, 3]


def test_a_rating_without_a_level_is_sent_back_with_what_was_chosen(store):
    client = rater(store, "one")
    store.assign("asked", double_share=0)
    assignment = store.tasks_for("one")[0].id
    client.get(f"/rate/{assignment}")
    page = client.post(f"/rate/{assignment}", {})
    assert page.status_code == 422 and "Clear: choose a level" in page.text and 'href="#c-clear"' in page.text
    page = client.post(f"/rate/{assignment}", {"level.clear": "9"})
    assert page.status_code == 422 and "none of the levels" in page.text
    said = client.post(f"/rate/{assignment}", {}, headers={"accept": "application/json"})
    assert said.status_code == 422 and said.json()["saved"] is False
    assert store.tasks_for("one")[0].finished is None


def test_nobody_sees_the_answer_of_another_rater_or_opens_it_as_a_person(store):
    first, second = rater(store, "one"), rater(store, "two")
    store.assign("asked", double_share=0)
    foreign = store.tasks_for("one")[0].id
    assert second.get(f"/rate/{foreign}").status_code == 404
    assert first.get(f"/rate/{foreign}").status_code == 200
    person = Client(make_app(store))
    person.enter(store.invite("Ada", "asked").token)
    assert person.get(f"/rate/{foreign}").status_code == 403
    assert first.get("/take").status_code == 403


def test_the_queue_counts_disputes_and_hands_them_out_blind(store):
    one, two = rater(store, "one"), rater(store, "two")
    store.assign("asked", raters_per_answer=2, double_share=0)
    assert "No answer needs a further rating" in one.get("/rate/adjudicate").text
    first = store.tasks_for("one")[0].id
    item = store.task(first, "one").answer_text
    place = next(
        n for n, a in enumerate(store.tasks_for("two")) if store.task(a.id, "two").answer_text == item
    )
    rate(one, store, "one", 0, 0)
    rate(two, store, "two", place, 3)
    page = one.get("/rate/adjudicate")
    assert "Hand out" in page.text and "Ada" not in page.text
    assert "too few raters" in one.post("/rate/adjudicate", {"instrument": "asked@1.0.0"}).text
    three = rater(store, "three")
    one.get("/rate/adjudicate")
    assert "One answer was handed out" in one.post("/rate/adjudicate", {"instrument": "asked@1.0.0"}).text
    assert "first of" in three.get(f"/rate/{store.tasks_for('three')[0].id}").text
    assert one.post("/rate/adjudicate", {"instrument": "other"}).status_code == 404
    rate(three, store, "three", 0, 1)
    assert store.adjudication_queue("asked") == ()
