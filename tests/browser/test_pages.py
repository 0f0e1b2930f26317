"""Every page that people meet, on a phone, in light and dark: no violation of WCAG 2.2 AA, nothing too wide."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.browser.pages import PAGES, Places, every_place
from tests.browser.person import DESK, PHONE, Person
from tests.browser.site import Site, aside

OFFICER_PATH = "/petugas"


@pytest.fixture(scope="module")
def places(site: Site) -> Places:
    """Where each page is, with applications in every state it needs."""
    return aside(every_place, site)


@pytest.mark.req("XCT-10")
@pytest.mark.parametrize("who", sorted({who for who, _ in PAGES.values()}))
def test_no_page_of_a_person_breaks_a_rule_of_accessibility(
    who: str, places: Places, person: Callable[..., Person]
) -> None:
    one = person(who, PHONE if not who or who.isupper() else DESK)
    assert problems_of(one, who, places, ("light", "dark")) == []


@pytest.mark.parametrize("who", sorted({who for who, _ in PAGES.values() if who and not who.isupper()}))
def test_officers_pages_fit_a_phone_too(who: str, places: Places, person: Callable[..., Person]) -> None:
    one = person(who, PHONE)
    assert problems_of(one, who, places, ("light",)) == []


def problems_of(one: Person, who: str, places: Places, schemes: tuple[str, ...]) -> list[str]:
    """What is wrong on all pages of somebody, so that one run tells everything."""
    found: list[str] = []
    for name, (whose, _) in PAGES.items():
        if whose == who:
            one.open(places[name])
            found += one.problems(schemes)
    return found
