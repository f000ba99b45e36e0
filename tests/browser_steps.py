"""What a person and a rater do in the browser, step by step; shared by the browser tests."""

from __future__ import annotations

DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}
NAME = "skill-rust-backend"
TEXT = "Because names was moved.\n\n    fn longest(names: &[String]) -> &str\n\n<script>alert(1)</script> \u202eRTL\u202c 🦀"


CHOOSE = """
([groups, place]) => {
  for (const group of document.querySelectorAll(groups)) group.querySelectorAll("input[type=radio]")[place].click();
}
"""


def begin(page, site, person):
    """Open the link of a new invitation."""
    invitation = site.store.invite(person, NAME)
    page.goto(f"{site.url}/t/{invitation.token}")
    page.wait_for_url("**/take")
    return invitation


def answer(page, place: int = 3):
    """Answer what the page asks."""
    page.evaluate(CHOOSE, ["fieldset.question", place])
    if page.locator("textarea").count():
        page.locator("textarea").fill(TEXT)


def saved(page):
    """Wait until the page says that everything is saved."""
    state(page, "saved")


def state(page, name):
    """Wait for a state of the answers."""
    page.locator(f".saved[data-state={name}]").wait_for()


def finish(page, site):
    """Hand in."""
    page.goto(f"{site.url}/take/review")
    page.get_by_role("button", name="Finish and hand in").click()
    page.wait_for_url("**/done")


def enter(page, site, rater):
    """Open the link of a rater."""
    page.goto(f"{site.url}/t/{site.store.add_rater(rater)}")
    page.wait_for_url("**/rate")


def rate(page, level: int):
    """Give every criterion of the page the same level."""
    page.evaluate(CHOOSE, ["fieldset.criterion", level])


def handed_in(site, person, *, place: int = 3):
    """Make a finished sitting with every task answered, without a browser."""
    instrument = site.store.instrument(NAME)
    sitting = site.store.invite(person, NAME).sitting_id
    texts = {entry.id: TEXT for entry in instrument.definition.items if entry.kind == "rubric"}
    site.store.save_answers(sitting, {**dict.fromkeys(instrument.item_ids, place), **texts})
    site.store.finish(sitting)
    return sitting


def rated(site, rater: str, level_of):
    """Let a rater rate everything that is open, without a browser; ``level_of`` takes task and criterion."""
    site.store.add_rater(rater)
    site.store.assign(NAME, double_share=0)
    for one in site.store.tasks_for(rater):
        criteria = site.store.task(one.id, rater).criteria
        levels = {criterion.id: level_of(one.item_id, criterion.criterion_id) for criterion in criteria}
        site.store.save_ratings(one.id, rater, levels)
