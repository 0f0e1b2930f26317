"""The warning that a session is about to end, in a browser with JavaScript."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import expect

from tests.browser.person import Person

DAY = 24 * 3600  # seconds that the session of a browser test lives


def test_the_line_comes_to_the_front_before_the_end_and_its_button_sends_it_back(
    person: Callable[..., Person],
) -> None:
    one = person("SITI AMINAH")
    one.page.clock.install()
    one.open("/akun")
    line = one.page.locator("#session")
    expect(line).not_to_have_class("session soon")
    one.page.clock.fast_forward((DAY - 230) * 1000)
    expect(line).to_have_class("session soon")
    expect(line).to_be_in_viewport()
    one.page.get_by_role("button", name="Tetap masuk").click()
    expect(line).to_have_attribute("data-left", "1800")
    expect(line).to_have_class("session")
    assert one.page.url.endswith("/akun")
