"""Two raters, an adjudication and the result page; the whole way in a real browser."""

from __future__ import annotations

import pytest
from browser_steps import DESKTOP, NAME, PHONE, answer, begin, enter, finish, handed_in, rate

N_TASKS = 6


def rate_the_rest(site, rater: str, level: int = 2):
    """Rate what is left without the browser."""
    for one in site.store.tasks_for(rater):
        if one.finished is None:
            criteria = site.store.task(one.id, rater).criteria
            site.store.save_ratings(one.id, rater, {criterion.id: level for criterion in criteria})


@pytest.mark.parametrize(
    "viewport", [PHONE, DESKTOP, {"width": 1680, "height": 1050}], ids=["phone", "desktop", "wide"]
)
def test_every_page_of_a_rater_is_accessible(site, open_page, check, print_page, viewport):
    handed_in(site, f"rated-{viewport['width']}")
    page = open_page(viewport)
    enter(page, site, f"looks-{viewport['width']}")
    site.store.assign(NAME, double_share=0)
    page.reload()
    check(page, "rater-1-list")
    page.get_by_role("link", name="Answer 1", exact=True).click()
    page.wait_for_selector(".levels")
    check(page, "rater-2-answer")
    rate(page, 2)
    check(page, "rater-3-chosen")
    print_page(page, f"rater-3-chosen-{viewport['width']}")
    page.get_by_role("button", name="Save and go on").click()
    page.wait_for_url("**?saved")
    page.get_by_role("button", name="Save and go on").click()
    page.wait_for_selector("#problems")
    check(page, "rater-4-missing")
    page.goto(f"{site.url}/rate/adjudicate")
    check(page, "rater-5-queue-empty")
    site.failed.clear()


def test_from_the_invitation_to_the_result_page(make_site, open_page_on):
    with make_site() as site:
        person = open_page_on(site, PHONE)
        begin(person, site, "Ada")
        person.get_by_role("button", name="Start").click()
        for number in range(1, 10):
            person.wait_for_url(f"**/take/{number}")
            answer(person)
            person.locator("button[value=next]").click()
        person.wait_for_url("**/take/review")
        finish(person, site)
        person.get_by_role("link", name="See the result page").click()
        person.wait_for_url("**/result")
        assert "not assessed" in person.inner_text("main").lower()

        raters = {name: open_page_on(site, DESKTOP) for name in ("one", "two", "three")}
        for name in ("one", "two"):
            enter(raters[name], site, name)
        site.store.assign(NAME, double_share=1)
        for name, level in (("one", 3), ("two", 1)):
            page = raters[name]
            page.goto(f"{site.url}/rate")
            assert "Ada" not in page.content()
            page.get_by_role("link", name="Answer 1", exact=True).click()
            in_browser = N_TASKS if name == "one" else 1
            for number in range(1, in_browser + 1):
                page.locator("h1", has_text=f"Answer {number} of {N_TASKS}").wait_for(state="attached")
                assert "Ada" not in page.content()
                rate(page, level if number == 1 else 2)
                page.get_by_role("button", name="Save and go on").click()
            page.wait_for_url("**/rate" if name == "one" else "**?saved")
            rate_the_rest(site, name)

        page = raters["three"]
        enter(page, site, "three")
        assert "nothing for you to rate" in page.inner_text("main")
        page.get_by_role("link", name="further rating").click()
        page.get_by_role("button", name="Hand out").click()
        page.wait_for_url("**given=1")
        page.get_by_role("link", name="All answers").click()
        page.get_by_role("link", name="Answer 1", exact=True).click()
        assert not page.locator("input:checked").count(), "a further rater is as blind as the first"
        rate(page, 2)
        page.get_by_role("button", name="Save and go on").click()
        page.wait_for_url("**/rate")
        assert site.store.adjudication_queue(NAME) == ()

        person.reload()
        assert "SIMULATED" in person.inner_text("main")
        ratings = site.store.ratings(NAME)
        assert len(ratings.rater_ids) == 3


def test_the_queue_of_disputed_answers_is_accessible(site, open_page, check):
    handed_in(site, "disputed")
    for name in ("low", "high"):
        site.store.add_rater(name)
    site.store.assign(NAME, raters_per_answer=2, double_share=0)
    for rater_id in site.store.raters():
        level = 3 if rater_id == "high" else 0
        for one in site.store.tasks_for(rater_id):
            criteria = site.store.task(one.id, rater_id).criteria
            site.store.save_ratings(one.id, rater_id, {criterion.id: level for criterion in criteria})
    page = open_page(PHONE)
    enter(page, site, "low")
    check(page, "rater-6-list-done", schemes=("light", "dark"))
    page.get_by_role("link", name="further rating").click()
    assert page.locator("tbody tr").count() > 0
    check(page, "rater-7-queue", schemes=("light", "dark"))
