"""Photographs every page to look at: `python -m tests.browser.shots FOLDER [NAME ...]`, at 360 and 1280 px, light and dark."""

from __future__ import annotations

import sys
import tempfile
from itertools import product
from pathlib import Path

from playwright.sync_api import sync_playwright

from portal import clock
from tests.browser.conftest import CHROMIUM, QUIET
from tests.browser.pages import PAGES, every_place
from tests.browser.person import DESK, PHONE
from tests.browser.site import aside, running_site
from tests.web.conftest import MONDAY


def main(folder: Path, names: list[str]) -> None:
    """Write `<name>-<width>-<scheme>.png` for each page, or for the named ones."""
    folder.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as place,
        clock.frozen(MONDAY),
        running_site(Path(place), Path(place), demo=True) as site,
        sync_playwright() as playwright,
    ):
        places = aside(every_place, site)
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
        for screen, scheme in product((PHONE, DESK), ("light", "dark")):
            context = browser.new_context(viewport=screen, color_scheme=scheme, reduced_motion="reduce", locale="id-ID")
            page = context.new_page()
            for name, (who, _) in PAGES.items():
                if names and name not in names:
                    continue
                context.clear_cookies()
                if who:
                    context.add_cookies([site.cookie_of(who)])
                page.goto(site.url + places[name])
                page.screenshot(path=folder / f"{name}-{screen['width']}-{scheme}.png", full_page=True)
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
