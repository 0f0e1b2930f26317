"""One Chromium and one running site for all browser tests; every person's page must stay free of errors."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright

from portal import clock
from portal.operations import throttle
from tests.browser.person import PHONE, Person
from tests.browser.site import Site, running_site
from tests.web.conftest import MONDAY

CHROMIUM = "/usr/bin/chromium"
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="session")
def site(shared_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A portal on a port of its own, on a Monday morning that does not end."""
    with clock.frozen(MONDAY), running_site(shared_folder, tmp_path_factory.mktemp("browser")) as site:
        yield site


@pytest.fixture(autouse=True)
def _monday_without_earlier_tries(site: Site) -> Iterator[None]:
    with clock.frozen(MONDAY):
        with site.app.app_context():
            throttle.forget_memory()
        yield


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The browser of the machine."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
        yield browser
        browser.close()


@pytest.fixture
def person(chromium: Browser, site: Site) -> Iterator[Callable[..., Person]]:
    """`person("SITI AMINAH")` or `person("verifier")`: a new browser context, logged in; "" is a stranger.

    screen: width and height. java_script_enabled and the like go to the context.
    """
    people: list[Person] = []

    def of(who: str = "", screen: dict[str, int] = PHONE, **options: Any) -> Person:
        is_phone = screen == PHONE
        context = chromium.new_context(
            viewport=screen, locale="id-ID", is_mobile=is_phone, has_touch=is_phone, **options
        )
        if who:
            context.add_cookies([site.cookie_of(who)])
        people.append(Person(context, site.url))
        return people[-1]

    yield of
    errors = [error for one in people for error in one.errors]
    for one in people:
        one.context.close()
    assert errors == []
