"""The flagship as a person takes it: looks, saving, going back and forth, with and without JavaScript."""

from __future__ import annotations

import pytest
from browser_steps import DESKTOP, PHONE, TEXT, answer, begin, finish, saved, state

VIEWPORTS = pytest.mark.parametrize("viewport", [PHONE, DESKTOP], ids=["phone", "desktop"])


@VIEWPORTS
def test_every_page_of_a_person_is_accessible(site, open_page, check, print_page, viewport):
    page = open_page(viewport)
    begin(page, site, f"looks-{viewport['width']}")
    check(page, "person-1-welcome")
    print_page(page, f"person-1-welcome-{viewport['width']}")
    page.get_by_role("button", name="Start").click()
    page.wait_for_url("**/take/1")
    check(page, "person-2-questions-empty")
    for question in page.locator("fieldset.question").all():
        question.locator("label").nth(3).click()
    saved(page)
    check(page, "person-3-questions-filled")
    page.get_by_role("button", name="Next").click()
    page.wait_for_url("**/take/2")
    answer(page)
    check(page, "person-4-task")
    page.get_by_role("button", name="Next").click()
    page.wait_for_url("**/take/3")
    page.goto(f"{site.url}/take/review")
    check(page, "person-5-overview")
    page.get_by_role("button", name="Finish and hand in").click()
    page.wait_for_url("**/done")
    check(page, "person-6-done")


@VIEWPORTS
def test_pages_that_say_no_are_accessible(site, open_page, check, viewport):
    page = open_page(viewport, quiet=False)
    assert page.goto(f"{site.url}/t/wrong").status == 404
    check(page, "no-1-link")
    assert page.goto(f"{site.url}/take").status == 401
    assert "open your link again" in page.inner_text("h1")
    assert page.goto(f"{site.url}/nowhere").status == 404
    assert "no such page" in page.inner_text("h1")


def test_saved_is_said_only_after_the_server_has_it(site, open_page):
    page = open_page()
    sitting = begin(page, site, "acknowledged").sitting_id
    page.get_by_role("button", name="Start").click()
    page.wait_for_url("**/take/1")
    held = []
    page.route(
        "**/take/1", lambda route: held.append(route) if route.request.method == "POST" else route.continue_()
    )
    page.locator("#q-j1 input").nth(2).check()
    state(page, "saving")
    assert site.store.answers(sitting).get("j1") is None
    held[0].continue_()
    saved(page)
    assert site.store.answers(sitting).get("j1") == 2


def test_without_a_connection_answers_stay_on_the_page_and_are_sent_again(site, open_page):
    page = open_page(quiet=False)
    sitting = begin(page, site, "offline").sitting_id
    page.get_by_role("button", name="Start").click()
    page.wait_for_url("**/take/1")
    page.context.set_offline(True)
    page.locator("#q-j1 input").nth(4).check()
    state(page, "waiting")
    page.get_by_role("button", name="Next").click()
    page.wait_for_timeout(300)
    assert page.url.endswith("/take/1") and page.locator("#q-j1 input").nth(4).is_checked()
    assert page.evaluate("!dispatchEvent(new Event('beforeunload', {cancelable: true}))"), (
        "leaving is not warned of"
    )
    page.context.set_offline(False)
    saved(page)
    assert site.store.answers(sitting).get("j1") == 4
    assert page.evaluate("dispatchEvent(new Event('beforeunload', {cancelable: true}))")


def test_digits_pick_an_answer_of_the_question_that_has_the_focus(site, open_page):
    page = open_page(DESKTOP)
    sitting = begin(page, site, "keys").sitting_id
    page.get_by_role("button", name="Start").press("Enter")
    page.wait_for_url("**/take/1")
    page.keyboard.press("3")
    assert not page.locator("input:checked").count()
    page.locator("#q-j1 input").first.focus()
    page.keyboard.press("4")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("1")
    saved(page)
    kept = site.store.answers(sitting)
    assert (kept.get("j1"), kept.get("j2")) == (3, 0)
    page.locator("#q-j1 .clear").press("Enter")
    page.wait_for_url("**/take/1#q-j1")
    assert site.store.answers(sitting).get("j1") is None
    assert site.store.answers(sitting).get("j2") == 0


def test_seconds_are_measured_per_item_and_counted_once(site, open_page):
    page = open_page()
    page.clock.install()
    sitting = begin(page, site, "seconds").sitting_id
    page.get_by_role("button", name="Start").click()
    page.wait_for_url("**/take/1")
    for place, seconds in enumerate((5, 8), 1):
        page.clock.fast_forward(seconds * 1000)
        page.locator(f"#q-j{place} input").first.check()
    page.clock.run_for(50)
    saved(page)
    page.clock.fast_forward(60_000)
    page.get_by_role("button", name="Next").click()
    page.wait_for_url("**/take/2")
    spent = site.store.answers(sitting).seconds
    assert 5 <= spent["j1"] < 7 and 8 <= spent["j2"] < 10 and spent["j3"] == 0, spent


def test_back_and_forth_and_stopping_lose_nothing(site, open_page):
    page = open_page()
    invitation = begin(page, site, "walker")
    page.get_by_role("button", name="Start").click()
    page.wait_for_url("**/take/1")
    answer(page)
    page.get_by_role("button", name="Next").click()
    page.wait_for_url("**/take/2")
    answer(page)
    page.get_by_role("button", name="Back").click()
    page.wait_for_url("**/take/1")
    assert page.locator("input:checked").count() == 6
    page.get_by_role("button", name="Next").click()
    page.wait_for_url("**/take/2")
    assert page.locator("textarea").input_value() == TEXT
    page.get_by_role("button", name="Save and stop").click()
    page.wait_for_url("**/take?stopped")
    other = open_page(DESKTOP)
    other.goto(f"{site.url}/t/{invitation.token}")
    other.wait_for_url("**/take")
    other.get_by_role("button", name="Go on").click()
    other.wait_for_url("**/take/3")


def test_all_of_it_without_javascript(site, open_page):
    page = open_page(java_script_enabled=False)
    sitting = begin(page, site, "plain").sitting_id
    page.get_by_role("button", name="Start").click()
    assert "Saved when you go on" in page.inner_text(".bar")
    for number in range(1, 10):
        assert page.url.endswith(f"/take/{number}")
        answer(page)
        page.locator("button[value=next]").click()
    assert page.url.endswith("/take/review") and "Every question has an answer" in page.inner_text("main")
    page.get_by_role("button", name="Finish and hand in").click()
    assert page.url.endswith("/done")
    kept = site.store.answers(sitting)
    assert site.store.progress(sitting).finished and len(kept.codes) == 18 and kept.get("s_task2") == TEXT
    page.get_by_role("link", name="See the result page").click()
    assert page.url.endswith("/result") and "Rust backend skill screen" in page.inner_text("h1")


def test_too_long_a_text_is_kept_on_the_page_and_said(site, open_page, check):
    page = open_page(quiet=False)
    begin(page, site, "long")
    page.goto(f"{site.url}/take/2")
    page.locator("textarea").evaluate("e => { e.removeAttribute('maxlength'); e.value = 'x'.repeat(20001) }")
    page.get_by_role("button", name="Next").click()
    page.wait_for_selector("#problems")
    assert page.evaluate("document.activeElement.id") == "problems"
    assert len(page.locator("textarea").input_value()) == 20001
    check(page, "person-7-problem", schemes=("light", "dark"))


def test_hostile_words_stay_words(site, open_page):
    page = open_page()
    page.on("dialog", lambda dialog: pytest.fail(f"a script ran: {dialog.message}"))
    sitting = begin(page, site, "<script>alert(1)</script>\u202e🦀").sitting_id
    hostile = (
        "</textarea><script>alert(1)</script><img src=x onerror=alert(1)>" + "\u202e\u2066🦀\u0000" * 2000
    )
    site.store.save_answers(sitting, {"j_task1": hostile})
    page.goto(f"{site.url}/take/2")
    assert page.locator("main img, main script").count() == 0
    assert page.locator("textarea").input_value().startswith("</textarea><script>")
    finish(page, site)
    page.goto(f"{site.url}/result")
    assert page.locator("main img[src=x]").count() == 0
