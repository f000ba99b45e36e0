"""What slips into a page does not run: scripts, styles, frames, pictures and forms of others, in a real browser."""

from __future__ import annotations

import pytest
from browser_steps import NAME, begin, handed_in, rated

INTRUDER = """
<script>window.intruded = "script"</script>
<script src="https://elsewhere.example/x.js"></script>
<img src="https://elsewhere.example/x.png" onerror="window.intruded = 'handler'">
<a href="javascript:window.intruded = 'link'" id="trap">go</a>
<iframe src="https://elsewhere.example/"></iframe>
<base href="https://elsewhere.example/">
<form id="stolen" method="post" action="https://elsewhere.example/"><input name="a"></form>
<style>h1 { color: rgb(1, 2, 3) }</style>
"""


def intrude(page):
    """Put what an attacker would like to see there into every page; return what the policy lets through."""
    passed = []

    def answer(route):
        if route.request.resource_type != "document" or "elsewhere" in route.request.url:
            passed.append(route.request.url)
            route.abort()
            return
        found = route.fetch()
        route.fulfill(response=found, body=found.text().replace("</main>", f"{INTRUDER}</main>", 1))

    page.route(lambda url: "/static/" not in url, answer)
    return passed


@pytest.fixture
def page(browser):
    context = browser.new_context()
    context.set_default_timeout(15_000)
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("where", ["take/1", "result"])
def test_what_slips_into_a_page_does_not_run(site, page, where):
    said = []
    page.on("console", lambda message: said.append(message.text))
    if where == "result":
        handed_in(site, "intruded")
        page.goto(f"{site.url}/t/{site.store.invite('intruded', NAME).token}")
        page.wait_for_url("**/done")
    else:
        begin(page, site, "intruding")
    passed = intrude(page)
    page.goto(f"{site.url}/{where}")
    page.locator("#trap").click()
    page.evaluate(
        "document.body.insertAdjacentHTML('beforeend', '<b onclick=\"window.intruded = 1\" id=late>x</b>')"
    )
    page.locator("#late").click()
    assert page.evaluate("window.intruded") is None
    assert page.evaluate("getComputedStyle(document.querySelector('h1')).color") != "rgb(1, 2, 3)"
    assert page.evaluate("document.baseURI").startswith(site.url)
    with page.expect_console_message(lambda message: "form-action" in message.text):
        page.evaluate("document.getElementById('stolen').submit()")
    assert page.url.startswith(site.url) and passed == []
    for rule in ("script-src", "img-src", "form-action", "base-uri", "style-src", "default-src"):
        assert any(rule in text for text in said), f"the browser did not speak of {rule}: {said}"


def test_the_script_of_the_result_page_runs_under_the_policy(site, page):
    handed_in(site, "own-script", place=2)
    rated(site, "rater", lambda item, criterion: (len(item) + len(criterion)) % 4)
    page.goto(f"{site.url}/t/{site.store.invite('own-script', NAME).token}")
    page.wait_for_url("**/done")
    policy = page.goto(f"{site.url}/result").headers["content-security-policy"]
    assert "'sha256-" in policy and "unsafe-inline" not in policy.replace(
        "style-src-attr 'unsafe-inline'", ""
    )
    page.locator("#market-weight").fill("1")
    page.locator("#market-weight").dispatch_event("change")
    assert float(page.locator("#market-weight-value").inner_text()) == 1
