"""A form that is sent empty is refused within the page: nothing is reloaded, and the console has nothing to say."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.person import DESK, PHONE, Person
from tests.browser.site import Site
from tests.browser.test_walk_in_chromium import begin, bring, who
from tests.journeys import applying, desk
from tests.people import AGENCY

__all__ = ["who"]  # A fixture: pytest finds it by its name.
People = Callable[..., Person]
# Native bubbles would stop an empty form before it is sent.
WITHOUT_BUBBLES = "form => { form.noValidate = true; for (const box of form.elements) box.required = false }"


def send_empty(one: Person) -> None:
    """Press the button of the page's first htmx form; the person's console is watched by the fixture."""
    one.page.evaluate("window.isSamePage = true")
    form = one.page.locator("form[hx-post]").first
    form.evaluate(WITHOUT_BUBBLES)
    with one.page.expect_response(lambda answer: answer.request.method == "POST") as answered:
        form.locator("button.b:not([name])").first.click()
    assert answered.value.status == 422
    expect(one.page.locator(".error, .summary-errors, .notice").first).to_be_visible()
    assert one.page.evaluate("window.isSamePage"), "a refusal is swapped in"


@pytest.mark.parametrize(
    "path", [f"/daftar/{AGENCY}", f"/daftar/{AGENCY}/status", f"/masuk/{AGENCY}", "/petugas/masuk"]
)
def test_a_strangers_empty_form_is_refused_quietly(person: People, path: str) -> None:
    one = person("", DESK if "petugas" in path else PHONE)
    one.open(path)
    send_empty(one)


def test_a_citizens_empty_step_and_message_are_refused_quietly(person: People, site: Site, who: str) -> None:
    code = bring(site, who, to="sent")
    one = person(who)
    begin(one)
    send_empty(one)
    one.open(applying.page(code))
    send_empty(one)


def test_an_officers_empty_note_and_message_are_refused_quietly(person: People, site: Site, who: str) -> None:
    code = bring(site, who, to="sent")
    one = person("verifier", DESK)
    one.open(desk.path(code))
    one.page.get_by_role("button", name="Periksa", exact=True).click()
    one.page.wait_for_load_state()
    for rest in ("?catat=field:baby_name", "/percakapan"):
        one.open(desk.path(code, rest))
        send_empty(one)
